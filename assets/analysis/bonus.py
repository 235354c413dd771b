"""A pool of money divided by shares, exact to the cent.

Holds the largest-remainder division and the three ways of turning scores into shares. Which way is
chosen and who takes part is in the rules and in `assets.score`. Amounts are whole cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class Terms:
    """Base share β and f(s) = clip(s / pivot, low, high)."""

    base_share: Decimal
    pivot: Decimal
    low: Decimal
    high: Decimal

    def factor(self, points: int) -> Fraction:
        """Return f of a score."""
        return min(
            max(Fraction(points) / Fraction(self.pivot), Fraction(self.low)), Fraction(self.high)
        )


def divided(pool_cents: int, shares: Sequence[Fraction]) -> list[int]:
    """Return whole cents in proportion to the shares that add up to the pool.

    Largest remainder; of equal remainders the earlier gets the cent.

    Raises:
        ValueError: a negative pool or share, or nothing to divide by.
    """
    total = sum(shares, Fraction(0))
    if pool_cents < 0 or any(share < 0 for share in shares) or not total:
        raise ValueError("a pool needs shares above zero, and neither may be negative")
    exact = [pool_cents * share / total for share in shares]
    cents = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda place: (cents[place] - exact[place], place))
    for place in order[: pool_cents - sum(cents)]:
        cents[place] += 1
    return cents


def base_plus_score(
    standing: Sequence[Fraction], points: Sequence[int], terms: Terms
) -> list[Fraction]:
    """Return shares of β·(g·a)/Σ(g·a) + (1−β)·(g·a·f)/Σ(g·a·f).

    Args:
        standing: g·a, grade coefficient times share of the time attended.
        points: whole points of the score.
        terms: β and f.

    Raises:
        ValueError: nobody has a standing.
    """
    scored = [one * terms.factor(score) for one, score in zip(standing, points, strict=True)]
    base, whole = sum(standing, Fraction(0)), sum(scored, Fraction(0))
    if not base:
        raise ValueError("a pool needs somebody who attended")
    beta = Fraction(terms.base_share)
    return [
        beta * one / base + (1 - beta) * other / whole
        for one, other in zip(standing, scored, strict=True)
    ]
