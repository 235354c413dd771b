"""Rows that may not pass are held with reasons that name the column, and nothing is lost."""

import json

import pytest
from pull_stores import (
    Store,
    contents,
    open_warehouse,
    settings_for,
    ticket,
    utc,
)

from assets.pull import balance_errors, pull

GOOD = ticket(1)


@pytest.fixture
def store(tmp_path):
    store = Store(
        f"sqlite:///{tmp_path / 'his.db'}",
        ("tickets", "ticket_costs", "ticket_events", "assets", "engineer_time"),
        keyed=False,
    )
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


def held(con) -> dict[str, list[str]]:
    rows = con.execute("select row_key, reasons from raw.quarantine where status = 'held'")
    return dict(rows.fetchall())


def load_of(report, table="tickets"):
    return next(load for load in report.loads if load.table == table)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("reported_at", "昨天下午", "类型不符:列 reported_at 的值不是时间"),
        ("reported_at", "2026-02-30 08:00:00", "类型不符:列 reported_at 的值不是时间"),
        ("is_onsite_required", "2", "类型不符:列 is_onsite_required 的值不是是或否"),
        ("reported_at", "", "缺少值:必填列 reported_at 为空"),
        ("ticket_id", "", "缺少值:主键列 ticket_id 为空"),
        ("priority", "紧急", "不在值列表中:列 priority 只能是 P1、P2、P3、P4、P5"),
    ],
)
def test_a_bad_value_holds_its_row_and_names_the_column(
    con, settings, store, column, value, reason
):
    store.add({"tickets": [GOOD, ticket(2)]})
    store.run(f"update tickets set {column} = '{value}' where ticket_id = 'T00002'")
    report = pull(con, settings)
    assert list(held(con).values()) == [[reason]]
    load = load_of(report)
    assert (load.accepted, load.quarantined, load.present, load.held) == (1, 1, 1, 1)
    assert balance_errors(con, report.load_id) == []


def test_one_row_lists_all_its_faults_and_keeps_what_was_read(con, settings, store):
    store.add({"tickets": [ticket(2, channel="fax", urgency="asap")]})
    store.run("update tickets set reported_at = 'soon'")
    pull(con, settings)
    assert len(held(con)["main|T00002"]) == 3
    row = con.execute("select row_json from raw.quarantine").fetchone()
    assert json.loads(row[0])["reported_at"] == "soon"


def test_reasons_never_repeat_the_value(con, settings, store):
    store.add({"tickets": [ticket(2)]})
    store.run("update tickets set reported_at = '张三 13800138000', priority = '李四'")
    pull(con, settings)
    text = "".join(held(con)["main|T00002"])
    assert "张三" not in text
    assert "李四" not in text


def test_amounts_keep_their_cents_and_an_overflow_is_held(con, settings, store):
    store.add(
        {
            "tickets": [GOOD],
            "ticket_costs": [{"cost_id": "C1"}, {"cost_id": "C2"}, {"cost_id": "C3"}],
        }
    )
    store.run(
        "update ticket_costs set amount_cny = '0.1', quantity = '1e2' where cost_id = 'C1'",
        "update ticket_costs set amount_cny = '1234567890123.00' where cost_id = 'C2'",
        "update ticket_costs set amount_cny = '十元' where cost_id = 'C3'",
    )
    pull(con, settings)
    rows = con.execute("select amount_cny::text, quantity::text from raw.ticket_costs").fetchall()
    assert rows == [("0.10", "100.000")]
    reason = "类型不符:列 amount_cny 的值不是数字,或者超出范围"
    assert held(con) == {"main|C2": [reason], "main|C3": [reason]}


def test_a_fraction_is_no_count(con, settings, store):
    store.add({"tickets": [GOOD], "assets": [{"asset_id": "A1"}, {"asset_id": "A2"}]})
    store.run(
        "update assets set useful_life_years = '5.0' where asset_id = 'A1'",
        "update assets set useful_life_years = '5.5' where asset_id = 'A2'",
    )
    pull(con, settings)
    assert con.execute("select useful_life_years from raw.assets").fetchall() == [(5,)]
    assert held(con) == {"main|A2": ["类型不符:列 useful_life_years 的值不是整数"]}


def test_identical_copies_collapse_and_are_counted(con, settings, store):
    store.add({"tickets": [GOOD, GOOD, GOOD, ticket(2)]})
    report = pull(con, settings)
    load = load_of(report)
    assert (load.pulled, load.accepted, load.unchanged, load.present) == (4, 2, 2, 4)
    assert held(con) == {}
    assert balance_errors(con, report.load_id) == []
    again = pull(con, settings)
    assert load_of(again).accepted == 0
    assert balance_errors(con, again.load_id) == []


def test_one_key_with_different_contents_holds_every_version(con, settings, store):
    store.add({"tickets": [GOOD, ticket(1, title="另一个"), ticket(2)]})
    report = pull(con, settings)
    reasons = con.execute("select row_key, reasons from raw.quarantine").fetchall()
    assert reasons == [("main|T00001", ["主键重复:同一主键有多行,内容不同"])] * 2
    assert [row[1] for row in contents(con, "tickets")] == ["T00002"]
    assert balance_errors(con, report.load_id) == []
    again = pull(con, settings)
    assert balance_errors(con, again.load_id) == []
    store.run("delete from tickets where title = '另一个'")
    report = pull(con, settings, full=True)
    load = load_of(report)
    assert (load.released, load.accepted, load.held) == (1, 1, 0)
    assert balance_errors(con, report.load_id) == []


def test_a_good_row_beside_an_unfit_one_of_the_same_key_is_held_too(con, settings, store):
    store.add({"tickets": [GOOD, ticket(1, priority="?"), ticket(1, priority="?"), ticket(2)]})
    report = pull(con, settings)
    load = load_of(report)
    assert (load.accepted, load.quarantined, load.unchanged, load.released) == (1, 2, 1, 0)
    assert balance_errors(con, report.load_id) == []
    again = pull(con, settings, full=True)
    assert (load_of(again).released, load_of(again).held) == (0, 2)
    assert balance_errors(con, again.load_id) == []


def test_a_repaired_row_is_released(con, settings, store):
    store.add({"tickets": [GOOD, ticket(2, priority="?")]})
    pull(con, settings)
    store.run(
        "update tickets set priority = 'P2', updated_at = '2026-03-01 09:00:00' "
        "where ticket_id = 'T00002'"
    )
    report = pull(con, settings)
    load = load_of(report)
    assert (load.released, load.accepted, load.quarantined, load.held) == (1, 1, 0, 0)
    assert con.execute("select status from raw.quarantine").fetchall() == [("released",)]
    assert balance_errors(con, report.load_id) == []


def test_a_held_row_that_vanishes_is_released(con, settings, store):
    store.add({"tickets": [GOOD, ticket(2, priority="?")]})
    pull(con, settings)
    store.run("delete from tickets where ticket_id = 'T00002'")
    report = pull(con, settings)
    load = load_of(report)
    assert (load.released, load.held, load.present) == (0, 0, 1)
    assert con.execute("select status from raw.quarantine").fetchall() == [("released",)]
    assert balance_errors(con, report.load_id) == []


def test_while_a_row_is_held_its_last_good_version_serves(con, settings, store):
    store.add({"tickets": [GOOD, ticket(2)]})
    pull(con, settings)
    store.run(
        "update tickets set priority = '?', updated_at = '2026-03-01 09:00:00' "
        "where ticket_id = 'T00002'"
    )
    report = pull(con, settings)
    load = load_of(report)
    assert (load.quarantined, load.present, load.held, load.deleted) == (1, 1, 1, 0)
    assert con.execute("select priority from raw.tickets order by ticket_id").fetchall() == [
        ("P3",),
        ("P3",),
    ]
    assert balance_errors(con, report.load_id) == []
    again = pull(con, settings, full=True)
    assert load_of(again).deleted == 0
    assert balance_errors(con, again.load_id) == []


def test_a_held_row_outside_the_window_stays_held(con, settings, store):
    store.add({"tickets": [ticket(1, "2026-01-01 00:00:00", priority="?")]})
    store.add({"tickets": [ticket(2, "2026-03-01 00:00:00")]})
    pull(con, settings)
    first = con.execute("select quarantine_id, first_seen_at from raw.quarantine").fetchall()
    store.add({"tickets": [ticket(3, "2026-03-02 00:00:00")]})
    report = pull(con, settings)
    load = load_of(report)
    assert (load.quarantined, load.held, load.present, load.source_count) == (0, 1, 2, 3)
    assert balance_errors(con, report.load_id) == []
    pull(con, settings, full=True)
    again = con.execute("select quarantine_id, first_seen_at from raw.quarantine").fetchall()
    assert again == first


def test_rows_without_a_key_are_held_one_by_one(con, settings, store):
    store.add({"tickets": [GOOD, ticket(2, title="a"), ticket(3, title="b"), ticket(4, title="b")]})
    store.run("update tickets set ticket_id = null where ticket_id <> 'T00001'")
    report = pull(con, settings)
    load = load_of(report)
    assert (load.accepted, load.quarantined, load.unchanged) == (1, 2, 1)
    assert balance_errors(con, report.load_id) == []


def test_a_key_of_time_or_date_is_compared_as_such(con, settings, store):
    store.add({"tickets": [GOOD]})
    store.run(
        "insert into engineer_time (site_id, engineer_id, on_date, kind, minutes) values "
        "('main', 'E1', '2026-03-01', 'roster', 480), ('main', 'E1', '2026/3/1', 'roster', 480)"
    )
    report = pull(con, settings)
    load = load_of(report, "engineer_time")
    assert (load.accepted, load.unchanged) == (1, 1)
    assert balance_errors(con, report.load_id) == []


def test_a_site_that_is_left_out_is_the_configured_one(con, settings, store):
    store.add({"tickets": [GOOD]})
    store.run("update tickets set site_id = null")
    pull(con, settings)
    assert con.execute("select site_id from raw.tickets").fetchall() == [("main",)]


def test_times_with_an_offset_are_honoured_and_bare_ones_are_local(con, settings, store):
    spellings = [
        "2026-03-01 08:00:00",
        "2026-03-01T00:00:00Z",
        "2026-03-01 08:00:00+08:00",
        "2026-03-01 09:00:00+0900",
        "2026-02-28 19:00:00-05",
        "2026/3/1 8:00",
    ]
    store.add({"tickets": [ticket(i) for i in range(len(spellings))]})
    for number, text in enumerate(spellings):
        store.run(f"update tickets set reported_at = '{text}' where ticket_id = 'T0000{number}'")
    pull(con, settings)
    assert held(con) == {}
    found = con.execute("select distinct reported_at from raw.tickets").fetchall()
    assert found == [(utc("2026-03-01 00:00:00").replace(tzinfo=None),)]
