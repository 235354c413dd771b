"""流程图 of a topic: the steps that its failures took, and the parts that their time went into.

Holds the reading. Steps and their times are those of K35 (`fact_handling`), the parts those of K07
(`fact_restorations`): every second from report to restoration belongs to exactly one of them.
"""

import duckdb

from assets.causes.topic import Row, Topic, conditions
from assets.metric_registry import registry
from assets.warehouse import records

_MINUTE, _HOUR = 60, 3600
_FIRST = "reported"


def steps(con: duckdb.DuckDBPyConnection, about: Topic, lang: str = "zh") -> list[Row]:
    """Return the steps from report to rating in their order.

    Returns:
        Rows with `code`, `name`, `n` (failures that reached the step), `median_minutes` and
        `p90_minutes` (from the latest step before; None at the report and where nobody came).
    """
    names = registry()["ticket_funnel"].statistics
    later = [code for code in names if code != _FIRST]
    picks = ", ".join(
        f"count(h.{code}_seconds) as {code}_n, "
        f"quantile_disc(h.{code}_seconds, 0.5) as {code}_median, "
        f"quantile_disc(h.{code}_seconds, 0.9) as {code}_p90"
        for code in later
    )
    [row] = _asked(con, about, "fact_handling", f"count(*) as {_FIRST}_n, {picks}")
    return [
        {
            "code": code,
            "name": names[code].text(lang),
            "n": int(row[f"{code}_n"]),
            "median_minutes": _minutes(row.get(f"{code}_median")),
            "p90_minutes": _minutes(row.get(f"{code}_p90")),
        }
        for code in names
    ]


def parts(con: duckdb.DuckDBPyConnection, about: Topic, lang: str = "zh") -> list[Row]:
    """Return where the time from report to restoration went, in the order of the course.

    Returns:
        Rows with `code`, `name`, `n` (restored failures), `hours`, `mean_minutes` and `share`; the
        hours of all parts are those of the restorations. Parts without a second are left out.
    """
    names = registry()["restore_split"].statistics
    listed = [code for code in names if code != "gross"]
    sums = ", ".join(f"sum(h.{code}_seconds)::bigint as {code}" for code in listed)
    [row] = _asked(con, about, "fact_restorations", f"count(*) as n, {sums}")
    total = sum(int(row[code] or 0) for code in listed)
    return [
        {
            "code": code,
            "name": names[code].text(lang),
            "n": int(row["n"]),
            "hours": int(row[code]) / _HOUR,
            "mean_minutes": int(row[code]) / int(row["n"]) / _MINUTE,
            "share": int(row[code]) / total,
        }
        for code in listed
        if row[code]
    ]


def _asked(con: duckdb.DuckDBPyConnection, about: Topic, fact: str, picks: str) -> list[Row]:
    """Return one row over the first tickets of the topic's failures that a fact knows."""
    text, values = conditions(about.where)
    text += " and f.is_inherent_failure" if about.only_inherent else ""
    return records(
        con,
        f"select {picks} from kpi.fact_faults as f inner join kpi.{fact} as h "
        "on f.site_id = h.site_id and f.episode_id = h.ticket_id "
        f"where f.started_on >= ? and f.started_on < ?{text}",
        [about.start, about.end, *values],
    )


def _minutes(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / _MINUTE
