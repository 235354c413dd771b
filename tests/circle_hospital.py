"""A hospital with one bad ward, one bad lot and one measure, written by rule; figures by hand.

Twenty printers in five wards and five screens, two years in service. Each printer jams every
hundred days. Ward D1's four also jam for dust every ten days until its measure of 2026-01-01
stops that. Nothing is drawn: every figure in the tests follows from this.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
from handmade import local, warehouse_of

START, AS_OF = date(2024, 7, 1), local("2026-07-01 00:00")
MEASURE_ON = date(2026, 1, 1)
WARDS = ("D1", "D2", "D3", "D4", "D5")
EVERYDAY, DUSTY = 100, 10
_HOURS_IN_UTC = 2


def devices() -> list[dict[str, Any]]:
    """Twenty printers, four a ward, the first of each of model P1; five screens."""
    rows = []
    for number in range(20):
        ward = WARDS[number // 4]
        model = "P1" if number % 4 == 0 else "P2"
        rows.append(_asset(f"A{number:02}", "黑白打印机", model, ward))
    return rows + [_asset(f"S{number}", "显示器", "M1", WARDS[number]) for number in range(5)]


def _asset(asset_id: str, asset_class: str, model: str, ward: str) -> dict[str, Any]:
    return {"asset_id": asset_id, "asset_class": asset_class, "brand": "甲", "model": model,
            "department_id": ward, "accepted_on": START, "tag": f"TAG-{asset_id}",
            "name": asset_id}  # fmt: skip


def _ticket(
    number: int, asset: dict[str, Any], day: date, cause: str | None, family: str = "paper_jam"
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    at = datetime.combine(day, datetime.min.time()) + timedelta(hours=_HOURS_IN_UTC)
    ticket = {
        "ticket_id": f"T{number}", "ticket_no": f"N{number}", "work_class": "repair",
        "fault_family_code": family, "cause_code": cause, "outcome_code": "repaired",
        "department_id": asset["department_id"], "asset_id": asset["asset_id"],
        "reported_at": at,
    }  # fmt: skip
    steps = (("reported", at), ("accepted", at + timedelta(minutes=10)),
             ("restored", at + timedelta(hours=1)))  # fmt: skip
    events = [
        {"event_id": f"T{number}-{seq}", "ticket_id": f"T{number}", "seq": seq, "at": when,
         "type": kind, "engineer_id": None if kind == "reported" else "E1"}
        for seq, (kind, when) in enumerate(steps, start=1)
    ]  # fmt: skip
    return ticket, events


def reports() -> list[tuple[dict[str, Any], date, str | None]]:
    """Which device jams on which day for which coded cause."""
    found: list[tuple[dict[str, Any], date, str | None]] = []
    last = (AS_OF.date() - START).days
    for place, asset in enumerate(devices()[:20]):
        for day in range(5 + place, last, EVERYDAY):
            found.append((asset, START + timedelta(days=day), ("machine_wear", None)[day % 5 == 0]))
        if asset["department_id"] == "D1":
            stop = (MEASURE_ON - START).days
            days = range(400 + place, stop, DUSTY)
            found += [(asset, START + timedelta(days=day), "environment_dust") for day in days]
    return found


def hospital(
    more: Sequence[tuple[dict[str, Any], date, str | None, str]] = (),
    only: Sequence[str] = (),
) -> duckdb.DuckDBPyConnection:
    """Build it, or ``only`` these tables; ``more`` reports name device, day, cause and family."""
    made = [_ticket(number, *report) for number, report in enumerate([*reports(), *more])]
    begin = datetime.combine(START, datetime.min.time())
    rows = {
        "sites": [{"name": "一院", "timezone": "Asia/Shanghai"}],
        "departments": [{"department_id": ward, "name": f"{ward}病区", "zone": "A"}
                        for ward in WARDS],
        "engineers": [{"engineer_id": "E1", "name": "甲"}],
        "assets": devices(),
        "asset_states": [
            {"asset_id": one["asset_id"], "valid_from": begin, "state": "in_service",
             "department_id": one["department_id"]}
            for one in devices()
        ],
        "tickets": [ticket for ticket, _ in made],
        "ticket_events": [event for _, events in made for event in events],
        "ticket_costs": [
            {"cost_id": "K1", "ticket_id": "T0", "kind": "part", "amount_cny": 12.5,
             "occurred_on": START + timedelta(days=5)}
        ],
        "stock_moves": [
            {"move_id": f"M-{one['asset_id']}", "part_id": "P", "store_id": "S",
             "at": begin + timedelta(days=399), "kind": "out", "quantity": 1,
             "asset_id": one["asset_id"], "lot_no": "BAD"}
            for one in devices()[:4]
        ],
        "improvements": [
            {"improvement_id": "QC-1", "topic": "减少卡纸", "cause_code": "environment_dust",
             "measure": "每月除尘", "metric_id": "use_failure_rate", "scope": "department:D1",
             "control_scope": None, "target_value": 20, "owner_engineer_id": "E1",
             "started_on": MEASURE_ON, "ended_on": None, "status": "进行中"}
        ],
    }  # fmt: skip
    return warehouse_of(rows, AS_OF, only=only)
