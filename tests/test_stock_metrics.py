"""Spare parts: what they are worth, how they turn, what lies dead, what was missing; by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from handmade import life, local, warehouse_of

from assets import metrics

MARCH = {"grain": "month", "start": date(2026, 3, 1), "end": date(2026, 4, 1)}


def move(part: str, when: str, kind: str, quantity: float, price: str | None = None) -> Any:
    return {"move_id": f"{when}-{part}-{kind}", "part_id": part, "store_id": "S1",
            "at": local(when), "kind": kind, "quantity": quantity,
            "unit_price_cny": price and Decimal(price)}  # fmt: skip


def request(number: int, part: str, when: str, issued: float, at: str | None) -> dict[str, Any]:
    return {"request_id": f"R{number}", "part_id": part, "ticket_id": "T1", "quantity": 2,
            "requested_at": local(when), "issued_quantity": issued,
            "issued_at": at and local(at)}  # fmt: skip


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    rules = tmp_path_factory.mktemp("rules")
    (rules / "prices.yml").write_text("downtime_rate_cny_per_hour: {printer: 12}\n", "utf-8")
    moves = [
        # averages: 1, then (7 × 1 + 10 × 2) / 17 = 1.588235; 17 pieces go out and leave 0.02
        move("P1", "2026-01-10 09:00", "in", 10, "1.00"),
        move("P1", "2026-02-01 09:00", "out", 3),
        move("P1", "2026-02-10 09:00", "in", 10, "2.00"),
        *(move("P1", f"2026-03-0{day} 09:00", "out", 3) for day in (5, 6, 7, 8)),
        move("P1", "2026-03-20 09:00", "out", 5),
        # nothing issued for more than a year
        move("P2", "2025-01-15 09:00", "in", 20),
        move("P2", "2025-02-01 09:00", "out", 1),
        # two every month, at the price the source gives each move
        move("P3", "2025-01-15 09:00", "in", 100, "10.00"),
        *(
            move("P3", f"{2025 + month // 12}-{month % 12 + 1:02d}-10 09:00", "out", 2, "10.00")
            for month in range(3, 15)
        ),
    ]
    moves[-1]["ticket_id"] = "T2"
    rows = {
        "tickets": [
            {"ticket_id": name, "reported_at": local("2026-03-20 09:00"), "work_class": "repair",
             "asset_id": "A1", "department_id": "D1"}
            for name in ("T1", "T2")
        ] + [{"ticket_id": "T0", "reported_at": local("2025-01-02 09:00")}],
        "ticket_events": life(
            "T1", ("2026-03-20 09:00", "reported"), ("2026-03-21 09:00", "paused:waiting_part"),
            ("2026-03-23 09:00", "resumed"), ("2026-03-23 12:00", "restored")
        ),
        "assets": [{"asset_id": "A1", "asset_class": "printer", "accepted_on": "2024-01-01"}],
        "parts": [
            {"part_id": "P1"},
            {"part_id": "P2", "unit_price_cny": 5},
            {"part_id": "P3", "unit_price_cny": 10},
        ],
        "stores": [{"store_id": "S1"}],
        "stock_moves": moves,
        "part_requests": [
            request(1, "P1", "2026-03-21 09:00", 2, "2026-03-23 09:00"),
            request(2, "P3", "2026-03-21 10:00", 1, "2026-03-21 11:00"),
            request(3, "P3", "2026-03-31 23:30", 0, None),
        ],
    }  # fmt: skip
    return warehouse_of(rows, local("2026-04-01 00:00"), rules_dir=rules)


def by_part(con: Any, metric_id: str, statistic: str) -> dict[str, Any]:
    frame = metrics.read(con, metric_id, by=["part"], **MARCH)
    frame = frame[frame["statistic"] == statistic]
    return dict(zip(frame["part_code"], frame["value"], strict=True))


def test_an_issue_without_a_price_takes_the_moving_average_then_in_force(con: Any) -> None:
    averages = con.execute(
        "select average_micro_cny from core.stock_receipts where part_id = 'P1' order by place"
    ).fetchall()
    assert averages == [(1_000_000,), (1_588_235,)]
    values = con.execute(
        "select kind, value_cny from core.stock_values where part_id = 'P1' order by value_id"
    ).fetchall()
    assert sum(value for _, value in values) == 0
    assert [value for kind, value in values if kind == "rounding"] == [Decimal("-0.02")]
    assert sorted(value for kind, value in values if kind == "out") == [
        Decimal("-7.94"), Decimal("-4.76"), Decimal("-4.76"), Decimal("-4.76"), Decimal("-4.76"),
        Decimal("-3.00"),
    ]  # fmt: skip
    price = con.execute("select price_cny from kpi.dim_parts where part_id = 'P1'").fetchone()
    assert price == (Decimal("1.588235"),)


def test_turnover_divides_what_went_out_by_the_value_of_every_day(con: Any) -> None:
    """P1 in March: 4 × 27, 22.24, 17.48, 12.72, 12 × 7.96, then nothing: 255.96 yuan-days."""
    issued = by_part(con, "stock_turnover", "issued_cny")
    assert issued["P1"] == 26.98
    assert by_part(con, "stock_turnover", "turns_per_year")["P1"] == round(26.98 * 365 / 255.96, 2)
    frame = metrics.read(con, "stock_turnover", by=["part"], **MARCH)
    p2 = frame[(frame["part_code"] == "P2") & (frame["statistic"] == "days_of_supply")].iloc[0]
    assert (pd.isna(p2.value), p2.state) == (True, "no_data")
    assert by_part(con, "stock_turnover", "days_of_supply")["P3"] == 760 * 31 / 20
    assert by_part(con, "stock_turnover", "average_cny")["P2"] == 95


def test_stock_without_an_issue_in_a_year_is_dead(con: Any) -> None:
    assert by_part(con, "dead_stock", "count") == {"P1": 0, "P2": 1, "P3": 0}
    assert by_part(con, "dead_stock", "value_cny")["P2"] == 95
    early = metrics.read(con, "dead_stock", grain="month", start=date(2026, 3, 1),
                         end=date(2026, 4, 1), where={"part": "P2"})  # fmt: skip
    assert set(early["state"]) == {"ok"}


def test_parts_are_classed_by_value_and_by_steadiness(con: Any) -> None:
    """P3 240 of 269.98 and steady: AX; P1 from there to 100 %, two months only: BZ; P2 unused."""
    frame = metrics.read(con, "parts_abc_xyz", by=["part", "abc_class", "xyz_class"], **MARCH)
    frame = frame[frame["statistic"] == "issued_cny"]
    classes = {row.part_code: (row.abc_class_code, row.xyz_class_code, row.value)
               for row in frame.itertuples()}  # fmt: skip
    assert classes == {
        "P1": ("B", "Z", 29.98),
        "P2": ("C", "Z", 0),
        "P3": ("A", "X", 240),
    }


def test_a_demand_counts_as_missed_when_it_was_not_met_in_full_at_once(con: Any) -> None:
    """Six issues nobody asked for, two requests late or short; the third may still be met."""
    frame = metrics.read(con, "stock_outs", **MARCH)
    found = {row.statistic: row.value for row in frame.itertuples()}
    assert (found["lines"], found["unmet"], found["share"]) == (8, 2, 0.25)
    assert (found["waiting_hours"], found["waiting_cny"]) == (48, 48 * 12)
    waits = by_part(con, "stock_outs", "waiting_hours")
    assert waits == {"P1": 48, "P3": 0}


def test_days_out_of_stock_count_every_day_that_ended_with_nothing(con: Any) -> None:
    frame = metrics.read(con, "days_out_of_stock", **MARCH)
    found = {row.statistic: row.value for row in frame.itertuples()}
    assert (found["days"], found["parts"]) == (12, 1)
    assert found["share"] == pytest.approx(12 / 93, abs=1e-6)


def test_one_part_number_at_two_sites_is_two_parts(con: Any) -> None:
    con.begin()
    con.execute(
        "insert into kpi.fact_stock_spans by name "
        "select * replace ('other' as site_id) from kpi.fact_stock_spans"
    )
    frame = metrics.read(con, "days_out_of_stock", **MARCH)
    con.rollback()
    found = {row.statistic: row.value for row in frame.itertuples()}
    assert (found["days"], found["parts"]) == (24, 2)


def test_parts_on_the_ticket_are_held_against_what_the_store_issued() -> None:
    """T1 agrees; T2 was issued 3, gave 1 back and booked 1; T3 booked 2 and drew none; T4 no part.

    T5 has neither. Of four tickets with parts one agrees; 1 piece unbooked, 2 + 1 not issued.
    """

    def drawn(number: int, kind: str, ticket: str | None, quantity: int) -> dict[str, Any]:
        return {
            "move_id": f"M{number}",
            "part_id": "P1",
            "store_id": "S1",
            "kind": kind,
            "quantity": quantity,
            "ticket_id": ticket,
            "at": local("2026-03-02 10:00"),
        }

    def line(number: int, ticket: str, part: str | None, quantity: int) -> dict[str, Any]:
        return {
            "cost_id": f"K{number}",
            "ticket_id": ticket,
            "kind": "part",
            "part_id": part,
            "quantity": quantity,
            "occurred_on": date(2026, 3, 2),
        }

    tickets = [f"T{n}" for n in range(1, 6)]
    rows = {
        "tickets": [{"ticket_id": name, "reported_at": local("2026-03-02 09:00"),
                     "work_class": "repair"} for name in tickets],
        "ticket_events": [
            event for name in tickets
            for event in life(name, ("2026-03-02 09:00", "reported"),
                              ("2026-03-02 11:00", "restored"))
        ],
        "stock_moves": [drawn(1, "in", None, 50), drawn(2, "out", "T1", 2),
                        drawn(3, "out", "T2", 3), drawn(4, "return", "T2", 1),
                        drawn(5, "out", None, 7)],
        "ticket_costs": [line(1, "T1", "P1", 1), line(2, "T1", "P1", 1), line(3, "T2", "P1", 1),
                         line(4, "T3", "P1", 2), line(5, "T4", None, 1)],
    }  # fmt: skip
    con = warehouse_of(rows, local("2026-04-02 00:00"))
    found = {r["statistic"]: r for r in metrics.read_rows(con, "parts_agreement", **MARCH)}
    assert (found["share"]["value"], found["share"]["numerator"], found["share"]["n"]) == (
        0.25,
        1,
        4,
    )
    assert found["share"]["state"] == "small_sample"
    values = [found[name]["value"] for name in ("differing", "unbooked", "unissued")]
    assert values == [3, 1, 3]
