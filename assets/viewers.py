"""Who asks for numbers, and which of them are theirs: the rights of a role, where data are read.

Holds the one way from a signed-in person to numbers and to the rows behind them. What a metric or a
table is open to stands in the registry and in `metric_details`; here a department is held to
itself and an engineer to their own name. A page can only ask, never widen: whatever its URL says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb

from assets import metric_readout, metric_rows
from assets.metric_context import context
from assets.metric_findings import Finding
from assets.metric_periods import Grain, add_months, periods
from assets.metric_reading import metric_of, read_rows
from assets.metric_registry import Metric, by_code, dimensions, registry
from config.errors import RefusedError

# Roles that the registry does not know see what a wall may show.
_AS_THE_WALL = ("department", "admin", "screen")
# A code that nothing has: what lies outside of one's own is asked for and not found.
_UNKNOWN = "\u2400nobody"


@dataclass(frozen=True)
class Viewer:
    """A signed-in person, or a screen; two of them are equal when they may see the same.

    Attributes:
        role: role of the account.
        login: the account's name, for the audit log.
        site_id: the site of the engineer or department; None where there is one site only.
        engineer_id: who an engineer is.
        department_id: which department a ward's account belongs to.
    """

    role: str
    login: str = field(default="", compare=False)
    site_id: str | None = None
    engineer_id: str | None = None
    department_id: str | None = None

    @property
    def data_role(self) -> str:
        """The role by the registry's names."""
        return "wall" if self.role in _AS_THE_WALL else self.role

    def may_read(self, metric: Metric) -> bool:
        """Tell whether any number of this metric is for this person."""
        is_own = self.role != "department" or "department" in metric.dimensions
        return self.data_role in metric.roles and is_own

    def anyone_alike(self) -> "Viewer":
        """Return who reads the same where nothing is told by engineer."""
        return replace(self, login="", engineer_id=None)

    def metrics(self) -> list[Metric]:
        """Return the metrics that this person may read, in the order of the catalogue."""
        return sorted(filter(self.may_read, registry().values()), key=by_code)

    def dimensions(self, metric: Metric) -> list[str]:
        """Return the cuts of a metric that are open to this person."""
        known = dimensions()
        return [
            name
            for name in metric.dimensions
            if not known[name].roles or self.data_role in known[name].roles
        ]

    def scope(self, metric: Metric, names: Sequence[str]) -> dict[str, list[str]]:
        """Return the conditions that hold for this person whatever is asked.

        Args:
            metric: what is asked for.
            names: dimensions that the question cuts or filters by.

        Raises:
            RefusedError: no number of this metric is for them.
        """
        if not self.may_read(metric):
            raise RefusedError(f"当前身份无权查看指标「{metric.names.zh}」。", "请联系科室负责人。")
        own: dict[str, list[str]] = {}
        if self.role == "department":
            own["department"] = [self.department_id or _UNKNOWN]
        if self.role == "engineer" and "engineer" in names:
            own["engineer"] = [self.engineer_id or _UNKNOWN]
        if own and self.site_id and "site" in metric.dimensions:
            own["site"] = [self.site_id]
        return own


def narrowed(
    viewer: Viewer, metric: Metric, by: Sequence[str], where: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return what was asked for within what is theirs; outside it there is nothing.

    Two people of one data role for whom this is equal read the same numbers.

    Raises:
        RefusedError: no number of this metric is for them.
    """
    held = {name: list(codes) for name, codes in where.items()}
    for name, own in viewer.scope(metric, [*by, *where]).items():
        asked = held.get(name, own)
        held[name] = [code for code in own if code in asked] or [_UNKNOWN]
    return held


def read(  # noqa: PLR0913 - what `metrics.read` may be asked
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    metric_id: str,
    *,
    grain: Grain = "month",
    by: Sequence[str] = (),
    start: date | None = None,
    end: date | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    statistics: Sequence[str] = (),
    lang: str = "zh",
) -> list[dict[str, Any]]:
    """Return a metric's numbers as this person may see them; columns as `metrics.read`.

    Raises:
        RefusedError: no number of this metric is for them.
        ConfigError: as `metrics.read`.
    """
    return read_rows(
        con,
        metric_id,
        grain=grain,
        by=by,
        start=start,
        end=end,
        where=narrowed(viewer, metric_of(metric_id), by, where or {}),
        statistics=statistics,
        role=viewer.data_role,
        lang=lang,
    )


def findings(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    lang: str = "zh",
) -> list[Finding]:
    """Return what the newest period of a reading says, from what this person may see."""
    if not rows:
        return []
    metric = metric_of(rows[0]["metric_id"])
    held = narrowed(viewer, metric, by, where or {})
    return metric_readout.findings(con, rows, by=by, where=held, role=viewer.data_role, lang=lang)


def rows_behind(  # noqa: PLR0913 - what a number is narrowed by
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    metric_id: str,
    month: date,
    *,
    months: int = 1,
    where: Mapping[str, Sequence[str]] | None = None,
    limit: int = 1000,
    lang: str = "zh",
) -> metric_rows.Rows | None:
    """Return the rows behind a number of so many months up to one that this person may see.

    Raises:
        RefusedError: no number of this metric is for them.
        ConfigError: these rows are not open to the role.
    """
    metric = metric_of(metric_id)
    held = narrowed(viewer, metric, (), where or {})
    if viewer.role == "engineer" and "engineer" in metric.dimensions:
        held["engineer"] = [viewer.engineer_id or _UNKNOWN]
    known = context(con)
    [period] = periods(
        "total",
        add_months(month, 1 - months),
        add_months(month, 1),
        zone=known.timezone,
        as_of=known.as_of,
        data_from=known.data_from,
    )
    found = metric_rows.behind(
        con,
        metric_id,
        period,
        role=viewer.data_role,
        limit=limit,
        where=metric_rows.condition_of(held),
    )
    return found and replace(found, shown=_named(con, found.shown, lang))


def _named(
    con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], lang: str
) -> list[dict[str, Any]]:
    """Put the words of codes and the names of places into rows, where there are any.

    A device keeps its code: its name is a column of its own.
    """
    language = "en" if lang == "en" else "zh"
    columns = set(rows[0]) if rows else set()
    sources = {name: f"select code, {language} from kpi.dim_labels where kind = '{name}'"
               for name in columns}  # fmt: skip
    for item in dimensions().values():
        if item.label_kind:
            sources[item.column] = (
                f"select code, {language} from kpi.dim_labels where kind = '{item.label_kind}'"
            )
        elif item.table:
            sources[item.column] = (
                f"select {item.column}, any_value(name) from kpi.{item.table} group by 1"
            )
    words = {
        name: dict(con.execute(sources[name]).fetchall())
        for name in columns
        if f"{name.removesuffix('_id')}_name" not in columns
    }
    return [
        {name: words.get(name, {}).get(value) or value for name, value in row.items()}
        for row in rows
    ]


# Where the values of a filter come from: code and name of every one that the snapshot knows.
_CHOICES = {
    "site": "select site_id, name from kpi.dim_sites",
    "department": "select department_id, any_value(name) from kpi.dim_departments "
    "group by department_id",
    "asset_class": "select distinct a.asset_class, coalesce(n.{lang}, a.asset_class) "
    "from kpi.dim_assets as a left join kpi.dim_labels as n "
    "on n.kind = 'asset_class' and n.code = a.asset_class where a.asset_class is not null",
}


def choices(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, name: str, *, lang: str = "zh"
) -> list[tuple[str, str]]:
    """Return what a filter offers, code and name, by name; a department is offered itself only."""
    sql = _CHOICES[name].format(lang="en" if lang == "en" else "zh")
    rows = con.execute(f"select * from ({sql}) order by 2, 1").fetchall()
    if viewer.role == "department" and name == "department":
        return [row for row in rows if row[0] == viewer.department_id]
    return rows
