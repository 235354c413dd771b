"""What the words of a question mean: metric or code, conditions, days, grain.

Holds the reading of options that several commands share. What is then read and printed is in
``cli_kpi``, ``cli_explain`` and ``cli_decide``.
"""

from datetime import date
from typing import TYPE_CHECKING, cast

from config.errors import ConfigError

if TYPE_CHECKING:
    from assets.metric_periods import Grain
    from assets.metric_registry import Metric


def metrics_named(name: str) -> "list[Metric]":
    """Return the metric of that id, or all of that code."""
    from assets.metric_registry import registry

    known = registry()
    found = [metric for metric in known.values() if name in (metric.id, metric.code)]
    if not found:
        raise ConfigError(f"没有名为「{name}」的指标。", "请用 opspulse kpi list 查看全部指标。")
    return found


def metric_named(name: str) -> "Metric":
    """Return the metric of that id, or of that code where only one metric has it."""
    found = metrics_named(name)
    if len(found) > 1:
        names = "、".join(metric.id for metric in found)
        raise ConfigError(f"代码「{name}」属于多个指标。", f"请写编号:{names}。")
    return found[0]


def grain_of(text: str) -> "Grain":
    """Return the grain; the reader itself refuses an unknown one in plain words."""
    return cast("Grain", text)


def conditions(texts: list[str] | None) -> dict[str, list[str]]:
    """Return dimension → codes from texts such as ``department=D1``.

    Raises:
        ConfigError: a text without an equals sign.
    """
    found: dict[str, list[str]] = {}
    for text in texts or []:
        name, sign, code = text.partition("=")
        if not sign:
            raise ConfigError(
                f"--where「{text}」写法不对。", "请写成 维度=编码,如 department=D01。"
            )
        found.setdefault(name, []).append(code)
    return found


def span_of(start: str | None, end: str | None) -> tuple[date | None, date | None]:
    """Return the days of --from and --to, refusing a span without a day."""
    first, last = _day(start), _day(end)
    if first is not None and last is not None and first >= last:
        raise ConfigError(
            f"--from {first} 不早于 --to {last},其中没有一天。",
            "请写成先早后晚;--to 当天不含在内。",
        )
    return first, last


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"日期「{text}」写法不对。", "请写成 2026-11-01 这样的形式。") from None
