"""What other rules would make of a period: who would move, and whether beyond chance.

Holds the comparison of stored scores with those under another `score.yml`. Weights, floors, goals,
parts and shrinkage are tried out; shares of credit and days of repeats stand in the facts already.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import numpy as np

from assets.analysis.scoring import FULL
from assets.score import reading
from assets.score.reading import Viewer
from assets.score.tables import scored
from config.rule_versions import BASE, Version, Versions
from config.rules import Rules
from config.score_models import ScoreRules


@dataclass(frozen=True)
class Move:
    """One engineer under both rules.

    ``is_beyond_chance``: the new score lies outside the old one's 95 % interval.
    """

    site_id: str
    engineer_id: str
    name: str
    before: float
    after: float
    low: float
    high: float
    band_before: str
    band_after: str

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the move is larger than the error of the score itself."""
        return not self.low <= self.after <= self.high


def moves(con: duckdb.DuckDBPyConnection, rules: Rules, kind: str, first: date) -> list[Move]:
    """Return every engineer of a period, the largest moves first; for the head only.

    What a closed period says besides (corrections, tickets that came late) is no move: only what
    the rules make of the same facts.

    Args:
        con: a snapshot; nothing is written.
        rules: the rules to try; their newest version counts, whenever it is to take effect.
        kind: month or quarter.
        first: its first day.
    """
    rows = reading.totals(con, Viewer("head"), kind, first)
    old: dict[tuple[str, str], tuple[float, str]] = {}
    if any(row["closed_version"] for row in rows):
        kept = reading.rules_of(con, rows[0]["rule_hash"])
        old = _scored(con, kept, kind, first)
    new = _scored(con, rules.score_versions.at(None).content, kind, first)
    found = []
    for row in rows:
        person = row["site_id"], row["engineer_id"]
        if person in new:
            points, band = new[person]
            gain = points - old.get(person, (row["points"], ""))[0]
            found.append(_move(row, min(max(row["points"] + gain, 0.0), FULL), band))
    return sorted(found, key=lambda one: (-abs(one.after - one.before), one.name))


def tried(rules: Rules) -> tuple[str, datetime | None]:
    """Return the name of the version that is tried, the newest, and from when it would count."""
    newest = rules.score_versions.at(None)
    return newest.content.version if newest.id == BASE else newest.id, newest.effective_from


def _scored(
    con: duckdb.DuckDBPyConnection, rules: ScoreRules, kind: str, first: date
) -> dict[tuple[str, str], tuple[float, str]]:
    """Return points and band of each engineer, the period scored under these rules."""
    always = Versions((Version(BASE, None, rules),))
    return {
        person: (float(scores.points[place]), scores.band[place])
        for facts, _, scores in scored(con, always, only=(kind, first))
        for place, person in enumerate(facts.people)
        if not np.isnan(scores.points[place])
    }


def untried(con: duckdb.DuckDBPyConnection, rules: ScoreRules, kind: str, first: date) -> list[str]:
    """Return the keys in which the rules differ and which only a run can apply."""
    rows = reading.totals(con, Viewer("head"), kind, first)
    if not rows:
        return []
    old = reading.rules_of(con, rows[0]["rule_hash"])
    pairs: dict[str, tuple[Any, Any]] = {
        "credit": (old.credit, rules.credit),
        "quality.decay": (old.quality.decay, rules.quality.decay),
        "quality.reopen_days": (old.quality.reopen_days, rules.quality.reopen_days),
    }
    return [name for name, (was, now) in pairs.items() if was != now]


def _move(row: dict[str, Any], after: float, band: str) -> Move:
    return Move(
        row["site_id"],
        row["engineer_id"],
        row["name"],
        row["points"],
        after,
        row["low"],
        row["high"],
        row["band"],
        band,
    )
