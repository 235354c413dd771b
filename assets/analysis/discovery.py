"""Many comparisons at once: how many of the groups called different may be called so by chance.

Holds false-discovery control. With fifty departments two or three lie "significantly" off every
month though all are alike; tests of single groups live in `intervals`, `shrinkage` and `trend`.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FloatArray = NDArray[np.float64]
# What share of those called different may be so by chance, where no rule says otherwise.
FALSE_DISCOVERY_RATE = 0.05


def adjusted(p_values: ArrayLike, method: Literal["bh", "by"] = "bh") -> FloatArray:
    """Return the p values adjusted so that calling those ≤ q bounds the false share by q.

    ``bh`` asks the tests to be independent or to lean the same way, ``by`` asks nothing. Sources:
    Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001 (`scipy.stats.false_discovery_control`).

    Args:
        p_values: one per group; NaN where a group could not be tested: it stays NaN and does not
            count among the tests.
        method: the procedure.

    Raises:
        ValueError: a p value outside [0, 1].
    """
    values = np.asarray(p_values, dtype=np.float64)
    found = np.full(values.shape, np.nan)
    known = ~np.isnan(values)
    if known.any():
        found[known] = stats.false_discovery_control(values[known], method=method)
    return found


def discoveries(
    p_values: ArrayLike, q: float = FALSE_DISCOVERY_RATE, method: Literal["bh", "by"] = "bh"
) -> NDArray[np.bool_]:
    """Return which groups may be called different with at most a share ``q`` of them wrongly."""
    return adjusted(p_values, method) <= q


def is_discovery(adjusted_p: float | None, q: float = FALSE_DISCOVERY_RATE) -> bool:
    """Tell the same of one group by its adjusted p value; None or NaN: it could not be tested."""
    return adjusted_p is not None and bool(adjusted_p <= q)
