"""Events that come again: the mean cumulative number of failures per machine by age.

Holds the mean cumulative function (MCF), the robust picture beside any model of a fleet. Times to a
single end live in `survival`, trend tests in `trend`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MeanCumulative:
    """Failures per machine up to each age.

    Attributes:
        times: ages at which something failed, ascending.
        mean: M̂ at each of them; ``lo`` and ``hi`` its bounds.
        at_risk: machines observed at that age.
    """

    times: FloatArray
    mean: FloatArray
    lo: FloatArray
    hi: FloatArray
    at_risk: NDArray[np.int64]


def mean_cumulative(
    units: ArrayLike,
    times: ArrayLike,
    starts: ArrayLike,
    ends: ArrayLike,
    level: float = 0.95,
) -> MeanCumulative:
    """Return M̂(t) = Σ dⱼ/nⱼ over the failure ages tⱼ ≤ t, with robust bounds.

    The variance sums squares over machines, so it does not ask failures to be independent. The
    bounds are on the log scale. Sources: Nelson 1988; Lawless & Nadeau 1995.

    Args:
        units: per failure the index of its machine in ``starts`` and ``ends``.
        times: per failure the age, inside its machine's observation.
        starts: per machine the age at which observation begins (0 where seen from new).
        ends: per machine the age at which it ends.
        level: confidence of the bounds, two-sided.

    Raises:
        ValueError: a failure outside its machine's observation.
    """
    begin, end = np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64)
    unit, age = np.asarray(units, dtype=np.int64), np.asarray(times, dtype=np.float64)
    if unit.size and not bool(((age > begin[unit]) & (age <= end[unit])).all()):
        raise ValueError("a failure lies outside its machine's observation")
    distinct, codes = np.unique(age, return_inverse=True)
    events = np.bincount(codes, minlength=distinct.size)
    at_risk = np.searchsorted(np.sort(begin), distinct, side="left") - np.searchsorted(
        np.sort(end), distinct, side="left"
    )
    step = events / np.maximum(at_risk, 1)
    mean = np.cumsum(step)
    variance = _variance(unit, codes, begin, end, distinct, at_risk, step)
    z = float(special.ndtri((1 + level) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(z * np.sqrt(variance) / mean)
    return MeanCumulative(distinct, mean, mean / factor, mean * factor, at_risk.astype(np.int64))


def _variance(
    unit: NDArray[np.int64],
    codes: NDArray[np.int64],
    begin: FloatArray,
    end: FloatArray,
    distinct: FloatArray,
    at_risk: NDArray[np.int64],
    step: FloatArray,
) -> FloatArray:
    """Return Σ over machines of (Σⱼ (dᵢⱼ − dⱼ/nⱼ)/nⱼ over the ages it was seen)², per age."""
    total = np.zeros(distinct.size)
    order = np.argsort(unit, kind="stable")
    bounds = np.searchsorted(unit[order], np.arange(begin.size + 1))
    for machine in range(begin.size):
        own = np.bincount(codes[order[bounds[machine] : bounds[machine + 1]]],
                          minlength=distinct.size)  # fmt: skip
        seen = (distinct > begin[machine]) & (distinct <= end[machine])
        total += np.cumsum(np.where(seen, (own - step) / np.maximum(at_risk, 1), 0.0)) ** 2
    return total
