"""KPIs of spare parts: what the stock is worth, how it turns, what lies dead, what ran out.

Holds the moving weighted average, the balance of every day and the demand lines, move by move; the
shape of a measure is in `figures`, stock on hand is in `equipment`.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracle import rules
from oracle.costs import end_of, fen, later
from oracle.equipment import device_cut, inside
from oracle.figures import Cut, Figure, Figures, Measure, Rows, counted, proportion
from oracle.hospital import Hospital, Period
from oracle.reading import Row, local_day

_RULES = rules.THRESHOLDS["stock"]
_SIGNS = {"in": 1, "return": 1, "transfer_in": 1, "adjust": 1, "out": -1, "transfer_out": -1}
_YEAR = 12


@dataclass
class Move:
    """One move of a part: pieces in or out, what was issued, and what that is worth."""

    store: str
    day: date
    pieces: Fraction
    issued: Fraction
    value: Fraction | None
    is_issue: bool
    row: Row
    is_move: bool = True


def _micro(value: Fraction) -> Fraction:
    """Round half up to the millionth."""
    return Fraction(int(value * 10**6 + Fraction(1, 2)), 10**6)


def _worth(rows: list[Row], listed: Decimal | None) -> list[Move]:
    """Value the moves of one part: the source's price, else the moving average, else the list's."""
    found: list[Move] = []
    balance, left, average = Fraction(0), Fraction(0), None
    for row in sorted(rows, key=lambda one: (one["at"], one["move_id"])):
        quantity, own = Fraction(row["quantity"]), row["unit_price_cny"]
        if row["kind"] == "in" and own is not None and quantity > 0:
            old = balance if average is not None and balance > 0 else Fraction(0)
            before = old * (average or 0) + quantity * Fraction(own)
            average = _micro(before / (old + quantity))
        price = next((Fraction(p) for p in (own, average, listed) if p is not None), None)
        pieces = _SIGNS.get(row["kind"], 0) * quantity
        value = Fraction(0) if not pieces else None if price is None else fen(pieces * price)
        is_issue, day = row["kind"] == "out", local_day(row["at"])
        issued = quantity if is_issue else Fraction(0)
        found.append(Move(row["store_id"], day, pieces, issued, value, is_issue, row))
        balance, left = balance + pieces, left + (value or 0)
        if balance == 0:
            if left:
                nothing = Fraction(0)
                found.append(Move(row["store_id"], day, nothing, nothing, -left, False, row, False))
            left = Fraction(0)
    return found


def _parts(hospital: Hospital) -> Iterator[tuple[Cut, list[Move]]]:
    """Yield every part with moves and their values."""
    rows: dict[Any, list[Row]] = defaultdict(list)
    for row in hospital.tables["stock_moves"]:
        if row["at"] <= hospital.as_of:
            rows[row["site_id"], row["part_id"]].append(row)
    for part in hospital.tables["parts"]:
        key = (part["site_id"], part["part_id"])
        if rows[key]:
            cut = {"site": key[0], "part": key[1], "part_class": part["part_class"]}
            yield cut, _worth(rows[key], part["unit_price_cny"])


# -- parts used ---------------------------------------------------------------------------------


def _used_rows(hospital: Hospital, period: Period) -> Rows:
    tickets = {(one.site, one.ticket_id): one.cut() for one in hospital.tickets}
    assets = hospital._by("assets", "asset_id")
    for cut, moves in _parts(hospital):
        for move in moves:
            if move.is_issue and inside(move.day, period):
                asset = assets.get((cut["site"], move.row["asset_id"]))
                nowhere = dict.fromkeys(("department", "zone", "asset_class", "brand", "model"))
                own = device_cut(hospital, asset, asset["department_id"], None) if asset else {}
                told = tickets.get((cut["site"], move.row["ticket_id"]), {})
                place = {
                    name: own.get(name) if told.get(name) is None else told[name]
                    for name in nowhere
                }
                yield (
                    cut | place | {
                        "store": move.store,
                        "fault_family": told.get("fault_family"),
                        "engineer": move.row["engineer_id"],
                    },
                    (move.issued, None if move.value is None else -move.value),
                )  # fmt: skip


def _used(rows: list[Any]) -> Figures:
    values = [value for _, value in rows if value is not None]
    return {
        "quantity": counted(sum(quantity for quantity, _ in rows), len(rows)),
        "value_cny": counted(sum(values), len(rows)),
        "unpriced": counted(len(rows) - len(values), len(rows)),
    }


# -- turnover -----------------------------------------------------------------------------------


def _turnover_rows(hospital: Hospital, period: Period) -> Rows:
    start = max(period.start, local_day(hospital.data_from))
    end = end_of(hospital, period)
    for cut, moves in _parts(hospital):
        for move in moves:
            if move.day < end:
                own = (cut["site"], cut["part"], move.store, move.day)
                yield cut | {"store": move.store}, (move, own, start, end)


def _turnover(rows: list[Any]) -> Figures:
    start, end = rows[0][2:]
    days = (end - start).days
    issues: dict[Any, Fraction] = defaultdict(Fraction)
    issued = held = value = Fraction(0)
    for move, key, _, _ in rows:
        worth = move.value or Fraction(0)
        value += worth
        held += worth * (end - max(move.day, start)).days
        if move.is_issue and move.day >= start:
            issued -= worth
            issues[key] += move.issued
    n = sum(quantity > 0 for quantity in issues.values())
    pairs = {
        "turns_per_year": (issued * 365, held),
        "days_of_supply": (value * days, issued),
        "average_cny": (held, Fraction(days)),
        "issued_cny": (issued, Fraction(1)),
    }
    is_unvalued = any(move.value is None for move, *_ in rows)
    return {
        name: Figure(part / whole if whole > 0 and not is_unvalued else None, n)
        for name, (part, whole) in pairs.items()
    }


# -- parts at a date ----------------------------------------------------------------------------


@dataclass
class Part:
    """A part at the end of a period: on hand, its value, what the last twelve months took."""

    cut: Cut
    on_hand: Fraction
    value: Fraction
    is_dead: bool
    monthly: dict[int, Fraction]
    issued: Fraction


def _month_before(day: date, last: date) -> int:
    """Return how many whole months lie between a day and the last one."""
    return next(number for number in range(_YEAR + 1) if later(day, number + 1) > last)


def _part_at(cut: Cut, moves: list[Move], end: date) -> Part:
    year = later(end, -_YEAR)
    monthly: dict[int, Fraction] = defaultdict(Fraction)
    recent = [move for move in moves if move.is_issue and move.day >= year]
    for move in recent:
        monthly[_month_before(move.day, end - timedelta(days=1))] += move.issued
    used = [move.day for move in moves if move.is_issue and move.issued > 0]
    since = max(used) if used else min(move.day for move in moves)
    on_hand = sum((move.pieces for move in moves), Fraction(0))
    return Part(
        cut,
        on_hand,
        sum((move.value or Fraction(0) for move in moves), Fraction(0)),
        on_hand > 0 and since < later(end, -_RULES["dead_after_months"]),
        monthly,
        -sum((move.value or Fraction(0) for move in recent), Fraction(0)),
    )


def _variation(part: Part) -> str:
    """X, Y or Z by the coefficient of variation of twelve months' use."""
    whole = sum(part.monthly.values())
    if whole <= 0:
        return "Z"
    mean = whole / _YEAR
    idle = _YEAR - len(part.monthly)
    squares = sum((x - mean) ** 2 for x in part.monthly.values()) + idle * mean**2
    square = squares / _YEAR / mean**2
    steady, loose = (Fraction(str(limit)) ** 2 for limit in _RULES["xyz_variation"])
    return "X" if square <= steady else "Y" if square <= loose else "Z"


def _state_rows(hospital: Hospital, period: Period) -> Rows:
    end = end_of(hospital, period)
    sites: dict[str, list[Part]] = defaultdict(list)
    for cut, moves in _parts(hospital):
        known = [move for move in moves if move.day < end]
        if known:
            sites[cut["site"]].append(_part_at(cut, known, end))
    first, second = (Fraction(str(share)) for share in _RULES["abc_shares"])
    for parts in sites.values():
        parts.sort(key=lambda one: (-one.issued, one.cut["part"]))
        whole, before = sum(part.issued for part in parts), Fraction(0)
        for part in parts:
            letter = "A" if before < first * whole else "B" if before < second * whole else "C"
            own = {"abc_class": letter if part.issued > 0 else "C", "xyz_class": _variation(part)}
            before += part.issued
            yield part.cut | own, part


def _dead(rows: list[Part]) -> Figures:
    dead, n = [part for part in rows if part.is_dead], len(rows)
    return {
        "count": counted(len(dead), n),
        "value_cny": counted(sum(part.value for part in dead), n),
        "parts": counted(sum(part.on_hand > 0 for part in rows), n),
    }


def _classes(rows: list[Part]) -> Figures:
    n = len(rows)
    return {
        "count": counted(n, n),
        "issued_cny": counted(sum(part.issued for part in rows), n),
        "value_cny": counted(sum(part.value for part in rows), n),
    }


# -- what ran out -------------------------------------------------------------------------------


def _day_rows(hospital: Hospital, period: Period) -> Rows:
    start = max(period.start, local_day(hospital.data_from))
    for cut, moves in _parts(hospital):
        day = max(start, min(move.day for move in moves))
        while day < end_of(hospital, period):
            balance = sum(move.pieces for move in moves if move.day <= day)
            yield cut, (balance <= 0, (cut["site"], cut["part"]))
            day += timedelta(days=1)


def _days_out(rows: list[Any]) -> Figures:
    out, n = [part for is_out, part in rows if is_out], len(rows)
    return {
        "share": Figure(Fraction(len(out), n), n),
        "days": counted(len(out), n),
        "parts": counted(len(set(out)), n),
    }


def _demands(hospital: Hospital) -> list[tuple[Row, str, int, int | None]]:
    """Return (row, id, asked at, met in full at) of requests, and of issues without one."""
    found = []
    asked = set()
    for row in hospital.tables["part_requests"]:
        if row["requested_at"] is None or row["requested_at"] > hospital.as_of:
            continue
        asked.add((row["site_id"], row["part_id"], row["ticket_id"]))
        wanted, given = row["quantity"] or 0, row["issued_quantity"]
        is_issued = row["issued_at"] is not None and row["issued_at"] <= hospital.as_of
        is_full = is_issued and (given if given is not None else wanted) >= wanted
        met = max(row["issued_at"], row["requested_at"]) if is_full else None
        found.append((row, row["request_id"], row["requested_at"], met))
    for row in hospital.tables["stock_moves"]:
        key = (row["site_id"], row["part_id"], row["ticket_id"])
        is_asked = row["ticket_id"] is not None and key in asked
        if row["kind"] == "out" and row["at"] <= hospital.as_of and not is_asked:
            found.append((row, f"issue:{row['move_id']}", row["at"], row["at"]))
    return found


def _demand_rows(hospital: Hospital, period: Period) -> Rows:
    limit = 60 * _RULES["filled_within_minutes"]
    classes = {(p["site_id"], p["part_id"]): p["part_class"] for p in hospital.tables["parts"]}
    waited = set()
    for row, _, asked, met in sorted(_demands(hospital), key=lambda one: (one[2], one[1])):
        waits = (hospital.as_of if met is None else met) - asked
        if met is None and waits <= limit:
            continue
        is_met = waits <= limit
        key = (row["site_id"], row["ticket_id"])
        ticket = hospital.ticket_of.get(key)
        seconds = 0
        if ticket and not is_met and key not in waited:
            waited.add(key)
            seconds = sum(p.end - p.start for p in ticket.pauses if p.reason == "waiting_part")
        if inside(local_day(asked), period):
            cut = dict.fromkeys(("department", "zone", "asset_class"))
            cut |= ticket.cut() if ticket else {"site": row["site_id"]}
            part = {"part": row["part_id"], "part_class": classes.get((key[0], row["part_id"]))}
            yield cut | part, (is_met, seconds)


def _stock_outs(rows: list[Any]) -> Figures:
    unmet, n = sum(not is_met for is_met, _ in rows), len(rows)
    return {
        "share": proportion(unmet, n),
        "lines": counted(n, n),
        "unmet": counted(unmet, n),
        "waiting_hours": Figure(Fraction(sum(seconds for _, seconds in rows), 3600), n),
        # the defaults have no rate for an hour without a device
        "waiting_cny": Figure(None, n),
    }


MEASURES = {
    "parts_used": Measure(_used_rows, _used),
    "stock_turnover": Measure(_turnover_rows, _turnover),
    "dead_stock": Measure(_state_rows, _dead),
    "parts_abc_xyz": Measure(_state_rows, _classes),
    "days_out_of_stock": Measure(_day_rows, _days_out),
    "stock_outs": Measure(_demand_rows, _stock_outs),
}
