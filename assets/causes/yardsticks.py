"""What a measure can be judged by: failures, down time, money, repairs that came back.

Holds, for each number, what is added up on one side of a comparison and over what. Amounts of
unequal size (hours, money) are worth fewer independent cases than they have events: Σa²/Σa of them
make one (scaled Poisson: Fay & Feuer 1997). Who is compared with whom is in `measure_tests`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from assets.causes.counts import counts, exposure_seconds
from assets.causes.links import returned
from assets.causes.topic import DAY_SECONDS, EXPOSED, Topic, conditions, span
from assets.warehouse import records

Unit = Literal["failures", "hours", "cny", "repeats"]
Key = tuple[Any, ...]
_HOUR, _CENTS, _PERCENT = 3600, 100, 100


@dataclass(frozen=True)
class Sums:
    """Of one group: the amount, the sum of its squares, and device-days (of repeats: repairs)."""

    amount: float
    square: float
    exposure: float


@dataclass(frozen=True)
class Yardstick:
    """How a number is added up; ``per`` scales its rate for people (100 device-years, repairs)."""

    unit: Unit
    sums: Callable[[duckdb.DuckDBPyConnection, Topic, Sequence[str]], dict[Key, Sums]]
    per: float = 36_525.0
    only_inherent: bool = False


def _joined(
    amounts: Mapping[Key, tuple[float, float]], seconds: Mapping[Key, int]
) -> dict[Key, Sums]:
    return {
        key: Sums(*amounts.get(key, (0.0, 0.0)), seconds.get(key, 0) / DAY_SECONDS)
        for key in {*amounts, *seconds}
    }


def _failures(con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str]) -> dict[Key, Sums]:
    rows = counts(con, about, by)
    amounts = {tuple(row[name] for name in by): (row["n_exposed"],) * 2 for row in rows}
    return _joined(amounts, exposure_seconds(con, about, by))


def _money(con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str]) -> dict[Key, Sums]:
    """Add up the cost lines of failures in cents: exact, and so the same in every run."""
    text, values = conditions(about.where)
    columns = "".join(f"f.{name}, " for name in by)
    rows = records(
        con,
        f"select {columns}sum((f.cost_cny * {_CENTS})::hugeint) as amount, "
        f"sum((f.cost_cny * {_CENTS})::hugeint * (f.cost_cny * {_CENTS})::hugeint) as square "
        "from kpi.fact_faults as f "
        f"where f.is_exposed and f.started_on >= ? and f.started_on < ?{text}"
        + (" group by all order by all" if by else ""),
        [about.start, about.end, *values],
    )
    return _joined(_amounts(rows, by, _CENTS), exposure_seconds(con, about, by))


def _down(con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str]) -> dict[Key, Sums]:
    """Add up the hours of the period in which devices were down; degraded ones by their share."""
    period = span(con, about.start, about.end)
    if period is None:
        return {}
    first, last = max(period.first_second, period.data_second), period.last_second
    text, values = conditions(about.where, only=EXPOSED)
    length = f"((least(f.to_second, {last}) - greatest(f.from_second, {first})) * f.weight_pct)"
    length = f"{length}::hugeint"
    columns = "".join(f"f.{name}, " for name in by)
    rows = records(
        con,
        f"select {columns}sum({length}) as amount, sum({length} * {length}) as square "
        f"from kpi.fact_downtime as f where f.from_second < {last} and f.to_second > {first}{text}"
        + (" group by all order by all" if by else ""),
        values,
    )
    return _joined(_amounts(rows, by, _HOUR * _PERCENT), exposure_seconds(con, about, by))


def _repeats(con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str]) -> dict[Key, Sums]:
    return {
        tuple(row[name] for name in by): Sums(row["hits"], row["hits"], row["cases"])
        for row in returned(con, about, by)
    }


def _amounts(
    rows: Sequence[Mapping[str, Any]], by: Sequence[str], unit: int
) -> dict[Key, tuple[float, float]]:
    return {
        tuple(row[name] for name in by): (
            int(row["amount"] or 0) / unit,
            int(row["square"] or 0) / unit**2,
        )
        for row in rows
    }


YARDSTICKS: dict[str, Yardstick] = {
    "use_failure_rate": Yardstick("failures", _failures),
    "inherent_failure_rate": Yardstick("failures", _failures, only_inherent=True),
    "availability": Yardstick("hours", _down),
    "repair_cost": Yardstick("cny", _money),
    "recurrence": Yardstick("repeats", _repeats, per=100.0),
}
