"""How bytes of a workbook are made: formulas that carry their value, and a zip that repeats.

Holds the row writer that puts a cached value beside every formula, the archive without clocks, and
`save`. What stands in the cells is decided by the sheets; looks live in `styles`.
"""

import re
from datetime import datetime
from decimal import Decimal
from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell._writer import write_cell
from openpyxl.cell.cell import Cell
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import Element

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MAX_TEXT = 32_767
# What XML 1.0 cannot hold, and lone surrogates.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Excel reads _xHHHH_ in a text as an escape; the first underscore is escaped itself.
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

Scalar = str | int | float | bool | Decimal | None


def clean_text(text: str) -> str:
    """Return a text as a workbook's file says it: legal, and nothing in it read as an escape."""
    return _LOOKS_ESCAPED.sub("_x005F_", legal_text(text))


def legal_text(text: str) -> str:
    """Return what a cell can hold of a text: no character that XML has not, and not too long.

    Excel counts UTF-16 units, two for an emoji: one that would not fit is left out whole.
    """
    legal = _ILLEGAL.sub("", text)
    if len(legal) * 2 > _MAX_TEXT:
        units = legal.encode("utf-16-le")[: _MAX_TEXT * 2]
        legal = units.decode("utf-16-le", "ignore")
    return legal


class FormulaCell(Cell):  # type: ignore[misc]  # openpyxl has no types
    """A cell whose formula carries the value we computed ourselves."""

    def __init__(self, worksheet: Any, formula: str, cached: Scalar) -> None:
        """Take the formula with its leading ``=`` and the value that it must give."""
        super().__init__(worksheet, row=1, column=1)
        self._value = formula
        self.data_type = "f"
        self.cached = cached


def _cached(value: Scalar) -> tuple[str, str]:
    """Return the cell type and the text of a cached value."""
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    if value is None or isinstance(value, str):
        return "str", clean_text(value or "")
    return "n", f"{value:f}" if isinstance(value, Decimal) else repr(value)


class CachedWriter(WorksheetWriter):  # type: ignore[misc]  # openpyxl has no types
    """Writes rows with cached values, and quiets the warnings about numbers stored as text."""

    def write_row(self, xf: Any, row: Any, row_idx: int) -> None:
        """Write one row; ``row`` is a generator that may re-use one cell object."""
        attributes = {"r": str(row_idx)}
        attributes.update(self.ws.row_dimensions.get(row_idx, {}))
        with xf.element("row", attributes):
            for cell in row:
                if isinstance(cell, FormulaCell):
                    self._write_formula(xf, cell)
                elif cell._value is not None or cell.has_style:
                    write_cell(xf, self.ws, cell, cell.has_style)

    def _write_formula(self, xf: Any, cell: FormulaCell) -> None:
        kind, text = _cached(cell.cached)
        attributes = {"r": cell.coordinate, "s": str(cell.style_id), "t": kind}
        with xf.element("c", attributes):
            with xf.element("f"):
                xf.write(cell._value[1:])
            with xf.element("v"):
                xf.write(text)

    def write_drawings(self) -> None:
        """Write what must stand before the drawings: ids are text on purpose."""
        ignored = Element("ignoredErrors")
        everything = {"sqref": "A1:XFD1048576", "numberStoredAsText": "1"}
        ignored.append(Element("ignoredError", everything))
        self.xf.send(ignored)
        super().write_drawings()


class StableZip(ZipFile):
    """A zip whose bytes depend on the contents only: fixed dates, fixed system."""

    def writestr(
        self, zinfo_or_arcname: Any, data: Any, compress_type: Any = None, compresslevel: Any = None
    ) -> None:
        """Add an entry from memory under a fixed date."""
        super().writestr(_entry(str(zinfo_or_arcname)), data, compress_type, compresslevel)

    def write(
        self,
        filename: str | PathLike[str],
        arcname: str | PathLike[str] | None = None,
        compress_type: Any = None,
        compresslevel: Any = None,
    ) -> None:
        """Add an entry from a file under a fixed date."""
        content = Path(filename).read_bytes()
        self.writestr(fspath(arcname or filename), content, compress_type, compresslevel)


def _entry(name: str) -> ZipInfo:
    info = ZipInfo(name.lstrip("/"), date_time=_ZIP_EPOCH)
    info.compress_type = ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = 0o644 << 16
    return info


def save(workbook: Workbook, path: Path, instant: datetime) -> None:
    """Write a workbook so that equal contents give equal bytes.

    Args:
        workbook: a write-only workbook whose sheets use `CachedWriter`.
        path: file to write; overwritten.
        instant: stands as created and modified time in the properties (naive UTC).
    """
    workbook.properties.created = instant
    workbook.properties.modified = instant
    workbook.calculation.fullCalcOnLoad = True
    with StableZip(path, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        ExcelWriter(workbook, cast("ZipFile", archive)).save()
