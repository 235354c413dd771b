"""Ratings, completeness, preventive work, effort, vendors, journeys: figures worked by hand."""

from datetime import date
from typing import Any

import pandas as pd
import pytest
from handmade import life, local, warehouse_of

from assets import metrics

MARCH = {"grain": "month", "start": date(2026, 3, 1), "end": date(2026, 4, 1)}


def one(frame: pd.DataFrame, statistic: str) -> Any:
    """The single row of a statistic."""
    rows = frame[frame["statistic"] == statistic]
    assert len(rows) == 1, frame
    return rows.iloc[0]


def ticket(number: int, when: str = "2026-03-02 08:00", **more: Any) -> dict[str, Any]:
    return {"ticket_id": f"T{number}", "reported_at": local(when), "work_class": "repair", **more}


def rating(number: int, **more: Any) -> dict[str, Any]:
    row = {
        "rating_id": f"R{number}",
        "ticket_id": f"T{number}",
        "asked_at": local("2026-03-03 08:00"),
        "rated_at": local("2026-03-04 08:00"),
        "overall": 5,
        "scale_max": 5,
        "is_auto": False,
        "is_self": False,
    }
    return {**row, **more}


def test_three_real_ratings_and_ninety_seven_automatic_ones() -> None:
    """Acceptance example 9."""
    ratings = [rating(n, is_auto=n >= 3) for n in range(100)]
    con = warehouse_of(
        {"tickets": [ticket(n) for n in range(100)], "ratings": ratings}, local("2026-03-20 00:00")
    )
    top = one(metrics.read(con, "satisfaction", **MARCH), "top_share")
    assert (top.value, top.n, top.state) == (1.0, 3, "small_sample")
    assert (round(top.lo, 4), top.hi) == (0.4385, 1.0)
    response = metrics.read(con, "rating_response", **MARCH)
    assert one(response, "share").value == 0.03
    assert one(response, "auto").value == 97


def test_marks_count_on_one_scale_and_each_ticket_once() -> None:
    ratings = [
        rating(1, overall=8, scale_max=10, response_speed=6),
        rating(2, overall=3, response_speed=4),
        rating(3, is_self=True),
        rating(4, rating_id="R4b", ticket_id="T2", rated_at=local("2026-03-06 08:00")),
        rating(5, rated_at=None, overall=None),
    ]
    con = warehouse_of(
        {"tickets": [ticket(n) for n in range(1, 6)], "ratings": ratings},
        local("2026-03-20 00:00"),
    )
    frame = metrics.read(con, "satisfaction", **MARCH)
    top = one(frame, "top_share")
    assert (top.numerator, top.denominator) == (1, 2)
    assert one(frame, "overall").value == 3.5
    assert one(frame, "response_speed").value == 3.5
    # means of two marks say so; how many marks there are is what it is
    means = [one(frame, name) for name in ("overall", "response_speed")]
    assert [(mean.n, mean.state) for mean in means] == [(2, "small_sample")] * 2
    assert one(frame, "counted").state == "ok"
    assert one(metrics.read(con, "rating_response", **MARCH), "share").value == 0.4


def test_no_fault_found_counts_decided_repairs_only() -> None:
    tickets = [
        ticket(1, outcome_code="no_fault_found"),
        ticket(2, outcome_code="user_error"),
        ticket(3, outcome_code="repaired"),
        ticket(4),
        ticket(5, outcome_code="duplicate"),
        ticket(6, outcome_code="repaired", work_class="consult"),
    ]
    con = warehouse_of({"tickets": tickets}, local("2026-03-20 00:00"))
    frame = metrics.read(con, "no_fault_found", **MARCH)
    assert one(frame, "share").value == pytest.approx(1 / 3, abs=1e-6)
    assert one(frame, "user_error").value == pytest.approx(1 / 3, abs=1e-6)


def test_completeness_counts_devices_arrivals_and_the_way_of_solving() -> None:
    tickets = [
        ticket(1, asset_id="A1", resolution_mode="onsite"),
        ticket(2, asset_id="UNKNOWN", resolution_mode="onsite"),
        ticket(3, resolution_mode="remote"),
        ticket(4, resolution_mode="remote"),
    ]
    events = [
        *life("T1", ("2026-03-02 08:00", "reported"), ("2026-03-02 09:00", "arrived"),
              ("2026-03-02 10:00", "restored")),
        *life("T2", ("2026-03-02 08:00", "reported"), ("2026-03-02 10:00", "restored")),
        *life("T3", ("2026-03-02 08:00", "reported"), ("2026-03-02 10:00", "restored")),
        *life("T4", ("2026-03-02 08:00", "reported")),
    ]  # fmt: skip
    assets = [{"asset_id": "A1", "asset_class": "printer", "accepted_on": "2024-01-01"}]
    con = warehouse_of(
        {"tickets": tickets, "ticket_events": events, "assets": assets}, local("2026-03-20 00:00")
    )
    assert one(metrics.read(con, "asset_bound", **MARCH), "share").value == 0.25
    assert one(metrics.read(con, "arrival_stamped", **MARCH), "share").value == 0.5
    remote = one(metrics.read(con, "remote_share", **MARCH), "share")
    assert (remote.numerator, remote.denominator) == (1, 3)


def test_the_funnel_counts_how_far_tickets_of_the_month_got_how_fast_and_where_they_ended() -> None:
    """T1 goes all the way; T2 waits for arrival; T3 is void; T4 ends restored, rated by a timer."""
    events = [
        *life("T1", ("2026-03-02 08:00", "reported"), ("2026-03-02 08:05", "created"),
              ("2026-03-02 08:10", "dispatched"), ("2026-03-02 08:20", "accepted"),
              ("2026-03-02 09:00", "arrived"), ("2026-03-02 10:00", "restored"),
              ("2026-03-02 11:00", "verified"), ("2026-03-02 11:00", "closed")),
        *life("T2", ("2026-03-02 08:00", "reported"), ("2026-03-02 08:07", "created"),
              ("2026-03-02 08:20", "accepted")),
        *life("T3", ("2026-03-02 08:00", "reported"), ("2026-03-02 09:00", "cancelled")),
        *life("T4", ("2026-03-02 08:00", "reported"), ("2026-03-02 10:00", "restored"),
              ("2026-03-02 10:00", "closed")),
    ]  # fmt: skip
    rating = {"asked_at": local("2026-03-02 11:00"), "overall": 5, "scale_max": 5}
    ratings = [
        {"rating_id": "R1", "ticket_id": "T1", "rated_at": local("2026-03-02 11:30"), **rating},
        {"rating_id": "R4", "ticket_id": "T4", "rated_at": local("2026-03-09 11:00"),
         "is_auto": True, **rating},
    ]  # fmt: skip
    con = warehouse_of(
        {"tickets": [ticket(1), ticket(2), ticket(3), ticket(4)], "ticket_events": events,
         "ratings": ratings},
        local("2026-03-20 00:00"),
    )  # fmt: skip
    steps = ("created", "dispatched", "accepted", "arrived", "restored", "verified", "rated")
    frame = metrics.read(con, "ticket_funnel", **MARCH)
    reached = [one(frame, step).value for step in ("reported", *steps)]
    assert reached == [3, 2, 1, 2, 1, 2, 1, 1]
    frame = metrics.read(con, "funnel_drop_off", **MARCH)
    ended = {row.statistic: row.value for row in frame.itertuples() if row.value}
    assert ended == {"under_way": 1, "restored": 1, "rated": 1}
    frame = metrics.read(con, "funnel_times", **MARCH)
    # to accepted: 10 min after dispatch and 13 after creation; to restored: 60 min and 120
    minutes = [one(frame, step).value / 60 for step in steps]
    assert minutes == [5, 5, 10, 40, 60, 60, 30]
    accepted = one(frame, "accepted")
    assert (accepted.n, accepted.state) == (2, "small_sample")


def test_calls_that_became_tickets_are_a_share_of_all_calls() -> None:
    calls = [
        {"call_id": f"C{n}", "at": local(f"2026-03-0{n} 09:00"), "ticket_id": name}
        for n, name in enumerate(("T1", "T1", None, None), start=1)
    ]
    con = warehouse_of({"tickets": [ticket(1)], "calls": calls}, local("2026-03-20 00:00"))
    share = one(metrics.read(con, "calls_to_tickets", **MARCH), "share")
    assert (share.value, share.numerator, share.n, share.state) == (0.5, 2, 4, "small_sample")
    assert (round(share.lo, 4), round(share.hi, 4)) == (0.15, 0.85)


def plan(number: int, **more: Any) -> dict[str, Any]:
    row = {"plan_id": f"P{number}", "asset_id": "A1", "kind": "maintenance", "risk": "high",
           "interval_days": 10, "window_days": 2, "starts_on": "2026-03-01"}  # fmt: skip
    return {**row, **more}


def record(number: int, due_on: str, done: str | None, **more: Any) -> dict[str, Any]:
    row = {"record_id": f"C{number}", "plan_id": "P1", "due_on": due_on,
           "done_at": local(f"{done} 10:00") if done else None, "result": "done"}  # fmt: skip
    return {**row, **more}


def test_preventive_work_is_counted_from_the_plan_and_not_from_what_was_recorded() -> None:
    # due March 1, 11, 21, 31: on time, late, no record at all, still inside its window
    rows = {
        "tickets": [ticket(1)],
        "pm_plans": [plan(1)],
        "pm_records": [
            record(1, "2026-03-01", "2026-03-03"),
            record(2, "2026-03-11", "2026-03-14"),
        ],
    }
    con = warehouse_of(rows, local("2026-04-02 09:00"))
    frame = metrics.read(con, "pm_on_time", **MARCH)
    assert one(frame, "due").value == 3
    shares = [one(frame, name).value for name in ("on_time", "late", "missed", "excused")]
    assert shares == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0], abs=1e-6)
    later = warehouse_of(rows, local("2026-04-05 09:00"))
    frame = metrics.read(later, "pm_on_time", **MARCH)
    assert (one(frame, "due").value, one(frame, "missed").value) == (4, 0.5)


def test_a_device_out_of_service_stays_in_the_plan_on_its_own_line() -> None:
    rows = {
        "tickets": [ticket(1)],
        "pm_plans": [plan(1, interval_days=31), plan(2, interval_days=31, risk="low")],
        "pm_records": [record(1, "2026-03-01", None, result="out_of_service")],
    }
    con = warehouse_of(rows, local("2026-03-20 00:00"))
    frame = metrics.read(con, "pm_on_time", by=["pm_risk"], **MARCH)
    shares = {
        row.pm_risk_code: row.value for row in frame[frame["statistic"] == "excused"].itertuples()
    }
    assert shares == {"high": 1.0, "low": 0.0}


def test_hands_on_time_adds_up_an_open_entry_to_as_of_and_a_backward_one_as_nothing() -> None:
    efforts = [
        {"ticket_id": "T1", "engineer_id": "E1", "started_at": local("2026-03-02 08:00"),
         "ended_at": local("2026-03-02 09:30"), "kind": "onsite"},
        {"ticket_id": "T1", "engineer_id": "E1", "started_at": local("2026-03-02 23:30"),
         "ended_at": None, "kind": "onsite"},
        {"ticket_id": "T2", "engineer_id": "E2", "started_at": local("2026-03-02 08:00"),
         "ended_at": local("2026-03-02 07:00"), "kind": "remote"},
    ]  # fmt: skip
    con = warehouse_of(
        {"tickets": [ticket(1), ticket(2)], "effort_logs": efforts}, local("2026-03-03 00:00")
    )
    frame = metrics.read(con, "hands_on_time", **MARCH)
    assert one(frame, "hours").value == 2
    assert one(frame, "sessions").value == 3


def test_a_device_still_at_the_vendor_counts_in_the_estimate_and_not_in_the_median() -> None:
    events = [
        *life("T1", ("2026-03-02 08:00", "reported"), ("2026-03-03 08:00", "sent_to_vendor"),
              ("2026-03-05 08:00", "vendor_returned"), ("2026-03-05 09:00", "restored")),
        *life("T2", ("2026-03-02 08:00", "reported"), ("2026-03-10 08:00", "sent_to_vendor")),
    ]  # fmt: skip
    con = warehouse_of(
        {"tickets": [ticket(1), ticket(2)], "ticket_events": events}, local("2026-03-20 08:00")
    )
    frame = metrics.read(con, "vendor_time", **MARCH)
    assert one(frame, "median").value == 2 * 86_400
    assert one(frame, "median").n == 1
    assert one(frame, "km_median").value == 2 * 86_400
    assert pd.isna(one(frame, "km_p90").value)


def test_repairs_sent_out_have_a_share_and_a_cost() -> None:
    """Four restored repairs, two sent out: one is billed for 800 + 60, the other not yet."""

    def sent(number: int, *, is_sent: bool) -> list[dict[str, Any]]:
        away = (("2026-03-03 08:00", "sent_to_vendor"), ("2026-03-05 08:00", "vendor_returned"))
        return life(f"T{number}", ("2026-03-02 08:00", "reported"), *(away if is_sent else ()),
                    ("2026-03-05 09:00", "restored"))  # fmt: skip

    costs = [
        {"cost_id": f"C{n}", "ticket_id": of, "kind": kind, "amount_cny": amount,
         "occurred_on": date(2026, 3, 6)}
        for n, (of, kind, amount) in enumerate(
            [("T1", "external", "800.00"), ("T1", "freight", "60.00"), ("T1", "part", "12.00"),
             ("T3", "external", "99.00"), ("T2", "part", "5.00")]
        )
    ]  # fmt: skip
    consult = {**ticket(5), "work_class": "consult"}
    rows = {
        "tickets": [*(ticket(n) for n in (1, 2, 3, 4)), consult],
        "ticket_events": [e for n in (1, 2, 3, 4, 5) for e in sent(n, is_sent=n in (1, 2, 5))],
        "ticket_costs": costs,
    }
    con = warehouse_of(rows, local("2026-03-20 08:00"))
    share = one(metrics.read(con, "vendor_share", **MARCH), "share")
    assert (share.value, share.numerator, share.n) == (0.5, 2, 4)
    cost = metrics.read(con, "vendor_cost", **MARCH)
    assert [one(cost, name).value for name in ("cny", "tickets", "unbilled")] == [860, 2, 1]


def test_parts_drawn_are_counted_and_a_part_without_a_price_is_told() -> None:
    moves = [
        {"move_id": f"M{n}", "part_id": part, "store_id": "S1", "at": local("2026-03-02 08:00"),
         "kind": kind, "quantity": quantity, "unit_price_cny": price}
        for n, (part, kind, quantity, price) in enumerate(
            [("P1", "in", 10, 2.5), ("P1", "out", 4, None), ("P2", "in", 5, None),
             ("P2", "out", 1, None)]
        )
    ]  # fmt: skip
    parts = [{"part_id": "P1", "unit_price_cny": 2.5}, {"part_id": "P2"}]
    con = warehouse_of(
        {"tickets": [ticket(1)], "stock_moves": moves, "parts": parts,
         "stores": [{"store_id": "S1"}]},
        local("2026-03-20 00:00"),
    )  # fmt: skip
    frame = metrics.read(con, "parts_used", **MARCH)
    assert one(frame, "quantity").value == 5
    assert one(frame, "value_cny").value == 10
    assert one(frame, "unpriced").value == 1


def test_parts_used_are_cut_by_ticket_else_device_and_priced_as_the_turnover_is() -> None:
    moves = [
        {"move_id": f"M{n}", "part_id": "P1", "store_id": "S1", "kind": kind, "quantity": quantity,
         "at": local(f"2026-03-{n + 1:02} 08:00"), "unit_price_cny": price, **purpose}
        for n, (kind, quantity, price, purpose) in enumerate(
            [("in", 10, "2.00", {}), ("out", 3, None, {"ticket_id": "T1"}),
             ("in", 7, "4.00", {}), ("out", 2, None, {"asset_id": "A2"}), ("out", 1, "9.50", {})]
        )
    ]  # fmt: skip
    con = warehouse_of(
        {
            "tickets": [ticket(1, department_id="D1")],
            "assets": [{"asset_id": "A2", "department_id": "D2", "asset_class": "printer"}],
            "departments": [{"department_id": one} for one in ("D1", "D2")],
            "stock_moves": moves,
            "parts": [{"part_id": "P1"}],
            "stores": [{"store_id": "S1"}],
        },
        local("2026-03-20 00:00"),
    )
    frame = metrics.read(con, "parts_used", by=("department",), **MARCH)
    values = frame[frame["statistic"] == "value_cny"].fillna({"department_code": "nowhere"})
    value = values.set_index("department_code")["value"]
    # 3 × 2.00; then the average is (7 × 2 + 7 × 4) ÷ 14 = 3.00: 2 × 3.00; the source's own 9.50
    assert value.dropna().to_dict() == {"D1": 6.0, "D2": 6.0, "nowhere": 9.5}
    turnover = metrics.read(con, "stock_turnover", **MARCH)
    assert one(turnover, "issued_cny").value == 21.5


def test_journeys_have_a_count_a_cost_and_a_share_with_a_report() -> None:
    visits = [
        {"visit_id": "V1", "engineer_id": "E1", "departed_at": local("2026-03-02 08:00"),
         "cost_cny": "120.50", "daily_report_at": local("2026-03-02 20:00")},
        {"visit_id": "V2", "engineer_id": "E1", "departed_at": local("2026-03-31 23:30"),
         "cost_cny": None},
        {"visit_id": "V4", "engineer_id": "E1", "departed_at": local("2026-03-20 08:00"),
         "cost_cny": "80.00", "daily_report_at": local("2026-03-20 20:00")},
        {"visit_id": "V3", "engineer_id": "E1", "departed_at": local("2026-04-01 00:30"),
         "cost_cny": "9.00"},
    ]  # fmt: skip
    con = warehouse_of({"tickets": [ticket(1)], "visits": visits}, local("2026-04-03 00:00"))
    frame = metrics.read(con, "visits", **MARCH)
    assert [one(frame, name).value for name in ("count", "cost_cny")] == [3, 200.5]
    assert (one(frame, "reported").numerator, one(frame, "reported").denominator) == (2, 3)
    # 200.50 over the two whose cost is known
    each = one(frame, "per_visit")
    assert (each.value, each.n, each.state) == (100.25, 2, "small_sample")


@pytest.mark.parametrize(
    "metric",
    ["satisfaction", "pm_on_time", "hands_on_time", "visits", "parts_used", "vendor_cost"],
)
def test_a_feed_that_is_missing_is_not_connected(metric: str) -> None:
    con = warehouse_of({"tickets": [ticket(1)]}, local("2026-03-20 00:00"))
    frame = metrics.read(con, metric, **MARCH)
    assert set(frame["state"]) == {"not_connected"}
    assert frame["value"].isna().all()
