"""What an upheld appeal changes: further ledger rows, and the score of that one engineer.

Holds the arithmetic and the adding to the archive. The decision in `decisions.db` says what each
row becomes; the version that follows from it is added once, by whoever comes first, so that nothing
is lost between the two files. Who may decide is in `appeals`.

A row that is not said to be worth something else is worth nothing: a case at the group's mean. The
component stays between 0 and 100. Nobody else's score moves.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import NormalDist
from typing import Any

from assets.decision_kinds import AppealDecided, AppealSubmitted
from assets.decisions import Decision, read
from assets.score import archive
from assets.score.archive import ADJUST, Closing
from assets.score.compute import UNCOMPARED, banded
from config.errors import ConfigError, StateError
from config.score_models import ScoreRules

_FULL = 100.0
_TWO_SIDES = 3.92  # width of a 95 % interval in standard deviations
_SURE = 0.0005  # what a thousand draws can tell from certainty


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
    if not _pending(decisions, archive.closings(scores)):
        return []
    with archive.adding(scores) as db:
        # asked again: another process may have added them while this one waited
        return [
            archive.add(db, _draft(db, submitted, decided))
            for submitted, decided in _pending(decisions, archive.closings_of(db))
        ]


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


def _pending(decisions: Path, known: Sequence[Closing]) -> list[tuple[Decision, Decision]]:
    done = {one.appeal for one in known}
    found = read(decisions, kinds=["appeal_submitted", "appeal_decided"])
    submitted = {one.subject: one for one in found if one.kind == "appeal_submitted"}
    return [
        (submitted[one.subject], one)
        for one in found
        if isinstance(one.payload, AppealDecided)
        and one.payload.is_upheld
        and one.subject not in done
        and one.subject in submitted
    ]


def _draft(db: sqlite3.Connection, submitted: Decision, decided: Decision) -> archive.Draft:
    appeal, verdict = submitted.payload, decided.payload
    assert isinstance(appeal, AppealSubmitted)  # noqa: S101 - by its kind
    assert isinstance(verdict, AppealDecided)  # noqa: S101 - by its kind
    person = (submitted.site_id, appeal.engineer_id)
    versions = archive.closings_of(db, appeal.month_on)
    found = [
        (total, parts)
        for _, total, parts in archive.scores_of(db, [appeal.month_on])
        if (total["site_id"], total["engineer_id"]) == person
    ]
    if not versions or not found:
        raise StateError(
            f"申诉 {submitted.subject} 所指的台账不在评分档案里。", "请用备份恢复 scores.db。"
        )
    first, last = versions[0], versions[-1]
    rows = archive.ledger_of(db, last.closing_id, person)
    total, parts = found[0]
    wanted = {one.ledger_id: one.points for one in verdict.corrections}
    added = [
        _adjusting(row, wanted[row["ledger_id"]] - row["points"], submitted.subject)
        for row in rows
        if row["ledger_id"] in wanted
    ]
    parts, caps = _recounted(parts, rows, added, submitted.subject)
    added += caps
    rules = ScoreRules.model_validate_json(first.rules)
    return archive.Draft(
        actor=decided.actor, month_on=first.month_on, appeal=submitted.subject, as_of=first.as_of,
        is_final=first.is_final, rule_version=first.rule_version, rule_hash=first.rule_hash,
        rules=first.rules, scores=[(_moved(total, parts, rules), parts)],
        ledger=[tuple(row[name] for name in archive.LEDGER) for row in added],
    )  # fmt: skip


def _adjusting(row: Mapping[str, Any], points: Decimal, appeal: str) -> dict[str, Any]:
    """Return the row that brings another one to its new worth."""
    empty = dict.fromkeys(("weight", "value", "part_1", "part_2", "part_3", "part_4"))
    evidence = [f"appeal:{appeal}", *([f"row:{row['ledger_id']}"] if "ledger_id" in row else [])]
    return {**row, **empty, "kind": ADJUST, "points": str(points), "evidence": evidence}


def _recounted(
    parts: Sequence[dict[str, Any]],
    rows: Sequence[dict[str, Any]],
    added: Sequence[dict[str, Any]],
    appeal: str,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the components with their new points, and the rows that keep them within 0 and 100."""
    caps, found = [], []
    for part in parts:
        own = [row for row in added if row["component"] == part["component"]]
        if not own:
            found.append(part)
            continue
        whole = sum(
            (Decimal(row["points"]) for row in (*rows, *own)
             if row["component"] == part["component"]), Decimal(0),
        )  # fmt: skip
        most = Decimal(_FULL * part["share"])
        over = min(max(whole, Decimal(0)), most) - whole
        if over:
            of_cap = {**own[0], "subject_id": None, "ticket_id": None, "rule_row": "cap"}
            of_cap.pop("ledger_id", None)
            caps.append(_adjusting(of_cap, over.quantize(Decimal("1e-12")), appeal))
        points = float(whole + over) / part["share"]
        found.append({**part, "points": points, "clip_points": part["clip_points"] + float(over)})
    return found, caps


def _moved(
    total: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], rules: ScoreRules
) -> dict[str, Any]:
    """Return the score with its interval moved by the same points, and the band that follows.

    The probability of being above the group's median moves by as many standard deviations: the
    interval's own, as the median of the others stands still.
    """
    points = sum(part["points"] * part["share"] for part in parts)
    gain = points - total["points"]
    low, high = (min(max(total[name] + gain, 0.0), _FULL) for name in ("low", "high"))
    chance, band = total["probability"], UNCOMPARED
    if chance is not None:
        spread = max((total["high"] - total["low"]) / _TWO_SIDES, 1e-9)
        normal = NormalDist()
        at = normal.inv_cdf(min(max(chance, _SURE), 1 - _SURE)) + gain / spread
        chance = normal.cdf(at)
        band = banded(chance, float(rules.bands.probability))
    return {**total, "points": points, "low": low, "high": high, "probability": chance,
            "band": band}  # fmt: skip
