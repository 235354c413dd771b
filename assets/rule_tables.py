"""Rules → `core.rule_*` tables and `core.run_context`, so that the SQL models can join them.

Holds only the translation of `config.rules` into rows; what a rule means is in `config`, what it
does to tickets in `assets/core`. Calendars are in `rule_calendars`, what a ticket keeps from its
report in `rule_ticket_tables`. Add a table here when a model needs a rule it cannot see yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from assets import (
    rule_bounds,
    rule_calendars,
    rule_causes,
    rule_costs,
    rule_flow,
    rule_recurrence,
    rule_score,
    rule_targets,
    rule_ticket_tables,
)
from config.rules import Rules
from config.settings import Settings

_OPEN_END_DAYS = 365_250
_SECONDS_PER_MINUTE = 60
_SECONDS_PER_HOUR = 3600
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class RunContext:
    """The models' only clock and who they compute for.

    Attributes:
        as_of: UTC, naive; ages, censoring and "today" use it.
        is_demo: every surface says 「演示数据」.
        data_from_at: UTC; where exposure starts if that is earlier than the first report seen.
    """

    as_of: datetime
    is_demo: bool
    data_from_at: datetime | None = None


def _create(
    con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Iterable[Sequence[Any]]
) -> None:
    con.execute(f"create or replace table core.{name} ({columns})")
    values = list(rows)
    if values:
        marks = ", ".join([f"({', '.join('?' * len(values[0]))})"] * len(values))
        con.execute(
            f"insert into core.{name} values {marks}", [cell for row in values for cell in row]
        )


def _create_taxonomy(con: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    taxonomy = rules.taxonomy
    _create(
        con,
        "rule_fault_families",
        "fault_family_code text, fault_group text, service_impact text, is_consumable boolean",
        [
            (code, family.group, family.default_service_impact, family.is_consumable)
            for code, family in taxonomy.families.items()
        ],
    )
    _create(con, "rule_unspecific_families", "fault_family_code text",
            [(code,) for code in rules.texts.unspecific])  # fmt: skip
    _create(con, "rule_failure_work_classes", "work_class text",
            [(name,) for name in taxonomy.failure.work_classes])  # fmt: skip
    _create(con, "rule_planned_work_classes", "work_class text",
            [(name,) for name in taxonomy.failure.planned_work_classes])  # fmt: skip
    excluded = set(taxonomy.failure.excluded_outcomes)
    _create(
        con,
        "rule_excluded_outcomes",
        "outcome_code text, is_no_failure boolean, is_not_inherent boolean",
        [
            (code, code in excluded, True)
            for code in sorted(excluded | set(taxonomy.failure.inherent_excluded_outcomes))
        ],
    )


def _create_thresholds(con: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    limits = rules.thresholds
    _create(
        con,
        "rule_thresholds",
        "common_cause_window_seconds bigint, common_cause_min_tickets bigint, "
        "completion_grace_days bigint, degraded_weight_pct bigint, "
        "inherent_excludes_consumable boolean, forgotten_working_seconds bigint, "
        "forgotten_calendar_id text, due_soon_share decimal(5, 4)",
        [
            (
                limits.common_cause.window_minutes * _SECONDS_PER_MINUTE,
                limits.common_cause.min_tickets,
                limits.completion_grace_days,
                int(limits.degraded_weight * 100),
                rules.taxonomy.failure.inherent_excludes_consumable,
                limits.forgotten_working_hours * _SECONDS_PER_HOUR,
                limits.forgotten_calendar,
                limits.due_soon_share,
            )
        ],
    )
    _create(con, "rule_planned_calendars", "asset_class text, calendar_id text",
            sorted(limits.planned_calendars.items()))  # fmt: skip
    _create(con, "rule_criticality_weights", "criticality text, weight decimal(6, 2)",
            sorted(limits.criticality_weights.items()))  # fmt: skip
    _create(
        con,
        "rule_age_cohorts",
        "age_cohort text, from_days integer, to_days integer",
        [
            (
                code,
                # a device used before its acceptance date belongs to the youngest cohort
                round(band.from_years * _DAYS_PER_YEAR) if band.from_years else -_OPEN_END_DAYS,
                _OPEN_END_DAYS if band.to_years is None else round(band.to_years * _DAYS_PER_YEAR),
            )
            for code, band in limits.cohorts.items()
        ],
    )
    _create(
        con,
        "rule_age_buckets",
        "age_bucket text, from_seconds bigint, to_seconds bigint, sort_order integer",
        [
            (
                code,
                band.from_hours * _SECONDS_PER_HOUR,
                None if band.to_hours is None else band.to_hours * _SECONDS_PER_HOUR,
                position,
            )
            for position, (code, band) in enumerate(limits.backlog_age_buckets.items())
        ],
    )


def load(
    con: duckdb.DuckDBPyConnection, rules: Rules, settings: Settings, context: RunContext
) -> None:
    """(Re)create every `core.rule_*` table and `core.run_context`, inside the caller's transaction.

    Args:
        con: a warehouse (or in-memory) connection with the macros installed.
        rules: the rules in force.
        settings: hospital's name and zone.
        context: as-of and whether the source is the demo.
    """
    con.execute("create schema if not exists core")
    zone = settings.timezone
    local = context.as_of.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone))
    as_of_on = local.date()
    # what is not the ticket's own is read as it stands at as-of
    rules = rules.on(local.replace(tzinfo=None))
    _create(
        con,
        "run_context",
        "as_of timestamp, as_of_on date, timezone text, is_demo boolean, hospital_name text, "
        "department_name text, rules_version text, rules_fingerprint text, data_from_at timestamp, "
        "min_events bigint, min_denominator bigint",
        [
            (
                context.as_of,
                as_of_on,
                zone,
                context.is_demo,
                settings.hospital_name,
                settings.department_name,
                rules.version,
                rules.fingerprint,
                context.data_from_at,
                rules.thresholds.min_events,
                rules.thresholds.min_denominator,
            )
        ],
    )
    rule_calendars.create(con, rules, zone, as_of_on)
    rule_ticket_tables.create(con, rules, _create)
    _create_taxonomy(con, rules)
    _create_thresholds(con, rules)
    rule_bounds.create(con)
    rule_costs.create(con, rules, _create)
    rule_flow.create(con, rules, _create)
    rule_recurrence.create(con, rules, _create)
    rule_score.create(con, rules, _create)
    rule_causes.create(con, rules, _create)
    rule_targets.create(con, rules, _create)
    _create(
        con,
        "rule_labels",
        "kind text, code text, zh text, en text, sort_order integer",
        [
            (kind, code, label.zh, label.en, position)
            for kind, codes in rules.labels.items()
            for position, (code, label) in enumerate(codes.items())
        ],
    )
