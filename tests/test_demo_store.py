"""The demo store: the contract's tables, exact values, whole files, refusals."""

import json
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from assets.sources.contract import tables
from config.errors import ConfigError
from demo.hospital import simulate
from demo.spec import DemoSpec
from demo.store import create

UNTIL = date(2026, 3, 1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "store.sqlite"
    create(f"sqlite:///{path}", DemoSpec(until=UNTIL, size="tiny"))
    return path


def test_the_store_has_exactly_the_contracts_tables_and_columns(tiny: Path) -> None:
    with sqlite3.connect(tiny) as store:
        names = {
            row[0] for row in store.execute("select name from sqlite_master where type='table'")
        }
        assert names == {*tables(), "demo_clock"}
        for table in tables().values():
            found = [row[1] for row in store.execute(f'pragma table_info("{table.name}")')]
            assert found == list(table.column_names)


def test_the_clock_stands_at_the_start_of_until_in_hospital_time(tiny: Path) -> None:
    with sqlite3.connect(tiny) as store:
        row = store.execute("select now_at, seed, size, store_uid from demo_clock").fetchall()
    assert len(row) == 1
    assert row[0][:3] == ("2026-03-01 00:00:00", 2026, "tiny")


def test_nothing_is_written_after_the_stores_clock(tiny: Path) -> None:
    with sqlite3.connect(tiny) as store:
        newest = [
            store.execute(f'select max("{table.cursor}") from "{table.name}"').fetchone()[0]
            for table in tables().values()
            if table.cursor
        ]
    assert max(value for value in newest if value) < "2026-03-01 00:00:00"


def test_a_file_that_is_no_demo_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sqlite"
    with sqlite3.connect(path) as store:
        store.execute("create table tickets (id)")
    with pytest.raises(ConfigError, match="不是演示库"):
        create(f"sqlite:///{path}", DemoSpec(until=UNTIL, size="tiny"))


def test_sites_simulated_side_by_side_are_written_as_one_after_the_other(tmp_path: Path) -> None:
    spec = DemoSpec(until=UNTIL, size="tiny", days=8, hospitals=3)
    path = tmp_path / "three.sqlite"
    report = create(f"sqlite:///{path}", spec)
    alone = simulate(spec)
    with sqlite3.connect(path) as store:
        found = store.execute("select site_id, event_id from ticket_events").fetchall()
    assert found == [(row[0], row[1]) for row in alone.rows("ticket_events")]
    truth = json.loads(path.with_name("three.sqlite.truth.json").read_text(encoding="utf-8"))
    assert list(truth["sites"]) == ["H01", "H02", "H03"]
    assert sum(site["rows"]["tickets"] for site in truth["sites"].values()) == report.tickets
