"""From sums to numbers: value, interval and state of every statistic.

Holds the arithmetic of each metric kind on the rows that `metric_sql` returns: ratios as sum over
sum, intervals from `analysis`, rounding to the registry's precision, and the state that tells a
small sample from a missing feed. No SQL and no display text here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from assets import metric_sql
from assets.analysis import intervals, survival
from assets.metric_registry import Metric, Statistic
from assets.metric_sql import Query, Row

Key = tuple[Any, ...]
_SECONDS_PER_DAY = 86_400
_WEIGHT_UNITS = 100


@dataclass(frozen=True)
class Limits:
    """Below these a number is a small sample; from the rules of the snapshot."""

    min_events: int
    min_denominator: int
    completion_grace_days: int
    as_of_on: date


@dataclass(frozen=True)
class Number:
    """One statistic of one group; ``n`` is what it rests on."""

    key: Key
    statistic: str
    value: float | None
    lo: float | None = None
    hi: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int = 0
    state: str = "ok"


def rounded(value: Any, precision: int) -> float | None:
    """Round half up on the exact decimal text; None and NaN stay nothing."""
    if value is None:
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    if not exact.is_finite():
        return None
    return float(exact.quantize(Decimal(1).scaleb(-precision), rounding=ROUND_HALF_UP))


def _key(query: Query, row: Mapping[str, Any]) -> Key:
    return (row["period_start"], *(row[name] for name in query.keys))


def _by_key(query: Query, rows: Iterable[Row]) -> dict[Key, Row]:
    return {_key(query, row): row for row in rows}


def _small(count: int, limit: int) -> str:
    return "small_sample" if count < limit else "ok"


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def count(query: Query, limits: Limits) -> list[Number]:
    """Counts and sums of a dated fact."""
    del limits
    numbers = []
    for row in metric_sql.grouped(query):
        for name in query.metric.measures:
            value = rounded(row[f"m_{name}"], query.metric.statistics[name].precision)
            numbers.append(Number(_key(query, row), name, value, numerator=value, n=row["n"]))
    return numbers


def share(query: Query, limits: Limits) -> list[Number]:
    """Proportions with Wilson intervals, and the counts and means beside them."""
    metric, numbers = query.metric, []
    for row in metric_sql.grouped(query):
        key, size = _key(query, row), int(row["den"])
        state = _small(size, limits.min_denominator)
        for name in metric.numerators:
            hits = int(row[f"num_{name}"])
            numbers.append(_proportion(key, metric.statistics[name], name, hits, size, state))
        for name in metric.measures:
            value = rounded(row[f"m_{name}"], metric.statistics[name].precision)
            numbers.append(Number(key, name, value, numerator=value, n=size))
        for name in metric.means:
            total = row[f"s_{name}"]
            mean = rounded(Decimal(int(total)) / size, metric.statistics[name].precision)
            numbers.append(Number(key, name, mean, None, None, _plain(total), size, size, state))
    return numbers


def _proportion(
    key: Key, statistic: Statistic, name: str, hits: int, size: int, state: str
) -> Number:
    low, high = intervals.wilson(hits, size)
    return Number(
        key,
        name,
        rounded(Decimal(hits) / size, statistic.precision) if size else None,
        rounded(low, statistic.precision),
        rounded(high, statistic.precision),
        hits,
        size,
        size,
        state if size else "no_data",
    )


def rate(query: Query, limits: Limits) -> list[Number]:
    """Events per exposure, or exposure per event, with Garwood intervals."""
    counted = _by_key(query, metric_sql.events(query))
    exposed = _by_key(query, metric_sql.exposure(query))
    needs_down = any(s.basis == "operating" for s in query.metric.statistics.values())
    down = _by_key(query, metric_sql.downtime(query)) if needs_down else {}
    lengths = {p.start: p.last_second - max(p.first_second, p.data_second) for p in query.periods}
    numbers = []
    for key in sorted(set(counted) | set(exposed), key=_order):
        events = int(counted.get(key, {}).get("x", 0))
        in_service = int(exposed.get(key, {}).get("seconds", 0))
        seconds = {
            "exposure": in_service,
            "operating": in_service - int(down.get(key, {}).get("down_seconds", 0)),
            "period": lengths[key[0]] if in_service else 0,
        }
        for name, statistic in query.metric.statistics.items():
            numbers.append(
                _rate_number(key, name, statistic, events, seconds[statistic.basis], limits)
            )
    return numbers


def _rate_number(
    key: Key, name: str, statistic: Statistic, events: int, seconds: int, limits: Limits
) -> Number:
    if seconds <= 0:
        return Number(
            key, name, None, numerator=events, denominator=0, n=events, state="not_connected"
        )
    days = seconds / _SECONDS_PER_DAY
    value: Decimal | None
    if statistic.is_lower_bound:
        bound = float(intervals.mtbf_lower(events, seconds)) / statistic.scale
        state = _small(events, limits.min_events)
        return Number(
            key,
            name,
            rounded(bound, statistic.precision),
            numerator=events,
            denominator=rounded(days, 6),
            n=events,
            state=state,
        )
    if statistic.is_inverse:
        low, high = intervals.mtbf(events, seconds)
        value = Decimal(seconds) / (events * statistic.scale) if events else None
        bounds = (float(low) / statistic.scale, float(high) / statistic.scale)
    else:
        low, high = intervals.poisson(events, seconds)
        value = Decimal(events) * statistic.scale / seconds
        bounds = (float(low) * statistic.scale, float(high) * statistic.scale)
    return Number(
        key,
        name,
        rounded(value, statistic.precision),
        rounded(bounds[0], statistic.precision),
        rounded(bounds[1], statistic.precision),
        events,
        rounded(days, 6),
        events,
        _small(events, limits.min_events),
    )


def _order(key: Key) -> tuple[Any, ...]:
    return tuple((part is None, "" if part is None else part) for part in key)


def duration(query: Query, limits: Limits) -> list[Number]:
    """Nearest-rank quantiles and mean of finished durations; Kaplan–Meier with open ones."""
    metric, numbers = query.metric, []
    for row in metric_sql.durations(query):
        key, size = _key(query, row), int(row["n"])
        state = _small(size, limits.min_events)
        mean = Decimal(int(row["total"])) / size
        values = {"median": row["median"], "p90": row["p90"], "mean": mean}
        for name, value in values.items():
            if name in metric.statistics:
                exact = rounded(value, metric.statistics[name].precision)
                total = int(row["total"]) if name == "mean" else None
                numbers.append(Number(key, name, exact, None, None, total, size, size, state))
    return numbers + _kaplan_meier(query, limits)


def _kaplan_meier(query: Query, limits: Limits) -> list[Number]:
    groups: dict[Key, list[Row]] = {}
    for row in metric_sql.survival(query):
        groups.setdefault(_key(query, row), []).append(row)
    numbers = []
    for key, rows in groups.items():
        weights = [int(row["tickets"]) for row in rows]
        curve = survival.kaplan_meier(
            np.repeat([int(row["seconds"]) for row in rows], weights),
            np.repeat([bool(row["observed"]) for row in rows], weights),
        )
        for name, p in (("km_median", 0.5), ("km_p90", 0.9)):
            value = curve.quantile(p)
            state = _small(curve.n, limits.min_events)
            numbers.append(
                Number(
                    key,
                    name,
                    _plain(value),
                    None,
                    None,
                    curve.n_observed,
                    curve.n,
                    curve.n,
                    state if value is not None else "immature",
                )
            )
    return numbers


def availability(query: Query, limits: Limits) -> list[Number]:
    """Three presets of availability, each one minus a ratio of sums."""
    del limits
    numbers = []
    for name, is_planned in (("a_24x7", False), ("a_planned", True)):
        up = _by_key(query, metric_sql.weighted_time(query, "fact_exposure", is_planned=is_planned))
        down = _by_key(
            query, metric_sql.weighted_time(query, "fact_downtime", is_planned=is_planned)
        )
        for key, row in up.items():
            lost = down.get(key, {})
            gaps = int(row["gaps"]) + int(lost.get("gaps", 0))
            numbers.append(
                _availability_number(
                    query.metric,
                    key,
                    name,
                    (row["weighted"] or 0, lost.get("weighted") or 0),
                    int(row["plain"] or 0) // _SECONDS_PER_DAY,
                    gaps,
                )
            )
    counted = _by_key(query, metric_sql.census(query, "fact_exposure"))
    broken = _by_key(query, metric_sql.census(query, "fact_downtime"))
    for key, row in counted.items():
        lost_count = int(broken.get(key, {}).get("counted", 0))
        numbers.append(
            _availability_number(
                query.metric,
                key,
                "census",
                (int(row["counted"]), lost_count),
                int(row["counted"]),
                0,
            )
        )
    return numbers


def _availability_number(
    metric: Metric, key: Key, name: str, sums: tuple[Any, Any], device_days: int, gaps: int
) -> Number:
    """One minus lost ÷ total, both weighted; ``device_days`` is the plain size of the sample."""
    if gaps:
        return Number(key, name, None, state="unreliable")
    whole, part = Decimal(sums[0]), Decimal(sums[1])
    if whole <= 0:
        return Number(key, name, None, state="not_connected")
    value = rounded((whole - part) / whole, metric.statistics[name].precision)
    unit = 1 if name == "census" else _WEIGHT_UNITS * _SECONDS_PER_DAY
    return Number(
        key,
        name,
        value,
        None,
        None,
        rounded((whole - part) / unit, 6),
        rounded(whole / unit, 6),
        device_days,
    )


def instant(query: Query, limits: Limits) -> list[Number]:
    """What is open at the end of each period."""
    del limits
    numbers = []
    for row in metric_sql.instants(query):
        for name in query.metric.measures:
            raw = row[f"m_{name}"]
            value = rounded(0 if raw is None else raw, query.metric.statistics[name].precision)
            numbers.append(Number(_key(query, row), name, value, numerator=value, n=row["n"]))
    return numbers


def completion(query: Query, limits: Limits) -> list[Number]:
    """完修率 by cohort and by flow; the cohort is immature until its grace has passed."""
    statistics, numbers = query.metric.statistics, []
    ends = {p.start: p.end for p in query.periods}
    for row in metric_sql.completion(query):
        key = _key(query, row)
        matures_on = ends[key[0]] + timedelta(days=limits.completion_grace_days)
        for name, hits, size in (
            ("cohort", row["completed"], row["reported"]),
            ("flow", row["finished"], row["known"]),
        ):
            state = _small(size, limits.min_denominator)
            if name == "cohort" and matures_on > limits.as_of_on:
                state = "immature"
            numbers.append(_proportion(key, statistics[name], name, int(hits), int(size), state))
    return numbers


def ratio(query: Query, limits: Limits) -> list[Number]:
    """Sum over sum, without an interval: what is weighed is not a sample."""
    del limits
    numbers = []
    for row in metric_sql.grouped(query):
        whole = Decimal(int(row["den"]))
        for name in query.metric.numerators:
            part = Decimal(int(row[f"num_{name}"]))
            value = rounded(part / whole, query.metric.statistics[name].precision)
            numbers.append(
                Number(
                    _key(query, row),
                    name,
                    value,
                    None,
                    None,
                    float(part),
                    float(whole),
                    int(row["n"]),
                )
            )
    return numbers


def stock(query: Query, limits: Limits) -> list[Number]:
    """Quantity and value on hand; without a price there is a quantity and no value."""
    del limits
    numbers = []
    for row in metric_sql.stock(query):
        key = _key(query, row)
        for name in ("quantity", "value_cny"):
            precision = query.metric.statistics[name].precision
            is_unpriced = name == "value_cny" and row["unpriced"] > 0
            value = None if is_unpriced else rounded(row[name], precision)
            state = "unreliable" if is_unpriced else "ok"
            numbers.append(Number(key, name, value, numerator=value, n=1, state=state))
    return numbers


def below_min(query: Query, limits: Limits) -> list[Number]:
    """Parts under their lower limit."""
    del limits
    return [
        Number(
            _key(query, row),
            "count",
            float(row["below"]),
            None,
            None,
            float(row["below"]),
            float(row["limited"]),
            int(row["limited"]),
        )
        for row in metric_sql.below_min(query)
    ]


COMPUTE: dict[str, Callable[[Query, Limits], list[Number]]] = {
    "count": count,
    "share": share,
    "rate": rate,
    "duration": duration,
    "availability": availability,
    "instant": instant,
    "completion": completion,
    "stock": stock,
    "below_min": below_min,
    "ratio": ratio,
}
# Kinds whose empty group is a true zero, not a missing number.
ZERO_WHEN_EMPTY = ("count", "instant", "below_min", "stock")
