"""Rules of credit and of repeats → `core.rule_score`, one row for each version of `score.yml`.

Holds the translation of shares into basis points and of days into seconds. A ticket keeps the
version that was in force at its report. Weights, floors and goals are applied where points are
made: `assets/score`.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from config.rules import Rules

Create = Callable[[duckdb.DuckDBPyConnection, str, str, Iterable[Sequence[Any]]], None]
_WHOLE_BP = 10_000
_DAY = 86_400


def _bp(share: Decimal) -> int:
    return int(share * _WHOLE_BP)


def create(con: duckdb.DuckDBPyConnection, rules: Rules, make: Create) -> None:
    """Lay down the table; ``make`` creates one from its name, columns and rows."""
    rows = []
    for version, start, end in rules.score_versions.spans():
        credit, quality = version.content.credit, version.content.quality
        (near, full), (far, less) = quality.decay
        row = {
            "effective_from timestamp": start,
            "effective_until timestamp": end,
            "vendor_bp bigint": _bp(credit.vendor),
            "triage_bp bigint": _bp(credit.triage),
            "previous_bp bigint": _bp(credit.previous_with_work),
            "first_repair_bp bigint": _bp(credit.first_repair),
            "helpers_bp bigint": _bp(credit.helpers),
            "resolver_least_bp bigint": _bp(credit.resolver_at_least),
            "effort_least_bp bigint": _bp(credit.effort_at_least),
            "held_back_bp bigint": _bp(credit.held_back),
            "held_back_seconds bigint": credit.held_back_days * _DAY,
            "near_seconds bigint": near * _DAY,
            "far_seconds bigint": far * _DAY,
            "near_penalty decimal(5, 4)": full,
            "far_penalty decimal(5, 4)": less,
            "reopen_seconds bigint": quality.reopen_days * _DAY,
            "late_pass_bp bigint": _bp(version.content.timeliness.late_pass),
            "is_confirmation_needed boolean": version.content.self_created.needs_confirmation,
        }
        rows.append(row)
    make(con, "rule_score", ", ".join(rows[0]), [tuple(row.values()) for row in rows])
