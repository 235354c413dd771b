"""From when a verdict can be had: maturation, and the smallest sample that can tell anything.

Holds formulas on counts, exposures and days. What is compared is in `verification`.
"""

from math import ceil, isfinite, log

from scipy import special

from assets.analysis.proportions import LEVEL
from assets.analysis.verification import Side

# The chance with which an effect of the hoped-for size is to be seen.
POWER = 0.8


def least_exposure(before: Side, level: float = LEVEL) -> float:
    """Return the exposure after which even no event at all would first be proof.

    Without events after, p = 2·(t₁/(t₁+t₂))^x₁; it reaches α at t₂ = t₁·((2/α)^(1/x₁) − 1).
    Infinite without any event before: then nothing can ever be shown to have fallen.

    Args:
        before: the baseline.
        level: confidence, two-sided.
    """
    if before.count <= 0 or before.exposure <= 0:
        return float("inf")
    return float(before.exposure * ((2 / (1 - level)) ** (1 / before.count) - 1))


def likely_exposure(
    before: Side, ratio: float, level: float = LEVEL, power: float = POWER
) -> float:
    """Return the exposure after which an effect of that ratio would be seen with that chance.

    From (ln r)² = (z₁₋α/₂ + z_power)²·(1/x₁ + 1/(r·λ₁·t₂)). Infinite where the baseline is too
    small for any sample after it. Source: normal approximation of the log rate ratio, Breslow & Day
    1987, §7.3.

    Args:
        before: the baseline.
        ratio: after over before, not 1.
        level: confidence, two-sided.
        power: chance in (0, 1).

    Raises:
        ValueError: a ratio that is not positive, or 1.
    """
    if ratio <= 0 or ratio == 1:
        raise ValueError("the ratio must be positive and not 1")
    if before.count <= 0 or before.exposure <= 0:
        return float("inf")
    left = (log(ratio) / _reach(level, power)) ** 2 - 1 / before.count
    return 1 / (left * ratio * before.rate) if left > 0 else float("inf")


def detectable_ratio(
    before: Side, exposure: float, *, level: float = LEVEL, power: float = POWER
) -> float:
    """Return the ratio (below 1) that this sample would show with that chance; 0 if none would.

    Solved for r by bisection of the formula of `likely_exposure`, which falls with r.
    """
    if before.count <= 0 or before.exposure <= 0 or exposure <= 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if middle > 0 and likely_exposure(before, middle, level, power) <= exposure:
            low = middle
        else:
            high = middle
    return low


def _reach(level: float, power: float) -> float:
    return float(special.ndtri((1 + level) / 2) + special.ndtri(power))


def days_until(exposure: float, per_day: float, maturity_days: int) -> int | None:
    """Return after how many days so much exposure has come together and has matured.

    Args:
        exposure: device-days, cases … that are needed.
        per_day: how much of it a day brings.
        maturity_days: W, how long each case is watched before it counts.

    Returns:
        Whole days from the start, at least W; None where it never comes together.
    """
    if per_day <= 0 or not isfinite(exposure):
        return None
    return maturity_days + ceil(exposure / per_day - 1e-9)
