"""The wall's charts as plotly figures, on one dark template.

Holds drawing only: the numbers come in finished, the colours from `config.theme`. `GRAPH_CONFIG` is
the one place that keeps charts still and plotly from offering its cloud.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import plotly.graph_objects as go

from config import theme
from dashboards.readings import shortened
from dashboards.wall_rankings import Ranked
from dashboards.wall_trend import Cause, Days, Limits, cause_of

GRAPH_CONFIG: Any = {
    "displayModeBar": False,
    "displaylogo": False,
    "staticPlot": True,
    "responsive": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
}
TREND_SIZE = (620, 280)
MODELS_SIZE = (550, 264)
MODEL_ROWS = 5
_TEXT = 18
_NAME_TEXT = 20
_NAME_WIDTH = 212
_NAME_EMS = 10.4
# A label this near an end of the time axis is anchored there.
_EDGE = 0.25
# How far today's two marks stand from their day, so that equal counts do not cover each other.
_TODAY_HOURS = 9
_MARKERS = {"ok": "circle", "warn": "triangle-up", "bad": "square", "small_sample": "diamond"}
_COLOURS = {
    "ok": theme.ACCENT,
    "warn": theme.WARN,
    "bad": theme.BAD,
    "small_sample": theme.REFERENCE,
}

TEMPLATE = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": theme.FONT_STACK, "size": _TEXT, "color": theme.DIM},
        "showlegend": False,
        "xaxis": {"showgrid": False, "zeroline": False, "fixedrange": True},
        "yaxis": {"gridcolor": theme.GRID, "zeroline": False, "fixedrange": True},
    }
)


def _figure(size: tuple[int, int], margin: dict[str, int]) -> go.Figure:
    width, height = size
    return go.Figure(
        layout={"template": TEMPLATE, "width": width, "height": height, "margin": margin}
    )


def blank(size: tuple[int, int]) -> go.Figure:
    """Return a chart without axes, for the moment before the first document."""
    figure = _figure(size, {"l": 0, "r": 0, "t": 0, "b": 0})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


def trend(
    days: Days,
    limits: Limits | None,
    causes: Sequence[Cause],
    now: tuple[date, float, float] | None,
) -> go.Figure:
    """Draw daily reports and completions with their control limits.

    Args:
        days: complete days.
        limits: limits of the reports, None without a device register.
        causes: common causes; the days they explain are named.
        now: today's date, reports and completions so far: drawn apart, for the day is not over.
    """
    figure = _figure(TREND_SIZE, {"l": 44, "r": 46, "t": 30, "b": 34})
    if limits is not None:
        _add_limits(figure, days, limits)
    labels = [day.isoformat() for day in days.days]
    for counts, colour, width in (
        (days.completed, theme.OK, 2),
        (days.reports, theme.ACCENT, 3),
    ):
        line = {"color": colour, "width": width}
        figure.add_scatter(x=labels, y=list(counts), mode="lines", line=line)
    if now is not None:
        _add_today(figure, now)
    if limits is not None:
        _mark_outside(figure, days, limits, causes)
    highest = max((*days.reports, *days.completed, *(limits.upper if limits else ()), 1))
    figure.update_xaxes(
        tickformat="%m-%d", nticks=6, type="date", ticklabelstandoff=6, range=_span(days, now)
    )
    figure.update_yaxes(range=[-0.03 * highest, 1.06 * highest], nticks=5, ticklabelstandoff=6)
    return figure


def _span(days: Days, now: tuple[date, float, float] | None) -> list[str] | None:
    """Return the ends of the time axis: the first complete day to today."""
    shown = [*days.days, *([now[0]] if now else [])]
    if not shown:
        return None
    first, last = shown[0] - timedelta(hours=6), shown[-1] + timedelta(days=1)
    return [first.isoformat(), last.isoformat()]


def _add_limits(figure: go.Figure, days: Days, limits: Limits) -> None:
    labels = [day.isoformat() for day in days.days]
    figure.add_scatter(x=labels, y=list(limits.lower), mode="lines", line={"width": 0})
    figure.add_scatter(
        x=labels,
        y=list(limits.upper),
        mode="lines",
        line={"width": 0},
        fill="tonexty",
        fillcolor=theme.BAND,
    )
    figure.add_scatter(
        x=labels,
        y=list(limits.centre),
        mode="lines",
        line={"width": 2, "dash": "dot", "color": theme.REFERENCE},
    )
    for values in (limits.lower, limits.centre, limits.upper):
        figure.add_annotation(
            xref="paper",
            x=1.0,
            xanchor="left",
            xshift=6,
            y=values[-1],
            text=f"{values[-1]:.0f}",
            showarrow=False,
        )


def _add_today(figure: go.Figure, now: tuple[date, float, float]) -> None:
    """Draw today's counts so far: side by side, and never as rings, which read as 0 or 8."""
    day, reports, completed = now
    start = datetime.combine(day, time())
    for count, colour, symbol, hours in (
        (completed, theme.OK, "triangle-up-open", _TODAY_HOURS),
        (reports, theme.ACCENT, "diamond-open", -_TODAY_HOURS),
    ):
        figure.add_scatter(
            x=[(start + timedelta(hours=hours)).isoformat()],
            y=[count],
            mode="markers",
            marker={
                "symbol": symbol,
                "size": 11,
                "color": colour,
                "line": {"width": 3, "color": colour},
            },
        )


def _mark_outside(figure: go.Figure, days: Days, limits: Limits, causes: Sequence[Cause]) -> None:
    outside = [place for place, is_out in enumerate(limits.is_out) if is_out]
    figure.add_scatter(
        x=[days.days[place].isoformat() for place in outside],
        y=[days.reports[place] for place in outside],
        mode="markers",
        marker={
            "symbol": "square-open",
            "size": 16,
            "color": theme.BAD,
            "line": {"width": 3, "color": theme.BAD},
        },
    )
    named = [(place, cause_of(days.days[place], causes)) for place in outside]
    for place, cause in [entry for entry in named if entry[1] is not None][-2:]:
        share = place / max(len(days.days) - 1, 1)
        figure.add_annotation(
            x=days.days[place].isoformat(),
            y=days.reports[place],
            text=f"{days.days[place]:%m-%d} {cause.name if cause else ''}",
            showarrow=False,
            yshift=22,
            xanchor="left" if share < _EDGE else "right" if share > 1 - _EDGE else "center",
            font={"color": theme.INK, "size": _TEXT},
        )


def models(ranked: Sequence[Ranked]) -> go.Figure:
    """Draw failure rates with 95 % intervals, each against the rate of its class.

    Args:
        ranked: the models to show, first on top.
    """
    shown = list(ranked[:MODEL_ROWS])
    figure = _figure(MODELS_SIZE, {"l": _NAME_WIDTH, "r": 138, "t": 2, "b": 30})
    for place, one in enumerate(shown):
        _add_model(figure, len(shown) - 1 - place, one)
    figure.update_yaxes(
        range=[len(shown) - MODEL_ROWS - 0.5, len(shown) - 0.5],
        showgrid=False,
        showticklabels=False,
    )
    highest = max((one.rate.hi or 0 for one in shown), default=0)
    figure.update_xaxes(
        range=[0, 1.05 * highest],
        nticks=4,
        tickformat=",d",
        showgrid=True,
        gridcolor=theme.GRID,
    )
    return figure


def _model_name(one: Ranked) -> str:
    shape = "" if one.level == "ok" else f"{theme.STATE_SHAPES[one.level].shape} "
    return shortened(f"{shape}{one.name} {one.kind}".strip(), _NAME_EMS)


def _add_model(figure: go.Figure, height: int, one: Ranked) -> None:
    state = "small_sample" if one.rate.state == "small_sample" else one.level
    colour = _COLOURS[state]
    figure.add_scatter(
        x=[one.rate.lo, one.rate.hi],
        y=[height, height],
        mode="lines",
        line={"color": colour, "width": 4},
    )
    if one.peer is not None:
        figure.add_scatter(
            x=[one.peer],
            y=[height],
            mode="markers",
            marker={
                "symbol": "line-ns-open",
                "size": 22,
                "line": {"width": 3, "color": theme.DIM},
                "color": theme.DIM,
            },
        )
    figure.add_scatter(
        x=[one.rate.value],
        y=[height],
        mode="markers",
        marker={"symbol": _MARKERS[state], "size": 17, "color": colour},
    )
    figure.add_annotation(
        xref="paper",
        x=0.0,
        xshift=-_NAME_WIDTH,
        y=height,
        xanchor="left",
        text=_model_name(one),
        showarrow=False,
        font={"color": theme.INK if one.level == "ok" else colour, "size": _NAME_TEXT},
    )
    figure.add_annotation(
        xref="paper",
        x=1.0,
        xshift=138,
        y=height,
        xanchor="right",
        text=f"{one.rate.text} · n={one.rate.n}",
        showarrow=False,
        font={"color": theme.DIM if state in ("ok", "small_sample") else colour, "size": _TEXT},
    )
