"""The quality circle's own arithmetic: 目标值, 目标达成率, 进步率.

Holds three formulas on plain numbers, exact in decimals. Whether a change is more than chance is
asked in `verification`.
"""

from decimal import Decimal

Number = Decimal | int | str


def target_value(current: Number, focus: Number, capability: Number) -> Decimal:
    """Return 目标值 = 现况值 − 现况值 × 改善重点 × 圈能力.

    Args:
        current: 现况值.
        focus: 改善重点, the cumulative share of the causes that are tackled, 0 … 1.
        capability: 圈能力, 0 … 1.

    Raises:
        ValueError: a share outside [0, 1].
    """
    value, share, ability = Decimal(current), Decimal(focus), Decimal(capability)
    if not (0 <= share <= 1 and 0 <= ability <= 1):
        raise ValueError("focus and capability are shares between 0 and 1")
    return value - value * share * ability


def achievement(before: Number, after: Number, target: Number) -> Decimal | None:
    """Return 目标达成率 = (改善后 − 改善前) / (目标值 − 改善前); None where both are the same."""
    distance = Decimal(target) - Decimal(before)
    return (Decimal(after) - Decimal(before)) / distance if distance else None


def progress(before: Number, after: Number) -> Decimal | None:
    """Return 进步率 = (改善前 − 改善后) / 改善前; None where there was nothing before."""
    start = Decimal(before)
    return (start - Decimal(after)) / start if start else None
