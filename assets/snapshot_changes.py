"""A snapshot from the one before: its copy, with the rows that this run changed.

Holds the copying and the proof that it shows what the warehouse shows: every table's rows are
summed up on both sides, and a copy that does not agree is given up. How a file becomes visible is
in `snapshots`; which rows a run changed is known to `increments`.
"""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from assets import warehouse
from assets.conversions import identifier
from config import faults

Digest = tuple[int, int]
Digests = dict[str, Digest]


@dataclass(frozen=True)
class Changed:
    """The rows of one model that a run changed.

    Attributes:
        relation: temporary table of old and new rows (``is_new_row``); empty: none changed.
        grain: columns that identify a row.
    """

    relation: str
    grain: tuple[str, ...]


@dataclass(frozen=True)
class Differences:
    """What a run changed in `kpi`: from the instant of the state before, by `schema.table`.

    A table that is not named may have changed in any way.
    """

    since: datetime
    changed: Mapping[str, Changed]


def digests(con: duckdb.DuckDBPyConnection, tables: list[str], catalog: str = "") -> Digests:
    """Return the number of rows and the sum of their hashes, which no order changes, by table."""
    prefix = f"{catalog}." if catalog else ""
    found: Digests = {}
    for table in tables:
        row = con.execute(
            f"select count(*), coalesce(bit_xor(hash(t)), 0) from {prefix}{table} as t"
        ).fetchone()
        found[table] = (row[0], row[1]) if row else (0, 0)
    return found


def follow(
    con: duckdb.DuckDBPyConnection,
    before: Path,
    part: Path,
    wanted: Digests,
    differences: Differences,
) -> list[str] | None:
    """Make ``part`` from the file before; the tables that were written anew in it.

    None where the copy would not show what the warehouse shows: the caller then writes it whole.
    """
    shutil.copyfile(before, part)
    con.execute(f"attach '{str(part).replace(chr(39), chr(39) * 2)}' as snap")
    try:
        if _tables(con) != sorted(wanted):
            return None
        with warehouse.transaction(con):
            anew = [table for table in wanted if not _apply(con, table, differences.changed)]
            faults.reach("mid_publish")
            stale = digests(con, anew, "snap")
            replaced = [table for table in anew if stale[table] != wanted[table]]
            for table in replaced:
                con.execute(f"drop table snap.{table}")
                con.execute(f"create table snap.{table} as from {table}")
        if digests(con, list(wanted), "snap") != wanted:
            return None
        con.execute("checkpoint snap")
    except duckdb.BinderException:
        return None  # a table of another shape
    finally:
        with suppress(duckdb.Error):
            con.execute("detach snap")
    return replaced


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'kpi' "
        "and database_name = 'snap' order by table_name"
    ).fetchall()
    return [f"kpi.{name}" for (name,) in rows]


def _apply(con: duckdb.DuckDBPyConnection, table: str, changed: Mapping[str, Changed]) -> bool:
    """Write the rows that differ; False where they are not known."""
    if table not in changed:
        return False
    one = changed[table]
    if not one.relation:
        return True
    met = " and ".join(
        f"r.{identifier(name)} is not distinct from d.{identifier(name)}" for name in one.grain
    )
    con.execute(
        f"delete from snap.{table} as r using {one.relation} as d where not d.is_new_row and {met}"
    )
    con.execute(
        f"insert into snap.{table} by name "
        f"select * exclude (is_new_row) from {one.relation} where is_new_row"
    )
    return True
