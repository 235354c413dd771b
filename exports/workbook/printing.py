"""06打印计费: what counters and prices come to, what the vendor billed, and the pages by printer.

Holds the sheet and its balances. Pages over a rollover or a replaced counter are counted in `core`;
a difference of a bill is shown to the cent and is no error of ours: it is what finance claims.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from config import theme
from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.check import CENT, Check, Side
from exports.workbook.facts import Row
from exports.workbook.sheet import Column, Formula, Sheet, Styled, quoted
from exports.workbook.styles import CENTRED, RIGHT, WRAPPED, Look

_ID = WRAPPED.with_format(styles.TEXT)
_PAGES = RIGHT.with_format(styles.COUNT)
_MONEY = RIGHT.with_format(styles.MONEY)
_NAMES = {
    "contract": "打印_合同", "mono": "打印_黑白页", "colour": "打印_彩色页",
    "expected": "打印_应付", "billed": "打印_账单", "difference": "打印_差额",
}  # fmt: skip
_PRINTERS = {"contract": "印机_合同", "mono": "印机_黑白页", "colour": "印机_彩色页"}
_CENTS = Decimal("0.01")


def write_printing(book: Book) -> list[Check]:
    """Write 06打印计费: contracts with their bills, then printers; return its balances."""
    w, bills = book.words, book.facts.bills
    columns = [
        Column("contract", w("合同", "Contract"), 20, _ID),
        Column("site", w("院区 / 资产编号", "Site / asset no."), 24),
        Column("vendor", w("供应商 / 科室", "Vendor / department"), 20),
        Column("mono", w("黑白页", "Mono pages"), 13, _PAGES),
        Column("colour", w("彩色页", "Colour pages"), 13, _PAGES),
        Column("expected", w("按印量应付", "By counters"), 14, _MONEY),
        Column("billed", w("供应商账单", "Billed"), 14, _MONEY),
        Column("difference", w("账单 − 应付", "Billed − due"), 14, _MONEY),
        Column("verdict", w("结论", "Verdict"), 14, CENTRED),
    ]
    sheet = book.sheet("printing", w("打印计费", "Printing"), columns)
    sheet.heading(w("单位:元(含税);应付含每台保底", "CNY, tax included; with each least charge"))
    lines = [_line(book, row, sheet, sheet.row + place) for place, row in enumerate(bills)]
    empty = w("本月没有打印合同的读数或账单。", "No reading or bill of a print contract.")
    first, last = sheet.data(lines, empty)
    sheet.name_columns(_NAMES, first, last)
    _totals(book, sheet, first, last)
    pages = _printers(book, sheet)
    sheet.sign()
    return _checks(book, pages) if bills else []


def _money(value: Decimal | None) -> Decimal:
    return Decimal("0.00") if value is None else value


def _line(book: Book, row: Row, sheet: Sheet, number: int) -> list[Any]:
    due, billed = _money(row["expected_cny"]), _money(row["billed_cny"])
    letters = sheet.letter("billed"), sheet.letter("expected")
    formula = f"=ROUND({letters[0]}{number}-{letters[1]}{number},2)"
    return [
        row["contract_id"],
        book.facts.names.sites.get(row["site_id"], row["site_id"]),
        row["vendor_id"] or book.words.unassigned,
        row["mono_pages"],
        row["colour_pages"],
        due,
        billed,
        Formula(formula, billed - due),
        _verdict(book, row),
    ]


def _verdict(book: Book, row: Row) -> Any:
    w, due, billed = book.words, row["expected_cny"], row["billed_cny"]
    if row["unread_count"]:
        word = w(f"{row['unread_count']} 次读数不明", f"{row['unread_count']} unclear readings")
    elif billed is None:
        word = w("没有账单", "no bill")
    elif due is None:
        word = w("没有读数", "no reading")
    elif billed == due:
        return w("一致", "agrees")
    else:
        word = w("多收", "overbilled") if billed > due else w("少收", "underbilled")
    return Styled(word, Look(align="center", colour=theme.PAPER_WARN, is_bold=True))


def _totals(book: Book, sheet: Sheet, first: int, last: int) -> None:
    bills = book.facts.bills
    due = sum((_money(row["expected_cny"]) for row in bills), Decimal("0.00"))
    billed = sum((_money(row["billed_cny"]) for row in bills), Decimal("0.00"))
    values: dict[str, Decimal] = {
        "mono": sum((row["mono_pages"] for row in bills), Decimal(0)),
        "colour": sum((row["colour_pages"] for row in bills), Decimal(0)),
        "expected": due, "billed": billed, "difference": billed - due,
    }  # fmt: skip
    cells: list[Any] = [book.words("合计", "Total"), None, None]
    for key, value in values.items():
        letter = sheet.letter(key)
        shape = styles.COUNT if key in ("mono", "colour") else styles.MONEY
        total = Formula(f"=SUBTOTAL(109,{letter}{first}:{letter}{last})", value)
        cells.append(Styled(total, styles.TOTAL_RIGHT.with_format(shape)))
    sheet.add([*cells, None], styles.TOTAL)


def _printers(book: Book, sheet: Sheet) -> dict[str, Decimal]:
    """Write the pages of each printer and return those under a contract, by kind."""
    w, rest = book.words, book.words.unassigned
    sums: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(
        lambda: {"mono": Decimal(0), "colour": Decimal(0), "amount": Decimal(0)}
    )
    for row in book.facts.pages:
        tag = row["asset_tag"] or row["asset_id"]
        department = book.facts.names.department(row["site_id"], row["department_id"])
        entry = sums[row["contract_id"] or rest, tag, department]
        entry[row["meter"].removesuffix("_pages")] += row["pages"] or Decimal(0)
        entry["amount"] += row["amount_cny"] or Decimal(0)
    if not sums:
        return {"mono": Decimal(0), "colour": Decimal(0)}
    sheet.gap()
    sheet.heads(
        [w("合同", "Contract"), w("资产编号", "Asset no."), w("科室", "Department"),
         w("黑白页", "Mono pages"), w("彩色页", "Colour pages"),
         w("页费(不含保底)", "Pages × price"), "", "", ""]
    )  # fmt: skip
    first = sheet.row
    for (contract, tag, department), entry in sorted(sums.items()):
        amount = entry["amount"].quantize(_CENTS, rounding=ROUND_HALF_UP)
        sheet.add(
            [contract, tag, department, entry["mono"], entry["colour"], amount, None, None, None]
        )
    for key, name in _PRINTERS.items():
        letter, last = sheet.letter(key), sheet.row - 1
        book.define(name, f"{quoted(sheet.name)}!${letter}${first}:${letter}${last}")
    return {
        kind: sum((e[kind] for key, e in sums.items() if key[0] != rest), Decimal(0))
        for kind in ("mono", "colour")
    }


def _checks(book: Book, pages: dict[str, Decimal]) -> list[Check]:
    w, bills = book.words, book.facts.bills
    group, rest = w("打印", "Printing"), book.words.unassigned
    due = sum((_money(row["expected_cny"]) for row in bills), Decimal("0.00"))
    billed = sum((_money(row["billed_cny"]) for row in bills), Decimal("0.00"))
    checks = [
        Check(
            group,
            w("应付 + 差额 = 供应商账单", "due + difference = billed"),
            Side(due + (billed - due), "SUM(打印_应付)+SUM(打印_差额)"),
            Side(billed, "SUM(打印_账单)"),
            CENT, styles.MONEY,
            w("差额逐合同列在 06打印计费", "the difference stands by contract"),
        )
    ]  # fmt: skip
    if book.facts.pages:
        for kind, zh, en in (
            ("mono", "黑白页", "mono pages"),
            ("colour", "彩色页", "colour pages"),
        ):
            total = sum((row[f"{kind}_pages"] for row in bills), Decimal(0))
            checks.append(
                Check(
                    group,
                    w(f"各打印机{zh}之和 = 合同{zh}", f"{en} of printers = {en} of contracts"),
                    Side(pages[kind], f'SUMPRODUCT((印机_合同<>"{rest}")*印机_{zh})'),
                    Side(total, f"SUM(打印_{zh})"),
                    Decimal("0.0005"),
                )
            )
    return checks
