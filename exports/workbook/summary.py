"""01汇总: every KPI of the registry with its comparisons, interval and state.

Holds the sheet. Readings come from `numbers`, live formulas from `live`; a number that is neither
is a value read from the snapshot, one from a model says so.
"""

from collections.abc import Sequence
from typing import Any

from assets import metrics
from config import theme
from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.live import LIVE
from exports.workbook.numbers import KpiRow, Reading
from exports.workbook.sheet import Column, Formula, Sheet, Styled, day_fraction
from exports.workbook.styles import CENTRED, RIGHT
from exports.workbook.words import MISSING, Words

_MODEL_STATISTICS = ("median", "p90", "km_median", "km_p90")
_SECTIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "volume": ("工作量", "Volume", (
        "reports", "tickets_created", "tickets_completed", "completion_rate", "backlog",
        "reopens", "transfers", "calls", "calls_answered", "ticket_funnel", "hands_on_time",
        "visits")),
    "time": ("时效", "Timeliness", (
        "time_to_accept", "dispatch_to_accept", "response_time", "first_restore_time",
        "restore_time", "sla_attainment", "sla_time", "sla_pending", "sla_claimed", "vendor_time",
        "vendor_share", "vendor_cost")),
    "quality": ("质量", "Quality", (
        "satisfaction", "rating_response", "no_fault_found", "remote_share", "pm_on_time",
        "asset_bound", "arrival_stamped")),
    "reliability": ("可靠性", "Reliability", (
        "report_rate", "use_failure_rate", "inherent_failure_rate", "mtbf", "availability",
        "service_availability", "stability")),
    "money": ("费用与备件", "Money and parts", (
        "repair_cost", "stock_on_hand", "parts_used", "parts_below_min", "loans_overdue")),
}  # fmt: skip
_OTHER = ("其他", "Other")
_PLACES = {metric: (place, number)
           for place, (_, _, ids) in enumerate(_SECTIONS.values())
           for number, metric in enumerate(ids)}  # fmt: skip


def in_cell(value: float | None, shape: metrics.Statistic) -> float | int | None:
    """Return a metric's value as its cell holds it: durations in days, counts whole."""
    if value is None:
        return None
    if shape.format == "duration":
        return day_fraction(value)
    return int(value) if shape.format == "count" and value == int(value) else value


def _columns(w: Words) -> list[Column]:
    """Return the columns, those that are printed first: A4 takes some 180 digits legibly."""
    return [
        Column("section", w("分类", "Section"), 9, CENTRED),
        Column("name", w("指标", "KPI"), 22),
        Column("code", w("编号", "Code"), 7, CENTRED),
        Column("statistic", w("口径(单位)", "Statistic (unit)"), 17),
        Column("this", w("本月", "This month"), 13, RIGHT),
        Column("previous", w("上月", "Last month"), 13, RIGHT),
        Column("change", w("环比", "vs last month"), 9, RIGHT),
        Column("last_year", w("去年同月", "Same month last year"), 13, RIGHT),
        Column("yoy", w("同比", "vs last year"), 8, RIGHT),
        Column("ytd", w("本年累计", "Year to date"), 13, RIGHT),
        Column("n", w("样本 n", "n"), 8, RIGHT.with_format(styles.COUNT)),
        Column("lo", w("95% 下限", "95 % low"), 9, RIGHT),
        Column("hi", w("95% 上限", "95 % high"), 9, RIGHT),
        Column("target", w("目标", "Target"), 9, RIGHT),
        Column("verdict", w("判断", "Verdict"), 10, CENTRED),
        Column("state", w("状态", "State"), 9, CENTRED),
        Column("source", w("取数", "Source"), 8, CENTRED),
        Column("id", w("标识", "Id"), 26),
    ]


def ordered(rows: Sequence[KpiRow]) -> list[KpiRow]:
    """Return the rows by section, then as the section lists its metrics."""
    last = (len(_SECTIONS), 0)
    return sorted(rows, key=lambda row: _PLACES.get(row.metric.id, last))


def section(metric_id: str, words: Words) -> str:
    """Return the section in which a metric stands."""
    for zh, en, ids in _SECTIONS.values():
        if metric_id in ids:
            return words(zh, en)
    return words(*_OTHER)


def is_live(book: Book, row: KpiRow) -> bool:
    """Tell whether this month's number is a formula: there is one, a value, and its rows."""
    live = LIVE.get((row.metric.id, row.statistic))
    return live is not None and row.this.value is not None and book.has(live.sheet)


def write_summary(book: Book, rows: Sequence[KpiRow]) -> dict[tuple[str, str], str]:
    """Write 01汇总 and return the cell of each number of this month, by metric and statistic."""
    w = book.words
    sheet = book.sheet("summary", w("指标汇总", "KPI summary"), _columns(w))
    sheet.prints_to("source")  # what programs read is not for paper
    sheet.heading(w("时长:时:分(满两天记天);金额:元", "durations h:mm, days from two days on; CNY"),
                  freeze="E")  # fmt: skip
    lines, cells = [], {}
    for place, row in enumerate(ordered(rows)):
        number = sheet.row + place
        lines.append(_line(book, sheet, row, number))
        cells[row.metric.id, row.statistic] = f"'{sheet.name}'!${sheet.letter('this')}${number}"
    sheet.data(lines, "")
    _notes(book, sheet)
    sheet.sign()
    return cells


def _notes(book: Book, sheet: Sheet) -> None:
    w, known = book.words, book.facts.known
    notes = [
        w("取数:公式 = 由本工作簿明细实时计算;读数 = 快照中的和之比或计数;"
          "模型值 = 分位数与 KM 估计。95% 区间均为模型值。",
          "Source: formula = live over rows in this workbook; reading = counts and ratios of sums "
          "from the snapshot; model = quantiles and KM. All 95 % intervals are model values."),
        w("环比与同比:百分率为百分点之差(pp),其余为相对变化;期间数据不满月时数量与金额不比较。",
          "Changes: percentage points for percentages, relative otherwise; amounts of a month "
          "that is not whole are not compared."),
        w("判断:整个区间都在目标之外才记为未达标;数值在外而区间不在,为未证实;样本不足不作判断。",
          "Verdict: missed only where the whole interval lies beyond the target; not proven where "
          "the value does and the interval does not; small samples are not judged."),
        w(f"数据自 {known.data_from} 起;本年累计自 1 月 1 日或数据起始日起。",
          f"Data begin on {known.data_from}; year to date from January 1 or from then."),
    ]  # fmt: skip
    for text in notes:
        sheet.note(text)


def shown(row: KpiRow, reading: Reading | None, look: styles.Look, lang: str) -> Any:
    """Return a cell: the number, or the word that stands for a missing one."""
    if reading is None:
        return Styled(MISSING, styles.RIGHT)
    shape = row.metric.statistics[row.statistic]
    value = in_cell(reading.value, shape)
    if value is not None:
        return Styled(value, look)
    text = metrics.format_value(
        row.metric, row.statistic, None, state=reading.state, lo=reading.lo, lang=lang
    )
    return Styled(text, styles.RIGHT)


def _line(book: Book, sheet: Sheet, row: KpiRow, number: int) -> list[Any]:
    w, lang, shape = book.words, book.words.lang, row.metric.statistics[row.statistic]
    look = styles.RIGHT.with_format(theme.excel_format(shape.format, shape.precision))
    bold = look.bold()
    this = shown(row, row.this, bold, lang)
    if is_live(book, row):
        this = Styled(LIVE[row.metric.id, row.statistic].cell(book.facts, w), bold)
    previous = shown(row, row.previous, look, lang)
    last_year = shown(row, row.last_year, look, lang)
    bounds = [
        Styled(MISSING, styles.RIGHT) if bound is None else Styled(in_cell(bound, shape), look)
        for bound in (row.this.lo, row.this.hi)
    ]
    return [
        section(row.metric.id, w),
        row.metric.names.text(lang),
        row.metric.code,
        shape.text(lang),
        this,
        previous,
        _change(row, number, sheet, (this, previous), "previous", w),
        last_year,
        _change(row, number, sheet, (this, last_year), "last_year", w),
        shown(row, row.year_to_date, look, lang),
        MISSING if row.metric.kind == "stock" else row.this.n,
        *bounds,
        *_against_target(row, look, lang),
        _state(row, lang),
        _source(book, row),
        row.metric.id,
    ]


_VERDICT_COLOURS = {"red": theme.PAPER_BAD, "amber": theme.PAPER_WARN}


def _against_target(row: KpiRow, look: styles.Look, lang: str) -> list[Any]:
    """Return the cells of target and verdict; without a target there is neither."""
    judged, shape = row.judgement, row.metric.statistics[row.statistic]
    if judged.target is None:
        return [Styled(MISSING, styles.RIGHT), Styled(MISSING, styles.CENTRED)]
    colour = _VERDICT_COLOURS.get(judged.verdict)
    words = (
        Styled(judged.word(lang), styles.Look(align="center", colour=colour, is_bold=True))
        if colour
        else Styled(judged.word(lang), styles.CENTRED)
    )
    return [Styled(in_cell(judged.target, shape), look), words]


def _state(row: KpiRow, lang: str) -> Any:
    word = metrics.state_word(row.this.state, lang)
    if not word:
        return Styled("有效" if lang == "zh" else "valid", styles.CENTRED)
    return Styled(word, styles.Look(align="center", colour=theme.PAPER_WARN, is_bold=True))


def _source(book: Book, row: KpiRow) -> str:
    if row.this.value is None:
        return MISSING
    if is_live(book, row):
        return book.words("公式", "formula")
    if row.statistic in _MODEL_STATISTICS:
        return book.words("模型值", "model")
    return book.words("读数", "reading")


def _number(cell: Any) -> float | None:
    value = cell.value.cached if isinstance(cell.value, Formula) else cell.value
    return None if isinstance(value, str) or value is None else float(value)


def _change(
    row: KpiRow, number: int, sheet: Sheet, pair: tuple[Any, Any], against: str, words: Words
) -> Any:
    """Return the live change against another month, or why there is none."""
    is_whole = row.is_previous_whole if against == "previous" else row.is_last_year_whole
    now, then = _number(pair[0]), _number(pair[1])
    if then is None or now is None:
        return Styled(MISSING, styles.RIGHT)
    if row.is_amount and not (is_whole and row.is_this_whole):
        return Styled(words("不满月", "partial"), styles.RIGHT)
    this, other = f"{sheet.letter('this')}{number}", f"{sheet.letter(against)}{number}"
    if row.metric.statistics[row.statistic].format == "percent":
        formula = f'=IF(AND(ISNUMBER({this}),ISNUMBER({other})),({this}-{other})*100,"{MISSING}")'
        look = styles.RIGHT.with_format(styles.POINTS)
        return Styled(Formula(formula, (now - then) * 100), look)
    formula = (
        f"=IF(AND(ISNUMBER({this}),ISNUMBER({other})),"
        f'IF({other}<>0,{this}/{other}-1,"{MISSING}"),"{MISSING}")'
    )
    cached = now / then - 1 if then else MISSING
    return Styled(Formula(formula, cached), styles.RIGHT.with_format(styles.CHANGE))
