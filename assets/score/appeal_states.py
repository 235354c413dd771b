"""An appeal as it stands: its state and its days, from the decisions and the archive.

Holds the states 提交 → 受理 → 成立/不成立 → 更正, the working days each step may take, who may read
which appeal, and how appeals end. The steps themselves are taken in `appeals`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from assets.decision_kinds import AppealAccepted, AppealDecided, AppealSubmitted
from assets.decisions import Decision, read
from assets.score import archive
from assets.score.archive import Closing
from assets.score.desk import Desk, workday_after
from assets.score.reading import Viewer
from config.errors import ConfigError
from config.score_models import AppealRule, ScoreRules

KINDS = ("appeal_submitted", "appeal_accepted", "appeal_decided")
SUBMITTED, ACCEPTED, UPHELD, REJECTED, CORRECTED = (
    "submitted", "accepted", "upheld", "rejected", "corrected",
)  # fmt: skip
RETRY = "请用 opspulse score appeal list 查看。"


@dataclass(frozen=True)
class Appeal:
    """One appeal as it stands. Instants are naive UTC, days local.

    Attributes:
        rows: numbers of the ledger rows.
        state: submitted, accepted, upheld (its correction is being written), rejected, corrected.
        due_on: last day for the next step, None when there is none.
        is_late: a step was or is taken behind its last day.
        version: of the month, that the correction is.
    """

    appeal_id: str
    site_id: str
    engineer_id: str
    month_on: date
    rows: tuple[int, ...]
    reason: str
    evidence: tuple[str, ...]
    submitted_at: datetime
    state: str = SUBMITTED
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    verdict: str | None = None
    due_on: date | None = None
    is_late: bool = False
    version: int | None = None


@dataclass(frozen=True)
class Tally:
    """How appeals end: counts, and the share of the decided ones that were upheld (None: none)."""

    open: int
    decided: int
    upheld: int
    late: int
    upheld_share: float | None


def listed(desk: Desk, viewer: Viewer) -> list[Appeal]:
    """Return the appeals that the viewer may see, oldest first: an engineer their own.

    Raises:
        ConfigError: finance.
    """
    viewer.require_scores()
    found = stands(desk, read(desk.settings.decisions_path, kinds=KINDS))
    return [one for one in found if viewer.is_shown(one.site_id, one.engineer_id)]


def one_of(desk: Desk, viewer: Viewer, appeal_id: str) -> Appeal:
    """Return one appeal that the viewer may see.

    Raises:
        ConfigError: there is none.
    """
    return named(listed(desk, viewer), appeal_id)


def tally(desk: Desk, viewer: Viewer) -> Tally:
    """Return how appeals end; for the head.

    Raises:
        ConfigError: the viewer is not the head.
    """
    viewer.require_head()
    found = listed(desk, viewer)
    decided = [one for one in found if one.decided_at is not None]
    upheld = [one for one in decided if one.state != REJECTED]
    return Tally(
        open=len(found) - len(decided),
        decided=len(decided),
        upheld=len(upheld),
        late=sum(one.is_late for one in found),
        upheld_share=len(upheld) / len(decided) if decided else None,
    )


def window_until(desk: Desk, closing: Closing) -> date:
    """Return the last local day on which a closed month can be objected to."""
    rule = _rule(closing)
    calendar = desk.rules.calendar(rule.calendar)
    return workday_after(calendar, desk.local_day(closing.at), rule.window_workdays)


def _rule(closing: Closing) -> AppealRule:
    return ScoreRules.model_validate_json(closing.rules).appeal


def named(found: Sequence[Appeal], appeal_id: str) -> Appeal:
    """Return the appeal of that id: ConfigError where there is none."""
    one = next((one for one in found if one.appeal_id == appeal_id), None)
    if one is None:
        raise ConfigError(f"没有编号为「{appeal_id}」的申诉。", RETRY)
    return one


def stands(desk: Desk, known: Sequence[Decision]) -> list[Appeal]:
    """Return every appeal as the decisions and the archive have it."""
    found: dict[str, Appeal] = {}
    for step in known:
        payload = step.payload
        if isinstance(payload, AppealSubmitted):
            found[step.subject] = Appeal(
                step.subject, step.site_id, payload.engineer_id, payload.month_on, payload.rows,
                payload.reason, payload.evidence, step.at,
            )  # fmt: skip
        elif step.subject not in found:
            continue
        elif isinstance(payload, AppealAccepted):
            found[step.subject] = replace(
                found[step.subject], state=ACCEPTED, accepted_at=step.at, accepted_by=step.actor
            )
        elif isinstance(payload, AppealDecided):
            found[step.subject] = replace(
                found[step.subject],
                state=UPHELD if payload.is_upheld else REJECTED,
                decided_at=step.at, decided_by=step.actor, verdict=payload.reason,
            )  # fmt: skip
    closings = archive.closings(desk.settings.scores_path)
    versions = {one.appeal: one.version for one in closings if one.appeal}
    firsts = {one.month_on: one for one in closings if one.version == 1}
    return [
        _timed(desk, _corrected(one, versions), firsts.get(one.month_on)) for one in found.values()
    ]


def _corrected(one: Appeal, versions: Mapping[str, int]) -> Appeal:
    if one.state == UPHELD and one.appeal_id in versions:
        return replace(one, state=CORRECTED, version=versions[one.appeal_id])
    return one


def _timed(desk: Desk, one: Appeal, closing: Closing | None) -> Appeal:
    """Return the appeal with the day of its next step, and whether any step was late."""
    if closing is None:
        return one
    rule = _rule(closing)
    calendar = desk.rules.calendar(rule.calendar)
    accept_by = workday_after(calendar, desk.local_day(one.submitted_at), rule.accept_workdays)
    is_late = desk.local_day(one.accepted_at or desk.now) > accept_by
    if one.accepted_at is None:
        return replace(one, due_on=accept_by, is_late=is_late)
    decide_by = workday_after(calendar, desk.local_day(one.accepted_at), rule.decide_workdays)
    is_late = is_late or desk.local_day(one.decided_at or desk.now) > decide_by
    return replace(one, due_on=None if one.decided_at else decide_by, is_late=is_late)
