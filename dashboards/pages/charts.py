"""Figures of the pages, in the colours of paper.

Holds plotly figures made of rows that are ready. The wall's figures are in `figures`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from dash import dcc

from assets.metrics import Metric
from config import theme

_CONFIG: Any = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False}
_PERCENT = 100
# Beyond a year of months every third is named.
_YEAR = 12


def graph(figure: go.Figure, name: str = "") -> Any:
    """Return a figure as a component."""
    return dcc.Graph(figure=figure, config=_CONFIG, className="chart", id=name or "chart")


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


def course(metric: Metric, rows: Sequence[Mapping[str, Any]], lang: str) -> go.Figure:
    """Draw the months of a statistic with their intervals; small samples hollow, gaps absent."""
    shape = metric.statistics[rows[0]["statistic"]]
    scale = {"percent": _PERCENT, "duration": 1 / 3600}.get(shape.format, 1)
    unit = {"percent": "%", "duration": "h"}.get(shape.format, "")
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
