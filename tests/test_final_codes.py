"""Cuts by fault family read the code that holds: a person's decision, else the engineer's own."""

import json
from typing import Any

import duckdb
import pytest
from handmade import life, local, warehouse_of

from assets import metrics

AS_OF = "2026-05-01 00:00"
ANN = "2026-03-02 09:00"


def repair(number: int, when: str, code: str | None, asset: str = "A1") -> dict[str, Any]:
    return {"ticket_id": f"T{number}", "ticket_no": f"N{number}", "reported_at": local(when),
            "work_class": "repair", "asset_id": asset, "department_id": "D1",
            "fault_family_code": code}  # fmt: skip


def decided(number: int, ticket: int, kind: str, **payload: str | None) -> dict[str, Any]:
    return {"decision_id": number, "decided_at": local("2026-04-01 09:00"), "actor": "U07",
            "role": "head", "kind": kind, "subject": f"T{ticket}", "digest": "",
            "payload": json.dumps(payload)}  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    reports = [
        repair(1, ANN, "other"),  # a person said: a jam
        repair(2, "2026-03-20 09:00", "paper_jam"),
        repair(3, "2026-04-02 09:00", "noise", "A2"),  # proposed: a jam, nobody confirmed it
        repair(4, "2026-04-10 09:00", None, "A2"),  # the proposal was rejected
    ]
    rows = {
        "assets": [
            {"asset_id": name, "asset_class": "黑白打印机", "model": "M401", "department_id": "D1",
             "accepted_on": "2026-01-01"}
            for name in ("A1", "A2")
        ],
        "tickets": reports,
        "ticket_events": [
            event
            for one, day in zip(reports, ("2026-03-02", "2026-03-20", "2026-04-02", "2026-04-10"),
                                strict=True)
            for event in life(one["ticket_id"], (f"{day} 09:00", "reported"),
                              (f"{day} 10:00", "restored@E1"))
        ],
        "decisions": [
            decided(1, 1, "fault_code", code="network_down"),
            decided(2, 1, "fault_code", code="paper_jam", code_suggested="noise"),
            decided(3, 4, "fault_code_rejected", code_suggested="paper_jam"),
        ],
        "fault_suggestions": [
            {"ticket_id": f"T{number}", "code_suggested": "paper_jam", "suggested_by": "model"}
            for number in (3, 4)
        ],
    }  # fmt: skip
    return warehouse_of(rows, local(AS_OF))


def counts(con: duckdb.DuckDBPyConnection, metric: str, **more: Any) -> dict[Any, Any]:
    rows = metrics.read_rows(con, metric, grain="total", by=["fault_family"], **more)
    return {row["fault_family_code"]: row["n"] for row in rows}


@pytest.mark.parametrize("metric", ["use_failure_rate", "report_rate", "reports"])
def test_a_decision_goes_before_the_engineers_code_and_a_proposal_never(con, metric) -> None:
    assert counts(con, metric) == {"paper_jam": 2, "noise": 1, None: 1}


def test_the_engineers_own_code_stays_visible_beside_it(con) -> None:
    found = con.execute(
        "select ticket_id, fault_family, fault_family_reported from kpi.fact_tickets order by all"
    ).fetchall()
    assert found == [("T1", "paper_jam", "other"), ("T2", "paper_jam", "paper_jam"),
                     ("T3", "noise", "noise"), ("T4", None, None)]  # fmt: skip


def test_what_a_person_named_is_a_link_of_the_chain(con) -> None:
    # 18 days after the restoration of T1, that the engineer had coded 其他
    found = con.execute(
        "select count(*), sum(is_repeat::integer) from kpi.fact_recurrence "
        "where asset_id = 'A1' and fault_family = 'paper_jam'"
    ).fetchone()
    assert found == (2, 1)


def test_rates_of_the_families_add_up_over_the_time_of_all_devices(con) -> None:
    def rates(**asked: Any) -> dict[Any, tuple[float, float]]:
        rows = metrics.read_rows(con, "use_failure_rate", grain="month", **asked)
        return {
            (row["period_start"].month, row.get("fault_family_code")):
            (row["numerator"], row["denominator"])
            for row in rows if row["statistic"] == "per_100_device_years"
        }  # fmt: skip

    cut, whole = rates(by=["fault_family"]), rates()
    assert cut[3, "paper_jam"] == (2, 60)  # data begin with the first report
    assert cut[4, "noise"] == cut[4, None] == (1, 60)
    for month in (3, 4):
        own = [pair for (of, _), pair in cut.items() if of == month]
        assert sum(events for events, _ in own) == whole[month, None][0]
        assert {days for _, days in own} == {whole[month, None][1]}


def test_a_family_without_failures_in_a_month_failed_zero_times_in_it(con) -> None:
    rows = metrics.read_rows(con, "use_failure_rate", grain="month", by=["fault_family"])
    [april] = [
        row for row in rows
        if (row["period_start"].month, row["fault_family_code"], row["statistic"])
        == (4, "paper_jam", "per_100_device_years")
    ]  # fmt: skip
    assert (april["value"], april["lo"], april["n"]) == (0, 0, 0)
    # 3.689 failures at most, in 60 device-days
    assert april["hi"] == pytest.approx(3.6889 / 60 * 36_500, rel=0.001)
    assert april["state"] == "small_sample"


def test_one_family_is_asked_for_with_the_time_of_all_devices(con) -> None:
    row = next(
        row for row in metrics.read_rows(con, "use_failure_rate", grain="total",
                                         where={"fault_family": "paper_jam"})
        if row["statistic"] == "per_100_device_years"
    )  # fmt: skip
    [whole] = {
        row["denominator"] for row in metrics.read_rows(con, "use_failure_rate", grain="total")
    }
    assert (row["n"], row["denominator"]) == (2, whole)
