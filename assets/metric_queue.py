"""A ward's own view of its open tickets: place in the queue, state, when they are likely done.

Holds the one query that may be shown to a clinical department: its own tickets and nobody's names.
The engineers' and the head's view is `detail_queue` through `metric_details`.
"""

from typing import Any

import duckdb

_SHOWN = (
    "ticket_id", "ticket_no", "fault_family", "priority", "asset_tag", "asset_name", "reported_at",
    "status", "position", "queue_length", "similar_count", "eta_from_at", "eta_to_at",
)  # fmt: skip


def ward_queue(
    con: duckdb.DuckDBPyConnection, site_id: str, department_id: str
) -> list[dict[str, Any]]:
    """Return the open tickets of one department, waiting ones in the order of dispatch first.

    ``position`` counts all waiting tickets of the zone, other wards' too, and is None once somebody
    has accepted; ``eta_from_at`` and ``eta_to_at`` (UTC) are when half and four in five of the
    similar tickets that took longer than this one has were restored, None where there are too few.

    Args:
        con: a snapshot or the warehouse.
        site_id: site of the department.
        department_id: whose tickets; no other's are read.
    """
    cursor = con.execute(
        f"select {', '.join(_SHOWN)} from kpi.detail_queue "
        "where site_id = ? and department_id = ? "
        "order by position nulls last, reported_at, ticket_id",
        [site_id, department_id],
    )
    return [dict(zip(_SHOWN, row, strict=True)) for row in cursor.fetchall()]
