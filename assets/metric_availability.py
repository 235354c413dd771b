"""Availability: one minus weighted down time over weighted in-service time, and the daily census.

Holds the arithmetic of the kind only; weighted seconds come from `metric_sql`.
"""

from decimal import Decimal
from typing import Any

from assets import metric_sql
from assets.metric_number import SECONDS_PER_DAY, Key, Limits, Number, by_key, rounded
from assets.metric_query import Query
from assets.metric_registry import Metric

_WEIGHT_UNITS = 100


def availability(query: Query, limits: Limits) -> list[Number]:
    """Three presets of availability, each one minus a ratio of sums."""
    del limits
    numbers = []
    for name, is_planned in (("a_24x7", False), ("a_planned", True)):
        if not query.wants(name):
            continue
        up = by_key(query, metric_sql.weighted_time(query, "fact_exposure", is_planned=is_planned))
        down = by_key(
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
                    int(row["plain"] or 0) // SECONDS_PER_DAY,
                    gaps,
                )
            )
    return numbers + (_census(query) if query.wants("census") else [])


def _census(query: Query) -> list[Number]:
    numbers = []
    counted = by_key(query, metric_sql.census(query, "fact_exposure"))
    broken = by_key(query, metric_sql.census(query, "fact_downtime"))
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
    unit = 1 if name == "census" else _WEIGHT_UNITS * SECONDS_PER_DAY
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
