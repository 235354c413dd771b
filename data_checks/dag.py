"""The checks as Dagster asset checks: one for each table and severity.

Holds the mapping from rule results to check results, without logic of its own. The metadata hold
the name, the words and the counts of every expectation, never a value of a row. What is checked is
in ``suites``, ``row_rules`` and ``balances``; when it runs is decided by the pull's asset.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import dagster as dg
import duckdb

from assets.pull import PullReport, Rejection
from data_checks.balances import unbalanced
from data_checks.row_rules import RowRule, count_bad_rows, row_rules
from data_checks.suites import RULES, Rule, Severity
from data_checks.validate import RuleResult, validator

if TYPE_CHECKING:
    import pandas as pd

_BALANCES = dg.AssetCheckSpec(
    "balances",
    asset=dg.AssetKey(["raw", "loads"]),
    blocking=True,
    description="收支两平:拉取 + 放行 = 接受 + 未变 + 隔离;来源行数 = 现存 + 隔离。",
)


def check_specs() -> list[dg.AssetCheckSpec]:
    """Return the specs: the balances, then each table's critical and warning check."""
    pairs = {(rule.table, rule.severity): None for rule in _all_rules()}
    return [_BALANCES, *(_spec(table, severity) for table, severity in pairs)]


class LoadChecks:
    """The checks of one load: the pull's validator while it runs, every result afterwards."""

    def __init__(self, as_of: datetime) -> None:
        """Start the checks of a load whose moment is ``as_of`` (UTC, naive)."""
        self._suites = validator(as_of=as_of)

    def __call__(self, table: str, frame: "pd.DataFrame") -> list[Rejection]:
        """Check the changed rows of one table; see ``SuiteValidator``."""
        return self._suites(table, frame)

    def results(
        self, con: duckdb.DuckDBPyConnection, report: PullReport
    ) -> list[dg.AssetCheckResult]:
        """Return every check's outcome after the pull."""
        found = [*self._suites.results, *count_bad_rows(con)]
        # Dagster wants a word from every blocking check; a warning nobody looked for is left out.
        looked_at = {(result.table, result.severity) for result in found}
        pairs = {
            (rule.table, rule.severity): None
            for rule in _all_rules()
            if rule.severity == "critical" or (rule.table, rule.severity) in looked_at
        }
        return [
            _balance_result(unbalanced(con, report)),
            *(_table_result(table, severity, found) for table, severity in pairs),
        ]


def _all_rules() -> list[Rule | RowRule]:
    return [*RULES, *row_rules()]


def _spec(table: str, severity: Severity) -> dg.AssetCheckSpec:
    own = [rule for rule in _all_rules() if (rule.table, rule.severity) == (table, severity)]
    return dg.AssetCheckSpec(
        severity,
        asset=dg.AssetKey(["raw", table]),
        blocking=severity == "critical",
        description=";".join(rule.zh for rule in own),
    )


def _balance_result(errors: Sequence[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=_BALANCES.asset_key,
        check_name=_BALANCES.name,
        passed=not errors,
        severity=dg.AssetCheckSeverity.ERROR,
        description=" ".join(errors) or None,
        metadata={"errors": len(errors)},
    )


def _table_result(
    table: str, severity: Severity, found: Iterable[RuleResult]
) -> dg.AssetCheckResult:
    """Fold one table's rules into one result.

    A critical rule on single rows has already sent its rows into quarantine and does not stop the
    load; a critical rule across rows does.
    """
    own = [result for result in found if (result.table, result.severity) == (table, severity)]
    across = {(rule.table, rule.name) for rule in row_rules()}
    is_warning = severity == "warning"
    broken = [
        result
        for result in own
        if result.failed and (is_warning or (result.table, result.rule) in across)
    ]
    counted = [result for result in own if result.failed]
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["raw", table]),
        check_name=severity,
        passed=not broken,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        description=";".join(f"{one.zh}({one.failed} 行)" for one in counted) or None,
        metadata={one.rule: f"{one.failed} / {one.checked}" for one in own},
    )
