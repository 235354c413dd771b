"""Repeated faults at 1.1 million tickets: chains, their statistics, and both after 1 000 changes.

Holds the timing alone; the data are those of `kpi_stage`. Timed is every model that exists for
repeats, from the failures by device and family to the lists on the pages, on layers that stand.
"""

import time
from pathlib import Path

from assets import models, rule_tables, warehouse
from assets.model_changes import WHOLE_SHARE, Follower
from assets.recurrence import chances
from benchmarks import kpi_stage
from benchmarks.report import Result, median
from config.rules import load_rules

COPIES = 10
MODELS = (
    "core.service_clock", "core.fault_tickets", "core.fault_episodes", "core.recurrence_links",
    "core.recurrence_chains", "core.device_swaps", "core.place_spans", "core.place_links",
    "core.lot_issues", "core.lot_links", "core.shared_chains", "core.chain_members",
    "kpi.fact_recurrence", "kpi.detail_chains", "kpi.detail_chain_links",
    "kpi.detail_common_causes",
)  # fmt: skip


def measure(repeats: int) -> list[Result]:
    """Chains built whole, chances computed, and chains following 1 000 changes."""
    with kpi_stage.built(COPIES) as home:
        whole = [timed(home) for _ in range(repeats)]
        again = [followed(home) for _ in range(repeats)]
    return [
        median("Chains of 1.1 M tickets, built whole", 10, "s", [one[0] for one in whole]),
        median("Repeats of 1.1 M tickets against chance", 10, "s", [one[1] for one in whole]),
        median("Chains after 1 000 changes at 1.1 M tickets", 10, "s", again),
    ]


def timed(home: Path) -> tuple[float, float]:
    """Return seconds to build the chain models anew, and seconds of their statistics."""
    settings = kpi_stage._settings(home, "sqlite:///none", COPIES)
    con = warehouse.connect(settings.warehouse_path, settings)
    chosen = [spec for spec in models.discover() if spec.key in MODELS]
    started = time.perf_counter()
    for layer in models.SCHEMAS:
        with warehouse.transaction(con):
            models.build(con, [spec for spec in chosen if spec.schema == layer])
    built = time.perf_counter()
    chances.build(con)
    judged = time.perf_counter()
    con.close()
    print(f"chains {built - started:.1f} s, chances {judged - built:.1f} s", flush=True)
    return built - started, judged - built


def followed(home: Path) -> float:
    """Return seconds in which the chain models follow 1 000 changes; the others are not counted."""
    settings = kpi_stage._settings(home, "sqlite:///none", COPIES)
    con = warehouse.connect(settings.warehouse_path, settings)
    load_id, before = kpi_stage._last_load(con)
    kpi_stage._change(con, kpi_stage.CHANGES)
    _, as_of = kpi_stage._last_load(con)
    spent = 0.0
    with warehouse.transaction(con):
        context = rule_tables.RunContext(as_of, is_demo=True)
        rule_tables.load(con, load_rules(None), settings, context)
        follower = Follower(con, load_id, before, WHOLE_SHARE)
        for spec in models.discover():
            started = time.perf_counter()
            follower.follow(spec)
            spent += time.perf_counter() - started if spec.key in MODELS else 0.0
    con.close()
    print(f"chains followed {spent:.1f} s", flush=True)
    return spent
