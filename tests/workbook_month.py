"""One hospital month written by hand: five tickets, four cost lines, two parts.

Holds the rows and the publishing of their snapshot. The figures they must give stand in the tests.
"""

from pathlib import Path
from typing import Any

from handmade import life, local, settings, warehouse_of

from assets import snapshots
from config.settings import Settings

AS_OF = "2026-11-10 00:00"
LONG_ID = "00012345678901234567"
INVOICE = "26442000000123456789"
RISKY = '=HYPERLINK("http://x","点")'


def _ticket(ticket_id: str, when: str, **more: Any) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "ticket_no": f"WX-{ticket_id}",
        "reported_at": local(when),
        "work_class": "repair",
        "urgency": "normal",
        "priority": "P3",
        "channel": "phone",
        "asset_id": "A1",
        "department_id": "D1",
        "title": "标题里有张三 13800000000",
        "description": "描述不应出现",
        "requester_ref": "REQ-77",
        **more,
    }


TICKETS = [
    _ticket("T1", "2026-09-30 09:00"),
    _ticket("T2", "2026-10-05 10:00", is_onsite_required=True),
    _ticket("T3", "2026-10-06 08:00", department_id="D2"),
    _ticket("T4", "2026-10-07 09:00"),
    _ticket("T5", "2026-10-30 09:00", urgency="critical"),
]
EVENTS = [
    *life("T1", ("2026-09-30 09:00", "reported"), ("2026-09-30 09:10", "accepted@E1"),
          ("2026-10-02 09:00", "restored@E1")),
    *life("T2", ("2026-10-05 10:00", "reported"), ("2026-10-05 10:20", "accepted@E1"),
          ("2026-10-05 10:30", "arrived@E1"), ("2026-10-05 12:00", "restored@E1")),
    *life("T3", ("2026-10-06 08:00", "reported"), ("2026-10-06 08:30", "accepted@E1"),
          ("2026-10-06 09:00", "restored@E1"), ("2026-10-06 10:00", "reopened"),
          ("2026-10-06 12:00", "restored@E1")),
    *life("T4", ("2026-10-07 09:00", "reported"), ("2026-10-08 09:00", "cancelled")),
    *life("T5", ("2026-10-30 09:00", "reported"), ("2026-10-30 09:40", "accepted@E1")),
]  # fmt: skip


def _cost(cost_id: str, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "cost_id": cost_id,
        "ticket_id": "T2",
        "kind": "part",
        "amount_cny": amount,
        "tax_cny": "0.00",
        "occurred_on": "2026-10-05",
        "cost_centre": "101",
        "economic_class": "30218 专用材料费",
        **more,
    }


COSTS = [
    _cost("K1", "100.10", invoice_no=INVOICE, part_id="P1", quantity="2", unit_price_cny="50.05"),
    # SUMIFS would take this cost centre for the one above.
    _cost("K2", "0.20", cost_centre="0101", kind="external", economic_class="30213 维修（护）费"),
    _cost("K3", "7.00", cost_centre=None, economic_class=None),
    _cost("K4", "1000.00", cost_centre="D1", occurred_on="2026-10-31"),
    _cost("K5", "55555.00", occurred_on="2026-11-01"),
]
MOVES = [
    {"move_id": "M1", "part_id": "P1", "store_id": "S1", "at": local("2026-09-30 08:00"),
     "kind": "in", "quantity": 100},
    {"move_id": "M2", "part_id": "P1", "store_id": "S1", "at": local("2026-10-05 11:00"),
     "kind": "out", "quantity": 3},
    {"move_id": "M3", "part_id": "P2", "store_id": "S1", "at": local("2026-10-09 11:00"),
     "kind": "in", "quantity": 5},
    {"move_id": "M4", "part_id": "P2", "store_id": "S1", "at": local("2026-10-10 11:00"),
     "kind": "return", "quantity": 1},
]  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "sites": [{"site_id": "H1", "name": "本部"}],
    "departments": [
        {"department_id": "D1", "name": "急诊科", "zone": "东区"},
        {"department_id": "D2", "name": RISKY, "zone": "东区"},
    ],
    "engineers": [{"engineer_id": "E1", "name": "欧阳工"}],
    "assets": [
        {"asset_id": "A1", "tag": LONG_ID, "asset_class": "打印机", "model": "-5℃ 冷藏\x07 型",
         "department_id": "D1", "accepted_on": "2024-01-01"},
    ],
    "tickets": TICKETS,
    "ticket_events": EVENTS,
    "ticket_costs": COSTS,
    "parts": [
        {"part_id": "P1", "part_no": "0001", "name": "螺丝", "unit_price_cny": "0.035",
         "min_stock": 98, "unit": "个"},
        {"part_id": "P2", "part_no": "0002", "name": "硒鼓", "unit_price_cny": "185.00",
         "min_stock": 2, "unit": "支"},
    ],
    "stores": [{"store_id": "S1", "name": "欧阳工的工具包", "engineer_id": "E1"}],
    "stock_moves": MOVES,
}  # fmt: skip


def publish(
    home: Path,
    *,
    rows: dict[str, list[dict[str, Any]]] | None = None,
    as_of: str = AS_OF,
    is_demo: bool = False,
) -> Settings:
    """Build the month's warehouse, publish its snapshot, and return the settings of its home."""
    chosen = settings(home)
    con = warehouse_of(rows or ROWS, local(as_of), home=home, is_demo=is_demo)
    snapshots.publish(con, chosen)
    con.close()
    return chosen  # fmt: skip
