"""Ends that exclude each other: how likely each kind is by a time (Aalen–Johansen).

Holds the cumulative incidence with competing risks: a device that was retired can never fail again,
and calling it "still without recurrence" or dropping it are both wrong. One kind of end alone is
`survival`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
CENSORED = 0


@dataclass(frozen=True, eq=False)
class Incidence:
    """Cumulative incidence of each kind of end.

    Attributes:
        times: distinct times of any end, ascending.
        incidence: kind → share ended by that kind up to each time.
        survival: share without any end after each time.
        at_risk: how many were under observation just before.
    """

    times: NDArray[np.float64]
    incidence: dict[int, FloatArray]
    survival: FloatArray
    at_risk: NDArray[np.int64]

    def at(self, kind: int, time: float) -> float:
        """Return the share that has ended by this kind up to ``time``."""
        index = int(np.searchsorted(self.times, time, side="right"))
        curve = self.incidence.get(kind)
        return float(curve[index - 1]) if index and curve is not None else 0.0


def aalen_johansen(durations: ArrayLike, ends: ArrayLike) -> Incidence:
    """Return F_k(t) = Σ S(tⱼ₋₁)·d_kj/nⱼ for every kind k of end; the sum of all F_k is 1 − S.

    Source: Aalen & Johansen 1978.

    Args:
        durations: times ≥ 0.
        ends: 0 where the duration is still open (censored), else the kind of its end.

    Raises:
        ValueError: a negative or missing duration, or lengths that differ.
    """
    times = np.asarray(durations, dtype=np.float64)
    kinds = np.asarray(ends, dtype=np.int64)
    if times.ndim != 1 or times.shape != kinds.shape:
        raise ValueError("durations and ends must be one-dimensional and of the same length")
    if not bool((times >= 0).all()):
        raise ValueError("a duration cannot be negative or missing")
    distinct, codes = np.unique(times, return_inverse=True)
    leaving = np.bincount(codes, minlength=distinct.size)
    at_risk = times.size - np.cumsum(leaving) + leaving
    ended = np.bincount(codes[kinds != CENSORED], minlength=distinct.size)
    is_step = ended > 0
    survival = np.cumprod(1.0 - ended / np.maximum(at_risk, 1))
    before = np.r_[1.0, survival[:-1]] if survival.size else survival
    incidence = {}
    for kind in np.unique(kinds[kinds != CENSORED]).tolist():
        own = np.bincount(codes[kinds == kind], minlength=distinct.size)
        incidence[kind] = np.cumsum(before * own / np.maximum(at_risk, 1))[is_step]
    return Incidence(
        distinct[is_step], incidence, survival[is_step], at_risk[is_step].astype(np.int64)
    )
