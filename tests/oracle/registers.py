"""KPIs of people and the desk: effort, calls, loans, journeys, ratings, planned work, cost.

Holds the measures that are counted from registers other than tickets and devices; the shape of a
measure is in `figures`.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle.equipment import DAY, device_cut, inside
from oracle.figures import Cut, Figure, Figures, Measure, Rows, counted, number, proportion, shares
from oracle.hospital import Hospital, Period
from oracle.reading import Row, local_day

_NO_TICKET = dict.fromkeys(
    ("department", "zone", "asset_class", "brand", "model", "fault_family", "fault_group",
     "work_class", "priority", "channel", "urgency", "engineer", "engineer_group")
)  # fmt: skip


def ticket_cut(hospital: Hospital, row: Row) -> Cut:
    """Return the dimensions of the ticket that a row belongs to."""
    ticket = hospital.ticket_of.get((row["site_id"], row["ticket_id"]))
    return ticket.cut() if ticket else _NO_TICKET | {"site": row["site_id"]}


def _cost_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.tables["ticket_costs"]:
        day = row["occurred_on"]
        if inside(day, period) and day <= local_day(hospital.as_of):
            own = {"cost_kind": row["kind"], "cost_centre": row["cost_centre"]}
            yield ticket_cut(hospital, row) | own, row["amount_cny"]


def _effort_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.tables["effort_logs"]:
        start = row["started_at"]
        if start <= hospital.as_of and inside(local_day(start), period):
            end = hospital.as_of if row["ended_at"] is None else row["ended_at"]
            who = row["engineer_id"]
            own = {"engineer": who, "engineer_group": hospital.team_of(row["site_id"], who)}
            yield ticket_cut(hospital, row) | own, max(min(end, hospital.as_of) - start, 0)


def _effort(rows: list[int]) -> Figures:
    return {
        "hours": Figure(Fraction(sum(rows), 3600), len(rows)),
        "sessions": counted(len(rows), len(rows)),
    }


def _call_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.calls:
        if inside(local_day(row["at"]), period):
            place = hospital.departments.get((row["site_id"], row["department_id"])) or {}
            cut = {"site": row["site_id"], "department": row["department_id"]}
            yield cut | {"zone": place.get("zone")}, row["answered_at"] is not None


def _loan_rows(hospital: Hospital, period: Period) -> Rows:
    now = period.level_second
    for row in hospital.tables["loans"]:
        back = row["returned_at"]
        is_back = back is not None and back <= min(now, hospital.as_of)
        if row["lent_at"] <= now and not is_back:
            place = hospital.departments.get((row["site_id"], row["department_id"])) or {}
            asset = hospital.assets.get((row["site_id"], row["asset_id"])) or {}
            late = period.last_second - row["due_at"] if row["due_at"] is not None else 0
            cut = {"site": row["site_id"], "department": row["department_id"]}
            yield cut | {"zone": place.get("zone"), "asset_class": asset.get("asset_class")}, late


def _loans(rows: list[int]) -> Figures:
    late = [seconds for seconds in rows if seconds > 0]
    return {
        "out": counted(len(rows), len(rows)),
        "overdue": counted(len(late), len(rows)),
        "max_days": counted(max(late, default=0) // DAY, len(rows)),
    }


def _engaged_rows(hospital: Hospital, period: Period) -> Rows:
    now = period.level_second
    for ticket in hospital.tickets:
        is_worked = any(
            s.name in ("accepted", "on_site", "in_work")
            and s.start <= now
            and (s.end is None or s.end > now)
            for s in ticket.states
        )
        for one in ticket.holdings if is_worked else ():
            if one.start <= now and (one.is_current or one.end > now):
                team = hospital.team_of(ticket.site, one.engineer)
                yield {"site": ticket.site, "engineer_group": team}, (ticket.site, one.engineer)


def _roster_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.tables["engineer_time"]:
        if row["kind"] == "roster" and inside(row["on_date"], period):
            team = hospital.team_of(row["site_id"], row["engineer_id"])
            who = (row["site_id"], row["engineer_id"])
            yield {"site": row["site_id"], "engineer_group": team}, who


def _visit_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.tables["visits"]:
        if row["departed_at"] <= hospital.as_of and inside(local_day(row["departed_at"]), period):
            who = row["engineer_id"]
            team = hospital.team_of(row["site_id"], who)
            cut = {"site": row["site_id"], "engineer": who, "engineer_group": team}
            yield cut, (row["daily_report_at"] is not None, row["cost_cny"])


def _visits(rows: list[Any]) -> Figures:
    known = [cost for _, cost in rows if cost is not None]
    return {
        "count": counted(len(rows), len(rows)),
        # nothing is known of what they cost: no sum, and not 0
        "cost_cny": counted(sum(known), len(rows)) if known else Figure(None, len(rows)),
        "per_visit": Figure(Fraction(sum(known)) / len(known) if known else None, len(known)),
        "reported": proportion(sum(is_written for is_written, _ in rows), len(rows)),
    }


def _is_answer(row: Row) -> bool:
    return not (
        row["rated_at"] is None or row["overall"] is None or row["is_auto"] or row["is_self"]
    )


def counted_ratings(hospital: Hospital) -> list[tuple[Row, bool]]:
    """Return every request for a rating, and whether its answer counts."""
    asked = [
        row
        for row in hospital.tables["ratings"]
        if (row["asked_at"] if row["asked_at"] is not None else row["rated_at"]) <= hospital.as_of
    ]
    first: dict[Any, Row] = {}
    for row in sorted(asked, key=lambda r: (r["rated_at"] or 0, r["rating_id"])):
        if _is_answer(row):
            first.setdefault((row["site_id"], row["ticket_id"] or row["rating_id"]), row)
    chosen = {id(row) for row in first.values()}
    return [(row, id(row) in chosen) for row in asked]


def _rating_rows(hospital: Hospital, period: Period) -> Rows:
    for row, is_counted in counted_ratings(hospital):
        if is_counted and inside(local_day(row["rated_at"]), period):
            yield ticket_cut(hospital, row), row


def mark(row: Row, name: str) -> int | None:
    """Return a mark in hundredths on a scale of five, half a hundredth up."""
    if row[name] is None:
        return None
    return int(Fraction(row[name]) * 500 / Fraction(row["scale_max"] or 5) + Fraction(1, 2))


def _satisfaction(rows: list[Row]) -> Figures:
    top = sum(row["overall"] * 5 >= (row["scale_max"] or 5) * 4 for row in rows)
    found = {
        "top_share": proportion(top, len(rows)),
        "counted": counted(len(rows), len(rows)),
    }
    for name in ("overall", "response_speed", "professionalism", "communication"):
        marks = [value for row in rows if (value := mark(row, name)) is not None]
        found[name] = Figure(Fraction(sum(marks), 100 * len(marks)) if marks else None, len(marks))
    return found


def _asked_rows(hospital: Hospital, period: Period) -> Rows:
    for row, is_counted in counted_ratings(hospital):
        if row["asked_at"] is not None and inside(local_day(row["asked_at"]), period):
            yield ticket_cut(hospital, row), (is_counted, row["is_auto"], row["is_self"])


def _asked(rows: list[Any]) -> Figures:
    return {
        "share": proportion(sum(row[0] for row in rows), len(rows)),
        "auto": counted(sum(bool(row[1]) for row in rows), len(rows)),
        "self": counted(sum(bool(row[2]) for row in rows), len(rows)),
    }


def plan_days(plan: Row, last: date, recorded: set[date]) -> set[date]:
    """Return the days on which a plan is due up to a day, those on record included."""
    days = {day for day in recorded if day <= last}
    if plan["interval_days"]:
        day = plan["starts_on"]
        while day <= min(plan["ends_on"] or last, last):
            days.add(day)
            day += timedelta(days=plan["interval_days"])
    return days


def plan_record(hospital: Hospital, plan: Row) -> list[tuple[date, Row | None]]:
    """Return every day on which a plan was due, with the record that counts for it."""
    records: dict[date, list[Row]] = defaultdict(list)
    for row in hospital.tables["pm_records"]:
        is_own = (row["site_id"], row["plan_id"]) == (plan["site_id"], plan["plan_id"])
        is_known = row["done_at"] is None or row["done_at"] <= hospital.as_of
        if is_own and row["due_on"] and is_known:
            records[row["due_on"]].append(row)
    found = []
    for due in sorted(plan_days(plan, local_day(hospital.as_of), set(records))):
        own = sorted(records[due], key=lambda row: row["record_id"])
        done = sorted((r for r in own if r["done_at"] is not None), key=lambda r: r["done_at"])
        found.append((due, (done or own or [None])[0]))
    return found


def _plan_rows(hospital: Hospital, period: Period) -> Rows:
    blank = dict.fromkeys(("asset_class", "brand", "model", "ownership", "department_id"))
    for plan in hospital.tables["pm_plans"]:
        asset = hospital.assets.get((plan["site_id"], plan["asset_id"]))
        asset = asset or {**blank, "site_id": plan["site_id"]}
        cut = device_cut(hospital, asset, asset["department_id"], None)
        cut |= {"site": plan["site_id"], "pm_kind": plan["kind"], "pm_risk": plan["risk"]}
        for due, one in plan_record(hospital, plan):
            outcome = _outcome(plan, due, one, local_day(hospital.as_of))
            if inside(due, period) and outcome != "pending":
                yield cut, outcome


def _outcome(plan: Row, due: date, one: Row | None, today: date) -> str:
    window = timedelta(days=plan["window_days"] or 0)
    if one and one["result"] in ("not_found", "out_of_service"):
        return "excused"
    if one and one["done_at"] is not None and one["result"] in (None, "done"):
        return "on_time" if abs(local_day(one["done_at"]) - due) <= window else "late"
    return "pending" if due + window >= today else "missed"


def _plans(rows: list[str]) -> Figures:
    names = ("on_time", "late", "missed", "excused")
    found = {name: proportion(rows.count(name), len(rows)) for name in names}
    return found | {"due": counted(len(rows), len(rows))}


def _people(name: str) -> Callable[[list[Any]], Figures]:
    return lambda rows: {name: counted(len(set(rows)), len(rows))}


MEASURES = {
    "repair_cost": Measure(_cost_rows, lambda rows: {"cny": counted(sum(rows), len(rows))}),
    "hands_on_time": Measure(_effort_rows, _effort),
    "calls": Measure(_call_rows, number),
    "calls_answered": Measure(_call_rows, shares("share")),
    "loans_overdue": Measure(_loan_rows, _loans),
    "engineers_engaged": Measure(_engaged_rows, _people("engaged")),
    "engineers_on_roster": Measure(_roster_rows, _people("count")),
    "visits": Measure(_visit_rows, _visits),
    "satisfaction": Measure(_rating_rows, _satisfaction),
    "rating_response": Measure(_asked_rows, _asked),
    "pm_on_time": Measure(_plan_rows, _plans),
}
