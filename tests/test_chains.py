"""Chains: what is linked, on which clock, what a chain carries, and when it is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from handmade import life, local, warehouse_of

FIRST = datetime.fromisoformat("2026-01-05 09:00")
AS_OF = local("2026-12-01 00:00")
HOUR, DAY = 3600, 86_400


def on(day: float) -> str:
    """The hospital's clock some days after the first Monday of the year."""
    return f"{FIRST + timedelta(days=day):%Y-%m-%d %H:%M}"


def failure(
    ticket_id: str, day: float, asset: str, *, family: str = "no_power", engineer: str = "E1"
) -> dict[str, list[dict[str, Any]]]:
    """A failure of an hour: ticket and events."""
    ticket = {
        "ticket_id": ticket_id,
        "asset_id": asset,
        # a ward of its own: many failures of one morning in one ward would be a common cause
        "department_id": f"D-{asset}",
        "work_class": "repair",
        "outcome_code": "repaired",
        "fault_family_code": family,
        "service_impact": "down",
        "reported_at": local(on(day)),
    }
    steps = ((on(day), f"accepted@{engineer}"), (on(day + 1 / 24), f"restored@{engineer}"))
    return {"tickets": [ticket], "ticket_events": life(ticket_id, *steps)}


def state(asset: str, day: float, what: str = "in_service", department: str = "D1") -> Any:
    """A state of a device from a day on."""
    return {
        "asset_states": [
            {"asset_id": asset, "valid_from": local(on(day)), "state": what,
             "department_id": department}
        ]
    }  # fmt: skip


def device(asset: str) -> Any:
    """A device in the register, in service for years."""
    return {"assets": [{"asset_id": asset, "asset_class": "台式机", "model": "M1"}]}


def in_use(asset: str) -> tuple[Any, Any]:
    return device(asset), state(asset, -300)


def part(number: int, ticket: str, part_id: str) -> dict[str, Any]:
    """A cost line of 10.10 for a part."""
    return {
        "cost_id": f"K{number}",
        "ticket_id": ticket,
        "kind": "part",
        "part_id": part_id,
        "amount_cny": Decimal("10.10"),
        "occurred_on": FIRST.date(),
    }


def issue(asset: str) -> dict[str, Any]:
    """A part of lot L1, issued half an hour after the first Monday's nine o'clock."""
    return {
        "move_id": f"M{asset}", "part_id": "P1", "store_id": "S1", "at": local(on(0.02)),
        "kind": "out", "quantity": 1, "asset_id": asset, "lot_no": "L1",
    }  # fmt: skip


# Each device has a story of its own; data begin with a ticket of 2025.
STORIES = (
    failure("Z0", -300, "Z"),
    *in_use("chain"),
    failure("C1", 0, "chain"),
    failure("C2", 20, "chain", engineer="E2"),
    failure("C3", 30, "chain"),
    failure("C4", 34, "chain"),
    failure("C5", 90, "chain"),
    failure("C6", 25, "chain", family="disk"),
    {"ticket_costs": [part(1, "C1", "P1"), part(2, "C3", "P1"), part(3, "C2", "P2")]},
    *in_use("stopped"),
    state("stopped", 10, "stopped"),
    state("stopped", 50),
    failure("S1", 0, "stopped"),
    failure("S2", 65, "stopped"),
    failure("S3", 96, "stopped"),
    *in_use("twice"),
    failure("W1", 0, "twice"),
    failure("W2", 0.01, "twice"),
    failure("W3", 1, "twice", family="disk"),
    *in_use("retired"),
    failure("R1", 300, "retired"),
    failure("R2", 310, "retired"),
    state("retired", 320, "retired"),
    *in_use("young"),
    failure("Y1", 297, "young"),
    failure("Y2", 310, "young"),
    device("first"),
    state("first", -300, department="D2"),
    device("second"),
    device("third"),
    failure("P1", 0, "first"),
    failure("P2", 8, "first"),
    state("first", 10, "in_stock", "D2"),
    state("second", 11, department="D2"),
    state("third", 100, department="D2"),
    failure("P3", 25, "second"),
    failure("P4", 40, "second"),
    failure("P5", 120, "third"),
    *in_use("lot-a"),
    *in_use("lot-b"),
    failure("L1", 0, "lot-a"),
    failure("L2", 9, "lot-a"),
    failure("L3", 12, "lot-b"),
    failure("L4", 50, "lot-b"),
    {"stock_moves": [issue("lot-a"), issue("lot-b")]},
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    rows: dict[str, list[dict[str, Any]]] = {
        "sites": [{"name": "H1", "timezone": "Asia/Shanghai"}],
        "departments": [{"department_id": "D1", "name": "D1", "zone": "A"}],
    }
    for piece in STORIES:
        for table, more in piece.items():
            rows.setdefault(table, []).extend(more)
    built = warehouse_of(rows, AS_OF)
    yield built
    built.close()


def test_a_chain_carries_people_parts_money_and_down_time(con: duckdb.DuckDBPyConnection) -> None:
    [row] = con.execute(
        "select chain_id, link_count, engineer_count, department_count, repeated_part_id, "
        "repeated_part_count, cost_cny, outage_seconds, last_episode_id, last_outcome_code, state, "
        "gap_trend from kpi.detail_chains where asset_id = 'chain'"
    ).fetchall()
    assert row == (
        "C1", 4, 2, 1, "P1", 2, Decimal("30.30"), 4 * HOUR, "C4", "repaired", "silent", "steady"
    )  # fmt: skip


def test_laplace_of_failures_at_0_20_30_34_days_is_1_1527(con: duckdb.DuckDBPyConnection) -> None:
    # (20 + 30) / 2 / 34 − 1/2 = 0.235294; × √(12 · 2) = 1.152702
    found = con.execute(
        "select laplace_u, span_seconds from core.recurrence_chains where asset_id = 'chain'"
    ).fetchall()
    assert found == [(1.1527, 34 * DAY)]


def test_the_window_counts_days_in_service_only(con: duckdb.DuckDBPyConnection) -> None:
    gaps = con.execute(
        "select episode_id, gap_seconds, is_repeat from core.recurrence_links "
        "where asset_id = 'stopped' order by episode_id"
    ).fetchall()
    assert gaps == [
        ("S1", None, False),
        ("S2", 25 * DAY - HOUR, True),
        ("S3", 31 * DAY - HOUR, False),
    ]


def test_overlapping_tickets_are_one_failure_and_another_family_is_none(
    con: duckdb.DuckDBPyConnection,
) -> None:
    links = con.execute(
        "select episode_id, chain_id, link_number from core.recurrence_links "
        "where asset_id = 'twice' order by episode_id"
    ).fetchall()
    assert links == [("W1", "W1", 1), ("W3", "W3", 1)]


def test_a_retired_device_closes_its_chain_and_matures_its_repairs(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert states(con, "retired") == ["replaced"]
    rows = con.execute(
        "select episode_id, is_mature_medium, is_recurred_medium, watched_seconds // 86400 "
        "from kpi.fact_recurrence where asset_id = 'retired' order by episode_id"
    ).fetchall()
    assert rows == [("R1", True, True, 19), ("R2", True, False, 9)]


def test_a_repair_is_mature_when_its_window_was_seen(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select episode_id, is_mature_short, is_mature_medium, is_mature_long "
        "from kpi.fact_recurrence where asset_id = 'young' order by episode_id"
    ).fetchall()
    assert rows == [("Y1", True, True, False), ("Y2", True, False, False)]
    assert states(con, "young") == ["open"]


def states(con: duckdb.DuckDBPyConnection, asset: str) -> list[str]:
    rows = con.execute("select state from core.recurrence_chains where asset_id = $1", [asset])
    return [row[0] for row in rows.fetchall()]


def test_a_fault_that_stays_when_the_device_is_swapped_is_a_location_chain(
    con: duckdb.DuckDBPyConnection,
) -> None:
    swaps = con.execute("select asset_id, next_asset_id from core.device_swaps").fetchall()
    assert swaps == [("first", "second")]
    rows = con.execute(
        "select link_count, device_count, state from kpi.detail_chains "
        "where chain_kind = 'location'"
    ).fetchall()
    assert rows == [(4, 2, "silent")]
    exposed = con.execute("select episode_id from core.place_links where is_exposed").fetchall()
    assert exposed == [("P2",)]


def test_failures_after_one_lot_went_into_several_devices_are_a_chain_of_the_lot(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = con.execute(
        "select chain_id, link_count, device_count from kpi.detail_chains where chain_kind = 'lot'"
    ).fetchall()
    # the failure for which the part was issued is no evidence against it
    assert rows == [("P1/L1/no_power", 2, 2)]
    links = con.execute(
        "select episode_id, link_number from kpi.detail_chain_links where chain_kind = 'lot' "
        "order by link_number"
    ).fetchall()
    assert links == [("L2", 1), ("L3", 2)]
