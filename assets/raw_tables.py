"""The tables of the `raw` schema: rows as pulled, and the books that account for them.

Holds their definition and creation. What goes into them is decided in `pull`; the canonical
columns come from `sources.contract`, those of our own tables from `own_tables`.
"""

from collections.abc import Sequence

import duckdb

from assets.own_tables import followed_tables
from assets.sources.contract import Table

# Behind the contract's columns in every raw table.
BOOKKEEPING = "_source text, _hash ubigint, _load_id bigint, _is_deleted boolean"

_BOOKS = (
    # One row per load and table; the fields are explained in `pull.TableLoad`.
    "raw.loads (load_id bigint, source text, table_name text, as_of timestamp, "
    "started_at timestamp, pulled bigint, released bigint, accepted bigint, unchanged bigint, "
    "quarantined bigint, deleted bigint, source_count bigint, present bigint, held bigint)",
    "raw.quarantine (quarantine_id text, source text, table_name text, row_key text, "
    "load_id bigint, reasons text[], row_json text, status text, first_seen_at timestamp, "
    "origin_json text)",
    "raw.connected_tables (source text, table_name text)",
    # What the next pull must know: where to go on, what a table without cursor looked like, and
    # how many rows of the source are identical copies of others.
    "raw.table_state (source text, table_name text, watermark timestamp, content text, "
    "copies bigint)",
    # The form of a table at its last good load (columns as JSON); where the source's form has
    # changed since, the as-of of that load and the reason. And which columns came later.
    "raw.table_shape (source text, table_name text, columns text, stopped_at timestamp, "
    "because text)",
    # What the checks found: one row per local day, table and rule; see `data_checks.results`.
    "raw.check_results (on_date date, load_id bigint, as_of timestamp, table_name text, rule text, "
    "aspect text, severity text, weight bigint, tolerance_pct decimal(5, 2), is_state boolean, "
    "is_over boolean, checked bigint, failed bigint, zh text, en text)",
    # How far the reading of fault texts has come, and what its models reached; see `texts.store`.
    "raw.text_state (load_id bigint, rules text, decision_id bigint, model text, attempt bigint)",
    "raw.text_quality (model_version text, load_id bigint, learnt_until timestamp, "
    "threshold decimal(5, 4), n bigint, answered bigint, correct bigint, kappa decimal(5, 4), "
    "kappa_lo decimal(5, 4), kappa_hi decimal(5, 4))",
    # MySQL's 0000-00-00, by the store's own columns, at the last load that read them whole.
    "raw.zero_dates (source text, store_table text, column_name text, found bigint, "
    "load_id bigint)",
    "raw.added_columns (source text, table_name text, column_name text, first_seen_at timestamp)",
)

# By table over its sources: rows at the last load of each, and rows that have vanished since ever.
_TABLE_BOOKS = (
    "raw.table_books as with newest as (select *, row_number() over "
    "(partition by source, table_name order by load_id desc) = 1 as is_last from raw.loads) "
    "select table_name, coalesce(sum(source_count) filter (is_last), 0)::bigint as source_count, "
    "coalesce(sum(present) filter (is_last), 0)::bigint as present, "
    "coalesce(sum(deleted), 0)::bigint as deleted from newest group by table_name"
)


def ensure(con: duckdb.DuckDBPyConnection) -> None:
    """Create every raw table that is missing, and add columns that the contract has gained.

    A table that gains a column forgets its watermark, so the next pull reads it whole.
    """
    ensure_books(con)
    # Where a row stands in its file was not kept at first.
    con.execute("alter table raw.quarantine add column if not exists origin_json text")
    existing = _existing_columns(con)
    for table in followed_tables().values():
        if table.name not in existing:
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            con.execute(f"create table raw.{table.name} ({columns}, {BOOKKEEPING})")
        else:
            _add_missing(con, table, existing[table.name])


def ensure_books(con: duckdb.DuckDBPyConnection) -> None:
    """Create the books that are missing."""
    con.execute("create schema if not exists raw")
    for book in _BOOKS:
        con.execute(f"create table if not exists {book}")
    con.execute(f"create view if not exists {_TABLE_BOOKS}")


def _existing_columns(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = con.execute(
        "select table_name, list(column_name) from duckdb_columns() "
        "where schema_name = 'raw' and database_name = current_database() group by table_name"
    ).fetchall()
    return dict(rows)


def _add_missing(con: duckdb.DuckDBPyConnection, table: Table, present: Sequence[str]) -> None:
    missing = [column for column in table.columns if column.name not in present]
    for column in missing:
        con.execute(f'alter table raw.{table.name} add column "{column.name}" {column.type}')
    if missing:
        con.execute("delete from raw.table_state where table_name = $1", [table.name])
