"""The wall in a real browser: what is drawn, at which size, and what happens when data change.

Holds what only Chromium can tell; `chromium_page` fails a test on any console error and on any
request to another origin. The figures behind the page are proved in `test_wall`.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import wall_hospital
from handmade import local, warehouse_of
from playwright.sync_api import Page, Route, expect
from werkzeug.serving import BaseWSGIServer, make_server

from assets import snapshots
from assets.identity import screens
from config.settings import Settings, WallSettings
from dashboards.app import create_app
from dashboards.run_state import clear_failure, record_failure

READY = "#stage[data-ready]"
DRAWN = ".scatterlayer .trace"
IMAGE = Path(__file__).resolve().parent.parent / "docs" / "images" / "wall-overview.png"
_WAIT = 30_000

# Boxes whose content is wider than they are; text boxes that lie over one another; small text.
OVERFLOWING = """() => [...document.querySelectorAll('.stage *')]
  .filter(e => !e.closest('svg') && e.clientWidth && e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.id || e.className}: ${e.textContent.slice(0, 40)}`)"""
BOX = """() => { const r = document.querySelector('#stage').getBoundingClientRect();
  return [r.left, r.top, r.width, r.height]; }"""
FONT_SIZES = """() => ['.tile .k', '.tile[data-size=num] .num', '.row']
  .map(s => parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"""
SMALL_TEXT = """() => [...document.querySelectorAll('#stage *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .filter(e => parseFloat(getComputedStyle(e).fontSize) < 18)
  .map(e => `${e.textContent.slice(0, 40)}: ${getComputedStyle(e).fontSize}`)"""
OVERLAPPING = """() => {
  const boxes = [...document.querySelectorAll(
    '.tile, .panel, .card, .stage > header, .stage > footer')]
    .map(e => ({ name: e.id || e.tagName, r: e.getBoundingClientRect() }));
  const hits = [];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
    if (a.r.left < b.r.right - 1 && b.r.left < a.r.right - 1 &&
        a.r.top < b.r.bottom - 1 && b.r.top < a.r.bottom - 1) hits.push(`${a.name} over ${b.name}`);
  }));
  for (const panel of document.querySelectorAll('.panel, .tile')) {
    const bottom = panel.getBoundingClientRect().bottom;
    for (const child of panel.children) {
      if (child.getBoundingClientRect().bottom > bottom + 1) hits.push(`${panel.id} is too short`);
    }
  }
  return hits;
}"""


class Wall:
    """A served wall whose files a test may replace."""

    def __init__(self, settings: Settings, port: int = 0) -> None:
        self.settings = settings
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, create_app(settings).server, threaded=True
        )
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def url(self, query: str = "") -> str:
        """The address of the page, as this machine's own screen opens it."""
        token = screens.local_token(self.settings.users_path)
        more = query.replace("?", "&")
        return f"http://127.0.0.1:{self._server.server_port}/wall/?screen={token}{more}"

    def document_url(self, query: str = "") -> str:
        """The address of the document; asked for after the page was opened."""
        return f"http://127.0.0.1:{self._server.server_port}/wall/api/wall.json{query}"

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


CLOCKS = 5  # accept, arrive, restore, vendor, loaner


@pytest.fixture
def serve() -> Iterator[Callable[[Settings], Wall]]:
    """Serve a home for the length of a test, refreshed every 2 seconds."""
    walls: list[Wall] = []

    def start(settings: Settings) -> Wall:
        walls.append(Wall(settings))
        return walls[-1]

    yield start
    for wall in walls:
        wall.stop()


def quick(settings: Settings) -> Settings:
    """The same home, asked every 2 seconds."""
    wall = settings.wall.model_copy(update={"refresh_seconds": 2, "scenes": ("overview",)})
    return settings.model_copy(update={"wall": wall})


@pytest.fixture(scope="module")
def hospital(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The demo hospital written by hand at 14:32, read and never written to."""
    return quick(wall_hospital.copied(wall_store, tmp_path_factory.mktemp("browser")))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A real store of one ticket and nothing else, computed in memory."""
    rows = {"tickets": [wall_hospital.ticket("T1", "2026-03-19 08:00", 1)]}
    con = warehouse_of(rows, local("2026-03-19 23:59"), home=tmp_path_factory.mktemp("bare"))
    yield con
    con.close()


@pytest.fixture
def page(serve: Callable[[Settings], Wall], chromium_page: Page) -> Page:
    """The page, closed before its server: a poll cut off would be a console error."""
    del serve
    return chromium_page


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(READY, timeout=_WAIT)


def until(page: Page, script: str, wanted: object) -> Any:
    """Evaluate until the value is the wanted one, or for three seconds; return the last."""
    for _ in range(60):
        value = page.evaluate(script)
        if value == wanted:
            break
        page.wait_for_timeout(50)
    return value


def text_of(page: Page, selector: str) -> str:
    return page.locator(selector).inner_text()


def tile(page: Page, name: str) -> str:
    return text_of(page, f"#tile-{name}")


def document(page: Page, wall: Wall, query: str = "") -> Any:
    return json.loads(page.request.get(wall.document_url(query)).text())


def at_present(con: duckdb.DuckDBPyConnection, age: timedelta) -> None:
    """Give the tables an as-of that is this old by the server's clock."""
    instant = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - age
    con.execute("update kpi.run_context set as_of = ?, as_of_on = ?", [instant, instant.date()])


@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_every_number_of_the_document_stands_on_the_wall(
    serve: Callable[[Settings], Wall], page: Page, hospital: Settings, query: str
) -> None:
    wall = serve(hospital)
    opened(page, wall.url(query))
    told = document(page, wall, query)
    for name, one in told["tiles"].items():
        shown = tile(page, name)
        for text in (one["label"], one["value"], one["unit"], *one["lines"], one["note"]):
            assert text in shown, name
    for name in ("sla", "due", "queue", "departments"):
        shown = text_of(page, f"#panel-{name}")
        for row in told["panels"][name]["rows"]:
            assert all(cell["text"] in shown for cell in row["cells"]), name
    assert told["panels"]["trend"]["find"] in text_of(page, "#panel-trend")
    page.wait_for_selector(f"#figure-trend {DRAWN} >> nth=0", state="attached", timeout=_WAIT)
    drawn = page.locator("#figure-models").inner_text()
    for row in told["panels"]["models"]["rows"]:
        assert row["text"] in drawn
    assert told["demo"] in text_of(page, "header h1")
    assert text_of(page, "#as-of") == "14:32:00"
    if not query:
        # the same figures as in `test_wall`, as a reader in front of the screen sees them
        assert "5\n常日 2–2\n接通 80.0%" in tile(page, "calls")
        assert "3 单\n百台 30.0" in tile(page, "top_department")
        assert "2026年3月20日 星期五" in text_of(page, "header .r")


@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_nothing_overflows_overlaps_or_is_too_small_to_read(
    serve: Callable[[Settings], Wall], page: Page, hospital: Settings, query: str
) -> None:
    """Fresh, late and expired, with every clock in use: the server's clock is moved on."""
    moved = {"minutes": 0}

    def later(route: Route) -> None:
        response = route.fetch()
        now = int(response.headers["x-opspulse-now"]) + moved["minutes"] * 60_000
        headers = {**response.headers, "x-opspulse-now": str(now)}
        if not response.body():  # 304: the document has not changed
            route.fulfill(response=response, headers=headers)
            return
        document = response.json()
        clocks = document["panels"]["sla"]["rows"]
        document["panels"]["sla"]["rows"] = (clocks * CLOCKS)[:CLOCKS]
        document["panels"]["sla"]["find"] = "恢复有 3.2 个百分点靠暂停计时得到。"
        headers.pop("content-length", None)
        route.fulfill(status=response.status, json=document, headers=headers)

    page.route("**/api/wall.json*", later)
    opened(page, serve(hospital).url(query))
    page.wait_for_selector(f"#figure-trend {DRAWN} >> nth=0", state="attached", timeout=_WAIT)
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(FONT_SIZES) == [24, 72, 22]
    for minutes, level in ((0, "fresh"), (15, "late"), (150, "expired")):
        moved["minutes"] = minutes
        expect(page.locator("#tile-mean_time")).to_have_attribute("data-fresh", level)
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate(OVERLAPPING) == []
    page.unroute_all(behavior="ignoreErrors")


def test_the_stage_scales_as_a_whole_and_is_never_stretched(
    serve: Callable[[Settings], Wall], page: Page, hospital: Settings
) -> None:
    opened(page, serve(hospital).url())
    for width, height, scale, offset in (
        (3840, 2160, 2.0, (0, 0)),
        (1366, 768, 1366 / 1920, (0, 0)),
        (1920, 1200, 1.0, (0, 60)),
        (2560, 1080, 1.0, (320, 0)),
    ):
        page.set_viewport_size({"width": width, "height": height})
        expected = pytest.approx([*offset, 1920 * scale, 1080 * scale], abs=1)
        assert until(page, BOX, expected) == expected
        assert page.evaluate(OVERFLOWING) == []


def test_before_midnight_is_passed_the_day_tiles_say_so(
    serve: Callable[[Settings], Wall], page: Page,
    bare: duckdb.DuckDBPyConnection, tmp_path: Path,
) -> None:  # fmt: skip
    wall_hospital.moved(bare, "2026-03-19 23:59")
    settings, _ = wall_hospital.published(bare, tmp_path)
    opened(page, serve(settings).url())
    for name in ("calls", "created", "completed", "engaged", "mean_time", "top_department"):
        assert "今日尚无数据" in tile(page, name)
    # and data of long ago are called expired, in words
    assert "数据已过期" in tile(page, "created")
    assert "没有更新" in text_of(page, "#banner")
    assert page.locator("#tile-created").get_attribute("data-fresh") == "expired"


def test_a_missing_call_log_is_not_connected_and_an_old_tile_turns_amber(
    serve: Callable[[Settings], Wall], page: Page,
    bare: duckdb.DuckDBPyConnection, tmp_path: Path,
) -> None:  # fmt: skip
    at_present(bare, timedelta(minutes=15))
    settings, _ = wall_hospital.published(bare, tmp_path)
    opened(page, serve(settings).url())
    assert page.locator("#tile-availability").get_attribute("data-fresh") == "late"
    assert "◷ 15 分" in tile(page, "availability")
    assert "未接入" in tile(page, "availability")
    assert page.locator("#banner").is_hidden()
    assert page.evaluate(OVERFLOWING) == []


def test_without_a_snapshot_the_screen_says_what_to_run(
    serve: Callable[[Settings], Wall], page: Page, tmp_path: Path
) -> None:
    opened(page, serve(wall_hospital.handmade_settings(tmp_path)).url())
    assert text_of(page, "#banner") == "尚无快照:请运行 opspulse run"
    assert page.locator(".strip").evaluate("e => getComputedStyle(e).visibility") == "hidden"


def test_a_new_snapshot_appears_and_only_what_changed_is_touched(
    serve: Callable[[Settings], Wall], page: Page,
    bare: duckdb.DuckDBPyConnection, tmp_path: Path,
) -> None:  # fmt: skip
    """While the pointer moves under a polling reader it sees the old or the new, never an error."""
    at_present(bare, timedelta(seconds=40))
    settings, first = wall_hospital.published(bare, tmp_path, has_live=False)
    wall = serve(quick(settings))
    opened(page, wall.url())
    assert first.id in text_of(page, "#stage > footer")
    page.evaluate(
        "window.touched = []; new MutationObserver(list => list.forEach(m =>"
        " window.touched.push((m.target.parentElement || m.target).className)))"
        ".observe(document.querySelector('.strip'), {subtree: true, childList: true})"
    )
    seen = {first.id}
    for age in (30, 20, 10):
        at_present(bare, timedelta(seconds=age))
        snapshot = snapshots.publish(bare, settings)
        answer = page.request.get(wall.document_url())
        assert answer.status == 200
        seen.add(snapshot.id)
    expect(page.locator("#stage > footer")).to_contain_text(snapshot.id, timeout=_WAIT)
    assert len(seen) == 4
    assert page.locator("#banner").is_hidden()
    touched = set(page.evaluate("window.touched"))
    assert touched <= {"foot", "age"}


def test_when_the_server_is_gone_the_last_view_stays_dimmed_and_says_so(
    serve: Callable[[Settings], Wall], page: Page, hospital: Settings
) -> None:
    wall = serve(hospital)
    opened(page, wall.url())
    # Chromium itself logs a refused connection as a console error, so fetch is refused instead
    page.evaluate(
        "() => { window.fetch = () => Promise.reject(new TypeError('the server is gone')); }"
    )
    page.wait_for_selector("#stage[data-quiet]", timeout=_WAIT)
    assert text_of(page, "#banner") == "连接中断,显示的是最后一次收到的数据"
    assert "1:40" in tile(page, "mean_time")
    assert float(page.locator(".strip").evaluate("e => getComputedStyle(e).opacity")) < 1


def test_a_failed_run_is_told_over_the_last_good_numbers(
    serve: Callable[[Settings], Wall], page: Page, hospital: Settings
) -> None:
    failed_at = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=1)
    record_failure(hospital, "无法连接数据源 main。", failed_at)
    try:
        opened(page, serve(hospital).url())
        assert text_of(page, "#banner") == "上次运行失败:无法连接数据源 main。"
        assert "1:40" in tile(page, "mean_time")
    finally:
        clear_failure(hospital)


def test_a_long_list_turns_its_pages(
    serve: Callable[[Settings], Wall], page: Page, tmp_path: Path
) -> None:
    tickets = [
        wall_hospital.ticket(f"T{n:02}", f"2026-03-20 08:{n:02}", 1 + n % 40) for n in range(58)
    ]
    settings, _ = wall_hospital.publish(
        tmp_path, {"tickets": tickets, "ticket_events": [
            event for one in tickets
            for event in wall_hospital.life(
                one["ticket_id"], (one["reported_at"].strftime("2026-03-20 08:%M"), "reported"))
        ]}, as_of="2026-03-20 12:00", has_live=False,
    )  # fmt: skip
    page.clock.install()
    opened(page, serve(settings).url())
    assert page.locator("#panel-due .row").count() == 5
    assert "1–5 / 50" in text_of(page, "#panel-due")
    assert "…另有 8 条" in text_of(page, "#panel-due")
    page.clock.run_for(10_500)
    assert "6–10 / 50" in text_of(page, "#panel-due")
    assert page.evaluate(OVERLAPPING) == []


@pytest.mark.skipif(
    os.environ.get("OPSPULSE_WRITE_SCREENSHOTS") != "1",
    reason="OPSPULSE_WRITE_SCREENSHOTS=1 writes the picture in docs/images",
)
def test_write_the_picture_of_the_documentation(
    serve: Callable[[Settings], Wall], page: Page, hospital: Settings
) -> None:
    """OPSPULSE_SCREENSHOT_HOME names the home of a demo hospital; else the one written by hand."""
    home = os.environ.get("OPSPULSE_SCREENSHOT_HOME")
    slow = hospital.model_copy(update={"wall": WallSettings()})
    settings = slow.model_copy(update={"home": Path(home)}) if home else slow
    opened(page, serve(settings).url())
    page.wait_for_selector(f"#figure-trend {DRAWN} >> nth=0", state="attached", timeout=_WAIT)
    page.wait_for_selector(f"#figure-models {DRAWN} >> nth=0", state="attached", timeout=_WAIT)
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGE)
    assert IMAGE.stat().st_size > 10_000
