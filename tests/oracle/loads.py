"""KPIs of what work weighs, who gets it, and which way it is done.

Holds the standards of each quarter, the loads at every dispatch and the comparison within strata,
ticket by ticket; the shape of a measure is in `figures`.
"""

import math
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from statistics import NormalDist
from typing import Any

from oracle import rules
from oracle.costs import end_of, later
from oracle.equipment import inside
from oracle.figures import Cut, Figure, Figures, Measure, Rows, counted, is_open, proportion
from oracle.flow import FLOW
from oracle.hospital import Hospital, Period, Ticket
from oracle.people import days_of
from oracle.reading import local_day
from oracle.registers import counted_ratings
from oracle.statistics import nearest_rank

_UNITS = FLOW["work_units"]
_LEAST, _PULL = _UNITS["min_cell_tickets"], _UNITS["pull_tickets"]
_FACTORS = ("cap", "floor", "visit_factor", "off_hours_factor", "consumable_cap")
Kind = tuple[str | None, ...]


# -- what work weighs ---------------------------------------------------------------------------


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _kind(ticket: Ticket) -> Kind:
    row, asset = ticket.row, ticket.asset or {}
    return row["work_class"], asset.get("asset_class"), row["fault_family_code"]


@cache
def _done(hospital: Hospital) -> list[tuple[str, date, Kind, int]]:
    """Return (site, day, kind, begun minutes of work) of the restored tickets with logged work."""
    effort: dict[Any, int] = defaultdict(int)
    for row in hospital.tables["effort_logs"]:
        if row["started_at"] <= hospital.as_of:
            end = hospital.as_of if row["ended_at"] is None else row["ended_at"]
            seconds = max(min(end, hospital.as_of) - row["started_at"], 0)
            effort[row["site_id"], row["ticket_id"]] += seconds
    found = []
    for ticket in hospital.tickets:
        seconds = effort[ticket.site, ticket.ticket_id]
        if ticket.restored_at is not None and seconds > 0:
            day = local_day(ticket.restored_at)
            found.append((ticket.site, day, _kind(ticket), math.ceil(seconds / 60)))
    return found


@cache
def _sample(hospital: Hospital, site: str, quarter: date) -> tuple[list[tuple[Kind, int]], bool]:
    """Return the work that a quarter's standards rest on, and whether it is its own."""
    own = [one for one in _done(hospital) if one[0] == site]
    past = [(kind, m) for _, day, kind, m in own if later(quarter, -12) <= day < quarter]
    if len(past) >= _LEAST:
        return past, False
    return [(kind, m) for _, day, kind, m in own if _quarter(day) == quarter], True


@cache
def _standard(hospital: Hospital, site: str, quarter: date, kind: Kind) -> int | None:
    """Return hundredths of minutes: the median of a kind, drawn towards that of the level above.

    With too few tickets a kind has what the level above has.
    """
    sample, _ = _sample(hospital, site, quarter)
    minutes = [m for other, m in sample if other[: len(kind)] == kind]
    if not kind:
        return 100 * nearest_rank(minutes, 50) if minutes else None
    above = _standard(hospital, site, quarter, kind[:-1])
    if above is None or len(minutes) < _LEAST:
        return above
    n = len(minutes)
    return (100 * n * nearest_rank(minutes, 50) + _PULL * above) // (n + _PULL)


def _standard_of(ticket: Ticket) -> int | None:
    quarter = _quarter(ticket.reported_on)
    return _standard(ticket.hospital, ticket.site, quarter, _kind(ticket))


def _is_off_hours(ticket: Ticket) -> bool:
    steps = map(ticket.first, ("work_started", "arrived", "accepted"))
    begun = next((moment for moment in steps if moment is not None), ticket.reported_at)
    return not rules.working_seconds(_UNITS["off_hours_calendar"], begun, begun + 1)


def _units(ticket: Ticket) -> Fraction:
    quarter = _quarter(ticket.reported_on)
    whole = _standard(ticket.hospital, ticket.site, quarter, ())
    own, factors = _standard_of(ticket), {name: Fraction(str(_UNITS[name])) for name in _FACTORS}
    ratio = Fraction(own, whole) if own is not None and whole else Fraction(1)
    units = max(min(ratio, factors["cap"]), factors["floor"])
    units *= factors["visit_factor"] if ticket.is_onsite else 1
    units *= factors["off_hours_factor"] if _is_off_hours(ticket) else 1
    units *= Fraction(str(_UNITS["priority_factors"].get(ticket.row["priority"], 1)))
    if ticket.row["work_class"] == "consumable" or ticket.family.get("is_consumable"):
        units = min(units, factors["consumable_cap"])
    return Fraction(int(units * 10_000 + Fraction(1, 2)), 10_000)


def _weight_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        if ticket.restored_at is not None and inside(local_day(ticket.restored_at), period):
            sample, is_own = _sample(hospital, ticket.site, _quarter(ticket.reported_on))
            yield ticket.cut(), (_units(ticket), is_own or not sample)


def _weights(rows: list[Any]) -> Figures:
    n, units = len(rows), sum(weight for weight, _ in rows)
    return {
        "units": counted(units, n),
        "tickets": counted(n, n),
        "difficulty": Figure(units / n, n),
        "provisional": counted(sum(is_own for _, is_own in rows), n),
    }


# -- backlog ------------------------------------------------------------------------------------


def _work_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        if not ticket.is_void and is_open(ticket, period.level_second):
            standard = _standard_of(ticket)
            seconds = None if standard is None else standard * 60 // 100
            yield {"site": ticket.site}, ("open", seconds, 1)
    able = {key: seconds for key, (seconds, _) in days_of(hospital).items() if seconds}
    end = min(end_of(hospital, period), local_day(hospital.as_of))
    if able:
        first = max(end - timedelta(days=FLOW["capacity_days"]), min(day for *_, day in able))
        for (site, _, day), seconds in able.items():
            if first <= day < end:
                yield {"site": site}, ("able", seconds, (end - first).days)


def _weeks(rows: list[Any]) -> Figures:
    opened = [seconds for kind, seconds, _ in rows if kind == "open"]
    known, able = [x for x in opened if x is not None], [row for row in rows if row[0] == "able"]
    weekly = Fraction(7 * sum(row[1] for row in able), able[0][2]) if able else Fraction(0)
    n, work = len(opened), None if opened and not known else sum(known)
    return {
        "weeks": Figure(work / weekly if work is not None and weekly else None, n),
        "standard_hours": Figure(None if work is None else Fraction(work, 3600), n),
        "weekly_hours": Figure(weekly / 3600, n),
    }


# -- who gets it --------------------------------------------------------------------------------


def _load(hospital: Hospital, site: str, engineer: str, moment: int) -> int:
    return sum(
        ticket.site == site
        and one.engineer == engineer
        and one.start <= moment
        and (one.is_current or one.end > moment)
        for ticket in hospital.tickets
        for one in ticket.holdings
    )


def _dispatch_rows(hospital: Hospital, period: Period) -> Rows:
    staff = {(row["site_id"], row["engineer_id"]) for row in hospital.tables["engineers"]}
    teams = {key: hospital.team_of(*key) for key in staff}
    duty: dict[Any, set[str]] = defaultdict(set)
    for row in hospital.tables["engineer_time"]:
        key = (row["site_id"], row["engineer_id"])
        if row["kind"] == "roster" and (row["minutes"] or 0) > 0 and key in staff:
            duty[row["site_id"], row["on_date"], teams[key]].add(row["engineer_id"])
    for ticket in hospital.tickets:
        for event in ticket.in_order if not ticket.is_void else ():
            day, chosen = local_day(event["at"]), event["to_engineer_id"]
            if event["type"] != "dispatched" or not inside(day, period):
                continue
            if (ticket.site, chosen) not in staff:
                continue
            team = teams[ticket.site, chosen]
            others = duty[ticket.site, day, team] - {chosen}
            if others:
                own = _load(hospital, ticket.site, chosen, event["at"])
                least = min(_load(hospital, ticket.site, one, event["at"]) for one in others)
                yield ticket.cut() | {"engineer_group": team}, own <= least


def _dispatches(rows: list[bool]) -> Figures:
    n = len(rows)
    return {"share": proportion(sum(rows), n), "dispatches": counted(n, n)}


# -- which way ----------------------------------------------------------------------------------


def _way_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        if ticket.restored_at is not None and inside(local_day(ticket.restored_at), period):
            yield from _case(ticket, "speed", ticket.restored_at - ticket.reported_at)
    for row, is_counted in counted_ratings(hospital):
        rated = hospital.ticket_of.get((row["site_id"], row["ticket_id"]))
        if rated and is_counted and inside(local_day(row["rated_at"]), period):
            yield from _case(rated, "top", int(row["overall"] * 5 >= (row["scale_max"] or 5) * 4))


def _case(ticket: Ticket, name: str, value: int) -> Rows:
    row = ticket.row
    stratum, way = (row["fault_family_code"], row["priority"]), row["resolution_mode"]
    if way in ("remote", "onsite") and None not in stratum:
        cut: Cut = ticket.cut()
        yield cut, (name, stratum, way, value)


def _mean(values: list[int]) -> Fraction:
    return Fraction(sum(values), len(values))


def _error(arms: list[tuple[list[int], int]], weight: int) -> Fraction | None:
    """Return the variance of a standardised mean; one spread, pooled within the strata."""
    freedom = sum(len(values) - 1 for values, _ in arms)
    if not freedom:
        return None
    squares = sum((x - _mean(values)) ** 2 for values, _ in arms for x in values)
    reach = sum(Fraction(size, weight) ** 2 / len(values) for values, size in arms)
    return squares / freedom * reach


def _compared(name: str, rows: list[Any]) -> Figures:
    cells: dict[Any, dict[str, list[int]]] = defaultdict(lambda: {"remote": [], "onsite": []})
    for _, stratum, way, value in rows:
        cells[stratum][way].append(value)
    both = [cell for cell in cells.values() if all(cell.values())]
    n = sum(len(values) for cell in both for values in cell.values())
    parts = ("remote", "onsite", "difference", "comparable")
    if not n:
        return {f"{name}_{part}": Figure(None, 0) for part in parts}
    sizes = [sum(map(len, cell.values())) for cell in both]
    means, errors = {}, []
    for way in ("remote", "onsite"):
        arms = [(cell[way], size) for cell, size in zip(both, sizes, strict=True)]
        means[way] = sum(size * _mean(values) for values, size in arms) / n
        errors.append(_error(arms, n))
    gap, scale = means["remote"] - means["onsite"], 3600 if name == "speed" else 1
    low = high = None
    if errors[0] is not None and errors[1] is not None:
        reach = NormalDist().inv_cdf(0.975) * math.sqrt(errors[0] + errors[1])
        low, high = (float(gap) - reach) / scale, (float(gap) + reach) / scale
    found = {f"{name}_{way}": Figure(Fraction(mean), n) for way, mean in means.items()}
    found[f"{name}_difference"] = Figure(Fraction(gap) / scale, n, low, high)
    return found | {f"{name}_comparable": Figure(Fraction(n, len(rows)), n)}


def _ways(rows: list[Any]) -> Figures:
    found: Figures = {}
    for name in ("speed", "top"):
        chosen = [row for row in rows if row[0] == name]
        found |= _compared(name, chosen) if chosen else {}
    return found


MEASURES = {
    "work_units": Measure(_weight_rows, _weights),
    "backlog_weeks": Measure(_work_rows, _weeks),
    "dispatch_compliance": Measure(_dispatch_rows, _dispatches),
    "mode_comparison": Measure(_way_rows, _ways),
}
