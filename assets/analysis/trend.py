"""Is a machine getting worse? Trend tests and the power law of its failure times.

Holds Laplace, MIL-HDBK-189 and Crow–AMSAA for one repairable system, or several of a kind pooled,
observed until a time (not until a failure). Rates without trend live in `intervals`; lifetimes of
parts that are thrown away in `lifetime`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
