"""The flow of tickets from report to rating: how many reach each step, how long it takes them.

Holds the funnel of the time page; its numbers are the metrics' own.
"""

from typing import Any

from dash import dcc, html

from assets.metrics import duration_text, registry
from dashboards.layout import data
from dashboards.pages import charts, parts, time_charts
from dashboards.pages.ask import Ask, text_of

# Steps that the ward takes when the work is done.
_AFTERWARDS = ("verified", "rated")


def flow(ask: Ask) -> list[Any]:
    """Return the funnel with the median time of each step, and where tickets ended."""
    funnel, times, ends = (
        registry()[name] for name in ("ticket_funnel", "funnel_times", "funnel_drop_off")
    )
    reached, took, ended = (
        {row["statistic"]: row for row in ask.total(metric)} for metric in (funnel, times, ends)
    )
    first = reached.get("reported")
    if first is None or not first["value"]:
        is_missing = first is not None and first["state"] == "not_connected"
        return [html.P(ask.word("not_connected" if is_missing else "no_flow"))]
    lines = []
    for name, shape in funnel.statistics.items():
        row, time, end = reached[name], took.get(name), ended.get(name)
        share = "" if row["value"] is None else f"{row['value'] / first['value']:.1%}"
        lines.append(
            [
                shape.text(ask.lang),
                html.Td(
                    dcc.Link(
                        text_of(funnel, row, ask.lang), href=ask.kpi(funnel.id, span=ask.span())
                    ),
                    className="number",
                    **data(figure=f"{funnel.id}.{name}"),
                ),
                share,
                text_of(times, time, ask.lang) if time else "",
                text_of(ends, end, ask.lang) if end else "",
            ]
        )
    names = ("step", "tickets", "of_reported", "median_time", "ended_here")
    counts = [(funnel.statistics[name].text(ask.lang), row["value"])
              for name, row in reached.items() if row["value"] is not None]  # fmt: skip
    return [
        parts.findings([_told(ask, reached, took, ended)]),
        charts.graph(time_charts.steps(counts)),
        parts.table([ask.word(one) for one in names], lines, numbers=(1, 2, 3, 4)),
    ]


def _told(
    ask: Ask,
    reached: dict[str, dict[str, Any]],
    took: dict[str, dict[str, Any]],
    ended: dict[str, dict[str, Any]],
) -> str:
    able = [row for name, row in took.items() if name not in _AFTERWARDS]
    known = [row for row in able if row["value"] is not None and row["state"] == "ok"]
    slowest = max(known, key=lambda row: row["value"], default=None)
    step = registry()["funnel_times"].statistics
    n, restored = reached["reported"]["value"], reached["restored"]["value"] or 0
    return ask.word(
        "find_flow",
        n=f"{n:,.0f}",
        restored=f"{restored:,.0f}",
        share=f"{restored / n:.1%}",
        under_way=f"{ended['under_way']['value'] or 0:,.0f}" if "under_way" in ended else "0",
        slowest=step[slowest["statistic"]].text(ask.lang) if slowest else "—",
        time=duration_text(slowest["value"], ask.lang) if slowest else "—",
    )
