"""How the command prints a KPI's numbers, its doubts and the rows behind it.

Holds tables and words only. What is printed is chosen in ``cli_kpi``; how a number is written is
``assets.metric_format``.
"""

import csv
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pipelines import cli_output

if TYPE_CHECKING:
    from assets.metric_context import Context
    from assets.metric_findings import Finding
    from assets.metric_registry import Metric
    from assets.metric_rows import Rows
    from config.settings import Settings


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

    Where a statistic has a target, it stands beside the number with the verdict.
    """
    from assets.metric_findings import judged
    from assets.metric_format import format_value, state_word

    lang = settings.language

    def shown(row: dict[str, Any], value: Any) -> str:
        name, state, low = row["statistic"], row["state"], row["lo"]
        return format_value(metric, name, value, state=state, lo=low, lang=lang)

    def bound(row: dict[str, Any], name: str) -> str | None:
        if row[name] is None:
            return None
        return format_value(metric, row["statistic"], row[name], lang=lang)

    def target(row: dict[str, Any]) -> float | None:
        return known.target(metric.id, row["statistic"], row["period_start"])

    def against(row: dict[str, Any]) -> tuple[str | None, str]:
        wanted = target(row)
        text = None if wanted is None else format_value(metric, row["statistic"], wanted, lang=lang)
        return text, judged(metric, row, wanted).word(lang)

    has_targets = any(target(row) is not None for row in numbers)
    rows = [
        [
            row["period_start"],
            metric.statistics[row["statistic"]].text(lang),
            *(row[name] for name in by),
            shown(row, row["value"]),
            *(
                (
                    bound(row, "lo"),
                    bound(row, "hi"),
                    _sum(row["numerator"]),
                    _sum(row["denominator"]),
                )
                if with_sums
                else ()
            ),
            row["n"],
            *(against(row) if has_targets else ()),
            state_word(row["state"], lang),
        ]
        for row in numbers
    ]
    title = f"{metric.code} {metric.names.text(lang)}"
    sums = ["95% 下限", "95% 上限", "分子", "分母"] if with_sums else []
    wanted = ["目标", "判断"] if has_targets else []
    columns = ["起始", "统计量", *by, "数值", *sums, "n", *wanted, "状态"]
    sums = ["95 % low", "95 % high", "numerator", "denominator"] if with_sums else []
    wanted = ["target", "verdict"] if has_targets else []
    english = ["from", "statistic", *by, "value", *sums, "n", *wanted, "state"]
    cli_output.print_table(columns if lang == "zh" else english, rows, title)


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


def _sum(value: float | None) -> str | None:
    return None if value is None else f"{value:,.2f}".removesuffix(".00")


def _cell(name: str, value: Any, zone: ZoneInfo) -> Any:
    """Return an instant in the hospital's zone, anything else as it is."""
    if name.endswith("_second") and value is not None:
        return f"{datetime.fromtimestamp(value, zone):%Y-%m-%d %H:%M}"
    return value
