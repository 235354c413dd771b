"""A living demo store: many steps equal one, processes may meet, nothing happens twice."""

import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import ConfigError
from demo import live
from demo.spec import DemoSpec
from demo.store import create

UNTIL = date(2026, 3, 1)
MIDNIGHT = datetime(2026, 2, 28, 16, tzinfo=UTC)


def content(path: Path) -> dict[str, list[str]]:
    with sqlite3.connect(path) as store:
        names = store.execute("select name from sqlite_master where type='table'").fetchall()
        return {
            name: sorted(map(repr, store.execute(f'select * from "{name}"'))) for (name,) in names
        }


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite"
    create(f"sqlite:///{path}", DemoSpec(until=UNTIL, size="tiny"))
    return path


def test_many_steps_give_the_same_store_as_one(store: Path, tmp_path: Path) -> None:
    for hours in (3, 9, 11, 40, 77):
        live.advance(f"sqlite:///{store}", MIDNIGHT + timedelta(hours=hours))
    other = tmp_path / "other.sqlite"
    spec = DemoSpec(until=UNTIL, size="tiny")
    create(f"sqlite:///{other}", spec, live_to=MIDNIGHT + timedelta(hours=77))
    assert content(store) == content(other)


def test_a_moment_that_has_passed_changes_nothing(store: Path) -> None:
    before = content(store)
    assert live.advance(f"sqlite:///{store}", MIDNIGHT - timedelta(days=1)) == 0
    assert live.advance(f"sqlite:///{store}", MIDNIGHT) == 0
    assert content(store) == before


def test_three_days_bring_tickets_at_the_hospitals_rate(store: Path) -> None:
    arrived = live.advance(f"sqlite:///{store}", MIDNIGHT + timedelta(days=60))
    assert 120 <= arrived <= 240  # 3 a day and 60 days: 180 expected


def test_two_processes_that_meet_do_not_write_twice(store: Path) -> None:
    url = f"sqlite:///{store}"
    first, second = live.LiveStore(url), live.LiveStore(url)
    noon = first.now + 36 * 3600
    assert first.advance(noon) > 0
    second.advance(noon + 3600)
    first.advance(noon + 7200)
    with sqlite3.connect(store) as opened:
        rows = opened.execute("select count(*), count(distinct event_id) from ticket_events")
        total, distinct = rows.fetchone()
    assert total == distinct


def test_changed_tickets_carry_a_new_cursor(store: Path) -> None:
    with sqlite3.connect(store) as opened:
        sql = "select ticket_id, updated_at from tickets"
        before = dict(opened.execute(sql).fetchall())
    live.advance(f"sqlite:///{store}", MIDNIGHT + timedelta(days=2))
    with sqlite3.connect(store) as opened:
        after = dict(opened.execute(sql).fetchall())
    moved = [key for key in before if after[key] != before[key]]
    assert moved
    assert all(after[key] >= "2026-03-01 00:00:00" for key in moved)


def test_run_brings_the_store_to_real_time_and_stops_when_told(store: Path) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=live.run, args=(f"sqlite:///{store}", stop, 0.05))
    worker.start()
    wanted = f"{datetime.now(UTC) + timedelta(hours=8) - timedelta(minutes=5):%Y-%m-%d %H:%M:%S}"
    clock = ""
    while worker.is_alive() and clock < wanted:
        with sqlite3.connect(store) as opened:
            clock = opened.execute("select now_at from demo_clock").fetchone()[0]
    stop.set()
    worker.join(timeout=30)
    assert not worker.is_alive()
    assert clock >= wanted


def test_a_store_that_is_no_demo_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    with sqlite3.connect(path) as opened:
        opened.execute("create table tickets (id)")
    with pytest.raises(ConfigError, match="不是演示库"):
        live.advance(f"sqlite:///{path}", MIDNIGHT)
