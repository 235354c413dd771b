"""Comparing groups that own different things: indirect and direct standardisation.

Holds the Simpson guard: a department with many printers fails more than one with many monitors,
whoever looks after them. Rates of single groups live in `intervals`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from assets.analysis import intervals

FloatArray = NDArray[np.float64]


class Ratio(NamedTuple):
    """Observed ÷ expected per group with exact bounds, and the expected count itself."""

    ratio: FloatArray
    lo: FloatArray
    hi: FloatArray
    expected: FloatArray


class Rate(NamedTuple):
    """A directly standardised rate with its bounds."""

    rate: FloatArray
    lo: FloatArray
    hi: FloatArray


def indirect(counts: ArrayLike, exposure: ArrayLike, level: float = intervals.LEVEL) -> Ratio:
    """Return observed / Σ_class E·λ_class per group, λ_class being that of all groups together.

    The bounds are Garwood's for the observed count over the expected one. Source: Breslow & Day
    1987.

    Args:
        counts: events, groups × classes.
        exposure: same shape.
        level: confidence, two-sided.

    Raises:
        ValueError: a negative number or shapes that differ.
    """
    count, time = _checked(counts, exposure)
    total = time.sum(axis=0)
    reference = np.divide(count.sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    expected = (time * reference).sum(axis=1)
    observed = count.sum(axis=1)
    low, high = intervals.poisson(observed, expected, level)
    ratio = np.divide(observed, expected, out=np.full_like(expected, np.nan), where=expected > 0)
    return Ratio(ratio, low, high, expected)


def direct(
    counts: ArrayLike, exposure: ArrayLike, weights: ArrayLike, level: float = intervals.LEVEL
) -> Rate:
    """Return Σ wᵢ·xᵢ/Tᵢ per group with the gamma interval; with one stratum it is Garwood's.

    Classes that a group does not own are left out and the weights of the others scaled up: the
    group is compared on what it has. Source: Fay & Feuer 1997.

    Args:
        counts: events, groups × strata.
        exposure: same shape.
        weights: of the strata in the standard population, not negative.
        level: confidence, two-sided.

    Raises:
        ValueError: a negative number or shapes that differ.
    """
    count, time = _checked(counts, exposure)
    standard = np.broadcast_to(np.asarray(weights, dtype=np.float64), count.shape)
    if bool((standard < 0).any()):
        raise ValueError("weights cannot be negative")
    used = np.where(time > 0, standard, 0.0)
    total = used.sum(axis=1, keepdims=True)
    share = np.divide(used, total, out=np.full_like(used, np.nan), where=total > 0)
    per_event = np.divide(share, time, out=np.zeros_like(share), where=time > 0)
    rate = (per_event * count).sum(axis=1)
    variance = (per_event**2 * count).sum(axis=1)
    largest = per_event.max(axis=1)
    tail = (1 - level) / 2
    low = _gamma_quantile(rate, variance, tail)
    high = _gamma_quantile(rate + largest, variance + largest**2, 1 - tail)
    known = total[:, 0] > 0
    return Rate(*(np.where(known, value, np.nan) for value in (rate, low, high)))


def _gamma_quantile(mean: FloatArray, variance: FloatArray, q: float) -> FloatArray:
    """Return the quantile of the gamma distribution of this mean and variance; 0 for mean 0."""
    safe_mean, safe_variance = np.where(mean > 0, mean, 1.0), np.where(variance > 0, variance, 1.0)
    shape = safe_mean**2 / safe_variance
    value = special.gammaincinv(shape, q) * safe_variance / safe_mean
    return np.where((mean > 0) & (variance > 0), value, 0.0)


def _checked(counts: ArrayLike, exposure: ArrayLike) -> tuple[FloatArray, FloatArray]:
    count = np.asarray(counts, dtype=np.float64)
    time = np.asarray(exposure, dtype=np.float64)
    if count.ndim != 2 or count.shape != time.shape:  # noqa: PLR2004 - groups × strata
        raise ValueError("counts and exposure must be groups × strata of the same shape")
    if not bool(((count >= 0) & (time >= 0)).all()):
        raise ValueError("counts and exposures cannot be negative or missing")
    return count, time
