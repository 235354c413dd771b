"""Kinds of metric that divide events by exposure, or exposure by events.

Holds rates and mean times between failures with their exact intervals. The bounds of a count are
looked up where the snapshot stores them (`metric_bounds`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from assets import metric_sql
from assets.metric_bounds import Bounds, bounds
from assets.metric_number import (
    SECONDS_PER_DAY,
    Key,
    Limits,
    Number,
    by_key,
    order_of,
    rounded,
    small,
)
from assets.metric_query import Query
from assets.metric_registry import Statistic

# What failures can be cut by and time in service cannot. Every device of the scope stands for every
# kind of fault, so that the rates of the kinds add up to the rate of all.
_OF_FAILURES = ("fault_family", "fault_group")


def rate(query: Query, limits: Limits) -> list[Number]:
    """Events per exposure, or exposure per event, with Garwood intervals."""
    counted = by_key(query, metric_sql.events(query))
    at_risk = _at_risk(query)
    exposed = by_key(at_risk, metric_sql.exposure(at_risk))
    needs_down = any(s.basis == "operating" for s in query.metric.statistics.values())
    down = by_key(at_risk, metric_sql.downtime(at_risk)) if needs_down else {}
    lengths = {p.start: p.last_second - max(p.first_second, p.data_second) for p in query.periods}
    known = bounds(query.con, (int(row["x"]) for row in [*counted.values(), {"x": 0}]))
    numbers = []
    groups = _groups(query, counted, exposed)
    for key in sorted(groups, key=order_of):
        events = int(counted.get(key, {}).get("x", 0))
        in_service = int(exposed.get(groups[key], {}).get("seconds", 0))
        seconds = {
            "exposure": in_service,
            "operating": in_service - int(down.get(groups[key], {}).get("down_seconds", 0)),
            "period": lengths[key[0]] if in_service else 0,
        }
        for name, statistic in query.metric.statistics.items():
            time = seconds[statistic.basis]
            numbers.append(rate_number(key, name, statistic, (events, time), known, limits))
    return numbers


def _at_risk(query: Query) -> Query:
    """Return the question without what time in service cannot be cut by."""
    return replace(
        query,
        by=[one for one in query.by if one.column not in _OF_FAILURES],
        where={name: code for name, code in query.where.items() if name not in _OF_FAILURES},
    )


def _groups(query: Query, counted: Iterable[Key], exposed: Iterable[Key]) -> dict[Key, Key]:
    """Return each group with the group whose time in service is its own.

    A kind of fault that any period has, every period has: there it failed 0 times.
    """
    cut = [place for place, name in enumerate(query.keys, start=1) if name in _OF_FAILURES]
    if not cut:
        return {key: key for key in {*counted, *exposed}}

    def time_of(key: Key) -> Key:
        return tuple(part for place, part in enumerate(key) if place not in cut)

    known = set(exposed)
    found = {key: time_of(key) for key in counted}
    for kind in {key[1:] for key in found}:
        for period in query.periods:
            key = (period.start, *kind)
            if time_of(key) in known:
                found[key] = time_of(key)
    return found


def rate_number(
    key: Key,
    name: str,
    statistic: Statistic,
    sums: tuple[int, int],
    known: Mapping[int, Bounds],
    limits: Limits,
) -> Number:
    """Return one statistic of a rate from its events and seconds of exposure.

    Args:
        key: the group.
        name: the statistic's id.
        statistic: its scale and whether it is an inverse, or a one-sided bound.
        sums: events and seconds; without exposure the number is 未接入, never 0.
        known: the bounds of its count, from `metric_bounds.bounds`.
        limits: below which it is a small sample.
    """
    events, seconds = sums
    if seconds <= 0:
        return Number(
            key, name, None, numerator=events, denominator=0, n=events, state="not_connected"
        )
    value, low, high = _values(statistic, events, seconds, known[events])
    return Number(
        key,
        name,
        rounded(value, statistic.precision),
        rounded(low, statistic.precision),
        rounded(high, statistic.precision),
        events,
        rounded(seconds / SECONDS_PER_DAY, 6),
        events,
        small(events, limits.min_events),
    )


def _values(
    statistic: Statistic, events: int, seconds: int, bound: Bounds
) -> tuple[Decimal | float | None, float | None, float | None]:
    """Return value, lower and upper bound in the statistic's unit; an infinite bound is None."""
    scale = statistic.scale
    if statistic.is_lower_bound:
        return seconds / bound.most / scale, None, None
    if statistic.is_inverse:
        value = Decimal(seconds) / (events * scale) if events else None
        high = seconds / bound.lo / scale if bound.lo else None
        return value, seconds / bound.hi / scale, high
    value = Decimal(events) * scale / seconds
    return value, bound.lo / seconds * scale, bound.hi / seconds * scale
