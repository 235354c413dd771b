"""The rules across rows or tables: each finds its bad rows and nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.sources.contract import tables
from assets.warehouse import install_macros
from data_checks.references import NO_REFERENCES, count_orphans, references
from data_checks.row_rules import Moment, count_bad_rows, parse, row_rules

DAY = [f"2026-10-{day:02}" for day in range(1, 10)]
MOMENT = Moment(datetime.fromisoformat("2026-10-10 04:00"), 1, "Asia/Shanghai")


@pytest.fixture
def raw() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse whose raw tables are empty."""
    with duckdb.connect() as con:
        install_macros(con)
        con.execute("create schema raw")
        con.execute("create table raw.quarantine (table_name text, row_key text, status text)")
        for table in tables().values():
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            con.execute(
                f"create table raw.{table.name} ({columns}, _is_deleted boolean default false)"
            )
        yield con


def put(con: duckdb.DuckDBPyConnection, table: str, **values: Any) -> None:
    row = {"site_id": "H01", **values}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    con.execute(f"insert into raw.{table} ({names}) values ({marks})", list(row.values()))


def bad(con: duckdb.DuckDBPyConnection, *, has_age: bool = False) -> dict[str, int]:
    found = [*count_bad_rows(con, MOMENT), *count_orphans(con)]
    return {
        f"{one.table}__{one.rule}": one.failed
        for one in found
        if one.failed and (has_age or one.rule != "stale")
    }


def put_ticket(con: duckdb.DuckDBPyConnection, number: int, **values: Any) -> None:
    put(con, "tickets", **{"ticket_id": f"T{number}", "reported_at": DAY[0], **values})


def test_an_empty_source_is_critical(raw: duckdb.DuckDBPyConnection) -> None:
    assert bad(raw) == {"tickets__none": 1}
    assert {one.severity for one in count_bad_rows(raw, MOMENT) if one.failed} == {"critical"}


def test_consistent_tables_break_no_rule(raw: duckdb.DuckDBPyConnection) -> None:
    put_ticket(raw, 1)
    put(raw, "ticket_events", event_id="E1", ticket_id="T1", at=DAY[0], type="reported")
    put(raw, "ticket_events", event_id="E2", ticket_id="T1", at=DAY[1], type="reported")
    put(raw, "assets", asset_id="A")
    for start, stop in ((0, 2), (2, 4)):
        put(raw, "asset_states", asset_id="A", valid_from=DAY[start], valid_to=DAY[stop])
    put(raw, "asset_states", asset_id="A", valid_from=DAY[4], valid_to=None)
    assert bad(raw) == {}


def test_events_without_their_ticket_are_found(raw: duckdb.DuckDBPyConnection) -> None:
    put_ticket(raw, 1)
    put(raw, "ticket_events", event_id="E1", ticket_id="T1", at=DAY[0], type="closed")
    put(raw, "ticket_events", event_id="E2", ticket_id="T9", at=DAY[0], type="closed")
    put(raw, "ticket_events", event_id="E3", ticket_id="T8", at=DAY[0], type="closed",
        _is_deleted=True)  # fmt: skip
    assert bad(raw) == {"ticket_events__ticket_id_unknown": 1}


def test_the_same_ticket_id_at_another_site_is_another_ticket(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    put(raw, "ticket_events", site_id="H02", event_id="E1", ticket_id="T1", at=DAY[0],
        type="closed")  # fmt: skip
    assert bad(raw) == {"ticket_events__ticket_id_unknown": 1, "tickets__without_events": 1}


def test_reported_at_must_equal_the_first_reported_event(raw: duckdb.DuckDBPyConnection) -> None:
    put_ticket(raw, 1, reported_at=DAY[0])
    put_ticket(raw, 2, reported_at=DAY[2])
    for number in (1, 2):
        put(raw, "ticket_events", event_id=f"E{number}", ticket_id=f"T{number}", at=DAY[0],
            type="reported")  # fmt: skip
    assert bad(raw) == {"tickets__reported_at_differs": 1, "ticket_events__out_of_order": 1}


def test_states_that_overlap_and_states_that_leave_a_gap_are_told_apart(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    spans = {"overlap": [(0, 3), (2, 4)], "gap": [(0, 2), (3, 4)], "open": [(0, None), (2, 3)]}
    for asset, pairs in spans.items():
        for start, stop in pairs:
            put(raw, "asset_states", asset_id=asset, valid_from=DAY[start],
                valid_to=None if stop is None else DAY[stop])  # fmt: skip
    assert bad(raw) == {"asset_states__overlap": 2, "asset_states__gap": 1}


def test_an_asset_without_states_is_found_only_where_states_are_connected(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    put(raw, "assets", asset_id="A")
    assert bad(raw) == {}
    put(raw, "asset_states", asset_id="B", valid_from=DAY[0])
    assert bad(raw) == {"assets__without_state": 1, "asset_states__asset_id_unknown": 1}


def test_a_source_that_lost_most_of_its_tickets_is_critical(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    for number in range(4):
        put_ticket(raw, number, _is_deleted=number < 2)
    assert bad(raw) == {}
    put_ticket(raw, 9, _is_deleted=True)
    assert bad(raw) == {"tickets__mostly_deleted": 1}


def test_rule_files_name_tables_of_the_contract_in_two_languages() -> None:
    assert len(row_rules()) >= 7
    for rule in row_rules():
        assert rule.table in tables()
        assert rule.zh != rule.en


@pytest.mark.parametrize(
    "header",
    [
        "-- table: tickets\n-- severity: warning\n-- aspect: valid\n-- zh: 无",
        "-- table: assets\n-- severity: warning\n-- aspect: valid\n-- zh: 无\n-- en: none",
        "-- table: tickets\n-- severity: fatal\n-- aspect: valid\n-- zh: 无\n-- en: none",
        "-- table: tickets\n-- severity: warning\n-- aspect: pretty\n-- zh: 无\n-- en: none",
    ],
)
def test_a_rule_file_with_a_wrong_header_is_refused(header: str, tmp_path: Path) -> None:
    file = tmp_path / "tickets__odd.sql"
    file.write_text(f"{header}\nselect 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"tickets__odd\.sql"):
        parse(file)


def test_every_foreign_key_of_the_contract_is_known() -> None:
    known = {(one.table, one.column) for one in references()}
    own = {(table.name, table.key[-1]) for table in tables().values()}
    own |= {("print_contracts", "contract_id")}
    for table in tables().values():
        for column in table.column_names[1:]:
            if column.endswith("_id") and (table.name, column) not in own | NO_REFERENCES:
                assert (table.name, column) in known, f"{table.name}.{column}"
    assert len(known) == 74


def test_an_orphan_is_counted_only_where_the_parent_table_has_rows(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1, department_id="D9", asset_id="A1")
    assert bad(raw) == {}
    put(raw, "departments", department_id="D1", parent_id="D0")
    assert bad(raw) == {"tickets__department_id_unknown": 1, "departments__parent_id_unknown": 1}


def test_events_before_the_report_and_restorations_before_the_acceptance_are_out_of_order(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1, reported_at=DAY[1])
    steps = [("reported", 1), ("accepted", 3), ("restored", 2), ("chased", 0), ("closed", 4)]
    for number, (kind, day) in enumerate(steps):
        put(raw, "ticket_events", event_id=f"E{number}", ticket_id="T1", at=DAY[day], type=kind)
    assert bad(raw) == {"ticket_events__out_of_order": 2}


def test_work_after_the_end_is_found_unless_the_ticket_was_reopened(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    for number, kinds in enumerate((["closed", "restored"], ["closed", "reopened", "restored"])):
        put_ticket(raw, number)
        for day, kind in enumerate(kinds, start=1):
            put(raw, "ticket_events", event_id=f"E{number}{day}", ticket_id=f"T{number}",
                at=DAY[day], type=kind)  # fmt: skip
    assert bad(raw) == {"ticket_events__after_the_end": 1}


def test_a_resumption_without_a_pause_and_an_event_twice_are_found(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    for number, kind in enumerate(("resumed", "paused", "resumed", "resumed")):
        put(raw, "ticket_events", event_id=f"E{number}", ticket_id="T1",
            at=DAY[min(number, 2)], type=kind)  # fmt: skip
    assert bad(raw) == {"ticket_events__pause_unmatched": 1, "ticket_events__same_twice": 1}


def test_what_lies_ahead_and_what_has_stopped_is_found(raw: duckdb.DuckDBPyConnection) -> None:
    put_ticket(raw, 1, reported_at="2026-10-10 04:00:01")
    assert bad(raw, has_age=True) == {"tickets__in_future": 1}
    raw.execute("update raw.tickets set reported_at = '2026-10-07 03:59:59'")
    assert bad(raw, has_age=True) == {"tickets__stale": 1}
    raw.execute("update raw.tickets set reported_at = '2026-10-07 04:00:00'")
    assert bad(raw, has_age=True) == {}


def put_readings(con: duckdb.DuckDBPyConnection, asset: str, *values: Any) -> None:
    for day, value in enumerate(values):
        number, is_replaced = value if isinstance(value, tuple) else (value, False)
        put(con, "meter_readings", asset_id=asset, meter="mono_pages", read_at=DAY[day],
            value=number, is_replaced=is_replaced)  # fmt: skip


def test_a_print_counter_may_run_backwards_only_when_replaced_or_rolled_over(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    put_readings(raw, "good", 100, 100, 250)
    put_readings(raw, "backwards", 100, 90, 95)
    put_readings(raw, "replaced", 5000, (3, True), 20)
    put_readings(raw, "rolled", 99_980, 130)
    put_readings(raw, "halfway", 50_000, 130)
    for asset in ("rolled", "halfway"):
        put(raw, "print_contracts", contract_id="C", asset_id=asset, rollover_at=100_000)
    assert bad(raw) == {"meter_readings__running_backwards": 2}


def put_move(con: duckdb.DuckDBPyConnection, number: int, kind: str, quantity: float) -> None:
    put(con, "stock_moves", move_id=f"M{number}", part_id="P", store_id="S", at=DAY[number],
        kind=kind, quantity=quantity)  # fmt: skip


def test_issues_beyond_stock_and_counts_against_the_books_are_found(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    moves = [("in", 3), ("out", 2), ("count", 1), ("out", 2), ("adjust", 1), ("count", 1)]
    for number, (kind, quantity) in enumerate(moves):
        put_move(raw, number, kind, quantity)
    assert bad(raw) == {"stock_moves__beyond_stock": 1, "stock_moves__count_differs": 1}


def test_a_day_unlike_the_same_weekday_is_told_once(raw: duckdb.DuckDBPyConnection) -> None:
    yesterday = datetime.fromisoformat("2026-10-09 02:00")
    number = 0
    for week in range(1, 9):
        for _ in range(20 + week % 2):
            number += 1
            put_ticket(raw, number, reported_at=yesterday - timedelta(weeks=week))
    for _ in range(20):
        number += 1
        put_ticket(raw, number, reported_at=yesterday)
    assert bad(raw) == {}
    for _ in range(60):
        number += 1
        put_ticket(raw, number, reported_at=yesterday)
    [found] = [one for one in count_bad_rows(raw, MOMENT) if one.failed]
    assert (found.rule, found.checked, found.failed) == ("volume_unusual", 1, 1)


def test_things_that_come_twice_or_overlap_are_found(raw: duckdb.DuckDBPyConnection) -> None:
    for number in (1, 2):
        put_ticket(raw, number, ticket_no="0001", asset_id="A", title="卡纸")
        put(raw, "assets", asset_id=f"A{number}", model="M", serial_no="S")
        put(raw, "ratings", rating_id=f"R{number}", ticket_id="T1", rated_at=DAY[1])
        put(raw, "loans", loan_id=f"L{number}", asset_id="A1", lent_at=DAY[number])
        put(raw, "vendor_bills", bill_id=f"B{number}", contract_id="C", month="2026-09",
            amount_cny=1)  # fmt: skip
        put(raw, "ticket_costs", cost_id=f"C{number}", ticket_id="T1", invoice_no="1",
            amount_cny=5, occurred_on="2026-09-01")  # fmt: skip
        put(raw, "engineer_postings", engineer_id="E", valid_from=DAY[number])
        put(raw, "engineer_time", engineer_id="E", on_date=DAY[0],
            kind=("roster", "leave")[number - 1], minutes=900)  # fmt: skip
        put(raw, "effort_logs", ticket_id=f"T{number}", engineer_id="E", started_at=DAY[number],
            ended_at=DAY[5])  # fmt: skip
    assert bad(raw) == {
        "tickets__number_twice": 1,
        "tickets__reported_twice": 1,
        "tickets__asset_id_unknown": 2,
        "assets__serial_twice": 1,
        "ratings__ticket_twice": 1,
        "loans__overlap": 1,
        "vendor_bills__month_twice": 1,
        "ticket_costs__invoiced_twice": 1,
        "ticket_costs__before_the_report": 2,
        "engineer_postings__overlap": 1,
        "engineer_time__beyond_the_day": 1,
        "effort_logs__overlap": 1,
    }


def test_retired_devices_left_engineers_circles_and_silent_tickets_are_found(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1, asset_id="A")
    put_ticket(raw, 2)
    put(raw, "ticket_events", event_id="E", ticket_id="T1", at=DAY[8], type="reported")
    put(raw, "assets", asset_id="A", retired_on="2026-01-01")
    put(raw, "engineers", engineer_id="E", left_on="2026-01-01")
    put(raw, "access_grants", engineer_id="E", system_id="S", account="root")
    for child, parent in (("D1", "D2"), ("D2", "D1"), ("D3", "D1")):
        put(raw, "departments", department_id=child, parent_id=parent)
    assert bad(raw) == {
        "tickets__on_retired_asset": 1,
        "tickets__without_events": 1,
        "tickets__reported_at_differs": 1,
        "access_grants__left_engineer": 1,
        "departments__cycle": 2,
    }


def test_a_parent_in_quarantine_is_not_missed_a_second_time(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    put(raw, "ratings", rating_id="R", ticket_id="T2")
    assert bad(raw) == {"ratings__ticket_id_unknown": 1}
    raw.execute("insert into raw.quarantine values ('tickets', 'H01|T2', 'held')")
    assert bad(raw) == {}
