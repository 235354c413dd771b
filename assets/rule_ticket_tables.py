"""The rules that a ticket keeps from its report → `core.rule_*` tables with their spans of time.

Holds SLA targets, urgencies, pause policies, evidence and duties: every row says from when until
when, in the hospital's local time, it counts. Rules of the run as a whole are in `rule_tables`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import duckdb

from config.rule_base import REST
from config.rule_models import TicketCondition
from config.rule_versions import FOR_EVER
from config.rules import Rules

Create = Callable[[duckdb.DuckDBPyConnection, str, str, Iterable[Sequence[Any]]], None]

_SPAN = "effective_from timestamp, effective_until timestamp, "
_SECONDS_PER_MINUTE = 60
_SECONDS_PER_HOUR = 3600
# Conditions that list values, and those that are true, false or not asked.
_LISTS = (
    "fault_groups", "fault_families", "work_classes", "priorities", "urgencies",
    "service_impacts", "asset_classes",
)  # fmt: skip
_FLAGS = ("is_sensitive_area", "prefers_onsite", "is_reopened", "is_sent_to_vendor")


def create(con: duckdb.DuckDBPyConnection, rules: Rules, create_table: Create) -> None:
    """(Re)create the tables of versioned rules with the caller's ``create_table``."""
    _create_sla(con, rules, create_table)
    _create_pauses(con, rules, create_table)
    _create_duties(con, rules, create_table)


def _create_sla(con: duckdb.DuckDBPyConnection, rules: Rules, create_table: Create) -> None:
    create_table(
        con,
        "rule_sla_targets",
        f"{_SPAN}clock text, urgency text, fault_group text, specificity integer, "
        "target_seconds bigint, calendar_id text",
        [
            (
                row.effective_from,
                row.effective_until or FOR_EVER,
                row.clock,
                row.urgency,
                row.group,
                2 * (row.urgency != REST) + (row.group != REST),
                row.target_minutes * _SECONDS_PER_MINUTE,
                row.calendar_id,
            )
            for row in rules.sla.rows()
        ],
    )
    create_table(
        con,
        "rule_urgency_of_priority",
        f"{_SPAN}priority text, urgency text",
        list(rules.sla.urgencies()),
    )


def _create_pauses(con: duckdb.DuckDBPyConnection, rules: Rules, create_table: Create) -> None:
    spans = list(rules.pause_versions.spans())
    create_table(
        con,
        "rule_pause_policy",
        f"{_SPAN}clock text, reason_code text, cap_seconds bigint, needs_evidence boolean",
        [
            (
                start,
                end,
                clock,
                reason,
                None if rule.cap_hours is None else int(rule.cap_hours * _SECONDS_PER_HOUR),
                rule.evidence_required,
            )
            for version, start, end in spans
            for clock, reasons in version.content.clocks.items()
            for reason, rule in reasons.items()
        ],
    )
    create_table(
        con,
        "rule_evidence_events",
        f"{_SPAN}type text",
        [
            (start, end, name)
            for version, start, end in spans
            for name in version.content.evidence.event_types
        ],
    )
    create_table(
        con,
        "rule_call_evidence",
        _SPAN.removesuffix(", "),
        [(a, b) for version, a, b in spans if version.content.evidence.is_call_evidence],
    )


def _create_duties(con: duckdb.DuckDBPyConnection, rules: Rules, create_table: Create) -> None:
    spans = list(rules.duty_versions.spans())
    rows: list[Sequence[Any]] = []
    for version, start, end in spans:
        duties = version.content
        rows += [
            _duty_row(start, end, "visit", (position, code, rule.duty), rule)
            for position, (code, rule) in enumerate(duties.visit.rules.items())
        ]
        rows += [
            _duty_row(start, end, "loaner", (position, code, "required"), rule)
            for position, (code, rule) in enumerate(duties.loaner.rules.items())
        ]
    create_table(
        con,
        "rule_duties",
        f"{_SPAN}kind text, position integer, rule_id text, duty text, "
        + "".join(f"{name} text[], " for name in _LISTS)
        + "".join(f"{name} boolean, " for name in _FLAGS)
        + "repeat_within_days integer",
        rows,
    )
    create_table(
        con,
        "rule_visit_default",
        f"{_SPAN}duty text",
        [(start, end, version.content.visit.default) for version, start, end in spans],
    )


def _duty_row(
    start: datetime, end: datetime, kind: str, named: tuple[int, str, str], rule: TicketCondition
) -> Sequence[Any]:
    lists = [getattr(rule, name) for name in _LISTS]
    return (
        start,
        end,
        kind,
        *named,
        *(None if values is None else list(values) for values in lists),
        *(getattr(rule, name) for name in _FLAGS),
        rule.repeat_within_days,
    )
