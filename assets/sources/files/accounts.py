"""What became of every row of every file: the books of one reading.

Holds the counts per file and sheet, and keeping them with the load. The rows that go on are
accounted for in `raw.loads`; here stands what was never a row: blank lines, totals, page headers.
"""

from dataclasses import astuple, dataclass

import duckdb

TABLE = "raw.file_rows"
_FRESH = "files__accounts"
_COLUMNS = (
    "source text, file text, sheet text, rows_found bigint, blank bigint, left_out bigint, "
    "headers bigint, damaged bigint, repeated bigint, kept bigint"
)


@dataclass(frozen=True)
class FileAccount:
    """One sheet of one file: found = blank + left_out + headers + kept.

    Attributes:
        found: rows below the header.
        blank: without any value.
        left_out: totals and footers, named by the mapping.
        headers: the header once more, as at the top of every printed page.
        damaged: lines that are kept with their text and go to the quarantine.
        repeated: exact copies of an earlier row; they are kept and counted here.
        kept: rows that go on.
    """

    source: str
    file: str
    sheet: str
    found: int
    blank: int
    left_out: int
    headers: int
    damaged: int
    repeated: int
    kept: int


def note(con: duckdb.DuckDBPyConnection, account: FileAccount) -> None:
    """Remember an account until the load is kept."""
    con.execute(f"create temp table if not exists {_FRESH} ({_COLUMNS})")
    marks = ", ".join("?" for _ in astuple(account))
    con.execute(f"insert into {_FRESH} values ({marks})", list(astuple(account)))


def forget(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Drop what an earlier reading of the source has noted."""
    con.execute(f"create temp table if not exists {_FRESH} ({_COLUMNS})")
    con.execute(f"delete from {_FRESH} where source = ?", [source])


def fresh(con: duckdb.DuckDBPyConnection, source: str) -> list[FileAccount]:
    """Return the accounts of the last reading of a source, in the order of reading."""
    rows = con.execute(f"select * from {_FRESH} where source = ? order by rowid", [source])
    return [FileAccount(*row) for row in rows.fetchall()]


def keep(con: duckdb.DuckDBPyConnection, load_id: int) -> None:
    """Write what was noted into the warehouse, within the caller's transaction."""
    known = con.execute(
        "select 1 from duckdb_tables() where temporary and table_name = ?", [_FRESH]
    ).fetchone()
    if known is None:
        return
    con.execute(f"create table if not exists {TABLE} (load_id bigint, {_COLUMNS})")
    con.execute(f"delete from {TABLE} where load_id = ?", [load_id])
    con.execute(f"insert into {TABLE} select ?, * from {_FRESH}", [load_id])


def kept(con: duckdb.DuckDBPyConnection) -> list[FileAccount]:
    """Return the accounts of the newest load that read files; [] when none did."""
    known = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'file_rows'"
    ).fetchone()
    if known is None:
        return []
    rows = con.execute(
        f"select * exclude (load_id) from {TABLE} "
        f"where load_id = (select max(load_id) from {TABLE}) order by source, file, sheet"
    ).fetchall()
    return [FileAccount(*row) for row in rows]
