"""Rules of flow and of units of work → `core.rule_flow` and `core.rule_priority_factors`.

Holds the translation of `thresholds.yml`, `flow`, into one row of seconds and counts. What the
rules do to tickets lives in `assets/core`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import duckdb

from config.rules import Rules

Create = Callable[[duckdb.DuckDBPyConnection, str, str, Iterable[Sequence[Any]]], None]
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_FACTOR = "decimal(5, 2)"


def create(con: duckdb.DuckDBPyConnection, rules: Rules, make: Create) -> None:
    """Lay down the tables; ``make`` creates one from its name, columns and rows."""
    flow = rules.thresholds.flow
    units = flow.work_units
    row = {
        "auto_accept_seconds bigint": flow.auto_accept_seconds,
        "idle_after_accept_seconds bigint": flow.idle_after_accept_minutes * _MINUTE,
        "first_fix_seconds bigint": flow.first_fix_days * _DAY,
        "shadow_reopen_seconds bigint": flow.shadow_reopen_hours * _HOUR,
        "handover_seconds bigint": flow.handover_hours * _HOUR,
        "observation_seconds bigint": flow.observation_days * _DAY,
        "baseline_seconds bigint": flow.baseline_days * _DAY,
        "observation_days bigint": flow.observation_days,
        "baseline_days bigint": flow.baseline_days,
        "parked_seconds bigint": flow.parked_minutes * _MINUTE,
        "pressed_seconds bigint": flow.pressed_minutes * _MINUTE,
        "batched_seconds bigint": flow.batched_seconds,
        "band_low_share decimal(5, 4)": flow.utilisation_band[0],
        "band_high_share decimal(5, 4)": flow.utilisation_band[1],
        "overload_share decimal(5, 4)": flow.overload_share,
        "strain_days bigint": flow.strain.days,
        "strain_off_hours_share decimal(5, 4)": flow.strain.off_hours_share,
        "strain_overtime_share decimal(5, 4)": flow.strain.overtime_share,
        f"strain_held_ratio {_FACTOR}": flow.strain.held_ratio,
        "strain_run_days bigint": flow.strain.run_days,
        "strain_warning_signs bigint": flow.strain.warning_signs,
        "similar_days bigint": flow.similar_days,
        "min_similar bigint": flow.min_similar,
        "capacity_days bigint": flow.capacity_days,
        "min_cell_tickets bigint": units.min_cell_tickets,
        "pull_tickets bigint": units.pull_tickets,
        f"unit_floor {_FACTOR}": units.floor,
        f"unit_cap {_FACTOR}": units.cap,
        f"consumable_cap {_FACTOR}": units.consumable_cap,
        f"visit_factor {_FACTOR}": units.visit_factor,
        f"off_hours_factor {_FACTOR}": units.off_hours_factor,
        "off_hours_calendar_id text": units.off_hours_calendar,
    }
    make(con, "rule_flow", ", ".join(row), [tuple(row.values())])
    make(con, "rule_priority_factors", f"priority text, factor {_FACTOR}",
         sorted(units.priority_factors.items()))  # fmt: skip
