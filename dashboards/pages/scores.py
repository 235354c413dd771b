"""评分: everyone's score for the head; for an engineer their own, with the ledger behind it.

Holds tables of points with their error, never a rank. Who may see whom is decided by the reader,
`assets.score.reading`; each look at a person stands in the audit log.
"""

from datetime import date
from typing import Any

from dash import dcc, html

from assets.score import reading
from assets.score.periods import MONTH, QUARTER, name_of
from assets.score.sentences import why
from assets.score.words import BANDS, COMPONENTS, points_text, state_text
from config.errors import StateError
from dashboards import access
from dashboards.pages import parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/scores", "page_scores"
ROLES = ("head", "engineer")
_MOST_ROWS = 300


def render(ask: Ask) -> list[Any]:
    """Return the list for the head, or one engineer's page.

    Raises:
        ConfigError: the engineer is not the reader's to see.
        StateError: there are no scores yet.
    """
    viewer = _viewer(ask)
    period = _period(ask)
    engineer = ask.path or viewer.engineer_id
    choices = [parts.filters(ask, ()), *_quarters(ask, engineer)]
    if engineer is None:
        return [*choices, *_list(ask, viewer, *period)]
    return [*choices, *_one(ask, viewer, *period, engineer)]


def _viewer(ask: Ask) -> reading.Viewer:
    role: reading.Role = "head" if ask.viewer.role == "head" else "engineer"
    return reading.Viewer(role, ask.viewer.engineer_id, ask.viewer.site_id)


def _period(ask: Ask) -> tuple[str, date]:
    """Return the quarter or month asked for where it has scores, else the newest month that has."""
    months = reading.periods(ask.con, MONTH)
    if not months:
        raise StateError(ask.word("no_scores"))
    asked = ask.params.get("quarter", "")
    for first in reading.periods(ask.con, QUARTER):
        if name_of(QUARTER, first) == asked:
            return QUARTER, first
    return MONTH, ask.month if ask.month in months else months[-1]


def _quarters(ask: Ask, engineer: str | None) -> list[Any]:
    """Return links to the quarters, newest first."""
    path = f"{PATH}/{engineer}" if ask.path else PATH
    links = [
        dcc.Link(name_of(QUARTER, first), href=ask.link(path, quarter=name_of(QUARTER, first)))
        for first in reversed(reading.periods(ask.con, QUARTER))
    ]
    return [html.P([part for one in links for part in (one, " ")])] if links else []


def _closed(ask: Ask, row: dict[str, Any]) -> str:
    """Return the words for a closed period, empty for an open one."""
    version = row["closed_version"]
    return "" if version is None else f" · {ask.word('closed_version', version=version)}"


def _list(ask: Ask, viewer: reading.Viewer, kind: str, first: date) -> list[Any]:
    head = [ask.word(name) for name in ("name", "score", "band")]
    rows = reading.totals(ask.con, viewer, kind, first)
    quarter = name_of(kind, first) if kind == QUARTER else None
    lines = [
        [
            dcc.Link(row["name"], href=ask.link(f"{PATH}/{row['engineer_id']}", quarter=quarter)),
            points_text(row),
            BANDS[row["band"]][ask.lang == "en"],
        ]
        for row in rows
    ]
    title = f"{name_of(kind, first)}{_closed(ask, rows[0]) if rows else ''}"
    return [html.H2(title), parts.table(head, lines, numbers=(1,))]


def _one(ask: Ask, viewer: reading.Viewer, kind: str, first: date, engineer: str) -> list[Any]:
    ledger = reading.ledger_rows(
        ask.con, viewer, kind, first, engineer, closed=ask.settings.scores_path
    )
    own = [
        row
        for row in reading.totals(ask.con, viewer, kind, first)
        if row["engineer_id"] == engineer
    ]
    access.note(ask.settings, "viewed_engineer", engineer)
    en = ask.lang == "en"
    components = [
        [
            COMPONENTS[row["component"]][en],
            state_text(row, zh=not en),
            "" if row["case_count"] is None else f"{row['case_count']:,}",
            "" if row["points"] is None else f"{row['points']:.2f}",
        ]
        for row in reading.components(ask.con, viewer, kind, first, engineer)
    ]
    rows = [
        [f"{row['points']:+.3f}", COMPONENTS[row["component"]][en], row["subject_id"] or "",
         why(row, ask.lang)]
        for row in sorted(ledger, key=lambda one: -abs(one["points"]))[:_MOST_ROWS]
    ]  # fmt: skip
    total = sum(row["points"] for row in ledger)
    return [
        html.H1(
            f"{own[0]['name']} · {name_of(kind, first)} · {points_text(own[0])}"
            f"{_closed(ask, own[0])}"
        ),
        html.P(f"{ask.word('band')}:{BANDS[own[0]['band']][en]}"),
        *_group(ask, viewer, kind, first, engineer),
        parts.table([ask.word(name) for name in ("component", "state", "cases", "points")],
                    components, numbers=(2, 3)),
        html.H2(ask.word("ledger")),
        html.P(ask.word("ledger_sum", n=len(ledger), total=f"{total:.4f}", shown=len(rows))),
        parts.table([ask.word(name) for name in ("points", "component", "ticket", "because")],
                    rows, numbers=(0,)),
    ]  # fmt: skip


def _group(ask: Ask, viewer: reading.Viewer, kind: str, first: date, engineer: str) -> list[Any]:
    """Return the group's quartiles without names; nothing where the group is too small."""
    found = reading.distribution(ask.con, viewer, kind, first, engineer)
    if not found:
        return []
    low, middle, high = found["quartiles"]
    told = ask.word("group_is", n=found["count"], low=low, middle=middle, high=high)
    return [html.P(told)]
