"""KPIs of devices and stock: failures over time in service, availability, what lies in the stores.

Holds the measures that are counted from devices and moves of stock; the shape of a measure is in
`figures`, people and the desk are in `registers`.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracle import rules
from oracle.devices import Episode, Stretch
from oracle.figures import (
    Cut,
    Figure,
    Figures,
    Measure,
    Rows,
    counted,
    proportion,
)
from oracle.hospital import Hospital, Period
from oracle.reading import Row, local_day, midnight
from oracle.statistics import garwood

DAY = 86_400
_CENSUS = 36_000
_SIGNS = {"in": 1, "return": 1, "transfer_in": 1, "adjust": 1, "out": -1, "transfer_out": -1}


def inside(day: date | None, period: Period) -> bool:
    """Whether a local day lies in the period."""
    return day is not None and period.start <= day < period.end


def device_cut(hospital: Hospital, asset: Row, department: str | None, age: str | None) -> Cut:
    """Return the dimensions of a device as a department uses it."""
    place = hospital.departments.get((asset["site_id"], department)) or {}
    names = ("asset_class", "brand", "model", "ownership")
    return {name: asset[name] for name in names} | {
        "site": asset["site_id"],
        "department": department,
        "zone": place.get("zone"),
        "age_cohort": age,
    }


def _overlap(one: Stretch, period: Period) -> tuple[int, int]:
    return max(one.start, period.first_second), min(one.end, period.last_second)


def _stretch_rows(hospital: Hospital, period: Period) -> Rows:
    for kind, stretches in (("up", hospital.exposure), ("down", hospital.downtime)):
        for one in stretches:
            start, end = _overlap(one, period)
            if start < end:
                cut = device_cut(hospital, one.asset, one.department, one.age_cohort)
                yield cut, (kind, one, start, end)


def _episode_cut(hospital: Hospital, one: Episode) -> Cut:
    asset = one.asset or dict.fromkeys(("asset_class", "brand", "model", "ownership"))
    return device_cut(
        hospital, asset | {"site_id": one.first.site}, one.first.row["department_id"],
        one.age_cohort,
    )  # fmt: skip


def _rate(
    figures: Callable[[int, int, int, int], Figures], wanted: Callable[[Episode], bool]
) -> Measure:
    """Failures over in-service time, down time and the period's length."""

    def rows(hospital: Hospital, period: Period) -> Rows:
        length = period.last_second - max(period.first_second, hospital.data_from)
        for cut, (kind, one, start, end) in _stretch_rows(hospital, period):
            if kind == "up" or one.weight == 100:
                yield cut, (kind, end - start, length)
        for one in hospital.episodes:
            if inside(one.first.reported_on, period) and wanted(one):
                yield _episode_cut(hospital, one), ("failure", 1, length)

    return Measure(rows, lambda found: figures(*_sums(found)))


def _sums(found: list[Any]) -> tuple[int, int, int, int]:
    failures, up, down = (
        sum(value for kind, value, _ in found if kind == wanted)
        for wanted in ("failure", "up", "down")
    )
    return failures, up, down, found[0][2]


def _per_time(failures: int, seconds: int, scale: int) -> Figure:
    if not seconds:
        return Figure(None, failures)
    low, high = garwood(failures)
    value = Fraction(failures * scale, seconds)
    return Figure(value, failures, low * scale / seconds, high * scale / seconds)


def _time_per(failures: int, seconds: int, scale: int) -> Figure:
    if not seconds:
        return Figure(None, failures)
    low, high = garwood(failures)
    value = Fraction(seconds, failures * scale) if failures else None
    return Figure(value, failures, seconds / high / scale, seconds / low / scale if low else None)


def _rates(failures: int, up: int, _down: int, _length: int) -> Figures:
    scales = {"per_100_device_years": 100 * 365 * DAY, "daily_pct": 100 * DAY}
    return {name: _per_time(failures, up, scale) for name, scale in scales.items()}


def _stability(failures: int, up: int, _down: int, length: int) -> Figures:
    monthly = _per_time(failures, up, 100 * 30 * DAY)
    return {
        "per_100_device_months": monthly,
        "mtbsf_hours": _time_per(failures, length if up else 0, 3600),
    }


def _mtbf(failures: int, up: int, down: int, _length: int) -> Figures:
    working = up - down
    bound = Fraction(working / garwood(failures, 0.05)[1] / DAY) if working else None
    return {
        "days": _time_per(failures, working, DAY),
        "lower_bound_days": Figure(bound, failures),
    }


def _report_rows(hospital: Hospital, period: Period) -> Rows:
    for cut, (kind, _, start, end) in _stretch_rows(hospital, period):
        if kind == "up":
            yield cut, (kind, end - start, 0)
    for ticket in hospital.tickets:
        if not ticket.is_planned and inside(ticket.reported_on, period):
            accepted = ticket.asset and ticket.asset["accepted_on"]
            age = accepted and rules.age_cohort((ticket.reported_on - accepted).days)
            yield ticket.cut() | {"age_cohort": age}, ("failure", 1, 0)


def _days(hospital: Hospital, period: Period) -> list[date]:
    day = max(period.start, local_day(hospital.data_from))
    found = []
    while day < period.end and midnight(day) + _CENSUS <= period.level_second:
        found.append(day)
        day += timedelta(days=1)
    return found


def _availability_rows(hospital: Hospital, period: Period) -> Rows:
    mornings = [midnight(day) + _CENSUS for day in _days(hospital, period)]
    for cut, (kind, one, start, end) in _stretch_rows(hospital, period):
        calendar = rules.planned_calendar(one.asset["asset_class"])
        criticality = rules.THRESHOLDS["criticality_weights"].get(one.asset["criticality"], 1)
        census = sum(one.start <= at < one.end for at in mornings)
        yield (
            cut,
            (
                kind,
                Fraction(criticality) * one.weight / 100,
                end - start,
                rules.working_seconds(calendar, start, end),
                census if kind == "up" or one.weight == 100 else 0,
            ),
        )


def _service_rows(hospital: Hospital, period: Period) -> Rows:
    stretches = [one for _, (_, one, _, _) in _stretch_rows(hospital, period)]
    for one, (cut, row) in zip(stretches, _availability_rows(hospital, period), strict=True):
        if not one.has_loaner:
            yield cut, row


def _availability(rows: list[Any]) -> Figures:
    found = {}
    for name, place in (("a_24x7", 2), ("a_planned", 3)):
        up, down = (
            sum(row[1] * row[place] for row in rows if row[0] == kind) for kind in ("up", "down")
        )
        if up:
            plain = sum(row[place] for row in rows if row[0] == "up")
            found[name] = Figure(1 - Fraction(down) / up, plain // DAY)
    counted_up, broken = (sum(row[4] for row in rows if row[0] == k) for k in ("up", "down"))
    if counted_up:
        found["census"] = Figure(1 - Fraction(broken, counted_up), counted_up)
    return found


def _prices(hospital: Hospital) -> dict[Any, Decimal | None]:
    received: dict[Any, list[Row]] = defaultdict(list)
    for move in _moves(hospital):
        if move["kind"] == "in" and move["unit_price_cny"] is not None:
            received[move["site_id"], move["part_id"]].append(move)
    prices = {}
    for part in hospital.tables["parts"]:
        key = (part["site_id"], part["part_id"])
        price = part["unit_price_cny"]
        if price is None and received[key]:
            total = sum(m["quantity"] * m["unit_price_cny"] for m in received[key])
            price = round(total / sum(m["quantity"] for m in received[key]), 6)
        prices[key] = price
    return prices


def _moves(hospital: Hospital) -> list[Row]:
    return [move for move in hospital.tables["stock_moves"] if move["at"] <= hospital.as_of]


def _part_cut(part: Row) -> Cut:
    names = {"part": "part_id", "part_class": "part_class"}
    return {name: part[column] for name, column in names.items()} | {"site": part["site_id"]}


def _stock_rows(hospital: Hospital, period: Period) -> Rows:
    parts, prices = hospital._by("parts", "part_id"), _prices(hospital)
    for move in _moves(hospital):
        key = (move["site_id"], move["part_id"])
        if local_day(move["at"]) < period.end:
            quantity = _SIGNS.get(move["kind"], 0) * move["quantity"]
            yield _part_cut(parts[key]) | {"store": move["store_id"]}, (quantity, prices[key])


def _stock(rows: list[Any]) -> Figures:
    value = sum(quantity * price for quantity, price in rows)
    return {
        "quantity": counted(sum(quantity for quantity, _ in rows), 1),
        "value_cny": counted(value, 1),
    }


def _limit_rows(hospital: Hospital, period: Period) -> Rows:
    balance: dict[Any, Decimal] = defaultdict(Decimal)
    for move in _moves(hospital):
        if local_day(move["at"]) < period.end:
            key = (move["site_id"], move["part_id"])
            balance[key] += _SIGNS.get(move["kind"], 0) * move["quantity"]
    for part in hospital.tables["parts"]:
        if part["min_stock"] is not None:
            yield _part_cut(part), balance[part["site_id"], part["part_id"]] < part["min_stock"]


def _part_rows(hospital: Hospital, period: Period) -> Rows:
    parts: dict[Any, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for row in hospital.tables["ticket_costs"]:
        day = row["occurred_on"]
        if row["kind"] == "part" and (day is None or day <= local_day(hospital.as_of)):
            line = parts[row["site_id"], row["ticket_id"]][row["part_id"]]
            line[0] += row["quantity"] or 0
            line[2] += row["quantity"] is None or row["part_id"] is None
    for row in _moves(hospital):
        if row["kind"] in ("out", "return"):
            sign = 1 if row["kind"] == "out" else -1
            parts[row["site_id"], row["ticket_id"]][row["part_id"]][1] += sign * row["quantity"]
    for ticket in hospital.tickets:
        day = None if ticket.restored_at is None else local_day(ticket.restored_at)
        lines = [one for one in parts[ticket.site, ticket.ticket_id].values() if any(one)]
        if lines and not ticket.is_void and inside(day, period):
            yield ticket.cut(), lines


def _agreement(rows: list[Any]) -> Figures:
    n = len(rows)
    agreed = sum(all(not bad and on == out for on, out, bad in lines) for lines in rows)
    pairs = [(on, out) for lines in rows for on, out, _ in lines]
    return {
        "share": proportion(agreed, n),
        "differing": counted(n - agreed, n),
        "unbooked": counted(sum(max(out - on, 0) for on, out in pairs), n),
        "unissued": counted(sum(max(on - out, 0) for on, out in pairs), n),
    }


MEASURES = {
    "parts_agreement": Measure(_part_rows, _agreement),
    "use_failure_rate": _rate(_rates, lambda _: True),
    "inherent_failure_rate": _rate(
        _rates, lambda one: any(t.is_inherent_failure for t in one.tickets)
    ),
    "stability": _rate(
        _stability, lambda one: any((t.impact or "none") != "none" for t in one.tickets)
    ),
    "mtbf": _rate(_mtbf, lambda _: True),
    "report_rate": Measure(_report_rows, lambda rows: _rates(*_sums(rows))),
    "availability": Measure(_availability_rows, _availability),
    "service_availability": Measure(_service_rows, _availability),
    "stock_on_hand": Measure(_stock_rows, _stock),
    "parts_below_min": Measure(_limit_rows, lambda rows: {"count": counted(sum(rows), len(rows))}),
}
