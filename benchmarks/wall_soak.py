"""The wall over four nights and the end of a month, at a fast clock, in a real browser.

Holds the proof that a wall may run for months: thousands of refreshes with new snapshots among
them, heap and DOM that stay bounded, the right day after each midnight. A short slice of it runs in
the tests.
"""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import duckdb
from playwright.sync_api import CDPSession, ConsoleMessage, Page, sync_playwright

from assets import snapshots, warehouse
from assets.identity import screens
from benchmarks.proofs import Proof
from benchmarks.wall_latency import CHROMIUM, free_port
from config.settings import Settings, SourceSettings, ensure_home
from dashboards import serve
from dashboards.wall_scenes import OVERVIEW
from demo import store
from demo.spec import DemoSpec
from pipelines.run import execute

REFRESHES, SECONDS = 5000, 1800
GROWTH = 1.1
REFRESH_SECONDS = 60
# Four midnights, the second of them the end of September.
START = datetime(2026, 9, 29, 22, tzinfo=ZoneInfo("Asia/Shanghai"))
SPAN = timedelta(hours=82)
_PUBLISHED_EVERY = timedelta(hours=6)
_SAMPLES = 48
_SCENES_AT_MOST = 8
_WARM_UP = 20
_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_READY = "#stage[data-ready]"
_DRAWN = ".scatterlayer .trace"
_REMEMBERED = "() => window.dash_stores[0].getState().history.past.length"


@dataclass
class Soaked:
    """What was seen: heap in bytes and DOM nodes over time, days told at midnights, errors.

    ``remembered``: values that Dash keeps to undo changes, at the end.
    """

    refreshes: int = 0
    heap: list[float] = field(default_factory=list)
    nodes: list[float] = field(default_factory=list)
    days: list[tuple[date, bool]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    remembered: int = 0

    @property
    def heap_growth(self) -> float:
        """Mean heap of the last third over that of the first."""
        return growth(self.heap)

    @property
    def node_growth(self) -> float:
        """Mean number of nodes of the last third over that of the first."""
        return growth(self.nodes)

    @property
    def has_right_days(self) -> bool:
        """Whether each midnight was told in time and its numbers were those of the new day."""
        return all(is_right for _, is_right in self.days)


def growth(series: Sequence[float]) -> float:
    """Return the mean of the last third over the mean of the first."""
    third = max(len(series) // 3, 1)
    return statistics.fmean(series[-third:]) / statistics.fmean(series[:third])


class _Clock(datetime):
    """The server's clock in place of `datetime`, moved by the soak."""

    told = START.astimezone(UTC)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        """Return the soak's present."""
        return cls.told.astimezone(tz) if tz else cls.told.replace(tzinfo=None)


class _Hospital:
    """The warehouse of a tiny hospital whose as-of is moved, and published again."""

    def __init__(self, settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
        self._settings, self._con = settings, con
        # the demo's own clock stands still; this one goes
        con.execute("update kpi.run_context set is_demo = false")

    def publish(self) -> None:
        """Publish the hospital as it is at the soak's present."""
        now = _Clock.told
        local = now.astimezone(START.tzinfo).date()
        self._con.execute(
            "update kpi.run_context set as_of = ?, as_of_on = ?",
            [now.replace(tzinfo=None), local],
        )
        snapshots.publish(self._con, self._settings)

    def created_on(self, day: date) -> int:
        """Return the tickets that were written on a day, straight from the fact."""
        row = self._con.execute(
            "select count(*) from kpi.fact_tickets where created_on = ?", [day]
        ).fetchone()
        return int(row[0]) if row else 0


class _Screen:
    """The page with its clock, its counters and what went wrong on it."""

    def __init__(self, page: Page, soaked: Soaked) -> None:
        self.page, self._soaked = page, soaked
        self._counters: CDPSession = page.context.new_cdp_session(page)
        page.on("pageerror", lambda error: soaked.errors.append(str(error)))
        page.on("console", self._on_console)
        page.on("response", lambda answer: self._on_answer(answer.url, answer.status))

    def _on_console(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self._soaked.errors.append(said.text)

    def _on_answer(self, url: str, status: int) -> None:
        if "wall.json" in url:
            self._soaked.refreshes += 1
            if status >= 400:  # noqa: PLR2004 - an error of HTTP
                self._soaked.errors.append(f"wall.json answered {status}")

    def advance(self, step: timedelta) -> None:
        """Let a stretch of time pass on both sides and wait for the refresh at its end."""
        _Clock.told += step
        skipped = step - timedelta(seconds=REFRESH_SECONDS)
        if skipped > timedelta(0):
            self.page.clock.fast_forward(int(skipped.total_seconds() * 1000))
        with self.page.expect_response(lambda one: "wall.json" in one.url, timeout=30_000):
            self.page.clock.run_for(min(int(step.total_seconds()), REFRESH_SECONDS) * 1000)

    def sample(self) -> None:
        """Note heap and nodes after a forced collection, always on the first scene.

        Scenes differ in their nodes by a fifth.
        """
        for _ in range(_SCENES_AT_MOST):
            if self.page.locator("#stage").get_attribute("data-scene") == OVERVIEW:
                break
            self.page.keyboard.press("ArrowRight")
        self._counters.send("HeapProfiler.collectGarbage")
        heap = self._counters.send("Runtime.getHeapUsage")
        nodes = self._counters.send("Memory.getDOMCounters")
        self._soaked.heap.append(float(heap["usedSize"]))
        self._soaked.nodes.append(float(nodes["nodes"]))

    def text(self, selector: str) -> str:
        """Return what an element says."""
        return str(self.page.locator(selector).first.text_content())


def soak(settings: Settings, refreshes: int = REFRESHES, seconds: float = 0) -> Soaked:
    """Watch the wall of a tiny hospital whose warehouse may be changed.

    Args:
        settings: its home, built by a run.
        refreshes: over so many the span is spread.
        seconds: spread over so much real time as well; as fast as it goes by default.
    """
    soaked = Soaked()
    _Clock.told = START.astimezone(UTC)
    wall = settings.wall.model_copy(
        update={"host": "127.0.0.1", "port": free_port(), "refresh_seconds": REFRESH_SECONDS}
    )
    settings = settings.model_copy(update={"wall": wall})
    con = warehouse.connect(settings.warehouse_path, settings)
    try:
        hospital = _Hospital(settings, con)
        hospital.publish()
        with _served(settings) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGS)
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.clock.install(time=_Clock.told)
            page.goto(address)
            page.wait_for_selector(_READY, timeout=60_000)
            page.wait_for_selector(_DRAWN, state="attached", timeout=60_000)
            _watch(_Screen(page, soaked), hospital, soaked, refreshes, seconds)
            soaked.remembered = page.evaluate(_REMEMBERED)
            page.goto("about:blank")
            browser.close()
    finally:
        con.close()
    return soaked


@contextmanager
def _served(settings: Settings) -> Iterator[str]:
    """Serve the wall by the soak's clock; yield the address of this machine's own screen."""
    with mock.patch("dashboards.wall_app.datetime", _Clock):
        server = serve.listen(settings)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        token = screens.local_token(settings.users_path)
        yield f"http://127.0.0.1:{settings.wall.port}/wall/?screen={token}"
        server.close()
        thread.join(timeout=10)


def _watch(
    screen: _Screen, hospital: _Hospital, soaked: Soaked, refreshes: int, seconds: float
) -> None:
    step = SPAN / refreshes
    every = max(refreshes // _SAMPLES, 1)
    began, published = time.monotonic(), _Clock.told
    for number in range(refreshes):
        before = _Clock.told.astimezone(START.tzinfo).date()
        screen.advance(step)
        today = _Clock.told.astimezone(START.tzinfo).date()
        if today != before:
            soaked.days.append((today, _is_right(screen, hospital, today)))
            published = _Clock.told
        elif _Clock.told - published >= _PUBLISHED_EVERY:
            hospital.publish()
            published = _Clock.told
        if number % every == 0 and number >= min(_WARM_UP, refreshes // 6):
            screen.sample()
        pause = began + seconds * (number + 1) / refreshes - time.monotonic()
        if pause > 0:
            time.sleep(pause)


def _is_right(screen: _Screen, hospital: _Hospital, today: date) -> bool:
    """Tell whether the new day is told at once without numbers, and then with its own."""
    # the answer by which it learns of midnight may still be on its way
    screen.advance(timedelta(seconds=REFRESH_SECONDS))
    screen.page.wait_for_timeout(200)
    name = f"{today.year}年{today.month}月{today.day}日"
    is_told = name in screen.text("#date")
    has_none = "今日尚无数据" in screen.text("#tile-created")
    hospital.publish()
    screen.advance(timedelta(seconds=REFRESH_SECONDS))
    screen.page.wait_for_timeout(500)
    number = screen.text("#tile-created .num")
    has_own = number == f"{hospital.created_on(today):,}"
    return is_told and has_none and has_own


def prove() -> list[Proof]:
    """The whole span: five thousand refreshes within half an hour."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'store.sqlite'}"
        settings = Settings(home=folder / "home", sources=(SourceSettings(url=url),))
        ensure_home(settings)
        store.create(url, DemoSpec(size="tiny", seed=2026, until=date(2026, 11, 1)))
        execute(settings, "refresh", ephemeral=True)
        refreshes = int(os.environ.get("OPSPULSE_SOAK_REFRESHES", REFRESHES))
        soaked = soak(settings, refreshes, SECONDS * refreshes / REFRESHES)
    print(soaked.errors[:5], soaked.days, flush=True)
    holds = (
        max(soaked.heap_growth, soaked.node_growth) <= GROWTH
        and not soaked.errors
        and soaked.has_right_days
        and len(soaked.days) == SPAN // timedelta(days=1) + 1
    )
    told = (
        f"heap {soaked.heap_growth:.3f} ×, DOM {soaked.node_growth:.3f} ×, "
        f"{len(soaked.days)} midnights, {len(soaked.errors)} errors"
    )
    return [
        Proof(
            "the wall in a browser over 4 midnights and a month end: heap, DOM, the right day",
            f"last third ≤ {GROWTH:g} × first, no error",
            "2026",
            soaked.refreshes,
            told,
            holds,
            ("dashboards", "assets"),
        )
    ]
