"""Which columns of the sources a metric cannot do without, read from its definition and the models.

A metric needs a column if the value that it sums, dates or counts by is NULL wherever the column
is: the column is followed through every model by what NULL passes through (names, casts,
arithmetic, functions), and no further where the SQL has an answer of its own (coalesce, case,
filters, windows). What that does not find (a number without the column would be wrong, though not
NULL; a kind whose SQL is Python) the definition names: ``columns``. `metric_gaps` compares.
"""

from collections.abc import Iterator, Mapping
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

from assets.metric_registry import Metric
from assets.model_links import qualified
from assets.models import TableSpec, discover
from assets.sources.contract import tables

WHOLE = ""  # in place of a statistic: the metric as a whole
OR = " or "  # between columns of which one is enough
_DIALECT = "duckdb"
# Where NULL does not pass, or where rows are chosen rather than a value made.
_ANSWERS = (
    exp.Coalesce, exp.Case, exp.If, exp.Filter, exp.Window, exp.Query, exp.And, exp.Or, exp.Exists,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Count, exp.CountIf, exp.ArgMax, exp.ArgMin, exp.Greatest,
    exp.Least, exp.Concat, exp.ConcatWs,
)  # fmt: skip

Column = tuple[str, str]


def needs(metric: Metric) -> dict[str, frozenset[str]]:
    """Return per statistic, and under ``WHOLE``, what is needed: ``table.column`` of the contract.

    Several columns joined by ``OR`` are alternatives. A statistic's are beside those of the whole.
    """
    found = {WHOLE: frozenset(metric.columns)}
    whole = (metric.on, metric.where, metric.value, metric.denominator, metric.start, metric.stop)
    found[WHOLE] |= _read_by(metric.fact, whole)
    single = {**metric.numerators, **metric.measures, **metric.means}
    own = {name: _read_by(metric.fact, (text,)) for name, text in single.items()}
    # what every statistic needs, the metric needs
    found[WHOLE] |= frozenset.intersection(
        *(own.get(name, frozenset()) for name in metric.statistics)
    )
    found |= {name: columns - found[WHOLE] for name, columns in own.items()}
    return {name: columns for name, columns in found.items() if columns}


def _read_by(fact: str, texts: tuple[str, ...]) -> frozenset[str]:
    """Return the optional columns behind what snippets say of the fact."""
    key = f"kpi.{fact}"
    if key not in _specs():
        return frozenset()
    named = {name for text in texts if text for name in _named(text)}
    behind = {column for name in named for column in _of_model(key, name)}
    return frozenset(
        f"{table}.{column}"
        for table, column in behind
        if not tables()[table].column(column).is_required
    )


def _named(snippet: str) -> Iterator[str]:
    """Yield the fact's columns that a snippet reads, but for those whose lack it answers itself."""
    tree = sqlglot.parse_one(f"select {snippet}", dialect=_DIALECT)
    for column in tree.find_all(exp.Column):
        if column.find_ancestor(exp.Coalesce) is None and column.table in ("", "f"):
            yield column.name


@cache
def _specs() -> Mapping[str, TableSpec]:
    return {spec.key: spec for spec in discover()}


@cache
def _scope(key: str) -> Scope:
    """Return a model's SQL with every column qualified."""
    spec = _specs()[key]
    scope = build_scope(qualified(spec.sql, spec.depends_on))
    if scope is None:
        raise ValueError(f"{key} is no SELECT")
    return scope


@cache
def _of_model(key: str, column: str) -> frozenset[Column]:
    """Return the contract's columns without which a table's column is NULL."""
    room, _, name = key.partition(".")
    if room == "raw":
        is_known = name in tables() and column in tables()[name].column_names
        return frozenset({(name, column)}) if is_known else frozenset()
    return _of_scope(_scope(key), column) if key in _specs() else frozenset()


def _of_scope(scope: Scope, column: str) -> frozenset[Column]:
    select = scope.expression
    if isinstance(select, exp.Query):
        for place, name in enumerate(select.named_selects):
            if name == column:
                return _at(scope, place)
    return frozenset()


def _at(scope: Scope, place: int) -> frozenset[Column]:
    """Return what a place of a SELECT list needs; of a union, what every part needs."""
    select = scope.expression
    if isinstance(select, exp.SetOperation):
        parts = [_at(part, place) for part in scope.set_operation_scopes]
        return frozenset.intersection(*parts) if parts else frozenset()
    if not isinstance(select, exp.Select) or place >= len(select.selects):
        return frozenset()
    found: set[Column] = set()
    for column in _passed(select.selects[place]):
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table):
            found |= _of_model(f"{source.db}.{source.name}", column.name)
        elif isinstance(source, Scope):
            found |= _of_scope(source, column.name)
    return frozenset(found)


def _passed(expression: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns whose NULL makes the expression NULL, or the same for every row."""
    if isinstance(expression, exp.Column):
        yield expression
    elif not isinstance(expression, _ANSWERS):
        for part in expression.iter_expressions():
            yield from _passed(part)
