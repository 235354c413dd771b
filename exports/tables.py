"""Plain tables as files: xlsx with one sheet per table, or csv that Excel opens in Chinese.

Holds the writing only. Text stays text exactly as given: nothing becomes a formula or a number, so
long ids and leading zeros stay. The monthly workbook is made in `exports.workbook`.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from config.errors import ConfigError, StateError
from exports.workbook.writer import clean_text, legal_text

_WIDEST, _NARROWEST = 60, 10
# What a spreadsheet takes for the beginning of a formula in a csv; full-width signs as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | float | Decimal | None
Row = Sequence[Cell]
Sheet = tuple[str, Sequence[str], Iterable[Row]]


def write_tables(path: Path, sheets: Sequence[Sheet]) -> Path:
    """Write tables to one file, whole or not at all.

    Args:
        path: ends in ``.xlsx`` or ``.csv``; a csv holds the first table only.
        sheets: name, column heads and rows of each.

    Raises:
        ConfigError: the name ends otherwise.
        StateError: the disk refuses.
    """
    writers = {".xlsx": _write_xlsx, ".csv": _write_csv}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ConfigError(f"不能写成「{path.name}」。", "文件名请以 .xlsx 或 .csv 结尾。")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(part, sheets)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StateError(f"写不了文件 {path}。", "请检查目录、权限和磁盘空间。") from error
    return path


def _write_xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    book = Workbook(write_only=True)
    for name, columns, rows in sheets:
        sheet = book.create_sheet(name[:31])
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, start=1):
            width = min(_WIDEST, max(_NARROWEST, 2 * len(column)))
            sheet.column_dimensions[get_column_letter(place)].width = width
        sheet.append([_cell(sheet, column, is_head=True) for column in columns])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    book.save(path)


def _cell(sheet: Any, value: Cell, *, is_head: bool = False) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=clean_text(value))
    cell.data_type = "s"
    if is_head:
        cell.font = Font(bold=True)
    return cell


def _write_csv(path: Path, sheets: Sequence[Sheet]) -> None:
    _, columns, rows = sheets[0]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_safe(value) for value in row])


def _safe(value: Cell) -> Cell:
    if not isinstance(value, str):
        return value
    text = legal_text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
