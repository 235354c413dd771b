"""The months and quarters that a score is given for, and the months before that they rest on."""

from dataclasses import dataclass
from datetime import date

from assets.metric_periods import add_months
from assets.score.facts import Facts

QUARTER_MONTHS = 3


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


def periods(facts: Facts, history_months: int, kept_months: int) -> list[Period]:
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
