"""04备件收发存: opening + in − out ± adjustments = closing for every part, in pieces and money.

Holds the sheet. The quantities come from `facts`; one price per part values them all, so that what
rounding leaves over stands in its own column.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.facts import PartLedger
from exports.workbook.sheet import FIRST_ROW, Column, Formula, Sheet, Styled
from exports.workbook.styles import CENTRED, RIGHT, WRAPPED
from exports.workbook.words import Words

_CENT = Decimal("0.01")
_ID = WRAPPED.with_format(styles.TEXT)
_QUANTITY = RIGHT.with_format(styles.QUANTITY)
_MONEY = RIGHT.with_format(styles.MONEY)
QUANTITIES = ("opening", "received", "issued", "adjusted", "closing")
STOCK_NAMES = {
    "price": "备件_单价", "opening": "备件_期初数量", "received": "备件_入库数量",
    "issued": "备件_出库数量", "adjusted": "备件_调整数量", "closing": "备件_期末数量",
    "opening_cny": "备件_期初金额", "received_cny": "备件_入库金额", "issued_cny": "备件_出库金额",
    "adjusted_cny": "备件_调整金额", "rounding_cny": "备件_尾差", "closing_cny": "备件_期末金额",
    "below": "备件_低于下限",
}  # fmt: skip


def worth(quantity: Decimal, price: Decimal) -> Decimal:
    """Return quantity × price, rounded half up to the cent."""
    return (quantity * price).quantize(_CENT, rounding=ROUND_HALF_UP)


def rounding(part: PartLedger) -> Decimal:
    """Return the cents by which the rounded amounts miss the rounded closing amount."""
    if part.price is None:
        return Decimal("0.00")
    opening, received, issued, adjusted, closing = (
        worth(getattr(part, key), part.price) for key in QUANTITIES
    )
    return closing - (opening + received - issued + adjusted)


def _columns(words: Words, has_sites: bool) -> list[Column]:
    columns = [
        Column("site", words("院区", "Site"), 10),
        Column("part_no", words("备件号", "Part no."), 10, _ID),
        Column("name", words("名称", "Name"), 20),
        Column("part_class", words("类别", "Class"), 11),
        Column("unit", words("单位", "Unit"), 6, CENTRED),
        Column("price", words("单价", "Price"), 11, RIGHT.with_format(styles.PRICE)),
        Column("opening", words("期初数量", "Opening"), 10, _QUANTITY),
        Column("received", words("+ 入库", "+ In"), 9, _QUANTITY),
        Column("issued", words("− 出库", "− Out"), 9, _QUANTITY),
        Column("adjusted", words("± 退库调拨盘点", "± Adjusted"), 10, _QUANTITY),
        Column("closing", words("= 期末数量", "= Closing"), 10, _QUANTITY),
        Column("opening_cny", words("期初金额", "Opening ¥"), 13, _MONEY),
        Column("received_cny", words("+ 入库金额", "+ In ¥"), 12, _MONEY),
        Column("issued_cny", words("− 出库金额", "− Out ¥"), 12, _MONEY),
        Column("adjusted_cny", words("± 调整金额", "± Adjusted ¥"), 11, _MONEY),
        Column("rounding_cny", words("尾差", "Rounding"), 8, _MONEY),
        Column("closing_cny", words("= 期末金额", "= Closing ¥"), 13, _MONEY),
        Column("minimum", words("下限", "Minimum"), 8, _QUANTITY),
        Column("below", words("低于下限", "Below"), 8, CENTRED),
    ]
    return columns if has_sites else columns[1:]


def write_stock(book: Book) -> None:
    """Write 04备件收发存: one row per part, sums below."""
    facts, words = book.facts, book.words
    columns = _columns(words, len(facts.names.sites) > 1)
    sheet = book.sheet("stock", words("备件收发存", "Spare parts"), columns)
    rows = [_row(book, sheet, part, FIRST_ROW + place) for place, part in enumerate(facts.parts)]
    sheet.fit(rows)
    sheet.heading(words("单位:元(含税)", "CNY, tax included"), freeze="C")
    empty = words("未接入备件台账。", "No parts are connected.")
    first, last = sheet.data(rows, empty)
    sheet.name_columns(STOCK_NAMES, first, last)
    _totals(book, sheet, first, last)
    sheet.note(
        words(
            "尾差 = 期末金额 − (期初 + 入 − 出 ± 调整),由逐项四舍五入到分产生。",
            "Rounding = closing ¥ − (opening + in − out ± adjusted), from rounding to the cent.",
        )
    )
    sheet.sign()


def _row(book: Book, sheet: Sheet, part: PartLedger, number: int) -> list[Any]:
    at = {column.key: f"{sheet.letter(column.key)}{number}" for column in sheet.columns}
    cells: dict[str, Any] = {
        "site": book.facts.names.sites.get(part.site_id, part.site_id),
        "part_no": part.part_no,
        "name": part.name,
        "part_class": book.facts.names.label("part_class", part.part_class),
        "unit": part.unit,
        "price": book.words("未定价", "no price") if part.price is None else part.price,
        "minimum": book.words("未设", "not set") if part.minimum is None else part.minimum,
        "below": Formula(
            f"=IF(ISNUMBER({at['minimum']}),IF({at['closing']}<{at['minimum']},"
            f'"{book.words.flag(True)}","{book.words.flag(False)}"),"{book.words.flag(False)}")',
            book.words.flag(part.is_below),
        ),
    }
    cells |= {key: getattr(part, key) for key in QUANTITIES[:-1]}
    cells["closing"] = Formula(
        f"={at['opening']}+{at['received']}-{at['issued']}+{at['adjusted']}", part.closing
    )
    cells |= _amounts(book.words, part, at)
    return [cells[column.key] for column in sheet.columns]


def _amounts(words: Words, part: PartLedger, at: dict[str, str]) -> dict[str, Any]:
    if part.price is None:
        keys = [f"{key}_cny" for key in (*QUANTITIES, "rounding")]
        return dict.fromkeys(keys, words("未定价", "no price"))
    cells: dict[str, Any] = {
        f"{key}_cny": Formula(
            f"=ROUND({at[key]}*{at['price']},2)", worth(getattr(part, key), part.price)
        )
        for key in QUANTITIES
    }
    cells["rounding_cny"] = Formula(
        f"=ROUND({at['closing_cny']}-({at['opening_cny']}+{at['received_cny']}"
        f"-{at['issued_cny']}+{at['adjusted_cny']}),2)",
        rounding(part),
    )
    return cells


def _totals(book: Book, sheet: Sheet, first: int, last: int) -> None:
    parts = book.facts.parts
    priced = [part for part in parts if part.price is not None]
    sums: dict[str, Decimal] = {
        key: sum((getattr(part, key) for part in parts), Decimal(0)) for key in QUANTITIES
    }
    for key in QUANTITIES:
        sums[f"{key}_cny"] = sum(
            (worth(getattr(part, key), part.price) for part in priced if part.price is not None),
            Decimal("0.00"),
        )
    sums["rounding_cny"] = sum((rounding(part) for part in parts), Decimal("0.00"))
    cells: list[Any] = []
    for column in sheet.columns:
        if column.key not in sums:
            cells.append(None)
            continue
        letter = sheet.letter(column.key)
        is_money = column.key.endswith("_cny")
        look = styles.TOTAL_RIGHT.with_format(styles.MONEY if is_money else styles.QUANTITY)
        formula = f"=SUBTOTAL(109,{letter}{first}:{letter}{last})"
        cells.append(Styled(Formula(formula, sums[column.key]), look))
    cells[0] = book.words("合计", "Total")
    sheet.add(cells, styles.TOTAL)
