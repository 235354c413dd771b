"""The hand-worked example of `docs/score-example.md`: three engineers, twelve tickets, its rules.

Holds the rows and the rules only; the figures stand in the document, the comparison in
`test_score_example`.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from handmade import life, local, warehouse_of

from benchmarks.gaming_proofs import READ

MARCH = date(2026, 3, 1)
_PRINTERS = (*range(1, 10), *range(101, 200))
_PRINTER, _COMPUTER = ("打印机", "paper_jam"), ("电脑", "no_power")
SCORE_YML = """
min_group: 3
timeliness: {min_n: 3}
quality: {min_n: 3}
satisfaction: {min_n: 3}
records: {min_n: 3}
shrinkage: {cases: 5}
"""
THRESHOLDS_YML = """
flow: {work_units: {min_cell_tickets: 5, pull_tickets: 2}}
"""


def _ticket(
    number: int,
    kind: tuple[str, str],
    asset: int | None,
    day: int,
    minutes: tuple[str, int],
    *steps: tuple[str, str],
    priority: str = "P3",
    **columns: Any,
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """Return a ticket, its events (clock, step) on one day of March, and its logged minutes."""
    name = f"T{number:02}"
    when = f"2026-03-{day:02}"
    row = {"ticket_id": name, "reported_at": local(f"{when} 09:00"), "work_class": "repair",
           "fault_family_code": kind[1], "asset_id": f"A{asset}" if asset else None,
           "department_id": "D1", "priority": priority, "outcome_code": "repaired",
           "cause_code": "machine_aging", "resolution_text": "已处理", "is_onsite_required": True,
           **columns}  # fmt: skip
    dated = ((clock if " " in clock else f"{when} {clock}", step) for clock, step in steps)
    events = life(name, (f"{when} 09:00", "reported"), *dated)
    engineer, length = minutes
    started = local(f"{when} 09:30")
    log = {"ticket_id": name, "engineer_id": engineer, "started_at": started,
           "ended_at": started + timedelta(minutes=length)}  # fmt: skip
    return row, events, log


def _usual(engineer: str, ended: str = "11:00") -> tuple[tuple[str, str], ...]:
    return (("09:10", f"accepted@{engineer}"), ("09:30", f"arrived@{engineer}"),
            (ended, f"restored@{engineer}"))  # fmt: skip


TICKETS = (
    _ticket(1, _PRINTER, 1, 2, ("E1", 10), *_usual("E1")),
    _ticket(2, _PRINTER, 2, 3, ("E1", 20), ("09:45", "accepted@E1"), ("09:55", "arrived@E1"),
            ("11:00", "restored@E1")),
    _ticket(3, _PRINTER, 3, 4, ("E2", 20), *_usual("E2")),
    _ticket(4, _PRINTER, 4, 5, ("E2", 20), *_usual("E2", "2026-03-06 10:30"),
            resolution_text=None),
    _ticket(5, _PRINTER, 5, 6, ("E3", 20), *_usual("E3")),
    _ticket(6, _PRINTER, 1, 7, ("E3", 30), *_usual("E3")),
    _ticket(7, _COMPUTER, 11, 9, ("E1", 40), *_usual("E1"), priority="P2"),
    _ticket(8, _COMPUTER, 12, 10, ("E2", 60), ("09:10", "accepted@E1"), ("09:30", "arrived@E1"),
            ("10:00", "transferred:skill@E1>E2"), ("10:10", "accepted@E2"),
            ("12:00", "restored@E2")),
    _ticket(9, _COMPUTER, 13, 11, ("E2", 60), ("09:10", "accepted@E2"), ("09:30", "arrived@E2"),
            ("09:40", "coworker_joined@E3"), ("11:00", "restored@E2")),
    _ticket(10, _COMPUTER, 14, 12, ("E2", 60), ("09:10", "accepted@E2"), ("09:30", "arrived@E2"),
            ("10:00", "sent_to_vendor@E2"), ("2026-03-14 10:00", "vendor_returned@E2"),
            ("2026-03-14 11:00", "restored@E2")),
    _ticket(11, _COMPUTER, 15, 16, ("E3", 60), *_usual("E3", "10:30"), ("13:00", "reopened"),
            ("13:10", "accepted@E3"), ("14:00", "restored@E3")),
    _ticket(12, _COMPUTER, None, 17, ("E3", 80), ("09:05", "dispatched@E1>E3"), *_usual("E3")),
)  # fmt: skip
# ticket → marks: speed, skill, communication, whole
RATINGS = {
    "T01": (5, 5, 5, 5), "T02": (3, 4, 4, 4), "T07": (5, 5, 4, 5),
    "T03": (5, 5, 5, 5), "T04": (2, 4, 3, 3), "T10": (4, 5, 5, 4),
    "T05": (5, 5, 5, 5), "T11": (4, 4, 5, 4),
}  # fmt: skip
HOURS = {"E1": 40, "E2": 40, "E3": 32}


def build(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return the example's warehouse, its rules written into ``folder``."""
    (folder / "score.yml").write_text(SCORE_YML, encoding="utf-8")
    (folder / "thresholds.yml").write_text(THRESHOLDS_YML, encoding="utf-8")
    marks = ("response_speed", "professionalism", "communication", "overall")
    return warehouse_of(
        {
            "sites": [{"name": "院", "timezone": "Asia/Shanghai"}],
            "departments": [{"department_id": "D1", "name": "内科"}],
            "engineers": [{"engineer_id": name, "name": name} for name in HOURS],
            "engineer_postings": [
                {"engineer_id": name, "valid_from": date(2020, 1, 1), "role": "工程师"}
                for name in HOURS
            ],
            "engineer_time": [
                {"engineer_id": name, "on_date": date(2026, 3, day), "kind": "roster",
                 "minutes": 480}
                for name, hours in HOURS.items() for day in range(2, 2 + hours // 8)
            ],
            "assets": [
                {"asset_id": f"A{number}", "asset_class": (_PRINTER if number in _PRINTERS
                 else _COMPUTER)[0], "department_id": "D1", "accepted_on": date(2025, 1, 1)}
                for number in (*range(1, 10), *range(11, 20), *range(101, 300))
            ],
            "tickets": [row for row, _, _ in TICKETS],
            "ticket_events": [event for _, events, _ in TICKETS for event in events],
            "effort_logs": [log for _, _, log in TICKETS],
            "ratings": [
                {"rating_id": f"R-{name}", "ticket_id": name, "scale_max": 5, "is_auto": False,
                 "is_self": False, "asked_at": local("2026-03-20 09:00"),
                 "rated_at": local("2026-03-20 10:00"), **dict(zip(marks, given, strict=True))}
                for name, given in RATINGS.items()
            ],
        },
        local("2026-05-01 00:00"),
        rules_dir=folder,
        only=READ,
    )  # fmt: skip
