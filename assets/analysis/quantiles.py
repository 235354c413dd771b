"""Quantiles that are values which occurred: the nearest rank, never interpolated.

For complete observations. With open tickets use `survival`, whose quantile is the same number when
nothing is open.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# p·n meant as a whole number may come out an ulp above it (0.7 · 10 = 7.000000000000001).
_SLACK = 1e-9


def _require_p(p: float) -> None:
    if not 0 < p <= 1:
        raise ValueError("p must lie in (0, 1]")


def nearest_rank(values: ArrayLike, p: float) -> Any:
    """Return the smallest value t with F(t) ≥ p: the element of rank ⌈p·n⌉.

    Source: the inverse of the empirical distribution function; Hyndman & Fan 1996, type 1.

    Args:
        values: one-dimensional; integers stay exact integers, Decimals stay Decimals.
        p: share in (0, 1]; 0.5 is the (lower) median.

    Returns:
        An element of ``values`` as a plain Python value, None when there is none.

    Raises:
        ValueError: p outside (0, 1], NaN among the values, or not one-dimensional.
    """
    _require_p(p)
    array = _vector(values)
    if array.size == 0:
        return None
    rank = _rank(array.size, p)
    if array.dtype == object:
        return np.sort(array)[rank - 1]
    return np.partition(array, rank - 1)[rank - 1].item()


def _rank(n: int, p: float) -> int:
    return max(1, math.ceil(p * n - _SLACK))


def _vector(values: ArrayLike) -> NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError("values must be one-dimensional")
    if array.dtype.kind == "f" and bool(np.isnan(array).any()):
        raise ValueError("a missing value has no rank: drop it first")
    return array


def nearest_rank_by_group(
    groups: ArrayLike, values: ArrayLike, ps: Sequence[float]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return `nearest_rank` of every group at once.

    Args:
        groups: one label per value, sortable.
        values: one-dimensional, without NaN.
        ps: shares in (0, 1].

    Returns:
        The sorted distinct labels, and an array (labels × ps) in the dtype of the values.

    Raises:
        ValueError: p outside (0, 1], NaN, or lengths that differ.
    """
    for p in ps:
        _require_p(p)
    array = _vector(values)
    labels, codes, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if codes.shape != array.shape:
        raise ValueError("groups and values must have the same length")
    ordered = array[np.lexsort((array, codes))]
    starts = np.cumsum(sizes) - sizes
    shares = np.asarray(ps, dtype=np.float64)
    ranks = np.maximum(np.ceil(sizes[:, None] * shares - _SLACK), 1).astype(np.int64)
    return labels, ordered[starts[:, None] + ranks - 1]
