"""Exports called `.xls`: real ones, HTML tables, and the XML of Excel 2003, as plain csv.

Holds the walk through each format, row by row into a temporary file; every value becomes text. A
cell that spans several columns keeps its text in the first of them.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

from assets.sources.files.finding import sheets_of
from assets.sources.files.mapping import Sheet
from assets.sources.files.sniff import Kind
from assets.sources.files.text import encoding
from config.errors import SourceError

_LARGEST = 200 << 20
_MOST_SPAN = 1000
_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_VISIBLE = "{urn:schemas-microsoft-com:office:excel}Visible"
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock, as all of Excel's


@dataclass(frozen=True)
class Sheets:
    """Sheet → its rows as a csv, and the names of hidden sheets that are left unread.

    HTML has no sheets: its one table is called ''.
    """

    rows: dict[str, Path] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


@contextmanager
def as_csv(path: Path, kind: Kind, meant: Sheet) -> Iterator[Sheets]:
    """Yield temporary csv files with the rows of the sheets that are meant, mostly one.

    Args:
        path: the export.
        kind: ``xls``, ``html`` or ``xml``.
        meant: its name or pattern (HTML: the table's number from 1); without one the first, of
            HTML the longest.

    Raises:
        SourceError: the file is broken or too large for its format.
        ConfigError: no sheet has that name.
    """
    if path.stat().st_size > _LARGEST:
        raise SourceError(
            f"文件 {path.name} 超过 {_LARGEST >> 20} MiB,旧格式不能这么大。", "请分月导出。"
        )
    walk = {"xls": _xls, "html": _html, "xml": _xml}[kind]
    with TemporaryDirectory(prefix="opspulse-") as name:
        yield walk(path, Path(name), meant)


def _damaged(path: Path) -> SourceError:
    return SourceError(
        f"文件 {path.name} 读不出来:文件不完整或已损坏。", "请用 Excel 或 WPS 另存为 xlsx。"
    )


def _xls(path: Path, folder: Path, meant: Sheet) -> Sheets:
    # Only xls needs it.
    from python_calamine import (  # noqa: PLC0415
        CalamineError,
        SheetVisibleEnum,
        load_workbook,
    )

    found: dict[str, Path] = {}
    try:
        with load_workbook(str(path)) as book:
            seen = {one.name: one.visible == SheetVisibleEnum.Visible
                    for one in book.sheets_metadata}  # fmt: skip
            chosen = sheets_of(path, seen, meant)
            for name in chosen.names:
                found[name] = folder / f"sheet{len(found)}.csv"
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                _write(found[name], ([_text(cell) for cell in row] for row in rows))
    except (CalamineError, OSError, ValueError):
        raise _damaged(path) from None
    except BaseException as error:  # the Rust library panics on some broken files
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path) from None
    return Sheets(found, chosen.hidden)


def _write(target: Path, rows: Iterator[list[str]]) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            # A row without cells would be no line at all, and the header's number would be wrong.
            writer.writerow(row or [""])


def _text(value: object) -> str:
    """Return a cell as text: whole numbers without a point, instants in ISO form."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{_EXCEL_DAY_ZERO + value:%H:%M:%S}"
    return str(value)


def _xml(path: Path, folder: Path, meant: Sheet) -> Sheets:
    found: dict[str, Path] = {}
    seen: dict[str, bool] = {}
    try:
        # Which sheets there are is known at the end only, so every one is written.
        walk = etree.iterparse(
            str(path), events=("start", "end"), tag=(f"{_SS}Worksheet", f"{_SS}Row", _VISIBLE),
            no_network=True, resolve_entities=False,
        )  # fmt: skip
        while (name := _next_sheet(walk)) is not None:
            found[name] = folder / f"sheet{len(found)}.csv"
            seen[name] = True
            _write(found[name], _xml_rows(walk, name, seen))
    except (etree.XMLSyntaxError, OSError, ValueError):
        raise _damaged(path) from None
    chosen = sheets_of(path, seen, meant)
    return Sheets({name: found[name] for name in chosen.names}, chosen.hidden)


def _next_sheet(walk: Iterator[tuple[str, etree._Element]]) -> str | None:
    for event, element in walk:
        if element.tag == f"{_SS}Worksheet" and event == "start":
            return str(element.get(f"{_SS}Name"))
    return None


def _xml_rows(
    walk: Iterator[tuple[str, etree._Element]], name: str, seen: dict[str, bool]
) -> Iterator[list[str]]:
    """Yield the rows up to the end of the sheet; note in ``seen`` whether people see it."""
    for event, element in walk:
        if event == "end" and element.tag == f"{_SS}Worksheet":
            return
        if event == "end" and element.tag == _VISIBLE:
            # SheetHidden or SheetVeryHidden; a visible sheet says nothing.
            seen[name] = "Hidden" not in (element.text or "")
        elif event == "end":
            yield _xml_row(element)
            element.clear()


def _xml_row(row: etree._Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{_SS}Cell"):
        place = int(cell.get(f"{_SS}Index") or len(cells) + 1)
        cells += [""] * min(place - 1 - len(cells), _MOST_SPAN)
        data = cell.find(f"{_SS}Data")
        text = "" if data is None else "".join(str(part) for part in data.itertext())
        is_instant = data is not None and data.get(f"{_SS}Type") == "DateTime"
        cells.append(text[:19].replace("T", " ") if is_instant else text)
        cells += [""] * min(int(cell.get(f"{_SS}MergeAcross") or 0), _MOST_SPAN)
    return cells


def _html(path: Path, folder: Path, meant: Sheet) -> Sheets:
    counts: list[int] = []

    def target(number: int) -> Path:
        return folder / f"table{number}.csv"

    try:
        walk = etree.iterparse(
            str(path), events=("start", "end"), tag=("table", "tr"), html=True, recover=True,
            encoding=encoding(path), no_network=True, huge_tree=True,
        )  # fmt: skip
        for event, element in walk:
            if element.tag == "table" and event == "start":
                counts.append(0)
            elif element.tag == "tr" and event == "end":
                counts = counts or [0]
                with target(len(counts)).open("a", encoding="utf-8", newline="") as file:
                    csv.writer(file).writerow(_html_row(element) or [""])
                counts[-1] += 1
                element.clear()
    except (etree.XMLSyntaxError, OSError, LookupError, ValueError):
        raise _damaged(path) from None
    filled = {number: count for number, count in enumerate(counts, start=1) if count}
    longest = max(filled, key=lambda number: filled[number], default=0)
    wanted = Sheet(sheet=meant.sheet or str(longest))
    numbers = {str(number): True for number in filled}
    return Sheets({"": target(int(sheets_of(path, numbers, wanted).names[0]))})


def _html_row(row: etree._Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iter("td", "th"):
        text = "".join(str(part) for part in cell.itertext())
        cells.append(text.replace("\u00a0", " ").strip())
        span = cell.get("colspan") or "1"
        cells += [""] * min(int(span) - 1 if span.isdecimal() else 0, _MOST_SPAN)
    return cells
