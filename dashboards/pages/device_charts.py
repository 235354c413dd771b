"""Figures about devices: the funnel of models, rates by age, the life of one device.

Holds plotly figures made of rows that are ready; which group stands out was decided by the reader.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np
import plotly.graph_objects as go

from assets.analysis.funnel import ACTION, WARNING, rate_limits
from assets.reliability import Group, Verdict
from config import theme
from dashboards.pages import charts

# Shape and colour of a verdict: never by colour alone.
MARKS: Mapping[Verdict, tuple[str, str]] = {
    "high": ("square", theme.PAPER_BAD),
    "raised": ("triangle-up", theme.PAPER_WARN),
    "low": ("diamond", theme.PAPER_ACCENT),
    "lowered": ("triangle-down", theme.PAPER_ACCENT),
    "usual": ("circle", theme.PAPER_OK),
    "alone": ("circle-open", theme.PAPER_OK),
    "small": ("circle-open", theme.PAPER_LINE),
    "unknown": ("x-thin-open", theme.PAPER_LINE),
}
_POINTS, _NAMED = 120, 6
_SIDES = ("top right", "top left")
_LANE = 14
_TICKS = [step * 10**power for power in range(-2, 5) for step in (1, 2, 5)]


def funnel(models: Sequence[Group], words: Callable[[str], str]) -> go.Figure:
    """Draw observed ÷ expected of each model over what its class leads to expect.

    Args:
        models: as `reliability.models`; those without an expectation are left out.
        words: text by key.
    """
    shown = [one for one in models if one.expected > 0 and one.ratio["value"] is not None]
    figure = charts.blank()
    figure.update_layout(height=380, showlegend=True, hovermode="closest",
                         legend={"orientation": "h", "y": -0.22}, margin={"b": 80})  # fmt: skip
    sizes = [one.expected for one in shown]
    if sizes:
        _limits(figure, min(sizes), max(sizes), words)
    for verdict, (shape, colour) in MARKS.items():
        members = [one for one in shown if one.verdict == verdict]
        if not members:
            continue
        is_named = verdict in ("high", "low", "raised")
        figure.add_scatter(
            x=[one.expected for one in members],
            y=[one.ratio["value"] for one in members],
            mode="markers+text" if is_named else "markers",
            text=[one.names["model"] if place < _NAMED else "" for place, one in enumerate(members)]
            if is_named else None,
            textposition=[_SIDES[place % 2] for place in range(len(members))],
            name=words(f"verdict_{verdict}"),
            marker={"symbol": shape, "color": colour, "size": 11, "line": {"width": 2}},
            hovertext=[f"{one.names['brand']} {one.names['model']}" for one in members],
            hovertemplate="%{hovertext}<br>%{y:.2f}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(
        type="log",
        title=words("expected_failures"),
        tickvals=_TICKS,
        ticktext=[f"{one:g}" for one in _TICKS],
    )
    highest = max((one.ratio["value"] for one in shown), default=1)
    figure.update_yaxes(title=words("observed_by_expected"), range=[0, max(3, 1.2 * highest)])
    return figure


def _limits(figure: go.Figure, least: float, most: float, words: Callable[[str], str]) -> None:
    sizes = np.geomspace(least * 0.9, most * 1.1, _POINTS)
    for level, dash in ((WARNING, "dot"), (ACTION, "dash")):
        for place, bound in enumerate(rate_limits(1.0, sizes, level)):
            figure.add_scatter(
                x=sizes.tolist(), y=bound.tolist(), mode="lines", hoverinfo="skip",
                line={"color": theme.PAPER_DIM, "width": 1, "dash": dash},
                name=words("limits_of").format(level=f"{level:.1%}"), showlegend=not place,
            )  # fmt: skip
    figure.add_hline(y=1, line={"color": theme.PAPER_LINE, "width": 1})


def by_age(ages: Sequence[Group], unit: str) -> go.Figure:
    """Draw the failure rate of each age with its interval; small samples hollow."""
    figure = charts.blank()
    values = [one.rate["value"] for one in ages]
    figure.add_scatter(
        x=[one.names["age_cohort"] for one in ages],
        y=values,
        mode="markers+lines",
        marker={
            "size": 11,
            "color": theme.PAPER_ACCENT,
            "symbol": ["circle-open" if one.rate["state"] == "small_sample" else "circle"
                       for one in ages],
        },
        line={"color": theme.PAPER_ACCENT, "width": 2},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [one.rate["hi"] - value for one, value in zip(ages, values, strict=True)],
            "arrayminus": [value - one.rate["lo"] for one, value in zip(ages, values, strict=True)],
            "color": theme.PAPER_OK,
            "thickness": 1,
        },
    )  # fmt: skip
    figure.update_xaxes(type="category")
    figure.update_yaxes(title=unit, rangemode="tozero")
    return figure


def life(
    lanes: Mapping[str, Sequence[tuple[datetime, datetime, str]]],
    points: Mapping[str, Sequence[tuple[datetime, str]]],
    *,
    is_flat: bool = False,
) -> go.Figure:
    """Draw the life of a device: stretches in their lanes, and what happened at an instant.

    Args:
        lanes: name of the lane → start, end and words of its stretches.
        points: name of the lane → instant and words.
        is_flat: one colour for every lane, and times to the minute: the life of a ticket.
    """
    figure = charts.blank()
    names = [*lanes, *points]
    figure.update_layout(height=90 + 44 * max(len(names), 1), hovermode="closest",
                         margin={"l": 90})  # fmt: skip
    colours = (theme.PAPER_OK,) if is_flat else (theme.PAPER_OK, theme.PAPER_BAD, theme.PAPER_WARN)
    for place, (name, stretches) in enumerate(lanes.items()):
        for start, end, text in stretches:
            figure.add_scatter(
                x=[start, end], y=[name, name], mode="lines", hovertext=text, hoverinfo="text",
                line={"width": _LANE, "color": colours[min(place, len(colours) - 1)]},
                opacity=1.0 if place else 0.7,
            )  # fmt: skip
    for name, instants in points.items():
        figure.add_scatter(
            x=[at for at, _ in instants], y=[name] * len(instants), mode="markers",
            hovertext=[text for _, text in instants], hoverinfo="text",
            marker={"size": 9, "symbol": "diamond", "color": theme.PAPER_ACCENT},
        )  # fmt: skip
    figure.update_xaxes(tickformat="%m-%d %H:%M" if is_flat else "%Y-%m-%d", nticks=5)
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=list(reversed(names)))
    return figure
