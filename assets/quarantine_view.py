"""Reading the quarantine: how many rows are held and why, and the rows as they came.

Holds what people are shown of `raw.quarantine`. Personal values are hidden unless the caller says
that the person may see them. Holding and releasing rows is in `quarantine`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from assets.personal import MASK, masked, masked_key
from config.errors import ConfigError

_LEAST_ID = 6
_COLUMNS = (
    "quarantine_id, source, table_name, row_key, load_id, reasons, row_json, first_seen_at, "
    "origin_json"
)


@dataclass(frozen=True)
class Origin:
    """Where a row of a file stands: ``line`` counts from 1 and is None if it is not known.

    ``cells`` are header and text of each filled cell, as they were written.
    """

    file: str
    sheet: str
    line: int | None
    cells: tuple[tuple[str, str], ...]

    def text(self, language: str) -> str:
        """Return file, sheet and line in words."""
        sheet = f" [{self.sheet}]" if self.sheet else ""
        if self.line is None:
            return f"{self.file}{sheet}"
        line = f"第 {self.line} 行" if language == "zh" else f"line {self.line}"
        return f"{self.file}{sheet} {line}"


@dataclass(frozen=True)
class Held:
    """One row in quarantine: where it comes from, every reason, and its original values as text.

    ``first_seen_at`` is the as-of (UTC, naive) of the load that held it first, ``load_id`` the last
    load that met it. ``origins`` are the places of a file's row, several for identical ones.
    """

    quarantine_id: str
    source: str
    table: str
    row_key: str
    load_id: int
    reasons: tuple[str, ...]
    values: dict[str, str | None]
    first_seen_at: datetime
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Count:
    """How many rows of a table are held for one reason, and since when the oldest is."""

    table: str
    reason: str
    rows: int
    oldest_at: datetime


def exists(con: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether any load has laid down a quarantine."""
    row = con.execute(
        "select count(*) from duckdb_tables() "
        "where schema_name = 'raw' and table_name = 'quarantine'"
    ).fetchone()
    return bool(row and row[0])


def counts(con: duckdb.DuckDBPyConnection, table: str | None = None) -> list[Count]:
    """Return the held rows by table and reason, most rows first; a row counts once per reason."""
    rows = con.execute(
        "select table_name, reason, count(*), min(first_seen_at) from "
        "(select table_name, unnest(reasons) as reason, first_seen_at from raw.quarantine "
        "where status = 'held' and ($1 is null or table_name = $1)) "
        "group by table_name, reason order by count(*) desc, table_name, reason",
        [table],
    ).fetchall()
    return [Count(*row) for row in rows]


def total(con: duckdb.DuckDBPyConnection, table: str | None = None) -> int:
    """Return how many rows are held, each once whatever the number of its reasons."""
    row = con.execute(
        "select count(*) from raw.quarantine "
        "where status = 'held' and ($1 is null or table_name = $1)",
        [table],
    ).fetchone()
    return int(row[0]) if row else 0


def rows(
    con: duckdb.DuckDBPyConnection, table: str | None = None, *, is_open: bool = False
) -> Iterator[Held]:
    """Yield the held rows by table and key; ``is_open`` shows personal values."""
    cursor = con.execute(
        f"select {_COLUMNS} from raw.quarantine where status = 'held' "
        "and ($1 is null or table_name = $1) order by table_name, row_key, quarantine_id",
        [table],
    )
    while batch := cursor.fetchmany(1000):
        for row in batch:
            yield _held(row, is_open=is_open)


def row(con: duckdb.DuckDBPyConnection, quarantine_id: str, *, is_open: bool = False) -> Held:
    """Return one row by the beginning of its id; ``is_open`` shows personal values.

    Raises:
        ConfigError: no row has such an id, or several have.
    """
    if len(quarantine_id) < _LEAST_ID:
        raise ConfigError(f"编号太短,至少写 {_LEAST_ID} 位。", "编号见 opspulse quarantine list。")
    found = con.execute(
        f"select {_COLUMNS} from raw.quarantine where starts_with(quarantine_id, $1) "
        "and status = 'held' limit 2",
        [quarantine_id],
    ).fetchall()
    if len(found) != 1:
        problem = "没有" if not found else "不止一行有"
        raise ConfigError(
            f"隔离区里{problem}编号以「{quarantine_id}」开头的行。",
            "编号见 opspulse quarantine list(行多时加 --table 表名);已放行的行不在其中。",
        )
    return _held(found[0], is_open=is_open)


def _held(found: tuple[Any, ...], *, is_open: bool) -> Held:
    quarantine_id, source, name, key, load_id, reasons, text, first_seen_at, origin = found
    # numbers stay as they were written: 1234567.10 keeps its last zero
    read = json.loads(text, parse_float=str, parse_int=str)
    values = {
        column: value if value is None or isinstance(value, str) else json.dumps(value)
        for column, value in read.items()
    }
    return Held(
        quarantine_id=quarantine_id,
        source=source,
        table=name,
        row_key=key if is_open else masked_key(name, key),
        load_id=load_id,
        reasons=tuple(reasons),
        values=values if is_open else masked(name, values),
        first_seen_at=first_seen_at,
        origins=tuple(_origin(one, is_open=is_open) for one in json.loads(origin or "[]")),
    )


def _origin(told: dict[str, Any], *, is_open: bool) -> Origin:
    cells = tuple(
        (header, value if is_open or is_shown else MASK)
        for header, value, is_shown in told["cells"]
    )
    return Origin(told["file"], told["sheet"], told["line"], cells)
