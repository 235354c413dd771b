"""The SLA sheets: every clock counted in the month, and attainment by clock and urgency.

Holds 明细_时限 and 09SLA与时效 with its native chart. Intervals are values from `assets.analysis`;
counts and shares are formulas over the rows.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from assets.analysis import intervals
from config import theme
from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.charts import Bars, share_bars
from exports.workbook.facts import Facts, Row
from exports.workbook.sheet import Column, Formula, Sheet, Styled
from exports.workbook.styles import CENTRED, RIGHT, WRAPPED
from exports.workbook.tickets import duration
from exports.workbook.words import MISSING

CLOCK_NAMES = {
    "clock": "时限_时限", "urgency": "时限_紧急程度", "met_net": "时限_净达标",
    "met_gross": "时限_含等待达标", "ticket_no": "时限_工单号",
}  # fmt: skip
_ID = WRAPPED.with_format(styles.TEXT)
_DURATION = RIGHT.with_format(styles.DURATION)
_COUNT = RIGHT.with_format(styles.COUNT)
_PERCENT = RIGHT.with_format(styles.PERCENT)
_SHARE_PLACES = Decimal("0.000001")
_BASES = {"net": ("is_met_net", "时限_净达标"), "gross": ("is_met_gross", "时限_含等待达标")}
_CHART_ROWS = 15


def share(hits: int, size: int) -> Decimal | str:
    """Return a proportion rounded as the registry does, a dash of nothing."""
    if not size:
        return MISSING
    return (Decimal(hits) / size).quantize(_SHARE_PLACES, rounding=ROUND_HALF_UP)


def write_clocks(book: Book) -> None:
    """Write 明细_时限: one row per clock that stopped or was breached in the month."""
    facts, w = book.facts, book.words
    columns = [
        Column("ticket_no", w("工单号", "Ticket no."), 16, _ID),
        Column("site", w("院区", "Site"), 12),
        Column("department", w("科室", "Department"), 20),
        Column("clock", w("时限", "Clock"), 9, CENTRED),
        Column("urgency", w("紧急程度", "Urgency"), 10, CENTRED),
        Column("priority", w("优先级", "Priority"), 10, CENTRED),
        Column("period_on", w("归属日", "Day"), 12, CENTRED.with_format(styles.DATE)),
        Column("target", w("目标", "Target"), 10, _DURATION),
        Column("net", w("净用时(扣除等待)", "Net of pauses"), 12, _DURATION),
        Column("gross", w("用时(含等待)", "With pauses"), 12, _DURATION),
        Column("met_net", w("净达标", "Met (net)"), 9, CENTRED),
        Column("met_gross", w("含等待达标", "Met (gross)"), 11, CENTRED),
    ]
    if len(facts.names.sites) == 1:
        columns = [column for column in columns if column.key != "site"]
    sheet = book.sheet("clocks", w("时限明细", "Clocks"), columns)
    numbers = {(row["site_id"], row["ticket_id"]): row["ticket_no"] for row in facts.tickets}
    keys = [column.key for column in sheet.columns]
    rows = []
    for row in facts.clocks:
        number = numbers.get((row["site_id"], row["ticket_id"])) or row["ticket_id"]
        line = _line(book, row) | {"ticket_no": number}
        rows.append([line[key] for key in keys])
    sheet.fit(rows)
    sheet.heading(w("时长:时:分,按工作日历", "h:mm of the calendar"), freeze="B")
    first, last = sheet.data(rows, w("本月没有计入的时限。", "No clock counted in this month."))
    sheet.name_columns(CLOCK_NAMES, first, last)
    sheet.sign()


def _line(book: Book, row: Row) -> Row:
    names, words = book.facts.names, book.words
    return {
        "site": names.sites.get(row["site_id"], row["site_id"]),
        "department": names.department(row["site_id"], row["department_id"]),
        "clock": names.label("clock", row["clock"]),
        "urgency": names.label("urgency", row["urgency"]),
        "priority": names.label("priority", row["priority"]),
        "period_on": row["period_on"],
        "target": duration(row["target_seconds"]),
        "net": duration(row["net_seconds"]),
        "gross": duration(row["gross_seconds"]),
        "met_net": words.flag(row["is_met_net"]),
        "met_gross": words.flag(row["is_met_gross"]),
    }


def _ordered(facts: Facts, kind: str) -> list[str]:
    """Return the words of a dimension in the order of its list, each once."""
    codes = sorted({row[kind] for row in facts.clocks}, key=lambda code: _place(facts, kind, code))
    return list(dict.fromkeys(facts.names.label(kind, code) for code in codes))


def _place(facts: Facts, kind: str, code: str | None) -> tuple[int, str]:
    return facts.names.order(kind, code)


def write_sla(book: Book) -> None:
    """Write 09SLA与时效: totals by clock with a chart, then clock × urgency."""
    w = book.words
    columns = [
        Column("clock", w("时限", "Clock"), 14, CENTRED),
        Column("urgency", w("紧急程度", "Urgency"), 12, CENTRED),
        Column("count", w("计入数", "Counted"), 10, _COUNT),
        Column("met_net", w("净达标数", "Met (net)"), 11, _COUNT),
        Column("net", w("净达标率", "Net attainment"), 12, _PERCENT),
        Column("lo", w("95% 区间下限(模型值)", "95 % low (model)"), 14, _PERCENT),
        Column("hi", w("95% 区间上限(模型值)", "95 % high (model)"), 14, _PERCENT),
        Column("met_gross", w("含等待达标数", "Met (gross)"), 13, _COUNT),
        Column("gross", w("含等待达标率", "Gross attainment"), 13, _PERCENT),
        Column("gap", w("靠挂起得到", "Gained by pauses"), 12, RIGHT.with_format(styles.PERCENT)),
    ]
    sheet = book.sheet("sla", w("SLA 与时效", "SLA"), columns)
    sheet.heading(w("按时限归属日计入", "by the day a clock counts"), freeze="C")
    clocks, urgencies = _ordered(book.facts, "clock"), _ordered(book.facts, "urgency")
    everything = w("全部", "all")
    first = sheet.row
    for clock in clocks:
        sheet.add(_attainment(book, sheet, clock, everything, is_total=True))
    last = sheet.row - 1
    if clocks:
        book.define("SLA_计入数", sheet.range("count", first, last))
    detail = [(clock, urgency) for clock in clocks for urgency in urgencies]
    rows = [
        _attainment(book, sheet, clock, urgency, is_total=False, offset=place)
        for place, (clock, urgency) in enumerate(detail)
    ]
    sheet.data_count = len(rows)
    for row in rows:
        sheet.add(row)
    if not clocks:
        sheet.add([w("本月没有计入的时限。", "No clock counted."), *[None] * 9])
    else:
        sheet.ws.auto_filter.ref = f"A{first - 1}:J{sheet.row - 1}"
    sheet.note(
        w(
            "未完成但已超时的算不达标;未到期的不计。净 = 扣除允许的等待;区间为 Wilson 95 %。",
            "Overdue counts as missed, not yet due is left out. Net of pauses. Wilson 95 %.",
        )
    )
    if clocks:
        _chart(book, sheet, clocks, first)
    sheet.ws.page_setup.fitToHeight = 1
    sheet.sign()


def _attainment(
    book: Book, sheet: Sheet, clock: str, urgency: str, *, is_total: bool, offset: int = 0
) -> list[Any]:
    names, rows = book.facts.names, book.facts.clocks
    number = sheet.row + offset
    chosen = [
        row
        for row in rows
        if names.label("clock", row["clock"]) == clock
        and (is_total or names.label("urgency", row["urgency"]) == urgency)
    ]
    size = len(chosen)
    match = f"EXACT(时限_时限,$A{number})"
    match += "" if is_total else f"*EXACT(时限_紧急程度,$B{number})"
    cells: list[Any] = [clock, urgency, Formula(f"=SUMPRODUCT({match}*1)", size)]
    shares = {}
    for basis, (key, name) in _BASES.items():
        hits = sum(bool(row[key]) for row in chosen)
        count = Formula(f'=SUMPRODUCT({match}*({name}="{book.words.yes}"))', hits)
        at = "D" if basis == "net" else "H"
        shares[basis] = share(hits, size)
        formula = f'=IF($C{number}=0,"{MISSING}",ROUND({at}{number}/$C{number},6))'
        cells += [count, Formula(formula, shares[basis])]
        if basis == "net":
            cells += _interval(hits, size)
    net, gross = shares["net"], shares["gross"]
    gap = MISSING if isinstance(net, str) or isinstance(gross, str) else net - gross
    cells.append(Formula(f'=IF($C{number}=0,"{MISSING}",ROUND(E{number}-I{number},6))', gap))
    if not is_total:
        return cells
    return [
        Styled(cell, _as_total(column)) for cell, column in zip(cells, sheet.columns, strict=True)
    ]


def _as_total(column: Column) -> styles.Look:
    is_text = column.key in ("clock", "urgency")
    look = styles.Look(is_bold=True, fill=theme.PAPER_BAND, align="center" if is_text else "right")
    return look.with_format(column.look.number_format)


def _interval(hits: int, size: int) -> Sequence[Any]:
    if not size:
        return [MISSING, MISSING]
    low, high = intervals.wilson(hits, size)
    return [round(float(low), 6), round(float(high), 6)]


def _chart(book: Book, sheet: Sheet, clocks: Sequence[str], first: int) -> None:
    """Draw net and gross attainment by clock below the table, and leave room for it."""
    facts = book.facts
    shares: dict[str, list[float]] = {"net": [], "gross": []}
    for clock in clocks:
        chosen = [row for row in facts.clocks if facts.names.label("clock", row["clock"]) == clock]
        for basis, values in shares.items():
            hits = sum(bool(row[_BASES[basis][0]]) for row in chosen)
            values.append(float(share(hits, len(chosen))))
    bars = [
        Bars("net", shares["net"], theme.PAPER_ACCENT),
        Bars("gross", shares["gross"], theme.PAPER_LINE),
    ]
    sheet.gap()
    sheet.note(
        book.words("各时限达标率(净 / 含等待)", "Attainment by clock (net / gross)"),
        styles.SUBTITLE,
    )
    chart = share_bars(sheet, bars, clocks, first, first + len(clocks) - 1)
    sheet.ws.add_chart(chart, f"A{sheet.row}")
    for _ in range(_CHART_ROWS):
        sheet.gap(18)
