"""From components to one score: weights, interval, band, and the rows that are stored.

Holds the computation of one period for everybody. Pure: facts and rules in, rows out. What is
stored where is in `tables`, a component's arithmetic in `components`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from assets.analysis.scoring import above_median
from assets.score.components import OK, Column, FloatArray, column
from assets.score.facts import Facts
from assets.score.groups import Group, groups
from assets.score.periods import Period
from config.score_models import COMPONENTS, ScoreRules

ABOVE, NORMAL, BELOW, UNCOMPARED = "above", "normal", "below", "none"
_TAIL = 2.5
_FEWEST_TO_COMPARE = 2


@dataclass(frozen=True, eq=False)
class Scores:
    """A period's scores, one entry per engineer; NaN without any component that counts.

    Attributes:
        columns: by component.
        share: by component, its part of the total; 0 where it does not count.
        points: the total, 0 to 100.
        low, high: 95 % interval.
        probability: that the true score exceeds the group's median.
        band: above, normal, below; none where there is nobody to compare with.
        groups: who was compared with whom.
    """

    period: Period
    columns: dict[str, Column]
    share: dict[str, FloatArray]
    points: FloatArray
    low: FloatArray
    high: FloatArray
    probability: FloatArray
    band: list[str]
    groups: list[Group]


def score(facts: Facts, period: Period, rules: ScoreRules) -> Scores:
    """Return everybody's scores of a period.

    The interval and the bands come from draws that are seeded by the period alone, so that the
    same facts give the same bands.
    """
    compared = groups(facts, period.months, rules.peer_group, rules.min_group)
    columns: dict[str, Column] = {
        name: column(name, facts, period, rules, compared, _rng(period, number))
        for number, name in enumerate(COMPONENTS)
    }
    weights: dict[str, FloatArray] = {
        name: np.where(one.state == OK, _weight(rules, name), 0.0) for name, one in columns.items()
    }
    whole = np.sum(list(weights.values()), axis=0)
    share = {
        name: np.divide(one, whole, out=np.zeros_like(whole), where=whole > 0)
        for name, one in weights.items()
    }
    points = np.sum([share[name] * one.points for name, one in columns.items()], axis=0)
    draws = np.sum([share[name][:, None] * one.draws for name, one in columns.items()], axis=0)
    scored = whole > 0
    places = [group.members[scored[group.members]] for group in compared]
    large = [one for one in places if len(one) >= _FEWEST_TO_COMPARE]
    probability = above_median(draws, large)
    low, high = np.percentile(draws, [_TAIL, 100 - _TAIL], axis=1)
    return Scores(
        period,
        columns,
        share,
        np.where(scored, points, np.nan),
        low,
        high,
        probability,
        [banded(one, float(rules.bands.probability)) for one in probability],
        compared,
    )


def _weight(rules: ScoreRules, component: str) -> float:
    return next((float(one) for name, one in rules.weights.items() if name == component), 0.0)


def _rng(period: Period, number: int) -> np.random.Generator:
    return np.random.default_rng([period.first.toordinal(), len(period.kind), number])


def banded(probability: float, limit: float) -> str:
    """Return the band of a probability of being above the group's median; NaN: not compared."""
    if np.isnan(probability):
        return UNCOMPARED
    if probability > limit:
        return ABOVE
    return BELOW if probability < 1 - limit else NORMAL


def digest(parts: Sequence[Any]) -> str:
    """Return a short hash of what a score rests on; floats by their exact value."""
    text = "\x1f".join(one.hex() if isinstance(one, float) else str(one) for one in parts)
    return sha256(text.encode()).hexdigest()[:16]


def fingerprint(rules: ScoreRules) -> str:
    """Return a short hash of one version of the rules."""
    return sha256(rules.model_dump_json().encode()).hexdigest()[:12]
