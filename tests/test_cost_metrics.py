"""Money: cost of service, book value, total cost, replacement, warranty, pages; worked by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from handmade import life, local, warehouse_of

from assets import decision_costs, metrics, replacement
from config.errors import ConfigError

FEBRUARY = {"grain": "month", "start": date(2026, 2, 1), "end": date(2026, 3, 1)}
MARCH = {"grain": "month", "start": date(2026, 3, 1), "end": date(2026, 4, 1)}
PRICES = """
labour_rate_cny_per_hour: {"*": 60, 高级: 90}
replacement:
  price_cny: {M1: 800}
  parts_end_on: {M2: 2026-03-15}
warranty_offers: {自助机: {from_year: 0, to_year: 2, price_cny: 5000}}
"""
# days after 2025-01-01 on which the kiosk failed, ever closer together
CROWDING = (200, 300, 350, 400, 420, 440, 450)


def one(frame: pd.DataFrame, statistic: str) -> Any:
    """The single row of a statistic."""
    rows = frame[frame["statistic"] == statistic]
    assert len(rows) == 1, frame
    return rows.iloc[0]


def ticket(ticket_id: str, when: str, asset_id: str, **more: Any) -> dict[str, Any]:
    return {"ticket_id": ticket_id, "reported_at": local(when), "work_class": "repair",
            "asset_id": asset_id, "department_id": "D1", **more}  # fmt: skip


def asset(asset_id: str, asset_class: str, model: str, **more: Any) -> dict[str, Any]:
    return {"asset_id": asset_id, "asset_class": asset_class, "model": model, "tag": asset_id,
            "department_id": "D1", "ownership": "own", **more}  # fmt: skip


def cost(cost_id: str, ticket_id: str, kind: str, amount: str, on: str | None, **more: Any) -> Any:
    return {"cost_id": cost_id, "ticket_id": ticket_id, "kind": kind,
            "amount_cny": Decimal(amount), "occurred_on": on, **more}  # fmt: skip


def effort(ticket_id: str, engineer_id: str, start: str, seconds: int, **more: Any) -> Any:
    began = local(start)
    return {"ticket_id": ticket_id, "engineer_id": engineer_id, "started_at": began,
            "ended_at": began + timedelta(seconds=seconds), "kind": "onsite", **more}  # fmt: skip


def reading(asset_id: str, meter: str, when: str, value: int, **more: Any) -> dict[str, Any]:
    return {"asset_id": asset_id, "meter": meter, "read_at": local(when), "value": value, **more}


def kiosk_failures() -> tuple[list[Any], list[Any]]:
    tickets, events = [], []
    for number, day in enumerate(CROWDING, 1):
        on = date(2025, 1, 1) + timedelta(days=day)
        tickets.append(ticket(f"F{number}", f"{on} 00:00", "A5"))
        events += life(f"F{number}", (f"{on} 00:00", "reported"), (f"{on} 06:00", "restored"))
    return tickets, events


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    rules = tmp_path_factory.mktemp("rules")
    (rules / "prices.yml").write_text(PRICES, encoding="utf-8")
    failures, events = kiosk_failures()
    rows = {
        "tickets": [
            ticket("T0", "2025-01-01 08:00", "A6", outcome_code="no_fault_found"),
            ticket("T1", "2026-03-02 08:00", "A1"),
            ticket("T2", "2026-03-05 08:00", "A2", work_class="consumable",
                   fault_family_code="toner"),
            ticket("T3", "2026-03-01 08:00", "A1", outcome_code="user_error"),
            ticket("T4", "2026-03-10 08:00", "A2"),
            ticket("T5", "2026-03-20 08:00", "P3", work_class="consumable",
                   fault_family_code="toner"),
            ticket("U1", "2026-02-10 08:00", "B1", site_id="H2"),
            *failures,
        ],
        "ticket_events": [
            *life("T1", ("2026-03-02 08:00", "reported"), ("2026-03-02 12:00", "restored")),
            *life("T3", ("2026-03-01 08:00", "reported"), ("2026-03-01 12:00", "restored")),
            *life("T4", ("2026-03-10 08:00", "reported"), ("2026-03-10 12:00", "restored")),
            *events,
        ],
        "ticket_costs": [
            cost("C1", "T1", "part", "100.00", "2026-03-02"),
            cost("C2", "T1", "external", "200.00", "2026-03-03"),
            cost("C3", "T2", "part", "185.00", "2026-03-05"),
            cost("C4", "T3", "part", "50.00", "2026-03-01"),
            cost("C5", "T4", "freight", "35.00", None),
            cost("C6", "T5", "part", "23.33", "2026-03-20"),
            cost("C7", "F1", "part", "70.00", "2025-07-20"),
            cost("C8", "U1", "labour", "80.00", "2026-02-10", site_id="H2"),
        ],
        "effort_logs": [
            effort("T1", "E1", "2026-03-02 09:00", 5400),
            effort("T1", "E1", "2026-03-02 11:00", 1),
            effort("T2", "E2", "2026-03-05 09:00", 1200),
            effort("U1", "E1", "2026-02-10 09:00", 3600, site_id="H2"),
        ],
        "engineers": [{"engineer_id": name} for name in ("E1", "E2")],
        "engineer_postings": [
            {"engineer_id": "E1", "valid_from": "2024-01-01", "grade": "高级"},
            {"engineer_id": "E2", "valid_from": "2024-01-01", "grade": "初级"},
        ],
        "assets": [
            asset("A1", "台式机", "M1", accepted_on="2024-01-15", purchase_cny=6000,
                  warranty_until="2026-03-02"),
            asset("A2", "标签打印机", "M2", accepted_on="2020-01-10", purchase_cny=1000,
                  useful_life_years=5),
            asset("A3", "台式机", "M1", accepted_on="2025-06-01", ownership="lease",
                  warranty_until="2027-01-01"),
            asset("A4", "扫描枪", "M4", accepted_on="2025-03-01", purchase_cny=500,
                  retired_on="2026-03-15"),
            asset("A5", "自助机", "M5", accepted_on="2025-01-01"),
            asset("P1", "黑白打印机", "MC1", accepted_on="2025-01-01", ownership="lease"),
            asset("P2", "黑白打印机", "MC1", accepted_on="2025-01-01", ownership="lease"),
            asset("P3", "黑白打印机", "M3", accepted_on="2026-01-01", purchase_cny=1200),
        ],
        "meter_readings": [
            reading("P1", "mono_pages", "2026-02-28 16:00", 99_980),
            reading("P1", "mono_pages", "2026-03-31 16:00", 130),
            reading("P1", "colour_pages", "2026-02-28 16:00", 100),
            reading("P1", "colour_pages", "2026-03-31 16:00", 200),
            reading("P2", "mono_pages", "2026-02-28 16:00", 1000),
            reading("P2", "mono_pages", "2026-03-10 16:00", 1100),
            reading("P2", "mono_pages", "2026-03-10 17:00", 0, is_replaced=True),
            reading("P2", "mono_pages", "2026-03-31 16:00", 50),
            reading("P3", "mono_pages", "2026-02-28 16:00", 5000),
            reading("P3", "mono_pages", "2026-03-15 16:00", 4000),
            reading("P3", "mono_pages", "2026-03-31 16:00", 4500),
        ],
        "print_contracts": [
            {"contract_id": "PC1", "asset_id": "P1", "starts_on": "2025-01-01",
             "mono_price_cny": "0.045", "colour_price_cny": "0.32", "rollover_at": 100_000},
            {"contract_id": "PC1", "asset_id": "P2", "starts_on": "2025-01-01",
             "mono_price_cny": "0.045", "minimum_cny": 30},
        ],
        "vendor_bills": [
            {"bill_id": "B1", "contract_id": "PC1", "month": "2026-03", "amount_cny": 100},
        ],
    }  # fmt: skip
    return warehouse_of(rows, local("2026-04-01 00:00"), rules_dir=rules)


def values(con: Any, metric_id: str, **how: Any) -> dict[str, Any]:
    frame = metrics.read(con, metric_id, **how)
    return {row.statistic: row.value for row in frame.itertuples()}


def test_full_cost_adds_labour_at_the_grades_rate_to_the_cost_lines(con: Any) -> None:
    """1.5 h × 90 = 135.00; 1 s × 90 = 2.5 fen, rounded up to 0.03; 20 min × 60 = 20.00."""
    lines = con.execute(
        "select amount_cny from kpi.fact_service_costs where basis = 'rate' order by 1"
    ).fetchall()
    assert lines == [(Decimal("0.03"),), (Decimal("20.00"),), (Decimal("135.00"),)]
    found = values(con, "service_cost", **MARCH)
    assert found["cny"] == 100 + 200 + 185 + 50 + 35 + 23.33 + 155.03
    assert (found["consumables_cny"], found["repair_cny"]) == (228.33, 520.03)
    assert (found["tickets"], found["per_ticket"]) == (5, 149.67)
    kinds = metrics.read(con, "service_cost", by=["cost_kind"], **MARCH)
    kinds = kinds[kinds["statistic"] == "cny"].set_index("cost_kind_code")["value"].to_dict()
    assert kinds == {"part": 358.33, "external": 200, "freight": 35, "labour": 155.03}


def test_labour_is_never_priced_twice_where_the_source_books_it(con: Any) -> None:
    frame = metrics.read(con, "service_cost", by=["site"], **FEBRUARY)
    frame = frame[(frame["statistic"] == "cny") & (frame["site_code"] == "H2")]
    assert frame["value"].tolist() == [80.0]


def test_cost_of_service_is_brought_to_a_year_by_the_time_in_service(con: Any) -> None:
    """6000, 1000, 1200 for 31 days and 500 for the 14 days until it was retired."""
    row = one(metrics.read(con, "cost_of_service_ratio", **MARCH), "ratio")
    worth = (6000 + 1000 + 1200) * 31 + 500 * 14
    assert row.value == pytest.approx(520.03 * 365.25 / worth, abs=1e-6)
    assert row.n == 4


def test_book_value_is_a_straight_line_by_whole_months_as_of_any_day(con: Any) -> None:
    """A1 27 of 72 months, A2 past its 60, P3 3 of 72; the leased and the retired are not ours."""
    march = values(con, "book_value", **MARCH)
    assert (march["cost_cny"], march["book_value_cny"]) == (8200, 3750 + 0 + 1150)
    assert (march["devices"], march["fully_written_off"]) == (3, 1)
    february = values(con, "book_value", **FEBRUARY)
    assert february["book_value_cny"] == pytest.approx(3833.33 + 0 + 416.67 + 1166.67)
    assert february["devices"] == 4
    day = {"grain": "total", "start": date(2026, 3, 1), "end": date(2026, 3, 31), "by": ["asset"]}
    frame = metrics.read(con, "book_value", **day)
    frame = frame[frame["statistic"] == "book_value_cny"].set_index("asset_code")["value"]
    assert frame.to_dict() == {"A1": 3833.33, "A2": 0, "P3": 1166.67}
    future = replacement.devices(con, role="head", on=date(2029, 12, 31), is_candidate_only=False)
    assert {row["asset_id"]: row["book_value_cny"] for row in future}["A1"] == 0


def test_total_cost_of_ownership_takes_what_the_device_is_still_worth(con: Any) -> None:
    frame = metrics.read(con, "asset_tco", by=["asset"], **MARCH)
    tco = frame[frame["statistic"] == "tco_cny"].set_index("asset_code")["value"].to_dict()
    assert tco["A1"] == pytest.approx(6000 + 485.03 - 3750)
    assert tco["A2"] == 1000 + 35 + 205
    total = one(metrics.read(con, "asset_tco", **MARCH), "tco_cny").value
    assert total == pytest.approx(sum(tco.values()))


def test_a_device_is_proposed_for_replacement_with_its_reasons(con: Any) -> None:
    march = values(con, "replacement_candidates", **MARCH)
    assert (march["count"], march["replacement_cny"]) == (2, 800 + 1000)
    rows = {row["asset_id"]: row for row in replacement.devices(con, role="finance")}
    assert set(rows) == {"A1", "A2"}
    assert rows["A1"]["signs"] == ["yearly_cost", "cumulative_cost"]
    assert rows["A1"]["reasons"] == [
        "近 12 个月维修费 ¥485.03,占重置价 61%(界限 30%)",
        "累计维修费 ¥485.03,占重置价 61%(界限 60%)",
    ]
    assert rows["A2"]["reasons"] == [
        "已用 75 个月,超过折旧年限 60 个月",
        "备件已于 2026-03-15 停供",
    ]
    before = replacement.devices(con, role="finance", on=date(2026, 3, 14))
    assert {row["asset_id"] for row in before} == {"A1"}


def test_failures_that_crowd_are_a_sign_and_few_failures_are_no_trend(con: Any) -> None:
    """T = 455 days: L = Σ ln(455/t) = 1.7542, β = 7/L, lower bound χ²(.025; 14)/2L."""
    every = replacement.devices(con, role="head", is_candidate_only=False, lang="en",
                                on=date(2026, 3, 31))  # fmt: skip
    rows = {row["asset_id"]: row for row in every}
    assert rows["A5"]["beta"] == pytest.approx(3.990, abs=0.001)
    assert rows["A5"]["beta_lo"] == pytest.approx(1.604, abs=0.001)
    assert rows["A5"]["reasons"] == ["failures crowd: 7 of them, β=3.99, lower 95 % bound 1.60 > 1"]
    assert not rows["A5"]["is_candidate"]
    assert (rows["A1"]["failures"], rows["A1"]["beta"]) == (1, None)


def test_costs_of_devices_are_for_heads_and_finance_only(con: Any) -> None:
    for ask in (replacement.devices, decision_costs.print_choice, decision_costs.warranty_choice):
        with pytest.raises(ConfigError):
            ask(con, role="engineer")


def test_own_money_spent_in_warranty_is_told_but_not_for_what_the_user_broke(con: Any) -> None:
    """The warranty's last day still counts; the day after does not."""
    found = values(con, "missed_warranty_claims", **MARCH)
    assert found == {"cny": 100, "external_cny": 0, "lines": 1, "assets": 1}
    cover = metrics.read(con, "warranty_cover", **MARCH)
    assert one(cover, "share").numerator == 1
    assert one(cover, "devices").value == 7


def test_pages_survive_a_rollover_and_a_replaced_counter(con: Any) -> None:
    """Acceptance example 10: 99 980 to 130 with a rollover at 100 000 are 150 pages."""
    frame = metrics.read(con, "print_pages", by=["asset_class", "meter", "print_contract"], **MARCH)
    pages = frame[frame["statistic"] == "pages"]
    by_meter = pages.set_index(["meter_code", "print_contract_code"])["value"]
    assert by_meter["mono_pages", "PC1"] == 150 + 100 + 50
    assert by_meter["colour_pages", "PC1"] == 100
    assert by_meter["mono_pages"].sum() == 300 + 500
    assert one(metrics.read(con, "print_pages", **MARCH), "unclear").value == 1


def test_a_bill_is_checked_against_pages_prices_and_the_minimum(con: Any) -> None:
    """150 × 0.045 + 100 × 0.32 = 38.75; the other machine 150 × 0.045 < its minimum of 30."""
    found = values(con, "print_bills", **MARCH)
    assert (found["expected_cny"], found["billed_cny"]) == (68.75, 100)
    assert (found["difference_cny"], found["disputed"], found["unread"]) == (31.25, 1, 0)


def test_a_page_costs_what_it_takes_over_the_pages(con: Any) -> None:
    """Own: (1200/72 of depreciation + 23.33 of toner) / 500; contract: 45.50 / 400."""
    found = values(con, "page_cost", **MARCH)
    assert (found["own_per_100_cny"], found["own_pages"]) == (8, 500)
    assert (found["contract_per_100_cny"], found["contract_pages"]) == (11.375, 400)
    (row,) = decision_costs.print_choice(con, role="head")
    assert (row["model"], row["machines"]) == ("M3", 1)
    assert row["own_cny_per_page"] == pytest.approx((50 + 23.33) / 500)
    assert row["contract_cny_per_page"] == pytest.approx(0.045)
    assert row["break_even_pages"] == []
    swings = {swing.name: round(swing.width, 2) for swing in row["tornado"]}
    assert list(swings) == ["depreciation_cny", "consumables_cny", "price_cny", "pages"]
    assert swings["depreciation_cny"] == pytest.approx(0.4 * 50, abs=0.02)


def test_printers_of_one_number_at_two_sites_are_two_machines(con: Any) -> None:
    con.begin()
    con.execute(
        "insert into kpi.fact_pages by name "
        "select * replace ('other' as site_id) from kpi.fact_pages"
    )
    frame = metrics.read(con, "page_cost", **MARCH).set_index("statistic")
    con.rollback()
    assert frame.loc["contract_pages", ["value", "n"]].tolist() == [800, 2 * 2]


def test_a_warranty_is_weighed_against_the_failures_of_its_years(con: Any) -> None:
    """λ: 3 failures in the first 365 days, 4 in the 90 after; 70.00 over 7 failures."""
    rows = {row["asset_class"]: row for row in decision_costs.warranty_choice(con, role="head")}
    kiosk = rows["自助机"]
    per_device = 3 / (365 / 365.25) + 4 / (90 / 365.25)
    assert kiosk["failures"] == 7
    assert kiosk["failures_per_device"] == pytest.approx(per_device)
    assert kiosk["expected_cny"] == pytest.approx(per_device * 10)
    assert kiosk["is_worth_it"] is False
    assert rows["扫描枪"]["expected_cny"] is None  # nothing is known of its third to fifth year


def test_toner_takes_its_share_of_tickets_and_time(con: Any) -> None:
    tickets = metrics.read(con, "consumable_tickets", **MARCH)
    assert (one(tickets, "count").value, one(tickets, "share").denominator) == (2, 7)
    hours = values(con, "consumable_hours", **MARCH)
    assert hours["share"] == pytest.approx(1200 / 6601, abs=1e-6)
    assert (hours["hours"], hours["labour_cny"]) == (0.33, 20)
