"""Planted truth: failure rates of a simulated hospital against the hazards it was made from.

The truth of a model is the realised hazard integral of its own devices divided by their time in
service. One fixed seed here; many seeds in `make verify`.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assets import metrics, models, rule_tables, warehouse
from assets.pull import pull
from benchmarks.cause_hospitals import planted_causes_in_the_top
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.spec import DemoSpec

MODELS_AT_LEAST = 40
COVERED_AT_LEAST = 0.90
CAUSES = 3  # dust, bad power, a bad lot of paper


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, Any]]:
    """The seed-size hospital, computed, and what is true about its one site."""
    folder = tmp_path_factory.mktemp("truth")
    url, truth_path = f"sqlite:///{folder / 'store.sqlite'}", folder / "truth.json"
    store.create(url, DemoSpec(seed=2026, until=date(2026, 11, 1)), truth_path=truth_path)
    settings = Settings(home=folder / "home", sources=(SourceSettings(url=url),))
    ensure_home(settings)
    con = warehouse.connect(settings.warehouse_path, settings)
    report = pull(con, settings)
    with warehouse.transaction(con):
        context = rule_tables.RunContext(report.as_of, report.is_demo)
        rule_tables.load(con, load_rules(None), settings, context)
        models.build(con, models.discover())
    truth = json.loads(Path(truth_path).read_text(encoding="utf-8"))
    return con, next(iter(truth["sites"].values()))


@pytest.mark.parametrize(
    ("metric_id", "kind"), [("inherent_failure_rate", "inherent"), ("use_failure_rate", "use")]
)
def test_the_interval_of_a_model_covers_its_planted_hazard(
    hospital: tuple[Any, dict[str, Any]], metric_id: str, kind: str
) -> None:
    con, truth = hospital
    frame = metrics.read(con, metric_id, grain="total", by=["asset_class", "model"])
    rows = frame[frame["statistic"] == "daily_pct"].set_index(["asset_class_code", "model_code"])
    covered = []
    for model in truth["models"]:
        row = rows.loc[(model["asset_class"], model["model"])]
        planted = 100 * model[kind]["hazard_in_service"] / model["in_service_days"]
        covered.append(row["lo"] <= planted <= row["hi"])
        assert row["denominator"] == pytest.approx(model["in_service_days"], abs=1e-5)
    assert len(covered) >= MODELS_AT_LEAST
    assert sum(covered) / len(covered) >= COVERED_AT_LEAST


def test_the_counted_failures_are_the_planted_ones(
    hospital: tuple[Any, dict[str, Any]],
) -> None:
    con, truth = hospital
    frame = metrics.read(con, "use_failure_rate", grain="total", by=["model"])
    rows = frame[frame["statistic"] == "daily_pct"].set_index("model_code")
    counted = sum(rows.loc[model["model"], "numerator"] for model in truth["models"])
    planted = sum(model["use"]["count"] for model in truth["models"])
    assert counted == pytest.approx(planted, rel=0.01)


def test_a_planted_outage_is_one_common_cause(hospital: tuple[Any, dict[str, Any]]) -> None:
    con, truth = hospital
    found = con.execute(
        "select common_cause_id, max(cluster_size) from core.common_cause group by 1"
    ).fetchall()
    assert len(found) >= len(truth["outages"])
    assert max(size for _, size in found) >= 30


def test_the_planted_causes_stand_in_the_top_three_of_their_fishbone(
    hospital: tuple[Any, dict[str, Any]],
) -> None:
    con, truth = hospital
    tops = planted_causes_in_the_top(con, truth)
    assert tops == [True] * CAUSES


def test_missed_warranty_claims_are_the_planted_ones_to_the_cent(
    hospital: tuple[Any, dict[str, Any]],
) -> None:
    con, truth = hospital
    frame = metrics.read(con, "missed_warranty_claims", grain="total").set_index("statistic")
    planted = truth["missed_warranties"]
    cents = dict.fromkeys(("part", "external", "freight"), 0)
    for line in planted:
        cents[line["kind"]] += round(100 * line["amount_cny"])
    assert all(cents.values())
    found = frame["value"]
    assert round(100 * found["cny"]) == sum(cents.values())
    assert round(100 * found["external_cny"]) == cents["external"]
    assert found["lines"] == len(planted)
    assert found["assets"] == len({line["asset_id"] for line in planted})
