"""The months and quarters that a score is given for, and the months before that they rest on."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assets.metric_periods import add_months
from config.errors import ConfigError

if TYPE_CHECKING:
    from assets.score.facts import Facts

MONTH, QUARTER = "month", "quarter"
QUARTER_MONTHS = 3


def name_of(kind: str, first: date) -> str:
    """Return a period's name, ``2026-09`` or ``2026-Q3``."""
    if kind == MONTH:
        return f"{first:%Y-%m}"
    return f"{first.year}-Q{(first.month + 2) // QUARTER_MONTHS}"


def parsed(text: str) -> tuple[str, date]:
    """Return kind and first day of ``2026-09`` or ``2026-Q3``.

    Raises:
        ConfigError: written otherwise.
    """
    year, _, rest = text.upper().partition("-")
    kind = QUARTER if rest.startswith("Q") else MONTH
    try:
        number = QUARTER_MONTHS * int(rest[1:]) - 2 if kind == QUARTER else int(rest)
        return kind, date(int(year), number, 1)
    except ValueError:
        raise ConfigError(f"「{text}」不是月份或季度。", "请写成 2026-10 或 2026-Q4。") from None


def months_of(kind: str, first: date) -> list[date]:
    """Return the first days of a period's months."""
    return [add_months(first, number) for number in range(1 if kind == MONTH else QUARTER_MONTHS)]


def quarter_of(month: date) -> date:
    """Return the first day of the quarter that a month belongs to."""
    return month.replace(month=month.month - (month.month - 1) % QUARTER_MONTHS)


@dataclass(frozen=True)
class Period:
    """A month or a quarter.

    Attributes:
        kind: month or quarter.
        first: first day.
        months: its months among those of the facts.
        history: the months before that means rest on.
        quarter_before: the three months before, for the goal of the volume.
        quarter_to_end: the three months up to its end, for articles that were used.
    """

    kind: str
    first: date
    months: slice
    history: slice
    quarter_before: slice
    quarter_to_end: slice

    @property
    def end(self) -> date:
        """First day after."""
        return add_months(self.first, 1 if self.kind == "month" else QUARTER_MONTHS)


def periods(facts: "Facts", history_months: int, kept_months: int) -> list[Period]:
    """Return the last months and the quarters that they touch, oldest first; quarters behind."""
    found = []
    count = len(facts.months)
    for at in range(max(0, count - kept_months), count):
        found.append(_period("month", facts.months[at], at, at + 1, history_months))
    for at in range(count):
        first = facts.months[at]
        if first.month % QUARTER_MONTHS == 1 and count - at <= kept_months:
            stop = min(at + QUARTER_MONTHS, count)
            found.append(_period("quarter", first, at, stop, history_months))
    return found


def _period(kind: str, first: date, start: int, stop: int, history: int) -> Period:
    return Period(
        kind,
        first,
        slice(start, stop),
        slice(max(0, start - history), start),
        slice(max(0, start - QUARTER_MONTHS), start),
        slice(max(0, stop - QUARTER_MONTHS), stop),
    )
