"""The pull brings raw up to date: incrementally, idempotently, and without losing a row."""

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pull_stores import (
    HOSPITAL,
    SHANGHAI,
    Store,
    all_contents,
    contents,
    open_warehouse,
    settings_for,
    ticket,
    utc,
)

from assets.pull import PullReport, Rejection, TableLoad, balance_errors, pull
from config.errors import CheckFailedError, ConfigError
from config.settings import Settings, SourceSettings

NAMES = ("departments", "tickets", "ticket_events", "ticket_costs", "asset_states")


def sqlite_store(folder: Path, name: str = "his.db", tables: tuple[str, ...] = NAMES) -> Store:
    return Store(f"sqlite:///{folder / name}", tables)


def of(report: PullReport, table: str) -> TableLoad:
    return next(load for load in report.loads if load.table == table)


def many(first: int, last: int) -> list[dict]:
    start = utc("2026-03-01 00:00:00")
    return [
        {
            **ticket(number),
            "reported_at": start + timedelta(minutes=number),
            "updated_at": start + timedelta(minutes=number),
        }
        for number in range(first, last + 1)
    ]


@pytest.fixture
def store(tmp_path):
    store = sqlite_store(tmp_path).add(HOSPITAL)
    yield store
    store.close()


@pytest.fixture
def settings(tmp_path, store):
    return settings_for(tmp_path / "home", store.url)


@pytest.fixture
def con(settings):
    con = open_warehouse(settings)
    yield con
    con.close()


def test_every_contract_table_exists_and_only_real_ones_are_connected(con, settings):
    pull(con, settings)
    assert len(all_contents(con)) == 43
    connected = con.execute("select source, table_name from raw.connected_tables").fetchall()
    assert sorted(connected) == [("main", name) for name in sorted(NAMES)]


def test_instants_are_utc_and_codes_keep_their_zeros(con, settings):
    pull(con, settings)
    rows = con.execute(
        "select ticket_id, ticket_no, title, reported_at from raw.tickets order by 1"
    ).fetchall()
    assert [row[0] for row in rows] == ["T00001", "T00002", "T00003"]
    assert rows[2][1] == "00000000000000000001"
    assert rows[1][2] is None
    assert rows[1][3] == utc("2026-03-01 15:59:59").replace(tzinfo=None)


def test_the_first_pull_adds_up(con, settings):
    report = pull(con, settings)
    load = of(report, "tickets")
    assert (load.pulled, load.accepted, load.source_count, load.present) == (3, 3, 3, 3)
    assert balance_errors(con, report.load_id) == []
    assert not report.is_demo


def test_pulling_again_changes_nothing(con, settings):
    pull(con, settings)
    before = all_contents(con)
    report = pull(con, settings)
    assert all_contents(con) == before
    assert all(load.accepted == load.deleted == load.quarantined == 0 for load in report.loads)
    assert balance_errors(con, report.load_id) == []


def test_after_a_hundred_changes_only_the_newest_rows_are_read(tmp_path):
    store = sqlite_store(tmp_path).add({"tickets": many(1, 5000)})
    settings = settings_for(tmp_path / "home", store.url, overlap_hours=1)
    con = open_warehouse(settings)
    pull(con, settings)
    store.add({"tickets": many(5001, 5040)})
    late = utc("2026-03-05 00:00:00").astimezone(SHANGHAI)
    store.run(
        f"update tickets set priority = 'P1', updated_at = '{late:%Y-%m-%d %H:%M:%S}' "
        "where ticket_id between 'T01001' and 'T01060'"
    )
    report = pull(con, settings)
    load = of(report, "tickets")
    assert load.accepted == 100
    assert load.pulled < 1200
    assert load.present == load.source_count == 5040
    fresh = settings_for(tmp_path / "fresh", store.url)
    whole = open_warehouse(fresh)
    pull(whole, fresh)
    assert contents(con, "tickets") == contents(whole, "tickets")


def test_a_vanished_row_is_kept_and_marked_and_may_come_back(con, settings, store):
    pull(con, settings)
    store.run("delete from tickets where ticket_id = 'T00002'")
    report = pull(con, settings)
    assert of(report, "tickets").deleted == 1
    deleted = con.execute("select ticket_id from raw.tickets where _is_deleted").fetchall()
    assert deleted == [("T00002",)]
    assert balance_errors(con, report.load_id) == []
    store.add({"tickets": [HOSPITAL["tickets"][1]]})
    report = pull(con, settings)
    assert con.execute("select count(*) from raw.tickets where _is_deleted").fetchone() == (0,)
    assert con.execute("select count(*) from raw.tickets").fetchone() == (3,)
    assert balance_errors(con, report.load_id) == []


def test_a_row_that_arrives_behind_the_watermark_is_found_in_the_same_pull(con, settings, store):
    pull(con, settings)
    store.add({"tickets": [ticket(77, "2025-01-01 00:00:00")]})
    report = pull(con, settings)
    assert of(report, "tickets").accepted == 1
    assert of(report, "tickets").present == 4
    assert balance_errors(con, report.load_id) == []


def test_a_deletion_that_hides_a_late_row_is_found_by_the_full_pull(con, settings, store):
    pull(con, settings)
    store.run("delete from tickets where ticket_id = 'T00001'")
    store.add({"tickets": [ticket(77, "2025-01-01 00:00:00")]})
    assert of(pull(con, settings), "tickets").accepted == 0
    report = pull(con, settings, full=True)
    assert (of(report, "tickets").accepted, of(report, "tickets").deleted) == (1, 1)
    assert balance_errors(con, report.load_id) == []


def test_a_change_without_a_new_time_stamp_is_found_by_the_full_pull(con, settings, store):
    pull(con, settings)
    store.run("update tickets set title = '改' where ticket_id = 'T00001'")
    assert of(pull(con, settings), "tickets").accepted == 0
    assert of(pull(con, settings, full=True), "tickets").accepted == 1


def test_one_row_dated_in_the_future_does_not_hide_later_rows(con, settings, store):
    store.add({"tickets": [ticket(50, "2099-01-01 00:00:00")]})
    pull(con, settings)
    store.run(
        "update tickets set title = '改', updated_at = '2026-04-01 08:00:00' "
        "where ticket_id = 'T00003'"
    )
    assert of(pull(con, settings), "tickets").accepted == 1


def test_a_table_without_cursor_that_did_not_change_is_left_alone(con, settings, store):
    pull(con, settings)
    report = pull(con, settings)
    load = of(report, "departments")
    assert (load.pulled, load.unchanged, load.accepted) == (1, 1, 0)
    store.run("update departments set bed_count = 43")
    assert of(pull(con, settings), "departments").accepted == 1
    assert con.execute("select bed_count from raw.departments").fetchone() == (43,)


def test_only_the_tables_asked_for_are_pulled(con, settings):
    report = pull(con, settings, tables=["departments"])
    assert [load.table for load in report.loads] == ["departments"]
    assert contents(con, "tickets") == []
    connected = "select table_name from raw.connected_tables order by 1"
    assert con.execute(connected).fetchall() == [("departments",)]
    pull(con, settings)
    everything = con.execute(connected).fetchall()
    pull(con, settings, tables=["departments"])
    assert ("tickets",) in everything
    assert con.execute(connected).fetchall() == everything


def test_a_demo_store_gives_its_own_clock_and_says_that_it_is_one(con, settings, store):
    store.run(
        "create table demo_clock (now_at text, seed integer, size text, store_uid text)",
        "insert into demo_clock values ('2026-11-01 08:00:00', 1, 'tiny', 'u')",
    )
    report = pull(con, settings)
    assert report.as_of == utc("2026-11-01 00:00:00").replace(tzinfo=None)
    assert report.is_demo
    assert con.execute("select distinct as_of from raw.loads").fetchall() == [(report.as_of,)]


def test_a_demo_never_flows_into_a_real_warehouse(con, settings, store):
    pull(con, settings)
    before = all_contents(con)
    store.run(
        "create table demo_clock (now_at text)", "insert into demo_clock values ('2026-11-01')"
    )
    with pytest.raises(ConfigError, match="演示数据"):
        pull(con, settings)
    assert all_contents(con) == before


def test_two_sources_share_a_warehouse_and_one_key_belongs_to_one_of_them(tmp_path, store):
    branch = sqlite_store(tmp_path, "branch.db", ("tickets",))
    branch.add({"tickets": [ticket(1, site_id="east"), ticket(2)]})
    settings = Settings(
        home=tmp_path / "home",
        sources=(
            SourceSettings(name="main", url=store.url),
            SourceSettings(name="branch", url=branch.url, site_id="east"),
        ),
    )
    con = open_warehouse(settings)
    report = pull(con, settings)
    sites = con.execute("select site_id, _source, count(*) from raw.tickets group by all")
    assert sorted(sites.fetchall()) == [("east", "branch", 1), ("main", "main", 3)]
    held = con.execute("select source, row_key, reasons from raw.quarantine").fetchall()
    assert held == [("branch", "main|T00002", ["主键冲突:数据源 main 已有相同主键的记录"])]
    assert balance_errors(con, report.load_id) == []
    again = pull(con, settings, full=True)
    assert all(load.accepted == 0 for load in again.loads)
    assert balance_errors(con, again.load_id) == []


def reject_odd(table: str, frame) -> list[Rejection]:
    if table != "tickets":
        return []
    odd = [i for i, key in enumerate(frame["ticket_id"]) if int(key[1:]) % 2]
    return [Rejection(i, "even", "工单号是奇数") for i in odd]


def test_rows_that_the_checks_refuse_are_held_and_released_when_they_pass(con, settings, store):
    report = pull(con, settings, validate=reject_odd)
    assert (of(report, "tickets").accepted, of(report, "tickets").quarantined) == (1, 2)
    held = con.execute("select row_key, reasons, status from raw.quarantine order by 1").fetchall()
    assert held == [
        ("main|T00001", ["工单号是奇数"], "held"),
        ("main|T00003", ["工单号是奇数"], "held"),
    ]
    assert balance_errors(con, report.load_id) == []
    report = pull(con, settings, validate=lambda *_: [], full=True)
    load = of(report, "tickets")
    assert (load.released, load.accepted, load.unchanged, load.held) == (2, 2, 1, 0)
    assert con.execute("select distinct status from raw.quarantine").fetchall() == [("released",)]
    assert balance_errors(con, report.load_id) == []


def test_the_checks_see_only_new_and_changed_rows(con, settings, store):
    seen: list[tuple[str, int]] = []

    def note(table: str, frame) -> list[Rejection]:
        seen.append((table, len(frame)))
        return []

    pull(con, settings, validate=note)
    assert ("tickets", 3) in seen
    seen.clear()
    store.add({"tickets": [ticket(9, "2026-05-01 00:00:00")]})
    pull(con, settings, validate=note)
    assert seen == [("tickets", 1)]


def test_a_flood_of_bad_rows_refuses_the_whole_load(tmp_path):
    store = sqlite_store(tmp_path, tables=("tickets", "departments"))
    store.add({"departments": [{"department_id": "1"}]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    store.add({"tickets": [ticket(0)]})
    pull(con, settings)
    store.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10001) "
        "insert into tickets (site_id, ticket_id, reported_at, updated_at, priority) "
        "select 'main', 'X' || i, '2026-03-02 00:00:00', '2026-03-02 00:00:00', 'urgent' from n",
        "update departments set name = 'new'",
    )
    with pytest.raises(CheckFailedError, match=r"tickets 有 10001 行不合格.*保留上一次"):
        pull(con, settings)
    assert con.execute("select count(*) from raw.tickets").fetchone() == (1,)
    assert con.execute("select name from raw.departments").fetchone() == (None,)
    assert con.execute("select max(load_id) from raw.loads").fetchone() == (1,)


def test_a_crashing_check_keeps_the_last_good_state(con, settings, store):
    pull(con, settings)
    before = all_contents(con)
    store.add({"tickets": [ticket(9, "2026-05-01 00:00:00")]})

    def crash(*_: object) -> list[Rejection]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pull(con, settings, validate=crash)
    assert all_contents(con) == before
    assert of(pull(con, settings), "tickets").accepted == 1


def test_a_pull_killed_half_way_leaves_the_old_state(con, settings, store):
    pull(con, settings)
    before = all_contents(con)
    con.close()
    store.add({"tickets": [ticket(9, "2026-05-01 00:00:00")], "departments": []})
    store.run("update departments set name = 'new'")
    script = (
        "import os, signal\n"
        "from assets.pull import pull\nfrom assets.warehouse import connect\n"
        "from config.settings import *\n"
        f"s = Settings(home=Path({str(settings.home)!r}), "
        f"sources=(SourceSettings(url={store.url!r}),))\n"
        "def die(table, frame):\n"
        "    if table == 'tickets': os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return []\n"
        "pull(connect(s.warehouse_path, s), s, validate=die)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[1], env=os.environ, check=False
    )
    assert done.returncode == -signal.SIGKILL
    reopened = open_warehouse(settings)
    assert all_contents(reopened) == before
    assert of(pull(reopened, settings), "tickets").accepted == 1


def test_a_contract_that_gains_a_column_reads_the_table_whole(con, settings):
    pull(con, settings)
    before = contents(con, "tickets")
    con.execute("alter table raw.tickets drop column requester_ref")
    con.execute("update raw.tickets set _hash = 0")
    report = pull(con, settings)
    assert of(report, "tickets").accepted == 3
    assert contents(con, "tickets") == before


def test_an_imbalance_is_told_in_plain_words(con, settings):
    report = pull(con, settings)
    con.execute("update raw.loads set present = 1, accepted = 2 where table_name = 'tickets'")
    assert balance_errors(con, report.load_id) == [
        "数据源 main 的表 tickets 拉取 3 行加放行 0 行,不等于接收 2 行加未变 0 行加隔离 0 行。",
        "数据源 main 的表 tickets 在来源有 3 行,不等于在库 1 行加隔离中 0 行。",
    ]


def test_as_of_is_the_start_of_the_pull_where_the_source_has_no_clock(con, settings):
    report = pull(con, settings)
    started = con.execute("select distinct started_at from raw.loads").fetchone()
    assert started == (report.as_of,)
    assert isinstance(report.as_of, datetime)
    assert report.as_of.tzinfo is None
