"""The shape of a rule on single rows, and the words for those that many tables share.

Holds ``Rule`` and its constructors. Which table has which rules stands in the ``suites_*`` modules;
running them is in ``validate``. This module never imports Great Expectations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

Severity = Literal["critical", "warning"]
# What a rule speaks of: values allowed; values there; parts that agree; one row per thing; in time.
Aspect = Literal["valid", "complete", "consistent", "unique", "timely"]
Condition = tuple[str, Literal["==", "!="], str]

# Stands in a rule for "one day after the snapshot's as-of": a clock may run ahead, not for long.
AS_OF_PLUS_DAY = "as_of + 1 day"

EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001 - instants are naive UTC in the warehouse
# Before this no device in use was made and nobody at work was hired; after that nothing is planned.
FIRST_DAY = datetime(1950, 1, 1)  # noqa: DTZ001 - days have no zone
LAST_DAY = datetime(2100, 1, 1)  # noqa: DTZ001
# The most characters a cell of a workbook holds.
LONGEST_TEXT = 32_767
# No white space at either end; \u3000 is the full-width space of Chinese input methods.
_TRIMMED = r"^[^\s\u3000](?:[\s\S]*[^\s\u3000])?\Z"
_MONTH = r"^20\d{2}-(?:0[1-9]|1[0-2])\Z"


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
        aspect: the part of the data-quality score it counts in.
    """

    table: str
    name: str
    expectation: str
    severity: Severity
    zh: str
    en: str
    kwargs: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    where: Condition | None = None
    aspect: Aspect = "valid"


def not_negative(
    table: str, *columns: str, where: Condition | None = None, severity: Severity = "critical"
) -> list[Rule]:
    """Return the rules that amounts and counts are zero or more."""
    return [
        Rule(
            table,
            f"{column}_not_negative",
            "ExpectColumnValuesToBeBetween",
            severity,
            f"{column} 不得为负数",
            f"{column} must not be negative",
            {"column": column, "min_value": 0},
            where,
        )
        for column in columns
    ]


def trimmed(table: str, *columns: str) -> list[Rule]:
    """Return the rules that codes have no white space at their ends: they would match nothing."""
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


def text_fits(table: str, *columns: str) -> list[Rule]:
    """Return the rules that a text fits into a cell of a workbook."""
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


def filled(table: str, *columns: str) -> list[Rule]:
    """Return the rules that a value is there which the numbers need; the row stays without it."""
    return [
        Rule(
            table,
            f"{column}_filled",
            "ExpectColumnValuesToNotBeNull",
            "warning",
            f"{column} 未填",
            f"{column} is not given",
            {"column": column},
            aspect="complete",
        )
        for column in columns
    ]


def in_time(table: str, *columns: str) -> list[Rule]:
    """Return the rules that something that happened did so after 2000 and not after tomorrow."""
    return [
        Rule(
            table,
            f"{column}_in_range",
            "ExpectColumnValuesToBeBetween",
            "critical",
            f"{column} 须在 2000 年之后,且不晚于数据时点后一天",
            f"{column} must lie between 2000 and one day after the data's as-of",
            {"column": column, "min_value": EARLIEST, "max_value": AS_OF_PLUS_DAY},
        )
        for column in columns
    ]


def plausible_day(table: str, *columns: str, is_past: bool = False) -> list[Rule]:
    """Return the rules that a day is one that people plan with, or one that has come already."""
    until = AS_OF_PLUS_DAY if is_past else LAST_DAY
    limit = ("不晚于数据时点后一天", "one day after the data's as-of")
    zh, en = limit if is_past else ("不晚于 2100 年", "2100")
    return [
        Rule(
            table,
            f"{column}_plausible",
            "ExpectColumnValuesToBeBetween",
            "warning",
            f"{column} 须在 1950 年之后,且{zh}",
            f"{column} must lie between 1950 and {en}",
            {"column": column, "min_value": FIRST_DAY, "max_value": until},
        )
        for column in columns
    ]


def in_order(table: str, early: str, late: str, severity: Severity) -> Rule:
    """Return the rule that one value of a row is not below another."""
    is_time = late.endswith(("_at", "_on", "_to", "_until"))
    return Rule(
        table,
        f"{late}_not_before_{early}",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        severity,
        f"{late} 早于 {early}" if is_time else f"{late} 小于 {early}",
        f"{late} lies before {early}" if is_time else f"{late} is less than {early}",
        {
            "column_A": late,
            "column_B": early,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
        aspect="consistent",
    )


def between(
    table: str,
    column: str,
    low: int,
    high: int,
    severity: Severity,
    where: Condition | None = None,
) -> Rule:
    """Return the rule that a number lies within a range, its ends included."""
    return Rule(
        table,
        f"{column}_in_range",
        "ExpectColumnValuesToBeBetween",
        severity,
        f"{column} 须在 {low} 与 {high} 之间",
        f"{column} must lie between {low} and {high}",
        {"column": column, "min_value": low, "max_value": high},
        where,
    )


def one_of(
    table: str,
    column: str,
    allowed: tuple[str, ...],
    severity: Severity,
    where: Condition | None = None,
) -> Rule:
    """Return the rule that a text is one of a set."""
    prefix = f"{where[2]}_{column}" if where else column
    scope = f"{where[0]} 为 {where[2]} 时," if where else ""
    return Rule(
        table,
        f"{prefix}_in_list",
        "ExpectColumnValuesToBeInSet",
        severity,
        f"{scope}{column} 只能是:{'、'.join(allowed)}",
        f"{column} must be one of {', '.join(allowed)}",
        {"column": column, "value_set": list(allowed)},
        where,
    )


def month(table: str, column: str = "month") -> Rule:
    """Return the rule that a month is written 2026-03."""
    return Rule(
        table,
        f"{column}_written",
        "ExpectColumnValuesToMatchRegex",
        "critical",
        f"{column} 须写成 2026-03 这样的年和月",
        f"{column} must be written like 2026-03",
        {"column": column, "regex": _MONTH},
    )
