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
    return _ends(hits, size, level) if size else (None, None)


def _ends(hits: int, size: int, level: float = LEVEL) -> tuple[float, float]:
    low, high = score_bounds(hits / size, size, half_tail(level))
    # The ends are exact where rounding would miss them by an ulp.
    return (0.0 if hits == 0 else low), (1.0 if hits == size else high)


def difference(x1: int, n1: int, x2: int, n2: int) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two shares, ``x2/n2 − x1/n1``.

    The hybrid score interval built from both Wilson intervals. Source: Newcombe 1998, method 10.

    Raises:
        ValueError: no cases on one side, or more hits than cases.
    """
    if not (0 <= x1 <= n1 and 0 <= x2 <= n2 and n1 and n2):
        raise ValueError("both shares need cases, and hits among them")
    (low1, high1), (low2, high2) = _ends(x1, n1), _ends(x2, n2)
    p1, p2 = x1 / n1, x2 / n2
    change = p2 - p1
    down = math.hypot(p2 - low2, high1 - p1)
    up = math.hypot(high2 - p2, p1 - low1)
    return change - down, change + up


def rates_p_value(x1: int, t1: float, x2: int, t2: float) -> float:
    """Return the two-sided p of two equal rates: the smaller tail of x2 ~ Bin(x1 + x2), doubled.

    The same test as `intervals.rate_ratio`, summed term by term outward from x2. Source:
    Przyborowski & Wilenski 1940.

    Raises:
        ValueError: an empty exposure.
    """
    if t1 <= 0 or t2 <= 0:
        raise ValueError("both rates need an exposure")
    n, share = x1 + x2, t2 / (t1 + t2)
    # towards the tail that is the smaller one: terms fall from x2 on
    upward = x2 >= n * share
    odds = share / (1 - share)
    term = math.exp(
        math.lgamma(n + 1) - math.lgamma(x1 + 1) - math.lgamma(x2 + 1)
        + x2 * math.log(share) + x1 * math.log1p(-share)
    )  # fmt: skip
    total, k = 0.0, x2
    while term > total * 1e-17 and 0 <= k <= n:
        total += term
        if upward:
            term *= (n - k) / (k + 1) * odds
        else:
            term *= k / (n - k + 1) / odds
        k += 1 if upward else -1
    return min(1.0, 2 * total)
