"""xlsx workbooks through DuckDB's reader, guarded against what would cost memory or lose values.

Holds the look into the archive before anything is read: its size when unpacked, its sheets, how far
a sheet reaches, and formulas that were never calculated. DuckDB's reader takes an open range for a
million rows, so every range here has an end.
"""

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb
from lxml import etree

from assets.conversions import quoted
from assets.sources.files.finding import sheets_of
from assets.sources.files.headers import letters
from assets.sources.files.mapping import Sheet
from assets.warehouse import load_extension
from config.errors import SourceError

# Excel's own limits are 1 048 576 rows of 16 384 columns; a real export unpacks to far less.
_MOST_UNPACKED = 3 << 30
_MOST_STRINGS = 512 << 20
# XML of equal rows packs about 1:60; a bomb packs 1:1000.
_BOMB_RATIO = 250
_BOMB_FROM = 32 << 20
_MOST_COLUMNS = 702
_CHUNK = 1 << 20
_OVERLAP = 4096
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ROW = re.compile(rb'<(?:x:)?row(?:\s[^>]*?\br="(\d+)")?')
_UNCALCULATED = re.compile(
    rb'<c r="([A-Z]+\d+)"[^>]*><f(?:\s[^>]*)?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
)


@dataclass(frozen=True)
class SheetPart:
    """One sheet: its name, its file in the archive, and whether people see it."""

    name: str
    part: str
    is_visible: bool


class Workbook:
    """One xlsx file. Made by `open_workbook`, which has looked into it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, path: Path, sheet: SheetPart) -> None:
        """Take a sheet of a workbook; `check` is to be called before reading."""
        self._con = con
        self._path = path
        self._sheet = sheet
        self._last_row = 0

    @property
    def sheet(self) -> str:
        """The sheet's name."""
        return self._sheet.name

    def check(self) -> None:
        """Look through the sheet once, without keeping it: how far it reaches, and formulas.

        Raises:
            SourceError: a formula without a calculated value, or a broken sheet.
        """
        with zipfile.ZipFile(self._path) as archive, _opened(archive, self._sheet.part) as file:
            for chunk in _chunks(file, self._path):
                numbers = _ROW.findall(chunk)
                if numbers:
                    self._last_row = max(self._last_row, *(int(one or 0) for one in numbers))
                found = _UNCALCULATED.search(chunk)
                if found:
                    raise SourceError(
                        f"文件 {self._path.name} 工作表 {self.sheet} 的单元格 {found[1].decode()} "
                        "是公式,但文件里没有它的计算结果。",
                        "请用 Excel 或 WPS 打开并保存一次,再重新读取。",
                    )

    def head(self, count: int) -> list[list[str | None]]:
        """Return the first rows as text, as wide as they are filled."""
        if self._last_row == 0:
            return []
        end = min(count, self._last_row)
        sql = self._read(f"A1:{letters(_MOST_COLUMNS - 1)}{end}")
        try:
            rows = [list(row) for row in self._con.execute(f"from {sql}").fetchall()]
        except (duckdb.Error, UnicodeDecodeError):
            raise broken(self._path) from None
        width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell), default=0)
        return [row[:width] for row in rows]

    def rows(self, skip: int, width: int) -> str:
        """Return the SELECT of the rows below the first ``skip``, columns ``c0`` onward."""
        names = ", ".join(f"c{i}" for i in range(width))
        if skip >= self._last_row:
            empty = ", ".join(f"null::varchar as c{i}" for i in range(width))
            return f"select {empty} where false"
        cells = f"A{skip + 1}:{letters(width - 1)}{self._last_row}"
        return f"select * from {self._read(cells)} as t({names})"

    def repaired(self, skip: int, width: int) -> str | None:
        """Return None: what is broken in a workbook cannot be told row by row."""
        return None

    def originals(
        self, ordinals: Collection[int], place: tuple[int, int], *, is_repaired: bool
    ) -> dict[int, tuple[int, list[str]]]:
        """Return the sheet's row and the cells of rows, counted from 0 below skip."""
        skip, _ = place
        listed = ", ".join(str(number) for number in ordinals)
        rows = self._con.execute(
            f"select * from (select row_number() over () - 1 as n, * from ({self.rows(*place)})) "
            f"where n in ({listed})"
        ).fetchall()
        return {row[0]: (skip + row[0] + 1, [cell or "" for cell in row[1:]]) for row in rows}

    def _read(self, cells: str) -> str:
        return (
            f"read_xlsx({quoted(str(self._path))}, all_varchar = true, header = false, "
            f"range = '{cells}', stop_at_empty = false, sheet = {quoted(self.sheet)})"
        )


def broken(path: Path) -> SourceError:
    """Return the error for a file that is an archive but no readable workbook."""
    return SourceError(
        f"文件 {path.name} 不是有效的 xlsx:文件不完整或已损坏。",
        "请重新导出,或用 Excel 或 WPS 另存。",
    )


def open_workbook(
    con: duckdb.DuckDBPyConnection, path: Path, meant: Sheet
) -> tuple[list[Workbook], tuple[str, ...]]:
    """Return the sheets that the mapping means, and the names of hidden ones left unread.

    Raises:
        SourceError: the file is broken, or would unpack to more than any real export.
        ConfigError: no sheet has that name.
    """
    load_extension(con, "excel")
    found = {sheet.name: sheet for sheet in sheets(path)}
    chosen = sheets_of(path, {name: one.is_visible for name, one in found.items()}, meant)
    books = [Workbook(con, path, found[name]) for name in chosen.names]
    for book in books:
        book.check()
    return books, chosen.hidden


def sheets(path: Path) -> list[SheetPart]:
    """Return the sheets of a workbook in its own order.

    Raises:
        SourceError: the file is broken, or would unpack to more than any real export.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(archive, path)
            book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
            links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
            names = set(archive.namelist())
    except (zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, KeyError, OSError, ValueError,
            EOFError, RuntimeError, NotImplementedError):  # fmt: skip
        raise broken(path) from None
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    found = []
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_LINK), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in names and "worksheets" in part:
            is_visible = sheet.get("state", "visible") == "visible"
            found.append(SheetPart(str(sheet.get("name")), part, is_visible))
    if not found:
        raise broken(path)
    return found


def _refuse_bomb(archive: zipfile.ZipFile, path: Path) -> None:
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    is_bomb = any(
        info.file_size > _BOMB_FROM and info.file_size > _BOMB_RATIO * max(info.compress_size, 1)
        for info in infos
    )
    strings = sum(i.file_size for i in infos if i.filename.lower().endswith("sharedstrings.xml"))
    if is_bomb or unpacked > _MOST_UNPACKED or strings > _MOST_STRINGS:
        raise SourceError(
            f"文件 {path.name} 解压后有 {unpacked >> 20} MiB,远超正常的导出,没有读取。",
            "请确认文件来源;确实这么大时,请分月导出或改用 csv。",
        )


def _opened(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    return archive.open(part)


def _chunks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Yield the file in pieces that overlap, so that nothing is missed at a border."""
    tail = b""
    try:
        while piece := file.read(_CHUNK):
            yield tail + piece
            tail = piece[-_OVERLAP:]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
        raise broken(path) from None
