"""指标口径: every KPI that is open to the reader, with its definition."""

from typing import Any

from dash import dcc, html

from dashboards.pages import metric as metric_page
from dashboards.pages.ask import Ask
from dashboards.pages.chapters import ALL, chapter_of

PATH, TITLE = "/definitions", "page_definitions"
ROLES = ("head", "finance", "engineer", "qcc", "department", "admin")


def render(ask: Ask) -> list[Any]:
    """Return the dictionary, by chapter."""
    metrics = ask.viewer.metrics()
    found: list[Any] = []
    for chapter in ALL:
        entries = [one for one in metrics if chapter_of(one) == chapter]
        if entries:
            found.append(html.H2(ask.word(f"chapter_{chapter}")))
        for one in entries:
            name = dcc.Link(
                f"{one.code} {one.names.text(ask.lang)}", href=ask.link(f"/kpi/{one.id}")
            )
            found += [html.H3(name, id=one.id), metric_page.definition(ask, one)]
    return found
