"""Rules of repeated faults → `core.rule_recurrence`.

Holds the translation of `thresholds.yml`, `recurrence`, into one row of seconds. What the rules do
to failures lives in `assets/core`; what chance would give, in `analysis.recurrence`.
"""

import duckdb

from assets.rule_costs import Create
from config.rules import Rules

_DAY = 86_400


def create(con: duckdb.DuckDBPyConnection, rules: Rules, make: Create) -> None:
    """Lay down the table; ``make`` creates one from its name, columns and rows."""
    rule = rules.thresholds.recurrence
    windows = rule.windows_days
    row = {
        "short_seconds bigint": windows.short * _DAY,
        "medium_seconds bigint": windows.medium * _DAY,
        "long_seconds bigint": windows.long * _DAY,
        "silent_seconds bigint": rule.silent_days * _DAY,
        # how far after a restoration anybody looks
        "watched_seconds bigint": max(windows.long, rule.silent_days) * _DAY,
        "swap_seconds bigint": rule.swap_days * _DAY,
        "fleet_min_devices bigint": rule.fleet_min_devices,
        "false_discovery_rate decimal(5, 4)": rule.false_discovery_rate,
    }
    make(con, "rule_recurrence", ", ".join(row), [tuple(row.values())])
