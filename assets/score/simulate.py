"""What other rules would make of a period: who would move, and whether beyond chance.

Holds the comparison of stored scores with those under another `score.yml`. Weights, floors, goals,
parts and shrinkage are tried out; shares of credit and days of repeats stand in the facts already.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np

from assets.score import reading
from assets.score.reading import Viewer
from assets.score.tables import scored
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

    Args:
        con: a snapshot; nothing is written.
        rules: the rules to try, whose version in force in the period counts.
        kind: month or quarter.
        first: its first day.
    """
    before = {
        (row["site_id"], row["engineer_id"]): row
        for row in reading.totals(con, Viewer("head"), kind, first)
    }
    found = []
    for facts, _, scores in scored(con, rules.score_versions, only=(kind, first)):
        for place, person in enumerate(facts.people):
            row = before.get(person)
            after = float(scores.points[place])
            if row is None or np.isnan(after):
                continue
            found.append(_move(row, after, scores.band[place]))
    return sorted(found, key=lambda one: (-abs(one.after - one.before), one.name))


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
