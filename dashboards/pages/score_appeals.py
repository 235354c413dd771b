"""申诉 on the pages of scores: where each appeal stands, and for the head how appeals end.

Holds the table. Steps, days and who may read which appeal are those of
`assets.score.appeal_states`.
"""

from typing import Any
from urllib.parse import quote

from dash import html

from assets.score import reading
from assets.score.appeal_states import Appeal, listed, tally
from assets.score.appeals import open_until
from assets.score.desk import Desk
from assets.score.words import APPEALS
from config.rules import load_rules
from dashboards.appeals import PATH as FORM
from dashboards.pages import parts
from dashboards.pages.ask import Ask


def desk_of(ask: Ask) -> Desk | None:
    """Return where decisions about scores lie; None while no month is closed."""
    if not ask.settings.scores_path.exists():
        return None
    return Desk.of(ask.settings, load_rules(ask.settings.rules_dir), ())


def section(
    ask: Ask, viewer: reading.Viewer, desk: Desk | None, engineer: str | None = None
) -> list[Any]:
    """Return the appeals that the viewer may see; nothing while no month is closed.

    Args:
        ask: who asks, in which language.
        viewer: the same person to the readers of scores.
        desk: see `desk_of`.
        engineer: only theirs.
    """
    if desk is None:
        return []
    told: list[Any] = [html.H2(ask.word("appeals")), *_objecting(ask, viewer, desk)]
    found = [one for one in reversed(listed(desk, viewer)) if engineer in (None, one.engineer_id)]
    head = ("appeal_id", "engineer", "appeal_rows", "state", "appeal_due", "appeal_reason",
            "appeal_verdict")  # fmt: skip
    if found:
        told.append(
            parts.table([ask.word(name) for name in head], [_line(ask, one) for one in found])
        )  # fmt: skip
    if viewer.role == "head" and engineer is None:
        total = tally(desk, viewer)
        share = "—" if total.upheld_share is None else f"{total.upheld_share:.0%}"
        told.append(
            html.P(
                ask.word(
                    "appeal_tally",
                    open=total.open,
                    decided=total.decided,
                    upheld=total.upheld,
                    share=share,
                    late=total.late,
                )
            )
        )
    return told if len(told) > 1 else []


def _objecting(ask: Ask, viewer: reading.Viewer, desk: Desk) -> list[Any]:
    """Return an engineer's way to the form while their month may be objected to."""
    until = open_until(desk, ask.month) if viewer.role == "engineer" else None
    if until is None:
        return []
    href = f"{FORM}?month={ask.month:%Y-%m}"
    return [html.P(html.A(ask.word("appeal_open", until=until), href=href))]


def _line(ask: Ask, one: Appeal) -> list[Any]:
    late = f"■ {ask.word('appeal_late')}" if one.is_late else ""
    version = "" if one.version is None else f" ({one.version})"
    return [
        html.A(one.appeal_id, href=f"{FORM}?case={quote(one.appeal_id)}")
        if ask.viewer.role == "head"
        else one.appeal_id,
        one.engineer_id,
        " ".join(map(str, one.rows)),
        f"{APPEALS[one.state][ask.lang == 'en']}{version}",
        " ".join(part for part in (parts.day(one.due_on), late) if part),
        one.reason,
        one.verdict or "",
    ]
