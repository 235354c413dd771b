"""Rules across rows or tables: SQL files that return the bad rows.

Holds how such a file is read and counted. A file is named ``<table>__<rule>.sql``; its leading
``-- `` lines are YAML (table, severity, zh, en), the rest is one SELECT over ``raw`` that yields
the key of every bad row. ``critical`` stops publication, ``warning`` is shown. Rules that one row
alone can break belong in ``suites``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import yaml

from data_checks.suites import Severity
from data_checks.validate import RuleResult

_FOLDER = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class RowRule:
    """One SQL rule: the table it is shown under, its words and its SELECT."""

    table: str
    name: str
    severity: Severity
    zh: str
    en: str
    sql: str


def parse(path: Path) -> RowRule:
    """Read one rule file.

    Raises:
        ValueError: the header lacks a field, names an unknown severity or another table than the
            file's name does.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    size = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    header = yaml.safe_load("\n".join(line[3:] for line in lines[:size])) or {}
    table, _, name = path.stem.partition("__")
    if set(header) != {"table", "severity", "zh", "en"} or header["table"] != table or not name:
        raise ValueError(f"{path.name}: header must give table ({table}), severity, zh and en")
    if header["severity"] not in ("critical", "warning"):
        raise ValueError(f"{path.name}: severity must be critical or warning")
    return RowRule(
        table=table,
        name=name,
        severity=header["severity"],
        zh=header["zh"],
        en=header["en"],
        sql="\n".join(lines[size:]).strip(),
    )


@cache
def row_rules() -> tuple[RowRule, ...]:
    """Return every SQL rule, ordered by file name."""
    return tuple(parse(path) for path in sorted(_FOLDER.glob("*.sql")))


def count_bad_rows(
    con: duckdb.DuckDBPyConnection, rules: Iterable[RowRule] | None = None
) -> list[RuleResult]:
    """Run the rules on a warehouse and count the rows that each one returns.

    Args:
        con: a warehouse with its ``raw`` tables.
        rules: the rules to run; all of them unless told otherwise.

    Returns:
        One result per rule; ``checked`` is the number of rows of the rule's table.
    """
    results = []
    for rule in row_rules() if rules is None else rules:
        failed = _count(con, f"select count(*) from ({rule.sql})")
        checked = _count(con, f"select count(*) from raw.{rule.table}")
        results.append(
            RuleResult(rule.table, rule.name, rule.severity, checked, failed, rule.zh, rule.en)
        )
    return results


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
