"""Native charts in the theme's colours, which carry their points for readers that do not compute.

Holds how a chart is drawn. Which cells it shows is decided by the sheet that places it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.data_source import NumData, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RichTextProperties,
)

from config import theme
from exports.workbook import styles
from exports.workbook.sheet import HEAD_ROW, Sheet, quoted

_WIDTH, _HEIGHT = 28, 8.5  # cm
_POINTS = 9


@dataclass(frozen=True)
class Bars:
    """One series: the column's key, its values from top to bottom, its colour."""

    key: str
    values: Sequence[float]
    colour: str


def text_of() -> RichText:
    """Return how every word of a chart is written."""
    font = Font(typeface=styles.FONT)
    look = CharacterProperties(
        sz=_POINTS * 100, latin=font, ea=font, solidFill=theme.PAPER_INK.lstrip("#")
    )
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)
    return RichText(bodyPr=RichTextProperties(), p=[paragraph])


def names_of(texts: Sequence[str]) -> StrData:
    """Return texts as a chart caches them."""
    points = [StrVal(idx=place, v=text) for place, text in enumerate(texts)]
    return StrData(ptCount=len(points), pt=points)


def _series(sheet: Sheet, bars: Bars, first: int, last: int) -> Series:
    number = [column.key for column in sheet.columns].index(bars.key)
    reference = Reference(sheet.ws, min_col=number + 1, min_row=first, max_row=last)
    series = Series(reference)
    points = [NumVal(idx=place, v=str(value)) for place, value in enumerate(bars.values)]
    series.val.numRef.numCache = NumData(formatCode="0.0%", ptCount=len(points), pt=points)
    head = f"{quoted(sheet.name)}!${sheet.letter(bars.key)}${HEAD_ROW}"
    title = names_of([sheet.columns[number].title])
    series.tx = SeriesLabel(strRef=StrRef(f=head, strCache=title))
    series.graphicalProperties = GraphicalProperties(solidFill=bars.colour.lstrip("#"))
    series.graphicalProperties.line = LineProperties(noFill=True)
    series.dLbls = DataLabelList(
        showVal=True, showSerName=False, showCatName=False, showLegendKey=False, numFmt="0.0%"
    )
    series.dLbls.txPr = text_of()
    return series


def share_bars(
    sheet: Sheet, bars: Sequence[Bars], categories: Sequence[str], first: int, last: int
) -> BarChart:
    """Return a chart of shares, 0 to 100 %, grouped by the categories in column A.

    Args:
        sheet: where the cells stand.
        bars: the series.
        categories: the words in column A, rows `first` to `last`.
        first: first row.
        last: last row.
    """
    chart = BarChart()
    chart.type, chart.grouping, chart.gapWidth, chart.overlap = "col", "clustered", 80, -10
    chart.title = None
    chart.series = [_series(sheet, entry, first, last) for entry in bars]
    chart.set_categories(Reference(sheet.ws, min_col=1, min_row=first, max_row=last))
    for series in chart.series:
        where = series.cat.numRef.f
        series.cat.numRef = None
        series.cat.strRef = StrRef(f=where, strCache=names_of(categories))
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False
        axis.title = None
        axis.txPr = text_of()
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.y_axis.majorUnit = 0.2
    chart.y_axis.number_format = "0%"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(
        ln=LineProperties(solidFill=theme.PAPER_LINE.lstrip("#"))
    )
    chart.legend.position = "b"
    chart.legend.txPr = text_of()
    chart.width, chart.height = _WIDTH, _HEIGHT
    return chart
