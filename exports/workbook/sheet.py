"""A sheet as a ledger: title, columns, rows from top to bottom, page set-up.

Holds how values become cells and how a sheet prints. Which columns and rows a sheet has is decided
by its own module; how a cell looks is in `styles`, how bytes are written in `writer`.
"""

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties

from config.errors import StateError
from exports.workbook import styles
from exports.workbook.styles import Look
from exports.workbook.writer import CachedWriter, FormulaCell, Scalar, clean_text

HEAD_ROW = 4
FIRST_ROW = HEAD_ROW + 1
MAX_ROWS = 1_048_000
_A4 = 9
_LINE_HEIGHT = 13.0
_PADDING = 1.5
_MAX_WIDTH = 28.0
_ROW_HEIGHT = 16.5
_TITLE_HEIGHT = 30.0
_CM = 1 / 2.54
# A leading one of these makes a formula of a text in Excel, or in a CSV made of it.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Formula:
    """A live formula with the value that it must give, computed from the same rows."""

    text: str
    cached: Scalar


@dataclass(frozen=True)
class Link:
    """A text that leads to another sheet."""

    text: str
    sheet: str


@dataclass(frozen=True)
class Styled:
    """A value that looks different from its column."""

    value: Any
    look: Look


@dataclass(frozen=True)
class Column:
    """One column: key, heading, width in digits (a Chinese character takes two), look."""

    key: str
    title: str
    width: float
    look: Look = styles.WRAPPED


def text_width(text: str) -> int:
    """Return how many digits wide a text is: Chinese characters count two."""
    return sum(2 if unicodedata.east_asian_width(char) in "FWA" else 1 for char in text)


class Sheet:
    """One worksheet, written from top to bottom; `row` is the next row's number."""

    def __init__(self, book: Any, name: str, title: str, columns: Sequence[Column]) -> None:
        """Set widths, frozen panes and page before the first row is written.

        Args:
            book: the `book.Book` that the sheet belongs to.
            name: sheet name, also the title of its printed pages.
            title: heading of the sheet.
            columns: from left to right.
        """
        self.book, self.name, self.title, self.columns = book, name, title, tuple(columns)
        self.ws = book.workbook[name]
        self.row = 1
        self.data_count = 0
        self.printed = len(self.columns)
        self._set_page()
        self.fit([])

    def _set_page(self) -> None:
        ws, words = self.ws, self.book.words
        ws.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        ws.sheet_view.showGridLines = False
        ws.page_setup.paperSize = _A4
        ws.page_setup.orientation = "landscape"
        ws.page_setup.fitToWidth = 1
        ws.page_setup.fitToHeight = 0
        ws.print_options.horizontalCentered = True
        margins = {"left": 1.2, "right": 1.2, "top": 1.8, "bottom": 1.6, "header": 0.8,
                   "footer": 0.8}  # fmt: skip
        for side, centimetres in margins.items():
            setattr(ws.page_margins, side, round(centimetres * _CM, 4))
        owner = self.book.owner.replace("&", "&&")
        ws.oddHeader.left.text = owner
        ws.oddHeader.right.text = f"{self.book.period_text}{self.book.demo_mark}"
        ws.oddFooter.left.text = "&A"
        ws.oddFooter.center.text = words("第 &P 页 共 &N 页", "Page &P of &N")
        ws.oddFooter.right.text = words("打印日期 &D", "Printed &D")

    def fit(self, rows: Iterable[Sequence[Any]]) -> None:
        """Widen columns of text to their longest text, within reason; before the first row."""
        widest = [column.width for column in self.columns]
        for row in rows:
            for place, (column, value) in enumerate(zip(self.columns, row, strict=False)):
                if isinstance(value, str) and column.look.align == "left":
                    widest[place] = max(widest[place], text_width(value) + _PADDING)
        self.columns = tuple(
            replace(column, width=max(column.width, min(width, _MAX_WIDTH)))
            for column, width in zip(self.columns, widest, strict=True)
        )
        for number, column in enumerate(self.columns, start=1):
            self.ws.column_dimensions[get_column_letter(number)].width = column.width

    def _start(self) -> None:
        if self.row == 1:
            self.ws._writer = CachedWriter(self.ws)
            self.ws._writer.write_top()

    # -- rows ---------------------------------------------------------------------------------

    def add(self, values: Sequence[Any], looks: Look | None = None, height: float = 0) -> int:
        """Append one row and return its number.

        Args:
            values: one per column; text, numbers, dates, `Formula`, `Link`, `Styled` or None.
            looks: one look for all cells, the columns' own by default.
            height: points; by default what the longest wrapped text needs.

        Raises:
            StateError: more rows than a sheet holds.
        """
        if self.row > MAX_ROWS:
            raise StateError(
                f"工作表「{self.name}」超过 {MAX_ROWS} 行,无法写入一个工作表。",
                "请缩小范围后再导出。",
            )
        self._start()
        look_of = [looks or column.look for column in self.columns]
        look_of += [looks or styles.PLAIN] * (len(values) - len(look_of))
        pairs = list(zip(values, look_of, strict=False))
        self.ws.row_dimensions[self.row].height = height or self._height(pairs)
        self.ws.append([self._cell(value, look) for value, look in pairs])
        self.row += 1
        return self.row - 1

    def _height(self, pairs: Sequence[tuple[Any, Look]]) -> float:
        lines = 1
        for column, (value, look) in zip(self.columns, pairs, strict=False):
            shown = value.value if isinstance(value, Styled) else value
            wraps = value.look.is_wrapped if isinstance(value, Styled) else look.is_wrapped
            if wraps and isinstance(shown, str):
                room = max(column.width - _PADDING, 1)
                need = sum(max(1, math.ceil(text_width(line) / room)) for line in shown.split("\n"))
                lines = max(lines, need)
        return _ROW_HEIGHT + (lines - 1) * _LINE_HEIGHT

    def _cell(self, value: Any, look: Look) -> Cell:
        if isinstance(value, Styled):
            value, look = value.value, value.look
        if isinstance(value, Formula):
            cell = FormulaCell(self.ws, value.text, value.cached)
        elif isinstance(value, Link):
            cell = self._text_cell(value.text)
            cell._hyperlink = Hyperlink(ref="", location=f"{quoted(value.sheet)}!A1")
        elif isinstance(value, str) and value:
            cell = self._text_cell(value)
            # as it is written: what stood before the sign may be gone
            if str(cell.value).startswith(_RISKY):
                look = look.quoted()
        else:
            cell = WriteOnlyCell(self.ws, value if value != "" else None)
        self.book.styles.apply(cell, look)
        return cell

    def _text_cell(self, text: str) -> Cell:
        cell = WriteOnlyCell(self.ws, clean_text(text))
        cell.data_type = "s"  # a leading = stays text
        return cell

    def heading(self, unit: str = "", freeze: str = "A") -> None:
        """Write what every printed page repeats: title, period, column heads; freeze them.

        Args:
            unit: stands at the right above the table.
            freeze: the first column that scrolls.
        """
        self.ws.freeze_panes = f"{freeze}{FIRST_ROW}"
        count = self.printed
        self.add([self.title, *[""] * (count - 1)], styles.TITLE, _TITLE_HEIGHT)
        left = f"{self.book.owner} · {self.book.period_text}{self.book.demo_mark}"
        look = styles.DEMO if self.book.demo_mark else styles.NOTE
        blanks = [Styled("", styles.NOTE)] * (count - 2)
        self.add([Styled(left, look), *blanks, Styled(unit, styles.UNIT)])
        self.gap(6)
        self.heads([column.title for column in self.columns])
        self.ws.print_title_rows = f"1:{HEAD_ROW}"

    def heads(self, titles: Sequence[str]) -> int:
        """Write a row of column heads and return its number."""
        return self.add(list(titles), styles.HEAD)

    def data(self, rows: Sequence[Sequence[Any]], empty: str) -> tuple[int, int]:
        """Write the rows of the main table with a filter; return first and last row number.

        Without rows one line says so: ranges over the table stay valid.
        """
        first = self.row
        for row in rows:
            self.add(row)
        self.data_count = len(rows)
        if not rows:
            self.add([Styled(empty, styles.PLAIN), *[None] * (len(self.columns) - 1)])
        last = self.row - 1
        right = get_column_letter(len(self.columns))
        self.ws.auto_filter.ref = f"A{first - 1}:{right}{last}"
        return first, last

    def gap(self, height: float = 10) -> None:
        """Leave an empty row."""
        self.add([Styled("", styles.NOTE)], height=height)

    def note(self, text: str, look: Look = styles.NOTE) -> None:
        """Write one line of text below a table."""
        self.add([text], look)

    def prints_to(self, key: str) -> None:
        """Leave the columns behind one unprinted: paper is narrower than a screen."""
        self.printed = [column.key for column in self.columns].index(key) + 1

    def sign(self) -> None:
        """Write the line for signatures and close the print area."""
        self.gap()
        words = self.book.words
        line = words(
            "制表:____________    审核:____________    负责人:____________    日期:____________",
            "Prepared: __________    Reviewed: __________    Head: __________    Date: __________",
        )
        self.add([line], styles.SIGN)
        right = get_column_letter(self.printed)
        self.ws.print_area = f"A1:{right}{self.row - 1}"

    # -- references ---------------------------------------------------------------------------

    def letter(self, key: str) -> str:
        """Return the letter of a column."""
        keys = [column.key for column in self.columns]
        return str(get_column_letter(keys.index(key) + 1))

    def range(self, key: str, first: int, last: int) -> str:
        """Return the absolute reference of a column's rows."""
        letter = self.letter(key)
        return f"{quoted(self.name)}!${letter}${first}:${letter}${last}"

    def name_columns(self, names: Mapping[str, str], first: int, last: int) -> None:
        """Define workbook names for columns: key → name."""
        for key, name in names.items():
            if key in [column.key for column in self.columns]:
                self.book.define(name, self.range(key, first, last))


def quoted(sheet: str) -> str:
    """Return a sheet's name as formulas write it."""
    return "'" + sheet.replace("'", "''") + "'"


def day_fraction(seconds: int | float | Decimal) -> float:
    """Return seconds as a cell holds a duration: days."""
    return float(seconds) / 86_400


def serial(day: date | datetime) -> int:
    """Return a date as the number that a cell holds."""
    return day.toordinal() - date(1899, 12, 30).toordinal()
