"""The laws of the numbers: what must add up whatever the data, or nothing is published.

Holds how a law's file is read, run and put in words. A law is ``sql/law__<name>.sql``: its leading
``-- `` lines give ``zh`` and ``en``, the rest is one SELECT over ``core`` and ``kpi`` that returns
what breaks it, the two sides in the last columns. ``sql/law_steps.sql`` lays down what several laws
read. A law compares two ways to one figure; dirty data bend both alike, so a broken law is a
mistake in the models (or a table that was tampered with), never the hospital's. Rules on what the
source delivers are in ``suites`` and ``row_rules``, the balances of a load in ``balances``.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from config.plain_yaml import headed

_FOLDER = Path(__file__).parent / "sql"
_STEPS = "law_steps"


@dataclass(frozen=True)
class Law:
    """One law: its name, its words and the SELECT that returns what breaks it."""

    name: str
    zh: str
    en: str
    sql: str


@dataclass(frozen=True)
class Breach:
    """A law that does not hold: how many rows break it, and the first of them by column."""

    law: Law
    count: int
    first: dict[str, Any]

    def sentence(self) -> str:
        """Return what is told to people: the law, how often, and one example with both sides."""
        example = "，".join(f"{name} {value}" for name, value in self.first.items())
        return f"守恒律「{self.law.zh}」不成立:{self.count} 处,例如 {example}"


def _parse(path: Path) -> Law:
    header, sql = headed(path)
    name = path.stem.removeprefix("law__")
    return Law(name, header["zh"], header["en"], sql)


@cache
def laws() -> tuple[Law, ...]:
    """Return every law, ordered by name."""
    return tuple(_parse(path) for path in sorted(_FOLDER.glob("law__*.sql")))


def broken(con: duckdb.DuckDBPyConnection) -> list[Breach]:
    """Return the laws that do not hold in a warehouse; empty when the numbers add up.

    Args:
        con: a warehouse whose ``core`` and ``kpi`` are built; only a temporary table is written.
    """
    steps = _parse(_FOLDER / f"{_STEPS}.sql")
    con.execute(f"create or replace temp table {_STEPS} as {steps.sql}")
    try:
        return [breach for law in laws() if (breach := _breach(con, law))]
    finally:
        con.execute(f"drop table {_STEPS}")


def _breach(con: duckdb.DuckDBPyConnection, law: Law) -> Breach | None:
    cursor = con.execute(law.sql)
    names = [column[0] for column in cursor.description or []]
    rows = cursor.fetchall()
    return Breach(law, len(rows), dict(zip(names, rows[0], strict=True))) if rows else None
