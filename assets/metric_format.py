"""How a number is written: the one formatter of wall, pages, tables and text.

Holds formats only; which format a statistic has is in the registry. Workbooks take the same formats
as Excel number formats from their own theme.
"""

import math

from assets.metric_registry import Metric, Statistic

_STATE_WORDS = {
    "not_connected": ("未接入", "not connected"),
    "no_data": ("无数据", "no data"),
    "immature": ("未成熟", "immature"),
    "unreliable": ("不可信", "unreliable"),
    "small_sample": ("样本不足", "small sample"),
    "chance": ("差异与随机一致", "differences in keeping with chance"),
    "reversed": ("分层后方向相反", "reversed within strata"),
}
# Leads the state of a number whose tables stand still: see `state_word`.
STOPPED = "stopped:"
_NEARLY_ALL = 0.995
_MINUTE, _DAY = 60, 86_400


def state_word(state: str, lang: str = "zh") -> str:
    """Return the word for a state, empty for ``ok``.

    ``stopped:<local minute>`` stands for a table that has stood still since then.
    """
    if state.startswith(STOPPED):
        at = state.removeprefix(STOPPED)
        return f"data stopped at {at}" if lang == "en" else f"数据停在 {at}"
    zh, en = _STATE_WORDS.get(state, ("", ""))
    return en if lang == "en" else zh


def duration_text(seconds: float, lang: str = "zh") -> str:
    """Return seconds as `h:mm` below two days, else days with one decimal."""
    if seconds >= 2 * _DAY:
        return f"{seconds / _DAY:.1f} {'d' if lang == 'en' else '天'}"
    minutes = int(seconds // _MINUTE)
    return f"{minutes // 60}:{minutes % 60:02d}"


def number_text(statistic: Statistic, value: float, lang: str = "zh") -> str:
    """Return a value in its statistic's format, without unit."""
    if statistic.format == "percent":
        # close to 100 % the second decimal is the news
        digits = 2 if _NEARLY_ALL < value < 1 else 1
        return f"{value * 100:.{digits}f}%"
    if statistic.format == "pct":
        return f"{value:.3f}%"
    if statistic.format == "duration":
        return duration_text(value, lang)
    if statistic.format == "money":
        return f"¥{value:,.2f}"
    if statistic.format == "count":
        return f"{value:,.0f}"
    return f"{value:,.{min(statistic.precision, 2)}f}"


def format_value(
    metric: Metric,
    statistic: str,
    value: float | None,
    *,
    state: str = "ok",
    lo: float | None = None,
    lang: str = "zh",
) -> str:
    """Return the text a surface shows for one number.

    Without a value: `≥ lo` where only a lower bound exists (no failure seen), else the state's
    word, else a dash. Never 0 for something missing.
    """
    shape = metric.statistics[statistic]
    if value is not None and not math.isnan(value):
        text = number_text(shape, value, lang)
        return f"≥{text}" if shape.is_lower_bound else text
    if lo is not None and not math.isnan(lo) and state in ("ok", "small_sample"):
        return f"≥{number_text(shape, lo, lang)}"
    return state_word(state, lang) or "—"
