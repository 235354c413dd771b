"""The rows behind numbers, as a role may see them.

Holds who may read which table and which columns are personal. Which rows belong to a number is in
`metric_rows`; the numbers themselves in `metrics`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from assets.metric_registry import registry
from config.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

# Which detail tables a role may read; engineers' names are added for those who may see them.
_DETAIL_ROLES = {
    "fact_tickets": ("head", "finance", "qcc", "engineer", "wall"),
    "fact_clocks": ("head", "qcc", "engineer", "wall"),
    "fact_claims": ("head", "qcc", "engineer", "wall"),
    "fact_status_spans": ("head", "engineer", "wall"),
    "fact_costs": ("head", "finance"),
    "fact_failures": ("head", "qcc", "engineer"),
    "fact_faults": ("head", "qcc", "engineer"),
    "improvements": ("head", "qcc", "engineer"),
    "fact_stock": ("head", "finance"),
    "fact_calls": ("head", "engineer", "wall"),
    "fact_downtime": ("head", "qcc", "engineer"),
    "fact_effort": ("head",),
    "fact_pm": ("head", "qcc", "engineer"),
    "fact_ratings": ("head", "qcc"),
    "fact_roster": ("head",),
    "fact_vendor_stays": ("head", "finance", "engineer"),
    "fact_ticket_parts": ("head", "finance", "engineer"),
    "dim_workdays": ("head", "finance", "engineer"),
    "fact_visits": ("head", "finance"),
    "fact_sendouts": ("head", "finance"),
    "fact_restorations": ("head", "qcc", "engineer"),
    "fact_first_fixes": ("head", "qcc", "engineer"),
    "fact_recurrence": ("head", "qcc", "engineer"),
    "detail_chains": ("head", "qcc", "engineer"),
    "detail_chain_links": ("head", "qcc", "engineer"),
    "detail_common_causes": ("head", "qcc", "engineer"),
    "detail_problems": ("head", "qcc", "engineer"),
    "recurrence_totals": ("head", "qcc", "engineer"),
    "fact_handling": ("head", "qcc", "engineer"),
    "fact_transfers": ("head", "engineer"),
    "fact_flows": ("head", "qcc", "engineer"),
    "fact_forgotten": ("head", "engineer", "wall"),
    "fact_dispatches": ("head",),
    "fact_engineer_days": ("head",),
    "fact_complaints": ("head", "qcc"),
    "fact_rating_marks": ("head", "qcc"),
    "fact_staff_handovers": ("head",),
    "fact_handover_items": ("head",),
    "fact_device_states": ("head", "finance", "qcc", "engineer"),
    "fact_due": ("head", "finance", "engineer", "wall"),
    "detail_queue": ("head", "engineer"),
    "detail_fault_queue": ("head", "engineer", "qcc"),
    "detail_fault_samples": ("head", "qcc"),
    "fact_fault_codes": ("head", "qcc", "engineer"),
    "fault_model_quality": ("head", "qcc", "engineer"),
    "fact_loans": ("head", "finance", "engineer", "wall"),
    "fact_service_costs": ("head", "finance"),
    "fact_demands": ("head", "finance", "engineer"),
    "fact_issues": ("head", "finance"),
    "fact_stock_spans": ("head", "finance"),
    "fact_certificates": ("head", "qcc", "engineer"),
    "fact_knowledge": ("head", "qcc", "engineer"),
    "fact_system_work": ("head",),
    "fact_training": ("head", "finance", "qcc"),
    "fact_training_events": ("head", "finance", "qcc"),
    "fact_staff": ("head", "finance", "qcc"),
    "fact_pages": ("head", "finance"),
    "fact_usage": ("head", "finance"),
    "fact_print_bills": ("head", "finance"),
    "dim_assets": ("head", "finance"),
    "dim_systems": ("head",),
    "dim_customers": ("head", "finance"),
    "cost_terms": ("head", "finance"),
    "warranty_offers": ("head", "finance"),
    "dim_parts": ("head", "finance", "wall"),
    "dim_stores": ("head", "finance"),
    "dim_departments": ("head", "finance", "qcc", "engineer", "wall"),
    "dim_sites": ("head", "finance", "qcc", "engineer", "wall"),
    "dim_engineers": ("head",),
    "dim_labels": ("head", "finance", "qcc", "engineer", "wall"),
    "failed_gates": ("head", "finance", "qcc", "engineer", "wall"),
    "check_results": ("head", "finance", "qcc", "engineer", "wall"),
    "stopped_tables": ("head", "finance", "qcc", "engineer", "wall"),
    "connected_tables": ("head", "finance", "qcc", "engineer", "wall"),
    "data_quality": ("head", "finance", "qcc", "engineer", "wall"),
}
_PERSONAL_COLUMNS = ("engineer_id", "from_engineer_id")
# Who may see which person stands behind a row.
PERSONAL_ROLES = ("head",)


def _roles_of(name: str) -> tuple[str, ...]:
    """Return who may read a table; the hospital's own ones are for heads."""
    if any(metric.is_own and metric.fact == name for metric in registry().values()):
        return _DETAIL_ROLES.get(name, ("head",))
    return _DETAIL_ROLES.get(name, ())


def detail(
    con: duckdb.DuckDBPyConnection,
    name: str,
    *,
    role: str,
    where: str = "true",
    parameters: Sequence[Any] = (),
    order_by: str = "all",
) -> "pd.DataFrame":
    """Return the rows behind numbers, as a role may see them.

    Args:
        con: a snapshot or live file.
        name: one of the `kpi` tables open to details.
        role: who asks; personal columns are dropped unless the role may see them.
        where: SQL condition over the table's columns, written by our own code only.
        parameters: values for its placeholders.
        order_by: SQL order.

    Raises:
        ConfigError: the role may not read that table.
    """
    if role not in _roles_of(name):
        raise ConfigError(f"当前身份无权查看明细「{name}」。", "请联系科室负责人。")
    frame = con.execute(
        f"select f.* from kpi.{name} as f where {where} order by {order_by}", list(parameters)
    ).df()
    if role in PERSONAL_ROLES:
        return frame
    return frame.drop(columns=[column for column in _PERSONAL_COLUMNS if column in frame])


def detail_rows(
    con: duckdb.DuckDBPyConnection,
    name: str,
    *,
    role: str,
    where: str = "true",
    parameters: Sequence[Any] = (),
    order_by: str = "all",
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return what `detail` does as exact values: DECIMAL stays Decimal, NULL is None.

    ``limit``: at most so many, the first in that order; all by default.
    """
    if role not in _roles_of(name):
        raise ConfigError(f"当前身份无权查看明细「{name}」。", "请联系科室负责人。")
    most = "" if limit is None else f" limit {limit}"
    cursor = con.execute(
        f"select f.* from kpi.{name} as f where {where} order by {order_by}{most}",
        list(parameters),
    )
    names = [column[0] for column in cursor.description or []]
    hidden = () if role in PERSONAL_ROLES else _PERSONAL_COLUMNS
    return [
        {key: value for key, value in zip(names, row, strict=True) if key not in hidden}
        for row in cursor.fetchall()
    ]


def detail_count(con: duckdb.DuckDBPyConnection, name: str, *, role: str, where: str) -> int:
    """Return how many rows `detail_rows` has under a condition.

    Raises:
        ConfigError: the role may not read that table.
    """
    if role not in _roles_of(name):
        raise ConfigError(f"当前身份无权查看明细「{name}」。", "请联系科室负责人。")
    row = con.execute(f"select count(*) from kpi.{name} as f where {where}").fetchone()
    return int(row[0]) if row else 0
