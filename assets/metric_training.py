"""Kinds of metric about training: the need of departments, and what happened after a training.

Holds the index of need, shrunk over departments so that a small ward does not lead by luck, and the
rates before and after a training against those of the departments without one.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from assets.analysis.intervals import rate_ratio
from assets.analysis.shrinkage import gamma_poisson
from assets.metric_bounds import bounds
from assets.metric_number import Key, Limits, Number, key_of, rounded, small
from assets.metric_query import Query, Row

_HUNDRED = 100
_YEAR_DAYS = 365.25
_SECONDS_PER_HOUR = 3600


def training_need(query: Query, limits: Limits) -> list[Number]:
    """Tickets, hours and money a year per 100 staff that training would spare.

    The rate of each department is drawn towards the hospital's by `analysis.shrinkage`; hours and
    money are the shrunk rate × the mean of the group's own tickets.
    """
    rows = query.rows(
        "with need as (select p.period_start, f.site_id, f.department_id, "
        "sum(f.ticket_count) as tickets, sum(f.seconds) as seconds, sum(f.labour_cny) as cny "
        f"from {query.dated('fact_training', 'reported_on')} group by all) "
        "select p.period_start, any_value(p.clip_end - p.clip_start) as days"
        f"{query.selected()}, f.site_id as of_site, f.department_id as of_department, "
        "any_value(f.staff_count) as staff, coalesce(any_value(n.tickets), 0) as tickets, "
        "coalesce(any_value(n.seconds), 0) as seconds, any_value(n.cny) as cny "
        f"from {query.period_rows()} cross join kpi.fact_staff as f "
        "left join need as n on n.period_start = p.period_start and n.site_id = f.site_id "
        f"and n.department_id = f.department_id where true{query.filters()[0]} "
        "group by all order by all"
    )
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key_of(query, row), []).append(row)
    shrunk = _shrunk(query)
    return [
        number
        for key, members in groups.items()
        for number in _need(query, key, members, shrunk, limits)
    ]


def _shrunk(query: Query) -> dict[tuple[Any, ...], float]:
    """Return the shrunk tickets per staff and day of every department in every period."""
    rows = query.con.execute(
        "select p.period_start, f.site_id, f.department_id, "
        "any_value(f.staff_count * (p.clip_end - p.clip_start)) as exposure, "
        f"coalesce(sum(n.ticket_count), 0) as tickets from {query.period_rows()} "
        "cross join kpi.fact_staff as f left join kpi.fact_training as n "
        "on n.site_id = f.site_id and n.department_id = f.department_id "
        "and n.reported_on >= p.period_start and n.reported_on < p.period_end "
        "group by all order by all"
    ).fetchall()
    found: dict[tuple[Any, ...], float] = {}
    for period in {row[0] for row in rows}:
        of_period = [row for row in rows if row[0] == period]
        rates = gamma_poisson([row[4] for row in of_period], [row[3] for row in of_period]).rates
        found |= {(*row[:3],): float(rate) for row, rate in zip(of_period, rates, strict=True)}
    return found


def _need(
    query: Query,
    key: Key,
    members: list[Row],
    shrunk: Mapping[tuple[Any, ...], float],
    limits: Limits,
) -> list[Number]:
    days = int(members[0]["days"])
    staff = sum(int(row["staff"]) for row in members)
    tickets = sum(int(row["tickets"]) for row in members)
    seconds = sum(int(row["seconds"]) for row in members)
    priced = [row["cny"] for row in members if row["cny"] is not None]
    scale = _HUNDRED * _YEAR_DAYS
    exposure = staff * days
    if not exposure:
        return []
    drawn = sum(
        shrunk[(row["period_start"], row["of_site"], row["of_department"])] * int(row["staff"])
        for row in members
    )
    rate = drawn / staff * scale
    limit = bounds(query.con, [tickets])[tickets]
    per_ticket = rate / tickets if tickets else None
    values: dict[str, tuple[float | None, float | None, float | None]] = {
        "raw": (
            tickets / exposure * scale,
            limit.lo / exposure * scale,
            limit.hi / exposure * scale,
        ),
        "tickets": (rate, None, None),
        "hours": (per_ticket and per_ticket * seconds / _SECONDS_PER_HOUR, None, None),
        "cny": (per_ticket and per_ticket * float(sum(priced)) if priced else None, None, None),
    }
    numbers = []
    for name, (value, low, high) in values.items():
        precision = query.metric.statistics[name].precision
        numbers.append(
            Number(
                key,
                name,
                rounded(value, precision),
                rounded(low, precision),
                rounded(high, precision),
                numerator=float(tickets),
                denominator=float(exposure),
                n=tickets,
                state=small(tickets, limits.min_events) if value is not None else "no_data",
            )
        )
    return numbers


def training_effects(con: Any, as_of_on: date) -> list[dict[str, Any]]:
    """Return one row per training: tickets before and after, there and where nobody was trained.

    ``expected`` is what the department would have had after, had it moved as its controls did;
    ``ratio`` = after ÷ expected with its exact interval (`intervals.rate_ratio` on exposures scaled
    by the controls' ratio; what the controls vary is not in it). A training whose window is not
    over has no ratio.
    """
    window = con.execute("select training_window_days from kpi.cost_terms").fetchone()[0]
    first = con.execute("select min(data_from_on) from kpi.dim_sites").fetchone()[0]
    events = con.execute(
        "select site_id, training_id, department_id, zone, held_on, topic, attendee_count "
        "from kpi.fact_training_events order by all"
    ).fetchall()
    found = []
    for site, training, department, zone, held, topic, people in events:
        row = {
            "site_id": site, "training_id": training, "department_id": department, "zone": zone,
            "held_on": held, "topic": topic, "attendee_count": people,
        }  # fmt: skip
        row |= _counts(con, row, window)
        row |= dict.fromkeys(("expected", "ratio", "lo", "hi", "p_value"))
        is_whole = held + timedelta(days=window) <= as_of_on
        row["is_mature"] = is_whole and held - timedelta(days=window) >= first
        if row["is_mature"] and row["control_before"] and row["control_after"]:
            change = row["control_after"] / row["control_before"]
            row["expected"] = row["before"] * change
            fit = rate_ratio(row["before"], 1.0, row["after"], change)
            row |= {"ratio": float(fit.ratio), "lo": float(fit.lo), "hi": float(fit.hi),
                    "p_value": float(fit.p_value)}  # fmt: skip
        found.append(row)
    return found


def _counts(con: Any, training: Mapping[str, Any], window: int) -> dict[str, int]:
    """Count tickets in the windows before and after; controls held no training then."""
    held = training["held_on"]
    start, end = held - timedelta(days=window), held + timedelta(days=window + 1)
    rows = con.execute(
        "select department_id = $2, reported_on > $3, sum(ticket_count) from kpi.fact_training "
        "where site_id = $1 and reported_on >= $4 and reported_on < $5 and reported_on <> $3 "
        "and (department_id = $2 or department_id not in (select department_id "
        "from kpi.fact_training_events where site_id = $1 and department_id is not null "
        "and held_on >= $4 and held_on < $5)) group by all",
        [training["site_id"], training["department_id"], held, start, end],
    ).fetchall()
    found = {(is_own, is_after): int(tickets) for is_own, is_after, tickets in rows}
    return {
        name: found.get(place, 0)
        for name, place in (
            ("before", (True, False)),
            ("after", (True, True)),
            ("control_before", (False, False)),
            ("control_after", (False, True)),
        )
    }


def training_effect(query: Query, limits: Limits) -> list[Number]:
    """After ÷ expected of all trainings with both windows whole, pooled: below 1 is fewer."""
    numbers = []
    effects = [
        row for row in training_effects(query.con, limits.as_of_on) if row["expected"] is not None
    ]
    for period in query.periods:
        rows = [row for row in effects if period.start <= row["held_on"] < period.end]
        before, after = (sum(row[name] for row in rows) for name in ("before", "after"))
        expected = sum(row["expected"] for row in rows)
        if not rows or not before:
            continue
        fit = rate_ratio(before, float(before), after, float(expected))
        shape = query.metric.statistics["ratio"]
        numbers.append(
            Number(
                (period.start,),
                "ratio",
                rounded(float(fit.ratio), shape.precision),
                rounded(float(fit.lo), shape.precision),
                rounded(float(fit.hi), shape.precision),
                numerator=float(after),
                denominator=rounded(expected, 6),
                n=before + after,
                state=small(before + after, limits.min_denominator),
            )
        )
        numbers.append(Number((period.start,), "trainings", float(len(rows)), n=len(rows)))
    return numbers
