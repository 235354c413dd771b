"""Which KPIs are live and what the others wait for: read from definitions, told on a page."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
import tiny_pages
import wall_hospital
from handmade import local
from signed_in import Person, sign_in

from assets import metric_maturity, readiness
from assets.identity.users import User
from assets.metric_registry import registry
from assets.readiness import Ready
from assets.viewers import Viewer
from config.rules import load_rules
from config.settings import Settings
from dashboards.run_state import record_failure

HEAD = Viewer("head", "wang")
RULES = load_rules(None).thresholds


@pytest.fixture(scope="module")
def con(wall_store: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The wall's hospital, whose data begin on 10 February and end on 20 March."""
    with tiny_pages.opened(wall_store) as con:
        yield con


@pytest.fixture(scope="module")
def found(con: duckdb.DuckDBPyConnection) -> dict[str, Ready]:
    return {one.metric.id: one for one in readiness.readiness(con, HEAD, RULES)}


@pytest.fixture(scope="module")
def head(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Person:
    settings = wall_hospital.copied(wall_store, tmp_path_factory.mktemp("start"))
    return sign_in(settings, User("wang", "head", "王主任"))


def test_a_metric_with_cases_is_live_and_one_without_its_table_names_it(
    found: dict[str, Ready],
) -> None:
    assert found["reports"].state == "live"
    assert found["satisfaction"].state == "missing"
    assert found["satisfaction"].lacking == ("ratings",)


def test_ripening_counts_the_days_of_the_definition_and_no_other(found: dict[str, Ready]) -> None:
    # faults are named in March only, which is over on 1 April
    windows = RULES.recurrence.windows_days
    assert (windows.short, windows.medium, windows.long) == (7, 30, 90)
    names = ("recurrence", "recurrence_long")
    assert [found[name].ripe_on for name in names] == [date(2026, 5, 1), date(2026, 6, 30)]
    assert {found[name].state for name in names} == {"waiting"}
    assert found["recurrence_short"].state == "few"  # seven days after the 10th are over
    # the oldest stock move is of 1 March: a year of moves is there a year later
    assert {one.ripe_on for one in found.values() if one.metric.kind == "parts_at"} == {
        date(2027, 3, 1)
    }


def test_every_share_that_ripens_says_for_how_long() -> None:
    days = {one.id: metric_maturity.days(one, RULES) for one in registry().values()}
    assert all(days[one.id] for one in registry().values() if one.kind == "maturing")
    assert days["completion_rate"] == RULES.completion_grace_days
    assert (days["shadow_reopens"], days["reopens"], days["reports"]) == (2, 7, 0)


def test_the_most_wanted_feed_stands_first(found: dict[str, Ready]) -> None:
    feeds = readiness.feeds(found.values())
    sizes = [len(metrics) for _, metrics in feeds]
    assert sizes == sorted(sizes, reverse=True)
    assert "satisfaction" in {one.id for one in dict(feeds)["ratings"]}
    assert "tickets" not in dict(feeds)


def test_the_page_tells_days_feeds_and_whole_months(head: Person) -> None:
    text = head.page("/start")
    lines = text.split("\n")
    place = next(i for i, line in enumerate(lines) if "重复故障率(90 天)" in line)
    assert lines[place + 1 : place + 3] == ["102", "2026-06-30"]
    assert "ratings" in lines
    # whole months are March and April, so that they are compared from 1 May on
    assert "与上月比较要有两个完整的月:还要 42 天(2026-05-01 起)。" in text
    assert "逐月控制限要有三个完整的月:还要 73 天(2026-06-01 起)。" in text
    assert "哪些指标已可用" in head.page("/")


def test_before_anything_is_published_the_overview_says_what_to_do(tmp_path: Path) -> None:
    settings = wall_hospital.handmade_settings(tmp_path)
    record_failure(settings, "无法连接数据源 main。", local("2026-03-20 14:32"))
    head = sign_in(settings, User("wang", "head", "王主任"))
    for path in ("/", "/start"):
        text = head.page(path)
        assert "上次运行失败(2026-03-20 14:32):无法连接数据源 main。" in text
        assert "opspulse run" in text
        assert {"tickets", "ticket_events", "ratings"} <= set(text.split("\n"))
    assert "尚无快照" in head.page("/quality")
