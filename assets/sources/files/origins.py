"""Where a row of a file stands in it: file, sheet, line, and its cells as they were written.

Holds the memory of what was read, and the second look into a file for the few rows that are held
back: keeping the cells of every row would double the cost of reading. A file that has changed in
between is not looked into.

A place is one number: that of the file's sheet, and the row's own, counted from 0.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.sources.files.mapping import Sheet
from assets.sources.files.opening import opened
from config.errors import OpsPulseError

_ROWS = 1 << 32
_TABLE = "files__parts"
# Of a line that could not be parted into cells.
WHOLE = "整行"


@dataclass(frozen=True)
class Part:
    """One sheet of one file, as it was read.

    Attributes:
        pattern: of the sheet, as the mapping writes it; ``sheet`` its name, '' without sheets.
        skip: rows above the data.
        shown: columns that hold nothing personal.
        is_repaired: read by the tolerant reading.
    """

    source: str
    path: Path
    pattern: str | None
    sheet: str
    skip: int
    names: tuple[str, ...]
    shown: tuple[str, ...]
    is_repaired: bool


def note(con: duckdb.DuckDBPyConnection, part: Part) -> int:
    """Remember a part; return the place of its first row."""
    con.execute(f"create temp table if not exists {_TABLE} (number bigint, source text, part text)")
    row = con.execute(f"select coalesce(max(number), 0) + 1 from {_TABLE}").fetchone()
    number = int(row[0]) if row else 1
    told = json.dumps({**vars(part), "path": str(part.path), "stamp": _stamp(part.path)})
    con.execute(f"insert into {_TABLE} values ($1, $2, $3)", [number, part.source, told])
    return number * _ROWS


def forget(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Drop what an earlier reading of the source has noted."""
    con.execute(f"create temp table if not exists {_TABLE} (number bigint, source text, part text)")
    con.execute(f"delete from {_TABLE} where source = ?", [source])


def origins(con: duckdb.DuckDBPyConnection, places: Collection[int]) -> dict[int, str]:
    """Return the origin of rows as JSON: ``file``, ``sheet``, ``line``, ``cells``.

    A cell is its header, its value, and whether anybody may see it. What cannot be found out any
    more is left out.
    """
    by_part: dict[int, list[int]] = {}
    for place in places:
        by_part.setdefault(place // _ROWS, []).append(place % _ROWS)
    found: dict[int, str] = {}
    for number, ordinals in by_part.items():
        row = con.execute(f"select part from {_TABLE} where number = ?", [number]).fetchone()
        if row is None:
            continue
        told = json.loads(row[0])
        seen = _looked_up(con, told, ordinals)
        for ordinal in ordinals:
            line, cells = seen.get(ordinal, (None, []))
            origin = {"file": Path(told["path"]).name, "sheet": told["sheet"], "line": line}
            named = _named(told, cells)
            found[number * _ROWS + ordinal] = json.dumps(
                {**origin, "cells": named}, ensure_ascii=False
            )
    return found


def _named(told: dict[str, object], cells: list[str]) -> list[tuple[str, str, bool]]:
    names, shown = told["names"], told["shown"]
    if not isinstance(names, list) or not isinstance(shown, list):
        return []
    if len(cells) == 1 < len(names) and told["is_repaired"]:
        return [(WHOLE, cells[0], False)]
    return [(name, cell, name in shown) for name, cell in zip(names, cells, strict=False) if cell]


def _looked_up(
    con: duckdb.DuckDBPyConnection, told: dict[str, object], ordinals: Collection[int]
) -> dict[int, tuple[int, list[str]]]:
    path, names = Path(str(told["path"])), told["names"]
    # HTML has numbers instead of names.
    name = told["sheet"] or told["pattern"]
    if _stamp(path) != told["stamp"] or not isinstance(names, list):
        return {}
    place = (int(str(told["skip"])), len(names))
    try:
        with opened(con, path, Sheet(sheet=str(name) if name is not None else None)) as found:
            body = next(one for one in found.bodies if one.sheet == told["sheet"])
            return body.originals(frozenset(ordinals), place, is_repaired=bool(told["is_repaired"]))
    except (OpsPulseError, OSError, duckdb.Error, StopIteration):
        # The row is held all the same; it only cannot say where it stands.
        return {}


def _stamp(path: Path) -> list[int]:
    try:
        stat = path.stat()
    except OSError:
        return []
    return [stat.st_mtime_ns, stat.st_size]
