"""The rows behind a number: what somebody who doubts it can look up in the ticket system.

Holds the choice of fact rows for each kind of metric. Who may see which row is decided in
`metrics.detail_rows`; how the number itself is computed in `metric_sql`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from assets import metrics
from assets.metric_details import detail_count
from assets.metric_periods import Period
from assets.metric_registry import Metric, dimensions

_FACTS = {"completion": "fact_tickets", "availability": "fact_downtime"}
_DATED = (
    "count", "share", "duration", "rate", "ratio", "quotient", "maturing", "split", "clock_time",
    "duration_with_share", "per_thousand", "ways", "nonresponse", "utilisation",
)  # fmt: skip
# What a person looks a row up by, in this order; the first of them that a fact has are shown.
_SHOWN = (
    "ticket_no", "ticket_id", "episode_id", "asset_tag", "asset_id", "asset_name",
    "department_id", "system_id", "plan_id", "loan_id", "part_id", "rating_id", "visit_id",
    "call_id", "clock", "status",
    "fault_family", "outcome_code", "outcome", "engineer_id",
)  # fmt: skip
_MOST_COLUMNS = 8


@dataclass(frozen=True)
class Rows:
    """Rows of the fact behind one period's number: ``shown`` of ``total``, newest first.

    ``keys``: for each of them the site, device and ticket that it is about, None where it has none.
    """

    fact: str
    total: int
    shown: list[dict[str, Any]]
    keys: list[dict[str, str | None]]


def behind(
    con: duckdb.DuckDBPyConnection,
    metric_id: str,
    period: Period,
    *,
    role: str,
    limit: int = 20,
    where: str = "true",
) -> Rows | None:
    """Return the fact rows that a metric counts in a period; None where it has no list of rows.

    Args:
        con: a snapshot or the warehouse.
        metric_id: id in the registry.
        period: one period, as `metrics.periods_of` makes them.
        role: who asks; decides on tables and personal columns.
        limit: most rows returned.
        where: a further SQL condition on the fact, written by our own code only.

    Raises:
        ConfigError: the role may not see these rows.
    """
    metric = metrics.registry()[metric_id]
    fact = _FACTS.get(metric.kind, metric.fact)
    chosen = _condition(metric, period)
    if not fact or chosen is None:
        return None
    condition, newest = chosen
    narrowed = f"({condition}) and ({where})"
    rows = metrics.detail_rows(
        con, fact, role=role, where=narrowed, order_by=f"{newest} desc, 1, 2", limit=limit
    )
    total = detail_count(con, fact, role=role, where=narrowed)
    return Rows(fact, total, [_lean(row, metric, newest) for row in rows], list(map(_key, rows)))


def condition_of(where: Mapping[str, Sequence[str]]) -> str:
    """Return the SQL condition that leaves the groups asked for: dimension → codes."""
    known = dimensions()
    return " and ".join(
        f"f.{known[name].column} in ({', '.join(map(_literal, codes))})"
        for name, codes in where.items()
    ) or "true"  # fmt: skip


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _condition(metric: Metric, period: Period) -> tuple[str, str] | None:
    """Return SQL condition and the column of time.

    The period's own days and seconds stand in the text: bound values cost the import of pandas.
    """
    start, end = f"date '{period.start}'", f"date '{period.end}'"
    if metric.kind in _DATED:
        valued = f" and {metric.value} is not null" if metric.kind == "duration" else ""
        dated = f"f.{metric.on} >= {start} and f.{metric.on} < {end}"
        return f"{dated} and ({metric.where}){valued}", metric.on
    if metric.kind == "completion":
        dated = f"f.reported_on >= {start} and f.reported_on < {end}"
        return f"{dated} and not f.is_void", "reported_on"
    if metric.kind == "instant":
        stop = metric.stop if " " in metric.stop else f"f.{metric.stop}"
        at = period.level_second
        open_then = f"f.{metric.start} <= {at} and (({stop}) is null or ({stop}) > {at})"
        return f"({open_then}) and ({_then(metric.where, period)})", metric.start
    if metric.kind == "availability":
        seconds = f"f.from_second < {period.last_second} and f.to_second > {period.first_second}"
        return f"{seconds} and ({metric.where})", "from_second"
    return None


def _then(condition: str, period: Period) -> str:
    """Return a condition with the period's own bounds in place of the columns of `p`."""
    day = f"date '{period.clip_end}'"
    seconds = {"instant": period.last_second, "level": period.level_second}
    for name, second in seconds.items():
        condition = condition.replace(f"p.{name}_second", str(second))
    return condition.replace("p.clip_end", day)


def _key(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what a row is about; an episode bears the id of the ticket that came first."""
    ticket = row.get("ticket_id") or row.get("episode_id")
    return {"site": row.get("site_id"), "asset": row.get("asset_id"), "ticket": ticket}


def _lean(row: dict[str, Any], metric: Metric, newest: str) -> dict[str, Any]:
    names = [name for name in _SHOWN if name in row][:_MOST_COLUMNS]
    names += [name for name in (newest, metric.value) if name and name in row and name not in names]
    return {name: row[name] for name in names}
