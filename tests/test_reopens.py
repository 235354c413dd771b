"""K10: reopened of what was finished, by the first time that it was; figures by hand.

March 2026, read on 4 April. S1 and S2 finish in March, S1 comes back twice; S3 finishes in March
and returns in April; S4 was reported in February and finishes in March; S5 is closed without a
restoration; S6 is still open and S7 void.
"""

from datetime import date
from typing import Any

import duckdb
import pytest
from handmade import life, local, warehouse_of

from assets import metrics

LIVES = {
    "S1": ("2026-03-02", ("2026-03-02 10:00", "restored"), ("2026-03-03 09:00", "reopened"),
           ("2026-03-03 12:00", "restored"), ("2026-03-04 09:00", "reopened"),
           ("2026-03-05 09:00", "restored")),
    "S2": ("2026-03-02", ("2026-03-02 11:00", "restored")),
    "S3": ("2026-03-30", ("2026-03-31 10:00", "restored"), ("2026-04-02 10:00", "reopened")),
    "S4": ("2026-02-20", ("2026-03-01 10:00", "restored")),
    "S5": ("2026-03-10", ("2026-03-11 10:00", "closed"), ("2026-03-12 10:00", "reopened"),
           ("2026-04-01 10:00", "restored")),
    "S6": ("2026-03-15", ("2026-03-15 09:30", "accepted@E1")),
    "S7": ("2026-03-16", ("2026-03-16 10:00", "restored"), ("2026-03-16 11:00", "cancelled")),
}  # fmt: skip


def read_on(as_of: str) -> duckdb.DuckDBPyConnection:
    tickets: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for ticket_id, (day, *steps) in LIVES.items():
        tickets.append({"ticket_id": ticket_id, "reported_at": local(f"{day} 08:00"),
                        "work_class": "repair", "department_id": "D1"})  # fmt: skip
        events += life(ticket_id, (f"{day} 08:00", "reported"), *steps)
    return warehouse_of({"tickets": tickets, "ticket_events": events}, local(as_of))


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return read_on("2026-04-04 00:00")


def month(con: duckdb.DuckDBPyConnection, first: date, after: date) -> dict[str, Any]:
    rows = metrics.read_rows(con, "reopens", start=first, end=after)
    return {row["statistic"]: row for row in rows}


def test_reopened_of_the_tickets_first_finished_in_the_month(con) -> None:
    march = month(con, date(2026, 3, 1), date(2026, 4, 1))
    # S1, S3 and S5 of S1 to S5; the open one and the void one are in neither sum
    assert (march["share"]["numerator"], march["share"]["n"]) == (3, 5)
    assert march["share"]["value"] == 0.6
    assert (march["tickets"]["value"], march["count"]["value"]) == (3, 4)


def test_a_month_of_reports_that_nobody_finished_has_no_share(con) -> None:
    february = month(con, date(2026, 2, 1), date(2026, 3, 1))
    assert (february["share"]["value"], february["share"]["state"]) == (None, "no_data")


def test_maturity_runs_from_the_finish_not_from_the_report(con) -> None:
    asked = {"grain": "total", "start": date(2026, 2, 20), "end": date(2026, 3, 12)}
    ripe = metrics.read_rows(con, "reopens", statistics=["share"], **asked)
    # S4, reported in February, stands with those finished up to 11 March
    assert [(row["numerator"], row["n"], row["state"]) for row in ripe] == [(2, 4, "small_sample")]
    march = month(con, date(2026, 3, 1), date(2026, 4, 1))
    assert march["share"]["state"] == "immature"  # until seven days after 31 March


def test_the_first_finish_stays_when_the_ticket_comes_back(con) -> None:
    days = dict(con.execute("select ticket_id, first_finished_on from kpi.fact_tickets").fetchall())
    assert days == {
        "S1": date(2026, 3, 2), "S2": date(2026, 3, 2), "S3": date(2026, 3, 31),
        "S4": date(2026, 3, 1), "S5": date(2026, 3, 11), "S6": None, "S7": None,
    }  # fmt: skip
