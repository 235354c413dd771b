"""总览: every KPI that is open to the reader, chapter by chapter, for a month and a place.

Holds the table of a chapter. Each number opens its own page (`metric`).
"""

from collections.abc import Iterator
from typing import Any

from dash import dcc, html

from assets.metrics import Metric, judged, state_word
from dashboards.layout import data
from dashboards.pages import parts
from dashboards.pages.ask import Ask, after, before, interval_of, text_of
from dashboards.pages.chapters import ALL, chapter_of

PATH, TITLE = "/", "page_overview"
ROLES = ("head", "finance", "engineer", "qcc", "department", "admin")


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    metrics = ask.viewer.metrics()
    chapters = [name for name in ALL if any(chapter_of(one) == name for one in metrics)]
    asked = ask.params.get("chapter", "")
    chapter = asked if asked in chapters else chapters[0]
    shown = [one for one in metrics if chapter_of(one) == chapter]
    return [
        parts.filters(ask),
        _tabs(ask, chapters, chapter),
        parts.table(
            [ask.word(name) for name in
             ("metric", "statistic", "value", "interval", "cases", "previous", "state")],
            [row for metric in shown for row in _rows(ask, metric)],
            numbers=(2, 3, 4, 5),
            wide=(3, 4),
        ),
    ]  # fmt: skip


def _tabs(ask: Ask, chapters: list[str], chosen: str) -> Any:
    return html.Nav(
        [
            dcc.Link(
                ask.word(f"chapter_{name}"),
                href=ask.link(PATH, chapter=name),
                className="choice chosen" if name == chosen else "choice",
            )
            for name in chapters
        ],
        className="choices",
    )


def _rows(ask: Ask, metric: Metric) -> Iterator[list[Any]]:
    """Yield a line for each statistic: this month beside the month before."""
    if any(ask.params.get(name) and name not in metric.dimensions
           for name in ("site", "department", "asset_class")):  # fmt: skip
        return
    month = ask.month
    rows = ask.read(metric, start=before(month), end=after(month))
    now = {row["statistic"]: row for row in rows if row["period_start"] == month}
    then = {row["statistic"]: row for row in rows if row["period_start"] != month}
    for place, (statistic, shape) in enumerate(metric.statistics.items()):
        row, old = now.get(statistic), then.get(statistic)
        link = dcc.Link(metric.names.text(ask.lang), href=ask.link(f"/kpi/{metric.id}"))
        first: Any = [f"{metric.code} ", link] if not place else ""
        if row is None:
            yield [first, shape.text(ask.lang), "—", "", "", "", ask.word("no_data_month")]
            continue
        yield [
            first,
            shape.text(ask.lang),
            html.Td(
                dcc.Link(
                    text_of(metric, row, ask.lang), href=ask.link(f"/kpi/{metric.id}")
                ),
                className=f"number state-{row['state'].partition(':')[0]}",
                **data(figure=f"{metric.id}.{statistic}"),
            ),
            interval_of(metric, row, ask.lang),
            "" if row["n"] is None else f"{row['n']:,}",
            text_of(metric, old, ask.lang) if old else "",
            _state(ask, metric, row),
        ]  # fmt: skip


def _state(ask: Ask, metric: Metric, row: dict[str, Any]) -> str:
    """Return the word of a number's state, or what its target says of it."""
    word = state_word(row["state"], ask.lang)
    if word:
        return word
    target = ask.context.target(metric.id, row["statistic"], row["period_start"])
    return judged(metric, row, target).word(ask.lang)
