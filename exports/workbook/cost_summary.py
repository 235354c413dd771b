"""02费用汇总: what the cost lines come to, each cut by 经济分类, with the total in words.

Holds the sheet. Sums are Decimal in Python and formulas in the cells. Texts are matched with EXACT,
because SUMIFS would take ``0101`` for ``101`` and ``*`` for anything; every cut has its explicit
unassigned row, so that all cuts come to the same total.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.chinese_amount import chinese_amount
from exports.workbook.costs import (
    Cut,
    asset,
    asset_class,
    cost_centre,
    department,
    economic_class,
    kind,
    total,
    vendor,
)
from exports.workbook.sheet import HEAD_ROW, Column, Formula, Sheet, Styled, quoted
from exports.workbook.styles import RIGHT
from exports.workbook.writer import legal_text

_MONEY = RIGHT.with_format(styles.MONEY)
_COUNT = RIGHT.with_format(styles.COUNT)
_TOTAL_MONEY = styles.TOTAL_RIGHT.with_format(styles.MONEY)
_TOTAL_COUNT = styles.TOTAL_RIGHT.with_format(styles.COUNT)
CLASS_RANGE = "费用_经济分类"


class Sums:
    """Amounts and numbers of lines by the values of one cut and of 经济分类."""

    def __init__(self, book: Book, cut: Cut) -> None:
        """Add up the lines of the month."""
        self.amounts: dict[tuple[str, str], Decimal] = defaultdict(lambda: Decimal("0.00"))
        self.counts: dict[str, int] = defaultdict(int)
        for row in book.facts.costs:
            # As the cells hold them: two that differ in what no cell holds are one there.
            value = legal_text(cut(book.facts, book.words, row))
            economic = legal_text(economic_class(book.facts, book.words, row))
            self.amounts[value, economic] += row["amount_cny"] or Decimal(0)
            self.counts[value] += 1
        rest = book.words.unassigned
        self.values = [*sorted(set(self.counts) - {rest}), rest]

    def row(self, value: str) -> Decimal:
        """Return the total of one value."""
        return self._sum(key == value for key, _ in self.amounts)

    def column(self, economic: str) -> Decimal:
        """Return the total of one 经济分类."""
        return self._sum(key == economic for _, key in self.amounts)

    def _sum(self, chosen: Iterable[bool]) -> Decimal:
        pairs = zip(self.amounts.values(), chosen, strict=True)
        return sum((amount for amount, is_chosen in pairs if is_chosen), Decimal("0.00"))


def write_summary(book: Book) -> None:
    """Write 02费用汇总: by cost centre, the total in words, by kind and by class of device."""
    words = book.words
    by_class = Sums(book, economic_class)
    columns = [
        Column("value", words("成本中心 / 类别", "Cost centre / cut"), 26),
        *[Column(f"class_{n}", name, 20, _MONEY) for n, name in enumerate(by_class.values)],
        Column("total", words("合计", "Total"), 16, _MONEY),
        Column("count", words("笔数", "Lines"), 9, _COUNT),
    ]
    sheet = book.sheet("cost_summary", words("费用汇总", "Costs"), columns)
    sheet.fit([[value] for value in Sums(book, cost_centre).values])
    sheet.heading(words("单位:元(含税)", "CNY, tax included"), freeze="B")
    cuts: Sequence[tuple[str, Cut, str]] = (
        ("", cost_centre, "费用_成本中心"),
        (words("按费用类别", "By kind of cost"), kind, "费用_类别"),
        (words("按设备类别", "By class of device"), asset_class, "费用_设备类别"),
        (words("按科室", "By department"), department, "费用_科室"),
        (words("按供应商", "By vendor"), vendor, "费用_供应商"),
        (words("按设备", "By device"), asset, "费用_设备"),
    )
    for title, cut, name in cuts:
        # of the many devices, the totals only
        classes = [] if cut is asset else by_class.values
        row = _block(book, sheet, title, Sums(book, cut), name, classes)
        if not title:
            _in_words(book, sheet, row)
    sheet.sign()


def _block(
    book: Book, sheet: Sheet, title: str, sums: Sums, name: str, classes: Sequence[str]
) -> int:
    """Write one cut below its title and return the row of its total."""
    if title:
        sheet.gap()
        sheet.add([title, *[None] * (len(sheet.columns) - 1)], styles.TOTAL)
    first_row = sheet.row
    rows = [
        _line(sheet, sums, value, name, classes, first_row + place)
        for place, value in enumerate(sums.values)
    ]
    if title:
        for row in rows:
            sheet.add(row)
    else:
        sheet.data(rows, "")
    last_row = sheet.row - 1
    right = sheet.letter("total")
    label = name.removeprefix("费用_")
    book.define(
        f"费用汇总_{label}", f"{quoted(sheet.name)}!${right}${first_row}:${right}${last_row}"
    )
    return _total(book, sheet, sums, classes, (first_row, last_row))


def _line(
    sheet: Sheet, sums: Sums, value: str, name: str, classes: Sequence[str], number: int
) -> list[Any]:
    cells: list[Any] = [value]
    match = f"EXACT({name},$A{number})"
    if not classes:
        cells += [None] * (len(sheet.columns) - 3)
        cells.append(Formula(f"=SUMPRODUCT({match}*1,费用_金额)", sums.row(value)))
        cells.append(Formula(f"=SUMPRODUCT({match}*1)", sums.counts[value]))
        return cells
    for place, economic in enumerate(classes):
        letter = sheet.letter(f"class_{place}")
        wanted = f"{match}*EXACT({CLASS_RANGE},{letter}${HEAD_ROW})"
        amount = sums.amounts.get((value, economic), Decimal("0.00"))
        cells.append(Formula(f"=SUMPRODUCT({wanted},费用_金额)", amount))
    last = sheet.letter(f"class_{len(classes) - 1}")
    cells.append(Formula(f"=SUM(B{number}:{last}{number})", sums.row(value)))
    cells.append(Formula(f"=SUMPRODUCT({match}*1)", sums.counts[value]))
    return cells


def _total(
    book: Book, sheet: Sheet, sums: Sums, classes: Sequence[str], rows: tuple[int, int]
) -> int:
    def subtotal(key: str, value: Decimal | int, look: styles.Look) -> Styled:
        letter = sheet.letter(key)
        formula = f"=SUBTOTAL(109,{letter}{rows[0]}:{letter}{rows[1]})"
        return Styled(Formula(formula, value), look)

    lines = book.facts.costs
    blanks = [None] * (0 if classes else len(sheet.columns) - 3)
    return sheet.add(
        [
            book.words("合计", "Total"),
            *blanks,
            *[
                subtotal(f"class_{place}", sums.column(economic), _TOTAL_MONEY)
                for place, economic in enumerate(classes)
            ],
            subtotal("total", total(lines), _TOTAL_MONEY),
            subtotal("count", len(lines), _TOTAL_COUNT),
        ],
        styles.TOTAL,
    )


def _in_words(book: Book, sheet: Sheet, row: int) -> None:
    """Write the grand total in words, which vanish when an amount is changed in the file."""
    words, amount = book.words, total(book.facts.costs)
    spelled = chinese_amount(amount)
    changed = words("金额已改动,请重新导出", "amount changed, export again")
    formula = f'=IF(ROUND({sheet.letter("total")}{row},2)={amount},"{spelled}","{changed}")'
    blanks = [None] * (len(sheet.columns) - 2)
    label = words("合计金额(大写)", "In words")
    sheet.add([label, Formula(formula, spelled), *blanks], styles.TOTAL)
