"""Colours, shapes, words and number formats that wall, pages and workbooks share.

Holds constants only: what a state looks like, which colour says what, and the Excel format of each
registry format. Layout and CSS live in `dashboards`, sheet styles in `exports`, how a number
becomes text in `assets.metrics`. Every colour of text stands at least 7:1 against the wall's panel,
dark or light (it is read from six metres), the paper colours at least 4.5:1 against ``PAPER``.
"""

from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]

BG = "#0B1620"
PANEL = "#11202D"
LINE = "#1D3242"
GRID = "#18303F"
INK = "#E8F0F5"
DIM = "#A9BECB"
ACCENT = "#56B4E9"
OK = "#9DB4C3"
WARN = "#E6A23C"
BAD = "#FF8A70"
BAND = "#16303F"
REFERENCE = "#6B8CA1"

# The same wall in a bright lobby, by the names of the colours above.
LIGHT = {
    "BG": "#F1F5F8",
    "PANEL": "#FFFFFF",
    "LINE": "#C3D0D9",
    "GRID": "#DBE4EA",
    "INK": "#14212B",
    "DIM": "#384A57",
    "ACCENT": "#07548A",
    "OK": "#3C5163",
    "WARN": "#7A4600",
    "BAD": "#9C2A12",
    "BAND": "#E1EBF2",
    "REFERENCE": "#7C93A3",
}

# Paper: the same hues, dark enough to be read in print.
PAPER = "#FFFFFF"
PAPER_INK = "#14212B"
PAPER_DIM = "#4A5F6D"
PAPER_LINE = "#C9D5DD"
PAPER_HEAD = "#11324A"
PAPER_BAND = "#EEF3F6"
PAPER_ACCENT = "#0B6BA8"
PAPER_OK = "#5B7385"
PAPER_WARN = "#A05E00"
PAPER_BAD = "#C0391B"

FONT_STACK = (
    '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC",'
    '"Microsoft YaHei","PingFang SC",sans-serif'
)


@dataclass(frozen=True)
class StateStyle:
    """How a state is told: never by colour alone."""

    shape: str
    zh: str
    en: str
    colour: str
    paper_colour: str

    def word(self, lang: str) -> str:
        """Return the state's word, Chinese unless ``en``."""
        return self.en if lang == "en" else self.zh

    def text(self, lang: str) -> str:
        """Return shape and word."""
        return f"{self.shape} {self.word(lang)}"


STATE_SHAPES = {
    "ok": StateStyle("●", "正常", "normal", OK, PAPER_OK),
    "warn": StateStyle("▲", "预警", "warning", WARN, PAPER_WARN),
    "bad": StateStyle("■", "超时", "overdue", BAD, PAPER_BAD),
    "no_data": StateStyle("◆", "无数据", "no data", DIM, PAPER_DIM),
}
DEMO_WORDS = {"zh": "演示数据", "en": "Demo data"}

_DECIMALS = {0: "#,##0", 1: "#,##0.0", 2: "#,##0.00"}
# The cell of a percentage holds the share, that of a duration days: seconds / SECONDS_PER_CELL_DAY.
EXCEL_FORMATS = {
    "count": "#,##0",
    "number": "#,##0.00",
    "percent": "[>=1]0.0%;[>0.995]0.00%;0.0%",
    "pct": '0.000"%"',
    "duration": '[>=2]0.0"天";[h]:mm',
    "money": '"¥"#,##0.00',
}
SECONDS_PER_CELL_DAY = 86_400


def excel_format(format_name: str, precision: int = 2) -> str:
    """Return the Excel number format of a registry format, as `format_value` writes it.

    Args:
        format_name: a statistic's ``format``.
        precision: its ``precision``; plain numbers show at most two decimals.

    Raises:
        KeyError: a format that the registry does not know.
    """
    if format_name == "number":
        return _DECIMALS[min(precision, 2)]
    return EXCEL_FORMATS[format_name]
