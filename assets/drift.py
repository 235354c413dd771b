"""Schema drift: the form of a source's table at its last good load, and what has become of it.

Holds `raw.table_shape` and the comparison. A column that is new is noted; one that has vanished or
holds another kind of value stops the table at its last good load, because NULLs and reinterpreted
values would look like changes in the hospital. A stopped table goes on by itself when the source is
mended, or when a person accepts the new form. How rows are read is in `landing`.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from assets.sources.connect import Reader
from assets.sources.contract import NOT_READ, Table, tables
from config.errors import ConfigError
from config.settings import SourceSettings

_KINDS = {
    "VARCHAR": "文本",
    "UUID": "文本",
    "DATE": "日期",
    "BOOLEAN": "是或否",
    "DOUBLE": "浮点数",
    "FLOAT": "浮点数",
    "TIMESTAMP WITH TIME ZONE": "带时区的时间",
}
_NUMBERS = ("INT", "DECIMAL", "HUGEINT", "BIGINT")


@dataclass(frozen=True)
class Shape:
    """A table's form: column → DuckDB type, and why it is stopped, if it is."""

    columns: Mapping[str, str]
    because: str | None = None


def kind(column_type: str) -> str:
    """Return the kind of value, in words: types of one kind may replace each other."""
    if column_type in _KINDS:
        return _KINDS[column_type]
    if column_type.startswith("TIMESTAMP"):
        return "时间"
    if any(word in column_type for word in _NUMBERS):
        return "数字"
    return column_type


def known(con: duckdb.DuckDBPyConnection, source: SourceSettings) -> dict[str, dict[str, str]]:
    """Return the form of each table of the source at its last good load."""
    rows = con.execute(
        "select table_name, columns from raw.table_shape where source = $1", [source.name]
    ).fetchall()
    return {name: json.loads(columns) for name, columns in rows}


def shapes(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, reader: Reader
) -> dict[str, Shape]:
    """Return the form of every table that the source has, or had.

    Raises:
        ConfigError: a table that was never loaded lacks a column that the contract requires, or
            one that a mapping names.
    """
    before = known(con, source)
    there = reader.tables()
    found = {name: _shape(tables()[name], before.get(name), reader, source) for name in there}
    gone = {name: columns for name, columns in before.items() if name not in there}
    return found | {name: Shape(columns, "来源里没有这张表了") for name, columns in gone.items()}


def _shape(
    table: Table, before: Mapping[str, str] | None, reader: Reader, source: SourceSettings
) -> Shape:
    now = reader.columns(table.name)
    if lost := reader.lost(table.name):
        if before is None:
            raise lost
        return Shape(before, lost.problem.rstrip("。"))
    if before is None:
        _refuse_gaps(table, now, source)
        return Shape(now)
    reasons = list(_changes(table, before, now))
    return Shape(before, ";".join(reasons)) if reasons else Shape(now)


def _refuse_gaps(table: Table, now: Collection[str], source: SourceSettings) -> None:
    for column in table.columns:
        if column.is_required and column.name != "site_id" and column.name not in now:
            raise ConfigError(
                f"数据源 {source.name}({source.redacted_url()})的表 {table.name} "
                f"缺少必需的列 {column.name}。",
                "请让管理员在表或视图中补上这一列。",
            )


def _changes(table: Table, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return what has vanished or changed its kind: the contract's columns, or a foreign table's.

    A connector names the columns that the contract's are made of ``table.column``. What nobody
    reads may come and go.
    """
    is_read = [name for name, type_ in before.items() if type_ != NOT_READ]
    mine = [name for name in is_read if name in table.column_names or "." in name]
    there = {name for name in mine if now.get(name, NOT_READ) != NOT_READ}
    gone = [f"缺少原有的列 {name}" for name in mine if name not in there]
    other = [
        f"列 {name} 由{kind(before[name])}变为{kind(now[name])}"
        for name in mine
        if name in there and kind(before[name]) != kind(now[name])
    ]
    return gone + other


def note(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    found: Mapping[str, Shape],
    as_of: datetime,
) -> None:
    """Write the forms of this load; a table that stops now keeps the as-of of its last good load.

    Columns that are new since the last load are written to `raw.added_columns`.
    """
    before = known(con, source)
    for name, shape in found.items():
        for column in shape.columns if name in before else ():
            if column not in before[name]:
                con.execute(
                    "insert into raw.added_columns values ($1, $2, $3, $4)",
                    [source.name, name, column, as_of],
                )
        stopped_at = None
        if shape.because:
            row = con.execute(
                "select max(as_of) from raw.loads where source = $1 and table_name = $2",
                [source.name, name],
            ).fetchone()
            stopped_at = row[0] if row else None
        con.execute(
            "delete from raw.table_shape where source = $1 and table_name = $2",
            [source.name, name],
        )
        con.execute(
            "insert into raw.table_shape (source, table_name, columns, stopped_at, because) "
            "values ($1, $2, $3, $4, $5)",
            [source.name, name, json.dumps(dict(shape.columns)), stopped_at, shape.because],
        )


def refusal(source: SourceSettings, reader: Reader, table: str) -> ConfigError | None:
    """Return why the next pull would refuse a table's new form; None when it would take it.

    A column that the contract requires, or that a mapping names, cannot be given up.
    """
    if table not in reader.tables():
        return None
    lost = reader.lost(table)
    if lost is not None:
        return lost
    try:
        _refuse_gaps(tables()[table], reader.columns(table), source)
    except ConfigError as error:
        return error
    return None


def accept(con: duckdb.DuckDBPyConnection, source: str, table: str) -> bool:
    """Forget the form of a table, so that the next pull takes it whole as it is then.

    Returns:
        Whether the table was known.
    """
    where = [source, table]
    row = con.execute(
        "delete from raw.table_shape where source = $1 and table_name = $2", where
    ).fetchone()
    con.execute(
        "update raw.table_state set watermark = null, content = null "
        "where source = $1 and table_name = $2",
        where,
    )
    return bool(row and row[0])
