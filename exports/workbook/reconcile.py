"""90勾稽: every balance that must hold, as live formulas with a verdict.

Holds which checks there are. A side that comes from rows is a formula over them; a side that comes
from the metrics is a number, so that changing a row in the workbook turns its checks to ✘.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font

from config import theme
from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.check import CENT, Check, Number, Side
from exports.workbook.costs import total
from exports.workbook.live import LIVE
from exports.workbook.numbers import KpiRow
from exports.workbook.sheet import Column, Formula, Sheet, Styled, day_fraction
from exports.workbook.stock import QUANTITIES, rounding, worth
from exports.workbook.styles import CENTRED, RIGHT
from exports.workbook.summary import in_cell, is_live, ordered

PASSED, FAILED = "✔", "✘"
_TOLERANCE = "[<0.0001]0.0000000;0.0###"
_DIFFERENCE = "[=0]0;[<-0.0001]-#,##0.00##;#,##0.00##"
_MONEY_FORMAT = styles.MONEY
_MOVES = ("opening", "entered", "reentered", "left", "voided", "closing")
_FLOW = ("在手_期初", "在手_进入", "在手_重开返回", "在手_恢复", "在手_取消合并", "在手_期末")


def write_reconcile(
    book: Book,
    rows: Sequence[KpiRow],
    cells: Mapping[tuple[str, str], str],
    opening_backlog: float | None,
    further: Sequence[Check] = (),
) -> list[str]:
    """Write 90勾稽 and return the texts of the checks that do not hold.

    Args:
        book: the workbook, its sheets with rows already written.
        rows: the KPIs of the summary.
        cells: their cells, by metric and statistic.
        opening_backlog: the metrics' backlog at the end of the month before.
        further: checks of other sheets.
    """  # fmt: skip
    checks = [
        *_ticket_checks(book, rows, opening_backlog),
        *_cost_checks(book),
        *_stock_checks(book),
        *_clock_checks(book),
        *further,
        *_summary_checks(book, rows, cells),
    ]
    w = book.words
    columns = [
        Column("group", w("类别", "Group"), 11, CENTRED),
        Column("text", w("检查项", "Check"), 46),
        Column("left", w("左值", "Left"), 18, RIGHT),
        Column("right", w("右值", "Right"), 18, RIGHT),
        Column("difference", w("差额", "Difference"), 14, RIGHT),
        Column("tolerance", w("容差", "Tolerance"), 12, RIGHT),
        Column("verdict", w("结论", "Verdict"), 9, CENTRED),
        Column("note", w("说明", "Note"), 44),
    ]
    sheet = book.sheet("reconcile", w("勾稽核对", "Reconciliation"), columns)
    sheet.heading(w("左值取自本工作簿,右值取自另一来源", "left: this workbook; right: elsewhere"))
    lines = [_line(check, sheet.row + place) for place, check in enumerate(checks)]
    first, last = sheet.data(lines, w("没有可核对的项目。", "Nothing to check."))
    failed = [check.text for check in checks if not check.holds]
    _verdict(book, sheet, first, last, holds=not failed)
    sheet.sign()
    return failed


def _line(check: Check, number: int) -> list[Any]:
    look = RIGHT.with_format(check.number_format)
    verdict = f'=IF(ABS(E{number})<=F{number},"{PASSED}","{FAILED}")'
    return [
        check.group,
        check.text,
        Styled(check.left.cell(), look),
        Styled(check.right.cell(), look),
        Styled(
            Formula(f"=ROUND(C{number}-D{number},9)", check.difference),
            RIGHT.with_format(_DIFFERENCE),
        ),
        Styled(check.tolerance, RIGHT.with_format(_TOLERANCE if check.tolerance else "0")),
        Formula(verdict, PASSED if check.holds else FAILED),
        check.note,
    ]


def _verdict(book: Book, sheet: Sheet, first: int, last: int, *, holds: bool) -> None:
    w = book.words
    good, bad = w("全部通过", "all hold"), w("有差异,不得定稿", "differences: do not finalise")
    formula = f'=IF(COUNTIF(G{first}:G{last},"{FAILED}")=0,"{good}","{bad}")'
    cells = [w("总结论", "Verdict"), Formula(formula, good if holds else bad)]
    row = sheet.add([*cells, *[None] * (len(sheet.columns) - 2)], styles.TOTAL)
    book.define("勾稽_总结论", f"'{sheet.name}'!$B${row}")
    for word, colour in ((PASSED, theme.PAPER_OK), (FAILED, theme.PAPER_BAD)):
        font = Font(color=styles.argb(colour), bold=True)
        rule = CellIsRule(operator="equal", formula=[f'"{word}"'], font=font)
        sheet.ws.conditional_formatting.add(f"G{first}:G{last}", rule)


# -- tickets ----------------------------------------------------------------------------------


def _reading(rows: Sequence[KpiRow], metric: str, statistic: str) -> float | None:
    for row in rows:
        if (row.metric.id, row.statistic) == (metric, statistic):
            return row.this.value
    return None


def _ticket_checks(
    book: Book, rows: Sequence[KpiRow], opening_backlog: float | None
) -> Iterator[Check]:
    if not book.has("flows"):
        return
    w, flows = book.words, book.facts.flows.values()
    group = w("工单", "Tickets")
    sums = {key: sum(getattr(flow, key) for flow in flows) for key in _MOVES}
    into = sums["opening"] + sums["entered"] + sums["reentered"]
    yield Check(
        group,
        w("期初在手 + 新进入 + 重开返回 − 恢复 − 取消合并 = 期末在手",
          "opening + entered + came back − restored − void = closing"),
        Side(into - sums["left"] - sums["voided"],
             "SUM(在手_期初)+SUM(在手_进入)+SUM(在手_重开返回)-SUM(在手_恢复)-SUM(在手_取消合并)"),
        Side(sums["closing"], "SUM(在手_期末)"),
    )  # fmt: skip
    opening, entered, reentered, left, voided, closing = _FLOW
    yield Check(
        group,
        w("不平衡的工单数 = 0", "tickets that do not balance = 0"),
        Side(0, f"SUMPRODUCT(({opening}+{entered}+{reentered}-{left}-{voided}<>{closing})*1)"),
        Side(0),
    )  # fmt: skip
    closing_backlog = _reading(rows, "backlog", "count")
    for word, key, name, metric in (
        (w("期初在手 = 上月末积压指标", "opening = last month's backlog"), "opening", opening,
         opening_backlog),
        (w("期末在手 = 本月末积压指标", "closing = this month's backlog"), "closing", closing,
         closing_backlog),
    ):  # fmt: skip
        if metric is not None:
            yield Check(group, word, Side(sums[key], f"SUM({name})"), Side(int(metric)))


# -- money ------------------------------------------------------------------------------------


def _cost_checks(book: Book) -> Iterator[Check]:
    w, amount = book.words, total(book.facts.costs)
    group, detail = w("费用", "Costs"), Side(amount, "SUM(费用_金额)")
    for text, name in (
        (w("Σ 费用明细 = 按成本中心合计", "Σ lines = by cost centre"), "费用汇总_成本中心"),
        (w("Σ 费用明细 = 按费用类别合计", "Σ lines = by kind"), "费用汇总_类别"),
        (w("Σ 费用明细 = 按设备类别合计", "Σ lines = by class of device"), "费用汇总_设备类别"),
        (w("Σ 费用明细 = 按科室合计", "Σ lines = by department"), "费用汇总_科室"),
        (w("Σ 费用明细 = 按供应商合计", "Σ lines = by vendor"), "费用汇总_供应商"),
        (w("Σ 费用明细 = 按设备合计", "Σ lines = by device"), "费用汇总_设备"),
    ):
        yield Check(group, text, detail, Side(amount, f"SUM({name})"), CENT, _MONEY_FORMAT,
                    w("各口径均含「未归属」行", "each cut has its unassigned row"))  # fmt: skip


# -- stock ------------------------------------------------------------------------------------


def _stock_checks(book: Book) -> Iterator[Check]:
    parts, w = book.facts.parts, book.words
    if not parts:
        return
    group = w("备件", "Parts")
    sums = {key: sum((getattr(p, key) for p in parts), Decimal(0)) for key in QUANTITIES}
    yield Check(
        group,
        w("期初 + 入 − 出 ± 调整 = 期末(数量)", "opening + in − out ± adjusted = closing (pieces)"),
        Side(sums["opening"] + sums["received"] - sums["issued"] + sums["adjusted"],
             "SUM(备件_期初数量)+SUM(备件_入库数量)-SUM(备件_出库数量)+SUM(备件_调整数量)"),
        Side(sums["closing"], "SUM(备件_期末数量)"),
        Decimal("0.0005"), styles.QUANTITY,
    )  # fmt: skip
    yield Check(
        group,
        w("不平衡的备件种数 = 0", "parts that do not balance = 0"),
        Side(0, "SUMPRODUCT((ROUND(备件_期初数量+备件_入库数量-备件_出库数量+备件_调整数量"
             "-备件_期末数量,6)<>0)*1)"),
        Side(0),
    )  # fmt: skip
    money = {
        key: sum((worth(getattr(p, key), p.price) for p in parts if p.price is not None),
                 Decimal("0.00"))
        for key in QUANTITIES
    }  # fmt: skip
    cents = sum((rounding(part) for part in parts), Decimal("0.00"))
    yield Check(
        group,
        w("期初 + 入 − 出 ± 调整 + 尾差 = 期末(金额)", "opening + in − out ± adjusted = closing ¥"),
        Side(money["opening"] + money["received"] - money["issued"] + money["adjusted"] + cents,
             "SUM(备件_期初金额)+SUM(备件_入库金额)-SUM(备件_出库金额)+SUM(备件_调整金额)"
             "+SUM(备件_尾差)"),
        Side(money["closing"], "SUM(备件_期末金额)"),
        CENT, _MONEY_FORMAT,
        w("未定价的备件不计金额", "parts without a price carry no amount"),
    )  # fmt: skip


# -- clocks and summary -----------------------------------------------------------------------


def _clock_checks(book: Book) -> Iterator[Check]:
    if not book.has("clocks"):
        return
    size = len(book.facts.clocks)
    yield Check(
        book.words("时限", "Clocks"),
        book.words("时限明细行数 = SLA 各时限计入数之和", "rows = counted over all clocks"),
        Side(size, 'COUNTIFS(时限_时限,"<>")'),
        Side(size, "SUM(SLA_计入数)") if size else Side(0),
    )


def _summary_checks(
    book: Book, rows: Sequence[KpiRow], cells: Mapping[tuple[str, str], str]
) -> Iterator[Check]:
    """Yield one check per live KPI: the cell must equal what the metrics say."""
    w = book.words
    for row in ordered(rows):
        key = (row.metric.id, row.statistic)
        if not is_live(book, row):
            continue
        shape = row.metric.statistics[row.statistic]
        value = LIVE[key].value(book.facts)
        step = Decimal(1).scaleb(-shape.precision) / 2 if shape.format != "count" else Decimal(0)
        is_duration = shape.format == "duration"
        left: Number = day_fraction(value or 0) if is_duration else (value or Decimal(0))
        right = in_cell(row.this.value, shape)
        name = f"{row.metric.names.text(w.lang)} · {shape.text(w.lang)}"
        yield Check(
            w("汇总", "Summary"),
            w(f"{name}:汇总 = 指标表", f"{name}: summary = metrics"),
            Side(left, cells[key]),
            Side(0 if right is None else right),
            day_fraction(step) if is_duration else step,
            theme.excel_format(shape.format, shape.precision),
            row.metric.id,
        )
