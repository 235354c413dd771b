"""Hospitals written by hand for tests of flow, quality and people; figures are in the tests.

`week`: eleven tickets of March 2026 with every turn a ticket can take. `history`: a past quarter
with logged work, from which standards and estimates follow.
"""

from datetime import timedelta
from typing import Any

import duckdb
from handmade import life, local, warehouse_of

AS_OF = "2026-03-20 00:00"


def ticket(number: int, when: str, **more: Any) -> dict[str, Any]:
    base = {"ticket_id": f"T{number}", "ticket_no": f"N{number}", "reported_at": local(when),
            "work_class": "repair", "fault_family_code": "screen", "priority": "P3",
            "department_id": "D1"}  # fmt: skip
    return {**base, **more}


TICKETS = [
    ticket(
        1,
        "2026-03-02 08:00",
        asset_id="A1",
        resolution_mode="onsite",
        outcome_code="repaired",
        cause_code="machine_wear",
        resolution_text="更换屏幕",
    ),
    ticket(
        2,
        "2026-03-02 09:00",
        asset_id="A2",
        resolution_mode="remote",
        triage_mode="remote",
        outcome_code="repaired",
        cause_code="machine_wear",
        resolution_text=" ",
    ),
    ticket(3, "2026-03-02 10:00", asset_id="A3", resolution_mode="onsite", triage_mode="remote"),
    ticket(4, "2026-03-03 20:00", asset_id="A3", resolution_mode="onsite", department_id="D2"),
    ticket(5, "2026-03-16 08:00", asset_id="A1", resolution_mode="onsite"),
    ticket(6, "2026-03-10 08:00", asset_id="A2", fault_family_code="slow"),
    ticket(7, "2026-03-19 23:00", priority="P2"),
    ticket(8, "2026-03-19 22:00"),
    ticket(9, "2026-03-19 23:30", priority="P1", department_id="D2"),
    ticket(10, "2026-03-05 08:00"),
    ticket(11, "2026-03-11 08:00", fault_family_code="slow"),
]
EVENTS = [
    *life("T1", ("2026-03-02 08:00", "reported"), ("2026-03-02 08:05", "dispatched>E1"),
          ("2026-03-02 08:10", "accepted@E1"), ("2026-03-02 08:30", "arrived"),
          ("2026-03-02 08:35", "work_started"), ("2026-03-02 09:00", "paused:waiting_part"),
          ("2026-03-02 10:00", "sent_to_vendor"), ("2026-03-03 10:00", "vendor_returned"),
          ("2026-03-03 12:00", "restored"), ("2026-03-03 15:00", "verified"),
          ("2026-03-04 12:00", "reopened"), ("2026-03-04 13:00", "restored"),
          ("2026-03-04 14:00", "verified")),
    *life("T2", ("2026-03-02 09:00", "reported"), ("2026-03-02 09:10:00", "dispatched>E1"),
          ("2026-03-02 09:10:05", "accepted@E1"), ("2026-03-02 09:30", "sent_to_vendor"),
          ("2026-03-02 10:00", "paused:waiting_user"), ("2026-03-02 11:00", "resumed"),
          ("2026-03-02 12:00", "vendor_returned"), ("2026-03-02 13:00", "restored")),
    *life("T3", ("2026-03-02 10:00", "reported"), ("2026-03-02 10:00", "dispatched>E1"),
          ("2026-03-02 10:20", "accepted@E1"), ("2026-03-02 10:30", "transferred:skill@E1>E2"),
          ("2026-03-02 10:50", "accepted@E2"), ("2026-03-02 11:00", "transferred:load@E2>E1"),
          ("2026-03-02 11:10", "accepted@E1"), ("2026-03-02 11:20", "arrived"),
          ("2026-03-02 11:25", "work_started"), ("2026-03-02 12:25", "restored")),
    *life("T4", ("2026-03-03 20:00", "reported"), ("2026-03-03 20:00", "dispatched>E2"),
          ("2026-03-03 20:05", "accepted@E2"), ("2026-03-03 20:30", "arrived"),
          ("2026-03-03 20:30", "work_started"), ("2026-03-03 21:00", "restored")),
    *life("T5", ("2026-03-16 08:00", "reported"), ("2026-03-16 08:05", "accepted@E1"),
          ("2026-03-16 09:00", "restored")),
    *life("T6", ("2026-03-10 08:00", "reported"), ("2026-03-10 08:10", "dispatched>E2"),
          ("2026-03-10 08:20", "accepted@E2"), ("2026-03-15 08:00", "chased")),
    *life("T7", ("2026-03-19 23:00", "reported")),
    *life("T8", ("2026-03-19 22:00", "reported")),
    *life("T9", ("2026-03-19 23:30", "reported")),
    *life("T10", ("2026-03-05 08:00", "reported"), ("2026-03-05 09:00", "cancelled")),
    *life("T11", ("2026-03-11 08:00", "reported"), ("2026-03-11 08:10", "accepted@E3"),
          ("2026-03-11 09:00", "arrived")),
]  # fmt: skip


def _effort(ticket_id: str, engineer: str, start: str, end: str) -> dict[str, Any]:
    day = start[:10]
    return {"ticket_id": ticket_id, "engineer_id": engineer, "kind": "onsite",
            "started_at": local(start), "ended_at": local(f"{day} {end}")}  # fmt: skip


EFFORTS = [
    _effort("T1", "E1", "2026-03-02 08:30", "09:00"),
    _effort("T1", "E1", "2026-03-03 11:00", "12:00"),
    _effort("T3", "E1", "2026-03-02 11:20", "12:25"),
    _effort("T4", "E2", "2026-03-03 20:30", "21:00"),
    _effort("T5", "E1", "2026-03-16 08:10", "09:00"),
    _effort("T11", "E3", "2026-03-11 09:00", "10:00"),
]
ROSTER = [
    {"engineer_id": who, "on_date": f"2026-03-{day}", "kind": kind, "minutes": minutes}
    for who, day, kind, minutes in (
        ("E1", "02", "roster", 480), ("E1", "03", "roster", 480), ("E1", "19", "roster", 480),
        ("E2", "02", "roster", 480), ("E2", "03", "roster", 480), ("E2", "03", "leave", 240),
    )
]  # fmt: skip


def _rating(number: int, **more: Any) -> dict[str, Any]:
    base = {"rating_id": f"R{number}", "ticket_id": f"T{number}", "scale_max": 5,
            "asked_at": local("2026-03-17 08:00"),
            "rated_at": local("2026-03-18 08:00")}  # fmt: skip
    return {**base, **more}


RATINGS = [
    _rating(1, overall=5, response_speed=5, professionalism=3),
    _rating(2, overall=2, response_speed=4),
    _rating(3, overall=5, is_auto=True),
    _rating(4, rated_at=None),
    _rating(5, overall=5, is_self=True),
]


def _state(asset: str, day: str, state: str) -> dict[str, Any]:
    return {"asset_id": asset, "valid_from": local(f"2026-{day} 00:00"), "state": state}


def week() -> duckdb.DuckDBPyConnection:
    """The eleven tickets with everything around them, as of 20 March 2026, midnight."""
    assets = [
        {"asset_id": f"A{n}", "asset_class": "台式机", "accepted_on": "2024-01-01",
         "department_id": "D1"}
        for n in (1, 2, 3, 4, 5, 9)
    ]  # fmt: skip
    assets[0]["warranty_until"] = "2026-03-25"
    assets[2]["warranty_until"] = "2026-04-10"
    assets[4]["retired_on"] = "2026-03-10"
    rows = {
        "tickets": TICKETS,
        "ticket_events": EVENTS,
        "effort_logs": EFFORTS,
        "engineer_time": ROSTER,
        "ratings": RATINGS,
        "departments": [
            {"department_id": "D1", "zone": "Z1"},
            {"department_id": "D2", "zone": "Z2"},
        ],
        "engineers": [
            {"engineer_id": "E1"},
            {"engineer_id": "E2"},
            {"engineer_id": "E3", "left_on": "2026-03-15"},
        ],
        "assets": assets,
        "asset_states": [
            _state("A9", "03-01", "loaner"),
            _state("A9", "03-02", "lent_out"),
            _state("A9", "03-06", "loaner"),
            _state("A9", "03-15", "lent_out"),
            _state("A4", "01-01", "stopped"),
        ],
        "loans": [
            {"loan_id": "L1", "asset_id": "A9", "lent_at": local("2026-03-02 00:00"),
             "due_at": local("2026-03-04 00:00"), "returned_at": local("2026-03-06 00:00")},
            {"loan_id": "L2", "asset_id": "A9", "lent_at": local("2026-03-15 00:00"),
             "due_at": local("2026-03-19 00:00")},
        ],
        "pm_plans": [
            {"plan_id": "P1", "asset_id": "A1", "kind": "maintenance", "interval_days": 10,
             "window_days": 2, "starts_on": "2026-03-01"}
        ],
        "contracts": [{"contract_id": "K1", "ends_on": "2026-04-30"}],
        "complaints": [
            {"complaint_id": "C1", "department_id": "D1", "at": local("2026-03-06 08:00")},
            {"complaint_id": "C2", "ticket_id": "T4", "at": local("2026-03-07 08:00")},
        ],
        "handovers": [
            {"handover_id": "HO1", "from_engineer_id": "E3", "to_engineer_id": "E1",
             "announced_at": local("2026-03-10 08:00"), "assigned_at": local("2026-03-12 08:00"),
             "met_minutes": 120, "section": "systems", "is_done": True},
            {"handover_id": "HO2", "from_engineer_id": "E3", "to_engineer_id": "E1",
             "announced_at": local("2026-03-10 08:00"), "assigned_at": local("2026-03-12 08:00"),
             "section": "projects", "is_done": False},
            {"handover_id": "HO3", "from_engineer_id": "E2", "section": "systems",
             "announced_at": local("2026-03-12 08:00"), "is_done": False},
        ],
    }  # fmt: skip
    return warehouse_of(rows, local(AS_OF))


def history() -> duckdb.DuckDBPyConnection:
    """A quarter with logged work behind it.

    In November 2025 25 screens took 1, 2, … 25 hours (12 of them with an hour of logged work), and
    12 slow computers 20 minutes of work each. In March 2026 two were restored, one is open.
    """
    tickets, events, efforts = [], [], []
    start = local("2025-11-03 00:00")
    for number in range(1, 38):
        is_screen = number <= 25
        hours = number if is_screen else 1
        tickets.append(
            ticket(number, "2025-11-03 00:00",
                   fault_family_code="screen" if is_screen else "slow")
        )  # fmt: skip
        events += [
            {"event_id": f"{number}a", "ticket_id": f"T{number}", "at": start, "type": "reported"},
            {"event_id": f"{number}b", "ticket_id": f"T{number}",
             "at": start + timedelta(hours=hours), "type": "restored"},
        ]  # fmt: skip
        minutes = 60 if number <= 12 else 20 if not is_screen else 0
        if minutes:
            efforts.append(
                {"ticket_id": f"T{number}", "engineer_id": "E1", "kind": "remote",
                 "started_at": start, "ended_at": start + timedelta(minutes=minutes)}
            )  # fmt: skip
    tickets += [
        ticket(51, "2026-03-02 09:00", priority="P1", resolution_mode="onsite"),
        ticket(52, "2026-03-02 09:00", fault_family_code="toner", work_class="consumable"),
        ticket(53, "2026-03-19 19:00"),
    ]
    events += [
        *life("T51", ("2026-03-02 09:00", "reported"), ("2026-03-02 09:30", "work_started"),
              ("2026-03-02 10:00", "restored")),
        *life("T52", ("2026-03-02 09:00", "reported"), ("2026-03-02 10:00", "restored")),
        *life("T53", ("2026-03-19 19:00", "reported")),
    ]  # fmt: skip
    return warehouse_of(
        {"tickets": tickets, "ticket_events": events, "effort_logs": efforts}, local(AS_OF)
    )


def two_ways() -> duckdb.DuckDBPyConnection:
    """Passwords mostly solved remotely, screens mostly on site.

    Minutes: passwords remote 8 × 10, on site 2 × 20; screens remote 2 × 120, on site 8 × 90.
    """
    tickets, events, number = [], [], 0
    for family, mode, count, minutes in (
        ("password", "remote", 8, 10), ("password", "onsite", 2, 20),
        ("screen", "remote", 2, 120), ("screen", "onsite", 8, 90),
    ):  # fmt: skip
        for _ in range(count):
            number += 1
            begun = local("2026-03-02 08:00")
            tickets.append(
                ticket(number, "2026-03-02 08:00", fault_family_code=family, resolution_mode=mode)
            )
            events.append(
                {"event_id": f"{number}", "ticket_id": f"T{number}", "type": "restored",
                 "at": begun + timedelta(minutes=minutes)}
            )  # fmt: skip
    return warehouse_of({"tickets": tickets, "ticket_events": events}, local(AS_OF))
