"""Planted causes of whole simulated hospitals, looked for on their fishbones.

Holds the way from a store with its truth to the ranks. The same at function level, by the hundred
and with chosen noise, is in `cause_trials`.
"""

import json
import multiprocessing
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets import models, rule_tables, warehouse
from assets.causes.fishbone import TOP, fishbone
from assets.causes.topic import topic
from assets.pull import pull
from benchmarks.proofs import Proof
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.spec import DemoSpec

# Three planted causes each.
HOSPITALS = range(1, 37)
UNTIL = date(2026, 11, 1)
# Fewer failures are no problem, and no fishbone can be drawn of them.
FAILURES_AT_LEAST = 6
CAUSES_AT_LEAST, TOP_AT_LEAST = 100, 0.90
_TABLES = ("kpi.fact_faults", "kpi.dim_causes", "kpi.dim_labels", "kpi.run_context")
_WORKERS = 2
_ROOMS = ("config", "assets", "demo")


def planted_causes_in_the_top(
    con: duckdb.DuckDBPyConnection, truth: Mapping[str, Any]
) -> list[bool]:
    """Return of each planted cause whether it is among the first three of its fishbone.

    A cause is planted on one device, or on several that got the same bad lot: those are one topic.

    Args:
        con: the hospital's warehouse, built.
        truth: what is true of its site.
    """
    stories: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for one in truth["repeat_chains"]:
        key = (one["chain"], one["fault_family_code"], one["cause_code"])
        stories.setdefault(key, []).append(one)
    found = []
    for (_, family, cause), chains in stories.items():
        if sum(len(one["ticket_ids"]) for one in chains) < FAILURES_AT_LEAST:
            continue
        where = {"asset": [one["asset_id"] for one in chains], "fault_family": family}
        [bone] = [
            one for one in fishbone(con, topic(con, where=where)).bones if one["code"] == cause
        ]
        found.append(bool(bone["n"]) and bone["rank"] <= TOP)
    return found


def prove() -> list[Proof]:
    """Return the proof over many hospitals."""
    found: list[bool] = []
    with multiprocessing.get_context("spawn").Pool(_WORKERS, maxtasksperchild=2) as pool:
        for number, one in enumerate(pool.imap(_of_hospital, HOSPITALS), start=1):
            found += one
            print(f"hospital {number}: {sum(found)} of {len(found)} in the top three", flush=True)
    holds = len(found) >= CAUSES_AT_LEAST and sum(found) >= TOP_AT_LEAST * len(found)
    return [
        Proof(
            f"{len(HOSPITALS)} hospitals: planted causes in the top three of their fishbone",
            f"≥ {TOP_AT_LEAST:.0%} of ≥ {CAUSES_AT_LEAST}", f"{HOSPITALS[0]}–{HOSPITALS[-1]}",
            len(found), f"{sum(found)} of {len(found)}", holds, _ROOMS,
        )
    ]  # fmt: skip


def _of_hospital(seed: int) -> list[bool]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'store.sqlite'}"
        settings = Settings(home=folder / "home", sources=(SourceSettings(url=url),))
        ensure_home(settings)
        store.create(url, DemoSpec(UNTIL, seed), truth_path=folder / "truth.json")
        con = warehouse.connect(settings.warehouse_path, settings)
        report = pull(con, settings)
        with warehouse.transaction(con):
            context = rule_tables.RunContext(report.as_of, report.is_demo)
            rule_tables.load(con, load_rules(None), settings, context)
            models.build(con, _needed())
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        found = planted_causes_in_the_top(con, next(iter(truth["sites"].values())))
        con.close()
    return found


def _needed() -> list[models.TableSpec]:
    """Return the tables that a fishbone needs, in their order."""
    wanted, chosen = set(_TABLES), []
    for spec in reversed(models.discover()):
        if spec.key in wanted:
            chosen.append(spec)
            wanted |= set(spec.depends_on)
    return chosen[::-1]
