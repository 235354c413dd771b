"""Devices: when they served, in which age, when they were down, and when they failed.

Holds in-service time, exposure, down time and failure episodes, replayed device by device.
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from oracle import rules
from oracle.lives import GAP
from oracle.reading import Row, local_day, midnight
from oracle.spans import Span, without

if TYPE_CHECKING:
    from oracle.hospital import Hospital, Ticket

_NEVER = 10**12


@dataclass
class Stretch:
    """A stretch of a device: in service, or down with a weight in percent."""

    asset: Row
    department: str | None
    start: int
    end: int
    weight: int = 100
    has_loaner: bool = False

    @property
    def age_cohort(self) -> str | None:
        """Age at its start."""
        accepted = self.asset["accepted_on"]
        return accepted and rules.age_cohort((local_day(self.start) - accepted).days)


@dataclass
class Episode:
    """One failure: the tickets of a device that overlap."""

    tickets: list["Ticket"]
    asset: Row | None
    is_in_service: bool

    @property
    def first(self) -> "Ticket":
        """The ticket that came first."""
        return self.tickets[0]

    @property
    def age_cohort(self) -> str | None:
        """Age of the device when it began."""
        accepted = self.asset and self.asset["accepted_on"]
        return accepted and rules.age_cohort((self.first.reported_on - accepted).days)


def in_service(hospital: "Hospital") -> list[Stretch]:
    """Return when each device was in service, by department, between data's start and as-of."""
    states: dict[Any, list[Row]] = defaultdict(list)
    for row in hospital.tables["asset_states"]:
        states[row["site_id"], row["asset_id"]].append(row)
    found = []
    for key, asset in hospital.assets.items():
        retired = asset["retired_on"]
        last = midnight(retired) if retired else _NEVER
        own = sorted(states[key], key=lambda row: row["valid_from"])
        if not own and asset["accepted_on"]:
            start = midnight(asset["accepted_on"])
            found.append(Stretch(asset, asset["department_id"], start, last))
        for number, row in enumerate(own):
            ends = [row["valid_to"] or _NEVER]
            ends += [own[number + 1]["valid_from"]] if number + 1 < len(own) else []
            end = last if min(ends) == _NEVER else min(ends)
            if row["state"] == "in_service":
                department = row["department_id"] or asset["department_id"]
                found.append(Stretch(asset, department, row["valid_from"], end))
    for one in found:
        # a site that never reported has no data yet
        one.start = max(one.start, hospital.site_from.get(one.asset["site_id"], hospital.as_of))
        one.end = min(one.end, hospital.as_of)
    return [one for one in found if one.start < one.end]


def exposure(hospital: "Hospital") -> list[Stretch]:
    """Return the in-service time cut where devices change their age cohort."""
    found = []
    for one in in_service(hospital):
        accepted = one.asset["accepted_on"]
        cuts = [one.start, one.end]
        if accepted:
            cuts += [midnight(accepted + timedelta(days=days)) for days in rules.age_limits()]
        cuts = sorted(moment for moment in set(cuts) if one.start <= moment <= one.end)
        for start, end in itertools.pairwise(cuts):
            found.append(Stretch(one.asset, one.department, start, end))
    return found


def downtime(hospital: "Hospital") -> list[Stretch]:
    """Return down time in service; where tickets overlap, the heavier weight counts once."""
    degraded = int(100 * float(rules.THRESHOLDS["degraded_weight"]))
    troubles: dict[Any, list[tuple[int, Span]]] = defaultdict(list)
    for ticket in hospital.tickets:
        if ticket.is_use_failure and ticket.asset and ticket.impact in ("down", "degraded"):
            end = ticket.ended_at if ticket.ended_at is not None else hospital.as_of
            gaps = [(p.start, p.end) for p in ticket.pauses if p.reason == GAP]
            weight = 100 if ticket.impact == "down" else degraded
            for span in without([(ticket.reported_at, end)], gaps):
                troubles[ticket.site, ticket.asset["asset_id"]].append((weight, span))
    loans = _stand_ins(hospital)
    found = []
    for served in in_service(hospital):
        own = troubles[served.asset["site_id"], served.asset["asset_id"]]
        lent = loans[served.asset["site_id"], served.asset["asset_id"]]
        spans = [*lent, *(span for _, span in own)]
        edges = sorted({served.start, served.end, *(edge for span in spans for edge in span)})
        edges = [edge for edge in edges if served.start <= edge <= served.end]
        for start, end in itertools.pairwise(edges):
            weights = [weight for weight, (a, b) in own if a <= start and end <= b]
            if weights:
                is_lent = any(a <= start and end <= b for a, b in lent)
                one = Stretch(served.asset, served.department, start, end, max(weights), is_lent)
                found.append(one)
    return found


def _stand_ins(hospital: "Hospital") -> dict[Any, list[Span]]:
    """Return when a spare machine stood in, by the device whose ticket it was lent for."""
    found: dict[Any, list[Span]] = defaultdict(list)
    for loan in hospital.tables["loans"]:
        ticket = hospital.ticket_of.get((loan["site_id"], loan["ticket_id"]))
        if ticket is not None and loan["lent_at"] <= hospital.as_of:
            back = loan["returned_at"]
            end = back if back is not None and back <= hospital.as_of else _NEVER
            found[ticket.site, ticket.row["asset_id"]].append((loan["lent_at"], end))
    return found


def episodes(hospital: "Hospital") -> list[Episode]:
    """Return the failures, those that exposure does not cover included."""
    seen, busy = set(), dict[Any, tuple[Episode, int]]()
    served: dict[Any, list[Stretch]] = defaultdict(list)
    for stretch in in_service(hospital):
        served[stretch.asset["site_id"], stretch.asset["asset_id"]].append(stretch)
    found = []
    for ticket in sorted(hospital.tickets, key=lambda one: (one.reported_at, one.ticket_id)):
        if not ticket.is_use_failure:
            continue
        if ticket.common_cause:
            if ticket.common_cause in seen:
                continue
            seen.add(ticket.common_cause)
        until = ticket.ended_at if ticket.ended_at is not None else _NEVER
        if not ticket.asset:
            found.append(Episode([ticket], None, ticket.row["system_id"] is None))
            continue
        key = (ticket.site, ticket.asset["asset_id"])
        if key in busy and ticket.reported_at < busy[key][1]:
            episode, end = busy[key]
            episode.tickets.append(ticket)
            busy[key] = (episode, max(end, until))
            continue
        is_covered = any(s.start <= ticket.reported_at < s.end for s in served[key])
        episode = Episode([ticket], ticket.asset, is_covered)
        busy[key] = (episode, max(until, busy[key][1] if key in busy else 0))
        found.append(episode)
    return found
