"""The suites on single rows: what is rejected, what is only counted, what is never told."""

import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import pandas as pd
import pytest

from assets.sources.contract import tables
from config.errors import CheckFailedError
from data_checks import validate
from data_checks.suites import RULES, Rule, rules_of, tables_with_rules
from data_checks.validate import CrashedCheckError, SuiteValidator, validator

PRINTER = {
    "site_id": "H01",
    "asset_id": "A1",
    "asset_class": "打印机",
    "model": "M1",
    "department_id": "D1",
    "accepted_on": "2025-02-01",
}
AS_OF = datetime.fromisoformat("2026-11-01 08:00")


def frame_of(table: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Rows in the contract's columns and types, as the pull hands them over."""
    contract = tables()[table]
    columns = ", ".join(f'"{column.name}" {column.type}' for column in contract.columns)
    with duckdb.connect() as con:
        con.execute(f"create table landed ({columns})")
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            con.execute(f"insert into landed ({names}) values ({marks})", list(row.values()))
        return con.execute("select * from landed").df()


def ticket(number: int, **values: Any) -> dict[str, Any]:
    return {
        "site_id": "H01",
        "ticket_id": f"T{number}",
        "reported_at": "2026-10-05 09:00:00",
        "title": "打印机卡纸",
        "work_class": "repair",
        "department_id": "D1",
        **values,
    }


def event(number: int, kind: str, **values: Any) -> dict[str, Any]:
    return {
        "site_id": "H01",
        "event_id": f"E{number}",
        "ticket_id": "T1",
        "at": "2026-10-05 09:00:00",
        "type": kind,
        **values,
    }


def rejected(table: str, *rows: dict[str, Any]) -> list[tuple[int, str]]:
    found = validator(as_of=AS_OF)(table, frame_of(table, *rows))
    return sorted((one.row, one.rule) for one in found)


def failed_counts(run: SuiteValidator) -> dict[str, int]:
    return {result.rule: result.failed for result in run.results if result.failed}


def test_good_rows_pass_and_every_rule_is_counted() -> None:
    run = validator(as_of=AS_OF)
    assert run("tickets", frame_of("tickets", ticket(1), ticket(2))) == []
    assert [result.rule for result in run.results] == [rule.name for rule in rules_of("tickets")]
    assert {result.checked for result in run.results} == {2}
    assert failed_counts(run) == {}


def test_a_report_after_tomorrow_or_before_2000_is_rejected_by_position() -> None:
    assert rejected(
        "tickets",
        ticket(1),
        ticket(2, reported_at="2026-11-02 08:00:01"),
        ticket(3, reported_at="2026-11-02 08:00:00"),
        ticket(4, reported_at="1970-01-01 00:00:00"),
    ) == [(1, "reported_at_in_range"), (3, "reported_at_in_range")]


@pytest.mark.parametrize("code", [" toner", "toner ", "\u3000toner", "toner\u3000", "toner\n"])
def test_white_space_around_a_code_is_rejected(code: str) -> None:
    rows = (ticket(1), ticket(2, fault_family_code=code))
    assert rejected("tickets", *rows) == [(1, "fault_family_code_trimmed")]


@pytest.mark.parametrize("code", ["toner", "A", "喷 墨", "0012", "a\nb"])
def test_white_space_inside_a_code_passes(code: str) -> None:
    assert rejected("tickets", ticket(1, fault_family_code=code)) == []


def test_each_event_type_has_its_own_list_of_reasons() -> None:
    assert rejected(
        "ticket_events",
        event(1, "paused", reason_code="waiting_part"),
        event(2, "paused", reason_code="skill"),
        event(3, "transferred", reason_code="skill"),
        event(4, "transferred", reason_code="waiting_part"),
        event(5, "closed", reason_code="anything"),
        event(6, "paused"),
    ) == [(1, "paused_reason_in_list"), (3, "transferred_reason_in_list")]


def test_events_out_of_order_are_not_rejected() -> None:
    early = event(2, "restored", at="2026-10-04 09:00:00", seq=9)
    assert rejected("ticket_events", event(1, "accepted", seq=1), early) == []


def test_a_negative_cost_is_counted_and_stays_because_reversals_are_real() -> None:
    run = validator(as_of=AS_OF)
    base = {"site_id": "H01", "kind": "part", "occurred_on": "2026-10-01"}
    costs = frame_of(
        "ticket_costs",
        {**base, "cost_id": "C1", "amount_cny": 0},
        {**base, "cost_id": "C2", "amount_cny": -0.01},
        {**base, "cost_id": "C3", "quantity": -1, "amount_cny": 5},
    )
    assert run("ticket_costs", costs) == []
    assert failed_counts(run) == {"amount_cny_not_negative": 1, "quantity_not_negative": 1}


def test_a_price_below_zero_is_rejected() -> None:
    bad = {"site_id": "H01", "part_id": "P", "unit_price_cny": -1}
    assert rejected("parts", bad) == [(0, "unit_price_cny_not_negative")]


def test_only_an_adjustment_of_stock_may_be_negative() -> None:
    base = {"site_id": "H01", "part_id": "P", "store_id": "S", "at": "2026-10-01 00:00:00"}
    assert rejected(
        "stock_moves",
        {**base, "move_id": "M1", "kind": "out", "quantity": -2},
        {**base, "move_id": "M2", "kind": "adjust", "quantity": -2},
    ) == [(0, "quantity_not_negative")]


def test_one_row_may_break_several_rules() -> None:
    bad = ticket(1, fault_family_code=" x", reported_at="1999-01-01 00:00:00")
    assert rejected("tickets", bad) == [
        (0, "fault_family_code_trimmed"),
        (0, "reported_at_in_range"),
    ]


def test_a_grade_above_its_scale_is_rejected() -> None:
    base = {"site_id": "H01", "ticket_id": "T1", "scale_max": 5}
    assert rejected(
        "ratings",
        {**base, "rating_id": "R1", "overall": 5},
        {**base, "rating_id": "R2", "overall": 6},
        {**base, "rating_id": "R3", "overall": -1},
    ) == [(1, "scale_max_not_before_overall"), (2, "overall_not_negative")]


def test_a_warning_is_counted_and_the_row_stays() -> None:
    run = validator(as_of=AS_OF)
    asset = {**PRINTER, "purchased_on": "2025-01-01", "warranty_until": "2024-12-31"}
    assert run("assets", frame_of("assets", asset)) == []
    assert failed_counts(run) == {"warranty_until_not_before_purchased_on": 1}


def test_text_longer_than_a_cell_is_a_warning() -> None:
    run = validator(as_of=AS_OF)
    rows = (ticket(1, description="字" * 32_767), ticket(2, description="字" * 32_768))
    assert run("tickets", frame_of("tickets", *rows)) == []
    assert failed_counts(run) == {"description_length": 1}


def test_positions_do_not_depend_on_the_frames_index() -> None:
    frame = frame_of("tickets", ticket(1), ticket(2, asset_id=" A")).set_index(pd.Index([70, 70]))
    found = validator(as_of=AS_OF)("tickets", frame)
    assert [(one.row, one.rule) for one in found] == [(1, "asset_id_trimmed")]


def test_results_hold_no_value_of_a_row() -> None:
    run = validator(as_of=AS_OF)
    found = run("tickets", frame_of("tickets", ticket(1, department_id=" 张三")))
    assert found
    assert "张三" not in repr(run.results) + repr(found)


def test_a_crashed_expectation_raises_instead_of_failing() -> None:
    absent = Rule(
        "tickets", "absent", "ExpectColumnValuesToBeBetween", "warning", "无此列", "no column",
        {"column": "no_such_column", "min_value": 0},
    )  # fmt: skip
    with pytest.raises(CrashedCheckError, match=r"tickets\.absent"):
        validator([absent], as_of=AS_OF)("tickets", frame_of("tickets", ticket(1)))


def test_too_many_bad_rows_refuse_the_whole_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate, "MOST_REJECTIONS", 2)
    rows = [ticket(number, asset_id=" A") for number in range(3)]
    with pytest.raises(CheckFailedError, match="整批拒收"):
        validator(as_of=AS_OF)("tickets", frame_of("tickets", *rows))


def test_a_table_without_rules_and_an_empty_frame_cost_no_import() -> None:
    code = (
        "import sys; from datetime import datetime; import pandas as pd;"
        "from data_checks.validate import validator;"
        "run = validator(as_of=datetime(2026, 1, 1));"
        "assert run('no_such_table', pd.DataFrame({'vendor_id': ['V']})) == [];"
        "assert run('tickets', pd.DataFrame()) == [];"
        "assert 'great_expectations' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_rule_names_a_column_of_the_contract_and_is_unique() -> None:
    names = [(rule.table, rule.name) for rule in RULES]
    assert len(set(names)) == len(names)
    for rule in RULES:
        columns = {
            rule.kwargs[key] for key in ("column", "column_A", "column_B") if key in rule.kwargs
        }
        assert columns
        assert columns <= set(tables()[rule.table].column_names), rule.name


def test_every_suite_runs_on_rows_that_know_only_their_keys() -> None:
    run = validator(as_of=AS_OF)
    for table in tables_with_rules():
        contract = tables()[table]
        values = {"TEXT": "x", "TIMESTAMP": "2026-01-01 00:00:00", "DATE": "2026-01-01 00:00:00"}
        row = {
            column.name: "2026-03"
            if column.name == "month"
            else column.values[0]
            if column.values
            else values.get(column.type, 0)
            for column in contract.columns
            if column.is_required
        }
        assert run(table, frame_of(table, row)) == [], table
    assert {name for name in failed_counts(run) if not name.endswith("_filled")} == set()


def test_every_canonical_table_has_a_suite_of_its_own() -> None:
    assert set(tables_with_rules()) == set(tables())
    for table in tables():
        assert any(not rule.name.endswith("_trimmed") for rule in rules_of(table)), table


def test_a_column_of_another_type_raises_before_its_contents_are_judged() -> None:
    frame = frame_of("tickets", ticket(1)).astype({"reported_at": "str"})
    with pytest.raises(CrashedCheckError, match=r"tickets\.reported_at"):
        validator(as_of=AS_OF)("tickets", frame)


def test_the_suites_name_what_is_wrong_in_every_room() -> None:
    key = {"site_id": "H01"}
    for table, row, rule in (
        ("sites", {"name": "本部", "timezone": "Asia/Peking"}, "timezone_known"),
        ("departments", {"department_id": "D", "bed_count": -1}, "bed_count_not_negative"),
        ("engineer_time", {"engineer_id": "E", "on_date": "2026-10-01", "kind": "roster",
                           "minutes": 1441}, "minutes_in_range"),
        ("effort_logs", {"ticket_id": "T", "engineer_id": "E", "started_at": "2026-10-02 00:00:00",
                         "ended_at": "2026-10-01 00:00:00"}, "ended_at_not_before_started_at"),
        ("pm_records", {"record_id": "R", "steps_total": 3, "steps_passed": 4},
         "steps_total_not_before_steps_passed"),
        ("meter_readings", {"asset_id": "A", "meter": "hours", "read_at": "2026-10-01 00:00:00",
                            "value": -1}, "value_not_negative"),
        ("vendor_bills", {"bill_id": "B", "month": "2026-13"}, "month_written"),
        ("budgets", {"month": "26-10", "cost_centre": "C", "economic_class": "E"}, "month_written"),
        ("loans", {"loan_id": "L", "lent_at": "2026-10-02 00:00:00",
                   "returned_at": "2026-10-01 00:00:00"}, "returned_at_not_before_lent_at"),
    ):  # fmt: skip
        assert rejected(table, {**key, **row}) == [(0, rule)], table


def test_implausible_values_are_counted_and_stay() -> None:
    run = validator(as_of=AS_OF)
    for table, row in (
        ("contacts", {"contact_id": "C", "name": "张三", "party_id": "V", "phone": "问前台"}),
        ("assets", {**PRINTER, "accepted_on": "1900-01-01"}),
        ("print_contracts", {"contract_id": "C", "asset_id": "A", "mono_price_cny": 35,
                             "starts_on": "2026-01-01"}),
    ):  # fmt: skip
        assert run(table, frame_of(table, {"site_id": "H01", **row})) == []
    assert failed_counts(run) == {
        "phone_written": 1,
        "accepted_on_plausible": 1,
        "mono_price_cny_in_range": 1,
    }


def test_a_rule_can_be_replaced_without_touching_the_list() -> None:
    strict = [replace(rule, severity="critical") for rule in rules_of("assets")]
    asset = {**PRINTER, "purchased_on": "2025-01-01", "warranty_until": "2024-12-31"}
    found = validator(strict, as_of=AS_OF)("assets", frame_of("assets", asset))
    assert [one.rule for one in found] == ["warranty_until_not_before_purchased_on"]
