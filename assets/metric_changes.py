"""How a number changed against the period before, in one sentence, and whether that is proven.

Holds which two numbers may be compared, by what, and the words. Which statistics are sums is in
`metric_totals`, the tests of a change in `analysis.proportions`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from assets.analysis import proportions
from assets.metric_format import number_text
from assets.metric_registry import Metric, Statistic
from assets.metric_totals import Covered, days, is_total

Row = Mapping[str, Any]
# Kinds whose denominators are cases, and those whose are time or tickets that events are counted
# over: what their change is tested by.
SHARES = ("share", "completion", "maturing")
RATES = ("rate", "per_thousand")
_LEVEL = 0.05
_POINTS = 100
_BEFORE = {
    "day": ("前一天", "the day before"),
    "week": ("上周", "the week before"),
    "month": ("上月", "the month before"),
    "quarter": ("上季度", "the quarter before"),
    "year": ("上年", "the year before"),
}


def change(
    metric: Metric, before: Row, now: Row, lang: str = "zh", covered: Covered | None = None
) -> str:
    """Return how a number changed against the period before, and whether that is proven.

    Shares are compared by the hybrid score interval of their difference, rates by the exact ratio
    of two Poisson counts; other numbers change without a claim. Sums are compared by the day, and
    only of periods that are ``covered`` whole. Empty where one of the two is missing, too small,
    not ripe or not to be trusted: such numbers are not judged, so neither is their change.
    """
    if now["value"] is None or before["value"] is None or now["grain"] not in _BEFORE:
        return ""
    if not now["state"] == before["state"] == "ok":
        return ""
    if not is_total(metric, now["statistic"]):
        return _moved(metric, before, now, lang, is_daily=False)
    if covered and not (covered.holds(before) and covered.holds(now)):
        return _incomplete(now["grain"], lang)
    if days(before) == days(now):
        return _moved(metric, before, now, lang, is_daily=False)
    return _moved(metric, _daily(before), _daily(now), lang, is_daily=True)


def _incomplete(grain: str, lang: str) -> str:
    when = _BEFORE[grain][lang == "en"]
    if lang == "en":
        return f"This period or {when} is not whole: the sums are not compared."
    return f"本期或{when}的数据不满一整期,合计不作比较。"


def _daily(row: Row) -> dict[str, Any]:
    return {**row, "value": row["value"] / days(row)}


def _daily_text(shape: Statistic, value: float, lang: str) -> str:
    """Return a sum by the day: of whole things too it has decimals."""
    is_plain = shape.format in ("count", "number")
    return f"{value:,.2f}" if is_plain else number_text(shape, value, lang)


def _moved(metric: Metric, before: Row, now: Row, lang: str, *, is_daily: bool) -> str:
    zh, shape = lang != "en", metric.statistics[now["statistic"]]
    when = _BEFORE[now["grain"]][not zh]
    text = partial(_daily_text if is_daily else number_text, shape, lang=lang)
    then, lead = text(before["value"]), ""
    if is_daily:
        then = f"日均 {then}" if zh else f"{then} a day"
        lead = f"日均 {text(now['value'])}," if zh else f"{text(now['value'])} a day. "
    moved, amount = now["value"] - before["value"], _amount(shape, before, now, lang)
    if not moved or not amount:
        return f"{lead}与{when}({then})持平。" if zh else f"{lead}The same as {when} ({then})."
    way = ("上升", "up") if moved > 0 else ("下降", "down")
    good = _goodness(metric, moved)
    proof = _proof(metric, before, now)
    if zh:
        tail = {None: "", True: ",变化确实", False: ",变化未证实"}[proof]
        return f"{lead}比{when}({then}){way[0]} {amount}{good[0]}{tail}。"
    tail = {None: "", True: "; the change is proven", False: "; a change is not proven"}[proof]
    return f"{lead}Against {when} ({then}) {way[1]} {amount}{good[1]}{tail}."


def _goodness(metric: Metric, moved: float) -> tuple[str, str]:
    if metric.direction == "none":
        return "", ""
    is_better = (moved > 0) == (metric.direction == "higher")
    return ("(变好)", " (better)") if is_better else ("(变差)", " (worse)")


def _amount(shape: Statistic, before: Row, now: Row, lang: str) -> str:
    """Return the size of a change: points for percentages, else relative; empty when invisible."""
    if shape.format == "percent":
        points = abs(now["value"] - before["value"]) * _POINTS
        text = f"{points:.1f}"
        if float(text) == 0:
            return ""
        return f"{text} 个百分点" if lang != "en" else f"{text} points"
    if not before["value"]:
        return number_text(shape, abs(now["value"]), lang)
    text = f"{abs(now['value'] / before['value'] - 1) * _POINTS:.1f}"
    return "" if float(text) == 0 else f"{text}%"


def _proof(metric: Metric, before: Row, now: Row) -> bool | None:
    """Tell whether a change is proven at 5 %; None where nothing tests it."""
    sums = [(row["numerator"], row["denominator"]) for row in (before, now)]
    if any(part is None or not size for part, size in sums):
        return None
    (x1, t1), (x2, t2) = sums
    if metric.kind in RATES:
        return proportions.rates_p_value(int(x1), float(t1), int(x2), float(t2)) < _LEVEL
    if metric.kind in SHARES and now["lo"] is not None:
        low, high = proportions.difference(int(x1), int(t1), int(x2), int(t2))
        return low > 0 or high < 0
    return None
