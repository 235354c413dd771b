"""Building the hospital's own metrics before a snapshot is published, and telling readers of them.

Holds the tables of their `.sql` files, each in a transaction of its own and tried out once, and
`kpi.own_metrics`: the definitions that readers learn, and the refusals that they tell. A metric
that fails is refused; whatever else is published stays as it is.
"""

import json
from datetime import timedelta
from pathlib import Path

import duckdb

from assets import metric_registry, models, own_metrics
from assets.metric_context import context
from assets.metric_reading import read_rows
from assets.own_metrics import Definition, Refusal
from assets.warehouse import transaction
from config.errors import CheckFailedError, ConfigError

_COLUMNS = (
    "metric_id text, table_name text, is_refused boolean, problem text, remedy text, "
    "definition text"
)
_LONGEST = 200
_RETRY = "请改正后重新运行;其他指标不受影响。"
# Engine errors that speak of the SQL only; the others may quote somebody's data.
_ABOUT_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


def build(con: duckdb.DuckDBPyConnection, rules_dir: Path | None) -> list[Refusal]:
    """Build the tables of every definition in the hospital's folder and store what there is.

    Args:
        con: the warehouse, its `kpi` layer built, outside any transaction.
        rules_dir: the hospital's rules; ``metrics`` in it may be missing.

    Returns:
        The definitions that are not used, each with file and line.
    """
    own = own_metrics.read(rules_dir)
    _drop(con)
    refusals, good = list(own.refusals), []
    for definition in own.definitions:
        problem = _made(con, definition)
        if problem:
            refusals.append(Refusal(definition.metric.id, problem, _RETRY))
        else:
            good.append(definition)
    _store(con, good, refusals)
    return refusals


def _drop(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the tables that the run before made."""
    known = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'kpi' and table_name = 'own_metrics'"
    ).fetchone()
    if known is None:
        return
    rows = con.execute("select table_name from kpi.own_metrics where table_name <> ''").fetchall()
    with transaction(con):
        for (name,) in rows:
            con.execute(f'drop table if exists kpi."{name}"')
        con.execute("drop table kpi.own_metrics")


def _made(con: duckdb.DuckDBPyConnection, own: Definition) -> str:
    """Build a definition's table and read the metric once; return the problem, empty if none."""
    sql = own.document.path.with_suffix(".sql")
    try:
        if own.spec is not None:
            with transaction(con):
                models.build(con, [own.spec])
                models.comment(con, [own.spec])
    except (duckdb.Error, CheckFailedError) as error:
        return f"{sql}:1 不能建成表({_told(error)})。"
    metric_registry.learn({own.metric.id: own.metric})
    try:
        _try(con, own)
    except (duckdb.Error, ConfigError, ArithmeticError, TypeError, ValueError) as error:
        if own.spec is not None:
            with transaction(con):
                con.execute(f"drop table if exists {own.spec.key}")
        return f"{own.document.where(('kind',))} 不能算出数值({_told(error)})。"
    return ""


def _try(con: duckdb.DuckDBPyConnection, own: Definition) -> None:
    """Read the metric for the newest day, whole and by each dimension."""
    day = context(con).as_of_on
    after = day + timedelta(days=1)
    read_rows(con, own.metric.id, grain="day", start=day, end=after)
    for dimension in own.metric.dimensions:
        read_rows(con, own.metric.id, grain="day", by=[dimension], start=day, end=after)


def _told(error: Exception) -> str:
    """Return what an error says in one line, without anybody's data."""
    if isinstance(error, CheckFailedError | ConfigError):
        return error.problem.rstrip("。")
    if isinstance(error, _ABOUT_SQL):
        return str(error).splitlines()[0][:_LONGEST]
    return type(error).__name__


def _store(con: duckdb.DuckDBPyConnection, good: list[Definition], refusals: list[Refusal]) -> None:
    rows = [
        (one.metric.id, one.spec.name if one.spec else "", False, "", "",
         json.dumps(one.content, ensure_ascii=False, sort_keys=True, default=str))
        for one in good
    ]  # fmt: skip
    rows += [(one.metric_id, "", True, one.problem, one.remedy, "") for one in refusals]
    with transaction(con):
        con.execute(f"create or replace table kpi.own_metrics ({_COLUMNS})")
        con.execute(
            "comment on table kpi.own_metrics is "
            "'The hospital''s own metrics: definitions in force, and those refused, with why.'"
        )
        for row in rows:
            con.execute("insert into kpi.own_metrics values (?, ?, ?, ?, ?, ?)", list(row))
    metric_registry.learn({one.metric.id: one.metric for one in good})
