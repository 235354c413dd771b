"""Control charts of rates and shares: u and p charts with Laney's correction for overdispersion.

With thousands of device-days classic limits are so narrow that ordinary variation trips them; the
correction widens them by the variation seen between neighbouring periods. Rules on runs of points
are in `runs`; phases are not here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

MIN_POINTS = 20
# Mean absolute difference of two independent standard normal values: 2/√π.
_D2 = 1.128


@dataclass(frozen=True, eq=False)
class ULimits:
    """Limits and findings of one chart, or of many (groups × periods).

    Attributes:
        rates: u per period, NaN without exposure.
        centre: ū = Σ counts / Σ exposure, one per chart.
        sigma_z: Laney's factor, one per chart; 1 is the classic u chart.
        z: standardised distance of each period from the centre.
        lower: lower limit per period, never below 0.
        upper: upper limit per period.
        classic_lower: the same without the correction.
        classic_upper: the same without the correction.
        is_out: periods beyond the corrected limits.
        point_count: periods with exposure, one per chart.
        is_provisional: fewer than 20 points: limits must not be locked.
    """

    rates: FloatArray
    centre: FloatArray
    sigma_z: FloatArray
    z: FloatArray
    lower: FloatArray
    upper: FloatArray
    classic_lower: FloatArray
    classic_upper: FloatArray
    is_out: NDArray[np.bool_]
    point_count: NDArray[np.int64]
    is_provisional: NDArray[np.bool_]


def laney_u(counts: ArrayLike, exposure: ArrayLike) -> ULimits:
    """Return the u′ chart: ū ± 3 σz √(ū/nᵢ), with σz = mean |zᵢ − zᵢ₋₁| / 1.128.

    zᵢ = (uᵢ − ū) / √(ū/nᵢ). Periods without exposure are skipped: their neighbours follow each
    other. With fewer than two points, or without any event, σz is 1. Source: Laney 2002.

    Args:
        counts: events per period; the last axis is time, the axes before it are charts.
        exposure: what they were counted over, same shape; 0 marks a period without exposure.

    Raises:
        ValueError: a negative or missing number, or shapes that differ.
    """
    return _laney(counts, exposure, is_share=False)


def laney_p(hits: ArrayLike, cases: ArrayLike) -> ULimits:
    """Return the p′ chart: p̄ ± 3 σz √(p̄(1−p̄)/nᵢ), σz as in `laney_u`; limits stay in [0, 1].

    Source: Laney 2002.

    Args:
        hits: cases with the property per period; the last axis is time.
        cases: all cases per period, same shape; 0 marks a period without any.

    Raises:
        ValueError: as `laney_u`, or more hits than cases.
    """
    if bool((np.asarray(hits) > np.asarray(cases)).any()):
        raise ValueError("more hits than cases")
    return _laney(hits, cases, is_share=True)


def _laney(counts: ArrayLike, exposure: ArrayLike, *, is_share: bool) -> ULimits:
    count = np.asarray(counts, dtype=np.float64)
    size = np.asarray(exposure, dtype=np.float64)
    if count.ndim == 0 or count.shape != size.shape:
        raise ValueError("counts and exposure must have the same shape with a time axis")
    if not bool(((count >= 0) & (size >= 0)).all()):
        raise ValueError("counts and exposures cannot be negative or missing")
    has_exposure = size > 0
    safe = np.where(has_exposure, size, np.nan)
    total = np.where(has_exposure, size, 0.0).sum(axis=-1)
    events = np.where(has_exposure, count, 0.0).sum(axis=-1)
    centre = np.divide(events, total, out=np.full_like(total, np.nan), where=total > 0)
    variance = centre * (1 - centre) if is_share else centre
    sigma = np.sqrt(variance[..., None] / safe)
    rates = count / safe
    z = np.divide(
        rates - centre[..., None], sigma, out=np.where(has_exposure, 0.0, np.nan), where=sigma > 0
    )
    sigma_z = _sigma_z(z, has_exposure, is_flat=~(variance > 0))
    width = 3 * sigma
    wide = sigma_z[..., None] * width
    mean = centre[..., None]
    highest = 1.0 if is_share else np.inf
    lower, upper = np.maximum(mean - wide, 0.0), np.minimum(mean + wide, highest)
    point_count = has_exposure.sum(axis=-1)
    return ULimits(
        rates=rates,
        centre=centre,
        sigma_z=sigma_z,
        z=z,
        lower=lower,
        upper=upper,
        classic_lower=np.maximum(mean - width, 0.0),
        classic_upper=np.minimum(mean + width, highest),
        is_out=(rates < lower) | (rates > upper),
        point_count=np.asarray(point_count, dtype=np.int64),
        is_provisional=np.asarray(point_count < MIN_POINTS),
    )


def _sigma_z(
    z: FloatArray, has_exposure: NDArray[np.bool_], is_flat: NDArray[np.bool_]
) -> FloatArray:
    """Return the moving-range sigma of z along the last axis, over periods with exposure."""
    order = np.argsort(~has_exposure, axis=-1, kind="stable")
    steps = np.abs(np.diff(np.take_along_axis(z, order, axis=-1), axis=-1))
    known = ~np.isnan(steps)
    step_count = known.sum(axis=-1)
    mean = np.where(known, steps, 0.0).sum(axis=-1) / np.maximum(step_count, 1)
    return np.where((step_count > 0) & ~is_flat, mean / _D2, 1.0)
