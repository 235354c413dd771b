"""KPIs of money, stock, printing, knowledge and certificates, row by row.

Holds the measures on cost lines, book values, stock moves, meters and plans; the shape of a measure
is in `figures`.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oracle import rules
from oracle.equipment import device_cut, inside
from oracle.figures import (
    Cut,
    Figure,
    Figures,
    Measure,
    Rows,
    counted,
    proportion,
    tickets,
    valid,
)
from oracle.hospital import Hospital, Period, Ticket
from oracle.reading import Row, local_day
from oracle.statistics import nearest_rank

_PRICES = rules.file("prices")
_DEPRECIATION = _PRICES["depreciation"]
_BLANK = dict.fromkeys(
    ("department", "zone", "asset_class", "brand", "model", "ownership", "fault_family",
     "fault_group", "work_class", "asset")
)  # fmt: skip


def end_of(hospital: Hospital, period: Period) -> date:
    """Return the day after the last that is looked at."""
    return min(period.end, local_day(hospital.as_of) + timedelta(days=1))


def fen(value: Fraction) -> Fraction:
    """Round half up to the fen."""
    sign = -1 if value < 0 else 1
    return Fraction(sign * int(abs(value) * 100 + Fraction(1, 2)), 100)


# -- cost lines ---------------------------------------------------------------------------------


def _is_supply(hospital: Hospital, ticket: Ticket | None, part_id: str | None) -> bool:
    part = next((p for p in hospital.tables["parts"] if part_id and p["part_id"] == part_id), None)
    is_of_ticket = ticket is not None and (
        ticket.row["work_class"] == "consumable" or bool(ticket.family.get("is_consumable"))
    )
    return is_of_ticket or bool(part and part["is_consumable"])


def lines(hospital: Hospital) -> Iterator[tuple[Cut, date, Row, Ticket | None, bool]]:
    """Yield cost lines; without a rate in the defaults hands-on work has no price."""
    today = local_day(hospital.as_of)
    for row in hospital.tables["ticket_costs"]:
        ticket = hospital.ticket_of.get((row["site_id"], row["ticket_id"]))
        day = row["occurred_on"] or (ticket.reported_on if ticket else None)
        if day is None or (row["occurred_on"] is not None and row["occurred_on"] > today):
            continue
        cut = _BLANK | (ticket.cut() if ticket else {"site": row["site_id"]})
        cut |= {"asset": ticket.row["asset_id"] if ticket else None, "cost_kind": row["kind"]}
        yield cut, day, row, ticket, _is_supply(hospital, ticket, row["part_id"])


def _service_rows(hospital: Hospital, period: Period) -> Rows:
    for cut, day, row, _, is_supply in lines(hospital):
        if inside(day, period):
            yield cut, (row["amount_cny"] or 0, is_supply, (row["site_id"], row["ticket_id"]))


def _service(rows: list[Any]) -> Figures:
    n, spent = len(rows), sum(Fraction(amount) for amount, _, _ in rows)
    supplies = sum(Fraction(amount) for amount, is_supply, _ in rows if is_supply)
    served = len({ticket for _, _, ticket in rows})
    return {
        "cny": counted(spent, n),
        "repair_cny": counted(spent - supplies, n),
        "consumables_cny": counted(supplies, n),
        "tickets": counted(served, n),
        "per_ticket": Figure(spent / served, n),
    }


def _missed_rows(hospital: Hospital, period: Period) -> Rows:
    for cut, day, row, ticket, is_supply in lines(hospital):
        asset = (ticket.asset if ticket else None) or {}
        until = asset.get("warranty_until")
        is_covered = row["is_in_warranty"] or (until is not None and until >= day)
        outcome = ticket.row["outcome_code"] if ticket else None
        if (
            inside(day, period)
            and (row["amount_cny"] or 0) > 0
            and row["kind"] in ("part", "external", "freight")
            and is_covered
            and not is_supply
            and outcome not in ("user_error", "no_fault_found")
        ):
            key = (row["site_id"], ticket.row["asset_id"] if ticket else None)
            yield cut, (row["amount_cny"], row["kind"], key)


def _missed(rows: list[Any]) -> Figures:
    n = len(rows)
    return {
        "cny": counted(sum(amount for amount, _, _ in rows), n),
        "external_cny": counted(sum(a for a, kind, _ in rows if kind == "external"), n),
        "lines": counted(n, n),
        "assets": counted(len({key for _, _, key in rows}), n),
    }


# -- devices at a date --------------------------------------------------------------------------


def months_between(start: date, end: date) -> int:
    """Return how many months' first days lie between two days, the later one included."""
    return (end.year - start.year) * 12 + end.month - start.month


def asset_rows(hospital: Hospital, period: Period) -> Rows:
    """Yield the devices in the register at the end of a period."""
    end = end_of(hospital, period)
    for asset in hospital.assets.values():
        start = asset["accepted_on"] or asset["purchased_on"]
        if (start is not None and start >= end) or (
            asset["retired_on"] is not None and asset["retired_on"] < end
        ):
            continue
        cut = device_cut(hospital, asset, asset["department_id"], None)
        yield cut | {"asset": asset["asset_id"]}, (asset, end)


def life_months(asset: Row) -> int:
    """Return how long a device is written off: by the register, else the least life of its kind."""
    kinds = _DEPRECIATION["statutory_kind"]
    statutory = _PRICES["statutory_life_years"][kinds.get(asset["asset_class"], kinds["*"])]
    return 12 * int(asset["useful_life_years"] or statutory)


def written_off(asset: Row, end: date) -> Fraction | None:
    """Return what is written off of a device before a day, None when it is not on the books."""
    start = asset["accepted_on"] or asset["purchased_on"]
    is_ours = (asset["ownership"] or "own") in _DEPRECIATION["ownership_on_books"]
    if start is None or asset["purchase_cny"] is None or not is_ours:
        return None
    done = min(life_months(asset), max(0, months_between(start, end)))
    return fen(Fraction(asset["purchase_cny"]) * done / life_months(asset))


def books(hospital: Hospital, period: Period) -> Rows:
    """Yield (device, cost, written off) of the devices on the books at the end of a period."""
    for cut, (asset, end) in asset_rows(hospital, period):
        off = written_off(asset, end)
        if off is not None:
            yield cut, (asset, Fraction(asset["purchase_cny"]), off)


def _book(rows: list[Any]) -> Figures:
    n, cost = len(rows), sum(cost for _, cost, _ in rows)
    off = sum(off for *_, off in rows)
    return {
        "cost_cny": counted(cost, n),
        "depreciation_cny": counted(off, n),
        "book_value_cny": counted(cost - off, n),
        "devices": counted(n, n),
        "fully_written_off": counted(sum(cost == off for _, cost, off in rows), n),
    }


def _warranty(rows: list[Any]) -> Figures:
    n = len(rows)
    ends = [(asset["warranty_until"], end) for asset, end in rows]
    covered = [(until, end) for until, end in ends if until and until >= end - timedelta(days=1)]
    soon = sum(until < end + timedelta(days=90) for until, end in covered)
    return {
        "share": proportion(len(covered), n),
        "devices": counted(n, n),
        "ending_soon": counted(soon, n),
    }


def _certificate_rows(hospital: Hospital, period: Period) -> Rows:
    end, now = end_of(hospital, period), period.last_second
    needed: dict[Any, list[date | None]] = defaultdict(list)
    for plan in hospital.tables["pm_plans"]:
        if plan["kind"] != "calibration" or not plan["interval_days"]:
            continue
        done = sorted(
            local_day(record["done_at"])
            for record in hospital.tables["pm_records"]
            if (record["site_id"], record["plan_id"]) == (plan["site_id"], plan["plan_id"])
            and record["done_at"] is not None
            and record["done_at"] <= hospital.as_of
            and record["result"] in (None, "done")
        )
        past = [day for day in done if day < end]
        if not (past or plan["starts_on"] < end) or (plan["ends_on"] and plan["ends_on"] < end):
            continue
        expires = past[-1] + timedelta(days=plan["interval_days"]) if past else None
        needed[plan["site_id"], plan["asset_id"]].append(expires)
    served = {
        (one.asset["site_id"], one.asset["asset_id"])
        for one in hospital.exposure
        if one.start < now <= one.end
    }
    for key, expiries in needed.items():
        if key in served:
            asset = hospital.assets[key]
            cut = device_cut(hospital, asset, asset["department_id"], None)
            yield cut, (None if None in expiries else min(e for e in expiries if e), end)


def _certificates(rows: list[Any]) -> Figures:
    n = len(rows)
    held = [(expires, end) for expires, end in rows if expires is not None and expires >= end]
    return {
        "valid": proportion(len(held), n),
        "devices": counted(n, n),
        "overdue": counted(n - len(held), n),
        "due_soon": counted(sum(e < end + timedelta(days=30) for e, end in held), n),
    }


# -- printing -----------------------------------------------------------------------------------


def page_runs(hospital: Hospital) -> Iterator[tuple[Cut, date, Fraction | None, Row | None]]:
    """Yield day, pages since the reading before, and the contract then in force."""
    series: dict[Any, list[Row]] = defaultdict(list)
    for row in hospital.tables["meter_readings"]:
        if row["meter"] in ("mono_pages", "colour_pages") and row["read_at"] <= hospital.as_of:
            series[row["site_id"], row["asset_id"], row["meter"]].append(row)
    for (site, asset_id, meter), readings in series.items():
        contracts = [
            one
            for one in hospital.tables["print_contracts"]
            if (one["site_id"], one["asset_id"]) == (site, asset_id)
        ]
        asset = hospital.assets.get((site, asset_id))
        cut = device_cut(hospital, asset, asset["department_id"], None) if asset else {}
        readings.sort(key=lambda one: one["read_at"])
        for before, row in pairwise(readings):
            day = local_day(row["read_at"])
            contract = next(
                (
                    one
                    for one in contracts
                    if (one["starts_on"] or day) <= day <= (one["ends_on"] or day)
                ),
                None,
            )
            own = {"site": site, "meter": meter, "asset": asset_id}
            own |= {"print_contract": contract and contract["contract_id"]}
            yield _BLANK | cut | own, day, _pages(before, row, contract), contract


def _pages(before: Row, row: Row, contract: Row | None) -> Fraction | None:
    first, last = Fraction(before["value"]), Fraction(row["value"])
    if row["is_replaced"]:
        return Fraction(0)
    if last >= first:
        return last - first
    rollover = contract and contract["rollover_at"]
    return last + Fraction(rollover) - first if rollover and rollover > first else None


def _page_rows(hospital: Hospital, period: Period) -> Rows:
    for cut, day, pages, _ in page_runs(hospital):
        if inside(day, period):
            yield cut, (pages, (cut["site"], cut["asset"]))


def _print_pages(rows: list[Any]) -> Figures:
    n = len(rows)
    return {
        "pages": counted(sum(pages or 0 for pages, _ in rows), n),
        "printers": counted(len({printer for _, printer in rows}), n),
        "unclear": counted(sum(pages is None for pages, _ in rows), n),
    }


def _bill_rows(hospital: Hospital, period: Period) -> Rows:
    charges: dict[Any, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for cut, day, pages, contract in page_runs(hospital):
        if contract and inside(day, period):
            name = "mono_price_cny" if cut["meter"] == "mono_pages" else "colour_price_cny"
            key = (cut["site"], contract["contract_id"])
            charges[key][cut["asset"]].append((pages, contract[name], contract["minimum_cny"]))
    billed: dict[Any, Decimal] = defaultdict(Decimal)
    for bill in hospital.tables["vendor_bills"]:
        if bill["month"] == f"{period.start:%Y-%m}":
            billed[bill["site_id"], bill["contract_id"]] += bill["amount_cny"]
    for key in {*charges, *billed}:
        expected, unread = None, 0
        for readings in charges.get(key, {}).values():
            charge = sum((p * Fraction(c) for p, c, _ in readings if p and c), Fraction(0))
            charge = max(charge, *(Fraction(least or 0) for *_, least in readings))
            expected = charge + (expected or 0)
            unread += sum(p is None or (c is None and p > 0) for p, c, _ in readings)
        cut = {"site": key[0], "print_contract": key[1]}
        yield cut, (None if expected is None else fen(expected), billed.get(key), unread)


def _bills(rows: list[Any]) -> Figures:
    n = len(rows)
    expected = [one for one, _, _ in rows if one is not None]
    billed = [Fraction(one) for _, one, _ in rows if one is not None]
    gaps = [Fraction(b) - e for e, b, _ in rows if e is not None and b is not None]
    return {
        "expected_cny": Figure(sum(expected, Fraction(0)) if expected else None, n),
        "billed_cny": Figure(sum(billed, Fraction(0)) if billed else None, n),
        "difference_cny": Figure(sum(gaps, Fraction(0)) if gaps else None, n),
        "disputed": counted(sum(gap != 0 for gap in gaps), n),
        "unread": counted(sum(unread for *_, unread in rows), n),
    }


# -- supplies, calls, journeys, knowledge -------------------------------------------------------


def _is_supplies(ticket: Ticket) -> bool:
    return ticket.row["work_class"] == "consumable" or ticket.family.get("group") == "supplies"


def _supply_share(rows: list[bool]) -> Figures:
    return {"share": proportion(sum(rows), len(rows)), "count": counted(sum(rows), len(rows))}


def _effort_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.tables["effort_logs"]:
        start, who = row["started_at"], row["engineer_id"]
        if start <= hospital.as_of and inside(local_day(start), period):
            end = hospital.as_of if row["ended_at"] is None else row["ended_at"]
            ticket = hospital.ticket_of.get((row["site_id"], row["ticket_id"]))
            cut = _BLANK | (ticket.cut() if ticket else {"site": row["site_id"]})
            cut |= {"engineer": who, "engineer_group": hospital.team_of(row["site_id"], who)}
            seconds = max(min(end, hospital.as_of) - start, 0)
            yield cut, (seconds, ticket is not None and _is_supplies(ticket))


def _supply_hours(rows: list[Any]) -> Figures:
    n, whole = len(rows), sum(seconds for seconds, _ in rows)
    part = sum(seconds for seconds, is_supply in rows if is_supply)
    return {
        "hours": Figure(Fraction(part, 3600), n),
        "share": Figure(Fraction(part, whole) if whole else None, n),
        "labour_cny": Figure(None, n),
    }


def _call_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.calls:
        if inside(local_day(row["at"]), period):
            place = hospital.departments.get((row["site_id"], row["department_id"])) or {}
            cut = {"site": row["site_id"], "department": row["department_id"]}
            waited = None if row["answered_at"] is None else row["answered_at"] - row["at"]
            yield cut | {"zone": place.get("zone")}, waited


def _abandoned(rows: list[Any]) -> Figures:
    lost = sum(waited is None for waited in rows)
    return {"share": proportion(lost, len(rows)), "count": counted(lost, len(rows))}


def _answer_time(rows: list[Any]) -> Figures:
    waits = [waited for waited in rows if waited is not None]
    if not waits:
        return {}
    return {
        "median": counted(nearest_rank(waits, 50), len(waits)),
        "p90": counted(nearest_rank(waits, 90), len(waits)),
        "mean": Figure(Fraction(sum(waits), len(waits)), len(waits)),
    }


def _visit_rows(hospital: Hospital, period: Period) -> Rows:
    limit = rules.THRESHOLDS["repeat_visit_days"]
    levels = {(c["site_id"], c["customer_id"]): c["level"] for c in hospital.tables["customers"]}
    before: dict[Any, date] = {}
    visits = [v for v in hospital.tables["visits"] if v["departed_at"] <= hospital.as_of]
    for row in sorted(visits, key=lambda v: (v["departed_at"], v["visit_id"])):
        if row["customer_id"] is None:
            continue
        key, day = (
            (row["site_id"], row["customer_id"], row["purpose"]),
            local_day(row["departed_at"]),
        )
        is_repeat = key in before and (day - before[key]).days <= limit
        before[key] = day
        if inside(day, period):
            who = row["engineer_id"]
            yield (
                {
                    "site": row["site_id"],
                    "customer": row["customer_id"],
                    "customer_level": levels.get((row["site_id"], row["customer_id"])),
                    "visit_purpose": row["purpose"],
                    "engineer": who,
                    "engineer_group": hospital.team_of(row["site_id"], who),
                },
                (is_repeat, row["cost_cny"]),
            )


def _repeats(rows: list[Any]) -> Figures:
    again, n = [cost or 0 for is_repeat, cost in rows if is_repeat], len(rows)
    return {
        "share": proportion(len(again), n),
        "repeats": counted(len(again), n),
        "repeat_cny": counted(sum(again), n),
    }


def later(day: date, months: int) -> date:
    """Return the same day so many months later, the month's last where there is none."""
    place = day.year * 12 + day.month - 1 + months
    first = date(place // 12, place % 12 + 1, 1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def _article_rows(hospital: Hospital, period: Period) -> Rows:
    months = rules.THRESHOLDS["knowledge"]["article_valid_months"]
    spans: dict[Any, list[tuple[date, date]]] = defaultdict(list)
    for row in hospital.tables["knowledge"]:
        if row["approved_at"] is None or row["approved_at"] > hospital.as_of:
            continue
        key, approved = (row["site_id"], row["fault_family_code"]), local_day(row["approved_at"])
        spans[key].append((approved, later(approved, months)))
        if row["reviewed_at"] is not None and row["reviewed_at"] <= hospital.as_of:
            reviewed = local_day(row["reviewed_at"])
            spans[key].append((max(approved, reviewed), later(reviewed, months)))
    used: dict[Any, set[str]] = defaultdict(set)
    for row in hospital.tables["knowledge_uses"]:
        if row["at"] <= hospital.as_of:
            used[row["site_id"], row["ticket_id"]].add(row["kind"])
    for ticket in hospital.tickets:
        family, day = ticket.row["fault_family_code"], ticket.reported_on
        if not ticket.is_void and family is not None and inside(day, period):
            is_covered = any(a <= day < b for a, b in spans[ticket.site, family])
            kinds = used[ticket.site, ticket.ticket_id]
            where = (ticket.site, family, day)
            yield ticket.cut(), (is_covered, "opened" in kinds, "cited" in kinds, where)


def _articles(rows: list[Any]) -> Figures:
    # the program keeps tickets by site, family and day: its n counts those days
    n, size = len({where for *_, where in rows}), len(rows)
    families = {family for *_, (_, family, _) in rows}
    covered = {family for is_covered, _, _, (_, family, _) in rows if is_covered}
    found = {
        name: Figure(Fraction(sum(row[place] for row in rows), size), n)
        for place, name in enumerate(("covered", "opened", "cited"))
    }
    return found | {
        "families": counted(len(families), n),
        "families_covered": counted(len(covered), n),
    }


MEASURES = {
    "service_cost": Measure(_service_rows, _service),
    "missed_warranty_claims": Measure(_missed_rows, _missed),
    "book_value": Measure(books, _book),
    "warranty_cover": Measure(asset_rows, _warranty),
    "calibration_valid": Measure(_certificate_rows, _certificates),
    "print_pages": Measure(_page_rows, _print_pages),
    "print_bills": Measure(_bill_rows, _bills),
    "consumable_tickets": Measure(tickets("reported", _is_supplies, valid), _supply_share),
    "consumable_hours": Measure(_effort_rows, _supply_hours),
    "calls_abandoned": Measure(_call_rows, _abandoned),
    "call_answer_time": Measure(_call_rows, _answer_time),
    "repeat_visits": Measure(_visit_rows, _repeats),
    "knowledge_coverage": Measure(_article_rows, _articles),
}
