"""A small hospital written by hand for the wall's tests, published as snapshot and live file.

Holds rows only: 40 devices in three departments, 38 days of ordinary reports, one switch outage and
one day in progress. The figures that the wall must show stand in the tests.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from flask.testing import FlaskClient
from handmade import life, local, warehouse_of
from handmade import settings as handmade_settings

from assets import snapshots
from assets.identity import screens
from assets.snapshots import Snapshot
from config.settings import Settings
from dashboards.app import create_app

AS_OF = "2026-03-20 14:32"
FIRST_DAY = datetime(2026, 2, 10)  # noqa: DTZ001 - a wall-clock day of the hospital
HISTORY_DAYS = 38
OUTAGE_DAY = "2026-03-10"
OUTAGE_TICKETS = 30
_PATTERN = (3, 4, 5, 4)

Rows = dict[str, list[dict[str, Any]]]


def asset(number: int) -> dict[str, Any]:
    """Printers 1–10 stand in D1, 11–20 in D2; desktops 21–40 in D3."""
    is_printer = number <= 20
    department = "D1" if number <= 10 else "D2" if is_printer else "D3"
    return {
        "asset_id": f"A{number:02}",
        "tag": f"ZC-2024-{number:04}",
        "asset_class": "打印机" if is_printer else "台式机",
        "model": "M401" if is_printer else "T60",
        "department_id": department,
        "accepted_on": "2024-01-01",
    }


def ticket(ticket_id: str, when: str, number: int, **more: Any) -> dict[str, Any]:
    """A repair of one device, reported by the department where it stands."""
    return {
        "ticket_id": ticket_id,
        "reported_at": local(when),
        "work_class": "repair",
        "asset_id": f"A{number:02}",
        "department_id": asset(number)["department_id"],
        "urgency": "normal",
        "service_impact": "down",
        **more,
    }


def finished(ticket_id: str, when: str, minutes: int, engineer: str = "E1") -> list[dict[str, Any]]:
    """Events of a repair that was accepted after 5, reached after 15 and restored in time."""
    start = datetime.fromisoformat(when)

    def at(minute: int) -> str:
        return (start + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M")

    return life(
        ticket_id,
        (at(0), "reported"),
        (at(1), "created"),
        (at(2), "dispatched"),
        (at(5), f"accepted@{engineer}"),
        (at(15), f"arrived@{engineer}"),
        (at(minutes), f"restored@{engineer}"),
    )


def rows() -> Rows:
    """Every table of the hospital."""
    made: Rows = {"tickets": [], "ticket_events": [], "calls": []}
    for index in range(HISTORY_DAYS):
        _ordinary_day(made, index)
    _outage(made)
    _today(made)
    made["assets"] = [asset(number) for number in range(1, 41)]
    made["departments"] = [
        {"department_id": "D1", "name": "急诊科", "zone": "Z1", "is_priority_window": True},
        {"department_id": "D2", "name": "检验科", "zone": "Z1"},
        {"department_id": "D3", "name": "门诊收费处", "zone": "Z2"},
    ]
    made["engineers"] = [{"engineer_id": f"E{n}", "name": f"工程师{n}"} for n in (1, 2, 3)]
    made["engineer_time"] = [
        {"engineer_id": f"E{n}", "on_date": "2026-03-20", "kind": "roster", "minutes": 480}
        for n in (1, 2, 3)
    ]
    made["loans"] = [_loan("L1", "A05", "2026-03-05 10:00"), _loan("L2", "A06", "2026-04-01 10:00")]
    made["parts"] = [{"part_id": f"P{n}", "name": f"硒鼓{n}", "min_stock": 5} for n in (1, 2)]
    made["stock_moves"] = [_received("P1", 3), _received("P2", 9)]
    return made


def _ordinary_day(made: Rows, index: int) -> None:
    day = (FIRST_DAY + timedelta(days=index)).strftime("%Y-%m-%d")
    for place in range(_PATTERN[index % len(_PATTERN)]):
        when = f"{day} {9 + place:02}:00"
        name = f"H{index:02}{place}"
        made["tickets"].append(ticket(name, when, 1 + (7 * index + 3 * place) % 40))
        made["ticket_events"] += finished(name, when, 60)
    for place in range(2):
        made["calls"].append(_call(f"C{index:02}{place}", f"{day} 10:0{place}"))


def _outage(made: Rows) -> None:
    """One switch brings 30 reports of Z1 in 30 minutes."""
    for place in range(OUTAGE_TICKETS):
        when = f"{OUTAGE_DAY} 15:{place:02}"
        name = f"N{place:02}"
        made["tickets"].append(ticket(name, when, 1 + place % 20, fault_family_code="network_down"))
        made["ticket_events"] += finished(name, when, 30)


def _today(made: Rows) -> None:
    day = "2026-03-20"
    for name, when, minutes, number in (
        ("T1", f"{day} 08:30", 60, 1),
        ("T2", f"{day} 09:00", 90, 2),
        ("T3", f"{day} 10:00", 150, 11),
    ):
        made["tickets"].append(ticket(name, when, number))
        made["ticket_events"] += finished(name, when, minutes)
    made["tickets"] += [
        ticket("T4", f"{day} 11:00", 3, urgency="high"),
        ticket("T5", f"{day} 14:00", 21),
        ticket("T0", "2026-03-18 14:00", 12),
    ]
    made["ticket_events"] += life(
        "T4", (f"{day} 11:00", "reported"), (f"{day} 11:01", "created"),
        (f"{day} 11:02", "dispatched"), (f"{day} 11:05", "accepted@E1"),
        (f"{day} 11:15", "arrived@E1"),
    )  # fmt: skip
    made["ticket_events"] += life(
        "T5", (f"{day} 14:00", "reported"), (f"{day} 14:01", "created"),
        (f"{day} 14:02", "dispatched"),
    )  # fmt: skip
    made["ticket_events"] += life(
        "T0", ("2026-03-18 14:00", "reported"), ("2026-03-18 14:01", "created"),
        ("2026-03-18 14:02", "dispatched"), ("2026-03-18 14:05", "accepted@E2"),
        ("2026-03-18 14:15", "arrived@E2"), ("2026-03-18 15:00", "paused:waiting_part@E2"),
    )  # fmt: skip
    for place in range(5):
        answered = place < 4
        made["calls"].append(_call(f"C9{place}", f"{day} 13:0{place}", is_answered=answered))


def _call(call_id: str, when: str, *, is_answered: bool = True) -> dict[str, Any]:
    at = local(when)
    answered_at = at + timedelta(seconds=8) if is_answered else None
    return {"call_id": call_id, "at": at, "answered_at": answered_at, "department_id": "D1"}


def _loan(loan_id: str, asset_id: str, due: str) -> dict[str, Any]:
    return {
        "loan_id": loan_id,
        "asset_id": asset_id,
        "department_id": "D1",
        "lent_at": local("2026-03-01 10:00"),
        "due_at": local(due),
    }


def _received(part_id: str, quantity: int) -> dict[str, Any]:
    return {
        "move_id": f"M-{part_id}",
        "part_id": part_id,
        "store_id": "S1",
        "at": local("2026-03-01 09:00"),
        "kind": "in",
        "quantity": quantity,
    }


def publish(
    home: Path,
    tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    *,
    as_of: str = AS_OF,
    is_demo: bool = True,
    has_live: bool = True,
) -> tuple[Settings, Snapshot]:
    """Build the hospital at an instant and publish it.

    Returns:
        Settings whose home holds the files, and the snapshot.
    """
    con = warehouse_of(
        tables if tables is not None else rows(), local(as_of), home=home, is_demo=is_demo
    )
    try:
        return published(con, home, has_live=has_live)
    finally:
        con.close()


def copied(store: Settings, home: Path) -> Settings:
    """Return settings of a home that holds the hospital's files as if published just now."""
    settings = handmade_settings(home)
    published_at = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    for source, target in (
        (store.snapshots_dir, settings.snapshots_dir), (store.live_dir, settings.live_dir)
    ):  # fmt: skip
        shutil.copytree(source, target)
        pointer = target / "current.json"
        content = json.loads(pointer.read_text(encoding="utf-8"))
        pointer.write_text(json.dumps(content | {"published_at": published_at}), encoding="utf-8")
    return settings


def published(
    con: duckdb.DuckDBPyConnection, home: Path, *, has_live: bool = True
) -> tuple[Settings, Snapshot]:
    """Publish what a connection holds into a home."""
    settings = handmade_settings(home)
    snapshot = snapshots.publish(con, settings)
    if has_live:
        snapshots.publish_live(con, settings)
    return settings, snapshot


def moved(con: duckdb.DuckDBPyConnection, as_of: str) -> None:
    """Move the as-of of built tables, for tests of the clock."""
    instant = local(as_of)
    con.execute(
        "update kpi.run_context set as_of = ?, as_of_on = ?",
        [instant, datetime.fromisoformat(as_of).date()],
    )


def screen(settings: Settings) -> FlaskClient:
    """A client that has opened the wall as this machine's own screen does."""
    client = create_app(settings).server.test_client()
    token = screens.local_token(settings.users_path)
    assert client.get(f"/wall/?screen={token}").status_code == 302
    return client
