"""The first load of a large table: from the source into its final shape in one pass.

Holds the short cut past the temporary table of `staging` for a table of which raw and the
quarantine have nothing yet: rows are typed and hashed while they arrive and written once. It holds
only while every row is fit; one that is not sends the whole table the ordinary way, where its
original values can be kept. Every later load is the business of `staging` and `merge`.

The table arrives as ``raw.landed__…``, because DuckDB renames a table within its schema only. What
an interrupted pull leaves of it is dropped by `discard`.
"""

import duckdb

from assets.accounts import Load, TableLoad, note_state
from assets.conversions import identifier, quoted
from assets.sources.contract import Table
from assets.staging import Landed, unfit_condition
from config.settings import SourceSettings

_PREFIX = "landed__"


def discard(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what an interrupted first load has left."""
    rows = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw' "
        "and database_name = current_database() and starts_with(table_name, $1)",
        [_PREFIX],
    ).fetchall()
    for (name,) in rows:
        con.execute(f"drop table raw.{identifier(name)}")


def is_first(con: duckdb.DuckDBPyConnection, source: SourceSettings, table: Table) -> bool:
    """Tell whether the short cut is open: nothing known of the table, and its rows have a cursor.

    A table without cursor is compared as a whole at every pull, by the rows as they arrived.
    """
    if table.cursor is None or source.system == "files":
        return False
    row = con.execute(
        f"select exists (from raw.{table.name}) or exists (from raw.quarantine "
        "where table_name = $1 and status = 'held')",
        [table.name],
    ).fetchone()
    return row is not None and not row[0]


def land(con: duckdb.DuckDBPyConnection, arriving: Landed, select: str) -> Landed | None:
    """Write the rows of a SELECT in their final shape; None, and nothing kept, if one is unfit.

    Args:
        con: the warehouse, in the source's read transaction.
        arriving: the table, with the types in which its columns arrive.
        select: the rows.
    """
    name = f"raw.{_PREFIX}{arriving.source.name}__{arriving.table.name}"
    columns = arriving.table.columns
    names = ", ".join(identifier(column.name) for column in columns)
    values = ", ".join(f"{arriving.value(c)} as {identifier(c.name)}" for c in columns)
    con.execute(
        f"create or replace table {name} as select {names}, "
        f"{quoted(arriving.source.name)} as _source, hash({names}) as _hash, _is_unfit "
        f"from (select {values}, {unfit_condition(arriving)} as _is_unfit from ({select}))"
    )
    key = ", ".join(identifier(column) for column in arriving.table.key)
    row = con.execute(
        f"select exists (from {name} where _is_unfit) or "
        f"exists (select {key} from {name} group by all having count(*) > 1)"
    ).fetchone()
    if row is None or row[0]:
        con.execute(f"drop table {name}")
        return None
    con.execute(f"alter table {name} drop column _is_unfit")
    return Landed(arriving.table, arriving.source, arriving.types, name, is_final=True)


def adopt(
    con: duckdb.DuckDBPyConnection, landed: Landed, source_count: int, load: Load
) -> TableLoad:
    """Make the landed table raw's own; return its accounts."""
    note_state(con, landed, load, content=None, copies=0)
    con.execute(f"alter table {landed.name} add column _load_id bigint default {load.load_id}")
    con.execute(f"alter table {landed.name} add column _is_deleted boolean default false")
    for column in ("_load_id", "_is_deleted"):
        con.execute(f"alter table {landed.name} alter column {column} drop default")
    con.execute(f"drop table raw.{landed.table.name}")
    con.execute(f"alter table {landed.name} rename to {landed.table.name}")
    row = con.execute(f"select count(*) from raw.{landed.table.name}").fetchone()
    count = int(row[0]) if row else 0
    return TableLoad(
        source=landed.source.name,
        table=landed.table.name,
        pulled=count,
        released=0,
        accepted=count,
        unchanged=0,
        quarantined=0,
        deleted=0,
        source_count=source_count,
        present=count,
        held=0,
    )
