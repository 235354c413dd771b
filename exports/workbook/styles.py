"""How cells look: fonts, fills, lines and number formats, all from the one theme.

Holds the looks that sheets name and turns them into openpyxl styles once each. Colours and the
formats of metrics live in `config.theme`; widths and page set-up in `sheet`.
"""

from dataclasses import dataclass, replace
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from config import theme

FONT = "微软雅黑"
TEXT = "@"
MONEY = "#,##0.00"
PRICE = "#,##0.00####"
QUANTITY = "#,##0.###"
COUNT = "#,##0"
FLOW = '0;-0;"-"'
DATE = "yyyy-mm-dd"
DATETIME = "yy-mm-dd hh:mm"
DURATION = "[h]:mm"
PERCENT = theme.excel_format("percent")
CHANGE = "+0.0%;-0.0%;0.0%"
POINTS = '+0.0"pp";-0.0"pp";0.0"pp"'


def argb(colour: str) -> str:
    """Return `#RRGGBB` as openpyxl wants it."""
    return f"FF{colour.lstrip('#')}"


@dataclass(frozen=True)
class Look:
    """What a cell looks like, number format included. Colours are `#RRGGBB`."""

    size: float = 9
    is_bold: bool = False
    colour: str = theme.PAPER_INK
    fill: str = ""
    align: str = "left"
    is_wrapped: bool = False
    has_lines: bool = True
    has_top_line: bool = False
    number_format: str = "General"
    is_quoted: bool = False

    def with_format(self, number_format: str) -> "Look":
        """Return the look with another number format."""
        return replace(self, number_format=number_format)

    def bold(self) -> "Look":
        """Return the look in bold."""
        return replace(self, is_bold=True)

    def quoted(self) -> "Look":
        """Return the look that keeps a text a text when somebody edits the cell."""
        return replace(self, is_quoted=True)


PLAIN = Look()
WRAPPED = Look(is_wrapped=True)
CENTRED = Look(align="center")
RIGHT = Look(align="right")
TITLE = Look(size=16, is_bold=True, colour=theme.PAPER_HEAD, align="centerContinuous",
             has_lines=False)  # fmt: skip
NOTE = Look(colour=theme.PAPER_DIM, has_lines=False)
DEMO = Look(colour=theme.PAPER_BAD, is_bold=True, has_lines=False)
UNIT = Look(colour=theme.PAPER_DIM, has_lines=False, align="right")
HEAD = Look(is_bold=True, colour=theme.PAPER, fill=theme.PAPER_HEAD, align="center",
            is_wrapped=True)  # fmt: skip
TOTAL = Look(is_bold=True, fill=theme.PAPER_BAND, has_top_line=True)
TOTAL_RIGHT = Look(is_bold=True, fill=theme.PAPER_BAND, has_top_line=True, align="right")
LINK = Look(colour=theme.PAPER_ACCENT)
SUBTITLE = Look(size=11, is_bold=True, has_lines=False)
SIGN = Look(size=10, has_lines=False)

_LINE = Side(style="thin", color=argb(theme.PAPER_LINE))
_STRONG = Side(style="medium", color=argb(theme.PAPER_HEAD))


class Styles:
    """Every look of one workbook as an openpyxl style, made once."""

    def __init__(self, workbook: Workbook) -> None:
        """Set the workbook's own font, which column widths are measured in."""
        self._made: dict[Look, Any] = {}
        normal = workbook._named_styles["Normal"]
        normal.font = Font(name=FONT, size=10, color=argb(theme.PAPER_INK))
        normal.bind(workbook)

    def apply(self, cell: Cell, look: Look) -> None:
        """Give a cell its look."""
        if look not in self._made:
            self._make(cell, look)
            self._made[look] = cell._style
        cell._style = self._made[look]

    @staticmethod
    def _make(cell: Cell, look: Look) -> None:
        cell.font = Font(
            name=FONT, size=look.size, bold=look.is_bold, color=argb(look.colour), family=2
        )
        indent = 1 if look.has_lines and look.align == "left" else 0
        cell.alignment = Alignment(
            horizontal=look.align, vertical="center", wrap_text=look.is_wrapped, indent=indent
        )
        if look.fill:
            cell.fill = PatternFill("solid", fgColor=argb(look.fill))
        if look.has_lines:
            cell.border = Border(
                left=_LINE, right=_LINE, top=_STRONG if look.has_top_line else _LINE, bottom=_LINE
            )
        cell.number_format = look.number_format
        cell.quotePrefix = look.is_quoted
