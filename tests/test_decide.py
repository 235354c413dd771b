"""The commands that prepare decisions, on the tiny demo with the demo's own prices."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, build_settings
from typer.testing import CliRunner

from config.settings import Settings
from demo import store
from demo.spec import DemoSpec
from pipelines.cli import app
from pipelines.run import execute

PRICES = ROOT / "demo" / "prices.yml"


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("decide")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    store.create(url, DemoSpec(until=date(2026, 11, 1), size="tiny"))
    settings = build_settings(folder / "home", url)
    settings.rules_dir.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PRICES, settings.rules_dir / "prices.yml")
    execute(settings, "refresh", ephemeral=True)
    return settings


@pytest.fixture
def told(hospital: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPSPULSE_HOME", str(hospital.home))
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", hospital.sources[0].url.get_secret_value())

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["decide", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_devices_to_replace_come_with_their_reasons(told) -> None:
    rows = json.loads(told("replace", "--json"))
    assert rows
    for row in rows:
        assert len(row["reasons"]) == len(row["signs"]) >= 2
    assert rows[0]["asset_id"] in told("replace")


def test_own_printers_are_set_against_the_offer_with_break_even_and_swings(told) -> None:
    rows = json.loads(told("print", "--json"))
    assert all(row["contract_cny"] is not None for row in rows)
    dear = [row for row in rows if row["own_cny"] > row["contract_cny"]]
    text = told("print")
    assert dear
    assert "外包" in text
    assert "±20%" in text


def test_a_warranty_is_called_worth_it_only_outside_what_chance_allows(told) -> None:
    rows = [row for row in json.loads(told("warranty", "--json")) if row["price_cny"] is not None]
    assert {row["asset_class"] for row in rows} >= {"台式机", "笔记本"}
    for row in rows:
        if row["is_proven"] is not None:
            outside = not row["lo_cny"] <= float(row["price_cny"]) <= row["hi_cny"]
            assert row["is_proven"] == outside
        if row["expected_cny"]:
            assert row["lo_cny"] < row["expected_cny"] < row["hi_cny"]


def test_what_is_the_demos_is_said_to_be(told) -> None:
    assert "演示数据" in told("warranty")
    assert "演示" in Path(PRICES).read_text(encoding="utf-8").splitlines()[0]
