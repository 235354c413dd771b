"""Empirical Bayes: rates and proportions of many groups, drawn towards what they share.

Holds the gamma–Poisson and beta–binomial estimates and the test whether groups differ at all. A
group with little exposure says little, and a ranking of raw rates ranks luck; intervals of single
rates live in `intervals`, comparisons as a picture in `funnel`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]
# Above this p value groups differ no more than chance does, and all get the common rate.
SIGNIFICANCE = 0.05


@dataclass(frozen=True, eq=False)
class Shrunk:
    """Rates of groups after shrinkage.

    Attributes:
        rates: one per group; NaN without exposure.
        mean: the common rate Σy / ΣE.
        variance: A, the variance between groups; 0 where they differ no more than chance does.
        p_value: of the χ² test that all rates are equal; 1 with fewer than two groups.
    """

    rates: FloatArray
    mean: float
    variance: float
    p_value: float

    @property
    def is_chance(self) -> bool:
        """Whether the differences are in keeping with chance: print 「差异与随机一致」."""
        return self.variance == 0


def heterogeneity(counts: ArrayLike, exposure: ArrayLike) -> float:
    """Return the p value of Pearson's χ² that all groups share one rate, on k − 1 degrees.

    Args:
        counts: events per group.
        exposure: what they were counted over; groups with 0 are left out.

    Raises:
        ValueError: a negative or missing number, or shapes that differ.
    """
    count, time = _checked(counts, exposure)
    known = time > 0
    total = time[known].sum()
    if known.sum() < 2 or not count[known].sum():  # noqa: PLR2004 - one group differs from none
        return 1.0
    expected = count[known].sum() / total * time[known]
    statistic = float(((count[known] - expected) ** 2 / expected).sum())
    return float(special.chdtrc(known.sum() - 1, statistic))


def gamma_poisson(counts: ArrayLike, exposure: ArrayLike) -> Shrunk:
    """Return shrunk rates: m + A / (A + m/Eᵢ) · (yᵢ/Eᵢ − m), with Marshall's moments.

    m = Σy/ΣE, s² = ΣE(y/E − m)²/ΣE, A = max(0, s² − m/Ē); A is 0 unless `heterogeneity` rejects
    (else equal groups look unequal in a third of the months). Source: Marshall 1991.

    Args:
        counts: events per group.
        exposure: what they were counted over; 0 gives NaN.

    Raises:
        ValueError: as `heterogeneity`.
    """
    count, time = _checked(counts, exposure)
    known = time > 0
    if not known.any():
        return Shrunk(np.full(count.shape, np.nan), float("nan"), 0.0, 1.0)
    total = time[known].sum()
    mean = float(count[known].sum() / total)
    raw = np.divide(count, time, out=np.full(count.shape, np.nan), where=known)
    p_value = heterogeneity(count, time)
    spread = float((time[known] * (raw[known] - mean) ** 2).sum() / total)
    between = max(0.0, spread - mean / float(time[known].mean()))
    variance = between if p_value < SIGNIFICANCE else 0.0
    noise = np.divide(mean, time, out=np.full(count.shape, np.nan), where=known)
    weight = np.zeros(count.shape) if not variance else variance / (variance + noise)
    return Shrunk(np.where(known, mean + weight * (raw - mean), np.nan), mean, variance, p_value)


def beta_binomial(hits: ArrayLike, cases: ArrayLike, mean: float, strength: float) -> FloatArray:
    """Return shrunk proportions (k + m·μ) / (n + m).

    Args:
        hits: successes per group.
        cases: trials per group; 0 gives the common proportion.
        mean: μ, the proportion that groups share.
        strength: m, how many cases the common proportion is worth.

    Raises:
        ValueError: more hits than cases, μ outside [0, 1] or a strength that is not positive.
    """
    hit, case = _checked(hits, cases)
    if bool((hit > case).any()):
        raise ValueError("more hits than cases")
    if not 0 <= mean <= 1 or strength <= 0:
        raise ValueError("mean must lie in [0, 1] and strength above 0")
    return np.asarray((hit + strength * mean) / (case + strength), dtype=np.float64)


def _checked(counts: ArrayLike, exposure: ArrayLike) -> tuple[FloatArray, FloatArray]:
    count = np.asarray(counts, dtype=np.float64)
    time = np.asarray(exposure, dtype=np.float64)
    if count.shape != time.shape or count.ndim != 1:
        raise ValueError("counts and exposure must be one-dimensional and of the same length")
    if not bool(((count >= 0) & (time >= 0)).all()):
        raise ValueError("counts and exposures cannot be negative or missing")
    return count, time
