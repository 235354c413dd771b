"""Every KPI against the oracle, which shares no code with the program: equal to the last digit.

Counts, money and seconds are compared exactly as the registry rounds them, interval bounds to 1e-9
beyond that rounding. Two tiny stores with bad rows here, the second of two sites that number their
people, departments and parts alike; twenty, with every check on, behind `make verify`.
"""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from conftest import ROOT, build_settings
from oracle import (
    compared,
    costs,
    decisions,
    equipment,
    figures,
    flow,
    loads,
    people,
    practice,
    registers,
    repeats,
    steps,
    stock,
    usage,
)
from oracle.figures import Figure, Measure
from oracle.hospital import Hospital

from assets import metrics, models, rule_tables, warehouse
from assets.metric_context import unchanging
from assets.pull import pull
from config.rules import load_rules
from data_checks.validate import validator
from demo import store
from demo.spec import DemoSpec

MEASURES: dict[str, Measure] = {
    **figures.MEASURES,
    **equipment.MEASURES,
    **compared.MEASURES,
    **registers.MEASURES,
    **costs.MEASURES,
    **flow.MEASURES,
    **people.MEASURES,
    **steps.MEASURES,
    **usage.MEASURES,
    **stock.MEASURES,
    **decisions.MEASURES,
    **practice.MEASURES,
    **repeats.MEASURES,
    **loads.MEASURES,
}
# What the oracle does not recompute, and why.
NOT_COVERED = {
    "data_quality_score": "counts what the checks found, not what the store holds",
}
SEEDS = range(11, 11 + int(os.environ.get("OPSPULSE_ORACLE_SEEDS", "2")))
# The suites of checks take most of a pull's time and hold nothing more of the demo's bad rows than
# codes with outer spaces: they run with the twenty seeds.
IS_CHECKED = os.environ.get("OPSPULSE_ORACLE_CHECKED") == "1"
# What says nothing before a quarter, a year or a training has passed.
LOOKING_BACK = (
    "ab_coverage", "asset_tco", "dead_stock", "parts_abc_xyz", "replacement_candidates",
    "stock_turnover", "training_effect", "work_units",
)  # fmt: skip
PAST_DAYS = 400
# Not at a month's end: the last month is cut at as-of.
UNTIL = date(2026, 10, 21)
CUTS = 2
_MOMENT = datetime(2026, 10, 20, 16)  # noqa: DTZ001 - UTC, naive


@dataclass
class Pair:
    """One hospital computed twice."""

    con: duckdb.DuckDBPyConnection
    oracle: Hospital


@pytest.fixture(scope="module", params=SEEDS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp(f"oracle{request.param}")
    sites = 1 + (request.param - SEEDS[0]) % 2
    yield from _computed(folder, DemoSpec(UNTIL, request.param, "tiny", sites, has_dirt=True))


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A tiny hospital with months behind it."""
    spec = DemoSpec(UNTIL, SEEDS[0], "tiny", days=PAST_DAYS, has_dirt=True)
    yield from _computed(tmp_path_factory.mktemp("past"), spec)


def _computed(folder: Path, spec: DemoSpec) -> Iterator[Pair]:
    path = folder / "store.sqlite"
    url = f"sqlite:///{path}"
    store.create(url, spec)
    settings = build_settings(folder / "home", url)
    con = warehouse.connect(settings.warehouse_path, settings)
    report = pull(con, settings, validate=validator(as_of=_MOMENT) if IS_CHECKED else None)
    with warehouse.transaction(con):
        context = rule_tables.RunContext(report.as_of, report.is_demo)
        rule_tables.load(con, load_rules(None), settings, context)
        models.build(con, models.discover())
    yield Pair(con, Hospital(path, is_checked=IS_CHECKED))
    con.close()


def test_every_metric_has_its_oracle_or_a_reason() -> None:
    known = set(metrics.registry())
    assert known - set(MEASURES) - set(NOT_COVERED) == set()
    assert (set(MEASURES) | set(NOT_COVERED)) - known == set()
    assert set(MEASURES) & set(NOT_COVERED) == set()


def test_the_oracle_imports_nothing_of_the_program() -> None:
    rooms = {"config", "assets", "data_checks", "dashboards", "exports", "demo", "pipelines"}
    for path in (ROOT / "tests" / "oracle").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            assert {name.split(".")[0] for name in names} & rooms == set(), path.name


@pytest.mark.parametrize("metric_id", sorted(MEASURES))
def test_the_oracle_agrees(pair: Pair, metric_id: str) -> None:
    with unchanging(pair.con):
        assert differences(pair, metric_id) == []
        for dimension in cuts(metric_id):
            assert differences(pair, metric_id, *group(pair, dimension)) == []


@pytest.mark.parametrize("metric_id", LOOKING_BACK)
def test_the_oracle_agrees_on_what_looks_back(past: Pair, metric_id: str) -> None:
    with unchanging(past.con):
        assert differences(past, metric_id) == []
    months = past.oracle.months()
    assert any(MEASURES[metric_id].answer(past.oracle, one).get(()) for one in months)


@pytest.mark.parametrize(
    ("tampering", "metric_id"),
    [
        ("update kpi.fact_tickets set restore_seconds = restore_seconds + 1", "restore_time"),
        ("delete from kpi.fact_failures where started_on = (select max(started_on) "
         "from kpi.fact_failures)", "mtbf"),
        ("update kpi.fact_costs set amount_cny = amount_cny + 0.01", "repair_cost"),
        ("update kpi.fact_downtime set to_second = to_second + 60", "availability"),
    ],
)  # fmt: skip
def test_a_small_change_is_noticed(pair: Pair, tampering: str, metric_id: str) -> None:
    pair.con.begin()
    pair.con.execute(tampering)
    found = differences(pair, metric_id)
    pair.con.rollback()
    assert found


def cuts(metric_id: str) -> list[str]:
    """Some dimensions of a metric, spread over its list."""
    own = [name for name in metrics.registry()[metric_id].dimensions if name != "site"]
    step = max(1, len(own) // CUTS)
    return own[::step][:CUTS]


def group(pair: Pair, dimension: str) -> tuple[str, ...]:
    """Return what to cut by: a code of one site is another thing at the next."""
    is_one = len(pair.oracle.site_from) == 1
    return (dimension,) if is_one else ("site", dimension)


def differences(pair: Pair, metric_id: str, *dimensions: str) -> list[str]:
    """Return one line for every number on which the two do not agree."""
    frame = metrics.read(pair.con, metric_id, by=dimensions)
    codes = [f"{name}_code" for name in dimensions]
    declared = {
        name: one.precision for name, one in metrics.registry()[metric_id].statistics.items()
    }
    found = []
    for period in pair.oracle.months():
        expected = MEASURES[metric_id].answer(pair.oracle, period, *dimensions)
        rows = frame[frame["period_start"] == period.start]
        told = {
            (tuple(_code(row[name]) for name in codes), row["statistic"]): row
            for _, row in rows.iterrows()
        }
        wanted = {
            (key, name): one for key, group in expected.items() for name, one in group.items()
        }
        for key in sorted({*told, *wanted}, key=str):
            text = _difference(told.get(key), wanted.get(key), declared.get(key[1]))
            if text:
                found.append(f"{metric_id} {period.start} {dimensions} {key}: {text}")
    return found


def _code(value: Any) -> Any:
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN


def _difference(  # noqa: PLR0911 - each way to differ has its words
    told: Any, wanted: Figure | None, precision: int | None
) -> str:
    if precision is None:
        return "the oracle knows a statistic that the registry does not"
    if told is None:
        return f"missing, the oracle has {wanted}"
    if wanted is None:
        # an empty period is 0 or nothing, never a number
        return "" if not _number(told["value"]) else f"{told['value']}, the oracle has nothing"
    told_value = _number(told["value"])
    if told_value != rounded(wanted.value, precision):
        return f"value {told_value}, oracle {rounded(wanted.value, precision)}"
    if int(told["n"]) != wanted.n:
        return f"n {told['n']}, oracle {wanted.n}"
    for name in ("lo", "hi"):
        theirs, ours = _number(told[name]), getattr(wanted, name)
        exact = None if ours is None else rounded(Fraction(ours), precision)
        tolerance = 0.0 if exact is None else 1e-9 + 10.0**-precision * 1e-3
        if (theirs is None) != (exact is None) or (
            theirs is not None and exact is not None and abs(theirs - exact) > tolerance
        ):
            return f"{name} {theirs}, oracle {exact}"
    return ""


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def rounded(value: Fraction | None, precision: int) -> float | None:
    """Round half up, exactly."""
    if value is None:
        return None
    scaled = value * 10**precision
    sign = -1 if scaled < 0 else 1
    whole = int(abs(scaled) + Fraction(1, 2)) * sign
    unit = Decimal(1).scaleb(-precision)
    return float((Decimal(whole) * unit).quantize(unit, rounding=ROUND_HALF_UP))
