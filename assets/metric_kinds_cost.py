"""The kinds of metric about cost, parts, outsourcing, knowledge and fair comparison, by name.

Holds the list only, loaded on first use: most readers ask for none of them.
"""

from collections.abc import Callable
from importlib import import_module

from assets.metric_number import Limits, Number
from assets.metric_query import Query

Kind = Callable[[Query, Limits], list[Number]]
_MODULES = {
    "quotient": "metric_quotients",
    "assets_at": "metric_assets",
    "asset_costs_at": "metric_assets",
    "cost_of_service": "metric_assets",
    "certificates": "metric_assets",
    "replacement": "replacement",
    "parts_at": "metric_stock",
    "stock_turnover": "metric_stock",
    "days_out": "metric_stock",
    "coverage": "metric_coverage",
    "training_need": "metric_training",
    "training_effect": "metric_training",
    "page_cost": "metric_pages",
    "failure_ratio": "metric_compared",
    "shrunk_rate": "metric_compared",
}
_FUNCTIONS = {"replacement": "candidates"}
_DEVICES = ("kpi.dim_assets", "kpi.fact_service_costs")
# What a kind reads, where it is not one fact.
TABLES: dict[str, tuple[str, ...]] = {
    "assets_at": ("kpi.dim_assets",),
    "asset_costs_at": _DEVICES,
    "cost_of_service": (*_DEVICES, "kpi.fact_exposure"),
    "certificates": ("kpi.fact_certificates", "kpi.fact_exposure"),
    "replacement": (*_DEVICES, "kpi.fact_exposure", "kpi.fact_failures", "kpi.fact_tickets"),
    "parts_at": ("kpi.fact_stock",),
    "stock_turnover": ("kpi.fact_stock",),
    "days_out": ("kpi.fact_stock_spans",),
    "coverage": ("kpi.dim_assets", "kpi.dim_systems", "kpi.fact_system_work", "kpi.fact_tickets"),
    "training_need": ("kpi.fact_staff", "kpi.fact_training"),
    "training_effect": ("kpi.fact_training", "kpi.fact_training_events"),
    "page_cost": (*_DEVICES, "kpi.fact_downtime", "kpi.fact_pages"),
    "failure_ratio": ("kpi.fact_exposure",),
    "clock_time": ("kpi.fact_clock_waits",),
    "shrunk_rate": ("kpi.fact_exposure",),
}


def _later(kind: str) -> Kind:
    def compute(query: Query, limits: Limits) -> list[Number]:
        module = import_module(f"assets.{_MODULES[kind]}")
        numbers: list[Number] = getattr(module, _FUNCTIONS.get(kind, kind))(query, limits)
        return numbers

    return compute


COMPUTE: dict[str, Kind] = {kind: _later(kind) for kind in _MODULES}
