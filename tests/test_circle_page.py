"""The ten steps as a page: the workbook's own content, for those who may see it, on A4."""

import subprocess
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from circle_hospital import hospital
from handmade import settings as settings_of
from playwright.sync_api import Page, expect
from signed_in import Person, sign_in, texts
from test_wall_browser import Wall

from assets import snapshots
from assets.causes.reading import topic
from assets.circle.report import Circle, circle
from assets.identity.users import User
from assets.recurrence import chances
from config.settings import Settings
from dashboards.pages.steps import text_of

TOPIC = quote("department:D1;fault_family:paper_jam", safe="")
SEARCH = "?from=2025-07-01&to=2026-07-01&improvement=QC-1&capability=0.7"
WHERE = {"department": "D1", "fault_family": "paper_jam"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    chosen = settings_of(tmp_path_factory.mktemp("circle_page"))
    con = hospital()
    chances.build(con)
    snapshots.publish(con, chosen)
    con.close()
    return chosen


@pytest.fixture(scope="module")
def qcc(settings: Settings) -> Person:
    return sign_in(settings, User("quan", "qcc", "圈长"))


@pytest.fixture(scope="module")
def report(settings: Settings) -> Circle:
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    with snapshots.opened(snapshot, settings) as con:
        about = topic(con, start=date(2025, 7, 1), end=date(2026, 7, 1), where=WHERE)
        return circle(con, about, improvement_id="QC-1", capability=Decimal("0.7"))


def sections(person: Person, search: str) -> list[Any]:
    answer = person.ask(f"/circle/{TOPIC}", search)
    children = answer.get_json()["response"]["page"]["children"]
    return [one for one in children if one["type"] == "Section"]


def test_the_page_says_what_the_workbook_says_cell_by_cell(qcc: Person, report: Circle) -> None:
    shown = sections(qcc, SEARCH)
    assert len(shown) == len(report.steps) == 10
    for section, step in zip(shown, report.steps, strict=True):
        said = texts(section)
        assert f"{step.number} {step.title}" in said
        for table in step.tables:
            assert f" [{table.query}]" in said or not table.query
            for row in table.rows:
                for column in table.columns:
                    if column.kind != "blank":
                        assert text_of(column.kind, row.get(column.key)) in [*said, ""]
        for field in step.fields:
            assert f"{field}(由人填写)" in said
    effect = texts(shown[7])
    assert {"成立", "目标达成率", "进步率"} <= set(effect)


def test_a_topic_without_a_measure_is_printed_as_not_enough_evidence(qcc: Person) -> None:
    said = texts(sections(qcc, "?from=2025-07-01&to=2026-07-01")[7])
    assert "证据不足" in said
    assert {"成立", "进步率"}.isdisjoint(said)


def test_the_way_in_lists_faults_and_measures_with_their_topics(qcc: Person) -> None:
    said = qcc.page("/circle")
    assert "卡纸" in said
    assert "减少卡纸" in said
    assert "每月除尘" in said


def test_a_wrong_topic_or_number_is_told_in_a_sentence(qcc: Person) -> None:
    for path, search, sentence in (
        ("/circle/moon%3A1", "", "不能按「moon」分析原因"),
        (f"/circle/{TOPIC}", "?from=someday", "写法不对"),
        (f"/circle/{TOPIC}", "?capability=much", "不是数字"),
        (f"/circle/{TOPIC}", "?capability=7", "不在 0 到 1 之间"),
        (f"/circle/{TOPIC}", "?improvement=QC-9", "没有编号为「QC-9」"),
    ):
        assert sentence in qcc.page(path, search)


def test_who_is_no_head_and_in_no_circle_sees_none(settings: Settings, qcc: Person) -> None:
    assert "当前身份无权" in qcc.page("/circle/engineer%3AE1")
    for user in (User("cai", "finance", "财务"), User("li", "engineer", "李工", engineer_id="E1"),
                 User("d1", "department", "一科", department_id="D1")):  # fmt: skip
        assert "不对当前身份开放" in sign_in(settings, user).page(f"/circle/{TOPIC}", SEARCH)


@pytest.fixture
def served(settings: Settings) -> Iterator[Wall]:
    wall = Wall(settings)
    yield wall
    wall.stop()


def test_it_prints_on_a4_with_every_step_on_a_page_of_its_own_and_nothing_cut_off(
    served: Wall, chromium_page: Page, tmp_path: Path, qcc: Person
) -> None:
    root = served.url().partition("/wall/")[0]
    cookies = [{"name": cookie.key, "value": cookie.value, "url": root}
               for cookie in qcc.client._cookies.values()]  # fmt: skip
    chromium_page.context.add_cookies(cookies)  # type: ignore[arg-type]
    chromium_page.goto(f"{root}/circle/{TOPIC}{SEARCH}")
    chromium_page.wait_for_selector(".step[data-step='10']", timeout=60_000)
    charts = chromium_page.locator(".step .js-plotly-plot .main-svg:first-child")
    expect(charts).to_have_count(6)
    assert {charts.nth(place).get_attribute("width") for place in range(6)} == {"680"}
    # as wide as A4 between its margins
    chromium_page.set_viewport_size({"width": 680, "height": 1000})
    chromium_page.emulate_media(media="print")
    wide = chromium_page.evaluate(
        "[...document.querySelectorAll('.step table')]"
        ".filter(one => one.getBoundingClientRect().right > 681).map(one => one.innerText)"
    )
    assert [text[:60] for text in wide] == []
    path = tmp_path / "circle.pdf"
    chromium_page.pdf(path=path, prefer_css_page_size=True)
    told = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    pages = [[line.strip() for line in text.splitlines()] for text in told.split("\f")]
    starts = [next(n for n, lines in enumerate(pages) if f"{number} {title}" in lines)
              for number, title in ((1, "主题选定"), (5, "解析"), (10, "检讨与改进"))]  # fmt: skip
    assert starts == sorted(set(starts))
    size = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    assert "A4" in size
