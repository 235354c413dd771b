"""The rules across rows or tables: each finds its bad rows and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.sources.contract import tables
from data_checks.row_rules import count_bad_rows, parse, row_rules

DAY = [f"2026-10-{day:02}" for day in range(1, 10)]


@pytest.fixture
def raw() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse whose raw tables are empty."""
    with duckdb.connect() as con:
        con.execute("create schema raw")
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


def bad(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return {f"{one.table}__{one.rule}": one.failed for one in count_bad_rows(con) if one.failed}


def put_ticket(con: duckdb.DuckDBPyConnection, number: int, **values: Any) -> None:
    put(con, "tickets", **{"ticket_id": f"T{number}", "reported_at": DAY[0], **values})


def test_an_empty_source_is_critical(raw: duckdb.DuckDBPyConnection) -> None:
    assert bad(raw) == {"tickets__none": 1}
    assert {one.severity for one in count_bad_rows(raw) if one.failed} == {"critical"}


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
    assert bad(raw) == {"ticket_events__without_ticket": 1}


def test_the_same_ticket_id_at_another_site_is_another_ticket(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    put_ticket(raw, 1)
    put(raw, "ticket_events", site_id="H02", event_id="E1", ticket_id="T1", at=DAY[0],
        type="closed")  # fmt: skip
    assert bad(raw) == {"ticket_events__without_ticket": 1}


def test_reported_at_must_equal_the_first_reported_event(raw: duckdb.DuckDBPyConnection) -> None:
    put_ticket(raw, 1, reported_at=DAY[0])
    put_ticket(raw, 2, reported_at=DAY[2])
    for number in (1, 2):
        put(raw, "ticket_events", event_id=f"E{number}", ticket_id=f"T{number}", at=DAY[0],
            type="reported")  # fmt: skip
    assert bad(raw) == {"tickets__reported_at_differs": 1}


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
    assert bad(raw) == {"assets__without_state": 1}


def test_a_source_that_lost_most_of_its_tickets_is_critical(
    raw: duckdb.DuckDBPyConnection,
) -> None:
    for number in range(4):
        put_ticket(raw, number, _is_deleted=number < 2)
    assert bad(raw) == {}
    put_ticket(raw, 9, _is_deleted=True)
    assert bad(raw) == {"tickets__mostly_deleted": 3}


def test_rule_files_name_tables_of_the_contract_in_two_languages() -> None:
    assert len(row_rules()) >= 7
    for rule in row_rules():
        assert rule.table in tables()
        assert rule.zh != rule.en


@pytest.mark.parametrize(
    "header",
    [
        "-- table: tickets\n-- severity: warning\n-- zh: 无",
        "-- table: assets\n-- severity: warning\n-- zh: 无\n-- en: none",
        "-- table: tickets\n-- severity: fatal\n-- zh: 无\n-- en: none",
    ],
)
def test_a_rule_file_with_a_wrong_header_is_refused(header: str, tmp_path: Path) -> None:
    file = tmp_path / "tickets__odd.sql"
    file.write_text(f"{header}\nselect 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"tickets__odd\.sql"):
        parse(file)
