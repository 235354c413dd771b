"""Steps of plain tables as sheets: one sheet a step, with charts, empty fields and choices.

Holds how `assets.circle` data become cells. What stands in them is decided there; cells, pages and
looks are those of every workbook of ours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break

from assets.circle.report import Chart, Circle, Step, Table
from assets.snapshots import Snapshot
from config import theme
from exports.workbook import plots, styles
from exports.workbook.sheet import Column, Formula, Sheet, Styled, quoted, text_width
from exports.workbook.styles import CENTRED, RIGHT, WRAPPED, Look, Styles
from exports.workbook.words import Words

_LOOKS: dict[str, Look] = {
    "text": WRAPPED,
    "count": RIGHT.with_format(styles.COUNT),
    "number": RIGHT.with_format("#,##0.0"),
    "exact": RIGHT.with_format("#,##0.00#"),
    "ratio": RIGHT.with_format("0.00"),
    "percent": RIGHT.with_format(styles.PERCENT),
    "money": RIGHT.with_format(styles.MONEY),
    "date": CENTRED.with_format(styles.DATE),
    "p": RIGHT.with_format("0.0000"),
    "blank": Look(fill=theme.PAPER_BAND, is_wrapped=True),
}
# What the longest note takes, in digits.
_LEAST_LINE = 96.0
_CHART_ROWS, _NARROW, _WIDE, _MARK_WIDTH = 15, 9.0, 30.0, 4.0
_CHART_WIDTH, _CM_PER_DIGIT = 24.0, 0.19
_FIRST_ROWS, _LONG = 4, 20
_LIMITS = ("lower", "upper")
_KEY = Look(size=10, colour=theme.PAPER_DIM, fill=theme.PAPER_BAND)


@dataclass
class StepBook:
    """A write-only workbook of steps, with what the sheets share (see `book.Book`)."""

    report: Circle
    words: Words
    snapshot: Snapshot
    hospital: str
    as_of_text: str
    rules_version: str
    version: int
    names: Sequence[str]
    workbook: Workbook = field(init=False)
    styles: Styles = field(init=False)

    def __post_init__(self) -> None:
        """Create the sheets, empty, in order."""
        self.workbook = Workbook(write_only=True)
        self.styles = Styles(self.workbook)
        for name in self.names:
            self.workbook.create_sheet(name)
        properties = self.workbook.properties
        properties.creator = properties.lastModifiedBy = "OpsPulse 运维脉搏"
        properties.title = f"{self.owner} {self.report.title}"
        properties.language = self.words("zh-CN", "en-US")

    @property
    def owner(self) -> str:
        """Hospital and department."""
        return self.hospital

    @property
    def period_text(self) -> str:
        """First and last day."""
        return f"{self.report.start} — {self.report.end - timedelta(days=1)}"

    @property
    def demo_mark(self) -> str:
        """What every page of a demo says, empty otherwise."""
        if not self.snapshot.is_demo:
            return ""
        return f" 「{theme.DEMO_WORDS[self.words.lang]}」"

    def define(self, name: str, reference: str) -> None:
        """Give a range a name."""
        self.workbook.defined_names[name] = DefinedName(name, attr_text=reference)


def write_steps(book: StepBook) -> None:
    """Write the cover and one sheet a step."""
    _cover(book)
    for step, name in zip(book.report.steps, book.names[1:], strict=True):
        _step(book, step, name)


def _cover(book: StepBook) -> None:
    w, report, snapshot = book.words, book.report, book.snapshot
    columns = [Column("key", "", 26, _KEY), Column("value", "", 78, WRAPPED)]
    sheet = Sheet(book, book.names[0], report.title, columns)
    sheet.gap(30)
    sheet.add([report.title, ""], styles.TITLE, 40)
    sheet.gap(16)
    facts = [
        (w("单位", "Owner"), book.owner),
        (w("范围", "Scope"), report.scope),
        (w("期间", "Period"), book.period_text),
        (w("版本", "Version"), f"v{book.version}"),
        (w("数据截至", "Data as of"), book.as_of_text),
        (w("快照编号", "Snapshot"), snapshot.id),
        (w("快照内容校验值", "Snapshot hash"), snapshot.content_hash),
        (w("规则版本", "Rules"), book.rules_version),
        (w("说明", "Note"), w("底色格由人填写;表名后的编号与快照编号合起来可复现每个数字。",
                              "Shaded cells are for people; ids behind titles name the query.")),
    ]  # fmt: skip
    if snapshot.is_demo:
        facts.insert(0, (w("注意", "Mind"), book.demo_mark.strip()))
    for key, value in facts:
        sheet.add([key, value], height=0)
    sheet.gap(20)
    circle = (w("圈长", "Leader"), w("辅导员", "Adviser"), w("批准人", "Approved by"))
    for who in report.signers or circle:
        sheet.add([who, Styled("", _LOOKS["blank"])], height=30)
    sheet.ws.print_area = f"A1:B{sheet.row - 1}"


def _step(book: StepBook, step: Step, name: str) -> None:
    widths = _widths(step.tables)
    columns = [Column(f"c{n}", "", width, WRAPPED) for n, width in enumerate(widths)]
    sheet = Sheet(book, name, f"{step.number} {step.title}", columns)
    count = len(columns)
    sheet.add([sheet.title, *[""] * (count - 1)], styles.TITLE, 30)
    look = styles.DEMO if book.demo_mark else styles.NOTE
    sheet.add([Styled(f"{book.owner} · {book.period_text}{book.demo_mark}", look)])
    sheet.ws.print_title_rows = "1:2"
    for table in step.tables:
        sheet.gap(8)
        _table(sheet, table)
    for text in step.fields:
        sheet.gap(8)
        sheet.note(book.words(f"{text}(由人填写)", f"{text} (for people)"), styles.SUBTITLE)
        sheet.add([Styled("", _LOOKS["blank"])] * count, height=48)
    sheet.sign()


def _widths(tables: Sequence[Table]) -> list[float]:
    """Return widths that suit every table of a sheet, and together at least a line of text."""
    widths = [_NARROW] * max([2, *(len(table.columns) for table in tables)])
    for table in tables:
        for place, column in enumerate(table.columns):
            if len(column.title) <= 2 and column.title.isdigit():  # noqa: PLR2004 - weeks
                widths[place] = max(_MARK_WIDTH, 0 if len(tables) == 1 else widths[place])
                continue
            texts = [row.get(column.key) for row in table.rows]
            longest = max(
                [text_width(column.title), *(text_width(t) for t in texts if isinstance(t, str))]
            )
            widths[place] = max(widths[place], min(longest + 2.0, _WIDE))
            if column.kind in ("date", "money"):
                widths[place] = max(widths[place], 12.0)
    # titles and notes run over the columns: beyond the last one they would not be printed
    missing = _LEAST_LINE - sum(widths)
    return [*widths, missing] if missing > 0 else widths


def _table(sheet: Sheet, table: Table) -> None:
    is_drawn = table.chart is not None and bool(table.rows)
    if is_drawn and sheet.row > _FIRST_ROWS:
        # a chart on two pages cannot be read
        sheet.ws.row_breaks.append(Break(id=sheet.row - 1))
    title = f"{table.title}  [{table.query}]" if table.query else table.title
    sheet.note(title, styles.SUBTITLE)
    # a long table follows its chart, a short one stands above it
    is_long = len(table.rows) > _LONG
    anchor = _room(sheet) if is_drawn and is_long else 0
    sheet.heads([column.title for column in table.columns])
    first = sheet.row
    for row in table.rows:
        sheet.add([_cell(sheet, table, column.key, row) for column in table.columns])
    if not table.rows:
        words = sheet.book.words("本期没有。", "None in this period.")
        sheet.add([Styled(words, WRAPPED)])
    last = sheet.row - 1
    for note in table.notes:
        sheet.note(note)
    for key, choices in table.choices.items():
        _choices(sheet, table, key, choices, (first, last))
    if table.chart is not None and is_drawn:
        drawn = _chart(sheet, table, table.chart, first, last)
        sheet.ws.add_chart(drawn, f"A{anchor or _room(sheet)}")


def _room(sheet: Sheet) -> int:
    """Leave room for a chart and return its first row."""
    sheet.gap(6)
    for _ in range(_CHART_ROWS):
        sheet.gap(18)
    return sheet.row - _CHART_ROWS


def _cell(sheet: Sheet, table: Table, key: str, row: dict[str, Any]) -> Styled:
    place = [column.key for column in table.columns].index(key)
    column = table.columns[place]
    value = row.get(key)
    if isinstance(value, float) and math.isnan(value):
        value = None
    look = _LOOKS[column.kind]
    if key == "total" and column.kind == "blank":
        return Styled(_total(sheet, table, place), look)
    if key == "target" and table.key == "target":
        return Styled(_target(sheet, row), look)
    if value is None and column.kind != "blank":
        return Styled("—" if column.kind != "text" else "", look)
    return Styled(_plain(value), look)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | Decimal | date) else value or ""


def _total(sheet: Sheet, table: Table, place: int) -> Formula:
    """Return the sum of the blank columns before the total."""
    start = place
    while start > 0 and table.columns[start - 1].kind == "blank":
        start -= 1
    left, right = get_column_letter(start + 1), get_column_letter(place)
    return Formula(f"=SUM({left}{sheet.row}:{right}{sheet.row})", 0)


def _target(sheet: Sheet, row: dict[str, Any]) -> Formula:
    """Return 目标值 as a live formula; empty until somebody enters 圈能力."""
    n = sheet.row
    cached = row["target"] if row.get("target") is not None else ""
    return Formula(
        f'=IF(OR(A{n}="",NOT(ISNUMBER(A{n})),C{n}=""),"",ROUND(A{n}-A{n}*B{n}*C{n},3))', cached
    )


def _choices(
    sheet: Sheet, table: Table, key: str, choices: Sequence[str], rows: tuple[int, int]
) -> None:
    """Let a column take nothing but what is listed below the table."""
    letter = get_column_letter([column.key for column in table.columns].index(key) + 1)
    sheet.gap(6)
    words = sheet.book.words
    sheet.note(words("可选的真因(结论为成立):", "Proven causes:"), styles.SUBTITLE)
    first = sheet.row
    for choice in choices or (words("无", "none"),):
        sheet.add([Styled(choice, WRAPPED)])
    source = f"{quoted(sheet.name)}!$A${first}:$A${sheet.row - 1}"
    rule = DataValidation(
        type="list", formula1=source, allow_blank=True, showErrorMessage=True,
        errorTitle=words("只能选成立的真因", "Proven causes only"),
        error=words("请先完成真因验证。", "Verify the cause first."),
    )  # fmt: skip
    rule.add(f"{letter}{rows[0]}:{letter}{rows[1]}")
    sheet.ws.data_validations.append(rule)


def _chart(sheet: Sheet, table: Table, chart: Chart, first: int, last: int) -> Any:
    """Return a table's chart, no wider than the printed columns."""
    keys = [column.key for column in table.columns]
    places = plots.Places(first, last, [str(row.get(chart.category, "")) for row in table.rows])

    def plotted(key: str, colour: str, *, is_dashed: bool = False, form: str = "General") -> Any:
        values = [None if row.get(key) is None else float(row[key]) for row in table.rows]
        column = keys.index(key)
        return plots.Plotted(
            table.columns[column].title, column + 1, values, colour, is_dashed, form
        )

    if chart.kind == "pareto":
        drawn = plots.pareto(
            sheet, plotted(chart.series[0], theme.PAPER_ACCENT),
            plotted(chart.series[1], theme.PAPER_WARN, form="0%"), places,
        )  # fmt: skip
    elif chart.kind == "bars":
        drawn = plots.bars(sheet, plotted(chart.series[0], theme.PAPER_ACCENT), places)
    elif chart.kind == "radar":
        colours = dict(zip(chart.series, (theme.PAPER_OK, theme.PAPER_ACCENT), strict=True))
        drawn = plots.radar(
            sheet, [plotted(key, colour) for key, colour in colours.items()], places
        )
    else:
        colours = {"rate": theme.PAPER_ACCENT, "centre": theme.PAPER_OK}
        drawn = plots.lines(
            sheet,
            [
                plotted(key, colours.get(key, theme.PAPER_BAD), is_dashed=key in _LIMITS)
                for key in chart.series
            ],
            places,
        )
    drawn.width = min(_CHART_WIDTH, _CM_PER_DIGIT * sum(one.width for one in sheet.columns))
    return drawn
