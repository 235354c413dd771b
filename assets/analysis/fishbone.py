"""鱼骨图 filled from codes: which causes a problem has more of than the same fault has elsewhere.

Holds the ranking of one problem's coded causes. Which tickets belong to the problem, and which
stand beside it, is decided by the reader; the tree of causes is the taxonomy's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assets.analysis.discovery import adjusted
from assets.analysis.verification import ratio_of_ratios

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bones:
    """Causes of one problem, one element a cause, as given.

    Attributes:
        expected: how many the problem would have at the share that the cause has elsewhere.
        excess: observed less expected: what the causes are ranked by.
        odds_ratio: odds of the cause here over those elsewhere; ``lo`` and ``hi`` its exact bounds.
        p_value: two-sided, Fisher's exact.
        adjusted_p: after Benjamini & Hochberg over the causes.
        rank: 1 is the strongest suspect; causes nobody coded here come last.
    """

    expected: FloatArray
    excess: FloatArray
    odds_ratio: FloatArray
    lo: FloatArray
    hi: FloatArray
    p_value: FloatArray
    adjusted_p: FloatArray
    rank: NDArray[np.int64]


def ranked(here: ArrayLike, elsewhere: ArrayLike) -> Bones:
    """Return the causes of a problem by what they have beyond their usual share.

    Wear is coded everywhere; that it is coded here too explains nothing. Without any coded ticket
    elsewhere the plain counts decide.

    Args:
        here: coded tickets of the problem per cause.
        elsewhere: coded tickets of the same fault outside the problem, per cause.

    Raises:
        ValueError: a negative or fractional count, or shapes that differ.
    """
    count, other = np.asarray(here, dtype=np.float64), np.asarray(elsewhere, dtype=np.float64)
    if count.shape != other.shape or count.ndim != 1:
        raise ValueError("both need one count per cause")
    total, outside = count.sum(), other.sum()
    expected = total * other / outside if outside else np.zeros(count.shape)
    excess = count - expected
    table = np.stack([other, count, outside - other, total - count])
    found = ratio_of_ratios(table, np.full((4, 1), float(total > 0 and outside > 0)))
    order = np.lexsort((-count, -excess, count == 0))
    rank = np.empty(count.shape, dtype=np.int64)
    rank[order] = np.arange(1, count.size + 1)
    return Bones(expected, excess, *found, adjusted(found.p_value), rank)
