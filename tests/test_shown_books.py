"""What became of the rows is shown: run, doctor, wall, quarantine list, in both languages."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets.snapshots import current
from assets.warehouse import connect
from config.settings import Settings, SourceSettings
from dashboards.run_state import record_failure
from dashboards.wall_data import _footer, history_of
from demo import store
from demo.spec import DemoSpec
from pipelines import cli_outcome
from pipelines.cli import app
from pipelines.doctor import examine
from pipelines.run import RunOutcome, execute


@dataclass(frozen=True)
class Scene:
    """A hospital after two runs: two rows held, one deleted since, one column added."""

    settings: Settings
    first: RunOutcome
    second: RunOutcome
    rows: int


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("books")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    store.create(url, DemoSpec(size="tiny", days=5, until=date(2026, 11, 1)))
    settings = Settings(home=folder / "home", sources=(SourceSettings(url=url),))
    _change(folder, "update tickets set urgency = 'sofort' where rowid <= 2")
    first = execute(settings, "refresh", ephemeral=True)
    _change(
        folder,
        "delete from ratings where rowid = 1",
        "alter table departments add column floor text",
    )
    second = execute(settings, "refresh", ephemeral=True)
    con = connect(settings.warehouse_path, settings, read_only=True)
    row = con.execute("select sum(source_count)::bigint from raw.loads where load_id = 2")
    rows = (row.fetchone() or (0,))[0]
    con.close()
    return Scene(settings, first, second, int(rows))


def _change(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "store.sqlite") as con:
        for statement in statements:
            con.execute(statement)


def test_a_run_prints_both_balances(scene: Scene) -> None:
    figures = scene.second.books
    assert figures["source_count"] == scene.rows
    assert (figures["deleted"], figures["held_at_source"]) == (1, 2)
    zh, en = (cli_outcome.books(figures, lang) for lang in ("zh", "en"))
    there = f"来源 {scene.rows:,} = 在库 {scene.rows - 2:,} + 隔离 2 ✔"
    assert zh.endswith(there)
    assert f"source {scene.rows:,} = present {scene.rows - 2:,} + held 2 ✔" in en
    pulled = scene.first.books
    came = pulled["pulled"] + pulled["released"]
    assert came == pulled["accepted"] + pulled["unchanged"] + pulled["quarantined"] > 0
    assert pulled["quarantined"] == 2
    broken = cli_outcome.books({**figures, "present": figures["present"] - 1}, "zh")
    assert broken.endswith("✘")


def test_a_run_names_added_columns_and_deleted_rows_and_goes_on(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scene.first.noted == ()
    said = [zh for zh, _ in scene.second.noted]
    assert said == [
        "数据源 main 的表 departments 新增了列 floor,没有读,其余照常。",
        "数据源 main 的表 ratings 删除了 1 行:保留并标记,不再参与计算。",
    ]
    english = scene.settings.model_copy(update={"language": "en"})
    cli_outcome.tell(english, replace(scene.second, refused=()))
    told = capsys.readouterr().out
    assert "new columns, which are not read: floor" in told
    assert "1 rows of ratings were deleted" in told


def test_the_doctor_tells_the_books_and_what_changed_at_the_source(scene: Scene) -> None:
    found = [one for one in examine(scene.settings, datetime.now(UTC)) if one.topic == "books"]
    assert [(one.state, one.zh) for one in found] == [
        ("ok", f"来源 {scene.rows:,} 行=在库 {scene.rows - 2:,} 行 + 隔离 2 行:收支两平。"),
        ("notice", "来源删除过 1 行:保留并标记,不再参与计算。"),
        ("notice", "来源新增了 1 列,没有读,其余照常。"),
    ]


def test_the_walls_footer_shows_the_balance_in_both_languages(scene: Scene) -> None:
    snapshot = current(scene.settings)
    assert snapshot is not None
    told = {
        lang: _footer(history_of(snapshot, scene.settings, lang), snapshot, lang)["quality"]
        for lang in ("zh", "en")
    }
    source, present = f"{scene.rows:,}", f"{scene.rows - 2:,}"
    assert f"收支两平:来源 {source} 行 = 在库 {present} + 隔离 2" in told["zh"]
    assert "来源删除过 1 行" in told["zh"]
    assert "来源新增 1 列,没有读" in told["zh"]
    assert f"balanced: {source} source rows = {present} present + 2 held" in told["en"]


def test_the_list_of_the_quarantine_begins_with_the_books(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.cli_quarantine.installed", lambda: scene.settings)
    shown = "".join(CliRunner().invoke(app, ["quarantine", "list"]).output.split("\n"))
    assert f"来源 {scene.rows:,} = 在库 {scene.rows - 2:,} + 隔离 2 ✔" in shown
    one = CliRunner().invoke(app, ["quarantine", "list", "--table", "tickets"]).output
    assert "+ 隔离 2 ✔" in "".join(one.split("\n"))


def test_the_doctor_tells_why_the_last_run_published_nothing(scene: Scene, tmp_path: Path) -> None:
    settings = scene.settings.model_copy(update={"home": tmp_path})
    problem = "阻断性校验未通过,没有发布新快照:raw.loads:数据源 main 的表 tickets 不平。"
    record_failure(settings, problem, datetime(2026, 11, 1, 4, 0))  # noqa: DTZ001 - naive UTC
    [found] = [one for one in examine(settings, datetime.now(UTC)) if one.topic == "run"]
    assert found.is_bad
    assert found.zh.startswith("最近一次运行(2026-11-01 12:00)没有发布:阻断性校验未通过")
