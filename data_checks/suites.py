"""What a single row must satisfy, as plain data: one list of rules for each canonical table.

Holds the rules on the contents of one row: ranges, order of pairs, lengths, patterns and lists that
depend on another column. Add a rule here when one row alone shows the mistake. Types, required
columns and plain value lists are the contract's own business and are refused by the pull; rules
across rows or tables are SQL files in ``data_checks/sql``. This module never imports Great
Expectations: definitions and documents read it without paying for that import.

A ``critical`` rule sends the row into quarantine; a ``warning`` is counted and shown, the row
stays. Events out of order are neither: they are kept, and flagged in ``core``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from assets.sources.contract import PAUSE_REASONS, TRANSFER_REASONS

Severity = Literal["critical", "warning"]
Condition = tuple[str, Literal["==", "!="], str]

# Stands in a rule for "one day after the snapshot's as-of": a clock may run ahead, not for long.
AS_OF_PLUS_DAY = "as_of + 1 day"

EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001 - instants are naive UTC in the warehouse
# The most characters a cell of a workbook holds.
LONGEST_TEXT = 32_767
# No white space at either end; \u3000 is the full-width space of Chinese input methods.
_TRIMMED = r"^[^\s\u3000](?:[\s\S]*[^\s\u3000])?\Z"


@dataclass(frozen=True)
class Rule:
    """One expectation on one table.

    Attributes:
        table: canonical table.
        name: unique within the table; part of the quarantine's reason and of the check's metadata.
        expectation: class name in ``great_expectations.expectations``.
        kwargs: its arguments; ``AS_OF_PLUS_DAY`` is replaced when the suite is run.
        severity: ``critical`` quarantines the row, ``warning`` only counts it.
        zh: the rule in Chinese, as a person in the department would say it.
        en: the same in English.
        where: the rows it applies to, as (column, ``==`` or ``!=``, value); None is every row.
    """

    table: str
    name: str
    expectation: str
    severity: Severity
    zh: str
    en: str
    kwargs: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    where: Condition | None = None


def _not_negative(table: str, *columns: str, where: Condition | None = None) -> list[Rule]:
    return [
        Rule(
            table,
            f"{column}_not_negative",
            "ExpectColumnValuesToBeBetween",
            "critical",
            f"{column} 不得为负数",
            f"{column} must not be negative",
            {"column": column, "min_value": 0},
            where,
        )
        for column in columns
    ]


def _trimmed(table: str, *columns: str) -> list[Rule]:
    return [
        Rule(
            table,
            f"{column}_trimmed",
            "ExpectColumnValuesToMatchRegex",
            "critical",
            f"{column} 首尾不得有空格",
            f"{column} must not begin or end with white space",
            {"column": column, "regex": _TRIMMED},
        )
        for column in columns
    ]


def _text_fits(table: str, *columns: str) -> list[Rule]:
    return [
        Rule(
            table,
            f"{column}_length",
            "ExpectColumnValueLengthsToBeBetween",
            "warning",
            f"{column} 超过 {LONGEST_TEXT} 个字符,工作簿中会被截断",
            f"{column} is longer than {LONGEST_TEXT} characters and is cut in workbooks",
            {"column": column, "max_value": LONGEST_TEXT},
        )
        for column in columns
    ]


def _in_time(table: str, column: str) -> Rule:
    return Rule(
        table,
        f"{column}_in_range",
        "ExpectColumnValuesToBeBetween",
        "critical",
        f"{column} 须在 2000 年之后,且不晚于数据时点后一天",
        f"{column} must lie between 2000 and one day after the data's as-of",
        {"column": column, "min_value": EARLIEST, "max_value": AS_OF_PLUS_DAY},
    )


def _in_order(table: str, early: str, late: str, severity: Severity) -> Rule:
    return Rule(
        table,
        f"{late}_not_before_{early}",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        severity,
        f"{late} 早于 {early}",
        f"{late} lies before {early}",
        {
            "column_A": late,
            "column_B": early,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
    )


def _reason(event: str, allowed: tuple[str, ...], zh: str) -> Rule:
    return Rule(
        "ticket_events",
        f"{event}_reason_in_list",
        "ExpectColumnValuesToBeInSet",
        "critical",
        f"{zh}原因 reason_code 只能是:{'、'.join(allowed)}",
        f"reason_code of a {event} event must be one of {', '.join(allowed)}",
        {"column": "reason_code", "value_set": list(allowed)},
        ("type", "==", event),
    )


def _between(table: str, column: str, low: int, high: int, severity: Severity) -> Rule:
    return Rule(
        table,
        f"{column}_in_range",
        "ExpectColumnValuesToBeBetween",
        severity,
        f"{column} 须在 {low} 与 {high} 之间",
        f"{column} must lie between {low} and {high}",
        {"column": column, "min_value": low, "max_value": high},
    )


def _grades() -> list[Rule]:
    columns = ("response_speed", "professionalism", "communication", "overall")
    return [
        *_not_negative("ratings", *columns),
        _between("ratings", "scale_max", 1, 100, "critical"),
        *(_in_order("ratings", column, "scale_max", "critical") for column in columns),
    ]


RULES: tuple[Rule, ...] = (
    _in_time("tickets", "reported_at"),
    *_trimmed("tickets", "ticket_id", "asset_id", "department_id", "fault_family_code"),
    *_text_fits("tickets", "title", "description", "resolution_text"),
    _in_time("ticket_events", "at"),
    *_trimmed("ticket_events", "event_id", "ticket_id", "engineer_id"),
    _reason("paused", PAUSE_REASONS, "暂停"),
    _reason("transferred", TRANSFER_REASONS, "转派"),
    *_text_fits("ticket_events", "note"),
    *_trimmed("assets", "asset_id", "department_id", "model"),
    *_not_negative("assets", "purchase_cny", "useful_life_years"),
    _in_order("assets", "accepted_on", "retired_on", "critical"),
    _in_order("assets", "purchased_on", "warranty_until", "warning"),
    *_trimmed("asset_states", "asset_id"),
    _in_order("asset_states", "valid_from", "valid_to", "critical"),
    *_trimmed("parts", "part_id"),
    *_not_negative("parts", "unit_price_cny", "min_stock"),
    _in_time("stock_moves", "at"),
    *_trimmed("stock_moves", "move_id", "part_id", "store_id"),
    *_not_negative("stock_moves", "unit_price_cny"),
    *_not_negative("stock_moves", "quantity", where=("kind", "!=", "adjust")),
    *_trimmed("ticket_costs", "cost_id", "ticket_id"),
    *_not_negative("ticket_costs", "quantity", "unit_price_cny", "amount_cny", "tax_cny"),
    _in_time("calls", "at"),
    _in_order("calls", "at", "answered_at", "critical"),
    _in_order("calls", "at", "ended_at", "critical"),
    *_trimmed("ratings", "rating_id", "ticket_id"),
    *_grades(),
    _in_order("ratings", "asked_at", "rated_at", "warning"),
)


def rules_of(table: str) -> tuple[Rule, ...]:
    """Return the rules of one canonical table, in the order they are listed."""
    return tuple(rule for rule in RULES if rule.table == table)


def tables_with_rules() -> tuple[str, ...]:
    """Return the canonical tables that have a suite, in the order they are listed."""
    return tuple(dict.fromkeys(rule.table for rule in RULES))
