"""Every page and the wall by axe-core: WCAG 2.1 A and AA, as a browser renders them."""

from collections.abc import Iterator
from typing import Any

import pytest
import wall_hospital
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from signed_in import OWN_WORDS, sign_in
from test_wall_browser import DRAWN, READY, Wall

from assets.identity.users import User
from config.settings import Settings
from dashboards.pages.app import PAGES

_OPTIONS: Any = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
# The choice of Dash's own dropdown can be reached by keyboard through an input that it hides from
# screen readers; the button beside it bears the name.
_CONTEXT: Any = {"exclude": [[".dash-dropdown-focus-target"]]}
_SHOWN = "() => document.querySelector('#page')?.children.length > 0"
_PATHS = {page.PATH: "" for page in PAGES} | {"/kpi": "/reports?month=2026-03"}


@pytest.fixture(scope="module")
def wall(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wall]:
    settings = wall_hospital.copied(wall_store, tmp_path_factory.mktemp("axe"))
    sign_in(settings, User("wang", "head", "王主任"))
    served = Wall(settings)
    yield served
    served.stop()


def violations(page: Page, where: str) -> list[str]:
    found = Axe().run(page, context=_CONTEXT, options=_OPTIONS).response["violations"]
    return [f"{where}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in found]


def test_no_page_breaks_a_rule_of_wcag_aa(wall: Wall, chromium_page: Page) -> None:
    root = wall.url().partition("/wall/")[0]
    chromium_page.goto(f"{root}/login")
    found = violations(chromium_page, "/login")
    chromium_page.fill("input[name=login]", "wang")
    chromium_page.fill("input[name=password]", OWN_WORDS)
    chromium_page.click("button")
    for path, rest in _PATHS.items():
        chromium_page.goto(f"{root}{path}{rest}")
        chromium_page.wait_for_function(_SHOWN, timeout=60_000)
        found += violations(chromium_page, path)
    chromium_page.goto("about:blank")
    assert found == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_neither_theme_of_the_wall_breaks_a_rule_of_wcag_aa(
    wall: Wall, chromium_page: Page, theme: str
) -> None:
    for scene in ("overview", "flow", "quality"):
        chromium_page.goto(wall.url(f"?theme={theme}&scene={scene}"))
        chromium_page.wait_for_selector(READY, timeout=60_000)
        if scene == "overview":
            chromium_page.wait_for_selector(DRAWN, timeout=30_000)
        assert violations(chromium_page, scene) == []
    chromium_page.goto("about:blank")
