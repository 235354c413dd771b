"""The wall on long and spliced screens, in a bright lobby, and over a night."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import wall_hospital
from playwright.sync_api import Page, expect
from test_wall_browser import DRAWN, OVERFLOWING, OVERLAPPING, READY, SMALL_TEXT, Wall

from config import theme
from config.errors import ConfigError
from config.settings import Settings, load_settings
from dashboards.wall_scenes import SCENES

_STAGES = """() => [...document.querySelectorAll('.stage')].map(e => {
  const r = e.getBoundingClientRect();
  return [e.dataset.scene, Math.round(r.left), Math.round(r.top), Math.round(r.width)]; })"""
_SPILLS = """() => [...document.querySelectorAll('.card')]
  .filter(one => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
  .map(one => one.textContent.slice(0, 30))"""
# Contrast of every text against the first opaque ground behind it, by the formula of WCAG 2.
_PALE = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => { for (let one = e; one; one = one.parentElement) {
    const c = rgb(getComputedStyle(one).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c; } };
  const shown = [...document.querySelectorAll('.stage *')].filter(e => e.getClientRects().length
    && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()));
  return [shown.length, shown.map(e => {
    const svg = e.closest('svg');
    const ink = light(rgb(getComputedStyle(e)[svg ? 'fill' : 'color']));
    const paper = light(ground(e));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    return [ratio, e.textContent.slice(0, 30)];
  }).filter(([ratio]) => ratio < 7)];
}"""


@pytest.fixture(scope="module")
def settings(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return wall_hospital.copied(wall_store, tmp_path_factory.mktemp("stages"))


@pytest.fixture(scope="module")
def wall(settings: Settings) -> Iterator[Wall]:
    changed = settings.wall.model_copy(update={"refresh_seconds": 2})
    served = Wall(settings.model_copy(update={"wall": changed}))
    yield served
    served.stop()


@pytest.fixture
def opened(wall: Wall, chromium_page: Page) -> Callable[..., Page]:
    def open_(width: int, height: int, query: str = "") -> Page:
        chromium_page.set_viewport_size({"width": width, "height": height})
        chromium_page.goto(wall.url(query))
        chromium_page.wait_for_selector(READY, timeout=60_000)
        return chromium_page

    return open_


def test_a_long_screen_holds_two_stages_and_the_second_turns(opened: Callable[..., Page]) -> None:
    page = opened(3840, 1080)
    assert page.evaluate(_STAGES) == [["overview", 0, 0, 1920], ["flow", 1920, 0, 1920]]
    assert page.evaluate(SMALL_TEXT) == []
    assert page.evaluate(_SPILLS) == []
    page.keyboard.press("ArrowRight")
    assert [one[0] for one in page.evaluate(_STAGES)] == ["overview", "reliability"]


def test_a_spliced_wall_has_a_scene_on_each_panel_and_nothing_over_a_seam(
    opened: Callable[..., Page],
) -> None:
    page = opened(5760, 2160)
    stages = page.evaluate(_STAGES)
    assert [one[0] for one in stages] == ["overview", *SCENES]
    assert {tuple(one[1:]) for one in stages} == {
        (x, y, 1920) for x in (0, 1920, 3840) for y in (0, 1080)
    }
    assert page.evaluate(_SPILLS) == []
    page.set_viewport_size({"width": 1920, "height": 1080})
    expect(page.locator(".stage")).to_have_count(1)


# Sizes of screens, and how many stages each holds.
_SCREENS = {(1920, 1080): 1, (3840, 2160): 1, (3840, 1080): 2, (5760, 2160): 6}


def test_on_every_size_of_screen_nothing_overlaps_and_no_label_is_cut(
    opened: Callable[..., Page], artefacts: Path
) -> None:
    """One page that is moved from screen to screen; the pictures are kept to be looked at."""
    page = opened(1920, 1080)
    for (width, height), stages in _SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        expect(page.locator(".stage")).to_have_count(stages)
        for figure in ("trend", "models"):
            page.wait_for_selector(
                f"#figure-{figure} {DRAWN} >> nth=0", state="attached", timeout=30_000
            )
        page.screenshot(path=artefacts / f"wall-{width}x{height}.png")
        assert page.evaluate(OVERFLOWING) == [], (width, height)
        assert page.evaluate(OVERLAPPING) == [], (width, height)
        assert page.evaluate(_SPILLS) == [], (width, height)


def test_an_ordinary_wide_window_keeps_one_stage(opened: Callable[..., Page]) -> None:
    assert len(opened(2560, 1000).evaluate(_STAGES)) == 1
    assert len(opened(1920, 1080, "?layout=2x1").evaluate(_STAGES)) == 2


def test_the_light_wall_is_read_as_well_as_the_dark_one(opened: Callable[..., Page]) -> None:
    for query, ground in (("", theme.BG), ("?theme=light", theme.LIGHT["BG"])):
        page = opened(1920, 1080, query)
        page.wait_for_selector(".scatterlayer .trace", timeout=30_000)
        red, green, blue = (int(ground[place : place + 2], 16) for place in (1, 3, 5))
        told = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert told == f"rgb({red}, {green}, {blue})"
        count, pale = page.evaluate(_PALE)
        assert count > 100
        assert pale == [], query


def test_every_colour_of_the_dark_wall_has_one_of_its_own_in_the_light_one() -> None:
    dark = [getattr(theme, name).upper() for name in theme.LIGHT]
    assert len(set(dark)) == len(dark) == len(set(theme.LIGHT.values()))


def test_at_four_in_the_morning_everything_is_drawn_anew_in_the_same_document(
    wall: Wall, chromium_page: Page
) -> None:
    page = chromium_page
    page.clock.install()
    page.goto(wall.url("?scene=overview"))
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_selector(".scatterlayer .trace", timeout=30_000)
    page.evaluate(
        "document.querySelector('.js-plotly-plot svg').dataset.old = '1'; window.kept = 1"
    )
    page.clock.fast_forward("25:00:00")
    expect(page.locator(".js-plotly-plot svg[data-old]")).to_have_count(0)
    page.wait_for_selector(".scatterlayer .trace", timeout=30_000)
    assert page.evaluate("window.kept") == 1
    assert page.locator(".row").count() > 5


def test_an_unknown_layout_in_the_settings_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "opspulse.yml"
    config.write_text("sources: [{url: 'sqlite:///x'}]\nwall: {layout: 9x9}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"opspulse\.yml:2.*layout"):
        load_settings({"OPSPULSE_CONFIG": str(config)})
