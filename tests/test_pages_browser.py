"""The pages in a real browser, on a desk and on a phone: nothing overlaps, nothing is cut off."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import tiny_pages
from playwright.sync_api import Page
from test_wall_browser import Wall
from tiny_pages import People

from config.settings import Settings

MONTH = "?month=2026-10"
WIDTHS = (1366, 390)
_WAIT = 60_000
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
    return {
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


def test_pages_fit_a_desk_and_a_phone(
    served: Wall, settings: Settings, con: duckdb.DuckDBPyConnection, chromium_page: Page,
    tmp_path: Path,
) -> None:  # fmt: skip
    root = served.url().partition("/wall/")[0]
    head = People(settings, con)["head"]
    cookies = [{"name": cookie.key, "value": cookie.value, "url": root}
               for cookie in head.client._cookies.values()]  # fmt: skip
    chromium_page.context.add_cookies(cookies)  # type: ignore[arg-type]
    found = {}
    for place, (path, said) in enumerate(paths(con).items()):
        for width in WIDTHS:
            chromium_page.set_viewport_size({"width": width, "height": 900})
            chromium_page.goto(f"{root}{path}")
            chromium_page.wait_for_function(
                "said => document.querySelector('#page')?.innerText.includes(said)", arg=said,
                timeout=_WAIT,
            )  # fmt: skip
            chromium_page.wait_for_function(
                "() => [...document.querySelectorAll('#page .js-plotly-plot')]"
                ".every(one => one.querySelector('.main-svg'))", timeout=_WAIT,
            )  # fmt: skip
            chromium_page.screenshot(path=tmp_path / f"{place}-{width}.png", full_page=True)
            found[f"{path} at {width}"] = chromium_page.evaluate(TROUBLES)
    assert {name: hits for name, hits in found.items() if hits} == {}
