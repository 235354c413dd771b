"""Times with an end that is not known yet: Kaplan–Meier and its quantiles.

An open ticket is censored: its time so far counts as "longer than this". Leaving open tickets out
makes recent months look fast. Quantiles of finished times alone live in `quantiles`. No scipy here:
the command shows these numbers without waiting for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# F(t) = p that rounding of the product puts just below p still counts as reached.
_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Curve:
    """A survival curve: after ``times[i]`` the share ``survival[i]`` is still open.

    Attributes:
        times: distinct observed times, ascending, in the unit of the durations.
        survival: S(t) just after each of them.
        at_risk: how many were under observation just before.
        events: how many ended exactly then.
        n: all durations, open ones included.
        n_observed: those that ended.
    """

    times: NDArray[Any]
    survival: FloatArray
    at_risk: IntArray
    events: IntArray
    n: int
    n_observed: int

    def quantile(self, p: float) -> float | int | None:
        """Return the smallest t with F(t) ≥ p, None while the curve has not come down that far.

        Raises:
            ValueError: p outside (0, 1].
        """
        if not 0 < p <= 1:
            raise ValueError("p must lie in (0, 1]")
        reached = np.flatnonzero(1 - self.survival >= p - _SLACK)
        if reached.size == 0:
            return None
        value: float | int = self.times[reached[0]].item()
        return value

    def bounds(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Return the lower and upper bound of S just after each time, on the log(−log) scale.

        Greenwood's variance Σ dᵢ/(nᵢ(nᵢ − dᵢ)); S^exp(±z·√V/|ln S|) stays within [0, 1]. Where
        everything has ended (S = 0) both bounds are 0. Source: Kalbfleisch & Prentice 1980.

        Raises:
            ValueError: a level outside (0, 1).
        """
        if not 0 < level < 1:
            raise ValueError("level must lie between 0 and 1")
        z = NormalDist().inv_cdf((1 + level) / 2)
        left = self.at_risk - self.events
        is_inner = left > 0
        terms = self.events / (self.at_risk * np.where(is_inner, left, 1))
        variance = np.cumsum(np.where(is_inner, terms, 0.0))
        inner = np.where(is_inner, self.survival, 0.5)
        width = np.exp(z * np.sqrt(variance) / -np.log(inner))
        return (
            np.where(is_inner, inner**width, 0.0),
            np.where(is_inner, inner ** (1 / width), 0.0),
        )

    def survival_at(self, t: float) -> float:
        """Return S(t): the share that lasts longer than t."""
        index = int(np.searchsorted(self.times, t, side="right"))
        return float(self.survival[index - 1]) if index else 1.0


def kaplan_meier(durations: ArrayLike, observed: ArrayLike) -> Curve:
    """Return the product-limit estimate S(t) = ∏ (1 − dᵢ/nᵢ) over the observed times tᵢ ≤ t.

    At equal times ends come before censorings: who is censored at t was at risk at t. Source:
    Kaplan & Meier 1958.

    Args:
        durations: times ≥ 0; whole seconds stay whole.
        observed: True where the duration ended, False where it is still open.

    Raises:
        ValueError: a negative or missing duration, or lengths that differ.
    """
    times, ended = _checked(durations, observed)
    distinct, codes = np.unique(times, return_inverse=True)
    leaving = np.bincount(codes, minlength=distinct.size).astype(np.int64)
    events = np.bincount(codes[ended], minlength=distinct.size).astype(np.int64)
    at_risk = times.size - np.cumsum(leaving) + leaving
    is_event = events > 0
    risk, deaths = at_risk[is_event], events[is_event]
    return Curve(
        times=distinct[is_event],
        survival=np.cumprod(1.0 - deaths / risk, dtype=np.float64),
        at_risk=risk,
        events=deaths,
        n=int(times.size),
        n_observed=int(ended.sum()),
    )


def _checked(durations: ArrayLike, observed: ArrayLike) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    times = np.asarray(durations)
    ended = np.asarray(observed, dtype=np.bool_)
    if times.ndim != 1 or times.shape != ended.shape:
        raise ValueError("durations and observed must be one-dimensional and of the same length")
    if times.size and not bool((times >= 0).all()):
        raise ValueError("a duration cannot be negative or missing")
    return times, ended


def quantiles_by_group(
    groups: ArrayLike, durations: ArrayLike, observed: ArrayLike, ps: Sequence[float]
) -> tuple[NDArray[Any], FloatArray]:
    """Return ``kaplan_meier(…).quantile(p)`` of every group at once.

    Args:
        groups: one label per duration, sortable.
        durations: times ≥ 0.
        observed: True where the duration ended.
        ps: shares in (0, 1].

    Returns:
        The sorted distinct labels, and an array (labels × ps) with NaN where not reached.

    Raises:
        ValueError: as `kaplan_meier`, or p outside (0, 1].
    """
    if not all(0 < p <= 1 for p in ps):
        raise ValueError("p must lie in (0, 1]")
    times, ended = _checked(durations, observed)
    labels, codes = np.unique(np.asarray(groups), return_inverse=True)
    if codes.shape != times.shape:
        raise ValueError("groups and durations must have the same length")
    result = np.full((labels.size, len(ps)), np.nan)
    if not ended.any():
        return labels, result
    order = np.lexsort((times, codes))
    group, step_times, survival = _steps(codes[order], times[order], ended[order], labels.size)
    for column, p in enumerate(ps):
        rows = np.flatnonzero(1 - survival >= p - _SLACK)
        first_group, first_row = np.unique(group[rows], return_index=True)
        result[first_group, column] = step_times[rows[first_row]]
    return labels, result


def _steps(
    codes: IntArray, times: NDArray[Any], ended: NDArray[np.bool_], group_count: int
) -> tuple[IntArray, NDArray[Any], FloatArray]:
    """Return group, time and S of every step of every group's curve; input sorted by both."""
    is_new = np.r_[True, (codes[1:] != codes[:-1]) | (times[1:] != times[:-1])]
    starts = np.flatnonzero(is_new)
    group_ends = np.cumsum(np.bincount(codes, minlength=group_count))
    step_group = codes[starts]
    at_risk = group_ends[step_group] - starts
    events = np.add.reduceat(ended.astype(np.int64), starts)
    # The last step may reach S = 0; its logarithm is kept out of the running sum.
    is_last = events == at_risk
    logs = np.cumsum(np.where(is_last, 0.0, np.log1p(-events / np.where(is_last, np.inf, at_risk))))
    first_step = np.searchsorted(step_group, np.arange(group_count))
    before = np.where(first_step > 0, logs[first_step - 1], 0.0)
    survival = np.where(is_last, 0.0, np.exp(logs - before[step_group]))
    is_step = events > 0
    return step_group[is_step], times[starts][is_step], survival[is_step]
