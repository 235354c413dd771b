"""The steps of a report as a page: tables, charts and empty fields, as they print on A4.

Holds how `assets.circle` data become components; the workbook draws the same data as sheets. What
stands in them is decided there.
"""

import math
from datetime import date
from decimal import Decimal
from typing import Any

from dash import html

from assets.circle.report import Chart, Circle, Column, Step, Table
from config import theme
from dashboards.layout import data
from dashboards.page_words import word
from dashboards.pages import charts, parts

# Numbers stand right.
_RIGHT = ("count", "number", "exact", "ratio", "percent", "money", "p")
_FORMS = {"count": ",.0f", "number": ",.1f", "exact": ",.2f", "ratio": ".2f", "p": ".4f"}
_COLOURS = {"rate": theme.PAPER_ACCENT, "centre": theme.PAPER_OK, "cumulative": theme.PAPER_WARN}
_LIMITS = ("lower", "upper")


def steps(report: Circle, lang: str) -> list[Any]:
    """Return every step of a report in its order, each beginning a printed page."""
    return [_step(one, lang) for one in report.steps]


def _step(step: Step, lang: str) -> Any:
    shown: list[Any] = [html.H2(f"{step.number} {step.title}")]
    for table in step.tables:
        shown += drawn(table, lang)
    for text in step.fields:
        shown += [html.H3(word("by_people", lang, what=text)), html.Div(className="write")]
    return html.Section(shown, className="step", **data(step=str(step.number)))


def drawn(table: Table, lang: str) -> list[Any]:
    """Return a table with its heading, its chart and what is said below it."""
    code = [html.Code(f" [{table.query}]")] if table.query else []
    shown: list[Any] = [html.H3([table.title, *code])]
    if table.chart is not None and table.rows:
        shown.append(_graph(table, table.chart))
    rows = [[_cell(column, row) for column in table.columns] for row in table.rows]
    numbers = [place for place, one in enumerate(table.columns) if one.kind in _RIGHT]
    shown.append(parts.table([one.title for one in table.columns], rows, numbers=numbers))
    if not table.rows:
        shown.append(html.P(word("nothing_here", lang)))
    shown += [html.P(note, className="note") for note in table.notes]
    for choices in table.choices.values():
        named = "、".join(choices) or word("none_proven", lang)
        shown.append(html.P(word("proven", lang, causes=named), className="note"))
    return shown


def _cell(column: Column, row: dict[str, Any]) -> Any:
    """Return a value as text; what people fill in is an empty box."""
    if column.kind == "blank":
        return html.Td(str(row.get(column.key) or ""), className="write")
    return text_of(column.kind, row.get(column.key))


def text_of(kind: str, value: Any) -> str:
    """Return a cell's value as the workbook's format shows it; nothing is a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "" if kind == "text" else "—"
    if isinstance(value, date) or not isinstance(value, int | float | Decimal):
        return str(value)
    if kind == "percent":
        return f"{value:.1%}"
    if kind == "money":
        return f"¥{value:,.2f}"
    return format(value, _FORMS[kind]) if kind in _FORMS else str(value)


def _graph(table: Table, chart: Chart) -> Any:
    """Return the chart of a table; a radar of what people fill in is room to draw it."""
    if chart.kind == "radar":
        return html.Div(className="write tall")
    names = {column.key: column.title for column in table.columns}
    labels = [str(row.get(chart.category, "")) for row in table.rows]
    bars = "" if chart.kind == "lines" else chart.series[0]
    over = chart.series[1:] if bars else chart.series
    lines = [
        charts.Line(
            names[key], _values(table, key), _COLOURS.get(key, theme.PAPER_BAD),
            is_dashed=key in _LIMITS, is_share=chart.kind == "pareto",
        )
        for key in over
    ]  # fmt: skip
    figure = charts.combined(
        labels, _values(table, bars) if bars else [], names[bars] if bars else "", lines
    )
    return html.Figure(charts.graph(figure, is_still=True), title=chart.title)


def _values(table: Table, key: str) -> list[float | None]:
    return [None if row.get(key) is None else float(row[key]) for row in table.rows]
