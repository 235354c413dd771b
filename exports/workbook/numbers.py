"""Every KPI of the registry as a workbook shows it: this month, before, a year ago, year to date.

Holds reading through `assets.metrics` and the choice of what may be compared. Cells and formulas
are made in `summary`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from assets import metrics
from exports.workbook.facts import Month

# Kinds that add up over a year; the others are states at an instant.
_SUMMABLE = ("count", "share", "rate", "duration", "availability", "completion")
# The roles that workbooks are read as; a number that two of them see is the same number.
READERS = ("head", "finance")
# Amounts of a period that is not whole must not be compared with a whole one.
_AMOUNT_FORMATS = ("count", "money")


@dataclass(frozen=True)
class Reading:
    """One number as `metrics.read` gives it."""

    value: float | None
    lo: float | None
    hi: float | None
    n: int
    state: str
    denominator: float | None = None


@dataclass(frozen=True)
class KpiRow:
    """One statistic of one metric over the periods that a month is compared with.

    ``is_*_whole``: the month before, or the one a year ago, is covered by data from its first day;
    this month, to its last.
    """

    metric: metrics.Metric
    statistic: str
    this: Reading
    previous: Reading | None
    last_year: Reading | None
    year_to_date: Reading | None
    is_this_whole: bool
    is_previous_whole: bool
    is_last_year_whole: bool
    judgement: metrics.Judgement

    @property
    def key(self) -> tuple[str, str]:
        """Metric and statistic."""
        return self.metric.id, self.statistic

    @property
    def is_amount(self) -> bool:
        """Whether it is a sum over the period, which shrinks when the period is not whole."""
        shape = self.metric.statistics[self.statistic]
        return self.metric.kind in _SUMMABLE and shape.format in _AMOUNT_FORMATS


def _clean(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _readings(frame: pd.DataFrame) -> dict[tuple[date, str], Reading]:
    return {
        (row["period_start"], row["statistic"]): Reading(
            _clean(row["value"]),
            _clean(row["lo"]),
            _clean(row["hi"]),
            int(row["n"]),
            row["state"],
            _clean(row["denominator"]),
        )
        for row in frame.to_dict("records")
    }


def read_metric(
    con: duckdb.DuckDBPyConnection, metric: metrics.Metric, month: Month, role: str, data_from: date
) -> list[KpiRow]:
    """Return one row per statistic of a metric."""
    before, year_ago = metrics.add_months(month.start, -1), metrics.add_months(month.start, -12)
    found: dict[tuple[date, str], Reading] = {}
    for first, last in ((before, month.end), (year_ago, metrics.add_months(year_ago, 1))):
        found |= _readings(
            metrics.read(con, metric.id, grain="month", start=first, end=last, role=role)
        )
    total: Mapping[tuple[date, str], Reading] = {}
    new_year = date(month.start.year, 1, 1)
    if metric.kind in _SUMMABLE:
        frame = metrics.read(
            con, metric.id, grain="total", start=new_year, end=month.end, role=role
        )
        total = _readings(frame)
    missing, known = Reading(None, None, None, 0, "no_data"), metrics.context(con)
    # A state before the first day of data is not zero but unknown.
    found = {
        key: reading for key, reading in found.items() if metrics.add_months(key[0], 1) > data_from
    }
    return [
        KpiRow(
            metric=metric,
            statistic=name,
            this=found.get((month.start, name), missing),
            previous=found.get((before, name)),
            last_year=found.get((year_ago, name)),
            year_to_date=total.get((new_year, name)),
            is_this_whole=month.is_complete and data_from <= month.start,
            is_previous_whole=data_from <= before,
            is_last_year_whole=data_from <= year_ago,
            judgement=_judged(
                metric,
                found.get((month.start, name), missing),
                known.target(metric.id, name, month.start),
            ),
        )
        for name in metric.statistics
    ]


def _judged(metric: metrics.Metric, reading: Reading, target: float | None) -> metrics.Judgement:
    return metrics.judge(
        metric,
        target=target,
        value=reading.value,
        lo=reading.lo,
        hi=reading.hi,
        denominator=reading.denominator,
        state=reading.state,
    )


def read_all(
    con: duckdb.DuckDBPyConnection, month: Month, role: str, data_from: date
) -> list[KpiRow]:
    """Return the rows of every metric that a workbook of this role shows."""
    return [
        row
        for metric in metrics.registry().values()
        if "workbook" in metric.surfaces and role in metric.roles
        for row in read_metric(con, metric, month, role, data_from)
    ]


def figures_of(con: duckdb.DuckDBPyConnection, month: Month) -> dict[tuple[str, str], Reading]:
    """Return what every metric of the workbooks says of one month, read as whoever may see it."""
    found: dict[tuple[str, str], Reading] = {}
    data_from = metrics.context(con).data_from
    for metric in metrics.registry().values():
        role = next((role for role in READERS if role in metric.roles), None)
        if "workbook" not in metric.surfaces or role is None or month.end <= data_from:
            continue
        frame = metrics.read(
            con, metric.id, grain="month", start=month.start, end=month.end, role=role
        )
        for (start, statistic), reading in _readings(frame).items():
            if start == month.start:
                found[metric.id, statistic] = reading
    return found


def backlog_at_start(con: duckdb.DuckDBPyConnection, month: Month, role: str) -> float | None:
    """Return the backlog at the end of the month before; None before data begin."""
    before = metrics.add_months(month.start, -1)
    frame = metrics.read(con, "backlog", grain="month", start=before, end=month.start, role=role)
    return _readings(frame).get((before, "count"), Reading(None, None, None, 0, "no_data")).value
