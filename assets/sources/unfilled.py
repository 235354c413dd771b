"""Columns that a connector's SELECTs always leave empty: the system behind it has nothing for them.

Such a column stands in every form of its table and is filled in none; to the metrics that need it
it is not there. Read from the SELECTs, so that a folder says it only once.
"""

from functools import cache
from pathlib import Path

from assets.sources.store import statements
from assets.sources.systems import CANONICAL, FILES, folder


def unfilled(system: str, own_room: Path | None = None) -> frozenset[tuple[str, str]]:
    """Return (table, column) of every NULL that a system's folder of SELECTs writes as a column.

    ``own_room`` as in `systems.folder`.
    """
    if system in (CANONICAL, FILES):
        return frozenset()
    found = statements(folder(system, own_room))
    return frozenset((table, column) for table, sql in found.items() for column in _nulls(sql))


@cache
def _nulls(sql: str) -> frozenset[str]:
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
    return frozenset(found or ())


def _is_null(projection: object) -> bool:
    from sqlglot import exp  # noqa: PLC0415

    value = projection.unalias() if isinstance(projection, exp.Expression) else None
    while isinstance(value, exp.Cast):
        value = value.this
    return isinstance(value, exp.Null)
