"""The checks as Dagster asset checks: one for each table and severity.

Holds the mapping from rule results to check results, without logic of its own. The metadata hold
the name, the words and the counts of every expectation, never a value of a row. What is checked is
in ``suites``, ``row_rules``, ``balances`` and ``laws``; when it runs is decided by the assets.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

import dagster as dg
import duckdb

from assets.pull import PullReport, Rejection
from assets.sources.contract import tables
from data_checks.balances import unbalanced
from data_checks.days_only import count_days_only
from data_checks.laws import broken, laws
from data_checks.references import count_orphans
from data_checks.results import RuleResult, store, store_states
from data_checks.row_rules import Moment, RowRule, count_bad_rows, row_rules
from data_checks.rule import Severity
from data_checks.suites import RULES, Rule
from data_checks.table_rules import HELD, refused, states
from data_checks.validate import validator

if TYPE_CHECKING:
    import pandas as pd

_BALANCES = dg.AssetCheckSpec(
    "balances",
    asset=dg.AssetKey(["raw", "loads"]),
    blocking=True,
    description="收支两平:拉取 + 放行 = 接受 + 未变 + 隔离;来源行数 = 现存 + 隔离。",
)

_LAWS = dg.AssetCheckSpec(
    "laws",
    asset=dg.AssetKey(["kpi", "run_context"]),
    blocking=True,
    description=";".join(law.zh for law in laws()),
)


def law_specs() -> list[dg.AssetCheckSpec]:
    """Return the one check on ``kpi``; one event a run, because every event costs time."""
    return [_LAWS]


def law_results(con: duckdb.DuckDBPyConnection) -> list[dg.AssetCheckResult]:
    """Return whether the laws of the numbers hold; a broken one stops publication by name."""
    breaches = broken(con)
    return [
        dg.AssetCheckResult(
            asset_key=_LAWS.asset_key,
            check_name=_LAWS.name,
            passed=not breaches,
            severity=dg.AssetCheckSeverity.ERROR,
            description=";".join(breach.sentence() for breach in breaches) or None,
            metadata={"broken": len(breaches), "laws": len(laws())},
        )
    ]


def check_specs() -> list[dg.AssetCheckSpec]:
    """Return the specs: the balances, then each table's critical and warning check."""
    pairs = [(table, severity) for table in tables() for severity in get_args(Severity)]
    return [_BALANCES, *(_spec(table, severity) for table, severity in pairs)]


class LoadChecks:
    """The checks of one load: the pull's validator while it runs, every result afterwards."""

    def __init__(
        self,
        as_of: datetime,
        *,
        zone: str = "Asia/Shanghai",
        zones: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start the checks of a load whose moment is ``as_of`` (UTC, naive).

        ``zone`` is the hospital's: the score is kept by its local days; ``zones`` are those of the
        sources by name.
        """
        self._zones = zones
        self._suites = validator(as_of=as_of)
        self._zone = zone
        self._changed: list[RuleResult] = []

    def __call__(self, table: str, frame: "pd.DataFrame") -> list[Rejection]:
        """Check the changed rows of one table; see ``SuiteValidator``."""
        return self._suites(table, frame)

    def restart(self) -> None:
        """Forget what was counted: the pull begins anew with the same rows."""
        self._suites.restart()

    def keep(self, con: duckdb.DuckDBPyConnection, report: PullReport) -> None:
        """Write what was found among the changed rows, within the pull's transaction."""
        moment = Moment(report.as_of, report.load_id, self._zone)
        self._changed = [*refused(con, moment), *self._suites.results]
        store(con, report, [one for one in self._changed if not one.is_state], self._zone)

    def results(
        self, con: duckdb.DuckDBPyConnection, report: PullReport
    ) -> list[dg.AssetCheckResult]:
        """Return every check's outcome after the pull, and write those of the tables' state."""
        moment = Moment(report.as_of, report.load_id, self._zone)
        told = [
            *states(con, moment),
            *count_orphans(con),
            *count_days_only(con, self._zones, self._zone),
            *count_bad_rows(con, moment),
        ]
        standing = [one for one in self._changed if one.is_state]
        store_states(con, report, [*standing, *told], self._zone)
        found = [*self._changed, *told]
        return [
            _balance_result(unbalanced(con, report)),
            *(_table_result(*pair, found) for pair in _told(found)),
        ]


def _told(found: Iterable[RuleResult]) -> list[tuple[str, Severity]]:
    """Return the checks that are told to Dagster, in the order of their specs.

    Every event costs its store 25–50 ms. Dagster wants a word from each blocking check; of the
    others those are told that looked at changed rows or found something.
    """
    news = {
        (one.table, one.severity)
        for one in found
        if not one.is_state or (one.failed and (one.rule != HELD or one.is_over))
    }
    return [
        (table, severity)
        for table in tables()
        for severity in get_args(Severity)
        if (table, severity) in news or _is_blocking(table, severity)
    ]


def _is_blocking(table: str, severity: Severity) -> bool:
    """Tell whether a check can stop publication: only critical rules across rows do."""
    return severity == "critical" and any(
        (rule.table, rule.severity) == (table, severity) for rule in row_rules()
    )


def _spec(table: str, severity: Severity) -> dg.AssetCheckSpec:
    rules: list[Rule | RowRule] = [*RULES, *row_rules()]
    own = [rule for rule in rules if (rule.table, rule.severity) == (table, severity)]
    general = {
        "critical": "约定的类型、必填、值列表、主键",
        "warning": "隔离区与行数、引用的上级记录",
    }
    return dg.AssetCheckSpec(
        severity,
        asset=dg.AssetKey(["raw", table]),
        blocking=_is_blocking(table, severity),
        description=";".join([general[severity], *(rule.zh for rule in own)]),
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
    is_warning = severity == "warning"
    # rows in quarantine are told with their reasons already
    counted = [one for one in own if one.failed and (one.rule != HELD or one.is_over)]
    broken = [result for result in counted if is_warning or result.is_state]
    return dg.AssetCheckResult(
        asset_key=dg.AssetKey(["raw", table]),
        check_name=severity,
        passed=not broken,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        description=";".join(f"{one.zh}({one.failed} 行)" for one in counted) or None,
        metadata={one.rule: f"{one.failed} / {one.checked}" for one in own},
    )
