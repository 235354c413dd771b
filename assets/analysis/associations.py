"""What goes along with what: each group against all others, with exact intervals and FDR.

Holds comparisons of rates and of shares of many groups, and A→B sequences against chance.
关联≠因果: what is called here is a candidate for `verification`, and no cause.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from assets.analysis.discovery import adjusted
from assets.analysis.intervals import rate_ratio
from assets.analysis.verification import ratio_of_ratios

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Associations:
    """Each group against the rest, one element a group.

    Attributes:
        ratio: rate (or odds) of the group over that of all others; NaN where it has no others.
        lo: its exact lower 95 % bound; ``hi`` the upper.
        p_value: two-sided.
        adjusted_p: after Benjamini & Hochberg over the groups.
    """

    ratio: FloatArray
    lo: FloatArray
    hi: FloatArray
    p_value: FloatArray
    adjusted_p: FloatArray


def rates_against_rest(
    counts: ArrayLike, exposure: ArrayLike, dispersion: ArrayLike = 1.0
) -> Associations:
    """Return each group's event rate over the rate of all other groups.

    Args:
        counts: events per group.
        exposure: what they were counted over.
        dispersion: φ ≥ 1 by which events clump: see `baselines.dispersion`.
    """
    phi = np.asarray(dispersion, dtype=np.float64)
    count, time = (np.asarray(value, dtype=np.float64) / phi for value in (counts, exposure))
    found = rate_ratio(np.maximum(count.sum() - count, 0), np.maximum(time.sum() - time, 0),
                       count, time)  # fmt: skip
    return Associations(*found, adjusted(found.p_value))


def shares_against_rest(hits: ArrayLike, cases: ArrayLike) -> Associations:
    """Return each group's odds over those of all other groups: Fisher's exact test.

    Args:
        hits: cases with the property per group.
        cases: all cases per group.

    Raises:
        ValueError: more hits than cases.
    """
    hit, case = np.asarray(hits, dtype=np.float64), np.asarray(cases, dtype=np.float64)
    if bool((hit > case).any()):
        raise ValueError("more hits than cases")
    others_hit, others = hit.sum() - hit, case.sum() - case
    table = np.stack([others_hit, hit, others - others_hit, case - hit])
    known = (case > 0) & (others > 0)
    found = ratio_of_ratios(table, np.where(known, 1.0, 0.0) * np.ones((4, 1)))
    return Associations(*found, adjusted(found.p_value))


def pairs_expected(
    first: ArrayLike, second: ArrayLike, window: float, span: ArrayLike
) -> FloatArray:
    """Return how many pairs (A, then B within the window) chance gives on one device.

    Its own counts of A and B lie anywhere in the time it was watched, T: n_A·n_B·(w/T − w²/2T²).
    Because the counts are its own, devices may differ as they like.

    Args:
        first: A's of each device.
        second: B's of each device, of another kind than A.
        window: w, in the unit of the span.
        span: T of each device; 0 gives 0.
    """
    time = np.asarray(span, dtype=np.float64)
    width = np.minimum(window, time)
    safe = np.where(time > 0, time, 1.0)
    share = np.where(time > 0, width / safe - width**2 / (2 * safe**2), 0.0)
    return np.asarray(first, dtype=np.float64) * np.asarray(second, dtype=np.float64) * share


def more_than_expected(observed: ArrayLike, expected: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the p value of so many or more where so many were expected, and it after FDR.

    Poisson's tail; NaN where nothing could be expected.
    """
    count, mean = np.broadcast_arrays(
        np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    )
    tail = special.gammainc(np.maximum(count, 1e-300), np.maximum(mean, 1e-300))
    p_value = np.where(mean > 0, np.where(count > 0, tail, 1.0), np.nan)
    return p_value, adjusted(p_value)
