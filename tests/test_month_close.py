"""Closed months: what was signed stands, later data are told, and nothing is closed that is wrong.

The month is the hand-written October of `workbook_month`: 1107.30 yuan of costs, one ticket in
hand at its end. Later it becomes known that the ticket was restored on the 31st, and that a line
of 50.00 was forgotten.
"""

import json
import shutil
import sqlite3
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from handmade import life
from typer.testing import CliRunner
from workbook_month import COSTS, EVENTS, ROWS, _cost, publish
from workbook_reader import differing, recalculated, table

from assets import snapshots
from assets.months import archive
from config.errors import ConfigError, StateError
from config.settings import Settings
from exports import closing
from exports.month import month_file, write_month
from exports.restating import restate
from exports.workbook import numbers
from pipelines import cli
from pipelines.run import execute

MONTH, OCTOBER = "2026-10", date(2026, 10, 1)
LATE = {
    **ROWS,
    "ticket_events": [
        *EVENTS[:-2],
        *life("T5", ("2026-10-30 09:00", "reported"), ("2026-10-30 09:40", "accepted@E1"),
              ("2026-10-31 10:00", "restored@E1")),
    ],
    "ticket_costs": [*COSTS, _cost("K6", "50.00", ticket_id="T4", occurred_on="2026-10-20")],
}  # fmt: skip
LATER = "2026-12-05 00:00"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return publish(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def closed_once(published: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """October, closed by U07, and after it the snapshot in which late rows are known."""
    home = tmp_path_factory.mktemp("closed") / "home"
    shutil.copytree(published.home, home)
    found = published.model_copy(update={"home": home})
    write_month(found, MONTH)
    closing.close(found, MONTH, "U07")
    publish(home, rows=LATE, as_of=LATER)
    return found


@pytest.fixture
def month(published: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(published.home, tmp_path / "home")
    return published.model_copy(update={"home": tmp_path / "home"})


@pytest.fixture
def closed(closed_once: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(closed_once.home, tmp_path / "home")
    return closed_once.model_copy(update={"home": tmp_path / "home"})


def cell_of(path: Path, metric: str, statistic: str, head: str) -> Any:
    rows = table(openpyxl.load_workbook(path, data_only=True)["01汇总"])
    return next(r[head] for r in rows if (r["标识"], r["口径(单位)"]) == (metric, statistic))


def test_a_closing_signs_the_workbook_of_every_edition(month: Settings) -> None:
    draft = write_month(month, MONTH)
    assert openpyxl.load_workbook(draft)["封面"]["C8"].value == "初稿"
    act, is_kept = closing.close(month, MONTH, "U07")
    assert (act.version, act.actor, is_kept) == (1, "U07", False)
    for edition, name in (("head", "运维月报_2026-10_v2"), ("finance", "2026-10_财务版_v1")):
        found = month_file(month, MONTH, edition)
        assert name in found.path.name
        book = openpyxl.load_workbook(found.path)
        assert book["封面"]["C8"].value == "定稿 · 第 1 次月结 · 经办 U07"
        assert all(sheet.protection.sheet for sheet in book.worksheets)
    assert draft.exists()


def test_the_figures_rules_and_snapshot_are_frozen_with_it(month: Settings) -> None:
    act, _ = closing.close(month, MONTH, "U07")
    frozen = archive.figures(month.months_path, act.act_id)
    assert frozen["repair_cost", "cny"]["value"] == 1107.3
    assert frozen["backlog", "count"]["value"] == 1
    assert act.snapshot_hash == snapshots.current(month).content_hash
    assert act.rule_version
    assert archive.verify(month.months_path) == 1


def test_closing_again_writes_nothing(month: Settings) -> None:
    act, _ = closing.close(month, MONTH, "U07")
    before = {path.name: path.read_bytes() for path in month.exports_dir.iterdir()}
    assert closing.close(month, MONTH, "U08") == (act, True)
    assert {path.name: path.read_bytes() for path in month.exports_dir.iterdir()} == before


def test_a_workbook_with_one_failed_check_cannot_become_final(
    month: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers, "backlog_at_start", lambda *_: 7.0)
    with pytest.raises(StateError, match="勾稽未通过,不能定稿:期初在手 = 上月末积压指标"):
        closing.close(month, MONTH, "U07")
    assert archive.acts(month.months_path) == []
    assert list(month.exports_dir.iterdir()) == []
    assert "初稿" in str(openpyxl.load_workbook(write_month(month, MONTH))["封面"]["C8"].value)


def test_a_month_that_is_not_over_is_not_closed(month: Settings) -> None:
    with pytest.raises(ConfigError, match="2026-11 还没有结束"):
        closing.close(month, "2026-11", "U07")


def test_a_late_event_changes_no_byte_of_the_signed_file(closed: Settings) -> None:
    act = archive.state(closed.months_path, OCTOBER)
    for edition in ("head", "finance"):
        signed = archive.file_of(closed.months_path, act.act_id, edition)
        found = month_file(closed, MONTH, edition)
        assert found.is_kept
        assert found.path.read_bytes() == signed.content
        found.path.unlink()
        assert month_file(closed, MONTH, edition).path.read_bytes() == signed.content
    assert cell_of(write_month(closed, MONTH), "repair_cost", "元", "本月") == 1107.3


def test_a_signed_file_that_somebody_altered_is_told_and_never_overwritten(
    closed: Settings,
) -> None:
    path = write_month(closed, MONTH)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(StateError, match="文件被改动过"):
        write_month(closed, MONTH)


def test_later_data_are_told_with_old_value_new_value_tickets_and_reason(
    closed: Settings,
) -> None:
    found = {(one.metric_id, one.statistic): one for one in restate(closed)}
    cost = found["repair_cost", "cny"]
    assert (cost.before, cost.after, cost.tickets) == (1107.3, 1157.3, ("WX-T4",))
    assert cost.reason == "费用 WX-T4 新增(金额 50.00)"
    backlog = found["backlog", "count"]
    assert (backlog.before, backlog.after, backlog.tickets) == (1, 0, ("WX-T5",))
    assert "工单 WX-T5" in backlog.reason
    assert "恢复时间 — → 2026-10-31 10:00:00" in backlog.reason
    assert ("reports", "count") not in found
    assert restate(closed) == []
    assert archive.verify(closed.months_path) == 1


def test_what_comes_back_is_told_as_well(closed: Settings) -> None:
    restate(closed)
    publish(closed.home, as_of="2026-12-06 00:00")
    back = {(one.metric_id, one.statistic): one for one in restate(closed)}["repair_cost", "cny"]
    assert (back.before, back.after) == (1157.3, 1107.3)


def test_next_months_last_month_is_the_frozen_number_and_both_reconcile(
    closed: Settings,
) -> None:
    path = write_month(closed, "2026-11")
    assert cell_of(path, "repair_cost", "元", "上月") == 1107.3
    assert cell_of(path, "backlog", "数量", "上月") == 1
    book = openpyxl.load_workbook(path, data_only=True)
    rows = {(r["指标"], r["口径(单位)"]): r for r in table(book["93月结与重述"])}
    cost = rows["维修费用", "元"]
    assert (cost["月结冻结值"], cost["按现有数据"]) == (1107.3, 1157.3)
    assert (cost["差额"], cost["重述额"]) == (0, 50)
    assert (cost["重述记录"], cost["涉及工单"]) == ("有", "WX-T4")
    assert rows["报修量", "数量"]["重述记录"] == "—"
    checks = {row["检查项"]: row for row in table(book["90勾稽"])}
    assert {row["结论"] for row in checks.values() if row["结论"]} == {"✔"}
    opening = checks["期初在手 = 上月冻结期末 + 重述额"]
    assert (opening["左值"], opening["右值"]) == (0, 0)
    assert checks["上月列与月结冻结值不同的指标数 = 0"]["左值"] == 0
    assert checks["有变化而没有重述记录的指标数 = 0"]["左值"] == 0


def test_libreoffice_calculates_the_frozen_column_and_turns_its_checks(
    closed: Settings, soffice: Path, tmp_path: Path
) -> None:
    path = write_month(closed, "2026-11")
    book = openpyxl.load_workbook(path)
    summary, sheet = book["01汇总"], book["93月结与重述"]
    row = next(r for r in summary.iter_rows(min_row=5) if r[17].value == "repair_cost")
    row[5].value = 1157.3
    (entry,) = [
        r for r in sheet.iter_rows(min_row=5) if r[1].value == "维修费用" and r[8].value == "有"
    ]
    entry[8].value = "—"
    book.save(tmp_path / "changed.xlsx")
    same, changed = recalculated(soffice, [path, tmp_path / "changed.xlsx"], tmp_path)
    assert differing(path, same) == []
    failed = {row["检查项"] for row in table(changed["90勾稽"]) if row["结论"] == "✘"}
    assert failed == {
        "上月列与月结冻结值不同的指标数 = 0", "有变化而没有重述记录的指标数 = 0"
    }  # fmt: skip


def test_reopening_needs_a_reason_and_leaves_a_trace(closed: Settings) -> None:
    for reason in ("", "  "):
        with pytest.raises(ConfigError, match="必须写明理由"):
            closing.reopen(closed, MONTH, "U09", reason)
    closing.reopen(closed, MONTH, "U09", "发票漏录")
    assert "初稿" in str(openpyxl.load_workbook(write_month(closed, MONTH))["封面"]["C8"].value)
    again, is_kept = closing.close(closed, MONTH, "U07")
    assert (again.version, again.reason, is_kept) == (3, "发票漏录", False)
    told = [(one.kind, one.actor, one.reason) for one in archive.acts(closed.months_path, OCTOBER)]
    assert told == [("close", "U07", ""), ("reopen", "U09", "发票漏录"),
                    ("close", "U07", "发票漏录")]  # fmt: skip
    assert cell_of(write_month(closed, MONTH), "repair_cost", "元", "本月") == 1157.3
    log = [one for one in archive.restatements(closed.months_path) if one.act_id == 1]
    cost = next(one for one in log if one.metric_id == "repair_cost" and one.statistic == "cny")
    assert (cost.before, cost.after) == (1107.3, 1157.3)
    assert "发票漏录" in cost.reason
    history = openpyxl.load_workbook(write_month(closed, "2026-11"))["93月结与重述"]
    assert "发票漏录" in [cell.value for row in history.iter_rows() for cell in row]


def test_only_a_closed_month_can_be_opened_again(month: Settings) -> None:
    with pytest.raises(ConfigError, match="2026-10 没有月结"):
        closing.reopen(month, MONTH, "U09", "试试")


@pytest.mark.parametrize(
    "change",
    ["update figures set reading = '{}'", "delete from acts", "update files set content = x'00'",
     "delete from restatements", "insert or replace into figures select * from figures"],
)  # fmt: skip
def test_nothing_that_was_frozen_can_be_changed(closed: Settings, change: str) -> None:
    restate(closed)
    with (
        sqlite3.connect(closed.months_path) as con,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        con.execute(change)
    con.close()
    assert archive.verify(closed.months_path) == 1


def test_what_was_altered_behind_the_triggers_shows(closed: Settings) -> None:
    with sqlite3.connect(closed.months_path) as con:
        con.execute("drop trigger files_are_not_changed")
        con.execute("update files set content = x'00' where file_id = 1")
    con.close()
    with pytest.raises(StateError, match="第 1 次月结"):
        archive.verify(closed.months_path)


def test_a_month_is_ripe_on_its_third_working_day(closed: Settings) -> None:
    snapshot = snapshots.current(closed)
    with snapshots.opened(snapshot, closed) as con:
        # November 1st 2026 is a Sunday.
        assert closing.ripe_on(con, MONTH) == date(2026, 11, 4)
    assert not closing.is_ripe(closed, MONTH)  # it is closed
    assert closing.is_ripe(closed, "2026-11")  # on December 5th


def test_the_commands_close_list_reopen_and_restate(
    tiny_copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPULSE_HOME", str(tiny_copy.home))
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", tiny_copy.sources[0].url.get_secret_value())

    def run(*words: str) -> str:
        return CliRunner().invoke(cli.app, list(words), catch_exceptions=False).stdout

    said = json.loads(run("month", "close", MONTH, "--actor", "U07", "--json"))
    assert (said["kind"], said["version"], said["actor"]) == ("close", 1, "U07")
    for file in said["files"]:
        assert sha256(Path(file["file"]).read_bytes()).hexdigest() == file["sha256"]
    assert [file["edition"] for file in said["files"]] == ["head", "finance"]
    assert "没有重述" in run("month", "restatements", MONTH)
    assert json.loads(run("export", "--month", MONTH, "--json"))["is_kept"]
    with pytest.raises(ConfigError, match="必须写明理由"):
        run("month", "reopen", MONTH)
    assert "已重开" in run("month", "reopen", MONTH, "--reason", "发票漏录", "--actor", "U09")
    assert [row["kind"] for row in json.loads(run("month", "list", "--json"))] == [
        "close", "reopen"
    ]  # fmt: skip
    outcome = execute(tiny_copy, "month_sign", partition=MONTH, ephemeral=True)
    assert outcome.success  # the schedule leaves alone what somebody opened again
    assert archive.state(tiny_copy.months_path, OCTOBER) is None
