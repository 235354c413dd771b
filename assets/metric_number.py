"""One statistic of one group, and what every kind of metric needs to make it.

Holds `Number`, the limits of small samples, rounding, keys of groups and the proportion with its
interval. What a kind computes is in the module of its family; `metric_results` lists them.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from assets.analysis import proportions
from assets.metric_query import Query, Row
from assets.metric_registry import Statistic

Key = tuple[Any, ...]
SECONDS_PER_DAY = 86_400


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


def key_of(query: Query, row: Mapping[str, Any]) -> Key:
    """Return the group of a row: its period, then the grouping columns."""
    return (row["period_start"], *(row[name] for name in query.keys))


def by_key(query: Query, rows: Iterable[Row]) -> dict[Key, Row]:
    """Return rows by their group."""
    return {key_of(query, row): row for row in rows}


def order_of(key: Key) -> tuple[Any, ...]:
    """Return what groups are sorted by: a missing code comes last."""
    return tuple((part is None, "" if part is None else part) for part in key)


def small(count: int, limit: int) -> str:
    """Return the state of a number that rests on so many."""
    return "small_sample" if count < limit else "ok"


def plain(value: Any) -> float | None:
    """Return a number of any kind as a float; None for none and for what is not a number."""
    return None if value is None or math.isnan(value) else float(value)


def proportion(
    key: Key, statistic: Statistic, name: str, hits: int, size: int, state: str
) -> Number:
    """Return hits of size as a share with Wilson's interval; nothing of nothing is no data."""
    low, high = proportions.wilson(hits, size)
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
