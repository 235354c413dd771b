"""One balance of 90勾稽: two sides that may differ by a tolerance.

Holds the shape only. Which balances there are is decided in `reconcile` and its neighbours.
"""

from dataclasses import dataclass
from decimal import Decimal

from exports.workbook import styles
from exports.workbook.sheet import Formula

CENT = Decimal("0.005")
Number = float | int | Decimal


@dataclass(frozen=True)
class Side:
    """One side of a check: a formula over cells, or a plain number, with its value."""

    value: Number
    formula: str = ""

    def cell(self) -> Formula | Number:
        """Return what stands in the cell."""
        return Formula(f"={self.formula}", self.value) if self.formula else self.value


@dataclass(frozen=True)
class Check:
    """Two sides that may differ by the tolerance."""

    group: str
    text: str
    left: Side
    right: Side
    tolerance: Number = 0
    number_format: str = styles.COUNT
    note: str = ""

    @property
    def difference(self) -> Number:
        """Left less right, exact where one of them is."""
        left, right = self.left.value, self.right.value
        if isinstance(left, Decimal) or isinstance(right, Decimal):
            return Decimal(str(left)) - Decimal(str(right))
        return left - right

    @property
    def holds(self) -> bool:
        """Whether the difference is within the tolerance."""
        return abs(Decimal(str(self.difference))) <= Decimal(str(self.tolerance))
