"""Points from sums: shrinkage of weighted cases, anchors, and how sure a comparison is.

Holds the arithmetic of the engineer's score on arrays with one entry per engineer. Where the sums
come from and which rules hold is the matter of `assets.score`; what single groups share is in
`shrinkage`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
FULL = 100.0
_TWO = 2


@dataclass(frozen=True, eq=False)
class Cases:
    """Sums over each engineer's cases, one entry per engineer.

    Attributes:
        count: n, cases.
        weight: Σw.
        square: Σw².
        total: Σwx, x the value of a case.
        total_square: Σwx².
    """

    count: FloatArray
    weight: FloatArray
    square: FloatArray
    total: FloatArray
    total_square: FloatArray

    @property
    def effective(self) -> FloatArray:
        """Return (Σw)²/Σw²: how many equally weighted cases say as much."""
        return _ratio(self.weight**2, self.square)

    @property
    def mean(self) -> FloatArray:
        """Return Σwx/Σw, 0 without cases."""
        return _ratio(self.total, self.weight)

    def of(self, chosen: ArrayLike) -> "Cases":
        """Return the sums of the chosen engineers (mask or places)."""
        at = np.asarray(chosen)
        return Cases(
            self.count[at], self.weight[at], self.square[at], self.total[at], self.total_square[at]
        )


@dataclass(frozen=True)
class Prior:
    """What a group shares: mean μ and variance of a case, and how many cases μ is worth (m)."""

    mean: float
    variance: float
    strength: float


@dataclass(frozen=True)
class Strength:
    """How m is found: by the method of moments between two limits, or as given (``fixed``)."""

    default: float
    least: float
    most: float
    fixed: float | None = None


def prior(cases: Cases, strength: Strength) -> Prior:
    """Return what the engineers share.

    m = σ²/τ², with the variance between engineers τ² = (Σnᵢ(pᵢ−μ)² − (k−1)σ²) / (N − Σnᵢ²/N) over
    effective sizes nᵢ. Source: the moments of DerSimonian & Laird 1986, clipped to the limits.

    Args:
        cases: of the group; engineers without cases are left out.
        strength: how m is found.

    Raises:
        ValueError: no case at all.
    """
    known = cases.of(cases.weight > 0)
    weight = float(known.weight.sum())
    if not weight:
        raise ValueError("a group needs cases")
    mean = float(known.total.sum()) / weight
    variance = max(0.0, float(known.total_square.sum()) / weight - mean**2)
    if strength.fixed is not None:
        return Prior(mean, variance, strength.fixed)
    size = known.effective
    if len(size) < _TWO or not variance:
        return Prior(mean, variance, strength.default)
    spread = float((size * (known.mean - mean) ** 2).sum()) - (len(size) - 1) * variance
    between = spread / float(size.sum() - (size**2).sum() / size.sum())
    found = variance / between if between > 0 else strength.most
    return Prior(mean, variance, float(np.clip(found, strength.least, strength.most)))


def shrunk(cases: Cases, mean: FloatArray, strength: FloatArray) -> FloatArray:
    """Return (Σw'x + mμ)/(n + m), w' the weights brought to a mean of 1."""
    scaled = cases.mean * cases.count
    return np.asarray((scaled + strength * mean) / (cases.count + strength), dtype=np.float64)


def case_factor(cases: Cases, strength: FloatArray) -> FloatArray:
    """Return f such that a case moves the shrunk value by f·w(x − μ): (n/Σw)/(n + m)."""
    return _ratio(cases.count, cases.weight) / (cases.count + strength)


def anchored(value: ArrayLike, floor: ArrayLike, goal: ArrayLike) -> FloatArray:
    """Return 0 points at the floor and 100 at the goal, not clipped."""
    low = np.asarray(floor, dtype=np.float64)
    return np.asarray(FULL * (np.asarray(value) - low) / (np.asarray(goal) - low))


def drawn(
    rng: np.random.Generator, mean: FloatArray, variance: FloatArray, top: float, size: int
) -> FloatArray:
    """Return draws of a true value between 0 and ``top``: beta with the mean and variance.

    Args:
        rng: seeded by the caller.
        mean: one per engineer.
        variance: likewise; 0 draws the mean itself.
        top: largest possible value.
        size: draws of each.

    Returns:
        Engineers × draws.
    """
    share = np.clip(mean / top, 1e-9, 1 - 1e-9)
    room = share * (1 - share)
    spread = np.minimum(variance / top**2, room * 0.99)
    sure = spread <= room * 1e-9
    concentration = room / np.where(sure, 1.0, spread) - 1
    # a beta is a share of two gammas; single precision is a third of the time and far below chance
    gammas = [
        rng.standard_gamma(
            np.broadcast_to(
                np.where(sure, 1.0, part * concentration).astype(np.float32)[:, None],
                (len(share), size),
            ),
            dtype=np.float32,
        )
        for part in (share, 1 - share)
    ]
    whole = gammas[0] + gammas[1]
    found = np.divide(gammas[0], whole, out=np.zeros_like(whole), where=whole > 0)
    return np.asarray(np.where(sure[:, None], share[:, None], found) * top, dtype=np.float64)


def drawn_rates(
    rng: np.random.Generator, mean: FloatArray, variance: FloatArray, size: int
) -> FloatArray:
    """Return draws of a true rate above 0: gamma with the mean and variance; engineers × draws."""
    known = (mean > 0) & (variance > 0)
    safe_mean, safe_variance = np.where(known, mean, 1.0), np.where(known, variance, 1.0)
    found = rng.gamma(
        (safe_mean**2 / safe_variance)[:, None],
        (safe_variance / safe_mean)[:, None],
        (len(mean), size),
    )
    return np.asarray(np.where(known[:, None], found, mean[:, None]))


def above_median(draws: FloatArray, groups: Sequence[ArrayLike]) -> FloatArray:
    """Return for each engineer the probability that the true value exceeds the group's median.

    Args:
        draws: engineers × draws.
        groups: places of the engineers of each group; an engineer in none gets NaN.
    """
    found = np.full(len(draws), np.nan)
    for group in groups:
        at = np.asarray(group)
        middle = np.median(draws[at], axis=0)
        # whoever is the median of a draw is above it half the time
        ties = (draws[at] == middle).mean(axis=1) / 2
        found[at] = (draws[at] > middle).mean(axis=1) + ties
    return found


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
