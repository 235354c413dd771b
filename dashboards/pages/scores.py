"""评分: everyone's score for the head; for an engineer their own, with the ledger behind it.

Holds the choice of the period and the head's list: points with their error, never a rank, with the
notes and signs that stand beside them. One engineer's page is in `score_ledger`, appeals in
`score_appeals`. Who may see whom is decided by the reader, `assets.score.reading`.
"""

from datetime import date
from typing import Any

from dash import dcc, html

from assets.score import reading, watch
from assets.score.periods import MONTH, QUARTER, name_of
from assets.score.words import BANDS, notes, points_text
from config.errors import StateError
from dashboards.pages import parts, score_appeals, score_ledger
from dashboards.pages.ask import Ask

PATH, TITLE = "/scores", "page_scores"
ROLES = ("head", "engineer")


def render(ask: Ask) -> list[Any]:
    """Return the list for the head, or one engineer's page.

    Raises:
        ConfigError: the engineer is not the reader's to see.
        StateError: there are no scores yet.
    """
    viewer = reading.Viewer.of(ask.viewer)
    period = _period(ask)
    engineer = ask.path or (None if viewer.role == "head" else viewer.engineer_id)
    choices = [parts.filters(ask, ()), *_quarters(ask, period)]
    desk = score_appeals.desk_of(ask)
    if engineer is None:
        return [*choices, *_list(ask, viewer, *period), *score_appeals.section(ask, viewer, desk)]
    return [
        *choices,
        *score_ledger.render(ask, viewer, *period, engineer, desk),
        *score_appeals.section(ask, viewer, desk, engineer),
    ]


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


def _quarters(ask: Ask, period: tuple[str, date]) -> list[Any]:
    """Return links to the quarters, newest first."""
    path = f"{PATH}/{ask.path}" if ask.path else PATH
    found = reading.periods(ask.con, QUARTER)
    names = [(name_of(QUARTER, first), (QUARTER, first) == period) for first in reversed(found)]
    return [
        parts.chosen_links(
            (name, ask.link(path, quarter=name), is_chosen) for name, is_chosen in names
        )
    ]


def _list(ask: Ask, viewer: reading.Viewer, kind: str, first: date) -> list[Any]:
    zh = ask.lang != "en"
    head = [ask.word(name) for name in ("name", "score", "band", "group_size", "notes")]
    rows = reading.totals(ask.con, viewer, kind, first)
    signs = watch.beside(ask.con, viewer, first, zh=zh)
    quarter = name_of(kind, first) if kind == QUARTER else None
    lines = [
        [
            dcc.Link(row["name"], href=ask.link(f"{PATH}/{row['engineer_id']}", quarter=quarter)),
            points_text(row),
            BANDS[row["band"]][not zh],
            f"{row['peer_group'] or ask.word('all')} ({row['peer_count']})",
            "；".join([*notes(row, zh=zh), *_sign(signs, row)]),
        ]
        for row in rows
    ]
    return [
        html.H2(name_of(kind, first)),
        parts.table(head, lines, numbers=(1,)),
        *([html.P(ask.word("signs_rule"), className="dim")] if signs else []),
    ]


def _sign(signs: dict[tuple[str, str], str], row: dict[str, Any]) -> list[str]:
    said = signs.get((row["site_id"], row["engineer_id"]))
    return [said] if said else []
