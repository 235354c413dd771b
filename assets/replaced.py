"""Rows of `raw` as they were before a pull replaced them, kept until the models have followed.

A row that moves from one ticket to another changes both, and only its old form tells of the first.
Holds these rows (schema `increments`, one table for each of `raw` that needs one) and the sum that
shows whether they and the books of `raw` tell of every change. Who uses them is `increments`.
"""

import duckdb

from assets.conversions import identifier, quoted
from assets.own_tables import followed_tables

SCHEMA = "increments"


def ensure(con: duckdb.DuckDBPyConnection) -> None:
    """Create what remembers from one run to the next, inside the caller's transaction."""
    con.execute(f"create schema if not exists {SCHEMA}")
    con.execute(
        f"create table if not exists {SCHEMA}.state "
        "(layer text, load_id bigint, as_of timestamp, fingerprint text)"
    )
    con.execute(f"create table if not exists {SCHEMA}.digests (table_name text, digest ubigint)")


def is_wanted(con: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether models stand in this database that could follow change by change."""
    if not _exists(con, "state"):
        return False
    row = con.execute(f"select exists (from {SCHEMA}.state)").fetchone()
    return bool(row and row[0])


def keep(con: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], arriving: str) -> None:
    """Keep the rows of a raw table whose keys stand in ``arriving``, before they are replaced.

    A kept table of an older shape is dropped, and with it the state: the models are built whole.
    """
    if not is_wanted(con):
        return
    name = f"{SCHEMA}.{identifier(table)}"
    if _exists(con, table) and _shape(con, SCHEMA, table) != _shape(con, "raw", table):
        con.execute(f"drop table {name}")
        con.execute(f"delete from {SCHEMA}.state")
        return
    con.execute(f"create table if not exists {name} as from raw.{table} limit 0")
    names = ", ".join(map(identifier, key))
    con.execute(
        f"insert into {name} by name select r.* from raw.{table} as r "
        f"semi join {arriving} as c using ({names})"
    )


def kept(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return raw table → the table of its kept rows, of those of which rows were replaced."""
    rows = con.execute(
        "select table_name from duckdb_tables() where database_name = current_database() "
        f"and schema_name = {quoted(SCHEMA)}"
    ).fetchall()
    return {name: f"{SCHEMA}.{identifier(name)}" for (name,) in rows if name in followed_tables()}


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """Drop every kept row: the models have followed."""
    for table in followed_tables():
        con.execute(f"drop table if exists {SCHEMA}.{identifier(table)}")


def digests(con: duckdb.DuckDBPyConnection, since: int | None) -> dict[str, int]:
    """Return the exclusive or of the rows' hashes of each raw table.

    Args:
        con: the warehouse.
        since: as of this load, told backwards from the rows of now, the later ones and those kept:
            equal to what was noted then if these three tell of every change. None: of now.
    """
    found: dict[str, int] = {}
    replaced = {} if since is None else kept(con)
    for table in followed_tables():
        if since is None:
            found[table] = _xor(con, f"raw.{table}", "true")
            continue
        found[table] = _xor(con, f"raw.{table}", f"_load_id <= {since} or _is_deleted")
        if table in replaced:
            found[table] ^= _xor(con, replaced[table], f"_load_id <= {since} or _is_deleted")
    return found


def _xor(con: duckdb.DuckDBPyConnection, relation: str, condition: str) -> int:
    row = con.execute(
        f"select coalesce(bit_xor(_hash), 0) from {relation} where {condition}"
    ).fetchone()
    return int(row[0]) if row else 0


def _exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = con.execute(
        "select count(*) from duckdb_tables() where database_name = current_database() "
        f"and schema_name = {quoted(SCHEMA)} and table_name = $1",
        [table],
    ).fetchone()
    return bool(row and row[0])


def _shape(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str]]:
    return con.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = $1 "
        "and table_name = $2 and database_name = current_database() order by column_name",
        [schema, table],
    ).fetchall()
