"""Metrics on warehouses written by hand: the acceptance examples, with figures worked by hand."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from handmade import life, local, warehouse_of

from assets import metrics
from assets.metric_context import unchanging
from assets.snapshots import current, opened
from config.errors import ConfigError
from config.settings import Settings


def one(frame: pd.DataFrame, statistic: str) -> Any:
    """The single row of a statistic."""
    rows = frame[frame["statistic"] == statistic]
    assert len(rows) == 1, frame
    return rows.iloc[0]


def repair(ticket_id: str, when: str, asset: str | None = "A1", **more: Any) -> dict[str, Any]:
    return {"ticket_id": ticket_id, "reported_at": local(when), "work_class": "repair",
            "asset_id": asset, "department_id": "D1", **more}  # fmt: skip


def asset(asset_id: str, accepted_on: str = "2024-01-01", **more: Any) -> dict[str, Any]:
    return {"asset_id": asset_id, "asset_class": "printer", "model": "M401",
            "department_id": "D1", "accepted_on": accepted_on, **more}  # fmt: skip


def test_the_seeds_report_rate_comes_out_with_its_interval() -> None:
    """2010 devices, 30 days, 900 reports (acceptance example 1)."""
    start = local("2026-03-01 00:00")
    tickets = [
        {"ticket_id": f"T{n}", "reported_at": start + timedelta(minutes=48 * n),
         "work_class": "consumable", "asset_id": f"A{n}"}
        for n in range(900)
    ]  # fmt: skip
    con = warehouse_of(
        {"tickets": tickets, "assets": [asset(f"A{n}") for n in range(2010)]},
        local("2026-03-31 00:00"),
    )
    frame = metrics.read(con, "report_rate", grain="total")
    daily = one(frame, "daily_pct")
    assert (daily.value, round(daily.lo, 3), round(daily.hi, 3)) == (1.4925, 1.397, 1.593)
    assert (daily.numerator, daily.denominator, daily.state) == (900, 60300.0, "ok")
    assert one(frame, "per_100_device_years").value == pytest.approx(544.78, abs=0.005)


def test_a_device_that_never_failed_has_a_lower_bound_and_no_mtbf() -> None:
    """One year in service: at least T/3.69 at two-sided 95 % (acceptance example 2)."""
    rows = {
        "tickets": [repair("T1", "2025-01-01 00:00", None)],
        "assets": [asset("A1", model="QUIET")],
    }
    con = warehouse_of(rows, local("2026-01-01 00:00"))
    row = one(metrics.read(con, "mtbf", grain="total", by=["model"], where={"model": "QUIET"}),
              "days")  # fmt: skip
    assert pd.isna(row.value)
    assert (row.lo, row.state) == (98.9, "small_sample")
    text = metrics.format_value(
        metrics.registry()["mtbf"], "days", row.value, state=row.state, lo=row.lo
    )
    assert text == "≥98.9"
    # the one-sided bound is a statistic of its own, named so
    shape = metrics.registry()["mtbf"].statistics["lower_bound_days"]
    bound = one(
        metrics.read(con, "mtbf", grain="total", by=["model"], where={"model": "QUIET"}),
        "lower_bound_days",
    )
    text = metrics.format_value(metrics.registry()["mtbf"], "lower_bound_days", bound.value)
    assert (text, shape.zh) == ("≥121.8", "天(单侧 95 % 下限)")


def test_a_device_retired_on_the_tenth_day_counts_ten_days() -> None:
    """Three failures in ten days of exposure (acceptance example 3)."""
    events = [
        event
        for n, day in enumerate((2, 4, 6))
        for event in life(
            f"T{n}", (f"2026-03-0{day} 09:00", "reported"), (f"2026-03-0{day} 10:00", "restored")
        )
    ]
    rows = {
        "tickets": [repair(f"T{n}", f"2026-03-0{day} 09:00") for n, day in enumerate((2, 4, 6))],
        "ticket_events": events,
        "assets": [
            asset("A1", "2026-03-01", retired_on="2026-03-11"),
            asset("A2", "2026-03-02"),
            asset("A3", "2026-03-01", retired_on="2026-03-11"),
        ],
        "asset_states": [
            {"asset_id": "A3", "valid_from": local("2026-03-01 00:00"), "state": "in_service"}
        ],
    }
    con = warehouse_of(rows, local("2026-03-31 00:00"))
    con.execute("update core.sites set data_from_at = timestamp '2026-02-28 16:00'")
    frame = con.execute(
        "select sum(seconds_between(from_at, to_at)) / 86400 from core.asset_intervals "
        "where asset_id in ('A1', 'A3') group by asset_id"
    ).fetchall()
    assert frame == [(9.0,), (9.0,)]  # data begin on the day of the first report, March 2
    row = one(metrics.read(con, "use_failure_rate", grain="total",
                           start=date(2026, 3, 2)), "daily_pct")  # fmt: skip
    assert (row.numerator, row.denominator) == (3, 9 + 29 + 9)


def test_two_overlapping_reports_of_one_device_are_one_failure() -> None:
    """Acceptance example 4, first half."""
    rows = {
        "tickets": [repair("T1", "2026-03-02 09:00"), repair("T2", "2026-03-02 09:30")],
        "ticket_events": [
            *life("T1", ("2026-03-02 09:00", "reported"), ("2026-03-02 10:00", "restored")),
            *life("T2", ("2026-03-02 09:30", "reported"), ("2026-03-02 11:00", "restored")),
        ],
        "assets": [asset("A1")],
    }
    con = warehouse_of(rows, local("2026-03-03 00:00"))
    assert one(metrics.read(con, "use_failure_rate"), "daily_pct").numerator == 1
    assert one(metrics.read(con, "reports"), "count").value == 2


def test_forty_tickets_of_one_switch_are_one_event_and_forty_reports() -> None:
    """Acceptance example 4, second half."""
    tickets = [
        repair(f"T{n:02}", f"2026-03-02 09:{n // 2:02}", f"A{n}",
               fault_family_code="network_down", service_impact="down")
        for n in range(40)
    ]  # fmt: skip
    rows = {
        "tickets": tickets,
        "assets": [asset(f"A{n}") for n in range(40)],
        "departments": [{"department_id": "D1", "name": "急诊科", "zone": "Z1"}],
    }
    con = warehouse_of(rows, local("2026-03-03 00:00"))
    assert one(metrics.read(con, "stability"), "per_100_device_months").numerator == 1
    assert one(metrics.read(con, "reports"), "count").value == 40


def test_a_common_cause_whose_first_ticket_is_void_is_still_one_event() -> None:
    tickets = [
        repair(f"T{n}", f"2026-03-02 09:0{n}", f"A{n}", fault_family_code="network_down",
               service_impact="down", outcome_code="merged" if n == 0 else None)
        for n in range(6)
    ]  # fmt: skip
    rows = {
        "tickets": tickets,
        "assets": [asset(f"A{n}") for n in range(6)],
        "departments": [{"department_id": "D1", "name": "急诊科", "zone": "Z1"}],
    }
    con = warehouse_of(rows, local("2026-03-03 00:00"))
    assert con.execute("select episode_id from core.failure_episodes").fetchall() == [("T1",)]


def test_a_drizzle_of_tickets_through_a_day_is_no_common_cause() -> None:
    tickets = [
        repair(f"T{n:02}", f"2026-03-02 {8 + n * 29 // 60:02}:{n * 29 % 60:02}", f"A{n}",
               fault_family_code="paper_jam")
        for n in range(20)
    ]  # fmt: skip
    con = warehouse_of(
        {"tickets": tickets, "assets": [asset(f"A{n}") for n in range(20)]},
        local("2026-03-03 00:00"),
    )
    assert con.execute("select count(*) from core.failure_episodes").fetchone() == (20,)


def test_a_software_systems_failure_is_no_failure_of_the_devices() -> None:
    rows = {
        "tickets": [
            repair("T1", "2026-03-02 09:00", None, system_id="HIS"),
            repair("T2", "2026-03-02 09:00", None),
        ],
        "assets": [asset("A1")],
    }
    con = warehouse_of(rows, local("2026-03-31 00:00"))
    assert one(metrics.read(con, "use_failure_rate"), "daily_pct").numerator == 1


def test_planned_work_is_no_report_of_a_fault() -> None:
    rows = {
        "tickets": [
            repair("T1", "2026-03-02 09:00"),
            repair("T2", "2026-03-02 09:00", work_class="pm"),
        ],
        "assets": [asset("A1")],
    }
    con = warehouse_of(rows, local("2026-03-31 00:00"))
    assert one(metrics.read(con, "report_rate"), "daily_pct").numerator == 1
    assert one(metrics.read(con, "reports"), "count").value == 2


def test_user_error_is_a_failure_in_use_and_not_an_inherent_one() -> None:
    outcomes = ["repaired", "user_error", "no_fault_found", "duplicate", None]
    rows = {
        "tickets": [
            repair(f"T{n}", f"2026-03-0{n + 1} 09:00", f"A{n}", outcome_code=outcome)
            for n, outcome in enumerate(outcomes)
        ],
        "assets": [asset(f"A{n}") for n in range(5)],
    }
    con = warehouse_of(rows, local("2026-03-31 00:00"))
    counts = {
        name: one(metrics.read(con, name), "daily_pct").numerator
        for name in ("report_rate", "use_failure_rate", "inherent_failure_rate")
    }
    assert counts == {"report_rate": 5, "use_failure_rate": 3, "inherent_failure_rate": 2}


def test_a_missing_feed_is_not_connected_and_never_zero() -> None:
    con = warehouse_of({"tickets": [repair("T1", "2026-03-02 09:00")]}, local("2026-03-03 00:00"))
    row = one(metrics.read(con, "calls"), "count")
    assert (row.value, row.state) == (None, "not_connected")
    assert metrics.format_value(metrics.registry()["calls"], "count", None, state=row.state) == (
        "未接入"
    )


def test_a_day_without_reports_is_zero_when_the_feed_is_connected() -> None:
    rows = {"tickets": [repair("T1", "2026-03-02 09:00"), repair("T2", "2026-03-04 09:00")]}
    con = warehouse_of(rows, local("2026-03-05 00:00"))
    values = metrics.read(con, "reports", grain="day")["value"].tolist()
    assert values == [1.0, 0.0, 1.0]


def test_quantiles_are_nearest_rank_and_open_tickets_count_in_kaplan_meier() -> None:
    hours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    events = [
        event
        for n, h in enumerate(hours)
        for event in life(
            f"T{n}", ("2026-03-02 08:00", "reported"), (f"2026-03-02 {8 + h:02}:00", "restored")
        )
    ]
    tickets = [repair(f"T{n}", "2026-03-02 08:00", None) for n in range(10)]
    tickets += [repair(f"O{n}", "2026-03-02 08:00", None) for n in range(10)]
    events += [
        event for n in range(10) for event in life(f"O{n}", ("2026-03-02 08:00", "reported"))
    ]
    con = warehouse_of({"tickets": tickets, "ticket_events": events}, local("2026-03-03 00:00"))
    frame = metrics.read(con, "restore_time")
    assert one(frame, "median").value == 5 * 3600
    assert one(frame, "p90").value == 9 * 3600
    assert one(frame, "mean").value == 5.5 * 3600
    assert one(frame, "km_median").value == 10 * 3600
    assert one(frame, "km_p90").state == "immature"


def test_a_breached_open_ticket_counts_as_failed_and_a_fresh_one_not_at_all() -> None:
    rows = {
        "tickets": [
            repair("T1", "2026-03-02 08:00", None, urgency="critical"),
            repair("T2", "2026-03-02 11:59", None, urgency="critical"),
        ],
        "ticket_events": [
            *life("T1", ("2026-03-02 08:00", "reported")),
            *life("T2", ("2026-03-02 11:59", "reported")),
        ],
    }
    con = warehouse_of(rows, local("2026-03-02 12:00"))
    row = one(metrics.read(con, "sla_attainment", where={"clock": "restore"}), "net")
    assert (row.numerator, row.denominator, row.value) == (0, 1, 0.0)


def test_backlog_is_rebuilt_for_any_past_day() -> None:
    rows = {
        "tickets": [repair("T1", "2026-03-02 09:00", None), repair("T2", "2026-03-03 09:00", None)],
        "ticket_events": [
            *life("T1", ("2026-03-02 09:00", "reported"), ("2026-03-03 10:00", "restored"),
                  ("2026-03-04 10:00", "reopened"), ("2026-03-05 10:00", "restored")),
            *life("T2", ("2026-03-03 09:00", "reported"), ("2026-03-03 12:00", "cancelled")),
        ],
    }  # fmt: skip
    con = warehouse_of(rows, local("2026-03-06 00:00"))
    values = metrics.read(con, "backlog", grain="day")["value"].tolist()
    assert values == [1.0, 0.0, 1.0, 0.0]


def test_backlog_and_open_tickets_are_one_truth() -> None:
    rows = {
        "tickets": [
            repair("T1", "2026-03-02 09:00", None, outcome_code="cancelled"),
            repair("T2", "2026-03-02 09:00", None, master_ticket_id="T4"),
            repair("T3", "2026-03-02 09:00", None),
            repair("T4", "2026-03-02 09:00", None),
        ],
        "ticket_events": [
            *life("T1", ("2026-03-02 09:00", "reported")),
            *life("T2", ("2026-03-02 09:00", "reported")),
            *life("T3", ("2026-03-02 09:00", "reported"), ("2026-03-02 09:10", "accepted@E1"),
                  ("2026-03-02 09:30", "restored@E1"), ("2026-03-02 09:31", "arrived@E1")),
            *life("T4", ("2026-03-02 09:00", "reported"), ("2026-03-02 09:10", "paused")),
        ],
    }  # fmt: skip
    con = warehouse_of(rows, local("2026-03-03 00:00"))
    still_open = con.execute("select ticket_id from core.tickets where is_open").fetchall()
    waiting = con.execute(
        "select ticket_id, status from core.status_spans where to_at is null"
    ).fetchall()
    assert still_open == [("T4",)]
    assert waiting == [("T4", "unknown")]
    assert con.execute("select count(*) from core.holder_spans where is_current").fetchone() == (0,)


def test_ending_a_ticket_without_its_stamp_does_not_unbreach_its_clock() -> None:
    rows = {
        "tickets": [repair("T1", "2026-03-02 08:00", None, urgency="critical")],
        "ticket_events": life(
            "T1", ("2026-03-02 08:00", "reported"), ("2026-03-03 08:00", "closed")
        ),
    }
    for as_of in ("2026-03-02 20:00", "2026-03-31 00:00"):
        con = warehouse_of(rows, local(as_of))
        row = one(metrics.read(con, "sla_attainment", where={"clock": "restore"}), "net")
        assert (row.numerator, row.denominator) == (0, 1)


def test_completion_is_immature_until_the_grace_has_passed() -> None:
    rows = {
        "tickets": [repair("T1", "2026-02-10 09:00", None), repair("T2", "2026-03-03 09:00", None)],
        "ticket_events": [
            *life("T1", ("2026-02-10 09:00", "reported"), ("2026-03-06 10:00", "restored")),
            *life("T2", ("2026-03-03 09:00", "reported")),
        ],
    }
    con = warehouse_of(rows, local("2026-03-20 00:00"))
    frame = metrics.read(con, "completion_rate")
    cohort = frame[frame["statistic"] == "cohort"]
    assert cohort["value"].tolist() == [1.0, 0.0]
    assert cohort["state"].tolist() == ["small_sample", "immature"]
    flow = frame[frame["statistic"] == "flow"]
    assert flow["denominator"].tolist() == [1, 2]
    assert flow["numerator"].tolist() == [0, 1]


def test_a_later_reopening_changes_no_past_months_completion() -> None:
    rows = {
        "tickets": [repair("T1", "2026-02-10 09:00", None), repair("T2", "2026-03-02 09:00", None)],
        "ticket_events": [
            *life(
                "T1",
                ("2026-02-10 09:00", "reported"),
                ("2026-02-12 10:00", "restored"),
                ("2026-03-05 10:00", "reopened"),
                ("2026-04-02 10:00", "restored"),
            ),
            *life("T2", ("2026-03-02 09:00", "reported"), ("2026-03-03 10:00", "restored")),
        ],
    }
    con = warehouse_of(rows, local("2026-05-20 00:00"))
    frame = metrics.read(con, "completion_rate", end=date(2026, 5, 1))
    flow = frame[frame["statistic"] == "flow"].set_index("period_start")
    found = {f"{start:%m}": (row.numerator, row.denominator) for start, row in flow.iterrows()}
    # March knows T2 alone: T1 was not open when it began and not reported in it
    assert found == {"02": (1, 1), "03": (1, 1), "04": (1, 1)}


def test_availability_loses_the_weighted_hours_between_report_and_restoration() -> None:
    # one device of class A (weight 3) down 12 h of 10 days, one of class C (weight 1) always up
    rows = {
        "tickets": [repair("T1", "2026-03-02 00:00", service_impact="down")],
        "ticket_events": life(
            "T1", ("2026-03-02 00:00", "reported"), ("2026-03-02 12:00", "restored")
        ),
        "assets": [asset("A1", criticality="A"), asset("A2", criticality="C")],
    }
    con = warehouse_of(rows, local("2026-03-12 00:00"))
    frame = metrics.read(con, "availability", grain="total")
    assert one(frame, "a_24x7").value == pytest.approx(1 - 3 * 0.5 / 40, abs=1e-6)
    # 08:00-18:00 is planned: 4 of 100 planned hours of the device are lost
    assert one(frame, "a_planned").value == pytest.approx(1 - 3 * 4 / 400, abs=1e-6)
    # 10:00 of March 2 finds one of two devices down; ten days are counted
    assert one(frame, "census").value == pytest.approx(1 - 1 / 20, abs=1e-6)


def test_a_spare_machine_restores_the_service_and_not_the_device() -> None:
    """Down for 24 of 240 hours; a spare machine stood in from the sixth hour to the twentieth."""
    day = "2026-03-02"
    rows = {
        "tickets": [
            repair("T1", f"{day} 00:00", service_impact="down"),
            repair("T2", "2026-03-08 00:00", service_impact="down"),
        ],
        "ticket_events": [
            *life("T1", (f"{day} 00:00", "reported"), ("2026-03-03 00:00", "restored")),
            *life("T2", ("2026-03-08 00:00", "reported"), ("2026-03-08 02:00", "restored")),
        ],
        "assets": [asset("A1"), asset("S1", asset_class="spare")],
        "asset_states": [
            {"asset_id": "S1", "valid_from": local("2026-03-01 00:00"), "state": "loaner"}
        ],
        "loans": [
            {"loan_id": "L1", "asset_id": "S1", "ticket_id": "T1", "department_id": "D1",
             "lent_at": local(f"{day} 06:00"), "returned_at": local(f"{day} 20:00")},
            # lent for nobody in particular: it stands in for nothing
            {"loan_id": "L2", "asset_id": "S1", "ticket_id": None, "department_id": "D1",
             "lent_at": local("2026-03-08 00:00"), "returned_at": None},
        ],
    }  # fmt: skip
    con = warehouse_of(rows, local("2026-03-12 00:00"))
    device = metrics.read(con, "availability", grain="total")
    service = metrics.read(con, "service_availability", grain="total")
    assert one(device, "a_24x7").value == pytest.approx(1 - 26 / 240, abs=1e-6)
    assert one(service, "a_24x7").value == pytest.approx(1 - (26 - 14) / 240, abs=1e-6)
    # planned is 08:00-18:00: all ten hours of March 2 are the spare machine's
    assert one(device, "a_planned").value == pytest.approx(1 - 10 / 100, abs=1e-6)
    assert one(service, "a_planned").value == 1
    # at 10:00 of March 2 the device is down and the ward is served
    assert (one(device, "census").value, one(service, "census").value) == (0.9, 1)


def test_without_a_register_of_loans_the_service_is_not_connected() -> None:
    rows = {"tickets": [repair("T1", "2026-03-02 00:00")], "assets": [asset("A1")]}
    con = warehouse_of(rows, local("2026-03-12 00:00"))
    states = metrics.read(con, "service_availability", grain="total")["state"]
    assert set(states) == {"not_connected"}


def test_stock_below_its_limit_is_counted_over_all_stores() -> None:
    def move(number: int, part: str, kind: str, quantity: int, store: str = "S1") -> dict[str, Any]:
        return {"move_id": f"V{number}", "part_id": part, "store_id": store, "kind": kind,
                "at": local("2026-03-02 09:00"), "quantity": quantity}  # fmt: skip

    rows = {
        "tickets": [repair("T1", "2026-03-02 09:00", None)],
        "parts": [
            {"part_id": "P1", "name": "硒鼓", "min_stock": 5, "unit_price_cny": "300.5"},
            {"part_id": "P2", "name": "硬盘", "min_stock": 5, "unit_price_cny": "0.035"},
            {"part_id": "P3", "name": "网线", "unit_price_cny": "1"},
        ],
        "stock_moves": [
            move(1, "P1", "in", 10),
            move(2, "P1", "out", 6),
            move(3, "P2", "in", 3),
            move(4, "P2", "in", 3, "S2"),
            move(5, "P3", "in", 1),
        ],
    }
    con = warehouse_of(rows, local("2026-03-03 00:00"))
    row = one(metrics.read(con, "parts_below_min"), "count")
    assert (row.value, row.denominator) == (1.0, 2.0)
    stock = metrics.read(con, "stock_on_hand", by=["part"])
    quantities = stock[stock["statistic"] == "quantity"].set_index("part")["value"].to_dict()
    assert quantities == {"硒鼓": 4.0, "硬盘": 6.0, "网线": 1.0}
    money = stock[stock["statistic"] == "value_cny"].set_index("part")["value"].to_dict()
    assert money == {"硒鼓": 1202.0, "硬盘": 0.21, "网线": 1.0}


def test_a_department_move_splits_the_exposure() -> None:
    rows = {
        "tickets": [repair("T1", "2026-03-01 00:00", None)],
        "assets": [asset("A1")],
        "asset_states": [
            {"asset_id": "A1", "valid_from": local("2026-01-01 00:00"), "state": "in_service",
             "valid_to": local("2026-03-04 00:00"), "department_id": "D1"},
            {"asset_id": "A1", "valid_from": local("2026-03-04 00:00"), "state": "in_service",
             "department_id": "D2"},
        ],
    }  # fmt: skip
    con = warehouse_of(rows, local("2026-03-11 00:00"))
    frame = metrics.read(con, "use_failure_rate", grain="total", by=["department"])
    days = frame[frame["statistic"] == "daily_pct"].set_index("department_code")["denominator"]
    assert days.dropna().to_dict() == {"D1": 3.0, "D2": 7.0}


def test_a_role_that_may_not_see_persons_cannot_cut_by_engineer() -> None:
    con = warehouse_of({"tickets": [repair("T1", "2026-03-02 09:00")]}, local("2026-03-03 00:00"))
    with pytest.raises(ConfigError, match="无权"):
        metrics.read(con, "restore_time", by=["engineer"], role="wall")
    assert "engineer_id" not in metrics.detail(con, "fact_tickets", role="wall").columns
    assert "engineer_id" in metrics.detail(con, "fact_tickets", role="head").columns


def test_every_metric_reads_in_every_grain_and_every_dimension() -> None:
    rows = {
        "tickets": [repair("T1", "2026-03-02 09:00", fault_family_code="paper_jam")],
        "ticket_events": life("T1", ("2026-03-02 09:00", "reported"),
                              ("2026-03-02 09:10", "accepted@E1")),
        "assets": [asset("A1")],
    }  # fmt: skip
    con = warehouse_of(rows, local("2026-03-03 00:00"))
    with unchanging(con):
        for metric_id, metric in metrics.registry().items():
            for grain in metrics.GRAINS:
                frame = metrics.read(con, metric_id, grain=grain)
                assert set(frame["statistic"]) == set(metric.statistics), metric_id
            for name in metric.dimensions:
                frame = metrics.read(con, metric_id, by=[name])
                assert name in frame.columns, (metric_id, name)


@pytest.mark.parametrize("metric_id", ["completion_rate", "availability", "restore_time"])
def test_a_statistic_asked_for_alone_is_the_same_as_among_all(
    tiny_hospital: Settings, metric_id: str
) -> None:
    snapshot = current(tiny_hospital)
    assert snapshot is not None
    with opened(snapshot, tiny_hospital) as con:
        every = metrics.read_rows(con, metric_id, by=["department"])
        for name in metrics.registry()[metric_id].statistics:
            alone = metrics.read_rows(con, metric_id, by=["department"], statistics=[name])
            assert alone == [row for row in every if row["statistic"] == name] != []
        with pytest.raises(ConfigError, match="没有名为「nothing」的统计量"):
            metrics.read(con, metric_id, statistics=["nothing"])
