"""申诉 in a browser: an engineer marks rows of their ledger; the head takes up and decides.

Holds the plain forms and what becomes of them, without any script. Who may take which step, in
which time, is decided by `assets.score.appeals`; lists stand on the page of scores.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import flask
from werkzeug.wrappers import Response

from assets import snapshots
from assets.score import appeals
from assets.score.appeal_states import ACCEPTED, SUBMITTED, one_of
from assets.score.desk import Desk
from assets.score.periods import MONTH, parsed
from assets.score.reading import Viewer
from assets.score.sentences import why
from assets.score.words import APPEALS, COMPONENTS
from config.errors import ConfigError, OpsPulseError, StateError
from config.rules import load_rules
from config.settings import Settings
from dashboards import access, plain

PATH = "/appeal"
_WRONG, _FORBIDDEN, _NOT_FOUND = 400, 403, 404
_DIGITS = 19  # of the largest number that a row can have
Answer = Response | str | tuple[str, int]


def register(server: flask.Flask, settings: Settings) -> None:
    """Add the routes."""

    @server.get(PATH)
    def appeal_shown() -> Answer:
        return _answered(settings, {})

    @server.post(PATH)
    def appeal_done() -> Answer:
        return _answered(settings, flask.request.form)


def _answered(settings: Settings, form: Mapping[str, str]) -> Answer:
    """Show the form, or take the step and go back to the scores; told again where it is refused."""
    viewer = Viewer.of(access.viewer())
    act = {"head": _judge, "engineer": _object}.get(viewer.role)
    if act is None or not (viewer.role == "head" or viewer.engineer_id):
        access.note(settings, "refused", PATH)
        flask.abort(_FORBIDDEN)
    try:
        return act(settings, viewer, form)
    except OpsPulseError as error:
        page = plain.rendered("appeal.html", settings, str(error))
        return page, _NOT_FOUND


def _object(settings: Settings, viewer: Viewer, form: Mapping[str, str]) -> Answer:
    kind, month = parsed(flask.request.args.get("month", ""))
    if kind != MONTH:
        raise ConfigError("申诉针对月份的台账。", "请从评分页的月份进入。")
    desk, problem = _desk(settings), ""
    if form:
        try:
            appeals.submit(
                desk, viewer, month,
                [_row_number(row) for row in flask.request.form.getlist("row")],
                form.get("reason", ""), form.get("evidence", "").split(),
            )  # fmt: skip
            access.note(settings, "appealed", f"{month:%Y-%m}")
            return _back(month)
        except ConfigError as error:
            problem = str(error)
    rows = appeals.own_rows(desk, viewer, month)
    page = plain.rendered(
        "appeal.html", settings, problem, month=f"{month:%Y-%m}",
        rows=[_row(settings, row) for row in rows], form=form,
        marked=set(flask.request.form.getlist("row")),
        until=appeals.open_until(desk, month),
    )  # fmt: skip
    return (page, _WRONG) if problem else page


def _judge(settings: Settings, viewer: Viewer, form: Mapping[str, str]) -> Answer:
    desk, actor = _desk(settings), access.viewer().login
    case, problem = flask.request.args.get("case", ""), ""
    if form:
        try:
            _step(desk, viewer, case, actor, form)
            access.note(settings, "appeal_step", case)
            if form.get("step") != "accept":
                return _back(one_of(desk, viewer, case).month_on)
        except ConfigError as error:
            problem = str(error)
    one = one_of(desk, viewer, case)
    page = plain.rendered(
        "appeal.html", settings, problem, case=one, form=form,
        month=f"{one.month_on:%Y-%m}",
        state=APPEALS[one.state][settings.language == "en"],
        is_new=one.state == SUBMITTED, is_taken_up=one.state == ACCEPTED,
        rows=[_row(settings, row) for row in appeals.rows_of(desk, one)],
    )  # fmt: skip
    return (page, _WRONG) if problem else page


def _step(desk: Desk, viewer: Viewer, case: str, actor: str, form: Mapping[str, str]) -> None:
    if form.get("step") == "accept":
        appeals.accept(desk, viewer, case, actor)
        return
    is_upheld = form.get("step") == "uphold"
    given = {
        _row_number(name.removeprefix("points_")): _points(text)
        for name, text in form.items()
        if name.startswith("points_") and text.strip()
    }
    appeals.settle(
        desk, viewer, case, actor, is_upheld=is_upheld, reason=form.get("reason", ""),
        points=given if is_upheld else {},
    )  # fmt: skip


def _row_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise ConfigError(f"「{text}」不是台账的行号。", "请从评分页进入申诉。")
    return int(text)


def _points(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ConfigError(f"「{text}」不是分值。", "请写成数字,如 -0.5。")
    return found


def _row(settings: Settings, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["ledger_id"],
        "points": f"{row['points']:+.3f}",
        "component": COMPONENTS[row["component"]][settings.language == "en"],
        "subject": row["subject_id"] or "",
        "why": why(row, settings.language),
        "evidence": " ".join(row["evidence"]),
    }


def _desk(settings: Settings) -> Desk:
    """Return where appeals are made, with the names that no text may keep."""
    snapshot = snapshots.current(settings)
    if snapshot is None:
        raise StateError("还没有快照。", "请先运行 opspulse run。")
    with snapshots.opened(snapshot, settings) as con:
        names = con.execute("select name from kpi.dim_engineers where name is not null").fetchall()
    return Desk.of(settings, load_rules(settings.rules_dir), [name for (name,) in names])


def _back(month: date) -> Response:
    return flask.redirect(f"scores?month={month:%Y-%m}")
