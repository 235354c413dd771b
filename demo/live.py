"""Keeping a demo store alive: tickets keep arriving, open ones move on, its clock follows.

Holds ``advance`` (to a moment, once) and ``run`` (with real time, until stopped). The store at a
moment is what simulating up to that moment gives, however many steps it took: a process that
starts anew repeats the simulation up to the store's clock and goes on from there.
"""

import threading
from datetime import UTC, datetime

from config.errors import StateError
from demo.backends import Store, opened, parse
from demo.clock import from_utc
from demo.ddl import CLOCK_TABLE, clock_table, encoders
from demo.hospital import SiteRun, collector_paused, site_ids
from demo.store import read_clock, read_spec
from demo.tables import Changes

# A store this little behind is being kept alive by ``run`` in another process: leave it alone.
KEPT_ALIVE_SECONDS = 60


class LiveStore:
    """A demo store together with the simulation that goes on behind it."""

    def __init__(self, url: str) -> None:
        """Repeat the simulation up to the store's clock.

        Raises:
            ConfigError: the store is no demo store.
            SourceError: the store cannot be reached.
        """
        self._url = parse(url)
        with opened(self._url) as store:
            self.spec = read_spec(store)
            self.now, self.store_uid = read_clock(store)
        with collector_paused():
            self._runs = [SiteRun(self.spec, site_id) for site_id in site_ids(self.spec)]
            self._simulate(self.now)

    def _simulate(self, instant: int) -> list[Changes]:
        for run in self._runs:
            run.run_to(instant)
        changes = [change for run in self._runs for change in run.site.rows.take_changes()]
        for run in self._runs:
            run.site.rows.forget_written()
        return changes

    def advance(self, instant: int) -> int:
        """Let everything before ``instant`` happen in the store; returns the tickets that came.

        All or nothing. When another process has moved the store on meanwhile, its rows are ours
        (the simulation is the same) and only the rest is written.
        """
        with opened(self._url) as store:
            if store.dialect == "sqlite":
                store.run("pragma journal_mode = wal")
            while self.now < instant:
                if self._claim(store, instant):
                    tickets = self._write(store, self._simulate(instant))
                    store.connection.commit()
                    self.now = instant
                    return tickets
                store.connection.rollback()
                self._follow(store)
        return 0

    def _claim(self, store: Store, instant: int) -> bool:
        kind = encoders(clock_table(), store.dialect)[0]
        before, after = (kind(value) if kind else value for value in (self.now, instant))
        mark = "?" if store.dialect == "sqlite" else "%s"
        cursor = store.run(
            f"update {CLOCK_TABLE} set now_at = {mark} "
            f"where now_at = {mark} and store_uid = {mark}",
            [after, before, self.store_uid],
        )
        return bool(cursor.rowcount == 1)

    def _follow(self, store: Store) -> None:
        now, uid = read_clock(store)
        if uid != self.store_uid or now < self.now:
            raise StateError(
                f"演示库 {store.label} 已被重新建立。", "请重新启动 opspulse demo live。"
            )
        self._simulate(now)
        self.now = now

    def _write(self, store: Store, changes: list[Changes]) -> int:
        tickets = 0
        for change in changes:
            if change.added:
                store.add(change.table, change.added)
            if change.updated:
                store.change(change.table, change.updated)
            if change.table.name == "tickets":
                tickets += len(change.added)
        return tickets


def advance(url: str, to: datetime) -> int:
    """Let a demo store live on to a moment; does nothing when its clock is there already.

    Args:
        url: the store's address.
        to: the moment, UTC (naive or with zone).

    Returns:
        The number of tickets that arrived. 0 also for a store less than a minute behind: that
        one is kept alive by ``run``.

    Raises:
        ConfigError: the store is no demo store.
        SourceError: the store cannot be reached.
    """
    with opened(parse(url)) as store:
        read_spec(store)
        now, _ = read_clock(store)
    instant = from_utc(to)
    if instant - now < KEPT_ALIVE_SECONDS:
        return 0
    return LiveStore(url).advance(instant)


def run(url: str, stop: threading.Event, interval_seconds: float = 10) -> None:
    """Keep a demo store at real time until ``stop`` is set.

    Args:
        url: the store's address.
        stop: ends the loop, at once.
        interval_seconds: time between two steps.

    Raises:
        ConfigError: the store is no demo store.
        SourceError: the store cannot be reached.
        StateError: the store was made anew meanwhile.
    """
    live = LiveStore(url)
    while not stop.is_set():
        live.advance(from_utc(datetime.now(UTC)))
        stop.wait(interval_seconds)
