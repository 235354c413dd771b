"""A closed month says for ever what it said: appended once, guarded, read and not computed."""

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from shutil import copyfile

import duckdb
import pytest
from typer.testing import CliRunner

from assets import warehouse
from assets.score import archive, closing, reading, tables
from assets.score.reading import Viewer
from config.errors import ConfigError, StateError
from config.rules import load_rules
from config.settings import Settings
from pipelines import cli, doctor
from pipelines.run import execute

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
HEAD = Viewer("head")


@pytest.fixture(scope="module")
def closed(tiny_hospital: Settings, tmp_path_factory) -> Path:
    """September of the tiny hospital, closed once."""
    path = tmp_path_factory.mktemp("closed") / "scores.db"
    con = warehouse.connect(tiny_hospital.warehouse_path, tiny_hospital, read_only=True)
    found = closing.close(con, path, SEPTEMBER, "U07")
    con.close()
    assert not found.is_kept
    return path


@pytest.fixture
def path(closed: Path, tmp_path: Path) -> Path:
    """The same file, to be written to."""
    found = tmp_path / "scores.db"
    copyfile(closed, found)
    return found


@pytest.fixture(scope="module")
def house(tiny_hospital: Settings) -> duckdb.DuckDBPyConnection:
    con = warehouse.connect(tiny_hospital.warehouse_path, tiny_hospital, read_only=True)
    yield con
    con.close()


@pytest.fixture(scope="module")
def copied(tiny_hospital: Settings) -> duckdb.DuckDBPyConnection:
    """The tiny hospital's facts and scores in memory, to be written to."""
    con = warehouse.connect(":memory:", tiny_hospital)
    con.execute(f"attach '{tiny_hospital.warehouse_path}' as w (read_only)")
    con.execute("create schema kpi")
    for (name,) in con.execute(
        "select table_name from duckdb_tables() where database_name = 'w' and schema_name = 'kpi'"
    ).fetchall():
        con.execute(f"create table kpi.{name} as from w.kpi.{name}")
    con.execute("detach w")
    return con


def test_a_closed_month_holds_every_score_and_ledger_with_its_stamp(house, closed: Path) -> None:
    [one] = archive.closings(closed)
    assert (one.version, one.actor, one.is_final, one.appeal) == (1, "U07", True, None)
    open_scores = {
        row["engineer_id"]: row for row in reading.totals(house, HEAD, "month", SEPTEMBER)
    }
    kept = archive.scores(closed)
    assert {total["engineer_id"]: total["points"] for _, total, _ in kept} == {
        engineer: row["points"] for engineer, row in open_scores.items()
    }
    for _, total, parts in kept:
        rows = archive.ledger(closed, one.closing_id, (total["site_id"], total["engineer_id"]))
        assert abs(float(sum(row["points"] for row in rows)) - total["points"]) < 1e-9
        assert {row["snapshot_hash"] for row in rows} == {total["snapshot_hash"]}
        assert {row["rule_version"] for row in rows} == {one.rule_version}
        assert len(parts) == 6
    assert archive.verify(closed) == 1


def test_every_row_of_a_ticket_names_the_events_it_rests_on(house, closed: Path) -> None:
    events = {
        (ticket, event): kind
        for ticket, event, kind in house.execute(
            "select ticket_id, event_id, type from core.ticket_events"
        ).fetchall()
    }
    [one] = archive.closings(closed)
    rows = [
        row
        for _, total, _ in archive.scores(closed)
        for row in archive.ledger(closed, one.closing_id, (total["site_id"], total["engineer_id"]))
    ]
    timely = [row for row in rows if row["component"] == "timeliness" and row["ticket_id"]]
    assert timely
    for row in timely:
        kinds = {events[row["ticket_id"], event] for event in row["evidence"]}
        assert "accepted" in kinds
    assert all(row["evidence"] for row in rows if row["component"] == "satisfaction" and
               row["ticket_id"])  # fmt: skip
    # of the rules' rows, articles that others cited name them; the others rest on no thing
    of_rules = [row for row in rows if row["rule_row"]]
    assert all((row["rule_row"] == "reuse") == bool(row["evidence"]) for row in of_rules)
    repeated = house.execute(
        "select ticket_id, recurred_ticket_id from core.repair_recurrences "
        "where recurred_ticket_id is not null and month_start(first_restored_on) = $1 "
        "and is_mature",
        [SEPTEMBER],
    ).fetchall()
    told = {row["ticket_id"]: row["evidence"] for row in rows if row["component"] == "quality"}
    # who has too few cases for quality has no rows of it
    counted = {
        total["engineer_id"]
        for _, total, parts in archive.scores(closed)
        if any(part["component"] == "quality" and part["state"] == "ok" for part in parts)
    }
    holders = dict(
        house.execute(
            "select ticket_id, engineer_id from kpi.fact_score_cases where component = 'quality'"
        ).fetchall()
    )
    due = [(ticket, later) for ticket, later in repeated if holders.get(ticket) in counted]
    assert due
    for ticket, later in due:
        assert later in told[ticket]


def test_closing_again_writes_nothing(house, path: Path) -> None:
    again = closing.close(house, path, SEPTEMBER, "U08")
    assert again.is_kept
    assert again.closing.actor == "U07"
    assert len(archive.closings(path)) == 1


def _close(settings: Settings, path: Path, actor: str) -> bool:
    con = warehouse.connect(settings.warehouse_path, settings, read_only=True)
    try:
        return closing.close(con, path, SEPTEMBER, actor).is_kept
    finally:
        con.close()


def test_two_that_close_at_once_close_it_once(tiny_hospital: Settings, tmp_path: Path) -> None:
    path = tmp_path / "scores.db"
    with ProcessPoolExecutor(2) as pool:
        tasks = [pool.submit(_close, tiny_hospital, path, actor) for actor in ("U07", "U08")]
        assert sorted(task.result() for task in tasks) == [False, True]
    assert archive.verify(path) == 1


def test_a_month_whose_repairs_may_still_come_back_is_not_closed(house, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="复发观察期") as refused:
        closing.close(house, tmp_path / "scores.db", OCTOBER, "U07")
    assert "2026-12-01" in refused.value.remedy
    with pytest.raises(ConfigError, match="还没有结束"):
        closing.close(house, tmp_path / "scores.db", date(2026, 11, 1), "U07")
    with pytest.raises(ConfigError, match="没有评分"):
        closing.close(house, tmp_path / "scores.db", date(2026, 8, 1), "U07")
    assert not (tmp_path / "scores.db").exists()


CHANGES = (
    "update ledger set points = '99'",
    "delete from ledger where ledger_id = 1",
    "update scores set total = '{}'",
    "delete from closings",
    "insert or replace into ledger select * from ledger where ledger_id = 1",
    "insert or replace into scores (closing_id, site_id, engineer_id, total, components) "
    "select closing_id, site_id, engineer_id, '{}', '[]' from scores limit 1",
    "insert or replace into closings select 9, at, actor, month_on, version, appeal, as_of, "
    "is_final, rule_version, rule_hash, rules, row_digest, digest from closings",
    "replace into closings select * from closings",
)


@pytest.mark.parametrize(
    "change", [*CHANGES, "drop trigger ledger_are_not_changed", "drop table ledger",
               "pragma writable_schema = on", "attach ':memory:' as other"]
)  # fmt: skip
def test_the_application_s_own_connection_can_only_add(path: Path, change: str) -> None:
    with pytest.raises(StateError, match="只能追加"), archive.adding(path) as db:
        db.execute(change)
    assert archive.verify(path) == 1


@pytest.mark.parametrize("change", CHANGES)
def test_any_other_connection_is_stopped_by_the_triggers(path: Path, change: str) -> None:
    with sqlite3.connect(path) as con, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        con.execute(change)
    con.close()
    assert archive.verify(path) == 1


def test_what_was_altered_behind_the_triggers_shows(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute("drop trigger ledger_are_not_changed")
        con.execute("update ledger set points = '1.000000000000' where ledger_id = 3")
    con.close()
    with pytest.raises(StateError, match="第 1 号关账"):
        archive.verify(path)


def test_nothing_is_left_of_a_closing_that_fails_midway(path: Path) -> None:
    [one] = archive.closings(path)
    draft = archive.Draft(
        "U07", OCTOBER, None, one.as_of, True, one.rule_version, one.rule_hash, one.rules,
        [({"site_id": "H01", "engineer_id": "E01"}, [])] * 2, [],
    )  # fmt: skip
    with pytest.raises(StateError), archive.adding(path) as db:
        archive.add(db, draft)
    assert len(archive.closings(path)) == archive.verify(path) == 1


def test_a_closed_month_is_read_and_not_computed_again(copied, closed: Path) -> None:
    copied.execute("begin")
    try:
        copied.execute("delete from kpi.fact_score_cases where hash(subject_id) % 3 = 0")
        tables.build(copied, load_rules(None), closed)
        found = {
            row["engineer_id"]: (row["points"], row["closed_version"])
            for row in reading.totals(copied, HEAD, "month", SEPTEMBER)
        }
        ledgers = {
            engineer: reading.ledger_rows(copied, HEAD, "month", SEPTEMBER, engineer, closed=closed)
            for engineer in found
        }
        parts = reading.components(copied, HEAD, "month", SEPTEMBER, "E02")
        moved = reading.totals(copied, HEAD, "month", OCTOBER)
    finally:
        copied.execute("rollback")
    kept = {total["engineer_id"]: total["points"] for _, total, _ in archive.scores(closed)}
    assert found == {engineer: (points, 1) for engineer, points in kept.items()}
    for engineer, rows in ledgers.items():
        assert abs(float(sum(row["points"] for row in rows)) - kept[engineer]) < 1e-9
    assert [row["component"] for row in parts if row["share"] > 0]
    assert all(row["closed_version"] is None for row in moved)


def test_rules_that_would_change_a_closed_month_are_refused(closed: Path, tmp_path: Path) -> None:
    def told(text: str) -> str:
        (tmp_path / "score.yml").write_text(text, encoding="utf-8")
        try:
            closing.require_open_months(load_rules(tmp_path).score_versions, closed, tmp_path)
        except ConfigError as error:
            return error.problem + error.remedy
        return ""

    later = (
        "versions:\n  later:\n    effective_from: {}\n    version: later\n"
        "    volume: {{goal_share: 1.2}}\n"
    )
    assert told("volume: {goal_share: 1.0}\n") == ""
    assert told(later.format("2026-10-01")) == ""
    for text in ("volume: {goal_share: 1.2}\n", later.format("2026-09-01"),
                 later.format("2026-01-01")):  # fmt: skip
        said = told(text)
        assert "2026-09" in said
        assert "volume.goal_share" in said
        assert "2026-10-01" in said
        assert "score.yml:" in said


def test_a_key_that_the_program_has_learnt_since_is_no_change() -> None:
    before = {"weights": {"volume": "25"}, "version": "1"}
    now = {"weights": {"volume": "25"}, "version": "1", "new": 3}
    assert list(closing._changed(before, now)) == []
    assert list(closing._changed(now, before)) == ["new"]


def test_the_job_closes_a_month_once_and_the_command_tells_its_version(
    tiny_copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPULSE_HOME", str(tiny_copy.home))
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", tiny_copy.sources[0].url.get_secret_value())

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli.app, list(words), catch_exceptions=False)
        return done.stdout

    for actor in ("U07", "U08"):
        said = run("score", "close", "--month", "2026-09", "--actor", actor)
        assert "U07" in said
        assert "第 1 版" in said
    assert archive.closings(tiny_copy.scores_path)[0].actor == "U07"
    outcome = execute(tiny_copy, "month_close", partition="2026-10", ephemeral=True)
    assert outcome.success  # the schedule's own run leaves out what is not ripe
    with pytest.raises(ConfigError, match="复发观察期"):
        run("score", "close", "--month", "2026-10")
    tiny_copy.rules_dir.mkdir(exist_ok=True)
    (tiny_copy.rules_dir / "score.yml").write_text("volume: {goal_share: 1.3}\n")
    assert "已关账的 2026-09" in run("rules", "check")
    with pytest.raises(ConfigError, match="已关账的 2026-09"):
        execute(tiny_copy, "refresh", ephemeral=True)


def test_the_doctor_finds_what_was_altered(tiny_hospital: Settings, path: Path) -> None:
    home = tiny_hospital.model_copy(update={"home": path.parent})
    [good] = doctor._kept(home)
    assert (good.state, "1 次评分关账" in good.zh) == ("ok", True)
    with sqlite3.connect(path) as con:
        con.execute("drop trigger scores_are_not_changed")
        con.execute("update scores set total = replace(total, 'E02', 'E03')")
    con.close()
    [bad] = doctor._kept(home)
    assert bad.is_bad
    assert "备份" in bad.zh
