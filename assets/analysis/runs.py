"""Rules on runs of points of a chart: shifts and trends that no single point shows.

Holds Nelson's rules 1 to 3 and Anhøj's runs and crossings; no other rule, because each one adds
false alarms. Limits of single points are in `spc`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

FloatArray = NDArray[np.float64]
SAME_SIDE, MONOTONE = 9, 6
_MIN_USEFUL = 10


@dataclass(frozen=True, eq=False)
class Runs:
    """Findings on one chart, points in order of time.

    Attributes:
        beyond: points farther than three sigma (rule 1).
        shifted: points that end nine or more on one side of the centre (rule 2).
        drifting: points that end six or more rising or falling steadily (rule 3).
        longest_run: most useful points in a row on one side of the median; ``run_limit`` the most
            that chance gives.
        crossings: how often the line crosses the median; ``crossing_limit`` the least.
        is_signal: the runs or the crossings lie beyond their limit (Anhøj).
    """

    beyond: NDArray[np.bool_]
    shifted: NDArray[np.bool_]
    drifting: NDArray[np.bool_]
    longest_run: int
    run_limit: int
    crossings: int
    crossing_limit: int
    is_signal: bool


def find(z: ArrayLike) -> Runs:
    """Return what the rules find in standardised distances from the centre.

    Anhøj: with n useful points (not on the median) the longest run is at most ⌊log₂ n⌉ + 3 and the
    crossings at least the 5 % quantile of Binomial(n − 1, ½); below ten useful points they are
    silent. Sources: Nelson 1984; Anhøj & Olesen 2014.

    Args:
        z: one chart's distances in sigmas; NaN (no exposure) is left out.
    """
    distance = np.asarray(z, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(distance))
    points = distance[known]
    steps = _streak(np.sign(np.diff(points)))

    def flags(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
        all_points = np.zeros(distance.shape, dtype=np.bool_)
        all_points[known] = found
        return all_points

    longest, run_limit, crossings, crossing_limit, is_signal = _anhoej(points)
    return Runs(
        beyond=flags(np.abs(points) > 3),  # noqa: PLR2004 - three sigma
        shifted=flags(_streak(np.sign(points)) >= SAME_SIDE),
        # six points have five steps between them
        drifting=flags(np.r_[False, steps >= MONOTONE - 1][: points.size]),
        longest_run=longest,
        run_limit=run_limit,
        crossings=crossings,
        crossing_limit=crossing_limit,
        is_signal=is_signal,
    )


def _streak(signs: FloatArray) -> NDArray[np.int64]:
    """Return how many points in a row have had the same sign up to each; 0 on the centre."""
    lengths = np.zeros(signs.size, dtype=np.int64)
    for index, sign in enumerate(signs.tolist()):
        if sign:
            is_same = index > 0 and signs[index - 1] == sign
            lengths[index] = (lengths[index - 1] if is_same else 0) + 1
    return lengths


def _anhoej(points: FloatArray) -> tuple[int, int, int, int, bool]:
    """Return longest run, its limit, crossings, their limit, and whether they are a signal."""
    useful = np.sign(points - np.median(points)) if points.size else points
    useful = useful[useful != 0]
    n = int(useful.size)
    if not n:
        return 0, 0, 0, 0, False
    longest = int(_streak(useful).max())
    crossings = int((np.diff(useful) != 0).sum())
    run_limit = round(float(np.log2(n))) + 3
    crossing_limit = int(stats.binom.ppf(0.05, n - 1, 0.5)) if n > 1 else 0
    is_signal = n >= _MIN_USEFUL and (longest > run_limit or crossings < crossing_limit)
    return longest, run_limit, crossings, crossing_limit, is_signal
