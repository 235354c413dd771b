"""What a unit would do without the measure: baselines that picking the worst cannot flatter.

Whoever picks the worst of a hundred devices and praises its recovery praises chance. Holds the two
ways out: the shrunk expectation, and what spreads more than chance. Counting *after* the selection
is the third; it needs no formula. Comparisons are in `verification`.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from assets.analysis.shrinkage import SIGNIFICANCE, gamma_poisson
from assets.analysis.verification import Side

FloatArray = NDArray[np.float64]


def shrunk(counts: ArrayLike, exposure: ArrayLike, unit: int) -> Side:
    """Return what is known of one unit's rate, as events and exposure of a posterior.

    The units' rates are Gamma distributed around their mean m with the variance A that
    `gamma_poisson` finds; the unit's own count x over t then gives Gamma(m²/A + x, m/A + t): shape
    and rate serve as count and exposure. Given the posterior it does not matter that the unit was
    picked for its x. Where units differ no more than chance does, all share Σx over Σt.

    Args:
        counts: events per unit in the window that the choice was made from.
        exposure: what they were counted over.
        unit: index of the chosen unit.

    Raises:
        ValueError: a negative or missing number, or shapes that differ.
    """
    count, time = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    common = gamma_poisson(count, time)
    if common.is_chance or not common.mean > 0:
        known = time > 0
        return Side(float(count[known].sum()), float(time[known].sum()))
    shape = common.mean**2 / common.variance + float(count[unit])
    return Side(shape, common.mean / common.variance + float(time[unit]))


def dispersion(statistic: ArrayLike, freedom: ArrayLike) -> FloatArray:
    """Return φ = χ²/df where Pearson's χ² exceeds chance, else 1: how much events clump.

    Counts of units that differ, or that come in chains, spread more than Poisson's; dividing counts
    and exposures by φ makes intervals as wide as they must be. Source: McCullagh & Nelder 1989,
    §4.5.1.

    Args:
        statistic: Σ (x − λt)²/(λt) over the units of one side, or added up over sides.
        freedom: units less sides; at most 0 gives 1.
    """
    chi, df = np.broadcast_arrays(
        np.asarray(statistic, dtype=np.float64), np.asarray(freedom, dtype=np.float64)
    )
    safe = np.where(df > 0, df, 1.0)
    is_clumped = (df > 0) & (special.chdtrc(safe, np.maximum(chi, 0.0)) < SIGNIFICANCE)
    return np.where(is_clumped, np.maximum(chi / safe, 1.0), 1.0)


def pearson(counts: ArrayLike, exposure: ArrayLike) -> tuple[float, int]:
    """Return Pearson's χ² of one side's units and its degrees of freedom, for `dispersion`."""
    count, time = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    known = time > 0
    total = time[known].sum()
    if known.sum() < 2 or not count[known].sum():  # noqa: PLR2004 - one unit spreads nowhere
        return 0.0, 0
    expected = count[known].sum() / total * time[known]
    return float(((count[known] - expected) ** 2 / expected).sum()), int(known.sum()) - 1
