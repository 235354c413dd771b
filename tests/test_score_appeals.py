"""An appeal is heard by somebody else, in time, and corrects by further rows; none is lost."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copyfile

import pytest

from assets import decisions, warehouse
from assets.identity.users import User, add
from assets.score import appeal_states, appeals, archive, closing, corrections, tables
from assets.score.desk import Desk, workday_after
from assets.score.reading import Viewer, totals
from assets.score.sentences import why
from config.errors import ConfigError
from config.rules import load_rules
from config.settings import Settings

SEPTEMBER = date(2026, 9, 1)
HEAD = Viewer("head")
E01, E02 = Viewer("engineer", "E01"), Viewer("engineer", "E02")


@pytest.fixture(scope="module")
def closed(tiny_hospital: Settings, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("appeals") / "scores.db"
    con = warehouse.connect(tiny_hospital.warehouse_path, tiny_hospital, read_only=True)
    closing.close(con, path, SEPTEMBER, "U07")
    con.close()
    return path


@pytest.fixture
def desk(closed: Path, tiny_hospital: Settings, tmp_path: Path) -> Desk:
    """A home of its own with September closed; the present is an hour after the closing."""
    settings = tiny_hospital.model_copy(update={"home": tmp_path})
    copyfile(closed, settings.scores_path)
    at = archive.closings(closed)[0].at + timedelta(hours=1)
    return Desk(settings, load_rules(None), ("王建国",), at)


def worst(desk: Desk, engineer: str, count: int = 2) -> list[dict]:
    """Return the rows that cost an engineer most."""
    rows = archive.ledger(desk.settings.scores_path, 1, ("H01", engineer))
    cases = [row for row in rows if row["ticket_id"] and row["points"] < 0]
    return sorted(cases, key=lambda row: row["points"])[:count]


def submitted(desk: Desk, viewer: Viewer = E02, count: int = 2) -> appeal_states.Appeal:
    rows = [row["ledger_id"] for row in worst(desk, viewer.engineer_id, count)]
    return appeals.submit(desk, viewer, SEPTEMBER, rows, "等待院方供电,不应计为超时", ["E-0007"])


def test_an_upheld_appeal_adds_rows_and_a_second_version_with_its_difference(desk: Desk) -> None:
    path = desk.settings.scores_path
    rows = worst(desk, "E02")
    first = submitted(desk)
    assert (first.appeal_id, first.state) == ("2026-09-E02-1", "submitted")
    assert appeals.accept(desk, HEAD, first.appeal_id, "U08").state == "accepted"
    done = appeals.settle(desk, HEAD, first.appeal_id, "U08", is_upheld=True, reason="属实")
    assert (done.state, done.version, done.decided_by) == ("corrected", 2, "U08")
    gained = -sum(row["points"] for row in rows)
    changed = corrections.difference(path, first.appeal_id)
    assert changed is not None
    assert changed.after - changed.before == pytest.approx(float(gained), abs=1e-9)
    assert [(row["kind"], row["ticket_id"], row["points"]) for row in changed.rows] == [
        ("adjust", row["ticket_id"], -row["points"])
        for row in sorted(rows, key=lambda row: row["ledger_id"])
    ]
    assert "2026-09-E02-1" in why(changed.rows[0])
    ledger = archive.ledger(path, changed.closing.closing_id, ("H01", "E02"))
    assert abs(float(sum(row["points"] for row in ledger)) - changed.after) < 1e-9
    assert [row for row in ledger if row["version"] == 1] == archive.ledger(path, 1, ("H01", "E02"))
    assert archive.verify(path) == 2


def test_nobody_else_moves_and_the_next_run_shows_the_correction(
    desk: Desk, tiny_hospital: Settings
) -> None:
    before = {
        t["engineer_id"]: t["points"] for _, t, _ in archive.scores(desk.settings.scores_path)
    }
    one = submitted(desk)
    appeals.accept(desk, HEAD, one.appeal_id, "U08")
    appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=True, reason="属实")
    con = warehouse.connect(":memory:", tiny_hospital)
    con.execute(f"attach '{tiny_hospital.warehouse_path}' as w (read_only)")
    con.execute("create schema kpi")
    for name in ("fact_score_cases", "fact_engineer_months", "fact_article_reuses", "run_context",
                 "connected_tables", "dim_engineers", "improvements"):  # fmt: skip
        con.execute(f"create table kpi.{name} as from w.kpi.{name}")
    tables.build(con, desk.rules, desk.settings.scores_path)
    shown = {row["engineer_id"]: row for row in totals(con, HEAD, "month", SEPTEMBER)}
    con.close()
    assert {name: row["closed_version"] for name, row in shown.items()} == {
        "E01": 1, "E02": 2, "E03": 1,
    }  # fmt: skip
    assert shown["E02"]["points"] > before["E02"]
    assert shown["E01"]["points"] == before["E01"]
    assert shown["E02"]["low"] <= shown["E02"]["points"] <= shown["E02"]["high"]


def test_a_row_can_become_what_the_adjudicator_says_but_not_pass_the_cap(desk: Desk) -> None:
    path = desk.settings.scores_path
    [row] = worst(desk, "E02", 1)
    one = submitted(desk, count=1)
    appeals.accept(desk, HEAD, one.appeal_id, "U08")
    appeals.settle(
        desk, HEAD, one.appeal_id, "U08", is_upheld=True, reason="属实",
        points={row["ledger_id"]: Decimal(500)},
    )  # fmt: skip
    changed = corrections.difference(path, one.appeal_id)
    [(total, parts)] = [(t, p) for c, t, p in archive.scores(path) if c.version == 2]
    [part] = [one for one in parts if one["component"] == row["component"]]
    assert part["points"] == pytest.approx(100)
    assert [one["rule_row"] for one in changed.rows] == [None, "cap"]
    ledger = archive.ledger(path, changed.closing.closing_id, ("H01", "E02"))
    assert abs(float(sum(one["points"] for one in ledger)) - total["points"]) < 1e-9


def test_a_rejected_appeal_changes_nothing(desk: Desk) -> None:
    one = submitted(desk)
    appeals.accept(desk, HEAD, one.appeal_id, "U08")
    done = appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=False, reason="日志不符")
    assert (done.state, done.verdict) == ("rejected", "日志不符")
    assert len(archive.closings(desk.settings.scores_path)) == 1
    told = appeal_states.tally(desk, HEAD)
    assert (told.decided, told.upheld, told.upheld_share, told.open) == (1, 0, 0.0, 0)


def test_the_share_upheld_is_told_to_the_head_alone(desk: Desk) -> None:
    for viewer, is_upheld in ((E01, True), (E02, False)):
        one = submitted(desk, viewer)
        appeals.accept(desk, HEAD, one.appeal_id, "U08")
        appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=is_upheld, reason="见日志")
    assert appeal_states.tally(desk, HEAD).upheld_share == 0.5
    for viewer in (E01, Viewer("finance")):
        with pytest.raises(ConfigError):
            appeal_states.tally(desk, viewer)


def test_neither_the_subject_nor_the_scorer_decides(desk: Desk) -> None:
    one = submitted(desk)
    with pytest.raises(ConfigError, match="自己的申诉"):
        appeals.accept(desk, HEAD, one.appeal_id, "E02")
    appeals.accept(desk, HEAD, one.appeal_id, "U07")
    for actor, told in (("E02", "自己的申诉"), ("U07", "关账,评分人不能裁决")):
        with pytest.raises(ConfigError, match=told):
            appeals.settle(desk, HEAD, one.appeal_id, actor, is_upheld=True, reason="属实")
    with pytest.raises(ConfigError):
        appeals.settle(desk, E01, one.appeal_id, "E01", is_upheld=True, reason="属实")
    assert appeal_states.one_of(desk, HEAD, one.appeal_id).state == "accepted"


def test_an_account_of_the_subject_does_not_decide_either(desk: Desk) -> None:
    # a head who repairs too signs in by a name of their own
    add(desk.settings.users_path, User("lin", "head", "林静", engineer_id="E02"))
    one = submitted(desk)
    with pytest.raises(ConfigError, match="自己的申诉"):
        appeals.accept(desk, HEAD, one.appeal_id, "lin")
    assert appeals.accept(desk, HEAD, one.appeal_id, "U08").state == "accepted"


def test_steps_are_taken_once_and_in_order(desk: Desk) -> None:
    one = submitted(desk)
    with pytest.raises(ConfigError, match="还没有受理"):
        appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=True, reason="属实")
    appeals.accept(desk, HEAD, one.appeal_id, "U08")
    with pytest.raises(ConfigError, match="已经受理"):
        appeals.accept(desk, HEAD, one.appeal_id, "U08")
    appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=True, reason="属实")
    with pytest.raises(ConfigError, match="已经裁决"):
        appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=False, reason="再想想")
    with pytest.raises(ConfigError, match="已经申诉过"):
        submitted(desk)
    with pytest.raises(ConfigError, match="没有编号"):
        appeals.accept(desk, HEAD, "2026-09-E09-1", "U08")


def test_only_own_rows_of_a_closed_month_within_the_window_can_be_objected_to(desk: Desk) -> None:
    foreign = worst(desk, "E01", 1)[0]["ledger_id"]
    with pytest.raises(ConfigError, match="自己台账"):
        appeals.submit(desk, E02, SEPTEMBER, [foreign], "不对")
    with pytest.raises(ConfigError, match="还没有关账"):
        appeals.submit(desk, E02, date(2026, 10, 1), [1], "不对")
    with pytest.raises(ConfigError, match="工程师本人"):
        appeals.submit(desk, HEAD, SEPTEMBER, [foreign], "不对")
    with pytest.raises(ConfigError, match="理由为空"):
        appeals.submit(desk, E01, SEPTEMBER, [foreign], " ")
    until = appeal_states.window_until(desk, archive.closings(desk.settings.scores_path)[0])
    late = replace(desk, now=datetime.combine(until, datetime.min.time()) + timedelta(days=1))
    with pytest.raises(ConfigError, match=f"申诉期已于 {until} 结束"):
        appeals.submit(late, E01, SEPTEMBER, [foreign], "不对")


def test_no_text_of_an_appeal_keeps_a_name_or_number(desk: Desk) -> None:
    row = worst(desk, "E02", 1)[0]["ledger_id"]
    one = appeals.submit(
        desk, E02, SEPTEMBER, [row], "已与王建国核实,电话 13812345678", ["李主任 13912345678"]
    )
    assert "王建国" not in one.reason
    assert "138" not in one.reason
    assert "139" not in one.evidence[0]


def test_working_days_skip_weekends_and_holidays() -> None:
    calendar = load_rules(None).calendar("workday")
    # Wednesday 30 September 2026; 1–7 October are the National Day holidays, 10 October is worked
    assert workday_after(calendar, date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert workday_after(calendar, date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert workday_after(calendar, date(2026, 9, 30), 5) == date(2026, 10, 13)
    # a year whose holidays nobody knows yet: Monday to Friday
    assert workday_after(calendar, date(2030, 1, 4), 1) == date(2030, 1, 7)


def test_a_late_step_is_told(desk: Desk) -> None:
    one = submitted(desk)
    assert one.due_on is not None
    assert not one.is_late
    later = replace(desk, now=desk.now + timedelta(days=30))
    [seen] = appeal_states.listed(later, HEAD)
    assert seen.is_late
    assert appeal_states.tally(later, HEAD).late == 1


def test_an_engineer_sees_their_own_appeals_only(desk: Desk) -> None:
    submitted(desk, E01)
    submitted(desk, E02)
    assert [one.engineer_id for one in appeal_states.listed(desk, E02)] == ["E02"]
    assert appeal_states.listed(desk, Viewer("engineer", "E02", "elsewhere")) == []
    with pytest.raises(ConfigError, match="没有编号"):
        appeal_states.one_of(desk, E02, "2026-09-E01-1")
    with pytest.raises(ConfigError, match="财务"):
        appeal_states.listed(desk, Viewer("finance"))


def _settle(desk: Desk, appeal_id: str) -> str:
    try:
        appeals.settle(desk, HEAD, appeal_id, "U08", is_upheld=True, reason="属实")
    except ConfigError as error:
        return error.problem
    return ""


def test_two_appeals_decided_at_once_lose_none(desk: Desk) -> None:
    ids = [submitted(desk, viewer).appeal_id for viewer in (E01, E02)]
    for appeal_id in ids:
        appeals.accept(desk, HEAD, appeal_id, "U08")
    with ProcessPoolExecutor(2) as pool:
        tasks = [pool.submit(_settle, desk, appeal_id) for appeal_id in (*ids, *ids)]
        said = [task.result() for task in tasks]
    assert sorted(said)[:2] == ["", ""]
    assert all("已经裁决" in one for one in sorted(said)[2:])
    versions = archive.closings(desk.settings.scores_path)
    assert [one.version for one in versions] == [1, 2, 3]
    assert {one.appeal for one in versions[1:]} == set(ids)
    assert archive.verify(desk.settings.scores_path) == 3
    assert decisions.verify(desk.settings.decisions_path) == 6


def test_a_correction_that_was_not_written_is_written_later_and_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = submitted(desk)
    appeals.accept(desk, HEAD, one.appeal_id, "U08")
    with monkeypatch.context() as patched:
        patched.setattr(corrections, "apply", lambda *_: [])
        done = appeals.settle(desk, HEAD, one.appeal_id, "U08", is_upheld=True, reason="属实")
    assert done.state == "upheld"
    paths = desk.settings.scores_path, desk.settings.decisions_path
    assert [found.version for found in corrections.apply(*paths)] == [2]
    assert corrections.apply(*paths) == []
    assert appeal_states.one_of(desk, HEAD, one.appeal_id).state == "corrected"
