"""The sheets that explain: 91口径说明 from the registry, 92数据质量 from the snapshot.

Holds no numbers of its own: definitions are the registry's words, gaps are counted in `kpi`.
"""

from collections.abc import Sequence
from typing import Any

from assets import metrics
from config import theme
from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.numbers import KpiRow
from exports.workbook.sheet import Column, Sheet, Styled
from exports.workbook.styles import CENTRED, RIGHT
from exports.workbook.summary import ordered
from exports.workbook.words import MISSING, Words

_COHORTS = {
    "reported_in": ("按报修月", "month of the report"),
    "restored_in": ("按恢复月", "month of the restoration"),
    "created_in": ("按建单月", "month of creation"),
    "occurred_in": ("按发生月", "month it occurred"),
    "called_in": ("按来电月", "month of the call"),
    "due_in": ("按到期或完成月", "month it was due or done"),
    "open_at": ("期末时点", "at the period's end"),
    "on_date": ("按日", "by day"),
}
_MEASURES = {
    "held_rows": ("隔离中的行", "rows in quarantine"),
    "deleted_rows": (
        "来源删除过的行(保留并标记,不参与计算)",
        "rows deleted at the source, kept and marked",
    ),
    "added_columns": ("来源新增、没有读的列", "columns new at the source, not read"),
    "out_of_order_events": ("时间顺序颠倒的事件(不计时长)", "events out of order, left out"),
    "out_of_order_tickets": ("含颠倒事件的工单", "tickets with such events"),
    "unbound_tickets": ("未绑定台账资产的工单", "tickets without an asset in the register"),
    "missing_arrivals": ("缺到场时间的上门工单", "visits without an arrival time"),
    "provisional_failures": ("结论未定、暂按故障计", "failures counted provisionally"),
    "failures_out_of_service": ("发生在非在用期的故障", "failures out of service"),
}
# These are part of nothing.
_COUNTS = ("held_rows", "deleted_rows", "added_columns")


def write_definitions(book: Book, rows: Sequence[KpiRow]) -> None:
    """Write 91口径说明: one row per KPI that stands in the summary, both languages."""
    w = book.words
    columns = [
        Column("code", w("编号", "Code"), 7, CENTRED),
        Column("name", w("指标 / 标识", "KPI / id"), 21),
        Column("formula", w("公式", "Formula"), 34),
        Column("formula_en", "Formula (en)", 34),
        Column("cohort", w("归属", "Belongs to"), 12, CENTRED),
        Column("calendar", w("日历", "Calendar"), 11, CENTRED),
        Column("interval", w("区间", "Interval"), 11, CENTRED),
        Column("caveats", w("注意", "Caveats"), 38),
        Column("caveats_en", "Caveats (en)", 38),
        Column("standards", w("依据", "Sources"), 22),
    ]
    sheet = book.sheet("definitions", w("口径说明", "Definitions"), columns)
    known = book.facts.known
    sheet.heading(w(f"规则版本 {known.rules_version}", f"rules {known.rules_version}"), freeze="C")
    seen = list(dict.fromkeys(row.metric.id for row in ordered(rows)))
    lines = [_definition(metrics.registry()[metric_id], w) for metric_id in seen]
    sheet.data(lines, "")
    limits = known.limits
    sheet.note(
        w(f"样本不足:事件少于 {limits.min_events} 或分母小于 {limits.min_denominator}。"
          f"完修宽限 {limits.completion_grace_days} 天。依据标记:[V] 已见公开来源,[M] 待核对原文。",
          f"Small sample: under {limits.min_events} events or a denominator under "
          f"{limits.min_denominator}. Completion grace {limits.completion_grace_days} days."),
    )  # fmt: skip
    sheet.sign()


def _definition(metric: metrics.Metric, w: Words) -> list[Any]:
    cohort = w(*_COHORTS.get(metric.cohort, (metric.cohort, metric.cohort)))
    return [
        metric.code,
        f"{metric.names.zh}\n{metric.names.en}\n{metric.id}",
        metric.formula.zh,
        metric.formula.en,
        cohort,
        metric.calendar,
        metric.interval or MISSING,
        metric.caveats.zh,
        metric.caveats.en,
        "\n".join(metric.standards) or MISSING,
    ]


def write_quality(book: Book, rows: Sequence[KpiRow]) -> None:
    """Write 92数据质量: what is set aside or missing, what is connected and what is not."""
    w, facts = book.words, book.facts
    columns = [
        Column("measure", w("项目", "Measure"), 64),
        Column("table", w("表", "Table"), 26),
        Column("rows", w("行数", "Rows"), 14, RIGHT.with_format(styles.COUNT)),
        Column("total", w("共计", "Of"), 14, RIGHT.with_format(styles.COUNT)),
        Column("share", w("占比", "Share"), 12, RIGHT.with_format(styles.PERCENT)),
    ]
    sheet = book.sheet("quality", w("数据质量", "Data quality"), columns)
    sheet.heading(w("截至快照,全部期间", "as of the snapshot, all periods"))
    # How many rows the source has changes daily, and with it the workbook of a month long closed.
    quality = [row for row in facts.quality if row["measure"] in _MEASURES]
    if not any(row["measure"] == "held_rows" for row in quality):
        quality.insert(0, {"measure": "held_rows", "table_name": MISSING, "row_count": 0,
                           "total_count": 0})  # fmt: skip
    lines = [
        [
            w(*_MEASURES[row["measure"]]),
            row["table_name"],
            row["row_count"],
            row["total_count"],
            _portion(row),
        ]
        for row in quality
    ]
    sheet.data(lines, w("没有缺口。", "No gaps."))
    _write_checks(sheet, book)
    sheet.gap()
    sheet.heads(
        [w("指标所需的数据表", "Tables that KPIs need"), w("表", "Table"), w("接入", "Connected")]
    )
    needed = sorted({table for row in rows for table in row.metric.sources})
    for table in needed:
        is_there = facts.has(table)
        colour = theme.PAPER_OK if is_there else theme.PAPER_WARN
        word = w("已接入", "connected") if is_there else w("未接入", "not connected")
        metrics_of = dict.fromkeys(
            row.metric.names.text(w.lang) for row in ordered(rows) if table in row.metric.sources
        )
        look = styles.Look(align="center", colour=colour, is_bold=not is_there)
        sheet.add([w("、", ", ").join(metrics_of), table, Styled(word, look)])
    sheet.sign()


def _write_checks(sheet: Sheet, book: Book) -> None:
    """Write the rules that rows break, as the last day of checks found them."""
    w = book.words
    if not book.facts.checks:
        return
    sheet.gap()
    sheet.heads(
        [w("校验规则(当日)", "Rules, that day"), w("表", "Table"), w("不符合", "Failed"),
         w("校验", "Checked"), w("占比", "Share")]
    )  # fmt: skip
    for row in book.facts.checks:
        share = float(row["failed"] / row["checked"])
        sheet.add(
            [w(row["zh"], row["en"]), row["table_name"], row["failed"], row["checked"], share]
        )


def _portion(row: dict[str, Any]) -> float | str:
    if row["measure"] in _COUNTS or not row["total_count"]:
        return MISSING
    return float(row["row_count"] / row["total_count"])
