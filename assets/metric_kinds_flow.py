"""Kinds of metric about flow: shares that mature, splits that sum, backlog in weeks, loaners.

Holds the arithmetic only; the SELECTs are in `metric_flow_sql`. People's load and comparisons are
in `metric_kinds_people`.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assets import metric_flow_sql, metric_sql
from assets.metric_bounds import bounds
from assets.metric_durations import duration
from assets.metric_number import (
    SECONDS_PER_DAY,
    Key,
    Limits,
    Number,
    by_key,
    key_of,
    order_of,
    proportion,
    rounded,
    small,
)
from assets.metric_query import Query
from assets.metric_shares import share

_DAYS_PER_WEEK = 7
_DAYS_PER_MONTH = 30
_THOUSAND = 1000


def maturing(query: Query, limits: Limits) -> list[Number]:
    """Shares of cases whose time to come back is over; 未成熟 while some of the group's is not.

    The metric's denominator counts mature cases only, its measure ``immature`` the others.
    """
    numbers = share(query, limits)
    waiting = {one.key for one in numbers if one.statistic == "immature" and one.value}
    return [
        replace(one, state="immature")
        if one.key in waiting and one.statistic in query.metric.numerators
        else one
        for one in numbers
    ]


def split(query: Query, limits: Limits) -> list[Number]:
    """Seconds of each part, exact integers that sum to the whole; ``denominator`` is the whole."""
    numbers = []
    for row in metric_sql.grouped(query):
        key, size, whole = key_of(query, row), int(row["n"]), int(row["den"])
        state = small(size, limits.min_events)
        for name in query.metric.numerators:
            part = int(row[f"num_{name}"])
            numbers.append(Number(key, name, float(part), None, None, part, whole, size, state))
    return numbers


def clock_time(query: Query, limits: Limits) -> list[Number]:
    """Seconds of the clocks, net and gross, and between them what pauses took, by reason."""
    taken = by_key(query, metric_flow_sql.waits(query))
    numbers = split(query, limits)
    for one in [number for number in numbers if number.statistic == "gross"]:
        row = taken.get(one.key, {})
        for name in metric_flow_sql.wait_reasons(query):
            part = int(row.get(name) or 0)
            numbers.append(replace(one, statistic=name, value=float(part), numerator=part))
    return numbers


def duration_with_share(query: Query, limits: Limits) -> list[Number]:
    """A duration, and beside it the share of cases that it cannot tell of."""
    numbers = duration(query, limits)
    for row in metric_sql.grouped(query):
        key, size = key_of(query, row), int(row["den"])
        state = small(size, limits.min_denominator)
        for name in query.metric.numerators:
            shape = query.metric.statistics[name]
            numbers.append(proportion(key, shape, name, int(row[f"num_{name}"]), size, state))
    return numbers


def backlog_weeks(query: Query, limits: Limits) -> list[Number]:
    """Standard hours of the open tickets over a week's capacity (SMRP 5.4.9)."""
    del limits
    opened = by_key(query, metric_flow_sql.open_work(query))
    able = by_key(query, metric_flow_sql.capacity(query))
    numbers = []
    for key in sorted(set(opened) | set(able), key=order_of):
        work, time = opened.get(key, {}), able.get(key, {})
        size, seconds = int(work.get("n", 0)), int(work.get("standard_seconds", 0))
        weekly = Decimal(int(time.get("seconds", 0))) * _DAYS_PER_WEEK / int(time.get("days", 1))
        is_unknown = size > 0 and int(work["unknown"]) == size
        state = "no_data" if is_unknown else "ok"
        values = {
            "weeks": None if is_unknown or not weekly else Decimal(seconds) / weekly,
            "standard_hours": None if is_unknown else Decimal(seconds) / 3600,
            "weekly_hours": weekly / 3600,
        }
        for name, value in values.items():
            exact = rounded(value, query.metric.statistics[name].precision)
            word = "ok" if name == "weekly_hours" else state if weekly else "not_connected"
            part, whole = (seconds, float(weekly)) if name == "weeks" else (exact, None)
            numbers.append(Number(key, name, exact, None, None, part, whole, size, word))
    return numbers


def per_thousand(query: Query, limits: Limits) -> list[Number]:
    """Events per 1 000 tickets with Garwood's interval, and their count."""
    counted = by_key(query, metric_sql.events(query))
    tickets = by_key(query, metric_flow_sql.reported(query))
    known = bounds(query.con, (int(row["x"]) for row in [*counted.values(), {"x": 0}]))
    shape = query.metric.statistics["per_1000"]
    numbers = []
    for key in sorted(set(counted) | set(tickets), key=order_of):
        events = int(counted.get(key, {}).get("x", 0))
        size = int(tickets.get(key, {}).get("n", 0))
        numbers.append(Number(key, "count", float(events), numerator=events, n=events))
        if not size:
            numbers.append(Number(key, "per_1000", None, numerator=events, state="no_data"))
            continue
        values = (Decimal(events), known[events].lo, known[events].hi)
        rate, low, high = (rounded(Decimal(x) * _THOUSAND / size, shape.precision) for x in values)
        state = small(events, limits.min_events)
        numbers.append(Number(key, "per_1000", rate, low, high, events, size, events, state))
    return numbers


def device_states(query: Query, limits: Limits) -> list[Number]:
    """How many devices are in which state at the end of each period."""
    del limits
    return [
        Number(
            key_of(query, row),
            name,
            float(row[name]),
            numerator=row[name],
            n=row["total"],
        )
        for row in metric_flow_sql.device_states(query)
        for name in query.metric.statistics
    ]


def loaner_use(query: Query, limits: Limits) -> list[Number]:
    """Turnover and utilisation of the loaner pool, and the share of loan time past due."""
    pool = by_key(query, metric_flow_sql.pool_time(query))
    lent = by_key(query, metric_flow_sql.loan_time(query))
    numbers = []
    for key in sorted(set(pool) | set(lent), key=order_of):
        ready = int(pool.get(key, {}).get("seconds", 0))
        loan = lent.get(key, {"loans": 0, "out_seconds": 0, "overdue_seconds": 0})
        loans, out, late = (int(loan[name]) for name in ("loans", "out_seconds", "overdue_seconds"))
        months = Decimal(ready) / (_DAYS_PER_MONTH * SECONDS_PER_DAY)
        numbers.append(Number(key, "loans", float(loans), numerator=loans, n=loans))
        for name, part, whole, missing in (
            ("turnover", Decimal(loans), months, "not_connected"),
            ("utilisation", Decimal(out), Decimal(ready), "not_connected"),
            ("overdue_share", Decimal(late), Decimal(out), "no_data"),
        ):
            shape = query.metric.statistics[name]
            numbers.append(_quotient(key, name, (part, whole), shape.precision, (loans, missing)))
    del limits
    return numbers


def _quotient(
    key: Key,
    name: str,
    sums: tuple[Decimal, Decimal],
    precision: int,
    basis: tuple[int, str],
) -> Number:
    part, whole = sums
    size, missing = basis
    if not whole:
        return Number(key, name, None, None, None, float(part), 0, size, missing)
    value: Any = rounded(part / whole, precision)
    return Number(key, name, value, None, None, float(part), rounded(whole, 6), size)


COMPUTE: dict[str, Callable[[Query, Limits], list[Number]]] = {
    "maturing": maturing,
    "split": split,
    "clock_time": clock_time,
    "duration_with_share": duration_with_share,
    "backlog_weeks": backlog_weeks,
    "per_thousand": per_thousand,
    "device_states": device_states,
    "loaner_use": loaner_use,
}
