"""KPIs of repeated faults: each failure of a device and family, and whether it came back.

Holds the walk over failures on their devices' time in service; what a failure is at all is in
`devices`.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from oracle import rules
from oracle.devices import Stretch, in_service
from oracle.figures import Figures, Measure, Rows, counted
from oracle.flow import share_of
from oracle.hospital import Hospital, Period, Ticket
from oracle.reading import local_day

DAY = 86_400
RULES = rules.THRESHOLDS["recurrence"]
_LONGEST = max(RULES["windows_days"]["long"], RULES["silent_days"]) * DAY


@dataclass
class Failure:
    """Overlapping tickets of one device and family."""

    tickets: list[Ticket]

    @property
    def last(self) -> Ticket:
        """The ticket that was restored last; one still open outlasts all."""
        return max(self.tickets, key=lambda one: (_end(one), one.ticket_id))

    @property
    def restored_at(self) -> int | None:
        """When all of it was over."""
        return self.last.ended_at


def _end(ticket: Ticket) -> float:
    return float("inf") if ticket.ended_at is None else ticket.ended_at


def _failures(hospital: Hospital) -> dict[Any, list[Failure]]:
    served = _served(hospital)
    found: dict[Any, list[Failure]] = defaultdict(list)
    causes = set()
    for ticket in sorted(hospital.tickets, key=lambda one: (one.reported_at, one.ticket_id)):
        if not ticket.is_use_failure:
            continue
        if ticket.common_cause:
            if ticket.common_cause in causes:
                continue
            causes.add(ticket.common_cause)
        family = ticket.row["fault_family_code"]
        if not ticket.asset or family is None:
            continue
        device = (ticket.site, ticket.asset["asset_id"])
        if not any(s.start <= ticket.reported_at < s.end for s in served[device]):
            continue
        before = found[(*device, family)]
        if before and ticket.reported_at < max(map(_end, before[-1].tickets)):
            before[-1].tickets.append(ticket)
        else:
            before.append(Failure([ticket]))
    return found


def _served(hospital: Hospital) -> dict[Any, list[Stretch]]:
    found: dict[Any, list[Stretch]] = defaultdict(list)
    for one in in_service(hospital):
        found[one.asset["site_id"], one.asset["asset_id"]].append(one)
    return found


def _seconds(stretches: list[Stretch], start: int, end: int) -> int:
    return sum(max(0, min(one.end, end) - max(one.start, start)) for one in stretches)


def _retired(hospital: Hospital) -> set[Any]:
    states: dict[Any, list[Any]] = defaultdict(list)
    for row in hospital.tables["asset_states"]:
        if row["valid_from"] <= hospital.as_of:
            states[row["site_id"], row["asset_id"]].append(row)
    today = local_day(hospital.as_of)
    found = set()
    for key, asset in hospital.assets.items():
        if states[key]:
            newest = max(states[key], key=lambda row: row["valid_from"])
            ends = newest["valid_to"]
            is_over = ends is not None and ends <= hospital.as_of
            if newest["state"] == "retired" and not is_over:
                found.add(key)
        elif asset["retired_on"] and asset["retired_on"] <= today:
            found.add(key)
    return found


def _rows(window: str) -> Any:
    limit = RULES["windows_days"][window] * DAY

    def rows(hospital: Hospital, period: Period) -> Rows:
        served, retired = _served(hospital), _retired(hospital)
        for (site, asset, _), failures in _failures(hospital).items():
            device = (site, asset)
            for number, one in enumerate(failures):
                restored = one.restored_at
                if restored is None or not period.start <= local_day(restored) < period.end:
                    continue
                seen = _seconds(served[device], restored, hospital.as_of)
                following = failures[number + 1 : number + 2]
                gaps = [
                    _seconds(served[device], restored, each.tickets[0].reported_at)
                    for each in following
                ]
                is_mature = min(seen, _LONGEST) >= limit or device in retired
                yield one.last.cut(), (is_mature, any(gap <= limit for gap in gaps))

    return rows


def _shares(rows: list[tuple[bool, bool]]) -> Figures:
    mature = [is_back for is_mature, is_back in rows if is_mature]
    return {
        "share": share_of(sum(mature), len(mature)),
        "repairs": counted(sum(mature), len(mature)),
        "immature": counted(len(rows) - len(mature), len(mature)),
    }


MEASURES = {
    "recurrence_short": Measure(_rows("short"), _shares),
    "recurrence": Measure(_rows("medium"), _shares),
    "recurrence_long": Measure(_rows("long"), _shares),
}
