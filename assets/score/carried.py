"""What a closed quarter takes over from the corrections of its months.

Holds which corrections a quarter lacks, and the version that each becomes: a ticket's case moves by
the same distance from the group's mean, in the points that it has in the quarter. The correction of
a month itself is in `corrections`, the arithmetic in `recount`.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from assets.score import archive
from assets.score.archive import Closing
from assets.score.periods import MONTH, QUARTER, quarter_of
from assets.score.recount import EXACT, Row, adjusting, is_cap, moved, recounted
from config.score_models import ScoreRules


def pending(known: Sequence[Closing]) -> list[tuple[Closing, Closing]]:
    """Return the closing of a quarter and the correction of a month that it lacks, oldest first.

    Args:
        known: every version of every closed period.
    """
    quarters = {one.month_on: one for one in known if (one.kind, one.version) == (QUARTER, 1)}
    done = {(one.month_on, one.appeal) for one in known if one.kind == QUARTER}
    found = []
    for one in known:
        first = quarter_of(one.month_on)
        is_lacking = first in quarters and (first, one.appeal) not in done
        if one.kind == MONTH and one.appeal and is_lacking:
            found.append((quarters[first], one))
    return found


def add(db: sqlite3.Connection) -> list[Closing]:
    """Add the versions of quarters that are lacking, within the caller's `archive.adding`."""
    return [
        archive.add(db, _draft(db, quarter, correction))
        for quarter, correction in pending(archive.closings_of(db, kind=None))
    ]


def _draft(db: sqlite3.Connection, quarter: Closing, correction: Closing) -> archive.Draft:
    """Return the quarter's version; without scores where the engineer has none in the quarter."""
    appeal = str(correction.appeal)
    [total] = archive.totals_of(db, correction.closing_id)
    person = (total["site_id"], total["engineer_id"])
    whole = archive.score_of(db, (QUARTER, quarter.month_on), person)
    month = archive.score_of(db, (MONTH, correction.month_on), person)
    if whole is None or month is None:
        return archive.following(quarter, correction.actor, appeal, [], [])
    last = archive.closings_of(db, quarter.month_on, QUARTER)[-1]
    rows = archive.ledger_of(db, last.closing_id, person)
    changed = [
        row
        for row in archive.ledger_of(db, correction.closing_id, person)
        if row["version"] == correction.version and not is_cap(row)
    ]
    added = [
        one
        for row in changed
        if (one := _carried(row, rows, _by_name(month[1]), _by_name(whole[1]), appeal))
    ]
    parts, caps = recounted(whole[1], rows, added, appeal)
    rules = ScoreRules.model_validate_json(quarter.rules)
    scores = [(moved(whole[0], parts, rules), parts)]
    return archive.following(quarter, correction.actor, appeal, scores, [*added, *caps])


def _by_name(parts: Sequence[Row]) -> dict[str, Row]:
    return {part["component"]: part for part in parts}


def _carried(
    row: Mapping[str, Any],
    rows: Sequence[Row],
    month: Mapping[str, Row],
    quarter: Mapping[str, Row],
    appeal: str,
) -> Row | None:
    """Return the quarter's row for one of a month's, None where the quarter has none like it.

    A row of the rules moves the quarter's by the month's part in the cases.
    """
    name = row["component"]
    same = [
        one
        for one in rows
        if one["kind"] == archive.BASE
        and all(one[key] == row[key] for key in ("component", "subject_id", "rule_row"))
    ]
    if not same:
        return None
    own, whole = month[name], quarter[name]
    if row["subject_id"] is not None:
        scale = whole["case_factor"] / own["case_factor"]
    else:
        scale = whole["share"] / own["share"] * own["case_count"] / whole["case_count"]
    return adjusting(same[0], (row["points"] * Decimal(scale)).quantize(EXACT), appeal)
