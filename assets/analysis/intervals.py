"""Confidence intervals of counts, rates and proportions, vectorised over groups.

Holds exact Poisson (Garwood), MTBF bounds and the exact ratio of two rates; Wilson's of proportions
comes from `proportions`, which needs no scipy. Arguments are numbers or arrays that broadcast;
results are arrays of the broadcast shape (0-d for numbers). An empty denominator has no interval:
NaN. Quantiles live in `quantiles`, open tickets in `survival`, control limits in `spc`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from assets.analysis.proportions import LEVEL, half_tail, score_bounds

__all__ = ["LEVEL", "RateRatio", "mtbf", "mtbf_lower", "poisson", "rate_ratio", "wilson"]

FloatArray = NDArray[np.float64]


class RateRatio(NamedTuple):
    """Ratio of the second rate to the first, its interval and the two-sided p value."""

    ratio: FloatArray
    lo: FloatArray
    hi: FloatArray
    p_value: FloatArray


def _arrays(*values: ArrayLike) -> tuple[FloatArray, ...]:
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    if any(bool((array < 0).any()) for array in arrays):
        raise ValueError("counts and exposures cannot be negative")
    return arrays


def poisson(
    x: ArrayLike, exposure: ArrayLike, level: float = LEVEL
) -> tuple[FloatArray, FloatArray]:
    """Return the exact interval of the rate ``x / exposure``.

    lo = χ²(α/2; 2x) / 2T, 0 for x = 0; hi = χ²(1−α/2; 2x+2) / 2T. Source: Garwood 1936; ISO 14224
    annex C. The coverage is at least ``level`` for every true rate.

    Args:
        x: number of events, at least 0.
        exposure: what they were counted over, such as device-days; 0 gives NaN.
        level: confidence, two-sided.

    Raises:
        ValueError: a negative count or exposure, or a level outside (0, 1).
    """
    tail = half_tail(level)
    count, time = _arrays(x, exposure)
    # χ²(q; 2k)/2 is the q-quantile of a gamma distribution with shape k.
    low = np.where(count > 0, special.gammaincinv(np.maximum(count, 1e-300), tail), 0.0)
    high = special.gammainccinv(count + 1, tail)
    return _over(low, time), _over(high, time)


def _over(value: FloatArray, divisor: FloatArray) -> FloatArray:
    """Divide; an empty divisor gives NaN."""
    safe = np.where(divisor > 0, divisor, 1.0)
    return np.where(divisor > 0, value / safe, np.nan)


def mtbf(x: ArrayLike, exposure: ArrayLike, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Return the two-sided interval of the mean time between failures, in the exposure's unit.

    The inverted Garwood interval for an observation that ends at a time (not at a failure); without
    failures the upper bound is infinite. Source: IEC 60605-4.

    Args:
        x: number of failures.
        exposure: operating or in-service time; 0 gives NaN.
        level: confidence, two-sided.

    Raises:
        ValueError: as `poisson`.
    """
    low, high = poisson(x, exposure, level)
    with np.errstate(divide="ignore"):
        return 1 / high, 1 / low


def mtbf_lower(x: ArrayLike, exposure: ArrayLike, level: float = LEVEL) -> FloatArray:
    """Return the one-sided lower bound of the mean time between failures: 2T / χ²(level; 2x+2).

    Label it as one-sided wherever it is shown. Source: IEC 60605-4, time-terminated test.

    Args:
        x: number of failures.
        exposure: operating or in-service time; 0 gives NaN.
        level: confidence, one-sided.

    Raises:
        ValueError: as `poisson`.
    """
    half_tail(level)
    count, time = _arrays(x, exposure)
    bound = time / special.gammaincinv(count + 1, level)
    return np.where(time > 0, bound, np.nan)


def wilson(k: ArrayLike, n: ArrayLike, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Return the score interval of the proportion ``k / n``: see `proportions.score_bounds`.

    Args:
        k: hits, 0 … n.
        n: cases; 0 gives NaN.
        level: confidence, two-sided.

    Raises:
        ValueError: more hits than cases, a negative number, or a level outside (0, 1).
    """
    tail = half_tail(level)
    hits, cases = _arrays(k, n)
    if bool((hits > cases).any()):
        raise ValueError("more hits than cases")
    size = np.where(cases > 0, cases, np.nan)
    low, high = score_bounds(hits / size, size, tail, np.sqrt)
    # The ends are exact where rounding would miss them by an ulp.
    low = np.where((hits == 0) & (cases > 0), 0.0, low)
    return low, np.where((hits == cases) & (cases > 0), 1.0, high)


def rate_ratio(
    x1: ArrayLike, t1: ArrayLike, x2: ArrayLike, t2: ArrayLike, level: float = LEVEL
) -> RateRatio:
    """Compare two rates: ``(x2/t2) / (x1/t1)``, first = before, second = after.

    Given x1 + x2, x2 is binomial with share t2/(t1+t2) when the rates are equal. The interval is
    Clopper–Pearson's for that share, turned into a ratio; the p value doubles the smaller tail, so
    p < 1 − level exactly when the interval excludes 1. Source: Przyborowski & Wilenski 1940.

    Args:
        x1: events before.
        t1: exposure before; 0 gives NaN.
        x2: events after.
        t2: exposure after; 0 gives NaN.
        level: confidence, two-sided.

    Returns:
        The ratio (NaN without any event, infinite with none before), its bounds and p.

    Raises:
        ValueError: a negative number, or a level outside (0, 1).
    """
    tail = half_tail(level)
    before, time1, after, time2 = _arrays(x1, t1, x2, t2)
    is_known = (time1 > 0) & (time2 > 0)
    odds = _over(np.where(is_known, time1, np.nan), time2)
    share = _over(np.where(is_known, time2, np.nan), time1 + time2)
    # The binomial tails and their inverses are incomplete beta functions; shapes stay above 0.
    some_before, some_after = np.maximum(before, 1e-300), np.maximum(after, 1e-300)
    low = np.where(after > 0, special.betaincinv(some_after, before + 1, tail), 0.0)
    high = np.where(before > 0, special.betainccinv(after + 1, some_before, tail), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = after / before * odds
        lo, hi = low / (1 - low) * odds, high / (1 - high) * odds
    at_most = np.where(before > 0, special.betaincc(after + 1, some_before, share), 1.0)
    at_least = np.where(after > 0, special.betainc(some_after, before + 1, share), 1.0)
    p_value = np.where(is_known, np.minimum(1.0, 2 * np.minimum(at_most, at_least)), np.nan)
    return RateRatio(ratio, lo, hi, p_value)
