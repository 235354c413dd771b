"""A bonus on its way to finance: drafted, approved by the head, and frozen from then on.

Holds the states and what each viewer may read of an approved pool. How a pool is divided is in
`bonus`; the file for finance is written in `exports`. Draft and approval are decisions in
`decisions.db`: an approved amount never changes, whatever happens to scores afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from assets.decision_kinds import Amount, BonusApproved, BonusDrafted
from assets.decisions import Decision, Draft, decide, read
from assets.score import appeal_states, archive, bonus
from assets.score.desk import Desk
from assets.score.periods import months_of, name_of
from assets.score.reading import Viewer, rules_of, totals
from config.errors import ConfigError, StateError

KINDS = ("bonus_drafted", "bonus_approved")
_ALL_SITES = "*"
_CENTS = 100
_HEAD = Viewer("head")


@dataclass(frozen=True)
class Bonus:
    """One period's pool as it stands.

    Attributes:
        period: ``2026-09`` or ``2026-Q3``.
        draft_id: the decision that drafted it.
        pool_cny: what is divided; ``amounts`` add up to it.
        approved_by, approved_at: None while it is a draft (UTC).
        amounts: rows of site_id, engineer_id, amount_cny that the viewer may see.
    """

    period: str
    draft_id: int
    mode: str
    pool_cny: Decimal
    drafted_by: str
    drafted_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    amounts: list[dict[str, Any]]


def draft(
    con: duckdb.DuckDBPyConnection,
    desk: Desk,
    viewer: Viewer,
    kind: str,
    first: date,
    *,
    pool_cents: int,
    actor: str,
) -> Bonus:
    """Keep how a pool would be divided, for approval; a later draft stands in for it.

    Args:
        con: a snapshot.
        desk: where.
        viewer: the head.
        kind: month or quarter, closed.
        first: its first day.
        pool_cents: what is divided.
        actor: who drafts.

    Raises:
        ConfigError: the viewer may not, a month is open, nobody has attended, or a pool of the
            period is approved already.
    """
    viewer.require_head()
    closings = _closings(desk, kind, first)
    _require_current(con, kind, first, closings)
    rows = bonus.allotted(con, _HEAD, kind, first, pool_cents)
    hashes = [row["rule_hash"] for row in totals(con, _HEAD, kind, first)]
    if not rows:
        raise ConfigError(
            f"{name_of(kind, first)} 没有评分,不能分配奖金。", "请先运行 opspulse run。"
        )
    payload = BonusDrafted(
        pool_cents=pool_cents,
        mode=rules_of(con, hashes[0]).bonus.mode,
        rule_hash=hashes[0],
        closings=closings,
        amounts=tuple(
            Amount(
                site_id=row["site_id"],
                engineer_id=row["engineer_id"],
                cents=int(row["amount_cny"] * _CENTS),
            )
            for row in rows
        ),
    )
    period = name_of(kind, first)

    def judge(known: list[Decision]) -> list[Draft]:
        _require_unapproved(known, period)
        return [Draft(actor, "head", "bonus_drafted", period, payload, _ALL_SITES)]

    decide(desk.settings.decisions_path, KINDS, judge)
    return _known(desk, viewer, kind, first)


def approve(desk: Desk, viewer: Viewer, kind: str, first: date, actor: str) -> Bonus:
    """Approve the latest draft: its amounts are frozen.

    Raises:
        ConfigError: the viewer may not, nothing is drafted, it is approved already, scores were
            corrected since, an appeal is open, or engineers may still object.
    """
    viewer.require_head()
    period = name_of(kind, first)
    closings = _closings(desk, kind, first)
    _require_heard(desk, kind, first)

    def judge(known: list[Decision]) -> list[Draft]:
        _require_unapproved(known, period)
        drafts = _drafts(known, period)
        if not drafts:
            raise ConfigError(f"{period} 还没有奖金草案。", "请先用 --draft 起草。")
        last, content = drafts[-1]
        if content.closings != closings:
            raise ConfigError(
                f"{period} 的得分在起草之后有更正。", "请运行 opspulse run 后重新起草。"
            )
        payload = BonusApproved(draft_id=last.decision_id)
        return [Draft(actor, "head", "bonus_approved", period, payload, _ALL_SITES)]

    decide(desk.settings.decisions_path, KINDS, judge)
    return _known(desk, viewer, kind, first)


def current(desk: Desk, viewer: Viewer, kind: str, first: date) -> Bonus | None:
    """Return a period's approved pool, else its latest draft; None where there is none.

    The head sees all amounts; finance all of an approved pool and nothing of a draft; an engineer
    their own of an approved pool.
    """
    period = name_of(kind, first)
    known = read(desk.settings.decisions_path, kinds=KINDS, subject=period)
    approved = [one for one in known if isinstance(one.payload, BonusApproved)]
    drafts = _drafts(known, period)
    if approved:
        [own] = [one for one in drafts if one[0].decision_id == _draft_id(approved[0])]
    elif drafts and viewer.role == "head":
        own = drafts[-1]
    else:
        return None
    return _bonus(*own, approved[0] if approved else None, viewer)


def _bonus(
    drafted: Decision, content: BonusDrafted, approved: Decision | None, viewer: Viewer
) -> Bonus:
    return Bonus(
        period=drafted.subject,
        draft_id=drafted.decision_id,
        mode=content.mode,
        pool_cny=Decimal(content.pool_cents) / _CENTS,
        drafted_by=drafted.actor,
        drafted_at=drafted.at,
        approved_by=approved.actor if approved else None,
        approved_at=approved.at if approved else None,
        amounts=[
            {
                "site_id": one.site_id,
                "engineer_id": one.engineer_id,
                "amount_cny": Decimal(one.cents) / _CENTS,
            }
            for one in content.amounts
            if viewer.is_shown(one.site_id, one.engineer_id)
        ],
    )


def _known(desk: Desk, viewer: Viewer, kind: str, first: date) -> Bonus:
    found = current(desk, viewer, kind, first)
    if found is None:
        raise StateError("刚写入的奖金草案读不出来。", "请检查磁盘后重试;必要时用备份恢复。")
    return found


def _drafts(known: Sequence[Decision], period: str) -> list[tuple[Decision, BonusDrafted]]:
    return [
        (one, one.payload)
        for one in known
        if one.subject == period and isinstance(one.payload, BonusDrafted)
    ]


def _draft_id(approved: Decision) -> int:
    content = approved.payload
    return content.draft_id if isinstance(content, BonusApproved) else 0


def _require_unapproved(known: Sequence[Decision], period: str) -> None:
    for one in known:
        if one.subject == period and isinstance(one.payload, BonusApproved):
            raise ConfigError(
                f"{period} 的奖金已由 {one.actor} 于 {one.at:%Y-%m-%d} 批准,金额已冻结。",
                "差额请在以后的期间另行分配。",
            )


def _closings(desk: Desk, kind: str, first: date) -> tuple[int, ...]:
    """Return every version of the closed period: what the amounts rest on."""
    known = archive.closings(desk.settings.scores_path, first, kind)
    if not known:
        raise ConfigError(
            f"{name_of(kind, first)} 还没有关账,不能起草奖金。",
            "请先用 opspulse score close 关账。",
        )
    return tuple(one.closing_id for one in known)


def _require_current(
    con: duckdb.DuckDBPyConnection, kind: str, first: date, closings: Sequence[int]
) -> None:
    """Refuse a snapshot that was published before the period was closed or corrected."""
    seen = {row["closing_id"] for row in totals(con, _HEAD, kind, first)}
    if max(closings) not in seen:
        raise ConfigError(
            f"{name_of(kind, first)} 关账或更正之后还没有刷新。", "请运行 opspulse run 后重试。"
        )


def _require_heard(desk: Desk, kind: str, first: date) -> None:
    """Refuse while an engineer may still object to a month, or waits for an answer."""
    months = months_of(kind, first)
    for closing in archive.closings(desk.settings.scores_path):
        until = appeal_states.window_until(desk, closing)
        if closing.month_on in months and closing.version == 1 and desk.today <= until:
            raise ConfigError(
                f"{closing.month_on:%Y-%m} 的申诉期到 {until} 才结束,不能批准奖金。",
                "请在申诉期结束后批准。",
            )
    for one in appeal_states.listed(desk, _HEAD):
        if one.month_on in months and one.decided_at is None:
            raise ConfigError(f"申诉 {one.appeal_id} 还没有裁决,不能批准奖金。", "请先裁决。")
