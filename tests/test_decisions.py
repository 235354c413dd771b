"""What people decide is kept for ever: appended whole or not at all, by any number at a time."""

import os
import sqlite3
import stat
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pull_stores import open_warehouse, settings_for
from pydantic import ValidationError

from assets import decisions, increments
from assets.decision_kinds import FaultCode, FaultPhrase
from assets.decision_pull import pull_decisions
from assets.decisions import Draft
from assets.raw_tables import ensure
from assets.warehouse import transaction
from config.errors import ConfigError, StateError

CODE = Draft("U07", "head", "fault_code", "T0000001", FaultCode(code="paper_jam"))
PHRASE = Draft("U07", "head", "fault_phrase", "红叉", FaultPhrase(code="network_down"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.db"


def test_a_decision_reads_back_as_it_was_made_in_utc_and_in_order(path):
    code = FaultCode(code="toner", code_suggested="toner", confidence=Decimal("0.93"), text="没墨")
    decisions.append(path, [CODE, PHRASE])
    [made] = decisions.append(path, [replace(CODE, payload=code, site_id="east")])
    found = decisions.read(path)
    assert [one.decision_id for one in found] == [1, 2, 3]
    assert found[2] == made
    assert (made.payload, made.actor, made.role, made.site_id) == (code, "U07", "head", "east")
    assert abs(datetime.now(UTC).replace(tzinfo=None) - made.at) < timedelta(minutes=1)
    assert decisions.read(path, kinds=["fault_phrase"]) == [found[1]]
    assert decisions.read(path, site_id="east", subject="T0000001") == [made]
    assert decisions.read(path, after=2) == [made]


def test_no_file_is_no_decision_and_reading_makes_none(path):
    assert decisions.read(path) == []
    assert decisions.append(path, []) == []
    assert not path.exists()


def test_the_file_is_its_owners_alone(path):
    before = os.umask(0)
    try:
        decisions.append(path, [CODE])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (replace(CODE, kind="fault_cod"), "没有名为「fault_cod」的决定"),
        (replace(CODE, payload=FaultPhrase(code="disk")), "内容应为 FaultCode"),
        (replace(CODE, actor=" "), "决定人为空"),
        (replace(CODE, subject=""), "对象为空"),
    ],
)
def test_what_is_not_a_whole_decision_leaves_nothing_behind(path, draft, told):
    with pytest.raises(ConfigError, match=told):
        decisions.append(path, [CODE, draft])
    assert decisions.read(path) == []


def test_a_payload_is_checked_without_repeating_what_was_typed():
    with pytest.raises(ValidationError) as refused:
        FaultCode(code="张三 13812345678")
    assert "138" not in str(refused.value)


@pytest.mark.parametrize(
    "change", ["update decisions set actor = 'x'", "delete from decisions where decision_id = 1"]
)
def test_not_even_sql_changes_or_deletes_a_decision(path, change):
    decisions.append(path, [CODE])
    with sqlite3.connect(path) as con, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        con.execute(change)
    con.close()
    assert decisions.verify(path) == 1


def test_a_row_altered_behind_the_triggers_shows_in_the_chain(path):
    decisions.append(path, [CODE, PHRASE, CODE])
    assert decisions.verify(path) == 3
    with sqlite3.connect(path) as con:
        con.execute("drop trigger decisions_are_not_changed")
        con.execute("update decisions set actor = 'somebody' where decision_id = 2")
    con.close()
    with pytest.raises(StateError, match="第 2 条"):
        decisions.verify(path)


def test_a_file_of_another_program_or_a_newer_version_is_left_alone(path, tmp_path):
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as con:
        con.execute("create table theirs (a)")
    con.close()
    with pytest.raises(StateError, match="不是 OpsPulse 的决定记录"):
        decisions.append(other, [CODE])
    decisions.append(path, [CODE])
    with sqlite3.connect(path) as con:
        con.execute("pragma user_version = 99")
    con.close()
    with pytest.raises(StateError, match="更新的程序"):
        decisions.read(path)
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StateError, match="读写失败或已损坏"):
        decisions.read(path)


def _append_some(path, writer):
    for turn in range(20):
        decisions.append(path, [replace(CODE, actor=f"W{writer}", subject=f"T{turn}")] * 2)


def test_writers_in_several_processes_lose_nothing_and_keep_their_pairs_together(path):
    with ProcessPoolExecutor(4) as pool:
        for done in [pool.submit(_append_some, path, writer) for writer in range(4)]:
            done.result()
    found = decisions.read(path)
    assert decisions.verify(path) == len(found) == 4 * 20 * 2
    pairs = list(zip(found[::2], found[1::2], strict=True))
    assert all((a.actor, a.subject) == (b.actor, b.subject) for a, b in pairs)


@pytest.fixture
def warehouse(tmp_path):
    con = open_warehouse(settings_for(tmp_path, "sqlite:///nowhere.sqlite"))
    with transaction(con):
        ensure(con)
    yield con
    con.close()


def _raw(con):
    return con.execute(
        "select decision_id, subject, _load_id from raw.decisions order by 1"
    ).fetchall()


def test_the_pull_brings_what_was_appended_since_and_nothing_twice(path, warehouse):
    assert pull_decisions(warehouse, path, 1) == 0
    decisions.append(path, [CODE, PHRASE])
    assert pull_decisions(warehouse, path, 2) == 2
    assert pull_decisions(warehouse, path, 3) == 0
    decisions.append(path, [CODE])
    assert pull_decisions(warehouse, path, 4) == 1
    assert _raw(warehouse) == [(1, "T0000001", 2), (2, "红叉", 2), (3, "T0000001", 4)]
    row = warehouse.execute(
        "select decided_at, payload->>'code' from raw.decisions limit 1"
    ).fetchone()
    assert row == (decisions.read(path)[0].at, "paper_jam")


def test_another_file_is_read_anew_and_the_models_are_built_whole(path, warehouse, monkeypatch):
    forgotten = []
    monkeypatch.setattr(increments, "forget", lambda _: forgotten.append(True))
    decisions.append(path, [CODE, PHRASE])
    pull_decisions(warehouse, path, 1)
    path.unlink()
    decisions.append(path, [PHRASE])  # an older backup that has gone another way
    assert pull_decisions(warehouse, path, 2) == 1
    assert (_raw(warehouse), forgotten) == ([(1, "红叉", 2)], [True])
