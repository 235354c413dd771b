"""The whole hospital as the oracle sees it: registers, tickets with their lives, devices.

Holds what KPIs are counted from. The figures themselves are in `figures`.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from oracle import devices, rules
from oracle.clocks import Clock, clock, runs
from oracle.lives import Life
from oracle.reading import Row, local_day, midnight, read


class Ticket(Life):
    """A ticket with its place in the hospital."""

    def __init__(self, row: Row, events: list[Row], hospital: "Hospital") -> None:
        """Replay the events of one ticket."""
        self.hospital = hospital
        self.site, self.ticket_id = row["site_id"], row["ticket_id"]
        self.reported_at = row["reported_at"]
        super().__init__(row, events, hospital.as_of, hospital.calls_of[self.site, self.ticket_id])
        self.asset = hospital.assets.get((self.site, row["asset_id"]))
        self.department = hospital.departments.get((self.site, row["department_id"]))
        self.family = rules.FAMILIES.get(row["fault_family_code"], {})
        self.impact = row["service_impact"] or self.family.get("default_service_impact")
        self.is_planned = row["work_class"] in rules.FAILURE["planned_work_classes"]
        self.common_cause: Any = None

    @property
    def reported_on(self) -> date:
        """Local day of the report."""
        return local_day(self.reported_at)

    @property
    def is_onsite(self) -> bool:
        """Needs or had a visit."""
        return bool(self.row["is_onsite_required"]) or self.row["resolution_mode"] == "onsite"

    @property
    def is_use_failure(self) -> bool:
        """A failure in use, undecided ones provisionally."""
        return (
            self.row["work_class"] in rules.FAILURE["work_classes"]
            and not self.is_void
            and self.row["outcome_code"] not in rules.FAILURE["excluded_outcomes"]
        )

    @property
    def is_inherent_failure(self) -> bool:
        """A failure of the device itself."""
        is_supply = bool(self.family.get("is_consumable")) or self.row["work_class"] == "consumable"
        return (
            self.is_use_failure
            and self.row["outcome_code"] not in rules.FAILURE["inherent_excluded_outcomes"]
            and not (rules.FAILURE["inherent_excludes_consumable"] and is_supply)
        )

    @cached_property
    def holder(self) -> str | None:
        """Current or last holder."""
        return self.holdings[-1].engineer if self.holdings else None

    @cached_property
    def clocks(self) -> list[Clock]:
        """Its SLA clocks."""
        if self.is_void or self.is_planned:
            return []
        row, group = self.row, self.family.get("group")
        urgency = row["urgency"] or rules.SLA["urgency_of_priority"].get(row["priority"])
        lent = [
            loan["lent_at"]
            for loan in self.hospital.tables["loans"]
            if (loan["site_id"], loan["ticket_id"]) == (self.site, self.ticket_id)
            and loan["lent_at"] <= self.as_of
        ]
        made = runs(self, is_onsite=self.is_onsite, lent=lent)
        found = (clock(self, name, run, urgency, group) for name, run in made.items())
        return [one for one in found if one is not None]

    def cut(self) -> dict[str, Any]:
        """Return its dimensions, by id."""
        row, asset = self.row, self.asset or {}
        return {
            "site": self.site,
            "department": row["department_id"],
            "zone": self.department and self.department["zone"],
            "asset_class": asset.get("asset_class"),
            "brand": asset.get("brand"),
            "model": asset.get("model"),
            "ownership": asset.get("ownership"),
            "fault_family": row["fault_family_code"],
            "fault_group": self.family.get("group"),
            "work_class": row["work_class"],
            "channel": row["channel"],
            "priority": row["priority"],
            "urgency": row["urgency"],
            "engineer": self.holder,
            "engineer_group": self.hospital.team_of(self.site, self.holder),
        }


@dataclass(frozen=True)
class Period:
    """A local month: its days, and its seconds up to as-of."""

    start: date
    end: date
    first_second: int
    last_second: int

    @property
    def level_second(self) -> int:
        """The last second of the period: one that is over does not hold its closing midnight."""
        return min(midnight(self.end) - 1, self.last_second)


class Hospital:
    """Everything in the store, replayed."""

    def __init__(self, path: Path, *, is_checked: bool = False) -> None:
        """Read the store and replay every ticket."""
        self.tables, self.as_of = read(path, is_checked=is_checked)
        self.assets = self._by("assets", "asset_id")
        self.departments = self._by("departments", "department_id")
        self.calls = [row for row in self.tables["calls"] if row["at"] <= self.as_of]
        self.calls_of: dict[Any, list[int]] = defaultdict(list)
        for call in self.calls:
            self.calls_of[call["site_id"], call["ticket_id"]].append(call["at"])
        events: dict[Any, list[Row]] = defaultdict(list)
        for event in self.tables["ticket_events"]:
            events[event["site_id"], event["ticket_id"]].append(event)
        self.tickets = [
            Ticket(row, events[row["site_id"], row["ticket_id"]], self)
            for row in self.tables["tickets"]
            if row["reported_at"] <= self.as_of
        ]
        self.ticket_of = {(one.site, one.ticket_id): one for one in self.tickets}
        first: dict[str, int] = {}
        for row in self.tables["tickets"]:
            site, at = row["site_id"], row["reported_at"]
            first[site] = min(at, first.get(site, at))
        # exposure starts site by site, the periods of a reading with the first of all
        self.site_from = {site: midnight(local_day(at)) for site, at in first.items()}
        self.data_from = min(self.site_from.values())
        self.first_effort: dict[Any, int] = {}
        for row in self.tables["effort_logs"]:
            if row["started_at"] <= self.as_of:
                key = (row["site_id"], row["ticket_id"])
                self.first_effort[key] = min(
                    row["started_at"], self.first_effort.get(key, row["started_at"])
                )
        self._find_common_causes()

    def _by(self, table: str, column: str) -> dict[Any, Row]:
        return {(row["site_id"], row[column]): row for row in self.tables[table]}

    def team_of(self, site: str, engineer: str | None) -> str | None:
        """Return the team of an engineer's newest posting."""
        known = [
            row
            for row in self.tables["engineer_postings"]
            if (row["site_id"], row["engineer_id"]) == (site, engineer)
            and row["valid_from"] <= local_day(self.as_of)
        ]
        return max(known, key=lambda row: row["valid_from"])["team"] if known else None

    def _find_common_causes(self) -> None:
        rule = rules.THRESHOLDS["common_cause"]
        window = 60 * rule["window_minutes"]
        groups: dict[Any, list[Ticket]] = defaultdict(list)
        for ticket in self.tickets:
            row = ticket.row
            place = (ticket.department and ticket.department["zone"]) or row["department_id"]
            if row["work_class"] == "repair" and row["fault_family_code"] and place:
                groups[ticket.site, place, row["fault_family_code"]].append(ticket)
        for group in groups.values():
            group.sort(key=lambda one: (one.reported_at, one.ticket_id))
            begun, before, cluster = 0, None, list[Ticket]()
            clusters = []
            for ticket in group:
                if before is None or ticket.reported_at - before > window:
                    begun = ticket.reported_at
                    cluster = []
                    clusters.append(cluster)
                elif (ticket.reported_at - begun) // window != (before - begun) // window:
                    cluster = []
                    clusters.append(cluster)
                cluster.append(ticket)
                before = ticket.reported_at
            for one in clusters:
                if len(one) >= rule["min_tickets"]:
                    for ticket in one:
                        ticket.common_cause = (one[0].site, one[0].ticket_id)

    @cached_property
    def exposure(self) -> list[devices.Stretch]:
        """In-service time by device, department and age."""
        return devices.exposure(self)

    @cached_property
    def downtime(self) -> list[devices.Stretch]:
        """Down time by device."""
        return devices.downtime(self)

    @cached_property
    def episodes(self) -> list[devices.Episode]:
        """Failures that exposure covers."""
        return [one for one in devices.episodes(self) if one.is_in_service]

    def months(self) -> list[Period]:
        """Return the local months from the data's start to as-of."""
        start = local_day(self.data_from).replace(day=1)
        found = []
        while midnight(start) < self.as_of:
            end = (start + timedelta(days=32)).replace(day=1)
            found.append(Period(start, end, midnight(start), min(midnight(end), self.as_of)))
            start = end
        return found
