"""SLA clocks that are late or soon will be, and how a period's clocks came out.

Holds who may see which of them. When a clock is breached is decided in `core.clocks`; attainment is
the metric's own (`sla_attainment`): here stands only what it counts, taken apart.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from assets.metric_details import PERSONAL_ROLES
from assets.metric_registry import dimensions
from assets.viewers import Viewer
from assets.warehouse import records
from config.errors import RefusedError

Row = dict[str, Any]
ROLES = ("head", "qcc", "engineer", "department", "screen")
_OLD_SECONDS = 7 * 86_400
_PAST = "seconds_between(k.breached_at, r.as_of)"
_LEFT = "seconds_between(r.as_of, k.due_at)"
_URGENCY = (
    "case k.urgency when 'critical' then 0 when 'high' then 1 when 'normal' then 2 "
    "when 'low' then 3 else 4 end"
)
# What can still be saved comes first: fresh breaches, what is due soon, then the long lost; within
# them by urgency, overdue the longest first, due soon the least left first, resting clocks last.
_ORDER = (
    f"case when k.breached_at is null then 1 when {_PAST} > {_OLD_SECONDS} then 2 else 0 end, "
    f"{_URGENCY}, case when k.breached_at is not null then -{_PAST} else {_LEFT} end nulls last, "
    "k.ticket_id, k.clock"
)


def own_tickets(viewer: Viewer, alias: str, roles: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the condition on tickets that holds for this person, and its values.

    Raises:
        RefusedError: no ticket is for them.
    """
    if viewer.role not in roles:
        raise RefusedError("当前身份无权查看工单。", "请联系科室负责人。")
    conditions, values = ["true"], []
    for role, column in (("department", "department_id"), ("engineer", "engineer_id")):
        if viewer.role == role:
            conditions.append(f"{alias}.{column} = ?")
            values.append(getattr(viewer, column) or "")
            if viewer.site_id:
                conditions.append(f"{alias}.site_id = ?")
                values.append(viewer.site_id)
    return " and ".join(conditions), values


def _filters(where: Mapping[str, Sequence[str]], alias: str) -> tuple[str, list[Any]]:
    known = dimensions()
    parts = [f" and list_contains(?, {alias}.{known[name].column})" for name in where]
    return "".join(parts), [list(codes) for codes in where.values()]


def due(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    *,
    where: Mapping[str, Sequence[str]] | None = None,
) -> list[Row]:
    """Return the open tickets with a clock past its target or soon there, one row a ticket.

    Args:
        con: a snapshot or live file.
        viewer: who asks: a department is shown its own, an engineer what they hold.
        where: filters, dimension id → codes.

    Returns:
        Rows with `site_id`, `ticket_id`, `ticket_no`, `clock` (its worst one), `department_id`,
        `department_name`, `asset_class`, `asset_tag`, `is_asset_bound`, `priority`, `urgency`,
        `target_seconds`, `is_overdue`, `is_paused`, `seconds` (past the breach, or left; None
        while the clock rests) and, for the head, `engineer_name`; what can still be saved first.

    Raises:
        RefusedError: no ticket is for them.
    """
    own, values = own_tickets(viewer, "t", ROLES)
    narrowed, codes = _filters(where or {}, "k")
    rows = records(
        con,
        "select k.site_id, k.ticket_id, t.ticket_no, k.clock, k.department_id, "
        "d.name as department_name, t.asset_class, t.asset_tag, t.is_asset_bound, k.priority, "
        "k.urgency, k.target_seconds, k.breached_at is not null as is_overdue, k.is_paused, "
        f"case when k.breached_at is not null then {_PAST} else {_LEFT} end as seconds, "
        "t.engineer_id "
        "from kpi.fact_clocks as k cross join kpi.run_context as r "
        "inner join kpi.fact_tickets as t on k.site_id = t.site_id and k.ticket_id = t.ticket_id "
        "left join kpi.dim_departments as d "
        "on k.site_id = d.site_id and k.department_id = d.department_id "
        "where k.is_running and k.is_reliable and t.is_open and not t.is_void "
        "and (k.breached_at is not null or k.net_seconds >= r.due_soon_share * k.target_seconds) "
        f"and {own}{narrowed} "
        f"qualify row_number() over (partition by k.site_id, k.ticket_id order by {_ORDER}) = 1 "
        f"order by {_ORDER}",
        [*values, *codes],
    )
    held = [row.pop("engineer_id") for row in rows]
    if viewer.role in PERSONAL_ROLES:
        known = names_of(con)
        for row, engineer in zip(rows, held, strict=True):
            row["engineer_name"] = known.get((row["site_id"], engineer), engineer or "")
    return rows


def names_of(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Return the names of engineers by site and id; for readers that know who may see them."""
    rows = con.execute("select site_id, engineer_id, coalesce(name, engineer_id) "
                       "from kpi.dim_engineers").fetchall()  # fmt: skip
    return {(site, engineer): name for site, engineer, name in rows}


def outcomes(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    *,
    start: date,
    end: date,
    where: Mapping[str, Sequence[str]] | None = None,
) -> list[Row]:
    """Return how the clocks of a period came out, by priority: what the attainment is made of.

    Args:
        con: a snapshot.
        viewer: who asks; an engineer is shown the whole department's sums, as in the metric.
        start: first local day.
        end: local day after the last.
        where: filters, dimension id → codes.

    Returns:
        Rows with `priority` (None where not filled in), `counted`, `met`, `met_gross`, `failed`
        (ended too late) and `open_breached` (breached, not ended at as-of), by priority; `counted`
        is the sum of `met`, `failed` and `open_breached`.

    Raises:
        RefusedError: no ticket is for them.
    """
    everybody = Viewer("head") if viewer.role == "engineer" else viewer
    own, values = own_tickets(everybody, "k", ROLES)
    narrowed, codes = _filters(where or {}, "k")
    return records(
        con,
        "select k.priority, count(*) as counted, count_if(k.is_met_net) as met, "
        "count_if(k.is_met_gross) as met_gross, "
        "count_if(not k.is_met_net and not k.is_running) as failed, "
        "count_if(not k.is_met_net and k.is_running) as open_breached "
        "from kpi.fact_clocks as k where k.is_counted and k.period_on >= ? and k.period_on < ? "
        f"and {own}{narrowed} group by k.priority order by k.priority nulls last",
        [start, end, *values, *codes],
    )
