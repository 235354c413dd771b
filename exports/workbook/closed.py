"""93月结与重述: the month before as it was closed, and what later data make of it.

Holds the sheet and its balances: the column 上月 of the summary is the frozen number, and where the
data of today say another one, the log says so, with tickets and reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from assets.decisions import months
from config import theme
from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.check import Check, Side
from exports.workbook.numbers import KpiRow, Reading
from exports.workbook.sheet import Column, Formula, Sheet, Styled
from exports.workbook.styles import CENTRED, RIGHT
from exports.workbook.summary import in_cell, ordered, shown
from exports.workbook.words import MISSING

_NAMES = {"difference": "月结_差额", "restated": "月结_重述额", "entry": "月结_记录"}
_BACKLOG = ("backlog", "count")
_TICKETS_SHOWN = 6


@dataclass(frozen=True)
class Closed:
    """What the archive says of the months that a workbook speaks of.

    Attributes:
        act: the closing of the month before; None: it is open.
        figures: what that closing froze.
        log: its restatements, oldest first.
        last_year: what the closing of the month a year ago froze.
        history: closings and reopenings of the month itself and the one before.
    """

    act: months.Act | None = None
    figures: Mapping[months.Figure, Reading] = field(default_factory=dict)
    log: Sequence[months.Restatement] = ()
    last_year: Mapping[months.Figure, Reading] = field(default_factory=dict)
    history: Sequence[months.Act] = ()

    @property
    def entries(self) -> Mapping[months.Figure, months.Restatement]:
        """The newest entry of each figure."""
        return {(one.metric_id, one.statistic): one for one in self.log}


def with_frozen(rows: Sequence[KpiRow], closed: Closed) -> list[KpiRow]:
    """Return the rows of the summary, compared with the frozen numbers where there are some."""
    return [
        replace(
            row,
            previous=closed.figures.get(row.key, row.previous),
            last_year=closed.last_year.get(row.key, row.last_year),
        )
        for row in rows
    ]


def write_closed(
    book: Book, now: Sequence[KpiRow], closed: Closed, cells: Mapping[months.Figure, str]
) -> list[Check]:
    """Write 93月结与重述 and return its balances.

    Args:
        book: the workbook, its summary already written.
        now: the KPIs as the data of today give them, before they were frozen.
        closed: what the archive says.
        cells: the summary's cells of this month; those of the month before stand in their rows.
    """
    w = book.words
    columns = [
        Column("code", w("编号", "Code"), 8, CENTRED),
        Column("name", w("指标", "KPI"), 26),
        Column("statistic", w("口径(单位)", "Statistic (unit)"), 24),
        Column("shown", w("上月列", "Last month"), 14, RIGHT),
        Column("frozen", w("月结冻结值", "Frozen"), 14, RIGHT),
        Column("difference", w("差额", "Difference"), 10, RIGHT),
        Column("now", w("按现有数据", "By data of today"), 14, RIGHT),
        Column("restated", w("重述额", "Restated by"), 12, RIGHT),
        Column("entry", w("重述记录", "In the log"), 10, CENTRED),
        Column("tickets", w("涉及工单", "Tickets"), 26),
        Column("reason", w("原因", "Reason"), 48),
    ]
    sheet = book.sheet("closed", w("月结与重述", "Closed and restated"), columns)
    sheet.heading(_basis(book, closed), freeze="D")
    kept = [row for row in ordered(now) if row.key in closed.figures]
    lines = [
        _line(book, sheet, row, closed, cells[row.key], sheet.row + place)
        for place, row in enumerate(kept)
    ]
    empty = w(
        "上月尚未月结,上月列按现有数据计算。", "Last month is open: computed from today's data."
    )
    first, last = sheet.data(lines, empty)
    sheet.name_columns(_NAMES, first, last)
    _write_log(book, sheet, closed)
    _write_history(book, sheet, closed)
    sheet.sign()
    return list(_checks(book, sheet, kept, closed, first)) if kept else []


def _basis(book: Book, closed: Closed) -> str:
    act, w = closed.act, book.words
    if act is None:
        return w("上月未月结", "last month is open")
    return w(f"上月冻结于快照 {act.snapshot_id},规则 {act.rule_version}",
             f"frozen from snapshot {act.snapshot_id}, rules {act.rule_version}")  # fmt: skip


def _line(
    book: Book, sheet: Sheet, row: KpiRow, closed: Closed, cell: str, number: int
) -> list[Any]:
    lang, shape = book.words.lang, row.metric.statistics[row.statistic]
    look = RIGHT.with_format(theme.excel_format(shape.format, shape.precision))
    frozen = shown(row, closed.figures[row.key], look, lang)
    now = shown(row, row.previous, look, lang)
    summary = book.sheets["summary"]
    row_number = cell.rpartition("$")[2]
    shown_cell = f"'{summary.name}'!${summary.letter('previous')}${row_number}"
    entry = closed.entries.get(row.key)
    tickets, w = entry.tickets if entry else (), book.words
    named = w("、", ", ").join(tickets[:_TICKETS_SHOWN])
    if len(tickets) > _TICKETS_SHOWN:
        named += w(f" 等 {len(tickets)} 张", f" and more, {len(tickets)} in all")
    return [
        row.metric.code,
        row.metric.names.text(lang),
        shape.text(lang),
        Styled(Formula(f"={shown_cell}", frozen.value), look),
        frozen,
        _gap(sheet, ("shown", frozen.value), ("frozen", frozen.value), number, look),
        now,
        _gap(sheet, ("now", now.value), ("frozen", frozen.value), number, look),
        w("有", "yes") if entry else MISSING,
        named or MISSING,
        entry.reason if entry else "",
    ]


def _gap(
    sheet: Sheet, left: tuple[str, Any], right: tuple[str, Any], number: int, look: styles.Look
) -> Styled:
    """Return the live difference of two cells; words that are not the same count as 1."""
    (one, a), (other, b) = left, right
    cells = f"{sheet.letter(one)}{number}", f"{sheet.letter(other)}{number}"
    formula = "=IF(AND(ISNUMBER({0}),ISNUMBER({1})),ROUND({0}-{1},9),IF({0}={1},0,1))"
    if isinstance(a, str) or isinstance(b, str):
        value: float = int(a != b)
    else:
        value = round(float(a) - float(b), 9) + 0.0
    return Styled(Formula(formula.format(*cells), value), look.with_format("0.0####;-0.0####;0"))


def _write_log(book: Book, sheet: Sheet, closed: Closed) -> None:
    w, rows = book.words, closed.log
    if not rows:
        return
    sheet.gap()
    sheet.heads(
        [w("序号", "No."), w("指标", "KPI"), w("口径", "Statistic"), w("原值", "Old value"),
         w("新值", "New value"), "", w("数据截至", "Data as of"), "", "", w("涉及工单", "Tickets"),
         w("原因", "Reason")]
    )  # fmt: skip
    known = {row.metric_id for row in rows}
    names = {key: metric for key, metric in _metrics().items() if key in known}
    for one in rows:
        metric = names.get(one.metric_id)
        if metric is None or one.statistic not in metric.statistics:
            continue
        if book.edition.role not in metric.roles:
            continue
        shape = metric.statistics[one.statistic]
        look = RIGHT.with_format(theme.excel_format(shape.format, shape.precision))
        before, after = (
            MISSING if value is None else Styled(in_cell(value, shape), look)
            for value in (one.before, one.after)
        )
        as_of = one.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(book.facts.known.timezone))
        sheet.add(
            [str(one.restatement_id), metric.names.text(w.lang), shape.text(w.lang), before, after,
             "", f"{as_of:%y-%m-%d %H:%M}", "", "",
             w("、", ", ").join(one.tickets[:_TICKETS_SHOWN]) or MISSING, one.reason]
        )  # fmt: skip


def _metrics() -> Mapping[str, Any]:
    from assets import metrics  # noqa: PLC0415 - the registry is read once, where the log needs it

    return metrics.registry()


def _write_history(book: Book, sheet: Sheet, closed: Closed) -> None:
    w = book.words
    if not closed.history:
        return
    sheet.gap()
    sheet.heads(
        [w("版次", "No."), w("月结与重开", "Closed and opened again"), w("经办", "By"),
         w("月份", "Month"), w("数据截至", "Data as of"), "", w("规则", "Rules"), "", "",
         w("快照", "Snapshot"), w("理由", "Reason")]
    )  # fmt: skip
    for act in closed.history:
        kind = w("月结", "closed") if act.is_closed else w("重开", "opened again")
        as_of = act.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(book.facts.known.timezone))
        sheet.add(
            [str(act.version), kind, act.actor, f"{act.month_on:%Y-%m}", f"{as_of:%y-%m-%d %H:%M}",
             "", act.rule_version, "", "", act.snapshot_id, act.reason or MISSING]
        )  # fmt: skip


def _checks(
    book: Book, sheet: Sheet, rows: Sequence[KpiRow], closed: Closed, first: int
) -> Iterator[Check]:
    w = book.words
    group = w("月结", "Closed")
    yield Check(
        group,
        w("上月列与月结冻结值不同的指标数 = 0", "KPIs whose last month is not the frozen one = 0"),
        Side(0, "SUMPRODUCT((ABS(月结_差额)>0.000000001)*1)"),
        Side(0),
        note=w("上月列取月结冻结值", "last month is as it was closed"),
    )
    moved = [
        row for row in rows
        if row.previous is None or row.previous.value != closed.figures[row.key].value
    ]  # fmt: skip
    silent = [row for row in moved if row.key not in closed.entries]
    yield Check(
        group,
        w("有变化而没有重述记录的指标数 = 0", "KPIs restated without an entry in the log = 0"),
        Side(len(silent),
             f'SUMPRODUCT((ABS(月结_重述额)>0.000000001)*(月结_记录="{MISSING}"))'),
        Side(0),
        note=w("以后的数据只进重述记录", "later data go into the log only"),
    )  # fmt: skip
    places = {row.key: first + place for place, row in enumerate(rows)}
    flows = book.facts.flows.values()
    if book.has("flows") and _BACKLOG in places and closed.figures[_BACKLOG].value is not None:
        number = places[_BACKLOG]
        row = next(one for one in rows if one.key == _BACKLOG)
        now = 0 if row.previous is None or row.previous.value is None else row.previous.value
        frozen, restated = sheet.letter("frozen"), sheet.letter("restated")
        yield Check(
            group,
            w("期初在手 = 上月冻结期末 + 重述额", "opening = frozen closing + restated"),
            Side(sum(flow.opening for flow in flows), "SUM(在手_期初)"),
            Side(int(now),
                 f"'{sheet.name}'!{frozen}{number}+'{sheet.name}'!{restated}{number}"),
        )  # fmt: skip
