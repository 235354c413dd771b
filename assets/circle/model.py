"""What the ten steps of a quality circle are made of: plain tables, charts, empty fields.

Holds the shapes that the workbook and the page draw, already in one language, and how that is
picked. What stands in them is decided in the modules beside it; how it looks, by whoever draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Kind = Literal[
    "text", "count", "number", "exact", "ratio", "percent", "money", "date", "p", "blank"
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: key, heading, how its values are written; ``blank`` is for people to fill."""

    key: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Chart:
    """A chart of a table: bars of a column, cumulative shares or lines over it, or a radar."""

    kind: Literal["pareto", "bars", "lines", "radar"]
    title: str
    category: str
    series: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of one step.

    Attributes:
        key: unique within the circle.
        title: heading.
        columns: from left to right.
        rows: column key → value; what is missing is empty.
        query: id of the question that the numbers answer; empty where there are none.
        notes: sentences below.
        chart: drawn beside it, None without.
        choices: column key → the only values that people may enter there.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[dict[str, Any]]
    query: str = ""
    notes: tuple[str, ...] = ()
    chart: Chart | None = None
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One of the ten steps; ``fields`` are texts that people must write."""

    number: int
    title: str
    tables: tuple[Table, ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Circle:
    """The whole report: what it is about and its steps.

    ``signers``: who signs the cover, in the report's language; a circle's own three without any.
    """

    title: str
    scope: str
    start: date
    end: date
    steps: tuple[Step, ...]
    signers: tuple[str, ...] = ()


class Words:
    """Picks the language: ``words("主题", "topic")``."""

    def __init__(self, lang: str) -> None:
        """Remember the language."""
        self.lang = lang

    def __call__(self, zh: str, en: str) -> str:
        """Return the Chinese text, or the English one."""
        return en if self.lang == "en" else zh
