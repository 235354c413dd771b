"""总览: every KPI that is open to the reader, chapter by chapter, for a month and a place.

Holds the choice of chapter. Each number opens its own page (`metric`).
"""

from typing import Any

from dash import dcc, html

from dashboards.pages import numbers, parts, start
from dashboards.pages.ask import Ask
from dashboards.pages.chapters import ALL, chapter_of

PATH, TITLE = "/", "page_overview"
ROLES = ("head", "finance", "engineer", "qcc", "department", "admin")


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    metrics = ask.viewer.metrics()
    chapters = [name for name in ALL if any(chapter_of(one) == name for one in metrics)]
    asked = ask.params.get("chapter", "")
    chapter = asked if asked in chapters else chapters[0]
    shown = [(one.id, ()) for one in metrics if chapter_of(one) == chapter]
    progress = dcc.Link(ask.word("to_start"), href=ask.link(start.PATH))
    return [
        parts.filters(ask),
        _tabs(ask, chapters, chapter),
        numbers.table(ask, shown),
        html.P(progress),
    ]


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
