"""The pages in a real browser, on a desk, a tablet, a phone and paper: nothing overlaps or is cut.

Holds the pictures that are kept to be looked at (`OPSPULSE_TEST_ARTEFACTS`) and what is measured of
them; what pages say is proved elsewhere.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import tiny_pages
from playwright.sync_api import Page
from signed_in import Person
from test_wall_browser import Wall
from tiny_pages import People

from config.settings import Settings
from dashboards.pages.app import PAGES

MONTH = "?month=2026-10"
SCREENS = ((1440, 900), (820, 1180), (390, 844))
# What an A4 sheet has between its margins, in CSS pixels.
SHEET = (680, 962)
_WAIT = 60_000
# Pages of one thing: without its name they only ask for it.
WITH_A_NAME = {"/kpi", "/asset", "/ticket", "/department"}
_SHOWN = """said => { const page = document.querySelector('#page');
  return page && page.children.length > 0 && page.innerText.includes(said); }"""
_DRAWN = """() => [...document.querySelectorAll('#page .js-plotly-plot')]
  .every(one => one.querySelector('.main-svg'))"""
# Numbers whose state a colour tells but neither a shape before them nor one in their row; and words
# of states that stand nowhere on the page.
_COLOUR_ONLY = """() => {
  const words = { small_sample: '▲ 样本不足', immature: '▲ 未成熟', unreliable: '■ 不可信',
    stopped: '■ 数据停在' };
  const text = document.querySelector('#page').innerText;
  return Object.entries(words).flatMap(([state, word]) =>
    [...document.querySelectorAll(`#page td.state-${state}`)].filter(e => e.checkVisibility())
      .filter(e => !text.includes(word) ||
        !getComputedStyle(e, '::before').content.includes(word[0]))
      .map(e => `${e.className}: ${e.closest('tr').textContent.slice(0, 60)}`));
}"""
# A document wider than the window; texts that lie over one another; boxes that cut their text.
TROUBLES = """() => {
  const hits = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth + 1) hits.push(`wider than the window`);
  const apart = '[class^="ag-"], [class^="dash-dropdown"], svg, .js-plotly-plot';
  const isShown = e => e.checkVisibility() && !e.closest(apart);
  const ownTexts = e => [...e.childNodes].filter(n => n.nodeType === 3 && n.textContent.trim());
  const texts = [...document.querySelectorAll('#page *, #side *')]
    .filter(e => isShown(e) && ownTexts(e).length);
  for (const e of texts) {
    const style = getComputedStyle(e);
    const isClipping = style.overflowX !== 'visible' && e.clientWidth;
    const text = e.textContent.slice(0, 40);
    if (isClipping && e.scrollWidth > e.clientWidth + 1) hits.push(`cut off: ${text}`);
  }
  const boxes = texts.flatMap(e => ownTexts(e).flatMap(n => {
    const range = document.createRange();
    range.selectNodeContents(n);
    return [...range.getClientRects()].map(r => ({ e, r, text: n.textContent.slice(0, 30) }));
  })).filter(one => one.r.width > 1);
  for (let i = 0; i < boxes.length && hits.length < 9; i++) {
    for (let j = i + 1; j < Math.min(boxes.length, i + 60); j++) {
      const [a, b] = [boxes[i], boxes[j]];
      const isOver = a.r.left < b.r.right - 2 && b.r.left < a.r.right - 2 &&
        a.r.top < b.r.bottom - 4 && b.r.top < a.r.bottom - 4;
      if (isOver) hits.push(`${a.text} over ${b.text}`);
    }
  }
  for (const legend of document.querySelectorAll('.js-plotly-plot')) {
    const frame = legend.getBoundingClientRect();
    for (const text of legend.querySelectorAll('.main-svg text')) {
      const r = text.getBoundingClientRect();
      if (r.width && (r.left < frame.left - 2 || r.right > frame.right + 2)) {
        hits.push(`label outside its chart: ${text.textContent.slice(0, 30)}`);
      }
    }
  }
  return hits;
}"""


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return tiny_pages.home_of(tiny_hospital, tmp_path_factory.mktemp("pages_browser"))


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny_pages.opened(settings) as con:
        yield con


@pytest.fixture
def served(settings: Settings) -> Iterator[Wall]:
    wall = Wall(settings)
    yield wall
    wall.stop()


def paths(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return an address of each page, by what its heading or its text must say."""
    [asset] = con.execute(
        "select asset_id from kpi.fact_failures where asset_id is not null "
        "group by 1 order by count(*) desc, 1 limit 1"
    ).fetchone() or ("",)
    [ward] = con.execute(
        "select department_id from kpi.detail_queue where department_id is not null "
        "group by 1 order by count(*) desc, 1 limit 1"
    ).fetchone() or ("",)
    plain = {page.PATH for page in PAGES} - WITH_A_NAME
    return {f"{path}{MONTH}": "" for path in sorted(plain)} | {
        f"/department/{ward}{MONTH}": "这条规则准不准",
        f"/department/{ward}/answer{MONTH}": "指标口径",
        f"/stock{MONTH}": "到期清单",
        f"/cost{MONTH}": "延保值多少钱",
        f"/manager{MONTH}": "集中度",
        f"/handover{MONTH}": "负荷与过载预警",
        "/handover/E01": "接替与观察",
        f"/reliability{MONTH}": "型号与同类比",
        f"/asset/{asset}": "费用与价值",
        f"/sla{MONTH}": "流程漏斗",
        "/ticket/T0000016": "各时限都已达标",
        f"/scores{MONTH}": "相对同组",
        f"/scores/E02{MONTH}": "扣分最多的工单",
        f"/trend{MONTH}&grain=week": "控制限",
        f"/kpi/use_failure_rate{MONTH}&span=12&by=model": "这个数字背后的记录",
    }


@pytest.fixture(scope="module")
def head(settings: Settings, con: duckdb.DuckDBPyConnection) -> Person:
    return People(settings, con)["head"]


def _signed_in(page: Page, root: str, person: Person) -> None:
    cookies = [{"name": cookie.key, "value": cookie.value, "url": root}
               for cookie in person.client._cookies.values()]  # fmt: skip
    page.context.add_cookies(cookies)  # type: ignore[arg-type]


def _troubles(page: Page) -> list[str]:
    """Return what is wrong once everything has found its place, at most two seconds later."""
    found: list[str] = []
    for _ in range(10):
        found = page.evaluate(TROUBLES)
        if not found:
            break
        page.wait_for_timeout(200)
    return found


def _on_paper(page: Page, picture: Path) -> list[str]:
    """Return what a print in grey loses; the picture is kept."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": SHEET[0], "height": SHEET[1]})
    page.evaluate("() => { document.documentElement.style.filter = 'grayscale(1)'; }")
    found = _troubles(page)
    found += page.evaluate(_COLOUR_ONLY)
    page.screenshot(path=picture, full_page=True)
    page.emulate_media(media="screen")
    return found


def test_pages_fit_a_desk_a_tablet_a_phone_and_paper_in_grey(
    served: Wall, head: Person, con: duckdb.DuckDBPyConnection, chromium_page: Page, artefacts: Path
) -> None:  # fmt: skip
    """One browser and one login; each page is loaded once and moved from screen to screen."""
    page, root = chromium_page, served.url().partition("/wall/")[0]
    found = {}
    page.goto(f"{root}/login")
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=artefacts / f"page-login-{width}.png")
    _signed_in(page, root, head)
    for path, said in paths(con).items():
        name = path.partition("?")[0].strip("/").replace("/", "-") or "overview"
        page.set_viewport_size({"width": SCREENS[0][0], "height": SCREENS[0][1]})
        page.goto(f"{root}{path}")
        page.wait_for_function(_SHOWN, arg=said, timeout=_WAIT)
        page.wait_for_function(_DRAWN, timeout=_WAIT)
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            found[f"{path} at {width}"] = _troubles(page)
            page.screenshot(path=artefacts / f"page-{name}-{width}.png", full_page=True)
        found[f"{path} on paper"] = _on_paper(page, artefacts / f"page-{name}-print.png")
    bad = {name: hits for name, hits in found.items() if hits}
    assert bad == {}, bad


def test_the_charts_of_a_desk_fit_the_paper_they_are_printed_on(
    served: Wall, head: Person, chromium_page: Page
) -> None:
    page, root = chromium_page, served.url().partition("/wall/")[0]
    widths = """() => [...document.querySelectorAll('#page .js-plotly-plot .main-svg')]
      .map(one => one.getBoundingClientRect().width)"""
    _signed_in(page, root, head)
    page.goto(f"{root}/kpi/reports{MONTH}")
    page.wait_for_selector("#page .main-svg", timeout=_WAIT)
    page.wait_for_function(_DRAWN, timeout=_WAIT)
    before = page.evaluate(widths)
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    on_paper = page.evaluate(widths)
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert min(before) > SHEET[0] >= max(on_paper)
    assert len(before) == len(on_paper)
    assert page.evaluate(widths) == before
