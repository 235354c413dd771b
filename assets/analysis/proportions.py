"""Intervals and comparisons of proportions that need neither scipy nor numpy.

Holds Wilson's formula and the comparison of two shares or two rates, one at a time: the command
shows them without waiting for the large libraries. Vectorised intervals are in `intervals`, which
shares the formula.
"""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

LEVEL = 0.95


def half_tail(level: float) -> float:
    """Return the probability outside one end of a two-sided interval.

    Raises:
        ValueError: a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    return (1 - level) / 2


def score_bounds(
    share: Any, size: Any, tail: float, root: Callable[[Any], Any] = math.sqrt
) -> tuple[Any, Any]:
    """Return the ends of the score interval of a share of ``size`` cases, numbers or arrays.

    Centre (p + z²/2n) / (1 + z²/n), half width z √(p(1−p)/n + z²/4n²) / (1 + z²/n). Source: Wilson
    1927.
    """
    z = NormalDist().inv_cdf(1 - tail)
    scale = 1 + z * z / size
    centre = (share + z * z / (2 * size)) / scale
    half = z * root(share * (1 - share) / size + z * z / (4 * size * size)) / scale
    return centre - half, centre + half


def wilson(hits: int, size: int, level: float = LEVEL) -> tuple[float | None, float | None]:
    """Return Wilson's interval of one proportion; of no case there is none.

    Raises:
        ValueError: more hits than cases, a negative number, or a level outside (0, 1).
    """
    if not 0 <= hits <= size:
        raise ValueError("hits must lie between 0 and the cases")
    if size == 0:
        return None, None
    low, high = score_bounds(hits / size, size, half_tail(level))
    # The ends are exact where rounding would miss them by an ulp.
    return (0.0 if hits == 0 else low), (1.0 if hits == size else high)
