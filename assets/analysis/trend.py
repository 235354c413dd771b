"""Is a machine getting worse? Trend tests and the power law of its failure times.

Holds Laplace, MIL-HDBK-189 and Crow–AMSAA for one repairable system, or several of a kind pooled,
observed until a time (not until a failure). Rates without trend live in `intervals`; lifetimes of
parts that are thrown away in `lifetime`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Trend:
    """Findings of a trend analysis; β above 1 is getting worse, below 1 better.

    Attributes:
        n: failures.
        laplace: U, positive when failures crowd towards the end; ``laplace_p`` is two-sided.
        statistic: χ² of MIL-HDBK-189 on 2n degrees; small when worse, large when better.
        p_worse: one-sided p value against "no worse"; ``p_better`` against "no better".
        beta: maximum-likelihood exponent; ``unbiased`` is (n−1)/n of it.
        lo: lower bound of β; ``hi`` the upper.
        scale: λ of the intensity λβt^(β−1), per system.
    """

    n: int
    laplace: float
    laplace_p: float
    statistic: float
    p_worse: float
    p_better: float
    beta: float
    unbiased: float
    lo: float
    hi: float
    scale: float


def power_law(times: Sequence[ArrayLike], ends: ArrayLike, level: float = 0.95) -> Trend:
    """Return trend tests and the power law over the failures of systems of one kind.

    With L = Σ ln(Tᵢ/tᵢⱼ): χ² = 2L on 2n degrees, β̂ = n/L, its bounds χ²(q; 2n)/2L, λ̂ =
    n/ΣTᵢ^β̂; U = (Σt − ΣnᵢTᵢ/2) / √(ΣnᵢTᵢ²/12). Sources: MIL-HDBK-189; Crow 1974; Laplace 1773.

    Args:
        times: per system its failure times since the start of observation, in (0, T].
        ends: per system the end of observation T.
        level: confidence of the bounds, two-sided.

    Raises:
        ValueError: no failure at all, a time outside (0, T], or lengths that differ.
    """
    limits = np.asarray(ends, dtype=np.float64)
    series = [np.asarray(one, dtype=np.float64) for one in times]
    if limits.shape != (len(series),):
        raise ValueError("every system needs its times and its end")
    counts = np.array([one.size for one in series])
    failures = np.concatenate([np.empty(0), *series])
    horizon = np.repeat(limits, counts)
    if not failures.size:
        raise ValueError("without a failure there is no trend")
    if not bool(((failures > 0) & (failures <= horizon)).all()):
        raise ValueError("a failure time must lie after the start and not after the end")
    n = int(failures.size)
    spread = np.sqrt((horizon**2).sum() / 12)
    laplace = float((failures - horizon / 2).sum() / spread)
    log_sum = float(np.log(horizon / failures).sum())
    statistic = 2 * log_sum
    tail = (1 - level) / 2
    beta = n / log_sum if log_sum else float("inf")
    low, high = (float(2 * special.gammaincinv(n, q)) for q in (tail, 1 - tail))
    return Trend(
        n=n,
        laplace=laplace,
        laplace_p=float(2 * special.ndtr(-abs(laplace))),
        statistic=statistic,
        p_worse=float(special.chdtr(2 * n, statistic)),
        p_better=float(special.chdtrc(2 * n, statistic)),
        beta=beta,
        unbiased=beta * (n - 1) / n,
        lo=low / statistic if statistic else float("inf"),
        hi=high / statistic if statistic else float("inf"),
        scale=n / float((limits**beta).sum()) if np.isfinite(beta) else 0.0,
    )


@dataclass(frozen=True, eq=False)
class Trends:
    """The findings of `power_law` for many groups at once, one element each; see `Trend`.

    Attributes:
        labels: the groups, sorted; groups without a failure have NaN and n = 0.
    """

    labels: NDArray[Any]
    n: NDArray[np.int64]
    laplace: FloatArray
    laplace_p: FloatArray
    statistic: FloatArray
    p_worse: FloatArray
    p_better: FloatArray
    beta: FloatArray
    unbiased: FloatArray
    lo: FloatArray
    hi: FloatArray


def power_law_by_group(
    groups: ArrayLike, ends: ArrayLike, systems: ArrayLike, times: ArrayLike, level: float = 0.95
) -> Trends:
    """Return `power_law` of every group of systems, such as every model, without a loop.

    Args:
        groups: per system the label of its group, sortable.
        ends: per system the end of its observation T, counted from its start.
        systems: per failure the index of its system.
        times: per failure the time since the system's start, in (0, T].
        level: confidence of the bounds, two-sided.

    Raises:
        ValueError: a time outside (0, T], or lengths that differ.
    """
    horizon = np.asarray(ends, dtype=np.float64)
    labels, codes = np.unique(np.asarray(groups), return_inverse=True)
    owner, age = np.asarray(systems, dtype=np.int64), np.asarray(times, dtype=np.float64)
    if codes.shape != horizon.shape or owner.shape != age.shape:
        raise ValueError("every system needs a group and an end, every failure a system and a time")
    last = horizon[owner]
    if not bool(((age > 0) & (age <= last)).all()):
        raise ValueError("a failure time must lie after the start and not after the end")

    def summed(values: FloatArray) -> FloatArray:
        weighed = np.bincount(codes[owner], weights=values, minlength=labels.size)
        return np.asarray(weighed, dtype=np.float64)

    n = np.bincount(codes[owner], minlength=labels.size)
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        laplace = summed(age - last / 2) / np.sqrt(summed(last**2) / 12)
        statistic = np.where(n > 0, 2 * summed(np.log(last / age)), np.nan)
        beta = 2 * n / statistic
        bounds = [2 * special.gammaincinv(n, q) / statistic for q in (tail, 1 - tail)]
        return Trends(
            labels=labels,
            n=n,
            laplace=laplace,
            laplace_p=2 * special.ndtr(-np.abs(laplace)),
            statistic=statistic,
            p_worse=special.chdtr(2 * n, statistic),
            p_better=special.chdtrc(2 * n, statistic),
            beta=beta,
            unbiased=beta * (n - 1) / n,
            lo=bounds[0],
            hi=bounds[1],
        )
