"""Flow, quality and people: figures worked by hand on the hospitals of `flow_hospital`."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import flow_hospital
import pandas as pd
import pytest
from handmade import local, warehouse_of

from assets import metrics
from assets.analysis.strata import Arm, compare
from assets.metric_queue import ward_queue

MARCH = {"grain": "month", "start": date(2026, 3, 1), "end": date(2026, 4, 1)}
HOUR, DAY = 3600, 86_400
Read = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def week() -> duckdb.DuckDBPyConnection:
    return flow_hospital.week()


@pytest.fixture(scope="module")
def history() -> duckdb.DuckDBPyConnection:
    return flow_hospital.history()


def numbers(con: duckdb.DuckDBPyConnection, metric: str, **more: Any) -> dict[str, Any]:
    """March's numbers by statistic."""
    frame = metrics.read(con, metric, **MARCH, **more)
    assert frame["statistic"].is_unique, frame
    return {row.statistic: row for row in frame.itertuples()}


def values(con: duckdb.DuckDBPyConnection, metric: str, **more: Any) -> dict[str, float]:
    return {name: row.value for name, row in numbers(con, metric, **more).items()}


def test_a_fix_is_the_first_when_nothing_interrupts_it_and_nothing_comes_back(week) -> None:
    found = numbers(week, "first_time_fix")
    # T4 is one; T1 waited for a part, T2 went to a vendor, T3 failed again the next day
    assert (found["share"].value, found["share"].denominator) == (0.25, 4)
    failed = {name: row.value for name, row in found.items() if row.value and name != "share"}
    assert failed == {"part_missing": 0.25, "vendor": 0.25, "recurred": 0.25, "immature": 1}
    shares = sum(row.value for name, row in found.items() if name != "immature")
    assert shares == 1
    assert found["share"].state == "immature"


def test_a_fix_of_three_days_ago_is_immature_and_not_zero(week) -> None:
    """Acceptance example 8."""
    frame = metrics.read(
        week, "first_time_fix", grain="day", start=date(2026, 3, 16), end=date(2026, 3, 17)
    )
    row = frame[frame["statistic"] == "share"].iloc[0]
    assert (row.state, row.denominator) == ("immature", 0)
    assert pd.isna(row.value)


def test_a_new_ticket_for_the_same_fault_within_two_days_is_a_shadow_reopening(week) -> None:
    found = numbers(week, "shadow_reopens")
    assert (found["share"].value, found["share"].denominator) == (0.2, 5)
    assert (found["tickets"].value, found["immature"].value) == (1, 0)
    assert found["share"].state == "small_sample"


def test_the_parts_of_the_time_to_restoration_sum_to_the_second(week) -> None:
    found = values(week, "restore_split")
    assert found == {
        "gross": 221_100,
        "accept_wait": 600 + 605 + 1200 + 300 + 300,
        "travel": 1200 + 3600 + 1500,
        "diagnosis": 300 + 300,
        "repair": (1500 + 2 * HOUR + HOUR) + (1195 + HOUR) + HOUR + 1800,
        "waiting_part": HOUR,
        "waiting_user": 0,  # T2 waited for the user while its device was at the vendor
        "vendor": DAY + 9000,
        "approval": 0,
        "force_majeure": 0,
        "other": 3300,  # T5: a visit without any stamp after the acceptance
        "reopened_gap": DAY,
    }
    assert sum(found.values()) == 2 * found["gross"]
    total = numbers(week, "restore_time")["mean"].numerator
    assert total == found["gross"]
    shares = values(week, "restore_split_share")
    assert shares["vendor"] == pytest.approx((DAY + 9000) / 221_100, abs=1e-6)
    assert values(week, "verify_wait")["median"] == HOUR


def test_acceptance_by_a_timer_and_acceptance_without_work_are_told(week) -> None:
    auto = numbers(week, "auto_accepts")["share"]
    assert (auto.numerator, auto.denominator) == (1, 7)
    action = numbers(week, "accept_to_action")
    assert (action["median"].value, action["median"].n) == (1500, 6)
    assert (action["idle"].numerator, action["idle"].denominator) == (2, 7)


def test_missing_arrivals_stand_beside_the_time_to_arrival(week) -> None:
    found = numbers(week, "response_time")
    assert found["median"].value == 30 * 60
    assert (found["missing"].numerator, found["missing"].denominator) == (1, 4)


def test_a_report_is_complete_with_outcome_cause_and_what_was_done(week) -> None:
    found = numbers(week, "report_complete")
    assert (found["share"].numerator, found["share"].denominator) == (1, 5)


def test_what_came_in_less_what_went_out_is_the_change_of_the_backlog(week) -> None:
    found = values(week, "net_inflow")
    assert found == {"inflow": 12, "reopened": 1, "outflow": 7, "net": 5}
    assert values(week, "backlog")["count"] == 5
    by_department = metrics.read(week, "net_inflow", by=["department"], **MARCH)
    assert by_department[by_department["statistic"] == "net"]["value"].sum() == 5


def test_the_backlog_in_weeks_is_standard_work_over_what_a_week_can_do(week) -> None:
    # five open tickets of 50 standard minutes; 36 h available in the 18 days since the first roster
    found = values(week, "backlog_weeks")
    assert found == {"weeks": 0.3, "standard_hours": 4.17, "weekly_hours": 14}


def test_required_visits_and_remote_judgements_are_checked_against_what_happened(week) -> None:
    visits = numbers(week, "onsite_compliance")
    assert (visits["share"].numerator, visits["share"].denominator) == (4, 5)
    assert visits["violations"].value == 1
    turned = numbers(week, "remote_conversion")["share"]
    assert (turned.numerator, turned.denominator) == (1, 2)


def test_transfers_that_come_back_that_wait_and_that_were_wrong_from_the_start(week) -> None:
    back = numbers(week, "ping_pong")["share"]
    assert (back.numerator, back.denominator) == (1, 7)
    wrong = numbers(week, "misdispatch")["share"]
    assert (wrong.numerator, wrong.denominator) == (1, 5)
    wait = values(week, "handover_wait")
    assert (wait["median"], wait["p90"], wait["mean"]) == (600, 1200, 900)


def test_first_owner_orphans_and_forgotten_tickets(week) -> None:
    first = numbers(week, "first_owner")["share"]
    assert (first.numerator, first.denominator) == (4, 5)
    assert values(week, "orphans") == {"count": 1}  # T11: its holder left on the 15th
    # T6 fell silent on the 10th at 08:20: 24 hours of 08-18 later it is the 12th, 12:20; being
    # chased does not wake it
    assert values(week, "forgotten") == {"count": 2, "oldest": 7 * DAY + 11 * HOUR + 40 * 60}
    day = metrics.read(
        week, "forgotten", grain="day", start=date(2026, 3, 12), end=date(2026, 3, 14)
    )
    assert day[day["statistic"] == "count"]["value"].tolist() == [1, 2]


def test_the_orphan_at_a_past_instant_still_had_its_owner(week) -> None:
    frame = metrics.read(
        week, "orphans", grain="day", start=date(2026, 3, 14), end=date(2026, 3, 17)
    )
    assert frame["value"].tolist() == [0, 0, 1]


def test_dispatches_are_judged_by_the_work_in_hand_of_those_on_duty(week) -> None:
    found = numbers(week, "dispatch_compliance")["share"]
    assert (found.numerator, found.denominator) == (2, 4)


def test_the_spread_of_work_counts_those_with_empty_hands(week) -> None:
    found = values(week, "wip_spread")
    assert found == {"mean": 0.67, "most": 1, "people": 3, "cv": 0.71, "gini": 0.33}


def test_utilisation_is_hands_on_over_available_hours_and_people_without_a_roster_apart(
    week,
) -> None:
    found = values(week, "utilisation")
    assert found["share"] == pytest.approx(235 / 2160, abs=1e-6)
    assert (found["hands_on_hours"], found["available_hours"]) == (3.92, 36)
    assert (found["unrostered_hours"], found["people"], found["overloaded"]) == (1, 2, 0)
    by_person = metrics.read(week, "utilisation", by=["engineer"], **MARCH)
    shares = by_person[by_person["statistic"] == "share"].set_index("engineer_code")["value"]
    assert shares["E1"] == pytest.approx(205 / 1440, abs=1e-6)
    assert shares["E2"] == pytest.approx(30 / 720, abs=1e-6)
    assert pd.isna(shares["E3"])


def test_units_of_work_weigh_visits_and_odd_hours(week) -> None:
    found = values(week, "work_units")
    # no history: every kind weighs 1; T1, T3, T5 visits, T2 remote, T4 a visit at night
    assert found["units"] == pytest.approx(1.2 + 1 + 1.2 + 1.2 * 1.3 + 1.2)
    assert (found["tickets"], found["provisional"], found["difficulty"]) == (5, 5, 1.23)
    states = {name: row.state for name, row in numbers(week, "work_units").items()}
    assert (states["units"], states["difficulty"]) == ("ok", "small_sample")


def test_a_kind_of_work_weighs_what_the_team_needed_in_the_year_before(history) -> None:
    units = dict(
        history.execute(
            "select ticket_id, units from kpi.fact_restorations where restored_on >= '2026-01-01'"
        ).fetchall()
    )
    # all work: median 20 min; screens 60, drawn by 10 tickets' weight: (12·60 + 10·20)/22 = 41.81
    assert float(units["T51"]) == pytest.approx(41.81 / 20 * 1.2 * 1.3, abs=1e-4)
    assert float(units["T52"]) == 0.3  # a consumable
    assert values(history, "work_units")["provisional"] == 0


def test_satisfaction_by_aspect_and_what_silence_could_hide(week) -> None:
    frame = metrics.read(week, "satisfaction_aspects", by=["rating_aspect"], **MARCH)
    tops = frame[frame["statistic"] == "top_share"].set_index("rating_aspect_code")
    found = {code: (row.numerator, row.denominator) for code, row in tops.iterrows()}
    assert found == {"overall": (1, 2), "response_speed": (2, 2), "professionalism": (0, 1)}
    bounds = values(week, "satisfaction_bounds")
    assert bounds == {"low": 0.25, "high": 0.75, "weighted": 0.5, "neutral_mean": 3.25}


def test_complaints_per_thousand_tickets_with_an_exact_interval(week) -> None:
    rate = numbers(week, "complaint_rate")["per_1000"]
    # two in ten tickets; Garwood for 2: 0.2422 to 7.2247
    assert (rate.value, rate.lo, rate.hi, rate.denominator) == (200, 24.22, 722.47, 10)
    frame = metrics.read(week, "complaint_rate", by=["department"], **MARCH)
    counts = frame[frame["statistic"] == "count"].set_index("department_code")["value"]
    assert counts.to_dict() == {"D1": 1, "D2": 1}


def test_without_a_register_of_complaints_the_rate_is_not_connected(history) -> None:
    assert {row.state for row in numbers(history, "complaint_rate").values()} == {"not_connected"}


def test_loaners_turn_over_are_used_and_come_back(week) -> None:
    found = values(week, "loaner_turnover")
    # 19 days in the pool, out for 4 and 5 of them, 2 and 1 of these past due
    assert found == {
        "loans": 2,
        "turnover": 3.16,
        "utilisation": pytest.approx(9 / 19, abs=1e-6),
        "overdue_share": pytest.approx(3 / 9, abs=1e-6),
    }
    times = numbers(week, "loan_return_time")
    assert (times["median"].value, times["median"].n) == (4 * DAY, 1)
    assert (times["km_median"].value, times["km_median"].n) == (4 * DAY, 2)


def test_devices_are_counted_by_what_they_are_doing(week) -> None:
    found = {name: value for name, value in values(week, "device_states").items() if value}
    assert found == {"total": 5, "in_use": 2, "in_repair": 1, "lent_out": 1, "stopped": 1,
                     "retired": 1, "ledger": 3}  # fmt: skip


def test_what_falls_due_within_seven_and_thirty_days(week) -> None:
    assert values(week, "due_soon") == {"in_7_days": 2, "in_30_days": 5, "overdue_loans": 1}
    frame = metrics.read(week, "due_soon", by=["due_kind"], **MARCH)
    kinds = frame[frame["statistic"] == "in_30_days"].set_index("due_kind_code")["value"]
    assert kinds.to_dict() == {"maintenance": 3, "warranty": 2, "loan": 0}


def test_hand_overs_have_a_successor_in_time_sections_and_an_observation(week) -> None:
    found = numbers(week, "handover_assigned")
    assert (found["share"].numerator, found["share"].denominator) == (1, 2)
    assert found["observed"].value == 1
    sections = numbers(week, "handover_sections")
    assert (sections["share"].numerator, sections["open"].value) == (1, 2)
    seen = numbers(week, "handover_observation")
    assert (seen["after_count"].value, seen["before_count"].value) == (1, 1)
    after = seen["after_share"]
    # none of one: Wilson [0, 0.7935]
    assert (after.value, after.n, after.lo, round(after.hi, 4)) == (0, 1, 0, 0.7935)
    assert after.state == "small_sample"


def test_a_ward_sees_its_own_tickets_in_the_order_of_dispatch(week) -> None:
    rows = ward_queue(week, "H1", "D1")
    assert [(row["ticket_id"], row["position"]) for row in rows] == [
        ("T7", 1), ("T8", 2), ("T6", None), ("T11", None),
    ]  # fmt: skip
    assert {row["queue_length"] for row in rows} == {2}
    assert "engineer_id" not in rows[0]
    eighth = rows[1]
    assert (eighth["similar_count"], eighth["eta_from_at"]) == (3, None)
    assert values(week, "waiting_queue") == {"count": 3, "longest": 2 * HOUR}


def test_an_estimate_rests_on_similar_tickets_that_took_longer_than_this_one_has(history) -> None:
    # 25 screens took 1 to 25 h; this one waits for 5: of the 20 left the 10th took 15, the 16th 21
    [row] = ward_queue(history, "H1", "D1")
    assert row["similar_count"] == 20
    assert row["eta_from_at"] == local("2026-03-20 10:00")
    assert row["eta_to_at"] == local("2026-03-20 16:00")


def test_remote_and_on_site_are_compared_within_kinds_of_problems() -> None:
    found = numbers(flow_hospital.two_ways(), "mode_comparison")
    assert found["speed_remote"].value == 65 * 60
    assert found["speed_onsite"].value == 55 * 60
    # crudely remote looks 44 minutes faster: within the strata it is 10 minutes slower
    assert found["speed_difference"].value == 0.17
    assert found["speed_difference"].state == "reversed"
    assert found["speed_comparable"].value == 1


def test_a_standardised_difference_needs_both_ways_in_a_stratum() -> None:
    assert compare([(Arm(3, 30, 300), Arm(0, 0, 0)), (Arm(0, 0, 0), Arm(2, 20, 200))]) is None


def test_the_bounds_of_a_single_stratum_are_those_of_two_means() -> None:
    # 1, 2, 3 and 2, 4, 6: variances 1 and 4, difference −2 ± 1.96·√(1/3 + 4/3)
    found = compare([(Arm(3, 6, 14), Arm(3, 12, 56))])
    assert found is not None
    assert found.difference == -2
    assert found.lo == pytest.approx(-2 - 1.959964 * (5 / 3) ** 0.5, abs=1e-6)
    assert found.hi == pytest.approx(-2 + 1.959964 * (5 / 3) ** 0.5, abs=1e-6)
    assert not found.is_reversed


def test_a_reporter_without_any_optional_feed_gets_states_and_no_zero() -> None:
    con = warehouse_of(
        {"tickets": [flow_hospital.ticket(1, "2026-03-02 08:00")]}, local(flow_hospital.AS_OF)
    )
    for metric in ("utilisation", "backlog_weeks", "work_units", "device_states", "loaner_turnover",
                   "handover_assigned", "satisfaction_bounds", "dispatch_compliance"):  # fmt: skip
        frame = metrics.read(con, metric, **MARCH)
        assert set(frame["state"]) == {"not_connected"}, metric
        assert frame["value"].isna().all(), metric
