"""The commands about closed months: close, explain, object, decide, exempt, divide and approve."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets import snapshots, warehouse
from assets.score import desk, tables
from config.errors import ConfigError
from config.rules import load_rules
from config.settings import Settings
from pipelines import cli


def run(*words: str) -> str:
    done = CliRunner().invoke(cli.app, ["score", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def told(*words: str) -> dict:
    return json.loads(run(*words, "--json"))


@pytest.fixture
def home(tiny_copy: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("OPSPULSE_HOME", str(tiny_copy.home))
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", tiny_copy.sources[0].url.get_secret_value())
    return tiny_copy


def publish(settings: Settings) -> None:
    """What the next run does of it: scores anew, and a snapshot."""
    con = warehouse.connect(settings.warehouse_path, settings)
    with warehouse.transaction(con):
        tables.build(con, load_rules(None), settings.scores_path)
    snapshots.publish(con, settings)
    con.close()


def test_a_month_goes_from_closing_over_an_appeal_to_money(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = ("--month", "2026-09")
    assert told("close", *month, "--actor", "U07")["versions"][0]["actor"] == "U07"
    publish(home)
    own = ("--as", "engineer:E02")
    assert {one["closed_version"] for one in told("show", *month)["scores"]} == {1}
    assert "已关账" in run("show", *month)
    ledger = told("explain", "E02", *month, *own)["ledger"]
    costly = [row for row in ledger if row["ticket_id"] and row["points"].startswith("-")]
    row = min(costly, key=lambda one: float(one["points"]))
    assert row["evidence"]
    assert str(row["ledger_id"]) in run("explain", "E02", *month, *own)
    appeal = ("2026-09-E02-1",)
    assert "提交" in run(
        "appeal", "submit", str(row["ledger_id"]), *month, *own, "--reason", "供电未恢复",
        "--evidence", row["evidence"][0],
    )  # fmt: skip
    assert "受理" in run("appeal", "accept", *appeal, "--actor", "U08")
    listed = told("appeal", "list", *own)
    assert [one["state"] for one in listed["appeals"]] == ["accepted"]
    assert listed["tally"] is None
    done = told(
        "appeal", "decide", *appeal, "--uphold", "--reason", "属实", "--actor", "U08",
        "--row", f"{row['ledger_id']}=0.25",
    )  # fmt: skip
    assert (done["state"], done["version"]) == ("corrected", 2)
    assert done["after"] - done["before"] == pytest.approx(0.25 - float(row["points"]))
    assert "成立 1(100%)" in run("appeal", "list")
    publish(home)
    assert told("show", *month, *own)["scores"][0]["closed_version"] == 2
    reasons = [one["why"] for one in told("explain", "E02", *month, *own)["ledger"]]
    assert reasons.count("申诉 2026-09-E02-1 更正") == 1

    with pytest.raises(ConfigError, match="没有已批准的奖金"):
        run("bonus", *month, "--as", "finance")
    assert told("bonus", *month, "--pool", "50000")["state"] == "trial"
    assert told("bonus", *month, "--pool", "50000.01", "--draft")["state"] == "draft"
    with pytest.raises(ConfigError, match="申诉期"):
        run("bonus", *month, "--approve")
    present = desk.Desk.of
    monkeypatch.setattr(
        desk.Desk, "of",
        staticmethod(lambda *of: replace(one := present(*of), now=one.now + timedelta(days=30))),
    )  # fmt: skip
    approved = told("bonus", *month, "--approve", "--actor", "U07")
    assert approved["state"] == "approved"
    assert Path(approved["file"]).exists()
    seen = run("bonus", *month, "--as", "finance")
    assert "50000.01" in seen
    assert "得分" not in seen
    rows = told("bonus", *month, *own)["rows"]
    assert [one["engineer_id"] for one in rows] == ["E02"]


def test_a_repeat_is_exempted_on_the_command_line(home: Settings) -> None:
    repeats = told("exempt", "list")["repeats"]
    assert repeats
    ticket, engineer = repeats[0]["ticket_id"], repeats[0]["engineer_id"]
    own = ("--as", f"engineer:{engineer}")
    assert {row["engineer_id"] for row in told("exempt", "list", *own)["repeats"]} == {engineer}
    run("exempt", "ask", ticket, "--code", "vendor", "--reason", "厂家换的配件", *own)
    with pytest.raises(ConfigError, match="第二人"):
        run("exempt", "answer", ticket, "--approve", "--actor", engineer)
    assert "已批准" in run("exempt", "answer", ticket, "--approve", "--actor", "U08")
    assert "豁免率" in run("exempt", "list")
    for words in (("exempt", "list", "--as", "finance"), ("appeal", "list", "--as", "finance")):
        with pytest.raises(ConfigError, match="财务"):
            run(*words)
