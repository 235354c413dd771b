"""Figures of 趋势: the course of one statistic with its interval band and control limits.

Holds one plotly figure made of rows that are ready.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from assets.metric_control import Control
from assets.metrics import Metric
from config import theme
from dashboards.pages import charts

_HEIGHT, _HIGH = 240, 0.9
_BAND = "rgba(11, 107, 168, 0.14)"  # the accent, faint


def small(metric: Metric, rows: Sequence[Mapping[str, Any]], found: Control | None) -> go.Figure:
    """Draw a course as a small multiple.

    Points outside the limits are squares, small samples and what is not ripe hollow; a period
    without a number is a gap.
    """
    shape = metric.statistics[rows[0]["statistic"]]
    scale, unit = charts.scale_of(shape)

    def scaled(values: Sequence[float | None]) -> list[float | None]:
        return [None if value is None else value * scale for value in values]

    days = [row["period_start"] for row in rows]
    figure = charts.blank()
    figure.update_layout(height=_HEIGHT, margin={"l": 62, "r": 12, "t": 10, "b": 34})
    for name, fill in (("lo", None), ("hi", "tonexty")):
        figure.add_scatter(
            x=days, y=scaled([row[name] for row in rows]), mode="lines", line={"width": 0},
            fill=fill, fillcolor=_BAND, hoverinfo="skip",
        )  # fmt: skip
    if found is not None:
        centre: list[float | None] = [found.centre] * len(days)
        for limits, dash in ((found.lower, "dash"), (found.upper, "dash"), (centre, "dot")):
            figure.add_scatter(
                x=days, y=scaled(limits), mode="lines", hoverinfo="skip",
                line={"color": theme.PAPER_DIM, "width": 1, "dash": dash},
            )  # fmt: skip
    outside = found.is_out if found is not None else (False,) * len(days)
    figure.add_scatter(
        x=days,
        y=scaled([row["value"] for row in rows]),
        mode="lines+markers",
        connectgaps=False,
        line={"color": theme.PAPER_ACCENT, "width": 2},
        marker={
            "size": [11 if is_out else 7 for is_out in outside],
            "color": [theme.PAPER_BAD if is_out else theme.PAPER_ACCENT for is_out in outside],
            "symbol": [
                "square" if is_out else "circle" if row["state"] == "ok" else "circle-open"
                for row, is_out in zip(rows, outside, strict=True)
            ],
        },
    )
    # a share that never leaves its last tenth would be a flat line over a scale from zero
    values = [row["value"] for row in rows if row["value"] is not None]
    is_high = shape.format == "percent" and min(values, default=0) > _HIGH
    figure.update_yaxes(ticksuffix=unit, rangemode="normal" if is_high else "tozero", nticks=5)
    form = "%Y-%m" if rows[0]["grain"] == "month" else "%m-%d"
    figure.update_xaxes(tickformat=form, nticks=6)
    return figure
