"""柏拉图: which few of many carry most of it.

Holds the ordering and the cumulative shares. What is summed (counts, hours, ¥) and per what
exposure is decided by the reader.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
LINE = 0.8


@dataclass(frozen=True, eq=False)
class Pareto:
    """Categories from large to small.

    Attributes:
        order: indices of the categories in that order; those that go last stand at the end.
        shares: share of the total, in that order; NaN without any total.
        cumulative: share of the total up to and with each.
        is_vital: belongs to the few that together first reach the line.
    """

    order: NDArray[np.int64]
    shares: FloatArray
    cumulative: FloatArray
    is_vital: NDArray[np.bool_]


def pareto(values: ArrayLike, goes_last: ArrayLike | None = None, line: float = LINE) -> Pareto:
    """Return the categories by size with cumulative shares.

    Args:
        values: one amount per category, at least 0; equal amounts keep their order.
        goes_last: categories that are no cause (「其他」, 「未填」): they count, but stand last and
            are never among the vital few.
        line: share of the total that the vital few must reach.

    Raises:
        ValueError: a negative or missing amount, or shapes that differ.
    """
    amounts = np.asarray(values, dtype=np.float64)
    last = np.zeros(amounts.shape, dtype=bool) if goes_last is None else np.asarray(goes_last, bool)
    if amounts.ndim != 1 or amounts.shape != last.shape or not bool((amounts >= 0).all()):
        raise ValueError("amounts must be one-dimensional and not negative or missing")
    order = np.lexsort((-amounts, last))
    total = amounts.sum()
    shares = amounts[order] / total if total else np.full(amounts.shape, np.nan)
    cumulative = np.cumsum(shares)
    is_vital = (cumulative - shares < line - 1e-12) & ~last[order] & (amounts[order] > 0)
    return Pareto(order.astype(np.int64), shares, cumulative, is_vital)
