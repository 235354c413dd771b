"""Funnel limits: how far a group may lie from the mean by chance, given its size.

Holds exact limits for rates and proportions. The default picture for comparing departments and
engineers, instead of a league table. Limits over time live in `spc`.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FloatArray = NDArray[np.float64]
WARNING, ACTION = 0.95, 0.998


def rate_limits(mean: float, exposure: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the limits of a rate around ``mean`` for each exposure: exact Poisson, interpolated.

    With r the smallest count with F(r) ≥ p, the limit is (r − (F(r) − p)/(F(r) − F(r − 1))) / E.
    Source: Spiegelhalter 2005, appendix A.1.

    Args:
        mean: the common rate, at least 0.
        exposure: what the groups were counted over; 0 gives NaN.
        level: two-sided, such as `WARNING` (0.95) or `ACTION` (0.998).

    Raises:
        ValueError: a negative mean or exposure, or a level outside (0, 1).
    """
    time = np.asarray(exposure, dtype=np.float64)
    if mean < 0 or bool((time < 0).any()) or not 0 < level < 1:
        raise ValueError("mean and exposure cannot be negative; level lies between 0 and 1")
    return _limits(stats.poisson(mean * time), time, level)


def share_limits(mean: float, cases: ArrayLike, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the limits of a proportion around ``mean`` for each number of cases, as above.

    Args:
        mean: the common proportion in [0, 1].
        cases: whole numbers of cases; 0 gives NaN.
        level: two-sided.

    Raises:
        ValueError: a mean outside [0, 1], a negative number or a level outside (0, 1).
    """
    size = np.asarray(cases, dtype=np.float64)
    if not 0 <= mean <= 1 or bool((size < 0).any()) or not 0 < level < 1:
        raise ValueError("mean lies in [0, 1], cases are not negative, level between 0 and 1")
    low, high = _limits(stats.binom(size, mean), size, level)
    return low, np.minimum(high, 1.0)


def most_of(total: ArrayLike, share: ArrayLike, probability: float) -> FloatArray:
    """Return how many of ``total`` one group may have by chance, given its share in the occasions.

    The smallest k with P(X ≤ k) ≥ ``probability``, X binomial: each of the hits falls on the group
    with the probability ``share``. Conditioning on the total needs no outside rate (the two-group
    exact test of Przyborowski & Wilenski 1940, over strata with the share of Mantel & Haenszel's
    expectation 1959).

    Args:
        total: hits of all groups together.
        share: expected part of the group in [0, 1].
        probability: one-sided, in (0, 1).
    """
    return np.asarray(stats.binom(np.asarray(total), share).ppf(probability), dtype=np.float64)


def _limits(distribution: Any, size: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    tail = (1 - level) / 2
    low, high = (_interpolated(distribution, q) for q in (tail, 1 - tail))
    safe = np.where(size > 0, size, np.nan)
    return np.maximum(low, 0.0) / safe, high / safe


def _interpolated(distribution: Any, p: float) -> FloatArray:
    count = distribution.ppf(p)
    at, below = distribution.cdf(count), distribution.cdf(count - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(at > below, (at - p) / (at - below), 0.0)
    return np.asarray(count - share, dtype=np.float64)
