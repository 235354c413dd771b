"""Which metrics, or single statistics, lack a column that no source yields: 「未接入」.

Holds the comparison of what metrics need (`metric_needs`) with what sources yield, and
`kpi.metric_gaps`, which readers take into their context. Needs are worked out again only when the
program or a definition has changed: that reading of SQL takes seconds.
"""

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256

import duckdb

from assets.metric_registry import Metric
from assets.warehouse import transaction

_NEEDS = "increments.metric_needs"
# metric → statistic (or the whole) → columns, each perhaps several of which one is enough
Needs = Mapping[str, Mapping[str, Collection[str]]]
Unfilled = Mapping[str, Collection[tuple[str, str]]]


def all_needs(metrics: Iterable[Metric]) -> Needs:
    """Return what every metric needs."""
    from assets import metric_needs  # noqa: PLC0415 - its parser of SQL is for writers

    return {metric.id: metric_needs.needs(metric) for metric in metrics}


def gaps(
    needed: Needs, yielded: Mapping[str, Collection[str] | None]
) -> list[tuple[str, str, str]]:
    """Return metric, statistic ('' for the whole) and what is lacking.

    Args:
        needed: as `all_needs` gives it.
        yielded: canonical table → columns that some source yields; None: its form is not known.
            Tables that no source has are left to the metrics' ``sources``.
    """
    return sorted(
        (metric_id, statistic, one)
        for metric_id, parts in needed.items()
        for statistic, columns in parts.items()
        for one in columns
        if not any(_is_there(name, yielded) for name in one.split(" or "))
    )


def _is_there(name: str, yielded: Mapping[str, Collection[str] | None]) -> bool:
    table, _, column = name.partition(".")
    columns = yielded.get(table, ())
    return columns is None or column in columns


def build(con: duckdb.DuckDBPyConnection, metrics: Collection[Metric], unfilled: Unfilled) -> None:
    """Store the gaps as `kpi.metric_gaps`, before publication.

    Args:
        con: the warehouse, its `kpi` layer built, outside any transaction.
        metrics: every one in force.
        unfilled: source → (table, column) that its connector always leaves empty.
    """
    with transaction(con):
        needed = _known_needs(con, metrics)
        rows = gaps(needed, _yielded(con, unfilled))
        con.execute(
            "create or replace table kpi.metric_gaps (metric_id text, statistic text, lacking text)"
        )
        con.execute(
            "comment on table kpi.metric_gaps is "
            "'Columns that a metric (or one statistic of it) needs and no source yields: 未接入.'"
        )
        for row in rows:
            con.execute("insert into kpi.metric_gaps values ($1, $2, $3)", list(row))


def _yielded(
    con: duckdb.DuckDBPyConnection, unfilled: Unfilled
) -> dict[str, Collection[str] | None]:
    """Return the columns of every connected table; None where a source's form is not noted."""
    rows = con.execute(
        "select c.source, c.table_name, json_keys(s.columns) from raw.connected_tables as c "
        "left join raw.table_shape as s using (source, table_name)"
    ).fetchall()
    found: dict[str, set[str] | None] = {}
    for source, table, columns in rows:
        empty = {column for name, column in unfilled.get(source, ()) if name == table}
        before = found.get(table, set())
        found[table] = (
            None if columns is None or before is None else before | (set(columns) - empty)
        )
    return dict(found)


def _known_needs(con: duckdb.DuckDBPyConnection, metrics: Collection[Metric]) -> Needs:
    """Return the needs, from the warehouse unless a definition or a model has changed."""
    program = _program(metrics)
    con.execute("create schema if not exists increments")
    con.execute(
        f"create table if not exists {_NEEDS} "
        "(program text, metric_id text, statistic text, needed text)"
    )
    rows = con.execute(
        f"select metric_id, statistic, needed from {_NEEDS} where program = $1", [program]
    ).fetchall()
    if not rows:
        needed = all_needs(metrics)
        rows = [
            (metric_id, statistic, one)
            for metric_id, parts in needed.items()
            for statistic, columns in parts.items()
            for one in columns
        ]
        con.execute(f"delete from {_NEEDS}")
        for row in rows:
            con.execute(f"insert into {_NEEDS} values ($1, $2, $3, $4)", [program, *row])
    found: dict[str, dict[str, set[str]]] = {}
    for metric_id, statistic, one in rows:
        found.setdefault(metric_id, {}).setdefault(statistic, set()).add(one)
    return found


def _program(metrics: Collection[Metric]) -> str:
    from assets.models import discover  # noqa: PLC0415 - its parser of SQL is for writers

    parts = [f"{spec.key}\n{spec.sql}" for spec in discover()]
    parts += [metric.model_dump_json() for metric in metrics]
    return sha256("\n".join(parts).encode()).hexdigest()
