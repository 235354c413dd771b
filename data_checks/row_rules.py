"""Rules across rows or tables: SQL files that return the bad rows.

Holds how such a file is read and counted. A file is named ``<table>__<rule>.sql``; its leading
``-- `` lines are YAML, the rest is one SELECT over ``raw`` that yields the key of every bad row:

- ``table``, ``severity``, ``aspect``, ``zh``, ``en``: as of a rule on single rows; ``critical``
  stops publication, ``warning`` is shown;
- ``tolerance`` (optional): share of failing rows above which KPIs on the table are 不可信;
- ``counts`` (optional): what the bad rows are a part of; ``rows`` of the table (the rule), or
  ``once``: the rule says one thing about the whole table.

``this_load`` (one row: ``as_of``, ``load_id``, ``timezone``) is the only clock; the view
``stock_ledger`` (a file of its own) is shared by the rules on stock. Rules that one row alone can
break belong in ``suites``, references in ``references``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import get_args

import duckdb

from config.plain_yaml import headed
from data_checks.results import RuleResult
from data_checks.rule import Aspect, Severity

_FOLDER = Path(__file__).parent / "sql"
_NEEDED = {"table", "severity", "aspect", "zh", "en"}
_OPTIONAL = {"tolerance", "counts"}


@dataclass(frozen=True)
class RowRule:
    """One SQL rule: the table it is shown under, its words and its SELECT."""

    table: str
    name: str
    severity: Severity
    aspect: Aspect
    zh: str
    en: str
    sql: str
    tolerance: float | None = None
    is_counted_once: bool = False


@dataclass(frozen=True)
class Moment:
    """The load that is looked at: its as-of (UTC, naive), its number, the hospital's zone."""

    as_of: datetime
    load_id: int
    timezone: str


def parse(path: Path) -> RowRule:
    """Read one rule file.

    Raises:
        ValueError: the header lacks a field, has one more, names an unknown severity or aspect, or
            another table than the file's name does.
    """
    header, sql = headed(path)
    table, _, name = path.stem.partition("__")
    if (
        not set(header) >= _NEEDED
        or not set(header) <= _NEEDED | _OPTIONAL
        or header["table"] != table
        or not name
    ):
        raise ValueError(f"{path.name}: header must give table ({table}), {', '.join(_NEEDED)}")
    if header["severity"] not in get_args(Severity) or header["aspect"] not in get_args(Aspect):
        raise ValueError(f"{path.name}: severity or aspect is none of the known ones")
    if header.get("counts", "rows") not in ("rows", "once"):
        raise ValueError(f"{path.name}: counts must be rows or once")
    return RowRule(
        table=table,
        name=name,
        severity=header["severity"],
        aspect=header["aspect"],
        zh=header["zh"],
        en=header["en"],
        sql=sql,
        tolerance=header.get("tolerance"),
        is_counted_once=header.get("counts") == "once",
    )


@cache
def row_rules() -> tuple[RowRule, ...]:
    """Return every SQL rule, ordered by file name."""
    return tuple(parse(path) for path in sorted(_FOLDER.glob("*__*.sql")) if not _is_law(path))


def _is_law(path: Path) -> bool:
    """Tell a law of the numbers (see ``laws``) from a rule on the source's rows."""
    return path.stem.startswith("law__")


def set_moment(con: duckdb.DuckDBPyConnection, moment: Moment) -> None:
    """Lay down ``this_load``, the rules' only clock, and the view that several rules read."""
    con.execute(
        "create or replace temp table this_load as "
        "select $1::timestamp as as_of, $2::bigint as load_id, $3::text as timezone",
        [moment.as_of, moment.load_id, moment.timezone],
    )
    ledger = (_FOLDER / "stock_ledger.sql").read_text(encoding="utf-8")
    con.execute(f"create or replace temp view stock_ledger as {ledger}")


def count_bad_rows(
    con: duckdb.DuckDBPyConnection, moment: Moment, rules: Iterable[RowRule] | None = None
) -> list[RuleResult]:
    """Run the rules on a warehouse and count the rows that each one returns.

    Args:
        con: a warehouse with its ``raw`` tables.
        moment: of the load that is checked.
        rules: the rules to run; all of them unless told otherwise.

    Returns:
        One result per rule; ``checked`` is the number of living rows of the rule's table, or 1
        where the rule speaks of the table as a whole.
    """
    set_moment(con, moment)
    sizes: dict[str, int] = {}
    results = []
    for rule in row_rules() if rules is None else rules:
        if rule.table not in sizes:
            living = f"from raw.{rule.table} where not _is_deleted"
            sizes[rule.table] = _count(con, f"select count(*) {living}")
        failed = _count(con, f"select count(*) from ({rule.sql})")
        results.append(
            RuleResult(
                rule.table,
                rule.name,
                rule.severity,
                1 if rule.is_counted_once else sizes[rule.table],
                min(failed, 1) if rule.is_counted_once else failed,
                rule.zh,
                rule.en,
                rule.aspect,
                is_state=True,
                tolerance=rule.tolerance,
            )
        )
    return results


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
