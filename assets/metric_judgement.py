"""What a number means against its target: the verdict that colours it.

Holds the rule: red only if the whole interval lies beyond the target, amber when the value is
beyond and the interval is not, grey for what is too small or not ripe, no colour without a target.
The sentences are in `metric_findings`; colours themselves in `config.theme`.
"""

from dataclasses import dataclass
from typing import Literal

from assets.metric_registry import Metric

Verdict = Literal["none", "grey", "met", "amber", "red"]

_WORDS: dict[Verdict, tuple[str, str]] = {
    "none": ("", ""),
    "grey": ("不作判断", "not judged"),
    "met": ("达标", "met"),
    "amber": ("未达标,未证实", "missed, not proven"),
    "red": ("未达标", "missed"),
}


@dataclass(frozen=True)
class Judgement:
    """A verdict and the target that it was made against."""

    verdict: Verdict
    target: float | None = None

    def word(self, lang: str = "zh") -> str:
        """Return the verdict in words, empty without a target."""
        return _WORDS[self.verdict][lang == "en"]


def judge(
    metric: Metric,
    *,
    target: float | None,
    value: float | None,
    lo: float | None = None,
    hi: float | None = None,
    denominator: float | None = None,
    state: str = "ok",
) -> Judgement:
    """Judge one number.

    Args:
        metric: its direction says on which side of the target it should lie.
        target: in the unit of the value; None or a metric without a direction: no verdict.
        value: the number; a missing one is grey.
        lo: lower end of its 95 % interval.
        hi: upper end.
        denominator: what it was divided by. A number with neither interval nor denominator is a
            full count, not a sample: the value is its own interval.
        state: anything but ``ok`` is grey.
    """
    if target is None or metric.direction == "none":
        return Judgement("none")
    if state != "ok" or value is None:
        return Judgement("grey", target)
    sign = 1 if metric.direction == "higher" else -1
    if sign * value >= sign * target:
        return Judgement("met", target)
    nearest = hi if sign > 0 else lo
    if lo is None and hi is None and denominator is None:
        nearest = value
    is_proven = nearest is not None and sign * nearest < sign * target
    return Judgement("red" if is_proven else "amber", target)
