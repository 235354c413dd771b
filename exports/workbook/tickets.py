"""The sheets with one row per ticket: what happened, and what moved in hand.

Holds 明细 and 明细_在手. No free text and nobody who reported; engineers only where the edition
allows. Counts over these rows are made in `live` and `reconcile`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.facts import Facts, Row
from exports.workbook.sheet import Column, Sheet, day_fraction
from exports.workbook.styles import CENTRED, RIGHT, WRAPPED, Look
from exports.workbook.words import MISSING

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - instants are naive UTC
_ID = WRAPPED.with_format(styles.TEXT)
_TIME = CENTRED.with_format(styles.DATETIME)
_DURATION = RIGHT.with_format(styles.DURATION)
_COUNT = RIGHT.with_format(styles.COUNT)
_FLOW = CENTRED.with_format(styles.FLOW)

TICKET_NAMES = {
    "reported": "明细_报修时间", "restored": "明细_恢复时间", "finished": "明细_首次完成时间",
    "accept_time": "明细_接单时长",
    "response_time": "明细_到场时长", "restore_time": "明细_恢复时长", "valid": "明细_有效",
    "reopens": "明细_重开次数", "transfers": "明细_转派次数",
}  # fmt: skip
FLOW_NAMES = {
    "created": "在手_建单时间", "reported": "在手_报修时间", "restored": "在手_恢复时间",
    "valid": "在手_有效", "due_time": "在手_派单到接单", "first_restore": "在手_首次恢复时长",
    "on_time": "在手_按期完修", "carried": "在手_完修结转", "opening": "在手_期初",
    "entered": "在手_进入", "reentered": "在手_重开返回", "left": "在手_恢复",
    "voided": "在手_取消合并", "closing": "在手_期末",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A column with the function that fills it from a ticket."""

    column: Column
    value: Callable[[Facts, Row], Any]


def duration(seconds: int | None) -> float | None:
    """Return seconds as a duration cell; nothing stays empty."""
    return None if seconds is None else day_fraction(seconds)


def on_time(row: Row) -> bool:
    """Tell whether a ticket counts as 完修 in the cohort of its reporting month."""
    return row["restored_on"] is not None and row["restored_on"] <= row["completed_by_on"]


def is_carried(facts: Facts, row: Row) -> bool:
    """Tell whether a ticket of an earlier month was open when the month began, as 完修率 counts."""
    if row["is_void"] or row["reported_on"] >= facts.month.start:
        return False
    return bool(facts.flows[row["site_id"], row["ticket_id"]].opening)


def _field(
    key: str, title: str, width: float, look: Look, value: Callable[[Facts, Row], Any]
) -> Field:
    return Field(Column(key, title, width, look), value)


def _plain(key: str, default: str = MISSING) -> Callable[[Facts, Row], Any]:
    return lambda _, row: default if row[key] is None else row[key]


def _label(kind: str, key: str) -> Callable[[Facts, Row], Any]:
    return lambda facts, row: facts.names.label(kind, row[key])


def _local(key: str) -> Callable[[Facts, Row], Any]:
    return lambda facts, row: facts.local(row[key])


def _seconds(key: str) -> Callable[[Facts, Row], Any]:
    return lambda _, row: duration(row[key])


def identity(facts: Facts, words: Any) -> list[Field]:
    """Return the leading columns of every sheet with a row per ticket; sites if there are many."""
    fields = [
        _field("ticket_no", words("工单号", "Ticket no."), 15, _ID,
               lambda _, row: row["ticket_no"] or row["ticket_id"]),
        _field("site", words("院区", "Site"), 10, WRAPPED,
               lambda facts, row: facts.names.sites.get(row["site_id"], row["site_id"])),
        _field("department", words("科室", "Department"), 12, WRAPPED,
               lambda facts, row: facts.names.department(row["site_id"], row["department_id"])),
    ]  # fmt: skip
    return fields if len(facts.names.sites) > 1 else [fields[0], fields[2]]


def _ticket_fields(facts: Facts, w: Any) -> list[Field]:
    return [
        *identity(facts, w),
        _field("asset_tag", w("资产编号", "Asset no."), 12, _ID, _plain("asset_tag")),
        _field("asset_class", w("设备类别", "Class"), 10, WRAPPED,
               lambda f, r: f.names.label("asset_class", r["asset_class"])
               if r["asset_class"] else MISSING),
        _field("model", w("型号", "Model"), 10, WRAPPED, _plain("model")),
        _field("fault_family", w("故障类型", "Fault"), 10, WRAPPED,
               _label("fault_family", "fault_family")),
        _field("work_class", w("工作类别", "Work"), 8, CENTRED, _label("work_class", "work_class")),
        _field("channel", w("渠道", "Channel"), 8, CENTRED, _label("channel", "channel")),
        _field("priority", w("优先级", "Priority"), 8, CENTRED, _label("priority", "priority")),
        _field("urgency", w("紧急程度", "Urgency"), 7, CENTRED, _label("urgency", "urgency")),
        _field("reported", w("报修时间", "Reported"), 13.5, _TIME, _local("reported_at")),
        _field("accepted", w("接单时间", "Accepted"), 13.5, _TIME, _local("accepted_at")),
        _field("arrived", w("到场时间", "Arrived"), 13.5, _TIME, _local("arrived_at")),
        _field("restored", w("恢复时间", "Restored"), 13.5, _TIME, _local("restored_at")),
        _field("finished", w("首次恢复或关单", "First finished"), 13.5, _TIME,
               _local("first_finished_at")),
        _field("accept_time", w("接单时长", "To accept"), 7, _DURATION, _seconds("accept_seconds")),
        _field("response_time", w("到场时长", "To arrive"), 7, _DURATION,
               _seconds("response_seconds")),
        _field("restore_time", w("恢复时长", "To restore"), 7.5, _DURATION,
               _seconds("restore_seconds")),
        _field("valid", w("有效", "Valid"), 5, CENTRED, lambda f, r: w.flag(not r["is_void"])),
        _field("failure", w("使用故障", "Failure"), 5, CENTRED,
               lambda f, r: w.flag(r["is_use_failure"])),
        _field("reopens", w("重开次数", "Reopened"), 5, _COUNT, _plain("reopen_count")),
        _field("transfers", w("转派次数", "Transfers"), 5, _COUNT, _plain("transfer_count")),
        _field("outcome", w("结果", "Outcome"), 9, CENTRED,
               _label("outcome_code", "outcome_code")),
        _field("team", w("班组", "Team"), 9, WRAPPED, _plain("engineer_group")),
        _field("engineer", w("工程师", "Engineer"), 8.5, CENTRED,
               lambda f, r: f.names.engineer(r["site_id"], r.get("engineer_id"))),
    ]  # fmt: skip


def _moved(key: str) -> Callable[[Facts, Row], Any]:
    return lambda facts, row: getattr(facts.flows[row["site_id"], row["ticket_id"]], key)


def _flow_fields(facts: Facts, w: Any) -> list[Field]:
    moves = {
        "opening": w("期初在手", "Opening"), "entered": w("+ 新进入", "+ Entered"),
        "reentered": w("+ 重开返回", "+ Came back"), "left": w("− 恢复", "− Restored"),
        "voided": w("− 取消合并", "− Void"), "closing": w("= 期末在手", "= Closing"),
    }  # fmt: skip
    return [
        *identity(facts, w),
        _field("reported", w("报修时间", "Reported"), 13.5, _TIME, _local("reported_at")),
        _field("created", w("建单时间", "Created"), 13.5, _TIME, _local("created_at")),
        _field("restored", w("恢复时间", "Restored"), 13.5, _TIME, _local("restored_at")),
        _field("due_time", w("派单到接单", "Dispatch to accept"), 11, _DURATION,
               _seconds("dispatch_to_accept_seconds")),
        _field("first_restore", w("首次恢复时长", "To first restore"), 12, _DURATION,
               _seconds("first_restore_seconds")),
        _field("valid", w("有效", "Valid"), 5, CENTRED, lambda f, r: w.flag(not r["is_void"])),
        _field("on_time", w("按期完修", "Completed in time"), 9, CENTRED,
               lambda f, r: w.flag(on_time(r))),
        _field("carried", w("月初未恢复(完修口径)", "Carried over (completion)"), 13, CENTRED,
               lambda f, r: w.flag(is_carried(f, r))),
        *[_field(key, title, 10, _FLOW, _moved(key)) for key, title in moves.items()],
    ]  # fmt: skip


def _write(book: Book, sheet: Sheet, fields: Sequence[Field], unit: str) -> tuple[int, int]:
    shown = {column.key for column in sheet.columns}
    kept = [field for field in fields if field.column.key in shown]
    facts = book.facts
    rows = [[field.value(facts, row) for field in kept] for row in facts.tickets]
    sheet.fit(rows)
    sheet.heading(unit, freeze="B")
    return sheet.data(rows, book.words("本月没有工单。", "No ticket in this month."))


def write_tickets(book: Book) -> None:
    """Write 明细: one row per ticket reported, created, ended or in hand in the month."""
    fields = _ticket_fields(book.facts, book.words)
    title = book.words("工单明细", "Tickets")
    sheet = book.sheet("tickets", title, [field.column for field in fields])
    unit = book.words("时长:时:分", "durations in h:mm")
    first, last = _write(book, sheet, fields, unit)
    sheet.name_columns(TICKET_NAMES, first, last)
    sheet.sign()


def write_flows(book: Book) -> None:
    """Write 明细_在手: what moved for every ticket; sums are the balance of the month."""
    fields = _flow_fields(book.facts, book.words)
    title = book.words("工单在手流水", "Tickets in hand")
    sheet = book.sheet("flows", title, [field.column for field in fields])
    first, last = _write(book, sheet, fields, book.words("单位:单", "tickets"))
    sheet.name_columns(FLOW_NAMES, first, last)
    sheet.sign()
