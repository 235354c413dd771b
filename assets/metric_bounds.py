"""The exact bounds of a count of events: stored once, looked up by every reader.

Garwood's and the MTBF bounds depend on the count alone; a rate's interval is the count's bounds
over its exposure. Holds the making of the stored table and the lookup. Counts beyond the table, or
a file that has none yet, are computed, which costs the import of scipy.
"""

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

# A hospital of ten thousand devices has fewer reports a year; the table weighs half a megabyte.
STORED_UP_TO = 20_000


class Bounds(NamedTuple):
    """Of one count, two-sided 95 %: ``lo``, ``hi``; ``most`` is the one-sided 95 % upper bound."""

    lo: float
    hi: float
    most: float


def computed(counts: Iterable[int]) -> dict[int, Bounds]:
    """Return the bounds of counts over an exposure of 1, from `analysis.intervals`."""
    from assets.analysis import intervals

    wanted = list(counts)
    low, high = intervals.poisson(wanted, 1)
    most = 1 / intervals.mtbf_lower(wanted, 1)
    rows = zip(wanted, low.tolist(), high.tolist(), most.tolist(), strict=True)
    return {count: Bounds(lo, hi, top) for count, lo, hi, top in rows}


def bounds(con: duckdb.DuckDBPyConnection, counts: Iterable[int]) -> dict[int, Bounds]:
    """Return the bounds of every count asked for."""
    wanted = set(counts)
    stored = {count for count in wanted if count <= STORED_UP_TO}
    found = _stored(con, stored) if stored else {}
    missing = wanted - set(found)
    return found | (computed(sorted(missing)) if missing else {})


def _stored(con: duckdb.DuckDBPyConnection, counts: set[int]) -> dict[int, Bounds]:
    text = ", ".join(map(str, sorted(counts)))
    try:
        rows = con.execute(
            f"select events, lo, hi, most from kpi.poisson_bounds where events in ({text})"
        ).fetchall()
    except duckdb.CatalogException:  # a snapshot of an earlier version
        return {}
    return {count: Bounds(lo, hi, most) for count, lo, hi, most in rows}
