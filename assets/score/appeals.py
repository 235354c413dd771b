"""申诉: an engineer objects to rows of a closed month, and somebody else decides.

Holds the steps and who may take which. Every step is a decision in `decisions.db`, made while
nobody else can decide; how an appeal stands is in `appeal_states`, what an upheld one changes in
`corrections`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from assets.decision_kinds import (
    AppealAccepted,
    AppealDecided,
    AppealSubmitted,
    Payload,
    RowCorrection,
)
from assets.decisions import Decision, Draft, decide
from assets.score import archive, corrections
from assets.score.appeal_states import (
    ACCEPTED,
    KINDS,
    REJECTED,
    RETRY,
    SUBMITTED,
    Appeal,
    named,
    one_of,
    stands,
    window_until,
)
from assets.score.archive import Closing
from assets.score.desk import Desk
from assets.score.periods import MONTH
from assets.score.reading import Viewer
from config.errors import ConfigError


def submit(
    desk: Desk,
    viewer: Viewer,
    month: date,
    rows: Sequence[int],
    reason: str,
    evidence: Sequence[str] = (),
) -> Appeal:
    """Object to rows of one's own ledger of a closed month.

    Raises:
        ConfigError: the viewer is no engineer, the month is not closed, the window has passed, a
            row is not in the own ledger, is corrected already, or stands in an open appeal.
    """
    if viewer.role != "engineer" or not viewer.engineer_id:
        raise ConfigError("只有工程师本人可以对自己的台账提出申诉。", "请加 --as engineer:工号。")
    closing = _closing(desk, month)
    until = window_until(desk, closing)
    if desk.today > until:
        raise ConfigError(
            f"{month:%Y-%m} 的申诉期已于 {until} 结束。", "如有新证据,请向科室负责人说明。"
        )
    site_id = _site_of(desk, closing, viewer, rows)
    payload = AppealSubmitted(
        month_on=month,
        engineer_id=viewer.engineer_id,
        rows=tuple(dict.fromkeys(rows)),
        reason=desk.clean(reason, "申诉理由"),
        evidence=tuple(desk.clean(one, "证据")[:200] for one in evidence),
    )

    def judge(known: list[Decision]) -> list[Draft]:
        own = [
            one
            for one in stands(desk, known)
            if (one.month_on, one.engineer_id) == (month, payload.engineer_id)
        ]
        taken = {row for one in own if one.state != REJECTED for row in one.rows}
        repeated = sorted(taken & set(payload.rows))
        if repeated and any(one.site_id == site_id for one in own):
            raise ConfigError(f"台账第 {repeated[0]} 行已经申诉过。", RETRY)
        subject = f"{month:%Y-%m}-{payload.engineer_id}-{len(own) + 1}"
        return [_draft("appeal_submitted", payload.engineer_id, "engineer", subject, payload,
                       site_id)]  # fmt: skip

    [made] = decide(desk.settings.decisions_path, KINDS, judge)
    return one_of(desk, Viewer("head"), made.subject)


def accept(desk: Desk, viewer: Viewer, appeal_id: str, actor: str) -> Appeal:
    """受理: take an appeal up.

    Raises:
        ConfigError: the viewer may not, there is no such appeal, or it is taken up already.
    """
    viewer.require_head()

    def judge(known: list[Decision]) -> list[Draft]:
        one = named(stands(desk, known), appeal_id)
        _require_other(one, actor, desk)
        if one.state != SUBMITTED:
            raise ConfigError(f"申诉 {appeal_id} 已经受理。", RETRY)
        return [_draft("appeal_accepted", actor, "head", appeal_id, AppealAccepted(), one.site_id)]

    decide(desk.settings.decisions_path, KINDS, judge)
    return one_of(desk, viewer, appeal_id)


def settle(
    desk: Desk,
    viewer: Viewer,
    appeal_id: str,
    actor: str,
    *,
    is_upheld: bool,
    reason: str,
    points: Mapping[int, Decimal] | None = None,
) -> Appeal:
    """成立 or 不成立; what is upheld is corrected at once.

    Args:
        desk: where.
        viewer: the head.
        appeal_id: which.
        actor: who decides: neither the subject nor who closed the month.
        is_upheld: the engineer is right.
        reason: why.
        points: what a row becomes; a row that is not named is worth nothing from now on.

    Raises:
        ConfigError: the viewer or actor may not, the appeal is not taken up or is decided already,
            or a row that gave points has no new value.
    """
    viewer.require_head()
    said = desk.clean(reason, "裁决理由")

    def judge(known: list[Decision]) -> list[Draft]:
        one = named(stands(desk, known), appeal_id)
        _require_other(one, actor, desk, is_deciding=True)
        if one.state != ACCEPTED:
            told = "还没有受理" if one.state == SUBMITTED else "已经裁决"
            raise ConfigError(f"申诉 {appeal_id} {told}。", RETRY)
        payload = AppealDecided(
            is_upheld=is_upheld,
            reason=said,
            corrections=_corrections(desk, one, points or {}) if is_upheld else (),
        )
        return [_draft("appeal_decided", actor, "head", appeal_id, payload, one.site_id)]

    decide(desk.settings.decisions_path, KINDS, judge)
    corrections.apply(desk.settings.scores_path, desk.settings.decisions_path)
    return one_of(desk, viewer, appeal_id)


def _closing(desk: Desk, month: date) -> Closing:
    known = archive.closings(desk.settings.scores_path, month)
    if not known:
        raise ConfigError(
            f"{month:%Y-%m} 还没有关账,不能申诉。", "数据有误请在业务系统更正,关账前会自动重算。"
        )
    return known[0]


def open_until(desk: Desk, month: date) -> date | None:
    """Return the last day to object to a month; None while it is open, or when that has passed."""
    known = archive.closings(desk.settings.scores_path, month)
    until = window_until(desk, known[0]) if known else None
    return until if until and desk.today <= until else None


def own_rows(desk: Desk, viewer: Viewer, month: date) -> list[dict[str, Any]]:
    """Return the rows of a closed month that an engineer may object to, the costliest first.

    Raises:
        ConfigError: the month is not closed.
    """
    rows = [row for own in _own(desk, _closing(desk, month), viewer) for row in own[1]]
    return sorted(rows, key=lambda row: row["points"])


def rows_of(desk: Desk, one: Appeal) -> list[dict[str, Any]]:
    """Return the ledger rows that an appeal is about."""
    subject = Viewer("engineer", one.engineer_id, one.site_id)
    return [row for row in own_rows(desk, subject, one.month_on) if row["ledger_id"] in one.rows]


def _own(
    desk: Desk, closing: Closing, viewer: Viewer
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each site with the rows that an engineer was closed with there."""
    path = desk.settings.scores_path
    last = archive.closings(path, closing.month_on)[-1]
    for _, total, _ in archive.scores(path, (MONTH, closing.month_on)):
        person = (total["site_id"], total["engineer_id"])
        if viewer.is_shown(*person):
            rows = archive.ledger(path, last.closing_id, person)
            yield person[0], [row for row in rows if row["kind"] == archive.BASE]


def _site_of(desk: Desk, closing: Closing, viewer: Viewer, rows: Sequence[int]) -> str:
    """Return the site in whose ledger of the engineer all rows stand."""
    for site_id, own in _own(desk, closing, viewer):
        if rows and set(rows) <= {row["ledger_id"] for row in own}:
            return site_id
    raise ConfigError(
        "只能申诉自己台账中的行。", "行号见 opspulse score explain(已关账的月份才有行号)。"
    )


def _corrections(
    desk: Desk, one: Appeal, points: Mapping[int, Decimal]
) -> tuple[RowCorrection, ...]:
    path = desk.settings.scores_path
    last = archive.closings(path, one.month_on)[-1]
    rows = archive.ledger(path, last.closing_id, (one.site_id, one.engineer_id))
    foreign = set(points) - set(one.rows)
    if foreign:
        raise ConfigError(f"台账第 {min(foreign)} 行不在这份申诉里。", RETRY)
    found = corrections.require_rows(rows, {row: points.get(row) for row in one.rows})
    return tuple(RowCorrection(ledger_id=row, points=worth) for row, worth in sorted(found.items()))


def _require_other(one: Appeal, actor: str, desk: Desk, *, is_deciding: bool = False) -> None:
    """Refuse who is party: the subject, and for the verdict who closed the month."""
    if desk.is_same(actor, one.engineer_id):
        raise ConfigError("不能处理自己的申诉。", "请由他人受理和裁决。")
    if is_deciding and desk.is_same(actor, _closing(desk, one.month_on).actor):
        raise ConfigError(
            f"{one.month_on:%Y-%m} 由 {actor} 关账,评分人不能裁决对它的申诉。", "请由他人裁决。"
        )


def _draft(kind: str, actor: str, role: str, subject: str, payload: Payload, site_id: str) -> Draft:
    return Draft(actor, role, kind, subject, payload, site_id)
