"""趋势: the reader's course of each KPI, limits in its own unit, a finding under each chart."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest
import tiny_pages
from tiny_pages import People

from assets import metric_control, metrics
from config.settings import Settings

MONTH = "?month=2026-10"


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return tiny_pages.home_of(tiny_hospital, tmp_path_factory.mktemp("trend_page"))


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny_pages.opened(settings) as con:
        yield con


@pytest.fixture(scope="module")
def people(settings: Settings, con: duckdb.DuckDBPyConnection) -> People:
    return People(settings, con)


def course(con: duckdb.DuckDBPyConnection, metric_id: str) -> list[dict[str, Any]]:
    first = next(iter(metrics.registry()[metric_id].statistics))
    rows = metrics.read_rows(con, metric_id, grain="day", start=date(2026, 10, 1))
    return [row for row in rows if row["statistic"] == first]


def panels(people: People, role: str, search: str) -> dict[str, Any]:
    answer = people[role].ask("/trend", search).get_json()["response"]["page"]["children"]
    [box] = [one["props"]["children"] for one in answer
             if one["props"].get("className") == "multiples"]  # fmt: skip
    return {one["props"]["data-kpi"]: one for one in box}


def test_the_kpis_of_the_url_are_drawn_as_the_reader_gives_them(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    shown = panels(people, "head", f"{MONTH}&kpi=reports,reopens,nothing&grain=day")
    assert list(shown) == ["reports", "reopens"]
    _, graph, findings = shown["reports"]["props"]["children"]
    points = graph["props"]["figure"]["data"][-1]
    rows = course(con, "reports")[-24:]
    assert [float(value) for value in points["y"]] == [row["value"] for row in rows]
    assert findings["props"]["children"]


def test_a_course_begins_with_the_first_period_that_data_cover_whole(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    began = metrics.context(con).data_from
    assert began == date(2026, 9, 2)
    shown = panels(people, "head", f"{MONTH}&kpi=reports")
    points = shown["reports"]["props"]["children"][1]["props"]["figure"]["data"][-1]
    assert points["x"] == ["2026-10-01"]
    assert len(metrics.read_rows(con, "reports", grain="month", end=date(2026, 11, 1))) == 2


def test_limits_stand_in_the_unit_of_the_numbers(con: duckdb.DuckDBPyConnection) -> None:
    charted = 0
    for metric in metrics.registry().values():
        rows = course(con, metric.id)
        found = metric_control.control(metric, rows) if rows else None
        values = [row["value"] for row in rows if row["value"] is not None and row["denominator"]]
        if found is None or not any(values):
            continue
        charted += 1
        # the centre is a weighted mean of the points
        assert min(values) <= found.centre * 1.0001, metric.id
        assert found.centre * 0.9999 <= max(values), metric.id
        assert len(found.upper) == len(rows)
    assert charted > 15


def test_a_day_with_far_more_failures_than_the_others_is_told() -> None:
    metric = metrics.registry()["report_rate"]
    shape = next(iter(metric.statistics))
    rows = [
        {"statistic": shape, "period_start": date(2026, 3, day), "numerator": hits,
         "denominator": 2010, "value": hits / 2010 * 100, "grain": "day", "state": "ok"}
        for day, hits in enumerate([30, 28, 35, 31, 29, 60, 33, 27, 30, 32] * 2, start=1)
    ]  # fmt: skip
    found = metric_control.control(metric, rows)
    assert found is not None
    assert [place for place, is_out in enumerate(found.is_out) if is_out] == [5, 15]
    assert not found.is_provisional
    assert metric_control.told(metric, rows, found).startswith(
        "20 点中 2 点越出控制限,最近一次 2026-03-16"
    )
    few = metric_control.control(metric, rows[:10])
    assert few is not None
    assert "控制限为暂定" in metric_control.told(metric, rows[:10], few)


def test_a_department_sees_its_own_course_and_no_closed_kpi(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    closed = "asset_tco,reports"
    own = panels(people, "department", f"{MONTH}&kpi={closed}&grain=day&department=D999")
    assert list(own) == ["reports"]
    assert "报修量·数量 0(n = 0)" in people["department"].page(
        "/trend", f"{MONTH}&kpi=reports&department=D999"
    )
    assert "当前身份无权查看" in people["admin"].page("/trend", MONTH)


def test_a_chart_without_data_says_why(people: People) -> None:
    search = f"{MONTH}&kpi=restore_time&asset_class=nothing&grain=week"
    assert "这段时间没有数据" in people["head"].page("/trend", search)
    assert "No data in this time" in people["head"].page("/trend", f"{search}&lang=en")
