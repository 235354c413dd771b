"""What a single row must satisfy, as plain data: one list of rules for each canonical table.

Holds the whole list. Add a rule in the ``suites_*`` module of its subject when one row alone shows
the mistake. Types, required columns and plain value lists are the contract's own business and are
refused by the pull; rules across rows or tables are SQL files in ``data_checks/sql``. These modules
never import Great Expectations: definitions and documents read them without paying for that import.

A ``critical`` rule sends the row into quarantine; a ``warning`` is counted and shown, the row
stays. Within a suite the order is: sets and ranges, values that must be there, order in the row,
what is merely implausible. Types are asked before any of them: see ``validate``.
"""

from data_checks import suites_assets, suites_office, suites_people, suites_tickets
from data_checks.rule import (
    AS_OF_PLUS_DAY,
    EARLIEST,
    LONGEST_TEXT,
    Aspect,
    Condition,
    Rule,
    Severity,
)

__all__ = [
    "AS_OF_PLUS_DAY",
    "EARLIEST",
    "LONGEST_TEXT",
    "RULES",
    "Aspect",
    "Condition",
    "Rule",
    "Severity",
    "rules_of",
    "tables_with_rules",
]

RULES: tuple[Rule, ...] = (
    *suites_people.RULES,
    *suites_assets.RULES,
    *suites_tickets.RULES,
    *suites_office.RULES,
)


def rules_of(table: str) -> tuple[Rule, ...]:
    """Return the rules of one canonical table, in the order they are listed."""
    return tuple(rule for rule in RULES if rule.table == table)


def tables_with_rules() -> tuple[str, ...]:
    """Return the canonical tables that have a suite, in the order they are listed."""
    return tuple(dict.fromkeys(rule.table for rule in RULES))
