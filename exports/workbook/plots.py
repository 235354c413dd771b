"""Native charts of plain tables: Pareto with a cumulative line, bars, lines over time, radars.

Holds how they are drawn, with their points cached for readers that do not compute. Shares by clock
are drawn in `charts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.chart import BarChart, LineChart, RadarChart, Reference, Series
from openpyxl.chart.data_source import NumData, NumVal, StrRef
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties

from config import theme
from exports.workbook.charts import names_of, text_of
from exports.workbook.sheet import Sheet, quoted

_WIDTH, _HEIGHT = 24, 8.5  # cm
_THICK, _THIN = 22_225, 12_700  # EMU
_FEW_LABELS = 26


@dataclass(frozen=True)
class Plotted:
    """One series: its name, the number of its column, its values, its colour."""

    name: str
    column: int
    values: Sequence[float | None]
    colour: str
    is_dashed: bool = False
    number_format: str = "General"


@dataclass(frozen=True)
class Places:
    """Where the rows stand: first and last, and the words of the categories in column A."""

    first: int
    last: int
    categories: Sequence[str]


def bars(sheet: Sheet, series: Plotted, places: Places) -> BarChart:
    """Return a chart of one series of bars."""
    chart = BarChart()
    chart.type, chart.grouping, chart.gapWidth = "col", "clustered", 40
    made = _series(sheet, series, places)
    made.graphicalProperties = GraphicalProperties(solidFill=series.colour.lstrip("#"))
    chart.series = [made]
    return _dressed(chart, sheet, places)


def pareto(sheet: Sheet, amounts: Plotted, cumulative: Plotted, places: Places) -> BarChart:
    """Return bars of amounts with the line of cumulative shares on a second axis, 0 to 100 %."""
    chart = bars(sheet, amounts, places)
    line = lines(sheet, [cumulative], places)
    line.y_axis.axId = 200
    line.y_axis.scaling.min, line.y_axis.scaling.max = 0, 1
    line.y_axis.number_format, line.y_axis.majorUnit = "0%", 0.2
    line.y_axis.crosses, line.y_axis.majorGridlines = "max", None
    chart.y_axis.scaling.min = 0
    chart += line
    return chart


def lines(sheet: Sheet, series: Sequence[Plotted], places: Places) -> LineChart:
    """Return a chart of lines without markers; dashed ones are limits."""
    chart = LineChart()
    chart.series = []
    for one in series:
        made = _series(sheet, one, places)
        width = _THIN if one.is_dashed else _THICK
        line = LineProperties(solidFill=one.colour.lstrip("#"), w=width)
        line.prstDash = "dash" if one.is_dashed else None
        made.graphicalProperties = GraphicalProperties(ln=line)
        made.smooth = False
        made.marker.symbol = "none"
        chart.series.append(made)
    return _dressed(chart, sheet, places)


def radar(sheet: Sheet, series: Sequence[Plotted], places: Places) -> RadarChart:
    """Return a radar of scores that people fill in: it draws itself as they do."""
    chart = RadarChart()
    chart.type = "marker"
    chart.series = []
    for one in series:
        made = _series(sheet, one, places)
        made.graphicalProperties = GraphicalProperties(
            ln=LineProperties(solidFill=one.colour.lstrip("#"), w=_THICK)
        )
        chart.series.append(made)
    return _dressed(chart, sheet, places)


def _series(sheet: Sheet, one: Plotted, places: Places) -> Series:
    reference = Reference(sheet.ws, min_col=one.column, min_row=places.first, max_row=places.last)
    series = Series(reference)
    points = [
        NumVal(idx=place, v=str(value)) for place, value in enumerate(one.values)
        if value is not None
    ]  # fmt: skip
    series.val.numRef.numCache = NumData(
        formatCode=one.number_format, ptCount=len(one.values), pt=points
    )
    head = f"{quoted(sheet.name)}!${_letter(one.column)}${places.first - 1}"
    series.tx = SeriesLabel(strRef=StrRef(f=head, strCache=names_of([one.name])))
    return series


def _letter(column: int) -> str:
    return chr(ord("A") + column - 1)


def _dressed(chart: Any, sheet: Sheet, places: Places) -> Any:
    chart.title = None
    chart.set_categories(Reference(sheet.ws, min_col=1, min_row=places.first, max_row=places.last))
    for series in chart.series:
        where = series.cat.numRef.f
        series.cat.numRef = None
        series.cat.strRef = StrRef(f=where, strCache=names_of(places.categories))
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False
        axis.title = None
        axis.txPr = text_of()
    if len(places.categories) > _FEW_LABELS:
        chart.x_axis.tickLblSkip = 4
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(
        ln=LineProperties(solidFill=theme.PAPER_LINE.lstrip("#"))
    )
    chart.legend.position = "b"
    chart.legend.txPr = text_of()
    chart.width, chart.height = _WIDTH, _HEIGHT
    return chart
