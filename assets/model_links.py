"""Which rows of a model can change when rows of its inputs do: read from its SQL.

A model whose header says ``by`` is cut by these columns: its rows with one value of them depend on
rows of its inputs with the same value. An input that has the columns *carries* the key. Any other
input is looked up by equality from one that carries it (departments from tickets, say); `links`
finds that equality. Holds only this reading of SQL; who asks is `increments`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from assets.models import TableSpec, discover
from assets.own_tables import followed_tables

_DIALECT = "duckdb"
_BOOKS = ("_source", "_hash", "_load_id", "_is_deleted")


@dataclass(frozen=True)
class Link:
    """How a looked-up table meets one that carries the key.

    Attributes:
        via: `schema.table` that carries the key.
        pairs: (column of ``via``, column of the looked-up table), equal where they meet.
    """

    via: str
    pairs: tuple[tuple[str, str], ...]


@cache
def columns() -> dict[str, tuple[str, ...]]:
    """Return the columns of every table of rows in `raw` and of every model."""
    raw = {f"raw.{name}": table.column_names for name, table in followed_tables().items()}
    return raw | {spec.key: tuple(spec.columns) for spec in discover()}


def is_constant(key: str) -> bool:
    """Tell whether a table is the same all through a run's rules and clock: see `rule_tables`."""
    return key == "core.run_context" or key.startswith("core.rule_")


def reads_day_only(spec: TableSpec) -> bool:
    """Tell whether a model asks the clock for the day at most: nothing moves before midnight."""
    return _reads_day_only(spec.sql)


@cache
def _reads_day_only(sql: str) -> bool:
    tree = sqlglot.parse_one(sql, dialect=_DIALECT)
    return all(column.name != "as_of" for column in tree.find_all(exp.Column))


def carriers(spec: TableSpec) -> tuple[str, ...]:
    """Return the inputs that have every column of the model's key; none without a key."""
    if not spec.by:
        return ()
    return tuple(key for key in spec.depends_on if set(spec.by) <= set(columns().get(key, ())))


def links(spec: TableSpec, looked_up: str) -> tuple[Link, ...] | None:
    """Return how each appearance of an input leads to the model's key; None if one does not."""
    return _links(spec.sql, spec.depends_on, carriers(spec), looked_up)


@cache
def _links(
    sql: str, reads: tuple[str, ...], carrying: tuple[str, ...], looked_up: str
) -> tuple[Link, ...] | None:
    found: list[Link] = []
    for scope in traverse_scope(qualified(sql, reads)):
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table) and _key(source) == looked_up:
                link = _link(scope, alias, carrying)
                if link is None:
                    return None
                found += link
    return tuple(found) or None


def qualified(sql: str, reads: Iterable[str]) -> exp.Expr:
    """Return a model's SQL with every column named by its table.

    Args:
        sql: its SELECT.
        reads: the `schema.table` that it reads.
    """
    schema: dict[str, dict[str, object]] = {}
    for key in reads:
        room, _, name = key.partition(".")
        books = _BOOKS if room == "raw" else ()
        if key in columns():
            schema.setdefault(room, {})[name] = dict.fromkeys((*columns()[key], *books), "any")
    return qualify(
        sqlglot.parse_one(sql, dialect=_DIALECT),
        schema=dict[str, object](schema),
        dialect=_DIALECT,
        validate_qualify_columns=False,
        quote_identifiers=False,
    )


def _key(table: exp.Table) -> str:
    return f"{table.db}.{table.name}"


def _link(scope: Scope, alias: str, carrying: tuple[str, ...]) -> list[Link] | None:
    """Return the links of one appearance: through the partner that most columns agree with."""
    partners: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for left, right in _equalities(scope):
        for own, other in ((left, right), (right, left)):
            if own.table != alias or other.table == alias:
                continue
            origins = _origins(scope, other.table, other.name)
            for via, column in origins or ():
                pairs = partners.setdefault(other.table, {}).setdefault(via, [])
                pairs.append((column, own.name))
    usable = [found for found in partners.values() if set(found) <= set(carrying)]
    if not usable:
        return None
    best = max(usable, key=lambda found: sum(map(len, found.values())))
    return [Link(via, tuple(pairs)) for via, pairs in best.items()]


def _equalities(scope: Scope) -> Iterator[tuple[exp.Column, exp.Column]]:
    select = scope.expression
    conditions = [join.args.get("on") for join in select.args.get("joins") or ()]
    for condition in conditions:
        for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
            if not isinstance(part, exp.EQ):
                continue
            left, right = part.this, part.expression
            if isinstance(left, exp.Column) and isinstance(right, exp.Column):
                yield left, right


def _origins(scope: Scope, alias: str, column: str) -> list[tuple[str, str]] | None:
    """Trace a column through subqueries to the tables it comes from; None if it is computed."""
    source = scope.sources.get(alias)
    if isinstance(source, exp.Table):
        return [(_key(source), column)]
    return _projected(source, column) if isinstance(source, Scope) else None


def _projected(scope: Scope, column: str) -> list[tuple[str, str]] | None:
    select = scope.expression
    if isinstance(select, exp.SetOperation):
        found: list[tuple[str, str]] = []
        for part in scope.set_operation_scopes:
            origins = _projected(part, column)
            if origins is None:
                return None
            found += origins
        return found
    for projection in select.selects if isinstance(select, exp.Query) else ():
        if projection.alias_or_name == column:
            value = projection.unalias()
            if isinstance(value, exp.Column):
                return _origins(scope, value.table, value.name)
    return None
