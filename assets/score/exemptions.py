"""Repeats that are not charged to who repaired before: asked for, and approved by a second person.

Holds asking, answering and who may read which charge. A request and its answer are decisions in
`decisions.db`; `core.repeat_exemptions` brings them to the score with the next run. In a month that
is closed already only an appeal changes anything.
"""

from collections.abc import Sequence
from typing import Any

import duckdb

from assets.decision_kinds import (
    Payload,
    RepeatExemption,
    RepeatExemptionApproved,
    RepeatExemptionRejected,
)
from assets.decisions import Decision, Draft, decide
from assets.score.desk import Desk
from assets.score.reading import Viewer
from config.errors import ConfigError

KINDS = ("repeat_exemption", "repeat_exemption_approved", "repeat_exemption_rejected")
_COLUMNS = (
    "site_id", "ticket_id", "engineer_id", "restored_on", "recurred_ticket_id", "gap_seconds",
    "request_id", "code", "asked_by", "state", "answered_by",
)  # fmt: skip
_RETRY = "请用 opspulse score exempt list 查看。"


def charges(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the repeats that the viewer may see, newest first: an engineer those charged to them.

    Raises:
        ConfigError: finance.
    """
    viewer.require_scores()
    rows = con.execute(
        f"select {', '.join(_COLUMNS)} from kpi.fact_repeat_charges "
        "order by restored_on desc, site_id, ticket_id"
    ).fetchall()
    found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    return [row for row in found if viewer.is_shown(row["site_id"], row["engineer_id"])]


def rates(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> list[dict[str, Any]]:
    """Return for each engineer how many repeats there were and what share was exempted; the head's.

    Raises:
        ConfigError: the viewer is not the head.
    """
    viewer.require_head()
    rows = con.execute(
        "select site_id, engineer_id, count(*), count(*) filter (state = 'approved') "
        "from kpi.fact_repeat_charges group by site_id, engineer_id order by site_id, engineer_id"
    ).fetchall()
    return [
        {"site_id": site, "engineer_id": engineer, "repeats": repeats, "exempted": exempted,
         "share": exempted / repeats}
        for site, engineer, repeats, exempted in rows
    ]  # fmt: skip


def ask(
    con: duckdb.DuckDBPyConnection,
    desk: Desk,
    viewer: Viewer,
    ticket_id: str,
    *,
    code: str,
    reason: str,
    actor: str,
) -> Decision:
    """Ask that a repair is not charged with the failure behind it.

    Raises:
        ConfigError: no such charge among those the viewer sees, an unknown code, or a request that
            is not answered yet.
    """
    known = desk.rules.score.exempt_codes
    if code not in known:
        raise ConfigError(f"没有名为「{code}」的豁免原因。", f"可选:{'、'.join(known)}。")
    row = _one(charges(con, viewer), ticket_id)
    payload = RepeatExemption(code=code, reason=desk.clean(reason, "豁免理由"))

    def judge(decisions: list[Decision]) -> list[Draft]:
        request, answer = _last(decisions, row)
        if request is not None and answer is None:
            raise ConfigError(f"工单 {ticket_id} 的豁免申请还没有答复。", _RETRY)
        return [_draft("repeat_exemption", actor, viewer.role, row, payload)]

    [made] = decide(desk.settings.decisions_path, KINDS, judge)
    return made


def answer(
    con: duckdb.DuckDBPyConnection,
    desk: Desk,
    viewer: Viewer,
    ticket_id: str,
    *,
    is_approved: bool,
    reason: str,
    actor: str,
) -> Decision:
    """Approve or reject a request: as a second person, who is not the one charged either.

    Raises:
        ConfigError: the viewer or actor may not, or there is no unanswered request.
    """
    viewer.require_head()
    row = _one(charges(con, viewer), ticket_id)

    def judge(decisions: list[Decision]) -> list[Draft]:
        request, given = _last(decisions, row)
        if request is None or given is not None:
            raise ConfigError(f"工单 {ticket_id} 没有待答复的豁免申请。", _RETRY)
        if any(desk.is_same(actor, one) for one in (request.actor, row["engineer_id"])):
            raise ConfigError(
                "豁免必须由第二人批准。", "申请人和被记的工程师本人不能批准,请由他人办理。"
            )
        if is_approved:
            payload: Payload = RepeatExemptionApproved(request_id=request.decision_id)
            return [_draft("repeat_exemption_approved", actor, "head", row, payload)]
        said = desk.clean(reason, "不批准的理由")
        payload = RepeatExemptionRejected(request_id=request.decision_id, reason=said)
        return [_draft("repeat_exemption_rejected", actor, "head", row, payload)]

    [made] = decide(desk.settings.decisions_path, KINDS, judge)
    return made


def _last(
    decisions: Sequence[Decision], row: dict[str, Any]
) -> tuple[Decision | None, Decision | None]:
    """Return the latest request about a ticket and the first answer to it."""
    about = [
        one for one in decisions if (one.site_id, one.subject) == (row["site_id"], row["ticket_id"])
    ]
    asked = [one for one in about if one.kind == "repeat_exemption"]
    if not asked:
        return None, None
    request = asked[-1]
    given = [
        one
        for one in about
        if isinstance(one.payload, RepeatExemptionApproved | RepeatExemptionRejected)
        and one.payload.request_id == request.decision_id
    ]
    return request, given[0] if given else None


def _one(rows: Sequence[dict[str, Any]], ticket_id: str) -> dict[str, Any]:
    found = [row for row in rows if row["ticket_id"] == ticket_id]
    if len(found) != 1:
        raise ConfigError(f"工单 {ticket_id} 不在可申请豁免的复发之中。", _RETRY)
    return found[0]


def _draft(kind: str, actor: str, role: str, row: dict[str, Any], payload: Payload) -> Draft:
    return Draft(actor, role, kind, row["ticket_id"], payload, row["site_id"])
