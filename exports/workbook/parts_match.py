"""05备件核对: whether what tickets are charged is what the stores issued for them.

Holds the sheet and its balance. Tickets that do not agree are what finance asks about: they stand
first, with what was issued and not charged, and what was charged and not issued.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.check import Check, Side
from exports.workbook.facts import Row
from exports.workbook.sheet import Column, Formula, Styled
from exports.workbook.styles import CENTRED, RIGHT, WRAPPED
from exports.workbook.words import MISSING

_NAMES = {
    "charged": "核对_费用数量", "issued": "核对_出库数量", "unbooked": "核对_未入账",
    "unissued": "核对_未出库",
}  # fmt: skip
_QUANTITY = RIGHT.with_format(styles.QUANTITY)
_TOTAL = styles.TOTAL_RIGHT.with_format(styles.QUANTITY)
_TOLERANCE = Decimal("0.0005")


def write_parts_match(book: Book) -> list[Check]:
    """Write 05备件核对, one row per restored ticket with parts, and return its balance."""
    w, rows = book.words, sorted(book.facts.matches, key=_place)
    columns = [
        Column("ticket_no", w("工单号", "Ticket no."), 18, WRAPPED.with_format(styles.TEXT)),
        Column("site", w("院区", "Site"), 12),
        Column("department", w("科室", "Department"), 20),
        Column("restored", w("恢复日期", "Restored"), 12, CENTRED.with_format(styles.DATE)),
        Column("charged", w("费用单数量", "Charged"), 13, _QUANTITY),
        Column("issued", w("出库数量", "Issued"), 13, _QUANTITY),
        Column("unbooked", w("出库未入费用", "Issued, not charged"), 14, _QUANTITY),
        Column("unissued", w("费用无出库", "Charged, not issued"), 14, _QUANTITY),
        Column("agreed", w("一致", "Agree"), 9, CENTRED),
    ]
    if len(book.facts.names.sites) <= 1:
        columns = [column for column in columns if column.key != "site"]
    sheet = book.sheet("parts_match", w("工单备件核对", "Parts charged and issued"), columns)
    sheet.heading(w("本月恢复的工单;数量按出库单位", "tickets restored in the month; pieces"))
    keys = [column.key for column in sheet.columns]
    lines = [[line[key] for key in keys] for line in (_line(book, row) for row in rows)]
    first, last = sheet.data(lines, w("本月没有用到备件的工单。", "No ticket used parts."))
    sheet.name_columns(_NAMES, first, last)
    sums = {key: _sum(book, f"{key}_quantity") for key in _NAMES}
    cells: list[Any] = [None] * len(keys)
    cells[0] = w("合计", "Total")
    for key, value in sums.items():
        letter = sheet.letter(key)
        total = Formula(f"=SUBTOTAL(109,{letter}{first}:{letter}{last})", value)
        cells[keys.index(key)] = Styled(total, _TOTAL)
    sheet.add(cells, styles.TOTAL)
    sheet.sign()
    return [_balance(book, sums)] if rows else []


def _place(row: Row) -> tuple[bool, Any, str, str]:
    return bool(row["is_agreed"]), row["restored_on"], row["site_id"], row["ticket_id"]


def _line(book: Book, row: Row) -> dict[str, Any]:
    names = book.facts.names
    return {
        "ticket_no": row["ticket_no"] or row["ticket_id"],
        "site": names.sites.get(row["site_id"], row["site_id"]),
        "department": names.department(row["site_id"], row["department_id"]),
        "restored": row["restored_on"],
        **{key: _quantity(row, key) for key in _NAMES},
        "agreed": MISSING if row["is_agreed"] is None else book.words.flag(row["is_agreed"]),
    }


def _quantity(row: Row, key: str) -> Decimal:
    return Decimal(row[f"{key}_quantity"] or 0)


def _sum(book: Book, column: str) -> Decimal:
    return sum((Decimal(row[column] or 0) for row in book.facts.matches), Decimal(0))


def _balance(book: Book, sums: Mapping[str, Decimal]) -> Check:
    w = book.words
    return Check(
        w("备件", "Parts"),
        w("工单费用数量 + 未入费用 − 无出库 = 出库数量",
          "charged + issued only − charged only = issued"),
        Side(sums["charged"] + sums["unbooked"] - sums["unissued"],
             "SUM(核对_费用数量)+SUM(核对_未入账)-SUM(核对_未出库)"),
        Side(sums["issued"], "SUM(核对_出库数量)"),
        _TOLERANCE, styles.QUANTITY,
        w("不一致的工单列在 05备件核对 最前", "those that differ stand first"),
    )  # fmt: skip
