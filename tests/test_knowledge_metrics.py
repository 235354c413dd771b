"""Certificates, knowledge, who can stand in, training, journeys, calls; figures worked by hand."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from handmade import life, local, warehouse_of

from assets import metrics
from assets.metric_training import training_effects

FEBRUARY = {"grain": "month", "start": date(2026, 2, 1), "end": date(2026, 3, 1)}
MARCH = {"grain": "month", "start": date(2026, 3, 1), "end": date(2026, 4, 1)}


def values(con: Any, metric_id: str, **how: Any) -> dict[str, Any]:
    frame = metrics.read(con, metric_id, **how)
    return {row.statistic: row.value for row in frame.itertuples()}


def ticket(ticket_id: str, when: str, **more: Any) -> dict[str, Any]:
    row = {"ticket_id": ticket_id, "reported_at": local(when), "work_class": "service_request"}
    return {**row, **more}


def system_work() -> tuple[list[Any], list[Any]]:
    """Five tickets each: SYS1 by E1 and E2, SYS2 by E1 and by E3, who has left."""
    tickets, events = [], []
    for system, engineer in (("SYS1", "E1"), ("SYS1", "E2"), ("SYS2", "E1"), ("SYS2", "E3")):
        for number in range(5):
            name = f"{system}{engineer}{number}"
            tickets.append(ticket(name, "2026-01-05 08:00", system_id=system))
            events += life(name, ("2026-01-05 08:00", "reported"),
                           ("2026-01-05 08:10", f"accepted@{engineer}"),
                           ("2026-01-05 09:00", f"restored@{engineer}"))  # fmt: skip
    return tickets, events


def help_tickets() -> tuple[list[Any], list[Any]]:
    """D1: eight before the training of the 16th, two after; D2: three and three."""
    days = [("D1", 7)] * 8 + [("D1", 18)] * 2 + [("D2", 8)] * 3 + [("D2", 20)] * 3
    tickets, efforts = [], []
    for number, (department, day) in enumerate(days):
        when = f"2026-03-{day:02d} 10:00"
        sign = {"fault_family_code": "password"} if department == "D1" else {
            "outcome_code": "user_error", "work_class": "repair"}  # fmt: skip
        tickets.append(ticket(f"H{number}", when, department_id=department, **sign))
        began = local(when)
        efforts.append({"ticket_id": f"H{number}", "engineer_id": "E1", "started_at": began,
                        "ended_at": began + timedelta(minutes=30)})  # fmt: skip
    return tickets, efforts


def plan(number: int, starts_on: str) -> dict[str, Any]:
    return {"plan_id": f"P{number}", "asset_id": f"A{number}", "kind": "calibration",
            "interval_days": 365, "starts_on": starts_on}  # fmt: skip


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    rules = tmp_path_factory.mktemp("rules")
    (rules / "prices.yml").write_text('labour_rate_cny_per_hour: {"*": 60}\n', "utf-8")
    (rules / "thresholds.yml").write_text("training: {window_days: 10}\n", "utf-8")
    worked, events = system_work()
    helped, efforts = help_tickets()
    rows = {
        "tickets": [
            *worked,
            *helped,
            ticket("K1", "2026-02-16 08:00", fault_family_code="paper_jam"),
            ticket("K2", "2026-02-16 08:00", fault_family_code="toner"),
            ticket("K3", "2026-02-14 08:00", fault_family_code="paper_jam"),
            ticket("K4", "2026-02-16 08:00", fault_family_code="slow"),
            ticket("K5", "2026-02-27 08:00", fault_family_code="toner"),
        ],
        "ticket_events": events,
        "effort_logs": efforts,
        "engineers": [
            {"engineer_id": "E1"}, {"engineer_id": "E2"},
            {"engineer_id": "E3", "left_on": "2026-02-15"},
        ],
        "systems": [
            {"system_id": "SYS1", "criticality": "A"},
            {"system_id": "SYS2", "criticality": "A"},
            {"system_id": "SYS3", "criticality": "C"},
        ],
        "knowledge": [
            {"article_id": "N1", "fault_family_code": "paper_jam",
             "approved_at": local("2026-02-15 09:00")},
            {"article_id": "N2", "fault_family_code": "toner",
             "approved_at": local("2024-12-01 09:00"), "reviewed_at": local("2025-02-20 09:00")},
            {"article_id": "N3", "fault_family_code": "slow"},
        ],
        "knowledge_uses": [
            {"article_id": "N1", "ticket_id": "K1", "at": local("2026-02-16 09:00"), "kind": kind}
            for kind in ("opened", "cited")
        ] + [
            {"article_id": "N2", "ticket_id": "K2", "at": local("2026-02-16 09:00"),
             "kind": "opened"},
        ],
        "departments": [
            {"department_id": "D1", "staff_count": 50, "zone": "Z1"},
            {"department_id": "D2", "staff_count": 150, "zone": "Z1"},
            {"department_id": "D3", "zone": "Z2"},
        ],
        "trainings": [
            {"training_id": "TR1", "department_id": "D1", "held_on": "2026-03-16",
             "attendee_count": 20},
            {"training_id": "TR2", "department_id": "D1", "held_on": "2026-03-29",
             "attendee_count": 20},
        ],
        "assets": [
            {"asset_id": f"A{n}", "asset_class": "pump", "accepted_on": "2024-01-01",
             "retired_on": "2026-02-01" if n == 3 else None}
            for n in range(1, 5)
        ],
        "pm_plans": [plan(1, "2025-04-01"), plan(2, "2026-03-01"), plan(3, "2025-04-01"),
                     plan(4, "2026-03-15")],
        "pm_records": [
            {"record_id": f"C{n}", "plan_id": f"P{n}", "due_on": day, "result": "done",
             "done_at": local(f"{day} 10:00")}
            for n, day in ((1, "2025-03-20"), (2, "2026-03-01"), (3, "2025-04-01"))
        ],
        "visits": [
            {"visit_id": f"V{n}", "customer_id": customer, "purpose": purpose,
             "departed_at": local(f"{day} 08:00"), "cost_cny": 100 + n}
            for n, (customer, purpose, day) in enumerate([
                ("C1", "fix", "2026-01-10"), ("C1", "fix", "2026-03-02"),
                ("C1", "fix", "2026-03-20"), ("C1", "train", "2026-03-21"),
                ("C2", "fix", "2026-03-22"), (None, "fix", "2026-03-23"),
            ])
        ],
        "customers": [{"customer_id": "C1", "name": "东院", "level": "三级"}],
        "calls": [
            {"call_id": f"L{n}", "at": local("2026-03-02 08:00"),
             "answered_at": wait and local("2026-03-02 08:00") + timedelta(seconds=wait),
             "ended_at": local("2026-03-02 08:05")}
            for n, wait in enumerate((10, 21, None))
        ],
    }  # fmt: skip
    return warehouse_of(rows, local("2026-04-01 00:00"), rules_dir=rules)


def test_a_certificate_holds_for_its_interval_and_only_devices_in_service_count(con: Any) -> None:
    """A1's ran out on March 20, A2 got one, A4 never had one; A3 is retired."""
    february = values(con, "calibration_valid", **FEBRUARY)
    assert february == {"valid": 1, "devices": 1, "overdue": 0, "due_soon": 1}
    march = values(con, "calibration_valid", **MARCH)
    assert (march["devices"], march["overdue"], march["due_soon"]) == (3, 2, 0)
    assert march["valid"] == pytest.approx(1 / 3, abs=1e-6)


def test_an_article_covers_tickets_while_it_is_approved_and_fresh(con: Any) -> None:
    """Jam: after the 15th only. Toner: a year from its review of 2025-02-20. Slow: a draft."""
    found = values(con, "knowledge_coverage", **FEBRUARY)
    assert (found["covered"], found["opened"], found["cited"]) == (2 / 5, 2 / 5, 1 / 5)
    assert (found["families"], found["families_covered"]) == (3, 2)


def test_a_system_is_covered_by_two_who_practised_and_are_still_here(con: Any) -> None:
    by_kind = {"by": ["scope_kind"], **MARCH}
    frame = metrics.read(con, "ab_coverage", **by_kind)
    system = frame[frame["scope_kind_code"] == "system"].set_index("statistic")["value"]
    assert (system["covered"], system["uncovered"], system["bus_factor"]) == (0.5, 1, 2)
    assert (system["one_minus_gini"], system["hhi"]) == (0.833, 0.556)
    january = {"by": ["scope_kind"], "grain": "month", "start": date(2026, 1, 1),
               "end": date(2026, 2, 1)}  # fmt: skip
    frame = metrics.read(con, "ab_coverage", **january)
    system = frame[frame["scope_kind_code"] == "system"].set_index("statistic")["value"]
    assert (system["covered"], system["bus_factor"]) == (1, 3)


def test_training_need_is_drawn_towards_what_departments_share(con: Any) -> None:
    """With m = 16/6200 and A = 4.1623e-6 the weights are .7143 and .8824; × 36 525."""
    frame = metrics.read(con, "training_need", by=["department"], **MARCH)
    found = frame.set_index(["department_code", "statistic"])["value"].to_dict()
    assert found["D1", "raw"] == round(10 / (50 * 31) * 36_525, 1)
    assert found["D2", "raw"] == round(6 / (150 * 31) * 36_525, 1)
    assert (found["D1", "tickets"], found["D2", "tickets"]) == (195.2, 52.7)
    assert found["D1", "hours"] == round(195.249 / 2, 1)
    assert found["D1", "cny"] == pytest.approx(195.249 * 30, rel=1e-5)
    assert ("D3", "raw") not in found
    whole = values(con, "training_need", **MARCH)
    assert whole["raw"] == round(16 / (200 * 31) * 36_525, 1)


def test_a_training_is_judged_against_those_who_had_none(con: Any) -> None:
    """8 before, 2 after, the controls unchanged: 2 / 8; two-sided 2 · P(X ≤ 2 | 10, ½)."""
    first, second = training_effects(con, date(2026, 4, 1))
    assert [first[name] for name in ("before", "after", "control_before", "control_after")] == [
        8, 2, 3, 3,
    ]  # fmt: skip
    assert (first["expected"], first["ratio"]) == (8, pytest.approx(0.25))
    assert first["p_value"] == pytest.approx(2 * 56 / 1024)
    assert first["lo"] < 0.25 < first["hi"]
    assert (second["is_mature"], second["ratio"]) == (False, None)
    found = values(con, "training_effect", **MARCH)
    assert (found["ratio"], found["trainings"]) == (0.25, 1)


def test_a_journey_for_the_same_thing_within_thirty_days_is_a_repeat(con: Any) -> None:
    found = values(con, "repeat_visits", **MARCH)
    assert (found["share"], found["repeats"], found["repeat_cny"]) == (0.25, 1, 102)
    frame = metrics.read(con, "repeat_visits", by=["customer"], **MARCH)
    assert set(frame["customer"]) == {"东院", "C2"}


def test_calls_have_a_speed_of_answer_and_an_abandon_rate(con: Any) -> None:
    assert values(con, "call_answer_time", **MARCH) == {"mean": 15.5, "median": 10, "p90": 21}
    lost = values(con, "calls_abandoned", **MARCH)
    assert (lost["count"], lost["share"]) == (1, pytest.approx(1 / 3, abs=1e-6))


@pytest.mark.parametrize(
    "metric",
    ["calibration_valid", "knowledge_coverage", "ab_coverage", "training_need", "training_effect",
     "repeat_visits", "call_answer_time", "calls_abandoned", "service_cost", "book_value",
     "asset_tco", "replacement_candidates", "print_bills", "page_cost", "stock_turnover",
     "dead_stock", "stock_outs", "days_out_of_stock"],
)  # fmt: skip
def test_without_its_tables_a_metric_says_so_and_gives_no_zero(bare: Any, metric: str) -> None:
    frame = metrics.read(bare, metric, **MARCH)
    assert set(frame["state"]) == {"not_connected"}
    assert frame["value"].isna().all()


@pytest.fixture(scope="module")
def bare():
    rows = {"tickets": [ticket("T1", "2026-03-02 08:00")]}
    return warehouse_of(rows, local("2026-03-20 00:00"))


def test_no_metric_of_people_tells_names(con: Any) -> None:
    frame = metrics.read(con, "ab_coverage", by=["scope_kind"], **MARCH)
    assert isinstance(frame, pd.DataFrame)
    assert not {"E1", "E2", "E3"} & set(frame.astype(str).to_numpy().ravel())
