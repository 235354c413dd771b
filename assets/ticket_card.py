"""One ticket as its own page tells it: what happened when, its clocks, their pauses and targets.

Holds who may open which ticket and who is named in it. The moments come from the facts that the
numbers are made of, so that a page and a KPI cannot tell two stories; how it looks is the page's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from assets import due_clocks
from assets.metric_details import PERSONAL_ROLES
from assets.viewers import Viewer
from assets.warehouse import records
from config.errors import ConfigError

Row = dict[str, Any]
ROLES = ("head", "qcc", "engineer", "department")
_FIELDS = (
    "site_id", "ticket_id", "ticket_no", "department_id", "asset_id", "asset_tag", "asset_name",
    "fault_family", "work_class", "channel", "priority", "urgency", "outcome_code",
    "resolution_mode", "reported_at", "created_at", "dispatched_at", "accepted_at", "arrived_at",
    "first_finished_at", "restored_at", "verified_at", "ended_at", "is_open", "is_void",
    "reopen_count", "transfer_count", "chase_count", "out_of_order_count", "restore_seconds",
    "open_seconds",
)  # fmt: skip
_PARTS = (
    "accept_wait", "travel", "diagnosis", "repair", "waiting_part", "waiting_user", "vendor",
    "approval", "force_majeure", "other", "reopened_gap",
)  # fmt: skip


@dataclass(frozen=True)
class Ticket:
    """One ticket.

    Attributes:
        row: columns of `kpi.fact_tickets`, and `department_name`.
        states: `status`, `from_second`, `to_second` (None while it lasts), in time.
        holders: `from_second`, `to_second`, `is_current`, `transfer_reason` and `engineer_name`:
            the person for the head, the own name for an engineer, else None.
        clocks: columns of `kpi.fact_clocks`.
        waits: what pauses took off each clock that counts: `clock`, `reason_code`, `seconds`.
        stages: stage → seconds from report to restoration, which they add up to; empty while open.
    """

    row: Row
    states: list[Row]
    holders: list[Row]
    clocks: list[Row]
    waits: list[Row]
    stages: dict[str, int]


def _own(viewer: Viewer) -> tuple[str, list[Any]]:
    """Return the condition on tickets t for this person; an engineer opens what they ever held."""
    if viewer.role != "engineer":
        return due_clocks.own_tickets(viewer, "t", ROLES)
    held = (
        "exists (from kpi.fact_holder_spans as h where h.site_id = t.site_id "
        "and h.ticket_id = t.ticket_id and h.engineer_id = ?)"
    )
    values = [viewer.engineer_id or ""]
    return (f"{held} and t.site_id = ?", [*values, viewer.site_id]) if viewer.site_id else (
        held, values
    )  # fmt: skip


def sites_of(con: duckdb.DuckDBPyConnection, viewer: Viewer, ticket_id: str) -> list[str]:
    """Return the sites at which this person may see a ticket of that id.

    Raises:
        RefusedError: no ticket is for them.
    """
    own, values = _own(viewer)
    found = con.execute(
        f"select t.site_id from kpi.fact_tickets as t where t.ticket_id = ? and {own} order by 1",
        [ticket_id, *values],
    ).fetchall()
    return [site for (site,) in found]


def ticket(con: duckdb.DuckDBPyConnection, viewer: Viewer, ticket_id: str, site_id: str) -> Ticket:
    """Return a ticket as this person may see it.

    Raises:
        ConfigError: there is no such ticket, or it is not theirs to see.
        RefusedError: no ticket is for them.
    """
    if site_id not in sites_of(con, viewer, ticket_id):
        raise ConfigError(f"没有工单「{ticket_id[:60]}」,或不归当前身份查看。",
                          "请从时效页或设备卡进入。")  # fmt: skip
    key = [site_id, ticket_id]
    [row] = records(
        con,
        f"select {', '.join(f't.{name}' for name in _FIELDS)}, d.name as department_name "
        "from kpi.fact_tickets as t left join kpi.dim_departments as d "
        "on t.site_id = d.site_id and t.department_id = d.department_id "
        "where t.site_id = ? and t.ticket_id = ?",
        key,
    )
    return Ticket(
        row=row,
        states=records(con, _STATES, key),
        holders=_holders(con, viewer, key),
        clocks=records(con, _CLOCKS, key),
        waits=records(con, _WAITS, key),
        stages=_stages(con, key),
    )


_STATES = (
    "select status, from_second, to_second from kpi.fact_status_spans "
    "where site_id = ? and ticket_id = ? order by from_order"
)
_CLOCKS = (
    "select clock, calendar_id, target_seconds, net_seconds, gross_seconds, elapsed_seconds, "
    "breached_at, due_at, is_running, is_paused, is_missing, is_reliable, is_counted, is_met_net, "
    "is_met_gross, start_second from kpi.fact_clocks as k "
    "left join kpi.dim_labels as n on n.kind = 'clock' and n.code = k.clock "
    "where k.site_id = ? and k.ticket_id = ? order by n.sort_order, k.clock"
)
_WAITS = (
    "select clock, reason_code, seconds from kpi.fact_clock_waits "
    "where site_id = ? and ticket_id = ? order by clock, seconds desc, reason_code"
)
_HELD = (
    "select h.from_second, h.to_second, h.is_current, x.transfer_reason, h.engineer_id "
    "from kpi.fact_holder_spans as h left join kpi.fact_transfers as x "
    "on h.site_id = x.site_id and h.ticket_id = x.ticket_id and h.span_order = x.event_order "
    "where h.site_id = ? and h.ticket_id = ? order by h.span_order"
)


def _holders(con: duckdb.DuckDBPyConnection, viewer: Viewer, key: Sequence[str]) -> list[Row]:
    rows, names = records(con, _HELD, key), due_clocks.names_of(con)
    for row in rows:
        engineer = row.pop("engineer_id")
        is_own = viewer.role == "engineer" and engineer == viewer.engineer_id
        is_named = viewer.role in PERSONAL_ROLES or is_own
        row["engineer_name"] = names.get((key[0], engineer), engineer) if is_named else None
    return rows


def _stages(con: duckdb.DuckDBPyConnection, key: Sequence[str]) -> dict[str, int]:
    columns = ", ".join(f"{name}_seconds as {name}" for name in _PARTS)
    rows = records(
        con,
        f"select {columns} from kpi.fact_restorations where site_id = ? and ticket_id = ?",
        key,
    )
    return {name: int(seconds) for row in rows for name, seconds in row.items() if seconds}
