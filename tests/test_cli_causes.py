"""`opspulse causes | improvements | circle | recurrence` as people type them, figures by hand."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from circle_hospital import MEASURE_ON, hospital, reports
from handmade import settings as settings_of
from openpyxl import load_workbook
from typer.testing import CliRunner

from assets import decisions, snapshots
from assets.recurrence import chances
from config.errors import ConfigError, OpsPulseError, StateError
from config.settings import Settings
from pipelines.cli import app

YEAR = ("--from", "2025-07-01", "--to", "2026-07-01")
JAMS = ("--where", "fault_family=paper_jam")
FIRST, LAST = date(2025, 7, 1), date(2026, 7, 1)


def of_year(cause: str | None = "*", ward: str | None = None) -> int:
    """Count reports of the year by hand."""
    return sum(
        FIRST <= day < LAST and cause in ("*", coded) and ward in (None, asset["department_id"])
        for asset, day, coded in reports()
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    chosen = settings_of(tmp_path_factory.mktemp("circle"))
    con: duckdb.DuckDBPyConnection = hospital()
    chances.build(con)
    snapshots.publish(con, chosen)
    con.close()
    return chosen


class Told:
    """What the command said: in Chinese unless asked otherwise."""

    def __init__(self, home: Settings, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.home, self._patch, self._folder = home, monkeypatch, folder
        monkeypatch.setenv("OPSPULSE_HOME", str(home.home))
        monkeypatch.setenv("COLUMNS", "240")
        self._speak("zh")

    def _speak(self, lang: str) -> None:
        path = self._folder / f"{lang}.yml"
        path.write_text(f"language: {lang}\nsources: [{{url: sqlite:///nowhere.sqlite}}]\n")
        self._patch.setenv("OPSPULSE_CONFIG", str(path))

    def __call__(self, *words: str, lang: str = "zh") -> str:
        """Return what was printed."""
        self._speak(lang)
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == 0, done.output or done.exception
        return done.stdout

    def data(self, *words: str) -> Any:
        """Return what a program is told."""
        return json.loads(self(*words, "--json"))

    def refusal(self, *words: str) -> OpsPulseError:
        """Return what the command meets; `main` prints it as two sentences."""
        done = CliRunner().invoke(app, list(words))
        assert isinstance(done.exception, OpsPulseError), done.output
        return done.exception


@pytest.fixture
def told(home: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Told:
    return Told(home, monkeypatch, tmp_path)


def test_a_pareto_counts_causes_in_both_languages(told: Told) -> None:
    rows = told.data("causes", "pareto", *YEAR)
    by_hand = {code: of_year(code) for code in ("environment_dust", "machine_wear", None)}
    assert {row["code"]: row["count"] for row in rows} == by_hand
    assert rows[-1]["cumulative"] == 1
    zh, en = told("causes", "pareto", *YEAR), told("causes", "pareto", *YEAR, lang="en")
    assert "关键少数" in zh
    assert "粉尘温湿度" in zh
    assert "cumulative" in en
    assert "关键" not in en
    assert all(f" {count} " in zh for count in by_hand.values())


def test_strata_put_the_dusty_ward_first_and_say_what_association_is_not(told: Told) -> None:
    first, *_ = told.data("causes", "strata", "--by", "department", *JAMS, *YEAR)
    assert (first["name"], first["n"]) == ("D1病区", of_year(ward="D1"))
    assert first["rate"] == pytest.approx(100 * first["n"] / (4 * 365 / 365.25))
    assert "关联≠因果" in told("causes", "strata", "--by", "department", *JAMS, *YEAR)
    english = told("causes", "strata", "--by", "department", *JAMS, *YEAR, lang="en")
    assert "Association is not cause" in english


def test_associations_call_the_ward_and_no_model(told: Told) -> None:
    rows = told.data("causes", "associations", "department", *YEAR)
    assert [row["code"] for row in rows if row["is_called"] and row["ratio"] > 1] == ["D1"]
    assert not any(row["is_called"] for row in told.data("causes", "associations", "model", *YEAR))
    assert "关联≠因果" in told("causes", "associations", "lot", *YEAR)


def test_the_fishbone_and_the_sequences_are_told(told: Told) -> None:
    found = told.data("causes", "fishbone", "--where", "department=D1", *JAMS, *YEAR)
    (suspect,) = [bone for bone in found["bones"] if bone["is_suspect"]]
    assert (suspect["code"], suspect["n"]) == ("environment_dust", of_year("environment_dust"))
    text = told("causes", "fishbone", "--where", "department=D1", *JAMS, *YEAR)
    assert f"已编码 {found['coded']},未编码 {found['uncoded']}。" in text
    assert told.data("causes", "sequences", *YEAR) == []


def test_verification_answers_one_of_three_verdicts_with_n(told: Told) -> None:
    guilty = told.data("causes", "verify", "--exposed", "department:D1", *JAMS, *YEAR)
    assert guilty["verdict"] == "proven"
    assert guilty["second"] == {"count": of_year(ward="D1"), "device_days": 4 * 365}
    text = told("causes", "verify", "--exposed", "department:D1", *JAMS, *YEAR)
    assert "成立: " in text
    assert f"{of_year(ward='D1'):.1f}" in text
    innocent = told.data("causes", "verify", "--exposed", "department:D3", *JAMS, *YEAR)
    assert innocent["verdict"] != "proven"


def test_wrong_use_of_the_analysis_is_told_in_chinese(told: Told) -> None:
    for words, sentence in (
        (("causes", "pareto", "--by", "moon"), "不能按「moon」分析原因"),
        (("causes", "pareto", "--by", "cause", "--measure", "rate"), "没有在用时间"),
        (("causes", "associations", "moon"), "没有「moon」这种关联"),
        (("causes", "verify", "--exposed", "department=D1"), "写法不对"),
        (("causes", "verify", "--exposed", ""), "没有给出暴露条件"),
        (("causes", "strata", "--where", "department"), "写法不对"),
        (("causes", "strata", "--from", "2026-07-01", "--to", "2026-06-01"), "其中没有一天"),
        (("causes", "strata", "--from", "2031-01-01", "--to", "2031-02-01"), "没有数据"),
    ):
        error = told.refusal(*words)
        assert isinstance(error, ConfigError)
        assert sentence in error.problem


def test_the_register_is_listed_and_shown_with_verdict_and_savings(told: Told) -> None:
    (row,) = told.data("improvements", "list")
    assert (row["improvement_id"], row["state"], row["verdict"]) == ("QC-1", "running", "proven")
    assert row["saved_hours"] == pytest.approx(row["saved_count"])  # an hour each
    text, english = told("improvements", "show", "QC-1"), told("improvements", "list", lang="en")
    assert all(word in text for word in ("每月除尘", "成立", "减少故障", str(MEASURE_ON)))
    assert "verdict" in english
    assert "没有编号为「QC-9」" in told.refusal("improvements", "show", "QC-9").problem


ENTRY = ("improvements", "add", "QC-2", "--topic", "减少卡纸", "--measure", "换纸",
         "--scope", "department:D4", "--started-on", "2026-06-01")  # fmt: skip


def test_what_is_registered_and_closed_becomes_decisions(told: Told) -> None:
    assert "已登记 QC-2" in told(*ENTRY, "--actor", "E1")
    assert "已结案 QC-1" in told(
        "improvements", "close", "QC-1", "--on", "2026-06-30", "--actor", "E1"
    )
    entered, closed = decisions.read(told.home.decisions_path)
    assert (entered.kind, entered.subject, entered.actor) == ("improvement", "QC-2", "E1")
    assert entered.payload.scope == "department:D4"
    assert (closed.kind, closed.payload.ended_on) == ("improvement_closed", date(2026, 6, 30))
    told.home.decisions_path.unlink()


def test_what_cannot_be_registered_or_closed_leaves_no_decision(told: Told) -> None:
    close = ("improvements", "close", "QC-1")
    for words, kind, sentence in (
        ((*ENTRY, "--actor", "E1", "--metric", "moon"), ConfigError, "不能自动验证"),
        ((*ENTRY[:-1], "someday", "--actor", "E1"), ConfigError, "写法不对"),
        ((*ENTRY, "--actor", "E1", "--target", "many"), ConfigError, "不是数字"),
        ((*close, "--on", "2025-06-30", "--actor", "E1"), ConfigError, "早于开始日期"),
        (
            ("improvements", "close", "QC-9", "--on", "2026-06-30", "--actor", "E1"),
            ConfigError,
            "没有编号",
        ),
    ):
        error = told.refusal(*words)
        assert isinstance(error, kind)
        assert sentence in error.problem
    assert decisions.read(told.home.decisions_path) == []


def test_the_problems_are_listed_and_one_is_shown_with_its_failures(told: Told) -> None:
    found = told.data("recurrence", "list")
    assert [row["asset_tag"] for row in found["problems"]] == [
        "TAG-A00", "TAG-A03", "TAG-A02", "TAG-A01",
    ]  # fmt: skip
    text, english = told("recurrence", "list"), told("recurrence", "list", lang="en")
    assert all(words in text for words in ("TAG-A00 A00", "16/23", "7.2", "碰巧"))
    assert "by chance" in english
    shown = told.data("recurrence", "show", "1")
    assert shown["problem"]["asset_id"] == "A00"
    assert len(shown["failures"]) == sum(asset["asset_id"] == "A00" for asset, _, _ in reports())
    assert "关联不等于因果" in told("recurrence", "show", "1")
    assert told("recurrence", "list", "--format", "csv").count("\n") == 5


def test_wrong_use_of_recurrence_is_told_in_chinese(told: Told) -> None:
    missing, kind = (
        told.refusal("recurrence", "show", "99"),
        told.refusal("recurrence", "list", "--kind", "moon"),
    )
    assert "99" in missing.problem
    assert "moon" in kind.problem


def test_the_circle_is_written_where_the_command_says(told: Told) -> None:
    topic = ("--where", "department=D1", *JAMS, *YEAR)
    answer = told.data("circle", *topic, "--improvement", "QC-1", "--capability", "0.7")
    path = Path(answer["file"])
    assert path.parent == told.home.exports_dir
    book = load_workbook(path, data_only=True)
    cells = {cell.value for row in book["08效果确认"].iter_rows() for cell in row}
    assert "成立" in cells
    assert str(path) in told("circle", *topic, "--improvement", "QC-1", "--capability", "0.7")
    for words, sentence in (
        (("--capability", "much"), "不是数字"),
        (("--improvement", "QC-9"), "没有编号为「QC-9」"),
        (("--where", "moon=1"), "不能按「moon」分析原因"),
    ):
        assert sentence in told.refusal("circle", *words).problem


def test_agreement_of_codes_is_for_the_head_and_the_engineer(told: Told) -> None:
    [row] = told.data("faults", "coding", *YEAR)
    assert (row["engineer_id"], row["tickets"]) == ("E1", of_year())
    assert row["confirmed"]["state"] == "no_data"
    assert "复核 κ" in told("faults", "coding", "--as", "engineer:E1")
    assert "只有科主任和本人" in told.refusal("faults", "coding", "--as", "finance").problem
    assert "没有待第二次编码" in told("faults", "sample")


def test_before_there_is_a_snapshot_every_command_asks_for_a_run(
    told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPSPULSE_HOME", str(tmp_path))
    for words in (("causes", "pareto"), ("improvements", "list"), ("circle",),
                  ("recurrence", "list")):  # fmt: skip
        error = told.refusal(*words)
        assert isinstance(error, StateError)
        assert "opspulse run" in error.remedy
