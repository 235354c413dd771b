"""The exact bounds of counts → `core.rule_poisson_bounds`: no rule, but as constant as one.

Holds the writing only; what the bounds are and how they are looked up is in `metric_bounds`.
"""

from functools import cache

import duckdb
import pandas as pd

from assets.metric_bounds import STORED_UP_TO, computed


@cache
def _table() -> pd.DataFrame:
    rows = [(count, *bounds) for count, bounds in computed(range(STORED_UP_TO + 1)).items()]
    return pd.DataFrame(rows, columns=["events", "lo", "hi", "most"])


def create(con: duckdb.DuckDBPyConnection) -> None:
    """(Re)create the table: one row for each count that is stored."""
    con.register("poisson_bounds", _table())
    con.execute("create or replace table core.rule_poisson_bounds as from poisson_bounds")
    con.unregister("poisson_bounds")
