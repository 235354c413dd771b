"""Figures about time: the stages of the time to restoration, the funnel of the steps.

Holds plotly figures made of values that are ready.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

from config import theme
from dashboards.pages import charts

_BAR = 30


def stages(shares: Sequence[tuple[str, float]]) -> go.Figure:
    """Draw each stage's share of the whole, in the order of the stages."""
    return _bars([name for name, _ in shares], [share for _, share in shares],
                 [f"{share:.1%}" for _, share in shares], ".0%")  # fmt: skip


def steps(counts: Sequence[tuple[str, float]]) -> go.Figure:
    """Draw how many tickets reached each step."""
    return _bars([name for name, _ in counts], [count for _, count in counts],
                 [f"{count:,.0f}" for _, count in counts], ",.0f")  # fmt: skip


def _bars(
    names: Sequence[str], values: Sequence[float], texts: Sequence[str], form: str
) -> go.Figure:
    figure = charts.blank()
    figure.update_layout(height=70 + _BAR * max(len(names), 1), hovermode=False,
                         margin={"l": 110, "r": 40})  # fmt: skip
    figure.add_bar(
        x=list(values), y=list(names), orientation="h", text=list(texts), textposition="auto",
        textangle=0, marker={"color": theme.PAPER_ACCENT}, cliponaxis=False,
    )  # fmt: skip
    figure.update_xaxes(tickformat=form, rangemode="tozero", nticks=5)
    figure.update_yaxes(type="category", categoryorder="array",
                        categoryarray=list(reversed(names)))  # fmt: skip
    return figure
