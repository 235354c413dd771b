"""What is asked of a metric, and the pieces of SQL that every answer shares.

Holds `Query`: periods, grouping columns, filters, and the running of a SELECT. The SELECTs of the
kinds are in `metric_sql` (and in modules of their own).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from assets.metric_periods import Grain, Period
from assets.metric_registry import Dimension, Metric

Row = dict[str, Any]
# The first day of the period that holds a day; nothing where one period holds all.
_FIRST_DAY: dict[Grain, str] = {
    "day": "{day}",
    "week": "week_start({day})",
    "month": "month_start({day})",
    "quarter": "date_trunc('quarter', {day})::date",
    "year": "date_trunc('year', {day})::date",
    "total": "",
}


@dataclass(frozen=True)
class Query:
    """What is asked: where, over which periods, cut and filtered by which dimensions."""

    con: duckdb.DuckDBPyConnection
    metric: Metric
    periods: Sequence[Period]
    by: Sequence[Dimension]
    where: Mapping[str, Any]  # column → code, or a list of codes

    @property
    def keys(self) -> list[str]:
        """Grouping columns: site first where a dimension's id is unique within a site only."""
        needs_site = any(d.table and d.column != "site_id" for d in self.by)
        columns = [d.column for d in self.by]
        return ["site_id", *columns] if needs_site and "site_id" not in columns else columns

    def period_rows(self) -> str:
        """Return the periods as a VALUES list named p."""
        rows = ", ".join(
            f"(date '{p.start}', date '{p.end}', {p.first_second}, {p.last_second}, "
            f"{p.level_second}, {p.first_second - 1}, date '{p.clip_start}', date '{p.clip_end}')"
            for p in self.periods
        )
        # levels are taken at level_second and, before the period, at eve_second
        names = (
            "period_start, period_end, first_second, instant_second, level_second, eve_second, "
            "clip_start, clip_end"
        )
        return f"(values {rows}) as p ({names})"

    def holds(self, day: str) -> str:
        """Return the condition under which the period p holds a local day.

        The period's first day is computed from the day: an equality, by which a join looks each row
        up. Two bounds would make it sort them all.
        """
        within = (
            f"{day} >= date '{self.periods[0].start}' and {day} < date '{self.periods[-1].end}'"
        )
        first = _FIRST_DAY[self.periods[0].grain].format(day=day)
        return f"p.period_start = {first} and {within}" if first else within

    def expression(self, column: str) -> str:
        """Return the SQL of a grouping column over the fact f."""
        return self._age_bucket() if column == "age_bucket" else f"f.{column}"

    def _age_bucket(self) -> str:
        rows = self.con.execute(
            "select age_bucket, to_seconds from kpi.dim_age_buckets order by sort_order"
        ).fetchall()
        cases = " ".join(
            f"when p.instant_second - f.reported_second < {limit} then '{name}'"
            for name, limit in rows
            if limit is not None
        )
        return f"case {cases} else '{rows[-1][0]}' end"

    def selected(self) -> str:
        """Return the grouping columns for a SELECT list, with a leading comma where needed."""
        return "".join(f", {self.expression(key)} as {key}" for key in self.keys)

    def filters(self) -> tuple[str, list[Any]]:
        """Return the extra conditions and their parameters."""
        text, values = "", []
        for column, wanted in self.where.items():
            codes = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
            text += f" and {self.expression(column)} in ({', '.join('?' * len(codes))})"
            values += codes
        return text, values

    def rows(self, sql: str, repeat: int = 1) -> list[Row]:
        """Run SQL in which every filter text stands ``repeat`` times."""
        _, values = self.filters()
        # bound values make DuckDB import pandas: half a second where a command asks without any
        cursor = self.con.execute(sql, values * repeat) if values else self.con.execute(sql)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
