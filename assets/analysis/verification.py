"""真因验证: is a supposed cause, or the effect of a measure, proven, refuted or still open?

Holds the comparison of two sides (exposed and not, before and after), the same against a control
group, and the three-way verdict. Baselines that picking the worst cannot flatter are in
`baselines`, from when a verdict can be had in `verdict_dates`; who is compared with whom is decided
by the readers.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from assets.analysis.intervals import RateRatio, rate_ratio
from assets.analysis.proportions import LEVEL, half_tail

FloatArray = NDArray[np.float64]

# A rate that falls (or rises) by less than this matters to nobody: the middle of "no effect".
RELEVANT = 0.8
# Halvings of the interval in which a bound on the log scale is looked for: to 1e-12.
_HALVINGS = 60
_FURTHEST = 40.0


class Verdict(StrEnum):
    """What the data say of a hypothesis; 证据不足 is an answer too."""

    PROVEN = "proven"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True)
class Side:
    """What was counted on one side of a comparison; a count need not be whole (a shrunk one)."""

    count: float
    exposure: float

    @property
    def rate(self) -> float:
        """Count over exposure, NaN without exposure."""
        return self.count / self.exposure if self.exposure > 0 else float("nan")

    def scaled(self, dispersion: float) -> "Side":
        """Return the side as if it held only independent events: both divided by φ ≥ 1."""
        return Side(self.count / dispersion, self.exposure / dispersion)

    def whole(self) -> "Side":
        """Return the side with a whole count (rounded down) at the same rate."""
        count = float(int(self.count + 1e-9))
        if not count:
            return Side(0.0, self.exposure)
        return Side(count, self.exposure * count / self.count)


def compared(first: Side, second: Side, level: float = LEVEL) -> RateRatio:
    """Return the ratio of the second rate to the first with exact interval and p: `rate_ratio`."""
    return rate_ratio(first.count, first.exposure, second.count, second.exposure, level)


def controlled(
    first: Side, second: Side, control_first: Side, control_second: Side, level: float = LEVEL
) -> RateRatio:
    """Return how much more the rate changed than the control's did: the ratio of two ratios.

    Its logarithm is the difference of the log rate ratios. See `ratio_of_ratios`; fractional counts
    are rounded down at their rate, which can only widen the interval.
    """
    sides = [side.whole() for side in (first, second, control_first, control_second)]
    return ratio_of_ratios(
        [side.count for side in sides], [side.exposure for side in sides], level=level
    )


def ratio_of_ratios(counts: ArrayLike, exposure: ArrayLike, *, level: float = LEVEL) -> RateRatio:
    """Return (x₂/t₂ ÷ x₁/t₁) ÷ (c₂/u₂ ÷ c₁/u₁) with an exact interval and p value.

    Given both margins, x₂ follows Fisher's noncentral hypergeometric distribution whose odds are
    the sought ratio times the odds of the exposures. The interval inverts its tails, p doubles the
    smaller one. With equal exposures this is Fisher's exact test of a fourfold table. Source:
    Breslow & Day 1987, §4.2 (conditional inference in a 2 × 2 table of Poisson counts).

    Args:
        counts: x₁, x₂, c₁, c₂ along the first axis, whole numbers; further axes are cases.
        exposure: t₁, t₂, u₁, u₂ alike; a 0 anywhere gives NaN.
        level: confidence, two-sided.

    Raises:
        ValueError: a negative or fractional count, a negative exposure or a wrong level.
    """
    tail = half_tail(level)
    count, time = (np.asarray(value, dtype=np.float64) for value in (counts, exposure))
    if bool((count < 0).any() | (time < 0).any() | (count != np.floor(count)).any()):
        raise ValueError("counts must be whole and neither they nor exposures negative")
    shape = np.broadcast_shapes(count.shape, time.shape)
    count, time = (np.broadcast_to(value, shape).reshape(4, -1) for value in (count, time))
    is_known = (time > 0).all(axis=0)
    safe = np.where(is_known, time, 1.0)
    offset = np.log(safe[1]) - np.log(safe[0]) - np.log(safe[3]) + np.log(safe[2])
    table = _Tails(count, offset)
    low = table.bound(tail, is_upper_tail=True)
    high = table.bound(tail, is_upper_tail=False)
    at_most, at_least = table.tails(np.zeros(offset.shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = count[1] * count[2] / (count[0] * count[3]) / np.exp(offset)
    p_value = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    found = (np.where(is_known, one, np.nan).reshape(shape[1:])
             for one in (ratio, low, high, p_value))  # fmt: skip
    return RateRatio(*found)


class _Tails:
    """Tails of the conditional distribution of x₂, for many tables at once (cases × support)."""

    def __init__(self, count: FloatArray, offset: FloatArray) -> None:
        """Lay out the support of every table and its central log weights."""
        first, second, control_first, control_second = count
        treated, others = first + second, control_first + control_second
        later = second + control_second
        self._lowest = np.maximum(0.0, later - others)
        highest = np.minimum(treated, later)
        width = int((highest - self._lowest).max(initial=0)) + 1
        self._x = self._lowest[:, None] + np.arange(width)
        inside = self._x <= highest[:, None]
        x = np.minimum(self._x, highest[:, None])
        rest = later[:, None] - x
        weight = -(
            special.gammaln(x + 1)
            + special.gammaln(treated[:, None] - x + 1)
            + special.gammaln(rest + 1)
            + special.gammaln(others[:, None] - rest + 1)
        )
        self._weight = np.where(inside, weight + x * offset[:, None], -np.inf)
        self._seen = second
        self.is_lowest, self.is_highest = second <= self._lowest, second >= highest

    def tails(self, log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return P(X ≤ x₂) and P(X ≥ x₂) where the sought ratio is exp(``log_ratio``)."""
        logits = self._weight + self._x * log_ratio[:, None]
        chance = np.exp(logits - special.logsumexp(logits, axis=1, keepdims=True))
        at_most = np.where(self._x <= self._seen[:, None], chance, 0.0).sum(axis=1)
        at_least = np.where(self._x >= self._seen[:, None], chance, 0.0).sum(axis=1)
        return at_most, at_least

    def bound(self, tail: float, *, is_upper_tail: bool) -> FloatArray:
        """Return the ratio at which one tail has the probability ``tail``."""
        low = np.full(self._seen.shape, -_FURTHEST)
        high = np.full(self._seen.shape, _FURTHEST)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            at_most, at_least = self.tails(middle)
            # P(X ≥ x₂) grows with the ratio, P(X ≤ x₂) falls
            is_beyond = at_least > tail if is_upper_tail else at_most <= tail
            low, high = np.where(is_beyond, low, middle), np.where(is_beyond, middle, high)
        bound = np.exp((low + high) / 2)
        if is_upper_tail:
            return np.where(self.is_lowest, 0.0, bound)
        return np.where(self.is_highest, np.inf, bound)


def verdict(
    effect: RateRatio, *, is_lower_claimed: bool, level: float = LEVEL, relevant: float = RELEVANT
) -> Verdict:
    """Return what one comparison says of a claim.

    成立: the ratio differs from 1 in the claimed direction, p < 1 − level. 不成立: the whole
    interval lies where the claim matters to nobody: nearer to 1 than ``relevant``, or on the other
    side. 证据不足: everything else, also a comparison that cannot be made.

    Args:
        effect: of one case.
        is_lower_claimed: the claim is that the second rate is lower (a measure works); otherwise
            that it is higher (the exposed fail more).
        level: confidence.
        relevant: a ratio in (0, 1); for a claimed rise its inverse counts.
    """
    low, high, p_value = (float(one) for one in (effect.lo, effect.hi, effect.p_value))
    if np.isnan(p_value):
        return Verdict.OPEN
    if not is_lower_claimed:
        low, high = _inverse(high), _inverse(low)
    if low > relevant:
        return Verdict.REFUTED
    return Verdict.PROVEN if high < 1 and p_value < 1 - level else Verdict.OPEN


def _inverse(value: float) -> float:
    return float("inf") if value == 0 else 1 / value


def prevented(expected: float, effect: RateRatio) -> tuple[float, float, float]:
    """Return how many events did not happen, and the bounds of that number.

    Args:
        expected: events after, had the rate stayed what it was (and moved as the control's).
        effect: of the rate; the number is expected × (1 − ratio).
    """
    ratio, low, high = (float(one) for one in (effect.ratio, effect.lo, effect.hi))
    return expected * (1 - ratio), expected * (1 - high), expected * (1 - low)
