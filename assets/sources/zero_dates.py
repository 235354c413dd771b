"""MySQL's and MariaDB's ``0000-00-00``: a day that is none, which every reader takes for NULL.

Holds the count of such values, so that nobody takes them for missing unawares, and its words. That
they count as unknown is the contract's rule for sentinels.
"""

from collections.abc import Iterable
from typing import Any

import duckdb

from assets.sources.connect import Reader

_DIALECTS = ("mysql", "mariadb")

# (table of the store, column) → how many; only where there is any.
Counts = dict[tuple[str, str], int]


def count(reader: Reader, names: Iterable[str]) -> Counts:
    """Return how many zero dates stand behind canonical tables, by the store's own columns.

    The server counts: to every reader they look like NULL.
    """
    base: Any = getattr(reader, "base", None)
    if base is None or base.dialect not in _DIALECTS:
        return {}
    wanted: dict[str, set[str]] = {}
    for name in names:
        for table, columns in reader.timed(name).items():
            wanted.setdefault(table, set()).update(columns)
    found: Counts = {}
    for table in sorted(wanted):
        found |= _counted(base, table, sorted(wanted[table]))
    return found


def _counted(base: Any, table: str, columns: list[str]) -> Counts:
    if not columns:
        return {}
    # Back-ticks: the server's own marks. Compared with 0, an invalid literal is no error.
    sums = ", ".join(f"cast(coalesce(sum(`{name}` = 0), 0) as signed)" for name in columns)
    try:
        rows = base.ask(f"select {sums} from `{table}`")
    except (*base.faults, duckdb.Error):
        # A view that compares otherwise: what is not known is not told.
        return {}
    return {(table, name): int(n) for name, n in zip(columns, rows[0], strict=True) if n}


def words(table: str, column: str, found: int) -> tuple[str, str]:
    """Return the sentence in Chinese and English."""
    return (
        f"列 {table}.{column} 有 {found} 个 0000-00-00:不是日期,按未知(空)读。"
        "必填的列因此为空的行会进入隔离区。",
        f"{found} values of {table}.{column} are 0000-00-00: no dates, read as unknown. "
        "Rows that lack a required column for it are held.",
    )
