"""What the wall says when something is wrong: old data, a failed run, no server, no network.

Holds faults that happen under a wall that is being watched, in a real browser, and their end: the
last good numbers stay, dimmed, with their age in words, and everything comes back by itself.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import wall_hospital
from conftest import WALL_SIZE
from playwright.sync_api import Browser, Page, Route, expect
from test_wall_browser import READY, Wall, document, text_of, tile

from config.settings import Settings
from dashboards.run_state import clear_failure, record_failure

REFRESH_SECONDS = 2
_WAIT = 30_000
_NO_ANSWER = "Failed to load resource: net::"
_OFFLINE = "连接中断,显示的是最后一次收到的数据"
_DIMMED = "e => parseFloat(getComputedStyle(e).opacity)"
# The wall's own clock as seconds of the day.
_CLOCK = """() => document.querySelector('.clock').textContent.split(':')
  .reduce((sum, part) => 60 * sum + Number(part), 0)"""
_DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
def settings(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The hospital of 14:32, asked every two seconds."""
    made = wall_hospital.copied(wall_store, tmp_path_factory.mktemp("faults"))
    wall = made.wall.model_copy(update={"refresh_seconds": REFRESH_SECONDS})
    return made.model_copy(update={"wall": wall})


@pytest.fixture
def walls(settings: Settings) -> Iterator[list[Wall]]:
    """The servers of a test, the last one serving."""
    served = [Wall(settings)]
    yield served
    served[-1].stop()


@pytest.fixture
def page(walls: list[Wall], chromium: Browser) -> Iterator[Page]:
    """A screen on which an unanswered request is no error, for that is what is tested here."""
    del walls
    context = chromium.new_context(viewport=WALL_SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")
    troubles: list[str] = []
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on(
        "console",
        lambda said: (
            troubles.append(said.text)
            if said.type == "error" and not said.text.startswith(_NO_ANSWER)
            else None
        ),
    )
    page = context.new_page()
    yield page
    page.unroute_all(behavior="ignoreErrors")
    context.close()
    assert troubles == []


def opened(page: Page, wall: Wall) -> None:
    page.goto(wall.url("?scene=overview"))
    page.wait_for_selector(READY, timeout=_WAIT)
    page.evaluate("window.kept = 1")


def off_by(page: Page, wall: Wall) -> float:
    """Return by how many seconds the wall's clock differs from the server's, either way."""
    head = page.request.get(wall.document_url()).headers["x-opspulse-now"]
    right = (datetime.fromtimestamp(int(head) / 1000, UTC) + timedelta(hours=8)).time()
    seconds = 3600 * right.hour + 60 * right.minute + right.second
    off = abs(page.evaluate(_CLOCK) - seconds)
    return float(min(off, _DAY_SECONDS - off))


def aged(page: Page, as_of: int) -> Callable[[int], None]:
    """Let the server's clock stand so many seconds after the snapshot's as-of."""
    told = {"age": 0}

    def later(route: Route) -> None:
        response = route.fetch()
        headers = {**response.headers, "x-opspulse-now": str((as_of + told["age"]) * 1000)}
        route.fulfill(response=response, headers=headers)

    page.route("**/api/wall.json*", later)
    return lambda seconds: told.update(age=seconds)


def test_a_snapshot_turns_amber_after_2_and_grey_after_10_of_its_intervals(
    walls: list[Wall], page: Page
) -> None:
    opened(page, walls[0])
    told = document(page, walls[0])
    interval = told["intervals"]["snapshot"]
    assert interval == 300
    age = aged(page, told["as_of"]["snapshot"])
    box = page.locator("#tile-availability")
    assert box.locator(".v").evaluate(_DIMMED) == 1
    for seconds, level, words in (
        (2 * interval - 5, "fresh", "9 分"),
        (2 * interval + 5, "late", "◷ 10 分"),
        (10 * interval - 5, "late", "◷ 49 分"),
        (10 * interval + 5, "expired", "数据已过期"),
    ):
        age(seconds)
        expect(box).to_have_attribute("data-fresh", level)
        expect(box).to_contain_text(words)
        # the last good number stays
        assert "99.2" in tile(page, "availability")
        assert page.locator("#banner").is_visible() == (level == "expired")
    assert "50 分" in text_of(page, "#banner")
    assert box.locator(".v").evaluate(_DIMMED) < 1


def test_a_run_that_fails_is_told_and_forgotten_while_the_wall_is_watched(
    walls: list[Wall], page: Page, settings: Settings
) -> None:
    opened(page, walls[0])
    assert page.locator("#banner").is_hidden()
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=1)
    record_failure(settings, "无法连接数据源 main。", soon)
    try:
        expect(page.locator("#banner")).to_have_text("上次运行失败:无法连接数据源 main。")
        assert "1:40" in tile(page, "mean_time")
    finally:
        clear_failure(settings)
    expect(page.locator("#banner")).to_be_hidden()


def test_a_server_that_starts_again_is_found_without_loading_the_page_again(
    walls: list[Wall], page: Page, settings: Settings
) -> None:
    opened(page, walls[0])
    port = walls[0].port
    walls[0].stop()
    expect(page.locator("#banner")).to_contain_text(_OFFLINE, timeout=_WAIT)
    assert page.locator(".strip").evaluate(_DIMMED) < 1
    assert "1:40" in tile(page, "mean_time")
    walls.append(Wall(settings, port))
    expect(page.locator("#banner")).to_be_hidden(timeout=_WAIT)
    assert page.locator(".strip").evaluate(_DIMMED) == 1
    assert page.evaluate("window.kept") == 1


def test_ten_minutes_without_network_age_the_numbers_and_end_by_themselves(
    walls: list[Wall], page: Page
) -> None:
    page.clock.install()
    opened(page, walls[0])
    asked: list[Any] = []

    def gone(route: Route) -> None:
        asked.append(route.request.url)
        route.abort("internetdisconnected")

    page.route("**/api/wall.json*", gone)
    page.clock.run_for(timedelta(minutes=10, seconds=5).total_seconds() * 1000)
    assert text_of(page, "#banner") == _OFFLINE
    assert page.locator(".strip").evaluate(_DIMMED) < 1
    assert "1:40" in tile(page, "mean_time")
    # numbers of the snapshot are due every 5 min
    assert "◷ 10 分" in tile(page, "availability")
    # it asks on, one request at a time
    assert 10 <= len(asked) <= 605 / REFRESH_SECONDS + 1
    page.unroute("**/api/wall.json*")
    page.clock.run_for(1000 * (REFRESH_SECONDS + 1))
    expect(page.locator("#banner")).to_be_hidden(timeout=_WAIT)
    assert page.evaluate("window.kept") == 1


@pytest.mark.parametrize("hours", [-7, 5])
def test_a_screen_whose_clock_is_wrong_shows_the_servers_time_and_ages(
    walls: list[Wall], page: Page, hours: int
) -> None:
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    opened(page, walls[0])
    page.clock.run_for(1500)
    assert off_by(page, walls[0]) <= 3
    assert page.locator("#tile-availability").get_attribute("data-fresh") == "fresh"
    assert page.locator("#banner").is_hidden()


@pytest.mark.parametrize("hours", [-7, 5])
def test_a_clock_that_is_put_right_under_the_wall_changes_neither_time_nor_turning(
    walls: list[Wall], page: Page, hours: int
) -> None:
    page.clock.install()
    page.goto(walls[0].url())
    page.wait_for_selector(READY, timeout=_WAIT)
    dwell = document(page, walls[0])["dwell_seconds"]
    # before the next answer of the server
    page.route("**/api/wall.json*", lambda route: route.abort())
    page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=hours))
    page.clock.run_for(1500)
    assert off_by(page, walls[0]) <= 3
    assert page.locator("#tile-availability").get_attribute("data-fresh") == "fresh"
    first = page.locator("#stage").get_attribute("data-scene")
    page.clock.run_for(1000 * dwell)
    assert page.locator("#stage").get_attribute("data-scene") != first
