"""A snapshot that follows the one before shows, row for row, what a whole one shows."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from changing_store import ChangingStore
from following_home import Home

from assets import increments, snapshot_changes, snapshots, warehouse
from assets.snapshot_changes import Differences
from assets.snapshots import Snapshot


class Publishing(Home):
    """A home that refreshes and publishes, and tells how the file was made."""

    def publish(self, monkeypatch: pytest.MonkeyPatch) -> tuple[Snapshot, bool]:
        """Refresh and publish; the snapshot, and whether it followed the one before."""
        following = increments.Refresh(self.con, whole_share=1)
        for layer in ("core", "kpi"):
            with warehouse.transaction(self.con):
                self.load_rules()
                following.layer(layer, self.specs(layer))
        return self.publish_with(following.differences(), monkeypatch)

    def publish_with(
        self, differences: Differences | None, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Snapshot, bool]:
        """Publish what is built."""
        whole: list[Path] = []
        write = snapshots._write_tables
        with monkeypatch.context() as patched:
            patched.setattr(
                snapshots,
                "_write_tables",
                lambda con, part, tables: (whole.append(part), write(con, part, tables)),
            )
            snapshot = snapshots.publish(self.con, self.settings, differences)
        return snapshot, not whole


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publishing]:
    home = Publishing(tmp_path)
    home.pull()
    _, has_followed = home.publish(monkeypatch)
    assert not has_followed
    yield home
    home.con.close()


def shown(home: Home, snapshot: Snapshot) -> snapshot_changes.Digests:
    """What a reader of the file sees."""
    with snapshots.opened(snapshot, home.settings) as con:
        return snapshot_changes.digests(con, _tables(con))


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select table_name from duckdb_tables() where schema_name = 'kpi' order by table_name"
    ).fetchall()
    return [f"kpi.{name}" for (name,) in rows]


def test_after_changes_the_copy_shows_what_the_warehouse_shows(
    home: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    ChangingStore(home.path, 5).live(changes=60, hours=1)
    home.pull()
    snapshot, has_followed = home.publish(monkeypatch)
    assert has_followed
    assert shown(home, snapshot) == snapshot_changes.digests(home.con, _tables(home.con))
    with snapshots.opened(snapshot, home.settings) as con:
        bare = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'kpi' and comment is null"
        ).fetchall()
        whole = home.con.execute(
            "select table_name from duckdb_tables() where schema_name = 'kpi' and comment is null"
        ).fetchall()
    assert len(bare) <= len(whole)


def test_a_table_that_nobody_followed_is_written_anew(
    home: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.con.execute("create or replace table kpi.own_metrics as select 'mine' as metric_id")
    home.later += timedelta(minutes=5)
    first, has_followed = home.publish(monkeypatch)
    assert not has_followed  # a table more than the file before has
    home.con.execute("update kpi.own_metrics set metric_id = 'ours'")
    home.later += timedelta(minutes=5)
    second, has_followed = home.publish(monkeypatch)
    assert has_followed
    for snapshot, expected in ((first, "mine"), (second, "ours")):
        with snapshots.opened(snapshot, home.settings) as con:
            assert con.execute("select metric_id from kpi.own_metrics").fetchall() == [(expected,)]


def test_a_copy_that_would_tell_something_else_is_given_up(
    home: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = snapshots.current(home.settings)
    assert current is not None
    lie = Differences(current.as_of, {"kpi.fact_tickets": snapshot_changes.Changed("", ("x",))})
    home.con.execute("update kpi.fact_tickets set ticket_no = 'another'")
    snapshot, has_followed = home.publish_with(lie, monkeypatch)
    assert not has_followed
    assert shown(home, snapshot) == snapshot_changes.digests(home.con, _tables(home.con))


def test_differences_from_another_state_and_the_first_of_a_day_are_written_whole(
    home: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = snapshots.current(home.settings)
    assert current is not None
    home.con.execute("update kpi.fact_tickets set ticket_no = 'another'")
    elsewhere = Differences(current.as_of - timedelta(minutes=5), {})
    assert not home.publish_with(elsewhere, monkeypatch)[1]
    home.later += timedelta(days=1)
    assert not home.publish(monkeypatch)[1]
