"""From a ticket in the operational store to its number in a browser: twenty tickets.

Starts `opspulse up` as an installation does, writes tickets into the store and watches the tile in
Chromium. Run through `python -m benchmarks wall`.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright

from assets.identity import screens
from benchmarks.report import Result

TICKETS = 20
EVERY_SECONDS = 7.0
LIMIT_SECONDS = 120.0
TILE = "#tile-created .v .num"
ZONE = ZoneInfo("Asia/Shanghai")
CHROMIUM = os.environ.get("OPSPULSE_CHROMIUM", "/usr/bin/chromium")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def free_port() -> int:
    """Return a port that nobody holds at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _insert(engine: sa.Engine, number: int) -> None:
    """Write one ticket, reported and created now, and set the store's clock to now."""
    now = f"{datetime.now(ZONE):%F %T}"
    ticket = f"BENCH{number}"
    with engine.begin() as con:
        con.execute(sa.text("update demo_clock set now_at = :now"), {"now": now})
        con.execute(
            sa.text(
                "insert into tickets (site_id, ticket_id, work_class, reported_at, updated_at) "
                "select site_id, :ticket, 'repair', :now, :now from sites limit 1"
            ),
            {"ticket": ticket, "now": now},
        )
        for place, kind in enumerate(("reported", "created")):
            con.execute(
                sa.text(
                    "insert into ticket_events (site_id, event_id, ticket_id, seq, at, type, "
                    "recorded_at) select site_id, :event, :ticket, :seq, :now, :kind, :now "
                    "from sites limit 1"
                ),
                {"event": f"{ticket}-{place}", "ticket": ticket, "seq": place, "now": now,
                 "kind": kind},
            )  # fmt: skip


def _shown(page: Page) -> int:
    text = page.locator(TILE).inner_text()
    return int(text) if text.isdigit() else 0


def _watch(page: Page, engine: sa.Engine) -> list[float]:
    """Insert a ticket every few seconds; note when the tile has counted each of them."""
    base, written, seen = _shown(page), [], []
    started = time.monotonic()
    while len(seen) < TICKETS and time.monotonic() - started < LIMIT_SECONDS + TICKETS * 7:
        if len(written) < TICKETS and time.monotonic() >= started + len(written) * EVERY_SECONDS:
            _insert(engine, len(written))
            written.append(time.monotonic())
        counted = min(_shown(page) - base, len(written))
        while len(seen) < counted:
            seen.append(time.monotonic() - written[len(seen)])
        page.wait_for_timeout(250)
    return seen + [LIMIT_SECONDS] * (TICKETS - len(seen))


def measure(repeats: int) -> list[Result]:
    """One series of twenty tickets whatever the repeats: its p95 (nearest rank) is the figure."""
    del repeats
    folder = Path(tempfile.mkdtemp(prefix="opspulse-bench-"))
    port = free_port()
    opspulse = [sys.executable, "-m", "pipelines.cli"]
    store = f"sqlite:///{folder / 'store.sqlite'}"
    config = folder / "opspulse.yml"
    config.write_text(
        f"home: {folder / 'home'}\nwall: {{port: {port}}}\n"
        f"sources: [{{name: main, url: '{store}', timezone: Asia/Shanghai}}]\n",
        encoding="utf-8",
    )
    environment = os.environ | {"OPSPULSE_CONFIG": str(config)}
    environment.pop("OPSPULSE_HOME", None)
    today = f"{datetime.now(ZONE):%F}"
    create = ["demo", "create", "--to", store, "--until", today]
    subprocess.run([*opspulse, *create], check=True, capture_output=True)
    engine = sa.create_engine(store)
    _insert(engine, TICKETS)
    subprocess.run([*opspulse, "run"], check=True, capture_output=True, env=environment)
    started = datetime.now(UTC)
    up = subprocess.Popen([*opspulse, "up"], env=environment, stdout=subprocess.DEVNULL)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            token = screens.local_token(folder / "home" / "users.db")
            _open(page, f"http://127.0.0.1:{port}/wall/?screen={token}", started)
            delays = sorted(_watch(page, engine))
            browser.close()
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(60)
        engine.dispose()
        shutil.rmtree(folder, ignore_errors=True)
    p95 = delays[-(-95 * TICKETS // 100) - 1]
    what = f"new ticket on the wall, p95 of {TICKETS}, in a browser"
    result = Result(what, p95, 60, "s", delays)
    print(result.line(), flush=True)
    return [result]


def _open(page: Page, address: str, started: datetime) -> None:
    """Wait until the wall answers and shows its first light refresh."""
    while (datetime.now(UTC) - started).total_seconds() < LIMIT_SECONDS:
        try:
            page.goto(address)
            page.wait_for_selector(TILE, timeout=20_000)
        except Exception as error:  # noqa: BLE001 - Playwright's connection error has no own type
            print(f"waiting for the wall: {type(error).__name__}", flush=True)
            page.wait_for_timeout(1000)
        else:
            page.wait_for_timeout(30_000)
            return
    raise TimeoutError(f"the wall did not open within {LIMIT_SECONDS:g} s")
