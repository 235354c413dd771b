"""Columns that a connector's SELECTs always leave empty: the system behind it has nothing for them.

Such a column stands in every form of its table and is filled in none; to the metrics that need it
it is not there. Read from the SELECTs, so that a folder says it only once.
"""

from functools import cache

from assets.sources.store import CANONICAL, statements

FILES = "files"


@cache
def unfilled(system: str) -> frozenset[tuple[str, str]]:
    """Return (table, column) of every NULL that a system's folder of SELECTs writes as a column."""
    if system in (CANONICAL, FILES):
        return frozenset()
    return frozenset(
        (table, column) for table, sql in statements(system).items() for column in _nulls(sql)
    )


def _nulls(sql: str) -> set[str]:
    import sqlglot  # noqa: PLC0415 - a second's import that only writers and the check need
    from sqlglot import exp  # noqa: PLC0415

    tree = sqlglot.parse_one(sql, dialect="duckdb")
    parts = [tree]
    while any(isinstance(part, exp.SetOperation) for part in parts):
        parts = [
            side
            for part in parts
            for side in ([part.left, part.right] if isinstance(part, exp.SetOperation) else [part])
        ]
    found: set[str] | None = None
    for part in parts:
        selects = part.selects if isinstance(part, exp.Select) else []
        empty = {one.alias_or_name for one in selects if _is_null(one)}
        found = empty if found is None else found & empty
    return found or set()


def _is_null(projection: object) -> bool:
    from sqlglot import exp  # noqa: PLC0415

    value = projection.unalias() if isinstance(projection, exp.Expression) else None
    while isinstance(value, exp.Cast):
        value = value.this
    return isinstance(value, exp.Null)
