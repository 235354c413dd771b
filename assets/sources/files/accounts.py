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
    "headers bigint, damaged bigint, repeated bigint, kept bigint, is_hidden boolean"
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
        is_hidden: a hidden sheet that fits the mapping's pattern and was not read: every count is
            0, because nobody looked.
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
    is_hidden: bool = False


def unread(source: str, file: str, sheet: str) -> FileAccount:
    """Return the account of a hidden sheet that was not read."""
    return FileAccount(source, file, sheet, 0, 0, 0, 0, 0, 0, 0, is_hidden=True)


def note(con: duckdb.DuckDBPyConnection, account: FileAccount) -> None:
    """Remember an account until the load is kept."""
    _ensure(con)
    marks = ", ".join("?" for _ in astuple(account))
    con.execute(f"insert into {_FRESH} values ({marks})", list(astuple(account)))


def forget(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Drop what an earlier reading of the source has noted."""
    _ensure(con)
    con.execute(f"delete from {_FRESH} where source = ?", [source])


def _ensure(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"create temp table if not exists {_FRESH} ({_COLUMNS})")


def fresh(con: duckdb.DuckDBPyConnection, source: str) -> list[FileAccount]:
    """Return the accounts of the last reading of a source, in the order of reading."""
    rows = con.execute(f"select * from {_FRESH} where source = ? order by rowid", [source])
    return [FileAccount(*row) for row in rows.fetchall()]


def hidden(con: duckdb.DuckDBPyConnection, source: str) -> list[FileAccount]:
    """Return the hidden sheets that the last reading of a source left unread, each once."""
    _ensure(con)
    return list(dict.fromkeys(one for one in fresh(con, source) if one.is_hidden))


def unread_words(account: FileAccount) -> tuple[str, str]:
    """Return the sentence about a hidden sheet that was not read, Chinese and English."""
    return (
        f"文件 {account.file} 的工作表「{account.sheet}」是隐藏的,没有读;"
        "要读请在列对应关系的该表下写 with_hidden: true。",
        f"Sheet {account.sheet} of {account.file} is hidden and was not read; "
        "with_hidden: true in the mapping reads it.",
    )


def keep(con: duckdb.DuckDBPyConnection, load_id: int) -> None:
    """Write what was noted into the warehouse, within the caller's transaction."""
    known = con.execute(
        "select 1 from duckdb_tables() where temporary and table_name = ?", [_FRESH]
    ).fetchone()
    if known is None:
        return
    con.execute(f"create table if not exists {TABLE} (load_id bigint, {_COLUMNS})")
    con.execute(f"alter table {TABLE} add column if not exists is_hidden boolean default false")
    con.execute(f"delete from {TABLE} where load_id = ?", [load_id])
    # Two tables may read one workbook from different rows on; it is one hidden sheet.
    con.execute(
        f"insert into {TABLE} by name select ? as load_id, * from {_FRESH} where not is_hidden "
        f"union all by name select distinct ? as load_id, * from {_FRESH} where is_hidden",
        [load_id, load_id],
    )


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
