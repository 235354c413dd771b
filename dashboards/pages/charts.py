"""Figures of the pages, in the colours of paper.

Holds plotly figures made of rows that are ready. The wall's figures are in `figures`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from dash import dcc

from assets.metrics import Metric, Statistic
from config import theme

_CONFIG: Any = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False}
_PERCENT = 100
PAPER_WIDTH, _PAPER_HEIGHT, _MOST_LABELS = 680, 300, 14
Values = Sequence[float | None]
# Beyond a year of months every third is named.
_YEAR = 12


def graph(figure: go.Figure, *, is_still: bool = False) -> Any:
    """Return a figure as a component; ``is_still``: to be printed, nothing answers the mouse."""
    config: Any = {**_CONFIG, "staticPlot": is_still}
    size = {"height": f"{figure.layout.height}px"}
    if figure.layout.width:
        size["width"] = f"{figure.layout.width}px"
    return dcc.Graph(figure=figure, config=config, className="chart", style=size)


@dataclass(frozen=True)
class Line:
    """One line with a value per category; a share, 0 to 1, has the right-hand scale."""

    name: str
    values: Values
    colour: str
    is_dashed: bool = False
    is_share: bool = False


def combined(
    labels: Sequence[str], bars: Values, bar_name: str, lines: Sequence[Line]
) -> go.Figure:
    """Draw bars with lines over them, as wide as A4 between its margins.

    Args:
        labels: words of the categories.
        bars: a value per category; empty for a chart of lines alone.
        bar_name: what they are.
        lines: drawn over them; gaps where a value is missing.
    """
    figure = blank()
    figure.update_layout(
        width=PAPER_WIDTH, height=_PAPER_HEIGHT, showlegend=True, hovermode=False,
        legend={"orientation": "h", "y": 1.15}, margin={"l": 56, "r": 50, "t": 30, "b": 70},
        yaxis2={"overlaying": "y", "side": "right", "range": [0, 1.05], "showgrid": False,
                "tickmode": "array", "tickvals": [0, 0.5, 1], "tickformat": ".0%"},
    )  # fmt: skip
    if bars:
        figure.add_bar(x=list(labels), y=list(bars), name=bar_name,
                       marker={"color": theme.PAPER_ACCENT})  # fmt: skip
    for line in lines:
        figure.add_scatter(
            x=list(labels), y=list(line.values), name=line.name, mode="lines",
            line={"color": line.colour, "width": 2, "dash": "dash" if line.is_dashed else "solid"},
            yaxis="y2" if line.is_share else "y",
        )  # fmt: skip
    figure.update_xaxes(type="category", nticks=_MOST_LABELS)
    figure.update_yaxes(rangemode="tozero")
    return figure


def blank() -> go.Figure:
    """Return an empty figure in the pages' style."""
    figure = go.Figure()
    figure.update_layout(
        paper_bgcolor=theme.PAPER,
        plot_bgcolor=theme.PAPER,
        font={"family": theme.FONT_STACK, "size": 14, "color": theme.PAPER_INK},
        margin={"l": 60, "r": 20, "t": 20, "b": 40},
        height=300,
        showlegend=False,
        hovermode="x unified",
    )
    figure.update_xaxes(gridcolor=theme.PAPER_LINE, linecolor=theme.PAPER_LINE)
    figure.update_yaxes(gridcolor=theme.PAPER_LINE, zerolinecolor=theme.PAPER_LINE)
    return figure


def scale_of(shape: Statistic) -> tuple[float, str]:
    """Return what a value is multiplied by on an axis, and the unit behind its ticks."""
    scale = {"percent": _PERCENT, "duration": 1 / 3600}.get(shape.format, 1)
    return scale, {"percent": "%", "duration": "h"}.get(shape.format, "")


def course(metric: Metric, rows: Sequence[Mapping[str, Any]], lang: str) -> go.Figure:
    """Draw the months of a statistic with their intervals; small samples hollow, gaps absent."""
    shape = metric.statistics[rows[0]["statistic"]]
    scale, unit = scale_of(shape)
    shown = [row for row in rows if row["value"] is not None]
    days = [row["period_start"] for row in shown]
    values = [row["value"] * scale for row in shown]
    figure = blank()
    bounds = [
        (row["hi"] is not None and row["lo"] is not None, row["lo"], row["hi"]) for row in shown
    ]
    figure.add_scatter(
        x=days,
        y=values,
        mode="lines+markers",
        name=shape.text(lang),
        line={"color": theme.PAPER_ACCENT, "width": 2},
        marker={
            "symbol": ["circle" if row["state"] == "ok" else "circle-open" for row in shown],
            "size": 8,
            "color": theme.PAPER_ACCENT,
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [(hi * scale - value) if has else 0
                      for (has, _, hi), value in zip(bounds, values, strict=True)],
            "arrayminus": [(value - lo * scale) if has else 0
                           for (has, lo, _), value in zip(bounds, values, strict=True)],
            "color": theme.PAPER_OK,
            "thickness": 1,
        },
    )  # fmt: skip
    figure.update_yaxes(ticksuffix=unit, rangemode="tozero")
    figure.update_xaxes(tickformat="%Y-%m", dtick="M3" if len(days) > _YEAR else "M1")
    return figure
