"""KPIs of who can look after what, and of what training spares.

Holds the search for the bus factor and the tickets that training would spare, row by row; the shape
of a measure is in `figures`, probabilities are in `statistics`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from typing import Any

from oracle import rules
from oracle.costs import asset_rows, end_of, later
from oracle.equipment import inside
from oracle.figures import Cut, Figure, Figures, Measure, Rows, counted, proportion
from oracle.hospital import Hospital, Period, Ticket
from oracle.reading import local_day
from oracle.statistics import chi2_at_least, garwood, share_bounds

_KNOW = rules.THRESHOLDS["knowledge"]
_TRAIN = rules.THRESHOLDS["training"]
_PAIR = 2
_YEAR_DAYS = Fraction(36_525, 100)


# -- who can look after what --------------------------------------------------------------------


def _things(hospital: Hospital, period: Period) -> set[tuple[str, str, str]]:
    """Return (site, kind, id) of what two people should be able to look after."""
    critical = _KNOW["critical"]
    found = {
        (row["site_id"], "system", row["system_id"])
        for row in hospital.tables["systems"]
        if row["criticality"] in critical
    }
    for _, (asset, _) in asset_rows(hospital, period):
        if asset["criticality"] in critical and asset["asset_class"]:
            found.add((asset["site_id"], "asset_class", asset["asset_class"]))
    places = hospital.departments.values()
    return found | {(p["site_id"], "zone", p["zone"]) for p in places if p["zone"] is not None}


def _coverage_rows(hospital: Hospital, period: Period) -> Rows:
    end = end_of(hospital, period)
    staff = {
        (row["site_id"], row["engineer_id"])
        for row in hospital.tables["engineers"]
        if row["left_on"] is None or row["left_on"] >= end
    }
    work: dict[Any, Counter[Any]] = defaultdict(Counter)
    for ticket in hospital.tickets:
        who = (ticket.site, ticket.holder)
        if ticket.is_void or ticket.restored_at is None or who not in staff:
            continue
        if later(end, -12) <= local_day(ticket.restored_at) < end:
            cut = ticket.cut()
            work[ticket.site, "system", ticket.row["system_id"]][who] += 1
            work[ticket.site, "asset_class", cut["asset_class"]][who] += 1
            work[ticket.site, "zone", cut["zone"]][who] += 1
    for thing in _things(hospital, period):
        yield {"site": thing[0], "scope_kind": thing[1]}, work[thing]


def _bus_factor(able: list[set[Any]]) -> int | None:
    """Return how many must leave until more than the limit's share stands without anybody."""
    people = sorted(set().union(*able))
    limit = Fraction(str(_KNOW["uncovered_share"])) * len(able)
    for size in range(len(people) + 1):
        for gone in map(set, combinations(people, size)):
            if sum(group <= gone for group in able) > limit:
                return size
    return None


def _coverage(rows: list[Counter[Any]]) -> Figures:
    n = len(rows)
    able = [{who for who, t in row.items() if t >= _KNOW["qualified_tickets"]} for row in rows]
    pairs = sum(len(group) >= _PAIR for group in able)
    work = list(sum(rows, Counter()).values())
    total = sum(work)
    gaps = sum(abs(a - b) for a in work for b in work)
    factor = _bus_factor(able)
    even = 1 - Fraction(gaps, 2 * len(work) * total) if total else None
    squares = sum(Fraction(x, total) ** 2 for x in work) if total else None
    return {
        "covered": proportion(pairs, n),
        "uncovered": counted(n - pairs, n),
        "bus_factor": Figure(None if factor is None else Fraction(factor), n),
        "one_minus_gini": Figure(even, n),
        "hhi": Figure(None if squares is None else Fraction(squares), n),
    }


# -- training -----------------------------------------------------------------------------------


def _is_spared(ticket: Ticket) -> bool:
    row = ticket.row
    return not ticket.is_void and (
        bool(ticket.family.get("is_user_help"))
        or row["work_class"] in _TRAIN["work_classes"]
        or row["outcome_code"] in _TRAIN["outcomes"]
        or row["cause_code"] in _TRAIN["causes"]
    )


def _effort(hospital: Hospital) -> dict[Any, int]:
    found: dict[Any, int] = defaultdict(int)
    for row in hospital.tables["effort_logs"]:
        if row["started_at"] <= hospital.as_of:
            end = hospital.as_of if row["ended_at"] is None else row["ended_at"]
            seconds = max(min(end, hospital.as_of) - row["started_at"], 0)
            found[row["site_id"], row["ticket_id"]] += seconds
    return found


def _drawn(groups: list[tuple[int, int]]) -> list[Fraction]:
    """Draw (tickets, exposure) of groups towards their common rate by Marshall's moments.

    Only where Pearson's χ² says that they differ: else all have the common rate.
    """
    events, time = (sum(group[i] for group in groups) for i in (0, 1))
    mean = Fraction(events, time)
    if len(groups) < _PAIR or not events:
        return [mean] * len(groups)
    raw = [Fraction(x, t) for x, t in groups]
    square = sum((x - mean * t) ** 2 / (mean * t) for x, t in groups)
    spread = sum(t * (r - mean) ** 2 for r, (_, t) in zip(raw, groups, strict=True)) / time
    between = spread - mean * len(groups) / time
    is_chance = chi2_at_least(float(square), len(groups) - 1) >= 0.05
    if is_chance or between <= 0:
        return [mean] * len(groups)
    return [
        mean + between / (between + mean / t) * (r - mean)
        for r, (_, t) in zip(raw, groups, strict=True)
    ]


def _need_rows(hospital: Hospital, period: Period) -> Rows:
    effort = _effort(hospital)
    start = max(period.start, local_day(hospital.data_from))
    days = (end_of(hospital, period) - start).days
    spared: dict[Any, list[int]] = defaultdict(list)
    for ticket in hospital.tickets:
        if _is_spared(ticket) and inside(ticket.reported_on, period):
            seconds = effort.get((ticket.site, ticket.ticket_id), 0)
            spared[ticket.site, ticket.row["department_id"]].append(seconds)
    wards = [(key, row) for key, row in hospital.departments.items() if row["staff_count"]]
    groups = [(len(spared[key]), row["staff_count"] * days) for key, row in wards]
    for (key, row), rate in zip(wards, _drawn(groups), strict=True):
        cut = {"site": key[0], "department": key[1], "zone": row["zone"]}
        yield cut, (row["staff_count"], days, spared[key], rate)


def _need(rows: list[Any]) -> Figures:
    staff, days = sum(row[0] for row in rows), rows[0][1]
    tickets = sum(len(row[2]) for row in rows)
    seconds = sum(sum(row[2]) for row in rows)
    scale = 100 * _YEAR_DAYS
    rate = sum(row[0] * row[3] for row in rows) / staff * scale
    per = scale / (staff * days)
    low, high = (bound * float(per) for bound in garwood(tickets))
    hours = rate * Fraction(seconds, 3600 * tickets) if tickets else None
    return {
        "raw": Figure(tickets * per, tickets, low, high),
        "tickets": Figure(rate, tickets),
        "hours": Figure(hours, tickets),
        # no rate of a grade in the defaults
        "cny": Figure(None, tickets),
    }


def _trainings(hospital: Hospital) -> Iterator[tuple[str, str | None, date]]:
    for row in hospital.tables["trainings"]:
        if row["held_on"] <= local_day(hospital.as_of):
            yield row["site_id"], row["department_id"], row["held_on"]


def _effect_rows(hospital: Hospital, period: Period) -> Rows:
    window = timedelta(days=_TRAIN["window_days"])
    spared = [t for t in hospital.tickets if _is_spared(t) and t.row["department_id"]]
    for site, ward, held in _trainings(hospital):
        first, last = held - window, held + window
        is_whole = last <= local_day(hospital.as_of) and first >= local_day(hospital.data_from)
        if not inside(held, period) or not is_whole:
            continue
        busy = {w for s, w, day in _trainings(hospital) if s == site and first <= day <= last}
        sums: Counter[tuple[bool, bool]] = Counter()
        for ticket in spared:
            day, place = ticket.reported_on, ticket.row["department_id"]
            is_own = place == ward
            if ticket.site == site and first <= day <= last and day != held:
                sums[is_own, day > held] += is_own or place not in busy
        if sums[False, False] and sums[False, True]:
            change = Fraction(sums[False, True], sums[False, False])
            cut: Cut = {"site": site}
            yield cut, (sums[True, False], sums[True, True], sums[True, False] * change)


def _effect(rows: list[Any]) -> Figures:
    before, after, expected = (sum(row[i] for row in rows) for i in range(3))
    if not before:
        return {}
    low, high = share_bounds(after, before + after)
    odds = float(before / expected)
    return {
        "ratio": Figure(
            after / expected,
            before + after,
            low / (1 - low) * odds,
            high / (1 - high) * odds,
        ),
        "trainings": counted(len(rows), len(rows)),
    }


MEASURES = {
    "ab_coverage": Measure(_coverage_rows, _coverage),
    "training_need": Measure(_need_rows, _need),
    "training_effect": Measure(_effect_rows, _effect),
}
