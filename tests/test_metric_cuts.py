"""Numbers cut by what the catalogue cuts them by, and means and counts of little; by hand.

March 2026, read on 10 April. A1 is a Lexmark MS1, one year old, rented; A2 a Ricoh R2, ten years
old, owned. Two tickets on A1, the second still open, one on A2. T3 has cost nothing.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import pytest
from handmade import life, local, warehouse_of

from assets import metric_shares, metrics
from assets.metric_number import Limits
from assets.metric_query import Query

MARCH = {"start": date(2026, 3, 1), "end": date(2026, 4, 1)}
LIMITS = Limits(min_events=5, min_denominator=20, completion_grace_days=7, as_of_on=MARCH["end"])


def ticket(number: int, asset: str, **more: Any) -> dict[str, Any]:
    return {"ticket_id": f"T{number}", "reported_at": local(f"2026-03-0{number} 08:00"),
            "work_class": "repair", "asset_id": asset, "department_id": "D1",
            "urgency": "normal", **more}  # fmt: skip


def posting(engineer: str, team: str) -> dict[str, Any]:
    return {"engineer_id": engineer, "team": team, "valid_from": "2020-01-01"}


def cost(number: int, amount: str) -> dict[str, Any]:
    return {"cost_id": f"K{number}", "ticket_id": f"T{number}", "kind": "part",
            "amount_cny": amount, "occurred_on": "2026-03-20"}  # fmt: skip


def rating(number: int, overall: int) -> dict[str, Any]:
    return {"rating_id": f"R{number}", "ticket_id": f"T{number}", "overall": overall,
            "scale_max": 5, "asked_at": local("2026-03-05 08:00"),
            "rated_at": local("2026-03-06 08:00"), "is_auto": False,
            "is_self": False}  # fmt: skip


ROWS: Mapping[str, list[dict[str, Any]]] = {
    "assets": [
        {"asset_id": "A1", "asset_class": "printer", "brand": "Lexmark", "model": "MS1",
         "ownership": "leased", "department_id": "D1", "accepted_on": "2025-03-01"},
        {"asset_id": "A2", "asset_class": "printer", "brand": "Ricoh", "model": "R2",
         "ownership": "owned", "department_id": "D1", "accepted_on": "2016-03-01"},
    ],
    "engineers": [{"engineer_id": "E1", "name": "甲"}, {"engineer_id": "E2", "name": "乙"}],
    "engineer_postings": [posting("E1", "一组"), posting("E2", "二组")],
    "tickets": [ticket(1, "A1"), ticket(2, "A1"), ticket(3, "A2")],
    "ticket_events": [
        *life("T1", ("2026-03-01 08:00", "reported"), ("2026-03-01 08:05", "accepted@E1"),
              ("2026-03-01 09:00", "restored@E1")),
        *life("T2", ("2026-03-02 08:00", "reported"), ("2026-03-05 09:00", "accepted@E2")),
        *life("T3", ("2026-03-03 08:00", "reported"), ("2026-03-03 08:05", "accepted@E2"),
              ("2026-03-03 09:00", "restored@E2")),
    ],
    "ticket_costs": [cost(1, "120.00"), cost(2, "30.50")],
    "ratings": [rating(1, 5), rating(3, 2)],
}  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return warehouse_of(ROWS, local("2026-04-10 00:00"))


def cut(con, metric_id: str, statistic: str, by: str, **where: Any) -> dict[Any, tuple[Any, Any]]:
    rows = metrics.read_rows(con, metric_id, by=[by], where=where, statistics=[statistic], **MARCH)
    return {row[f"{by}_code"]: (row["value"], row["n"]) for row in rows}


def test_reports_are_divided_by_the_time_in_service_of_their_age(con) -> None:
    rows = metrics.read_rows(
        con, "report_rate", by=["age_cohort"], statistics=["daily_pct"], **MARCH
    )
    young, old = (age_of(con, age) for age in ("2025-03-01", "2016-03-01"))
    found = {row["age_cohort_code"]: (row["numerator"], row["denominator"]) for row in rows}
    assert found[young] == (2, 31)
    assert found[old] == (1, 31)


def age_of(con, accepted: str) -> str:
    """Return the age cohort of a device in March."""
    return str(
        con.execute(
            "select age_cohort from core.rule_age_cohorts "
            "where date '2026-03-10' - ?::date between from_days and to_days - 1",
            [accepted],
        ).fetchone()[0]
    )


@pytest.mark.parametrize(
    ("by", "first", "second"),
    [("brand", "Lexmark", "Ricoh"), ("model", "MS1", "R2"), ("ownership", "leased", "owned")],
)
def test_the_sla_is_cut_by_what_the_device_is(con, by: str, first: str, second: str) -> None:
    # three days for the acceptance of T2: one clock of two in time, and the only one of A2
    found = cut(con, "sla_attainment", "net", by, clock="accept")
    assert found == {first: (0.5, 2), second: (1.0, 1)}


def test_the_backlog_is_cut_by_model(con) -> None:
    assert cut(con, "backlog", "count", "model") == {"MS1": (1, 1)}


def test_satisfaction_is_cut_by_model(con) -> None:
    assert cut(con, "satisfaction", "overall", "model") == {"MS1": (5, 1), "R2": (2, 1)}
    assert cut(con, "satisfaction_aspects", "mean", "model") == {"MS1": (5, 1), "R2": (2, 1)}


def test_cost_is_cut_by_the_team_of_the_last_holder(con) -> None:
    found = cut(con, "service_cost", "cny", "engineer_group")
    assert found == {"一组": (120, 1), "二组": (30.5, 1)}


def test_a_share_of_what_nobody_knows_is_nothing_of_all_and_does_not_fail(con) -> None:
    """DuckDB's count_if over NULLs alone is NULL; no ticket here has an outcome."""
    metric = metrics.registry()["transfers"].model_copy(
        update={"numerators": {"share": "count_if(outcome_code = 'fixed')"}}
    )
    periods = metrics.periods_of("month", metrics.context(con), MARCH["start"], MARCH["end"])
    shares = metric_shares.share(Query(con, metric, periods, [], {}), LIMITS)
    found = {one.statistic: one for one in shares}
    assert (found["share"].value, found["share"].n) == (0, 3)


def test_the_parts_of_few_restorations_are_a_small_sample(con) -> None:
    rows = metrics.read_rows(con, "restore_split_share", **MARCH)
    assert {row["state"] for row in rows} == {"small_sample"}
