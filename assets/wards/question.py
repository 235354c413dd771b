"""What a ward's tables are made of: who asks, of which ward and period, in which words.

Holds the question and two small helpers of its tables. It is made once a question is allowed.
"""

from dataclasses import dataclass

import duckdb

from assets.causes.topic import Names
from assets.circle.model import Column, Kind, Words
from assets.metric_periods import Period
from assets.viewers import Viewer
from assets.wards.place import Ward, require


@dataclass(frozen=True)
class Question:
    """One question about a ward over one period; making it refuses whoever may not ask.

    Raises:
        RefusedError: the ward is not theirs.
    """

    con: duckdb.DuckDBPyConnection
    viewer: Viewer
    ward: Ward
    period: Period
    lang: str

    def __post_init__(self) -> None:
        """Refuse what is not theirs."""
        require(self.viewer, self.ward)

    @property
    def w(self) -> Words:
        """The words of its language."""
        return Words(self.lang)

    @property
    def names(self) -> Names:
        """Display words of codes."""
        return Names(self.con, self.lang)


def column(w: Words, key: str, zh: str, en: str, kind: Kind = "text") -> Column:
    """Return a column in a language."""
    return Column(key, w(zh, en), kind)


def interval(lo: float | None, hi: float | None) -> str:
    """Return an interval as text, empty without one."""
    return "" if lo is None or hi is None else f"{lo:.2f}–{hi:.2f}"
