"""Intervals and quantiles from their definitions, with nothing but the standard library.

Holds sums of probabilities, searched by bisection, and exact fractions. Slow and plain.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from statistics import NormalDist

_TAIL = 0.025
_STEPS = 80


def wilson(hits: int, size: int) -> tuple[float, float]:
    """Return the 95 % score interval: the p at which |p̂ − p| is z standard errors."""
    z = NormalDist().inv_cdf(1 - _TAIL)
    share = hits / size
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size**2)) / (1 + z * z / size)
    return 0.0 if hits == 0 else middle - half, 1.0 if hits == size else middle + half


def poisson_at_most(count: int, mean: float) -> float:
    """Return P(X ≤ count) of a Poisson variable, summed term by term."""
    if mean == 0:
        return 1.0
    logs = (i * math.log(mean) - mean - math.lgamma(i + 1) for i in range(count + 1))
    return math.fsum(math.exp(log) for log in logs)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a falling function passes zero."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2


@cache
def garwood(count: int, tail: float = _TAIL) -> tuple[float, float]:
    """Return the exact interval of a Poisson mean with this much in each tail."""
    most = 20 + 4 * count
    high = _root(lambda mean: poisson_at_most(count, mean) - tail, 0, most)
    if count == 0:
        return 0.0, high
    return _root(lambda mean: poisson_at_most(count - 1, mean) - (1 - tail), 0, most), high


def nearest_rank(values: list[int], percent: int) -> int:
    """Return the smallest value that at least so many percent do not exceed."""
    ordered = sorted(values)
    return next(v for i, v in enumerate(ordered, 1) if 100 * i >= percent * len(ordered))


def km_quantile(times: list[tuple[int, bool]], p: Fraction) -> int | None:
    """Return the smallest time by which a share p has ended, open ones at risk until then."""
    left = Fraction(1)
    for moment in sorted({time for time, is_end in times if is_end}):
        at_risk = sum(time >= moment for time, _ in times)
        ended = sum(time == moment and is_end for time, is_end in times)
        left *= Fraction(at_risk - ended, at_risk)
        if 1 - left >= p:
            return moment
    return None


def chi2_at_least(value: float, freedom: int) -> float:
    """Return P(χ² ≥ value): from one or two degrees up, two at a time."""
    half, is_odd = value / 2, freedom % 2
    found = math.erfc(math.sqrt(half)) if is_odd else math.exp(-half)
    for degrees in range(2 - is_odd, freedom, 2):
        order = degrees / 2
        found += math.exp(order * math.log(half) - half - math.lgamma(order + 1)) if half else 0.0
    return found


def _binomial_at_most(count: int, size: int, share: float) -> float:
    return math.fsum(
        math.comb(size, i) * share**i * (1 - share) ** (size - i) for i in range(count + 1)
    )


def share_bounds(hits: int, size: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a binomial share, by Clopper and Pearson."""
    low, high = 0.0, 1.0
    if hits:
        low = _root(lambda p: _binomial_at_most(hits - 1, size, p) - (1 - _TAIL), 0, 1)
    if hits < size:
        high = _root(lambda p: _binomial_at_most(hits, size, p) - _TAIL, 0, 1)
    return low, high
