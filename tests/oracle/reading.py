"""The operational store read row by row, as the source contract words it.

Holds types, value lists, required fields and keys of the tables that the oracle needs, written down
from the contract a second time on purpose: nothing of the program is imported here. A row that
cannot be typed or keyed is left out, as are all rows of a key that stands twice with different
contents, and rows that mean nothing without a parent that the store does not have.
"""

import sqlite3
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")

KEYS = {
    "access_grants": ("engineer_id", "system_id", "account"),
    "asset_states": ("asset_id", "valid_from"),
    "department_activity": ("department_id", "month"),
    "effort_logs": ("ticket_id", "engineer_id", "started_at"),
    "engineer_postings": ("engineer_id", "valid_from"),
    "engineer_time": ("engineer_id", "on_date", "kind"),
    "knowledge_uses": ("article_id", "ticket_id", "at"),
    "meter_readings": ("asset_id", "meter", "read_at"),
    "pm_readings": ("record_id", "parameter"),
    "print_contracts": ("contract_id", "asset_id"),
    "ticket_events": ("event_id",),
    "tickets": ("ticket_id",),
    "pm_plans": ("plan_id",),
    "pm_records": ("record_id",),
    "stock_moves": ("move_id",),
    "ticket_costs": ("cost_id",),
    "part_requests": ("request_id",),
    "knowledge": ("article_id",),
    "ticket_targets": ("ticket_id", "clock"),
    "vendor_bills": ("bill_id",),
}
REQUIRED = {
    "tickets": ("reported_at",),
    "ticket_events": ("ticket_id", "at", "type"),
    "asset_states": ("state",),
    "stock_moves": ("part_id", "store_id", "at", "kind", "quantity"),
}
PARENTS = {
    "ticket_events": ("ticket_id", "tickets"),
    "ticket_targets": ("ticket_id", "tickets"),
    "effort_logs": ("ticket_id", "tickets"),
    "asset_states": ("asset_id", "assets"),
    "stock_moves": ("part_id", "parts"),
    "pm_readings": ("record_id", "pm_records"),
}
LISTS = {
    "tickets": {
        "work_class": "repair service_request consult consumable bug change policy_change pm "
        "calibration project recall",
        "outcome_code": "repaired replaced user_error no_fault_found cancelled merged duplicate",
        "service_impact": "down degraded none",
        "triage_mode": "remote onsite",
        "resolution_mode": "remote onsite",
        "priority": "P1 P2 P3 P4 P5",
        "urgency": "critical high normal low",
        "channel": "wechat phone oa app alarm patrol other",
        "second_visit_reason": "part_missing misdiagnosis skill permission user_absent other",
    },
    "ticket_events": {
        "type": "reported created dispatched accepted arrived work_started paused resumed "
        "transferred coworker_joined sent_to_vendor vendor_returned restored verified closed "
        "reopened cancelled merged chased",
    },
    "asset_states": {"state": "in_stock in_service loaner stopped lent_out retired"},
    "assets": {"ownership": "own lease placed donated trial", "criticality": "A B C"},
    "stock_moves": {"kind": "in out return adjust count transfer_in transfer_out"},
    "ticket_costs": {"kind": "part external labour freight loaner"},
    "loans": {"outcome": "returned lost scrapped"},
    "pm_plans": {"kind": "inspection maintenance calibration round"},
    "pm_records": {"result": "done skipped not_found out_of_service"},
}
_INSTANTS = {("asset_states", "valid_from"), ("asset_states", "valid_to")}
_DATES = {"valid_from", "valid_to", "on_date", "warranty_until"}
_DECIMALS = {
    "quantity", "issued_quantity", "min_stock", "value", "interval_usage", "rollover_at",
    "response_speed", "professionalism", "communication", "overall", "scale_max", "low_limit",
    "high_limit",
}  # fmt: skip
_INTEGERS = {
    "seq", "minutes", "interval_days", "window_days", "useful_life_years", "staff_count",
    "bed_count", "met_minutes", "visit_count", "inpatient_days", "attendee_count", "steps_total",
    "steps_passed",
}  # fmt: skip


class UnfitError(ValueError):
    """A value that its column cannot hold."""


def second_of(text: str, zone: ZoneInfo = ZONE) -> int:
    """Return whole seconds since 1970 UTC of a local time as the store writes it."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def midnight(day: date, zone: ZoneInfo = ZONE) -> int:
    """Return the second at which a local day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def local_day(second: int, zone: ZoneInfo = ZONE) -> date:
    """Return the local day of a second."""
    return datetime.fromtimestamp(second, zone).date()


def typed(table: str, column: str, text: Any) -> Any:  # noqa: PLR0911 - one for each type
    """Return one cell as the contract's type, None where it is empty."""
    if text is None or text == "":
        return None
    try:
        if column in _DECIMALS or column.endswith("_cny"):
            return Decimal(str(text))
        if column == "at" or column.endswith("_at") or (table, column) in _INSTANTS:
            return second_of(str(text))
        if column.endswith("_on") or column in _DATES:
            return date.fromisoformat(str(text))
        if column.startswith(("is_", "prefers_")):
            return bool(int(text))
        if column in _INTEGERS:
            return int(text)
    except (ValueError, InvalidOperation) as error:
        raise UnfitError(column) from error
    return str(text)


def _fit(table: str, raw: Row, key: tuple[str, ...], *, is_checked: bool) -> Row | None:
    try:
        row = {column: typed(table, column, text) for column, text in raw.items()}
    except UnfitError:
        return None
    if any(row[column] is None for column in ("site_id", *key, *REQUIRED.get(table, ()))):
        return None
    for column, words in LISTS.get(table, {}).items():
        if row[column] is not None and row[column] not in words.split():
            return None
    codes = [value for name, value in row.items() if name.endswith("_id") and value]
    if is_checked and table == "tickets" and any(code != code.strip() for code in codes):
        return None
    return row


def read(path: Path, *, is_checked: bool) -> tuple[dict[str, list[Row]], int]:
    """Return the fit rows of every table, and the store's clock in seconds.

    Args:
        path: a demo store in SQLite.
        is_checked: whether the suites of checks ran too, which hold codes with outer spaces.
    """
    con = sqlite3.connect(path)
    con.row_factory = sqlite3.Row
    raw = {
        name: [dict(row) for row in con.execute(f'select * from "{name}"')]
        for (name,) in con.execute("select name from sqlite_master where type = 'table'")
    }
    con.close()
    now = second_of(raw.pop("demo_clock")[0]["now_at"])
    tables = {}
    for name, rows in raw.items():
        columns = list(rows[0]) if rows else []
        key = KEYS.get(name) or tuple(columns[1:2])
        by_key: dict[Any, list[Row]] = defaultdict(list)
        for row in rows:
            by_key[tuple(row[column] for column in ("site_id", *key)) if rows else ()].append(row)
        fit = []
        for same in by_key.values():
            if any(other != same[0] for other in same[1:]):
                continue
            row = _fit(name, same[0], key, is_checked=is_checked)
            if row is not None:
                fit.append(row)
        tables[name] = fit
    for child, (column, parent) in PARENTS.items():
        own = (KEYS.get(parent) or (column,))[0]
        known = {(row["site_id"], row[own]) for row in raw[parent]}
        tables[child] = [row for row in tables[child] if (row["site_id"], row[column]) in known]
    return tables, now
