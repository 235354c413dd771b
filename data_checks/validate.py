"""Running the suites: Great Expectations over the changed rows, and which of them it rejects.

Holds the one bridge to Great Expectations. The rules are in ``suites``; what happens to a rejected
row (quarantine, release, refusal of a whole load) is the pull's business. Great Expectations is
imported inside functions because the import takes seconds, and results never carry a row's values:
first every rule is only counted, then the critical rules that failed are run once more to learn the
positions of at most ``MOST_REJECTIONS`` rows.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from assets.pull import Rejection
from assets.sources.contract import tables
from config.errors import CheckFailedError
from data_checks.results import RuleResult
from data_checks.suites import AS_OF_PLUS_DAY, RULES, Rule

if TYPE_CHECKING:
    import pandas as pd

# More failing rows than this are a broken source, not bad rows: the load is refused whole.
MOST_REJECTIONS = 10_000

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - instants are naive UTC in the warehouse
# Contract type → how such a column may arrive in a frame. Texts need no asking: a text is a text.
_NUMBERS = ("float64", "int64", "Int64Dtype")
_TIMES = tuple(f"datetime64[{unit}]" for unit in ("s", "ms", "us", "ns"))
_FRAME_TYPES = {"TIMESTAMP": _TIMES, "DATE": _TIMES}
_COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
_WITH_POSITIONS = {"result_format": "COMPLETE", "partial_unexpected_count": 0}


class CrashedCheckError(CheckFailedError):
    """An expectation could not be evaluated, which says nothing about the data."""


class SuiteValidator:
    """A ``Validator`` for the pull that remembers the counts of every suite it ran."""

    def __init__(self, rules: Sequence[Rule], as_of: datetime) -> None:
        """Keep the rules, grouped by table, and the moment that bounds what may lie ahead."""
        self._latest = as_of + timedelta(days=1)
        self._rules: dict[str, list[Rule]] = {}
        for rule in rules:
            self._rules.setdefault(rule.table, []).append(rule)
        self._counted: dict[tuple[str, str], RuleResult] = {}

    @property
    def results(self) -> list[RuleResult]:
        """The counts so far, one result for each rule; the frames of one table are added up."""
        return list(self._counted.values())

    def restart(self) -> None:
        """Forget the counts so far: the same rows will come again."""
        self._counted.clear()

    def __call__(self, table: str, frame: "pd.DataFrame") -> list[Rejection]:
        """Check the rows of one table.

        Args:
            table: canonical table.
            frame: the changed rows, columns of the contract.

        Returns:
            One rejection for each row and critical rule that it breaks; ``row`` is the position in
            ``frame``.

        Raises:
            CheckFailedError: more than ``MOST_REJECTIONS`` rows break one critical rule.
            CrashedCheckError: an expectation crashed.
        """
        rules = self._rules.get(table, [])
        if not rules or frame.empty:
            return []
        _refuse_wrong_types(_batch(frame.head(1)), table, rules)
        batch = _batch(_as_floats(frame.reset_index(drop=True)))
        counts = _run(batch, rules, self._latest, _COUNTS_ONLY)
        results = [_result(rule, counts[rule.name]) for rule in rules]
        for result in results:
            self._count(result)
        failed = [
            rule
            for rule, result in zip(rules, results, strict=True)
            if result.failed and rule.severity == "critical"
        ]
        _refuse_broken_source(table, failed, results)
        return _rejections(batch, failed, self._latest) if failed else []

    def _count(self, result: RuleResult) -> None:
        before = self._counted.get((result.table, result.rule))
        if before:
            result = replace(
                result,
                checked=before.checked + result.checked,
                failed=before.failed + result.failed,
            )
        self._counted[result.table, result.rule] = result


def validator(rules: Sequence[Rule] = RULES, *, as_of: datetime) -> SuiteValidator:
    """Return the validator that the pull calls for each table's changed rows.

    Args:
        rules: the rules to run; all suites unless told otherwise.
        as_of: the load's moment in UTC, naive; nothing may be reported more than a day after it.
    """
    return SuiteValidator(rules, as_of)


def _as_floats(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the frame with instants as seconds since 1970 and integers with gaps as floats.

    Great Expectations compares those at once; anything else it compares value by value, which on
    instants is ten times as long.
    """
    columns: dict[str, Any] = {}
    for name, column in frame.items():
        if column.dtype.kind == "M":
            columns[str(name)] = (column - _EPOCH).dt.total_seconds()
        elif str(column.dtype) == "Int64":
            columns[str(name)] = column.astype("float64")
    return frame.assign(**columns)


def _plain(value: object, latest: datetime) -> object:
    """Return a rule's argument as the frame has such values: see `_as_floats`."""
    if value == AS_OF_PLUS_DAY:
        value = latest
    return (value - _EPOCH).total_seconds() if isinstance(value, datetime) else value


def _batch(frame: "pd.DataFrame") -> Any:
    return _definition().get_batch({"dataframe": frame})


@cache
def _definition() -> Any:
    """Return the batch definition that every frame goes through; made once, it costs a context."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    # No Data Docs: they would load from foreign hosts, and their folder would stay behind.
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )
    asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("changed")


def _expectation(rule: Rule, latest: datetime) -> Any:
    from great_expectations import expectations
    from great_expectations.expectations.row_conditions import Column

    kwargs = {key: _plain(value, latest) for key, value in rule.kwargs.items()}
    if rule.where:
        column, operator, value = rule.where
        compare = {"==": Column.__eq__, "!=": Column.__ne__}[operator]
        kwargs["row_condition"] = compare(Column(column), value)
    return getattr(expectations, rule.expectation)(
        **kwargs, severity=rule.severity, meta={"rule": rule.name}
    )


def _run(
    batch: Any,
    rules: Sequence[Rule],
    latest: datetime,
    result_format: Mapping[str, object],
) -> dict[str, dict[str, Any]]:
    """Run one suite and return each rule's result by name; results do not come in suite order."""
    from great_expectations import ExpectationSuite

    suite = ExpectationSuite(
        name="rows", expectations=[_expectation(rule, latest) for rule in rules]
    )
    outcome = batch.validate(suite, result_format=dict(result_format))
    by_name = {}
    for one in outcome.results:
        name = one.expectation_config.meta["rule"]
        if _crashed(one.exception_info):
            raise CrashedCheckError(
                f"校验规则 {rules[0].table}.{name} 无法执行,结果不可采信。",
                "请查看日志;通常是该列的类型与规则不符。",
            )
        by_name[name] = one.result
    return by_name


def _refuse_wrong_types(batch: Any, table: str, rules: Sequence[Rule]) -> None:
    """Ask for the types before the contents: a range over texts would call every row bad.

    Raises:
        CrashedCheckError: a column came in a type that its rules cannot judge.
    """
    from great_expectations import ExpectationSuite, expectations

    in_types = getattr(expectations, "ExpectColumnValuesToBeInTypeList")  # noqa: B009 - not exported
    asked = {str(rule.kwargs[key]) for rule in rules for key in rule.kwargs if "column" in key}
    wanted = {
        column.name: _FRAME_TYPES.get(column.type, _NUMBERS)
        for column in tables()[table].columns
        if column.name in asked and column.type not in ("TEXT", "BOOLEAN")
    }
    if not wanted:
        return
    suite = ExpectationSuite(
        name="types",
        expectations=[
            in_types(column=name, type_list=list(types), meta={"rule": name})
            for name, types in wanted.items()
        ],
    )
    for one in batch.validate(suite, result_format="BASIC").results:
        if not one.success:
            name = one.expectation_config.meta["rule"]
            raise CrashedCheckError(
                f"列 {table}.{name} 的类型与约定不符,内容校验无法进行。",
                "这是程序的错误,请把此信息交给开发者;数据保持上一次的状态。",
            )


def _crashed(info: Mapping[str, Any] | None) -> bool:
    """Tell whether an expectation crashed: the flag is flat, or nested under metric ids."""
    if not info:
        return False
    nested = (value for value in info.values() if isinstance(value, Mapping))
    return info.get("raised_exception") is True or any(
        value.get("raised_exception") for value in nested
    )


def _result(rule: Rule, counts: Mapping[str, Any]) -> RuleResult:
    return RuleResult(
        table=rule.table,
        rule=rule.name,
        severity=rule.severity,
        checked=int(counts["element_count"]),
        failed=int(counts["unexpected_count"]),
        zh=rule.zh,
        en=rule.en,
        aspect=rule.aspect,
    )


def _refuse_broken_source(
    table: str, failed: Sequence[Rule], results: Sequence[RuleResult]
) -> None:
    names = {rule.name for rule in failed}
    for result in results:
        if result.rule in names and result.failed > MOST_REJECTIONS:
            raise CheckFailedError(
                f"表 {table} 有 {result.failed} 行不符合规则「{result.zh}」,"
                f"超过 {MOST_REJECTIONS} 行,整批拒收。",
                "这通常是来源或映射出错,请先运行 opspulse sources check。",
            )


def _rejections(batch: Any, rules: Sequence[Rule], latest: datetime) -> list[Rejection]:
    positions = _run(batch, rules, latest, _WITH_POSITIONS)
    return [
        Rejection(int(row), rule.name, rule.zh)
        for rule in rules
        for row in positions[rule.name]["unexpected_index_list"]
    ]
