"""Failures and in-service time of a topic, counted: what every part of cause analysis starts from.

Holds the counting by any columns, the exposure of each dimension, and how much failures clump on
single devices. What is made of it is in `strata`, `links` and `exposure_tests`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from assets.analysis.baselines import dispersion
from assets.causes.topic import (
    EXPOSED,
    TIMED,
    Row,
    Topic,
    at_risk,
    conditions,
    dimension,
    span,
)
from assets.metric_periods import add_months
from assets.warehouse import records


def keys_of(name: str, role: str) -> list[str]:
    """Return the columns that identify a value of a dimension."""
    item = dimension(name, role)
    if item.table and item.column != "site_id":
        return ["site_id", item.column]
    return [item.column]


def counts(
    con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str], *, more: str = ""
) -> list[Row]:
    """Return failures per group: `n`, `n_exposed`, `seconds`, `n_restored`, `cny`.

    Args:
        con: a snapshot or the warehouse.
        about: the topic.
        by: columns to group by; none gives one row.
        more: further SQL condition of our own on the fact f.
    """
    text, values = conditions(about.where)
    text += " and f.is_inherent_failure" if about.only_inherent else ""
    columns = "".join(f"f.{column}, " for column in by)
    return records(
        con,
        f"select {columns}count(*) as n, count(*) filter (where f.is_exposed) as n_exposed, "
        "coalesce(sum(f.restore_seconds), 0) as seconds, count(f.restore_seconds) as n_restored, "
        f"coalesce(sum(f.cost_cny), 0) as cny from kpi.fact_faults as f "
        f"where f.started_on >= ? and f.started_on < ?{text}{more}"
        + (" group by all order by all" if by else ""),
        [about.start, about.end, *values],
    )


def exposure_seconds(
    con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str] = ()
) -> dict[tuple[Any, ...], int]:
    """Return in-service seconds per group; conditions that exposure does not know are left out.

    Args:
        con: a snapshot or the warehouse.
        about: the topic.
        by: columns of the exposure to group by; none gives the key ().
    """
    period = span(con, about.start, about.end)
    if period is None:
        return {}
    first, last = max(period.first_second, period.data_second), period.last_second
    text, values = conditions(about.where, only=EXPOSED)
    risk, more = at_risk(about.where)
    columns = "".join(f"f.{column}, " for column in by)
    rows = con.execute(
        f"select {columns}"
        f"sum(least(f.to_second, {last}) - greatest(f.from_second, {first}))::bigint "
        f"from kpi.fact_exposure as f where f.from_second < {last} and f.to_second > {first}"
        f"{text}{risk}" + (" group by all order by all" if by else ""),
        [*values, *more],
    ).fetchall()
    return {tuple(row[:-1]): int(row[-1] or 0) for row in rows}


def exposure_by(
    con: duckdb.DuckDBPyConnection, about: Topic, name: str, role: str
) -> dict[tuple[Any, ...], int] | None:
    """Return in-service seconds per value of a dimension, None where it has none of its own."""
    if name in EXPOSED:
        return exposure_seconds(con, about, keys_of(name, role))
    if name not in TIMED:
        return None
    if name == "shift":
        whole = exposure_seconds(con, about).get((), 0)
        rows = con.execute("select shift, shift_hours from kpi.dim_shifts").fetchall()
        return {(shift,): whole * hours // 24 for shift, hours in rows}
    return _season_seconds(con, about)


def _season_seconds(con: duckdb.DuckDBPyConnection, about: Topic) -> dict[tuple[Any, ...], int]:
    """Return in-service seconds per season, month by month."""
    names = dict(con.execute("select month, season from kpi.dim_seasons").fetchall())
    found: dict[tuple[Any, ...], int] = {}
    start = about.start
    while start < about.end:
        stop = min(add_months(start, 1), about.end)
        part = Topic(start, stop, about.where)
        seconds = exposure_seconds(con, part).get((), 0)
        season = (names[start.month],)
        found[season] = found.get(season, 0) + seconds
        start = stop
    return found


def clumping(con: duckdb.DuckDBPyConnection, about: Topic, by: Sequence[str]) -> float:
    """Return φ, by how much failures clump on single devices within the groups, at least 1."""
    cells = sorted({"site_id", "asset_id", *by})
    times = exposure_seconds(con, about, cells)
    events = {
        tuple(row[column] for column in cells): int(row["n_exposed"])
        for row in counts(con, about, cells, more=" and f.is_exposed")
    }
    return clumped(times, events, [cells.index(column) for column in by])


def clumped(
    times: Mapping[tuple[Any, ...], int], events: Mapping[tuple[Any, ...], int], by: Sequence[int]
) -> float:
    """Return φ of devices: Pearson's χ² of each around the rate of its group.

    A device without failures adds its expectation, so that only those with failures need be given.

    Args:
        times: in-service time per device (and period of it with one group).
        events: failures of those that have any, under the same keys.
        by: places within the keys that name the group.
    """
    totals: dict[tuple[Any, ...], list[float]] = {}
    for key, time in times.items():
        if time > 0:
            group = totals.setdefault(tuple(key[place] for place in by), [0.0, 0.0, 0.0])
            group[0] += time
            group[1] += events.get(key, 0)
            group[2] += 1
    statistic = -sum((happened for _, happened, _ in totals.values()), 0.0)
    for key, happened in events.items():
        if times.get(key, 0) > 0 and happened:
            whole, all_events, _ = totals[tuple(key[place] for place in by)]
            statistic += happened**2 / (all_events / whole * times[key])
    freedom = sum(devices - 1 for _, happened, devices in totals.values() if happened)
    return float(dispersion(statistic, freedom))
