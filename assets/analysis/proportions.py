"""Intervals and comparisons of proportions in closed form: numpy only.

Holds Wilson's interval and what intervals share. It stands apart from `intervals` because the
command shows shares without waiting for scipy.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
LEVEL = 0.95


def arrays(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """Return the values as arrays of one shape.

    Raises:
        ValueError: a negative number.
    """
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    if any(bool((array < 0).any()) for array in arrays):
        raise ValueError("counts and exposures cannot be negative")
    return arrays


def half_tail(level: float) -> float:
    """Return the probability outside one end of a two-sided interval.

    Raises:
        ValueError: a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    return (1 - level) / 2


def wilson(k: ArrayLike, n: ArrayLike, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Return the score interval of the proportion ``k / n``.

    Centre (p + z²/2n) / (1 + z²/n), half width z √(p(1−p)/n + z²/4n²) / (1 + z²/n). Source: Wilson
    1927.

    Args:
        k: hits, 0 … n.
        n: cases; 0 gives NaN.
        level: confidence, two-sided.

    Raises:
        ValueError: more hits than cases, a negative number, or a level outside (0, 1).
    """
    z = NormalDist().inv_cdf(1 - half_tail(level))
    hits, cases = arrays(k, n)
    if bool((hits > cases).any()):
        raise ValueError("more hits than cases")
    size = np.where(cases > 0, cases, np.nan)
    share = hits / size
    scale = 1 + z * z / size
    centre = (share + z * z / (2 * size)) / scale
    half = z * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / scale
    # The ends are exact where rounding would miss them by an ulp.
    low = np.where((hits == 0) & (cases > 0), 0.0, centre - half)
    high = np.where((hits == cases) & (cases > 0), 1.0, centre + half)
    return low, high
