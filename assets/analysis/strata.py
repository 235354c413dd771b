"""Comparing two ways of doing the same thing within strata: a directly standardised difference.

Holds the Simpson guard for means: easy jobs go one way and hard ones the other, so that the crude
means compare the jobs and not the ways. Rates per exposure are in `standardisation`.
"""

from collections.abc import Sequence
from typing import NamedTuple

_Z95 = 1.959963984540054


class Arm(NamedTuple):
    """Of one way in one stratum: how many, their sum and sum of squares."""

    n: int
    total: float
    squares: float


class Comparison(NamedTuple):
    """Standardised means of both ways, their difference with 95 % bounds, and the crude one.

    ``share`` is the part of all cases that lies in strata where both ways occur; only those are
    compared, ``n`` cases. ``is_reversed``: the crude difference has the other sign. Without two
    cases of each way in any stratum there are no bounds.
    """

    first: float
    second: float
    difference: float
    lo: float | None
    hi: float | None
    crude_difference: float
    share: float
    n: int
    is_reversed: bool


def compare(strata: Sequence[tuple[Arm, Arm]]) -> Comparison | None:
    """Return first − second with every stratum weighing what it weighs in both ways together.

    The bounds take the spread of one way as the same in all strata (pooled within strata) and the
    normal quantile. None where no stratum has both ways. Source: direct standardisation with the
    pooled population as standard; Breslow & Day 1987.

    Args:
        strata: for each stratum the arms of the first and of the second way; an arm may be empty.
    """
    both = [(a, b) for a, b in strata if a.n and b.n]
    weight = sum(a.n + b.n for a, b in both)
    if not weight:
        return None
    first = sum((a.n + b.n) * a.total / a.n for a, b in both) / weight
    second = sum((a.n + b.n) * b.total / b.n for a, b in both) / weight
    crude = _crude([a for a, _ in strata]) - _crude([b for _, b in strata])
    low, high = _bounds(both, weight, first - second)
    return Comparison(
        first=first,
        second=second,
        difference=first - second,
        lo=low,
        hi=high,
        crude_difference=crude,
        share=weight / sum(a.n + b.n for a, b in strata),
        n=weight,
        is_reversed=(first - second) * crude < 0,
    )


def _crude(arms: Sequence[Arm]) -> float:
    return sum(arm.total for arm in arms) / sum(arm.n for arm in arms)


def _bounds(
    both: Sequence[tuple[Arm, Arm]], weight: int, difference: float
) -> tuple[float | None, float | None]:
    spread_a, spread_b = (_variance([arms[side] for arms in both]) for side in (0, 1))
    if spread_a is None or spread_b is None:
        return None, None
    variance = sum(((a.n + b.n) / weight) ** 2 * (spread_a / a.n + spread_b / b.n) for a, b in both)
    reach: float = _Z95 * variance**0.5
    return difference - reach, difference + reach


def _variance(arms: Sequence[Arm]) -> float | None:
    """Return the variance within strata; None where no stratum has two cases."""
    freedom = sum(arm.n - 1 for arm in arms)
    if not freedom:
        return None
    return max(0.0, sum(arm.squares - arm.total**2 / arm.n for arm in arms)) / freedom
