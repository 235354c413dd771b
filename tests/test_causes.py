"""Cause analysis read from facts: figures by hand, planted causes, verdicts."""

from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from circle_hospital import MEASURE_ON, hospital, reports

from assets.analysis.verification import Verdict
from assets.causes import measure_tests
from assets.causes import reading as causes
from config.errors import ConfigError

YEAR = {"start": date(2025, 7, 1), "end": date(2026, 7, 1)}


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return hospital()


def of_year(cause: str | None = "*", ward: str | None = None) -> int:
    """Count reports of the last year by hand."""
    return sum(
        YEAR["start"] <= day < YEAR["end"]
        and cause in ("*", coded)
        and ward in (None, asset["department_id"])
        for asset, day, coded in reports()
    )


def test_a_pareto_counts_every_failure_and_puts_the_uncoded_last(con) -> None:
    about = causes.topic(con, **YEAR)
    rows = causes.pareto_rows(con, about, "cause")
    by_hand = {code: of_year(code) for code in ("environment_dust", "machine_wear", None)}
    assert {row["code"]: row["count"] for row in rows} == by_hand
    assert rows[0]["count"] >= rows[1]["count"] > rows[2]["count"]
    assert rows[2]["code"] is None
    assert rows[-1]["cumulative"] == pytest.approx(1.0)
    assert [row["is_vital"] for row in rows] == [True, True, False]
    assert rows[0]["hours"] == pytest.approx(rows[0]["count"])  # an hour each


def test_money_of_a_failure_is_that_of_its_tickets(con) -> None:
    about = causes.topic(con, start=date(2024, 7, 1), end=date(2026, 7, 1))
    rows = causes.pareto_rows(con, about, "department", "cny")
    assert (rows[0]["name"], rows[0]["cny"]) == ("D1病区", Decimal("12.50"))
    assert {row["cny"] for row in rows[1:]} == {Decimal(0)}


def test_screens_are_no_exposure_for_jams(con) -> None:
    jams = causes.topic(con, **YEAR, where={"fault_family": "paper_jam"})
    (row,) = causes.strata(con, jams, "asset_class")
    # data end at the midnight that begins 2026-07-01; twenty printers
    assert row["device_days"] == pytest.approx(20 * 365)
    anything = causes.topic(con, **YEAR)
    assert len(causes.strata(con, anything, "asset_class")) == 2


def test_a_stratum_has_its_rate_and_stands_beside_all_others(con) -> None:
    about = causes.topic(con, **YEAR, where={"fault_family": "paper_jam"})
    first, *others = causes.strata(con, about, "department")
    assert (first["code"], first["n"]) == ("D1", of_year(ward="D1"))
    assert first["rate"] == pytest.approx(100 * first["n"] / (4 * 365 / 365.25))
    rest = sum(row["n"] for row in others)
    assert first["ratio"] == pytest.approx(first["n"] / (rest / 4))
    assert first["adjusted_p"] < 0.001
    assert first["lo"] < first["rate"] < first["hi"]


def test_the_ward_with_the_dust_is_the_association_that_is_called(con) -> None:
    about = causes.topic(con, **YEAR)
    rows = causes.associations(con, about, "department")
    assert [row["code"] for row in rows if row["is_called"] and row["ratio"] > 1] == ["D1"]
    assert rows[0]["fault_family"] == "paper_jam"
    assert not any(row["is_called"] for row in causes.associations(con, about, "model"))


def test_repairs_with_the_bad_lot_come_back_and_unripe_ones_are_not_judged(con) -> None:
    about = causes.topic(con, start=date(2025, 8, 1), end=date(2026, 7, 1))
    wards = causes.associations(con, about, "lot")
    assert [row["code"] for row in wards] == ["BAD"]
    (team,) = causes.associations(con, about, "engineer", role="head")
    ripe = [day for _, day, _ in reports() if date(2025, 8, 1) <= day < date(2026, 5, 31)]
    assert abs(team["cases"] - len(ripe)) <= 1  # the day itself, to the hour


def test_the_planted_cause_leads_the_fishbone_of_its_ward(con) -> None:
    about = causes.topic(con, **YEAR, where={"department": "D1", "fault_family": "paper_jam"})
    found = causes.fishbone(con, about)
    (suspect,) = found.suspects
    assert (suspect["code"], suspect["n"]) == ("environment_dust", of_year("environment_dust"))
    assert suspect["owner"] == "护士长"
    assert found.coded + found.uncoded == of_year(ward="D1")
    assert {bone["category_name"] for bone in found.bones} == set("人机料法环测")


def test_one_kind_of_fault_has_no_sequence(con) -> None:
    assert causes.sequences(con, causes.topic(con, **YEAR)) == []


def test_noise_that_follows_jams_is_a_sequence_and_not_the_reverse() -> None:
    jams = [
        (one, day)
        for one, day, coded in reports()
        if one["department_id"] == "D2" and date(2025, 7, 1) <= day < date(2026, 6, 20)
    ]
    noises = [(one, day + timedelta(days=3), None, "noise") for one, day in jams]
    own = hospital(noises)
    rows = causes.sequences(own, causes.topic(own, **YEAR))
    assert [(row["first"], row["second"]) for row in rows] == [("paper_jam", "noise")]
    [row] = rows
    assert (row["n"], row["devices"], row["is_called"]) == (len(noises), 4, True)
    # of each device x jams and x noises in a year: x² · 14 days / 365
    by_hand = sum(
        sum(one["asset_id"] == name for one, _ in jams) ** 2 * 14 / 365
        for name in {one["asset_id"] for one, _ in jams}
    )
    assert row["expected"] == pytest.approx(by_hand, rel=0.1)


def test_the_exposed_ward_is_proven_and_an_innocent_one_is_not(con) -> None:
    about = causes.topic(con, **YEAR, where={"fault_family": "paper_jam"})
    guilty = causes.exposure_test(con, about, {"department": ("D1",)})
    assert guilty.verdict is Verdict.PROVEN
    assert guilty.second.count == of_year(ward="D1")
    assert guilty.second.exposure == pytest.approx(4 * 365)
    innocent = causes.exposure_test(con, about.without("department"), {"department": ("D3",)})
    assert innocent.verdict is not Verdict.PROVEN


def test_a_condition_without_time_of_its_own_is_refused_in_a_sentence(con) -> None:
    about = causes.topic(con, **YEAR)
    with pytest.raises(ConfigError, match="没有在用时间"):
        causes.exposure_test(con, about, {"cause": ("machine_wear",)})
    with pytest.raises(ConfigError, match="写法不对"):
        causes.parsed("department=D1")
    with pytest.raises(ConfigError, match="无权"):
        causes.topic(con, where={"engineer": "E1"}, role="qcc")
    with pytest.raises(ConfigError, match="没有数据"):
        causes.topic(con, start=date(2031, 1, 1), end=date(2031, 2, 1))


def measure(**more) -> measure_tests.Measure:
    given = {"faults": {}, "scope": {"department": ("D1",)}, "control": None,
             "started_on": MEASURE_ON}  # fmt: skip
    return measure_tests.Measure(**(given | more))


def test_the_measure_that_stopped_the_dust_is_proven_beside_the_other_wards(con) -> None:
    found = measure_tests.measure_test(con, measure())
    assert found.verdict is Verdict.PROVEN
    assert found.baseline == "shrunk"
    assert found.control_second is not None
    assert found.control_second.exposure == pytest.approx((16 + 4) * 181, rel=0.01)
    assert found.saved is not None
    happened, low, high = found.saved
    assert 0 < low < happened < high


def test_the_same_measure_where_nothing_changed_is_no_success(con) -> None:
    found = measure_tests.measure_test(con, measure(scope={"department": ("D4",)}))
    assert found.verdict is not Verdict.PROVEN


def test_before_its_day_there_is_no_verdict_and_the_day_is_told(con) -> None:
    late = measure(started_on=date(2026, 6, 20))
    found = measure_tests.measure_test(con, late)
    assert not found.is_mature
    assert found.verdict is Verdict.OPEN
    assert found.possible_from is not None
    assert found.possible_from >= date(2026, 7, 20)  # maturation


def test_a_baseline_after_the_selection_is_counted_and_not_shrunk(con) -> None:
    found = measure_tests.measure_test(con, measure(selected_on=date(2025, 10, 1)))
    assert found.baseline == "after_selection"
    days = [day for asset, day, _ in reports() if asset["department_id"] == "D1"]
    assert found.first.count == sum(date(2025, 10, 1) <= day < MEASURE_ON for day in days)
