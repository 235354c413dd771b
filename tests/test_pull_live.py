"""The light path holds what today's tiles need, newer than the warehouse, and never writes it."""

import hashlib

import pytest
from pull_stores import Store, open_warehouse, settings_for, ticket, utc

from assets import warehouse
from assets.pull import pull, pull_live
from assets.sources.contract import tables
from config.errors import ConfigError, StateError

NAMES = ("departments", "tickets", "ticket_events", "calls")
CLOCK = "2026-03-10 02:00:00"  # 10:00 in Shanghai; the window begins on the 8th at 16:00 UTC


def event(number: int, ticket_number: int, at: str, kind: str) -> dict[str, object]:
    return {
        "event_id": f"E{number}",
        "ticket_id": f"T{ticket_number:05d}",
        "seq": number,
        "at": utc(at),
        "type": kind,
        "recorded_at": utc(at),
    }


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", NAMES)
    store.run(
        "create table demo_clock (now_at text)",
        "insert into demo_clock values ('2026-03-10 10:00:00')",
    )
    store.add(
        {
            "departments": [{"department_id": "D1", "name": "急诊"}],
            "tickets": [
                ticket(1, "2026-02-01 00:00:00"),  # restored long ago
                ticket(2, "2026-02-01 00:00:00"),  # open ever since
                ticket(3, "2026-03-08 16:00:00"),  # reported at yesterday's local midnight
                ticket(4, "2026-02-01 00:00:00"),  # restored this morning
                ticket(5, "2026-02-01 00:00:00"),  # restored, verified, reopened
            ],
            "ticket_events": [
                event(1, 1, "2026-02-01 00:00:00", "reported"),
                event(2, 1, "2026-02-01 01:00:00", "restored"),
                event(3, 1, "2026-02-02 01:00:00", "verified"),
                event(4, 2, "2026-02-01 00:00:00", "reported"),
                event(5, 3, "2026-03-08 16:00:00", "reported"),
                event(6, 4, "2026-02-01 00:00:00", "reported"),
                event(7, 4, "2026-03-10 01:00:00", "restored"),
                event(8, 5, "2026-02-01 00:00:00", "restored"),
                event(9, 5, "2026-02-03 00:00:00", "reopened"),
            ],
            "calls": [
                {"call_id": "1", "at": utc("2026-03-08 15:59:59")},
                {"call_id": "2", "at": utc("2026-03-10 00:00:00")},
            ],
        }
    )
    yield store
    store.close()


@pytest.fixture
def settings(tmp_path, store):
    settings = settings_for(tmp_path / "home", store.url, overlap_hours=1)
    con = open_warehouse(settings)
    pull(con, settings)
    con.close()
    return settings


def live(settings):
    con = warehouse.connect(":memory:", settings)
    report = pull_live(con, settings.warehouse_path, settings)
    return con, report


def keys(con, table: str, column: str) -> list[str]:
    return [
        row[0] for row in con.execute(f"select {column} from raw.{table} order by 1").fetchall()
    ]


def test_open_tickets_and_those_touched_since_yesterday_are_there(settings):
    con, report = live(settings)
    assert keys(con, "tickets", "ticket_id") == ["T00002", "T00003", "T00004", "T00005"]
    assert keys(con, "ticket_events", "event_id") == ["E4", "E5", "E6", "E7", "E8", "E9"]
    assert keys(con, "calls", "call_id") == ["2"]
    assert keys(con, "departments", "name") == ["急诊"]
    assert report.is_demo
    assert report.as_of == utc(CLOCK).replace(tzinfo=None)


def test_what_people_said_of_a_fault_family_comes_along_and_no_other_decision(settings):
    con = open_warehouse(settings)
    con.executemany(
        "insert into raw.decisions (site_id, decision_id, decided_at, kind, subject, payload, "
        "_is_deleted) values ('main', ?, now()::timestamp, ?, 'T00002', '{}', false)",
        [(1, "fault_code"), (2, "improvement"), (3, "fault_code_rejected")],
    )
    con.close()
    con, _ = live(settings)
    assert keys(con, "decisions", "decision_id") == [1, 3]


def test_every_contract_table_exists_and_the_books_come_along(settings):
    con, _ = live(settings)
    rows = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw'"
    ).fetchall()
    assert {name for (name,) in rows} >= {*tables(), "connected_tables", "binding", "loads"}
    assert con.execute("select count(*) from raw.connected_tables").fetchone() == (4,)


def test_what_is_newer_than_the_warehouse_comes_from_the_source(settings, store):
    store.add(
        {
            "tickets": [ticket(9, "2026-03-10 01:59:00")],
            "ticket_events": [
                event(20, 9, "2026-03-10 01:59:00", "reported"),
                event(21, 1, "2026-03-10 01:58:00", "reopened"),
            ],
        }
    )
    con, _ = live(settings)
    assert "T00009" in keys(con, "tickets", "ticket_id")
    assert keys(con, "ticket_events", "event_id")[:3] == ["E1", "E2", "E20"]
    whole = con.execute("select count(*) from raw.ticket_events where ticket_id = 'T00001'")
    assert whole.fetchone() == (4,)


def test_the_warehouse_is_not_written(settings):
    before = hashlib.sha256(settings.warehouse_path.read_bytes()).hexdigest()
    con, _ = live(settings)
    con.close()
    assert hashlib.sha256(settings.warehouse_path.read_bytes()).hexdigest() == before
    reopened = open_warehouse(settings)
    assert reopened.execute("select count(*) from raw.loads").fetchone() == (4,)


def test_a_warehouse_of_another_store_is_refused(settings, tmp_path, store):
    other = Store(f"sqlite:///{tmp_path / 'other.db'}", ["tickets"])
    moved = settings_for(settings.home, other.url)
    with pytest.raises(ConfigError, match=r"数据仓|演示"):
        live(moved)


def test_without_a_warehouse_it_says_what_to_run_first(tmp_path, store):
    settings = settings_for(tmp_path / "empty", store.url)
    with pytest.raises(StateError, match=r"先运行一次 opspulse run"):
        live(settings)
