"""Confirmed fixes of problems as the score counts them: `kpi.score_fixes`, one row per measure.

Holds the writing and the reading of that table. When a fix is confirmed is decided in
`causes.confirmed`; what it is worth is in `components`.
"""

from datetime import date

import duckdb

from assets.causes.confirmed import confirmed

Row = tuple[str, str, date, str]
TABLE = "kpi.score_fixes"


def build(con: duckdb.DuckDBPyConnection, since: date) -> int:
    """Write the table anew; return the number of fixes.

    Args:
        con: the warehouse with its `kpi` facts, inside the caller's transaction.
        since: first day that a score still looks at.
    """
    found = confirmed(con, since)
    con.execute(
        f"create or replace table {TABLE} "
        "(site_id text, improvement_id text, engineer_id text, confirmed_on date)"
    )
    con.execute(
        f"comment on table {TABLE} is 'Measures that were tested, closed and have held, by who "
        "answers for them; personal.'"
    )
    for one in found:
        con.execute(
            f"insert into {TABLE} values ($1, $2, $3, $4)",
            [one.site_id, one.improvement_id, one.engineer_id, one.confirmed_on],
        )
    return len(found)


def read(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Return site, engineer, first day of the month and measure of each fix."""
    return con.execute(
        f"select site_id, engineer_id, month_start(confirmed_on), improvement_id from {TABLE} "
        "order by all"
    ).fetchall()


def is_kept(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether anybody keeps a register of measures: a source, or people in OpsPulse."""
    [(found,)] = con.execute(
        "select exists (from kpi.connected_tables where table_name = 'improvements') "
        "or exists (from kpi.improvements)"
    ).fetchall()
    return bool(found)
