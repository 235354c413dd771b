"""What is asked of a metric, and the pieces of SQL that every answer shares.

Holds `Query`: periods, grouping columns, filters, and the running of a SELECT. The SELECTs of the
kinds are in `metric_sql` (and in modules of their own).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb

from assets.metric_periods import Period
from assets.metric_registry import Dimension, Metric

Row = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """What is asked: where, over which periods, cut and filtered by which dimensions."""

    con: duckdb.DuckDBPyConnection
    metric: Metric
    periods: Sequence[Period]
    by: Sequence[Dimension]
    where: Mapping[str, Any]  # column → code, or a list of codes
    statistics: Sequence[str] = ()  # the only ones that are wanted; none: all

    def wants(self, statistic: str) -> bool:
        """Tell whether a statistic is asked for: a kind may spare itself the others."""
        return not self.statistics or statistic in self.statistics

    @cached_property
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

    def dated(self, fact: str, day: str) -> str:
        """Return a fact f of `kpi` joined with the period p that holds its local day.

        Every day of the periods is a row, so the join looks each day up: computing the period's
        first day from it for every row costs twice the rest of the reading.
        """
        days = "unnest(range(period_start, period_end, interval 1 day))::date as period_day"
        return (
            f"(select *, {days} from {self.period_rows()}) as p "
            f"inner join kpi.{fact} as f on p.period_day = f.{day}"
        )

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
