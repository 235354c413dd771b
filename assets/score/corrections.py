"""What an upheld appeal changes: further ledger rows, and the score of that one engineer.

Holds the adding to the archive. The decision in `decisions.db` says what each row becomes; the
version that follows from it is added once, by whoever comes first, so that nothing is lost between
the two files. Who may decide is in `appeals`, the arithmetic in `recount`, what a closed quarter
takes over in `carried`.

A row that is not said to be worth something else is worth nothing: a case at the group's mean. The
component stays between 0 and 100. Nobody else's score moves.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from assets.decision_kinds import AppealDecided, AppealSubmitted
from assets.decisions import read
from assets.score import archive, carried
from assets.score.archive import MONTH, Closing
from assets.score.recount import adjusting, moved, recounted
from config.errors import ConfigError, StateError
from config.score_models import ScoreRules


@dataclass(frozen=True)
class _Upheld:
    """An upheld appeal: its id, who decided, whose ledger, and both decisions."""

    appeal: str
    actor: str
    site_id: str
    submitted: AppealSubmitted
    decided: AppealDecided


@dataclass(frozen=True)
class Difference:
    """What a version changed: the engineer's points before and after, and the rows it added."""

    closing: Closing
    before: float
    after: float
    rows: list[dict[str, Any]]


def apply(scores: Path, decisions: Path) -> list[Closing]:
    """Add the versions that follow from upheld appeals and are not there yet, oldest first.

    Args:
        scores: `Settings.scores_path`.
        decisions: `Settings.decisions_path`.

    Raises:
        StateError: a file cannot be used, or an appeal is about rows that are not there.
    """
    known = archive.closings(scores, kind=None)
    if not _pending(decisions, known) and not carried.pending(known):
        return []
    with archive.adding(scores) as db:
        # asked again: another process may have added them while this one waited
        made = [
            archive.add(db, _draft(db, one)) for one in _pending(decisions, archive.closings_of(db))
        ]
        return made + carried.add(db)


def difference(scores: Path, appeal: str) -> Difference | None:
    """Return what the version that follows from an appeal changed; None while there is none."""
    known = archive.closings(scores)
    own = next((one for one in known if one.appeal == appeal), None)
    if own is None:
        return None
    with archive.opened(scores) as db:
        [(person, after)] = [
            ((total["site_id"], total["engineer_id"]), total["points"])
            for total in archive.totals_of(db, own.closing_id)
        ]
        rows = archive.ledger_of(db, own.closing_id, person)
    added = [row for row in rows if row["version"] == own.version]
    return Difference(own, after - float(sum(row["points"] for row in added)), after, added)


def require_rows(
    rows: Sequence[dict[str, Any]], wanted: Mapping[int, Decimal | None]
) -> dict[int, Decimal]:
    """Return what each row becomes.

    Args:
        rows: an engineer's ledger.
        wanted: row → points, None: nothing is lost by it.

    Raises:
        ConfigError: a row that gave points needs its new value, or is not in the ledger.
    """
    known = {row["ledger_id"]: row for row in rows}
    found = {}
    for number, points in wanted.items():
        if number not in known:
            raise ConfigError(f"台账里没有第 {number} 行。", "请用 opspulse score explain 查看。")
        if points is None and known[number]["points"] >= 0:
            raise ConfigError(
                f"台账第 {number} 行没有扣分,需要写明更正后的分值。", "请写成 行号=分值。"
            )
        found[number] = Decimal(0) if points is None else points
    return found


def _pending(decisions: Path, known: Sequence[Closing]) -> list[_Upheld]:
    done = {one.appeal for one in known}
    found = read(decisions, kinds=["appeal_submitted", "appeal_decided"])
    submitted = {
        one.subject: (one.site_id, one.payload)
        for one in found
        if isinstance(one.payload, AppealSubmitted)
    }
    return [
        _Upheld(one.subject, one.actor, *submitted[one.subject], one.payload)
        for one in found
        if isinstance(one.payload, AppealDecided)
        and one.payload.is_upheld
        and one.subject not in done
        and one.subject in submitted
    ]


def _draft(db: sqlite3.Connection, one: _Upheld) -> archive.Draft:
    month = one.submitted.month_on
    person = (one.site_id, one.submitted.engineer_id)
    versions = archive.closings_of(db, month)
    found = archive.score_of(db, (MONTH, month), person)
    if not versions or not found:
        raise StateError(
            f"申诉 {one.appeal} 所指的台账不在评分档案里。", "请用备份恢复 scores.db。"
        )
    first, last = versions[0], versions[-1]
    rows = archive.ledger_of(db, last.closing_id, person)
    total, parts = found
    wanted = {row.ledger_id: row.points for row in one.decided.corrections}
    added = [
        adjusting(row, wanted[row["ledger_id"]] - row["points"], one.appeal)
        for row in rows
        if row["ledger_id"] in wanted
    ]
    parts, caps = recounted(parts, rows, added, one.appeal)
    rules = ScoreRules.model_validate_json(first.rules)
    return archive.following(
        first, one.actor, one.appeal, [(moved(total, parts, rules), parts)], [*added, *caps]
    )
