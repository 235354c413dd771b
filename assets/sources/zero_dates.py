"""MySQL's and MariaDB's ``0000-00-00``: a day that is none, which every reader takes for NULL.

Holds the count of such values, so that nobody takes them for missing unawares. That they count as
unknown is the contract's rule for sentinels.
"""

from typing import Any

import duckdb

from assets.sources.connect import Reader
from assets.sources.contract import tables

_DIALECTS = ("mysql", "mariadb")


def count(reader: Reader, table: str, columns: dict[str, str]) -> dict[str, int]:
    """Return how many zero dates each column of a canonical table holds; only columns with any.

    Args:
        reader: the source's.
        table: canonical table, which is the store's own one.
        columns: its columns with their DuckDB types.
    """
    base: Any = getattr(reader, "base", None)
    timed = [name for name in tables()[table].column_names if _is_time(columns.get(name, ""))]
    if base is None or base.dialect not in _DIALECTS or not timed:
        return {}
    # Back-ticks: the server's own marks. Compared with 0, an invalid literal is no error.
    sums = ", ".join(f"cast(coalesce(sum(`{name}` = 0), 0) as signed)" for name in timed)
    try:
        rows = base.ask(f"select {sums} from `{table}`")
    except (*base.faults, duckdb.Error):
        # A view that compares otherwise: what is not known is not told.
        return {}
    return {name: int(n) for name, n in zip(timed, rows[0], strict=True) if n}


def _is_time(kind: str) -> bool:
    return kind == "DATE" or kind.startswith("TIMESTAMP")
