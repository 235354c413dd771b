"""03维修费用明细: every cost line of the month, and the values that lines are cut by.

Holds the sheet and the cuts. What the lines come to by cut stands in `cost_summary`.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.facts import Facts, Row
from exports.workbook.sheet import Column, Formula, Styled
from exports.workbook.styles import CENTRED, RIGHT, WRAPPED
from exports.workbook.words import MISSING, Words

COST_NAMES = {
    "cost_id": "费用_编号", "amount": "费用_金额", "cost_centre": "费用_成本中心",
    "economic_class": "费用_经济分类", "kind": "费用_类别", "asset_class": "费用_设备类别",
    "department": "费用_科室", "vendor": "费用_供应商", "asset_tag": "费用_设备",
}  # fmt: skip
_ID = WRAPPED.with_format(styles.TEXT)
_MONEY = RIGHT.with_format(styles.MONEY)
_TOTAL_MONEY = styles.TOTAL_RIGHT.with_format(styles.MONEY)

Cut = Callable[[Facts, Words, Row], str]


def cost_centre(facts: Facts, words: Words, row: Row) -> str:
    """Return a line's cost centre, with the department's name where it is a department."""
    code = row["cost_centre"]
    if not code:
        return words.unassigned
    name = facts.names.department(row["site_id"], code)
    return str(code) if name == code else f"{code} {name}"


def economic_class(_: Facts, words: Words, row: Row) -> str:
    """Return a line's 经济分类."""
    return row["economic_class"] or words.unassigned


def kind(facts: Facts, words: Words, row: Row) -> str:
    """Return a line's kind of cost."""
    return facts.names.label("cost_kind", row["kind"]) if row["kind"] else words.unassigned


def asset_class(facts: Facts, words: Words, row: Row) -> str:
    """Return the class of the device that a line's ticket names."""
    code = row["asset_class"]
    return facts.names.label("asset_class", code) if code else words.unassigned


def department(facts: Facts, words: Words, row: Row) -> str:
    """Return the department that a line's ticket comes from."""
    code = row["department_id"]
    return facts.names.department(row["site_id"], code) if code else words.unassigned


def vendor(_: Facts, words: Words, row: Row) -> str:
    """Return a line's vendor."""
    return row["vendor_id"] or words.unassigned


def asset(_: Facts, words: Words, row: Row) -> str:
    """Return the number of the device that a line's ticket names."""
    return row["asset_tag"] or words.unassigned


def total(rows: Sequence[Row]) -> Decimal:
    """Return the sum of the lines' amounts."""
    return sum((row["amount_cny"] or Decimal(0) for row in rows), Decimal("0.00"))


def _columns(words: Words, has_sites: bool) -> list[Column]:
    columns = [
        Column("occurred_on", words("发生日期", "Date"), 12, CENTRED.with_format(styles.DATE)),
        Column("cost_id", words("费用编号", "Cost no."), 13, _ID),
        Column("ticket_no", words("工单号", "Ticket no."), 15, _ID),
        Column("site", words("院区", "Site"), 10),
        Column("department", words("科室", "Department"), 14),
        Column("asset_tag", words("资产编号", "Asset no."), 13, _ID),
        Column("asset_class", words("设备类别", "Class"), 12),
        Column("model", words("型号", "Model"), 13),
        Column("kind", words("费用类别", "Kind"), 9, CENTRED),
        Column("part", words("备件", "Part"), 14),
        Column("quantity", words("数量", "Quantity"), 8, RIGHT.with_format(styles.QUANTITY)),
        Column("unit_price", words("单价", "Unit price"), 11, RIGHT.with_format(styles.PRICE)),
        Column("amount", words("金额", "Amount"), 12, _MONEY),
        Column("tax", words("其中税额", "Tax in it"), 10, _MONEY),
        Column("vendor", words("供应商编号", "Vendor"), 11, _ID),
        Column("invoice_no", words("发票号", "Invoice"), 22, _ID),
        Column("warranty", words("保修期内", "In warranty"), 8, CENTRED),
        Column("cost_centre", words("成本中心", "Cost centre"), 16),
        Column("economic_class", words("经济分类", "Economic class"), 20),
    ]
    return columns if has_sites else [column for column in columns if column.key != "site"]


def _line(facts: Facts, words: Words, row: Row, parts: dict[tuple[str, str], str]) -> Row:
    site_id, not_given = row["site_id"], words("未填", "not given")
    part_id = row["part_id"]
    return {
        "occurred_on": row["occurred_on"],
        "cost_id": row["cost_id"],
        "ticket_no": row["ticket_no"] or row["ticket_id"] or MISSING,
        "site": facts.names.sites.get(site_id, site_id),
        "department": department(facts, words, row),
        "asset_tag": asset(facts, words, row),
        "asset_class": asset_class(facts, words, row),
        "model": row["model"] or MISSING,
        "kind": kind(facts, words, row),
        "part": parts.get((site_id, part_id), part_id) if part_id else MISSING,
        "quantity": MISSING if row["quantity"] is None else row["quantity"],
        "unit_price": MISSING if row["unit_price_cny"] is None else row["unit_price_cny"],
        "amount": not_given if row["amount_cny"] is None else row["amount_cny"],
        "tax": MISSING if row["tax_cny"] is None else row["tax_cny"],
        "vendor": vendor(facts, words, row),
        "invoice_no": row["invoice_no"] or MISSING,
        "warranty": words.flag(row["is_in_warranty"]),
        "cost_centre": cost_centre(facts, words, row),
        "economic_class": economic_class(facts, words, row),
    }


def write_costs(book: Book) -> None:
    """Write 03维修费用明细: one row per cost line of the month, and its total."""
    facts, words = book.facts, book.words
    columns = _columns(words, len(facts.names.sites) > 1)
    sheet = book.sheet("costs", words("维修费用明细", "Cost lines"), columns)
    parts = {(part.site_id, part.part_id): part.name for part in facts.parts}
    keys = [column.key for column in sheet.columns]
    lines = [_line(facts, words, row, parts) for row in facts.costs]
    rows = [[line[key] for key in keys] for line in lines]
    sheet.fit(rows)
    sheet.heading(words("单位:元(含税)", "CNY, tax included"), freeze="D")
    first, last = sheet.data(rows, words("本月没有维修费用。", "No cost in this month."))
    sheet.name_columns(COST_NAMES, first, last)
    letter = sheet.letter("amount")
    amount = Formula(f"=SUBTOTAL(109,{letter}{first}:{letter}{last})", total(facts.costs))
    cells: list[Any] = [
        Styled(amount, _TOTAL_MONEY) if column.key == "amount" else None for column in sheet.columns
    ]
    cells[0] = words("合计", "Total")
    sheet.add(cells, styles.TOTAL)
    sheet.sign()
