"""What the peers are given: the core tables and columns that the compared KPIs need.

Holds the choice of columns and the KPIs compared: how each is read from us, and which of its
figures must agree.
"""

from dataclasses import dataclass

# Asset and ticket dimensions stand in the peers' hands as in ours: in tables of their own.
TABLES = {
    "tickets": "site_id, ticket_id, asset_id, fault_family_code, department_id, reported_on, "
    "restored_on, is_void, reopen_count, transfer_count, first_restore_seconds, "
    "local_date(first_finished_at, 'Asia/Shanghai') as first_finished_on",
    "clocks": "site_id, ticket_id, clock, period_on, is_counted, is_met_net, is_met_gross",
    "status_spans": "site_id, ticket_id, status, from_at, to_at",
    "failure_episodes": "site_id, episode_id, asset_id, is_in_service",
    "exposure": "site_id, asset_id, from_second, to_second",
    "downtime_seconds": "site_id, asset_id, weight_pct, from_second, to_second",
    "assets": "site_id, asset_id, asset_class, criticality_weight",
    "departments": "site_id, department_id, zone",
    "costs": "site_id, cost_id, ticket_id, amount_cny, occurred_on",
    "calls": "site_id, call_id, department_id, called_on, is_answered",
    "stock_daily": "site_id, part_id, store_id, on_date, net_quantity",
    "parts": "site_id, part_id, part_class, price_cny",
}


@dataclass(frozen=True)
class Kpi:
    """A KPI that is compared.

    Attributes:
        name: as in the results; the peers' functions and statements bear it too.
        metric_id: ours.
        by: the dimension of the cut.
        figures: (statistic, column of `metrics.read`) pairs that must agree, in the order of the
            peers' columns.
        grain: length of the periods.
    """

    name: str
    metric_id: str
    by: str
    figures: tuple[tuple[str, str], ...]
    grain: str = "month"


KPIS = (
    Kpi("reports", "reports", "fault_family", (("count", "numerator"),)),
    Kpi("reports_by_zone", "reports", "zone", (("count", "numerator"),)),
    Kpi(
        "sla_attainment",
        "sla_attainment",
        "fault_family",
        (("net", "numerator"), ("gross", "numerator"), ("net", "denominator")),
    ),
    Kpi(
        "first_restore_time",
        "first_restore_time",
        "fault_family",
        (("median", "value"), ("p90", "value"), ("mean", "numerator"), ("mean", "denominator")),
    ),
    Kpi(
        "use_failure_rate",
        "use_failure_rate",
        "asset_class",
        (("daily_pct", "numerator"), ("daily_pct", "denominator")),
    ),
    Kpi(
        "availability",
        "availability",
        "asset_class",
        (("a_24x7", "numerator"), ("a_24x7", "denominator")),
    ),
    Kpi("backlog_by_day", "backlog", "fault_family", (("count", "numerator"),), grain="day"),
    Kpi(
        "completion_rate",
        "completion_rate",
        "fault_family",
        (("cohort", "numerator"), ("cohort", "denominator")),
    ),
    Kpi(
        "reopens",
        "reopens",
        "fault_family",
        (("share", "numerator"), ("share", "denominator"), ("count", "numerator")),
    ),
    Kpi(
        "transfers",
        "transfers",
        "asset_class",
        (("share", "numerator"), ("share", "denominator"), ("count", "numerator")),
    ),
    Kpi("repair_cost", "repair_cost", "fault_family", (("cny", "numerator"),)),
    Kpi(
        "calls_answered",
        "calls_answered",
        "zone",
        (("share", "numerator"), ("share", "denominator")),
    ),
    Kpi(
        "stock_on_hand",
        "stock_on_hand",
        "part_class",
        (("quantity", "numerator"), ("value_cny", "numerator")),
    ),
)
