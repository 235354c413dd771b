"""The tree of causes and how a day and a year are divided → `core.rule_*` tables.

Holds the translation only; what a cause means is in `config`, what is counted in `assets/core`.
"""

from collections.abc import Callable
from typing import Any

import duckdb

from config.rule_base import Label
from config.rules import Rules

_NOTHING = (None, None)


def create(con: duckdb.DuckDBPyConnection, rules: Rules, table: Callable[..., Any]) -> None:
    """(Re)create `core.rule_causes`, `rule_cause_terms`, `rule_hours` and `rule_months`."""
    table(
        con,
        "rule_causes",
        "cause_code text, cause_category text, mechanism text, question_zh text, "
        "question_en text, owner_zh text, owner_en text, sort_order integer",
        [
            (code, cause.category, cause.mechanism, *_both(cause.question), *_both(cause.owner), at)
            for at, (code, cause) in enumerate(rules.taxonomy.causes.items())
        ],
    )
    terms = rules.thresholds.causes
    table(
        con,
        "rule_cause_terms",
        "sequence_days integer, relevant_ratio decimal(5, 4), maturity_days integer, "
        "baseline_days integer, watch_days integer",
        [
            (terms.sequence_days, terms.relevant_ratio, terms.maturity_days, terms.baseline_days,
             terms.watch_days)
        ],
    )  # fmt: skip
    table(con, "rule_hours", "hour integer, shift text, shift_hours integer",
          [(hour, code, len(shift.hours)) for code, shift in terms.shifts.items()
           for hour in shift.hours])  # fmt: skip
    seasons = [(month, code) for code, months in terms.seasons.items() for month in months]
    table(con, "rule_months", "month integer, season text", seasons)


def _both(label: Label | None) -> tuple[str | None, str | None]:
    return (label.zh, label.en) if label else _NOTHING
