"""07设备台账变动: devices by class, how many there were, came, were retired, and are there.

Holds the sheet and its balance, in numbers and at acquisition cost. A device is in the register
from its acceptance to its retirement; one without a day of acceptance was always there.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from exports.workbook import styles
from exports.workbook.book import Book
from exports.workbook.check import CENT, Check, Side
from exports.workbook.facts import Month, Row
from exports.workbook.sheet import Column, Formula, Sheet, Styled
from exports.workbook.styles import RIGHT

_MOVES = ("opening", "new", "retired")
_NAMES = {
    "opening": "台账_期初", "new": "台账_新增", "retired": "台账_报废", "closing": "台账_期末",
    "closing_cny": "台账_期末原值",
}  # fmt: skip
_COUNT = RIGHT.with_format(styles.COUNT)
_MONEY = RIGHT.with_format(styles.MONEY)


@dataclass
class _Moved:
    """Numbers and acquisition costs of one class."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_MOVES, 0))
    costs: dict[str, Decimal] = field(
        default_factory=lambda: dict.fromkeys(_MOVES, Decimal("0.00"))
    )

    def add(self, move: str, cost: Decimal | None) -> None:
        """Count a device."""
        self.counts[move] += 1
        self.costs[move] += cost or Decimal(0)

    @property
    def closing(self) -> int:
        """Devices at the end."""
        return self.counts["opening"] + self.counts["new"] - self.counts["retired"]

    @property
    def closing_cny(self) -> Decimal:
        """Their acquisition cost."""
        return self.costs["opening"] + self.costs["new"] - self.costs["retired"]


def write_devices(book: Book) -> list[Check]:
    """Write 07设备台账变动, one row per class of device, and return its balances."""
    w, month = book.words, book.facts.month
    columns = [
        Column("asset_class", w("设备类别", "Class"), 22),
        Column("opening", w("期初(台)", "Opening"), 12, _COUNT),
        Column("new", w("+ 新增", "+ New"), 10, _COUNT),
        Column("retired", w("− 报废", "− Retired"), 10, _COUNT),
        Column("closing", w("= 期末(台)", "= Closing"), 12, _COUNT),
        Column("opening_cny", w("期初原值", "Opening cost"), 17, _MONEY),
        Column("new_cny", w("+ 新增原值", "+ New"), 16, _MONEY),
        Column("retired_cny", w("− 报废原值", "− Retired"), 16, _MONEY),
        Column("closing_cny", w("= 期末原值", "= Closing cost"), 17, _MONEY),
    ]
    sheet = book.sheet("assets", w("设备台账变动", "Assets"), columns)
    sheet.heading(w("单位:台、元(购置价)", "devices; CNY at acquisition"))
    moved = _moved(book, month)
    lines = [
        _line(book, sheet, code, one, sheet.row + place)
        for place, (code, one) in enumerate(moved.items())
    ]
    first, last = sheet.data(lines, w("未接入设备台账。", "No register is connected."))
    sheet.name_columns(_NAMES, first, last)
    _totals(book, sheet, list(moved.values()), first, last)
    sheet.sign()
    return _checks(book, list(moved.values())) if moved else []


def _moved(book: Book, month: Month) -> dict[str, _Moved]:
    found: dict[str, _Moved] = defaultdict(_Moved)
    for row in book.facts.devices:
        start, end = row["accepted_on"], row["retired_on"]
        if _is_there(row, month.start):
            found[row["asset_class"] or ""].add("opening", row["cost_cny"])
        elif start is not None and month.start <= start < month.end:
            found[row["asset_class"] or ""].add("new", row["cost_cny"])
        else:
            continue
        if end is not None and month.start <= end < month.end:
            found[row["asset_class"] or ""].add("retired", row["cost_cny"])
    return dict(sorted(found.items()))


def _is_there(row: Row, day: date) -> bool:
    """Tell whether a device is in the register when a day begins."""
    start, end = row["accepted_on"], row["retired_on"]
    return (start is None or start < day) and (end is None or end >= day)


def _line(book: Book, sheet: Sheet, code: str, one: _Moved, number: int) -> list[Any]:
    w, at = book.words, {column.key: sheet.letter(column.key) for column in sheet.columns}
    name = book.facts.names.label("asset_class", code) if code else w.unassigned

    def closing(suffix: str, value: int | Decimal) -> Formula:
        opening, new, retired = (f"{at[move + suffix]}{number}" for move in _MOVES)
        return Formula(f"={opening}+{new}-{retired}", value)

    return [
        name,
        *(one.counts[move] for move in _MOVES),
        closing("", one.closing),
        *(one.costs[move] for move in _MOVES),
        closing("_cny", one.closing_cny),
    ]


def _totals(book: Book, sheet: Sheet, rows: list[_Moved], first: int, last: int) -> None:
    counts = [sum(one.counts[move] for one in rows) for move in _MOVES]
    costs = [sum((one.costs[move] for one in rows), Decimal("0.00")) for move in _MOVES]
    values: list[int | Decimal] = [*counts, sum(one.closing for one in rows), *costs,
              sum((one.closing_cny for one in rows), Decimal("0.00"))]  # fmt: skip
    cells: list[Any] = [book.words("合计", "Total")]
    for column, value in zip(sheet.columns[1:], values, strict=True):
        letter = sheet.letter(column.key)
        shape = styles.MONEY if column.key.endswith("_cny") else styles.COUNT
        total = Formula(f"=SUBTOTAL(109,{letter}{first}:{letter}{last})", value)
        cells.append(Styled(total, styles.TOTAL_RIGHT.with_format(shape)))
    sheet.add(cells, styles.TOTAL)


def _checks(book: Book, rows: list[_Moved]) -> list[Check]:
    """Balance the moves against what is in the register when the month has ended."""
    w, group = book.words, book.words("台账", "Register")
    there = [row for row in book.facts.devices if _is_there(row, book.facts.month.end)]
    cost = sum((row["cost_cny"] or Decimal(0) for row in there), Decimal("0.00"))
    closing = sum(one.closing for one in rows)
    return [
        Check(
            group,
            w("期初 + 新增 − 报废 = 期末(台)", "opening + new − retired = closing (devices)"),
            Side(closing, "SUM(台账_期初)+SUM(台账_新增)-SUM(台账_报废)"),
            Side(len(there)),
            note=w("右值按月末在册逐台数出", "right: counted one by one at the month's end"),
        ),
        Check(
            group,
            w("期初 + 新增 − 报废 = 期末(原值)", "opening + new − retired = closing (cost)"),
            Side(sum((one.closing_cny for one in rows), Decimal("0.00")), "SUM(台账_期末原值)"),
            Side(cost),
            CENT,
            styles.MONEY,
        ),
    ]
