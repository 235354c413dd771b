"""How the command prints a KPI's numbers, its doubts and the rows behind it.

Holds tables and words only. What is printed is chosen in ``cli_kpi``; how a number is written is
``assets.metric_format``.
"""

import csv
import sys
from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipelines import cli_output

if TYPE_CHECKING:
    from assets.metric_context import Context
    from assets.metric_findings import Finding
    from assets.metric_registry import Metric, Statistic
    from assets.metric_rows import Rows
    from config.settings import Settings

# Headings in Chinese and English, and what stands below them for a row.
_Column = tuple[str, str, Callable[[dict[str, Any]], Any]]


def print_csv(numbers: list[dict[str, Any]], by: list[str]) -> None:
    """Print rows as CSV for a program; what is missing stays empty."""
    from assets.metrics import columns_of

    writer = csv.DictWriter(sys.stdout, columns_of(by), lineterminator="\n")
    writer.writeheader()
    writer.writerows(numbers)


def print_numbers(
    settings: "Settings",
    metric: "Metric",
    numbers: list[dict[str, Any]],
    by: list[str],
    known: "Context",
    *,
    with_sums: bool = False,
) -> None:
    """Print one row per period, cut and statistic; ``with_sums`` adds what it was computed from.

    Beside the number stand its interval, where any has one, and its target with the verdict.
    """
    from assets.metric_format import format_value, state_word

    lang = settings.language

    def shown(row: dict[str, Any]) -> str:
        name, state, low = row["statistic"], row["state"], row["lo"]
        return format_value(metric, name, row["value"], state=state, lo=low, lang=lang)

    columns: list[_Column] = [
        ("起始", "from", lambda row: row["period_start"]),
        ("统计量", "statistic", lambda row: metric.statistics[row["statistic"]].text(lang)),
        *((name, name, itemgetter(name)) for name in by),
        ("数值", "value", shown),
        *_interval_columns(metric, numbers, lang),
        *(
            (_summed_column("分子", "numerator"), _summed_column("分母", "denominator"))
            if with_sums
            else ()
        ),
        ("n", "n", itemgetter("n")),
        *_target_columns(metric, numbers, known, lang),
        ("状态", "state", lambda row: state_word(row["state"], lang)),
    ]
    heads = [zh if lang == "zh" else en for zh, en, _ in columns]
    rows = [[cell(row) for _, _, cell in columns] for row in numbers]
    cli_output.print_table(heads, rows, f"{metric.code} {metric.names.text(lang)}")


def _interval_columns(
    metric: "Metric", numbers: list[dict[str, Any]], lang: str
) -> "list[_Column]":
    from assets.metric_format import number_text

    def interval(row: dict[str, Any]) -> str | None:
        shape = metric.statistics[row["statistic"]]
        low, high = (
            None if row[end] is None else number_text(shape, row[end], lang) for end in ("lo", "hi")
        )
        if low is None or high is None:
            return f"≥{low}" if low else None
        return f"{low}–{high}"

    if all(row["lo"] is None for row in numbers):
        return []
    return [("95% 区间", "95 % interval", interval)]


def _target_columns(
    metric: "Metric", numbers: list[dict[str, Any]], known: "Context", lang: str
) -> "list[_Column]":
    from assets.metric_findings import judged
    from assets.metric_format import number_text

    def target(row: dict[str, Any]) -> float | None:
        return known.target(metric.id, row["statistic"], row["period_start"])

    def shape(row: dict[str, Any]) -> "Statistic":
        return metric.statistics[row["statistic"]]

    def wanted(row: dict[str, Any]) -> str | None:
        found = target(row)
        return None if found is None else number_text(shape(row), found, lang)

    def verdict(row: dict[str, Any]) -> str:
        return judged(metric, row, target(row)).word(lang)

    if all(target(row) is None for row in numbers):
        return []
    return [("目标", "target", wanted), ("判断", "verdict", verdict)]


MOST_FINDINGS = 10


def print_findings(settings: "Settings", found: "list[Finding]") -> None:
    """Print what the newest period says; of many groups only those that miss, and the warnings."""
    many = len(found) > MOST_FINDINGS
    told = [one for one in found if not many or one.judgement.verdict in ("red", "amber")]
    for one in told[:MOST_FINDINGS]:
        cli_output.out().print(f"· {one.text}{one.change}", markup=False)
    for one in [one for one in found if one.warning][:MOST_FINDINGS]:
        cli_output.out().print(f"▲ {one.warning}", markup=False)


def print_doubts(settings: "Settings", doubts: list[str]) -> None:
    """Say which failed checks make the numbers 不可信."""
    for doubt in doubts:
        cli_output.say(f"不可信:{doubt}", f"unreliable: {doubt}", settings.language)


def print_rows(settings: "Settings", rows: "Rows | None") -> None:
    """Print the rows behind the newest number, or why there are none."""
    if rows is None or not rows.shown:
        cli_output.say(
            "这个指标在最近一期没有可列的明细行。",
            "This metric has no rows to list in the newest period.",
            settings.language,
        )
        return
    title = (
        f"最近一期的明细:{rows.fact},共 {rows.total} 行,最新 {len(rows.shown)} 行"
        if settings.language == "zh"
        else f"Rows of the newest period: {rows.fact}, {len(rows.shown)} newest of {rows.total}"
    )
    zone = ZoneInfo(settings.timezone)
    names = list(rows.shown[0])
    shown = [[_cell(name, row[name], zone) for name in names] for row in rows.shown]
    cli_output.print_table([name.removesuffix("_second") for name in names], shown, title)


def _summed_column(zh: str, name: str) -> _Column:
    return zh, name, lambda row: _sum(row[name])


def _sum(value: float | None) -> str | None:
    return None if value is None else f"{value:,.2f}".removesuffix(".00")


def _cell(name: str, value: Any, zone: ZoneInfo) -> Any:
    """Return an instant in the hospital's zone, anything else as it is."""
    if name.endswith("_second") and value is not None:
        return f"{datetime.fromtimestamp(value, zone):%Y-%m-%d %H:%M}"
    return value
