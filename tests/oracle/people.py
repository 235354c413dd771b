"""KPIs of people, satisfaction and the state of devices: loads, answers, loaners, what falls due.

Holds the measures on registers that the flow of tickets does not tell; the shape of a measure is in
`figures`.
"""

import math
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle.devices import Stretch
from oracle.equipment import DAY, device_cut, inside
from oracle.figures import (
    Cut,
    Figure,
    Figures,
    Measure,
    Rows,
    counted,
    durations,
    proportion,
    valid,
)
from oracle.figures import is_open as state_at
from oracle.flow import FLOW, share_of
from oracle.hospital import Hospital, Period
from oracle.reading import Row, local_day, midnight
from oracle.registers import counted_ratings, mark, plan_days, plan_record, ticket_cut
from oracle.statistics import garwood

_ASPECTS = ("overall", "response_speed", "professionalism", "communication")


def _place(hospital: Hospital, site: str, department: str | None) -> Cut:
    place = hospital.departments.get((site, department)) or {}
    return {"site": site, "department": department, "zone": place.get("zone")}


def _last_day(hospital: Hospital, period: Period) -> date:
    """Return the day after the last that the period has seen."""
    return min(period.end, local_day(hospital.as_of) + timedelta(days=1))


# -- calls, complaints, satisfaction ------------------------------------------------------------


def _call_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.calls:
        if inside(local_day(row["at"]), period):
            answered = row["answered_at"]
            wait = None if answered is None else answered - row["at"]
            yield _place(hospital, row["site_id"], row["department_id"]), ("done", wait)


def _abandoned(rows: list[Any]) -> Figures:
    lost = sum(wait is None for _, wait in rows)
    return {"share": proportion(lost, len(rows)), "count": counted(lost, len(rows))}


def _complaint_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.tables["complaints"]:
        if row["at"] <= hospital.as_of and inside(local_day(row["at"]), period):
            ticket = hospital.ticket_of.get((row["site_id"], row["ticket_id"]))
            own = row["department_id"] or (ticket and ticket.row["department_id"])
            yield _place(hospital, row["site_id"], own), "complaint"
    for ticket in hospital.tickets:
        if valid(ticket) and inside(ticket.reported_on, period):
            yield ticket.cut(), "ticket"


def _complaints(rows: list[str]) -> Figures:
    events, size = rows.count("complaint"), rows.count("ticket")
    found = {"count": counted(events, events)}
    if not size:
        return found | {"per_1000": Figure(None, events)}
    low, high = (bound * 1000 / size for bound in garwood(events))
    return found | {"per_1000": Figure(Fraction(1000 * events, size), events, low, high)}


def _mark_rows(hospital: Hospital, period: Period) -> Rows:
    for row, is_counted in counted_ratings(hospital):
        if is_counted and inside(local_day(row["rated_at"]), period):
            for name in _ASPECTS:
                if (value := mark(row, name)) is not None:
                    yield ticket_cut(hospital, row) | {"rating_aspect": name}, value


def _marks(rows: list[int]) -> Figures:
    return {
        "top_share": proportion(sum(value >= 400 for value in rows), len(rows)),
        "mean": Figure(Fraction(sum(rows), 100 * len(rows)), len(rows)),
        "counted": counted(len(rows), len(rows)),
    }


def _asked_rows(hospital: Hospital, period: Period) -> Rows:
    for row, is_counted in counted_ratings(hospital):
        is_asked = row["asked_at"] is not None and inside(local_day(row["asked_at"]), period)
        if is_asked and not row["is_self"]:
            cut = ticket_cut(hospital, row)
            is_top = (
                row["overall"] is not None and row["overall"] * 5 >= (row["scale_max"] or 5) * 4
            )
            value = (mark(row, "overall") or 0) if is_counted else None
            yield cut, ((cut["site"], cut["department"]), is_top, value)


def _answers(rows: list[Any]) -> Figures:
    given = [row for row in rows if row[2] is not None]
    top, silent = sum(row[1] for row in given), len(rows) - len(given)
    marks = sum(row[2] for row in given) + 300 * silent
    wards: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        wards[row[0]].append(row)
    weighed, weight = Fraction(0), 0
    for asked in wards.values():
        told = [row for row in asked if row[2] is not None]
        if told:
            weight += len(asked)
            weighed += Fraction(len(asked) * sum(row[1] for row in told), len(told))
    return {
        "low": proportion(top, len(rows)),
        "high": proportion(top + silent, len(rows)),
        "neutral_mean": Figure(Fraction(marks, 100 * len(rows)), len(given)),
        "weighted": Figure(weighed / weight if weight else None, len(given)),
    }


# -- devices ------------------------------------------------------------------------------------


def _state_spans(hospital: Hospital) -> list[tuple[Stretch, str, bool]]:
    """Return (stretch, state, by the register only) of every device up to as-of; end -1 is open."""
    states: dict[Any, list[Row]] = defaultdict(list)
    for row in hospital.tables["asset_states"]:
        if row["valid_from"] <= hospital.as_of:
            states[row["site_id"], row["asset_id"]].append(row)
    found = []
    for key, asset in hospital.assets.items():
        own = sorted(states[key], key=lambda row: row["valid_from"])
        for number, row in enumerate(own):
            ends = [row["valid_to"], own[number + 1]["valid_from"] if own[number + 1 :] else None]
            end = min((e for e in ends if e is not None), default=-1)
            department = row["department_id"] or asset["department_id"]
            found.append((Stretch(asset, department, row["valid_from"], end), row["state"], False))
        found += [] if own else _by_register(asset)
    kept = []
    for stretch, state, is_ledger in found:
        if stretch.end > hospital.as_of:
            stretch.end = -1
        is_real = stretch.end == -1 or stretch.start < stretch.end
        if is_real and stretch.start <= hospital.as_of:
            kept.append((stretch, state, is_ledger))
    return kept


def _by_register(asset: Row) -> list[tuple[Stretch, str, bool]]:
    first, last = asset["accepted_on"], asset["retired_on"]
    gone = midnight(last) if last else -1
    found = []
    if first:
        stretch = Stretch(asset, asset["department_id"], midnight(first), gone)
        found.append((stretch, "in_service", True))
    if last:
        found.append((Stretch(asset, asset["department_id"], gone, -1), "retired", True))
    return found


def _state_rows(hospital: Hospital, period: Period) -> Rows:
    now = period.level_second
    broken: dict[Any, set[str]] = defaultdict(set)
    for ticket in hospital.tickets:
        state = state_at(ticket, now) if ticket.is_use_failure else None
        if state and ticket.row["asset_id"]:
            broken[ticket.site, ticket.row["asset_id"]].add(state.name)
    for one, state_name, is_ledger in _state_spans(hospital):
        if one.start <= now and (one.end == -1 or one.end > now):
            trouble = broken.get((one.asset["site_id"], one.asset["asset_id"]))
            cut = device_cut(hospital, one.asset, one.department, None)
            yield cut, (_doing(state_name, trouble), is_ledger and state_name != "retired")


def _doing(state: str, trouble: set[str] | None) -> str:
    if state != "in_service":
        return state
    if not trouble:
        return "in_use"
    if "vendor" in trouble:
        return "at_vendor"
    return "waiting_part" if "waiting_part" in trouble else "in_repair"


def _states(rows: list[tuple[str, bool]]) -> Figures:
    names = [name for name, _ in rows]
    total = len(names) - names.count("retired")
    kinds = ("in_use", "in_repair", "at_vendor", "waiting_part", "loaner", "lent_out", "in_stock",
             "stopped", "retired")  # fmt: skip
    found = {name: counted(names.count(name), total) for name in kinds}
    ledger = sum(is_ledger for _, is_ledger in rows)
    return found | {"total": counted(total, total), "ledger": counted(ledger, total)}


def _lent(hospital: Hospital) -> list[tuple[Cut, Row, int | None]]:
    found = []
    for row in hospital.tables["loans"]:
        if row["lent_at"] <= hospital.as_of:
            back = row["returned_at"]
            asset = hospital.assets.get((row["site_id"], row["asset_id"])) or {}
            cut = _place(hospital, row["site_id"], row["department_id"])
            cut["asset_class"] = asset.get("asset_class")
            is_back = back is not None and back <= hospital.as_of
            found.append((cut, row, back if is_back else None))
    return found


def _return_rows(hospital: Hospital, period: Period) -> Rows:
    for cut, row, back in _lent(hospital):
        if back is not None and inside(local_day(back), period):
            yield cut, ("done", back - row["lent_at"])
        if inside(local_day(row["lent_at"]), period):
            end = hospital.as_of if back is None else back
            yield cut, ("cohort", (end - row["lent_at"], back is not None))


def _overlap(start: int, end: int, period: Period) -> int:
    return max(min(end, period.last_second) - max(start, period.first_second), 0)


def _loaner_rows(hospital: Hospital, period: Period) -> Rows:
    spans = _state_spans(hospital)
    pool = {id(one.asset) for one, state, _ in spans if state == "loaner"}
    for one, state, _ in spans:
        end = hospital.as_of if one.end == -1 else one.end
        is_touched = one.start < period.last_second and end > period.first_second
        if id(one.asset) in pool and state in ("loaner", "lent_out") and is_touched:
            cut = {"site": one.asset["site_id"], "asset_class": one.asset["asset_class"]}
            yield cut, ("ready", _overlap(one.start, end, period), 0, 0)
    for cut, row, back in _lent(hospital):
        end = hospital.as_of if back is None else back
        is_touched = row["lent_at"] < period.last_second and end > period.first_second
        if is_touched or inside(local_day(row["lent_at"]), period):
            late = 0
            if row["due_at"] is not None:
                late = _overlap(max(row["due_at"], row["lent_at"]), end, period)
            begun = int(inside(local_day(row["lent_at"]), period))
            yield cut, ("loan", _overlap(row["lent_at"], end, period), late, begun)


def _loaners(rows: list[Any]) -> Figures:
    ready = sum(row[1] for row in rows if row[0] == "ready")
    out, late, begun = (sum(row[i] for row in rows if row[0] == "loan") for i in (1, 2, 3))
    return {
        "loans": counted(begun, begun),
        "turnover": Figure(Fraction(begun * 30 * DAY, ready) if ready else None, begun),
        "utilisation": Figure(Fraction(out, ready) if ready else None, begun),
        "overdue_share": Figure(Fraction(late, out) if out else None, begun),
    }


# -- people -------------------------------------------------------------------------------------


def days_of(hospital: Hospital) -> dict[tuple[str, str, date], list[int]]:
    """Return [available, hands-on] seconds by site, engineer and complete local day."""
    minutes: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in hospital.tables["engineer_time"]:
        key = (row["site_id"], row["engineer_id"], row["on_date"])
        minutes[key]["on" if row["kind"] == "roster" else "off"] += row["minutes"] or 0
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for key, known in minutes.items():
        found[key][0] = 60 * max(known["on"] - known["off"], 0)
    for row in hospital.tables["effort_logs"]:
        if row["started_at"] <= hospital.as_of and row["engineer_id"]:
            end = hospital.as_of if row["ended_at"] is None else row["ended_at"]
            key = (row["site_id"], row["engineer_id"], local_day(row["started_at"]))
            found[key][1] += max(min(end, hospital.as_of) - row["started_at"], 0)
    today = local_day(hospital.as_of)
    return {key: values for key, values in found.items() if key[2] < today}


def _who(hospital: Hospital, site: str, engineer: str) -> Cut:
    team = hospital.team_of(site, engineer)
    return {"site": site, "engineer": engineer, "engineer_group": team}


def _load_rows(hospital: Hospital, period: Period) -> Rows:
    for (site, engineer, day), (able, worked) in days_of(hospital).items():
        if inside(day, period):
            yield _who(hospital, site, engineer), ((site, engineer), able, worked)


def _loads(rows: list[Any]) -> Figures:
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for person, able, worked in rows:
        sums[person][0] += able
        sums[person][1] += worked
    rostered = [pair for pair in sums.values() if pair[0]]
    able, worked = sum(pair[0] for pair in rostered), sum(pair[1] for pair in rostered)
    low, high = (Fraction(str(bound)) for bound in FLOW["utilisation_band"])
    much, size = Fraction(str(FLOW["overload_share"])), len(rostered)
    apart = sum(pair[1] for pair in sums.values() if not pair[0])
    return {
        "share": Figure(Fraction(worked, able) if able else None, size),
        "people": counted(size, size),
        "overloaded": counted(sum(w > much * a for a, w in rostered), size),
        "in_band": counted(sum(low * a <= w <= high * a for a, w in rostered), size),
        "hands_on_hours": Figure(Fraction(worked, 3600), size),
        "available_hours": Figure(Fraction(able, 3600), size),
        "unrostered_hours": Figure(Fraction(apart, 3600), size),
    }


def _hand_rows(hospital: Hospital, period: Period) -> Rows:
    now, last = period.level_second, _last_day(hospital, period)
    for (site, engineer, day), (able, _) in days_of(hospital).items():
        if able and last - timedelta(days=7) <= day < last:
            yield _who(hospital, site, engineer), ((site, engineer), 0)
    for ticket in hospital.tickets:
        for one in ticket.holdings:
            if one.start <= now and (one.is_current or one.end > now):
                yield _who(hospital, ticket.site, one.engineer), ((ticket.site, one.engineer), 1)


def _hands(rows: list[Any]) -> Figures:
    held: dict[Any, int] = defaultdict(int)
    for person, number in rows:
        held[person] += number
    hands = sorted(held.values())
    n, total = len(hands), sum(hands)
    mean = Fraction(total, n)
    variance = sum((x - mean) ** 2 for x in hands) / n
    pairs = sum(abs(a - b) for a in hands for b in hands)
    spread = Fraction(math.sqrt(variance)) / mean if total else None
    gini = Fraction(pairs, 2 * n * total) if total else None
    values = {"mean": mean, "most": Fraction(hands[-1]), "people": Fraction(n)}
    found = {name: Figure(value, n) for name, value in values.items()}
    return found | {"cv": Figure(spread, n), "gini": Figure(gini, n)}


def _handover_rows(hospital: Hospital, period: Period) -> Rows:
    leads: set[Any] = set()
    for row in sorted(hospital.tables["handovers"], key=lambda one: one["handover_id"]):
        if row["announced_at"] > hospital.as_of:
            continue
        pair = tuple(row[name] for name in ("site_id", "from_engineer_id", "to_engineer_id",
                                            "announced_at"))  # fmt: skip
        is_lead = pair not in leads
        leads.add(pair)
        if inside(local_day(row["announced_at"]), period):
            team = hospital.team_of(row["site_id"], row["to_engineer_id"])
            yield {"site": row["site_id"], "engineer_group": team}, (hospital, row, is_lead)


def _sections(rows: list[Any]) -> Figures:
    done = sum(bool(row["is_done"]) for _, row, _ in rows)
    return {
        "share": proportion(done, len(rows)),
        "open": counted(len(rows) - done, len(rows)),
        "met_minutes": counted(sum(row["met_minutes"] or 0 for _, row, _ in rows), len(rows)),
    }


def _assigned_at(hospital: Hospital, row: Row) -> int | None:
    moment = row["assigned_at"]
    return moment if moment is not None and moment <= hospital.as_of else None


def _assigned(rows: list[Any]) -> Figures:
    limit, watch = 3600 * FLOW["handover_hours"], DAY * FLOW["observation_days"]
    judged, in_time, observed = 0, 0, 0
    for hospital, row, is_lead in rows:
        moment = _assigned_at(hospital, row)
        if is_lead and (moment is not None or hospital.as_of - row["announced_at"] > limit):
            judged += 1
            in_time += moment is not None and moment - row["announced_at"] <= limit
            observed += moment is not None and moment + watch > hospital.as_of
    if not judged:
        return {}
    return {
        "share": share_of(in_time, judged),
        "pairs": counted(judged, judged),
        "observed": counted(observed, judged),
    }


def _watched(hospital: Hospital, site: str, who: str, start: int, end: int) -> tuple[int, int]:
    found = [
        ticket.count("reopened") > 0
        for ticket in hospital.tickets
        if valid(ticket)
        and (ticket.site, ticket.holder) == (site, who)
        and (moment := ticket.first("restored")) is not None
        and start <= moment < end
    ]
    return len(found), sum(found)


def _observed(rows: list[Any]) -> Figures:
    watch, before = DAY * FLOW["observation_days"], DAY * FLOW["baseline_days"]
    sums, leads = [0, 0, 0, 0], 0
    for hospital, row, is_lead in rows:
        if not is_lead:
            continue
        leads += 1
        moment, told = _assigned_at(hospital, row), row["announced_at"]
        site = row["site_id"]
        later = (0, 0)
        if moment is not None:
            later = _watched(hospital, site, row["to_engineer_id"], moment, moment + watch)
        earlier = _watched(hospital, site, row["from_engineer_id"], told - before, told)
        sums = [a + b for a, b in zip(sums, (*later, *earlier), strict=True)]
    if not leads:
        return {}
    found = {"after_count": counted(sums[0], leads), "before_count": counted(sums[2], leads)}
    if sums[0]:
        found["after_share"] = proportion(sums[1], sums[0])
    if sums[2]:
        found["before_share"] = proportion(sums[3], sums[2])
    return found


# -- what falls due -----------------------------------------------------------------------------


def _items(hospital: Hospital) -> list[tuple[Cut, date, date, date | None]]:
    """Return (cut, due, known since, done) of plans, warranties, contracts and loans."""
    found = []
    today = local_day(hospital.as_of)
    year = timedelta(days=366)
    for plan in hospital.tables["pm_plans"]:
        kind = "calibration" if plan["kind"] == "calibration" else "maintenance"
        cut = _item_cut(hospital, plan, kind)
        for due, one in plan_record(hospital, plan):
            done = one["done_at"] if one else None
            found.append((cut, due, due - year, local_day(done) if done is not None else None))
        ahead = plan_days(plan, today + timedelta(days=30), set())
        found += [(cut, day, plan["starts_on"], None) for day in ahead if day > today]
    for asset in hospital.assets.values():
        due = asset["warranty_until"]
        if due:
            cut = _item_cut(hospital, asset, "warranty")
            found.append((cut, due, asset["accepted_on"] or due - year, asset["retired_on"]))
    for row in hospital.tables["contracts"]:
        if row["ends_on"]:
            cut = _item_cut(hospital, row, "contract")
            found.append((cut, row["ends_on"], row["starts_on"] or row["ends_on"] - year, None))
    for cut, row, back in _lent(hospital):
        if row["due_at"] is not None:
            done = local_day(back) if back is not None else None
            due, since = local_day(row["due_at"]), local_day(row["lent_at"])
            found.append((cut | {"due_kind": "loan"}, due, since, done))
    return found


def _item_cut(hospital: Hospital, row: Row, kind: str) -> Cut:
    asset = hospital.assets.get((row["site_id"], row["asset_id"])) or {}
    cut = _place(hospital, row["site_id"], asset.get("department_id"))
    return cut | {"asset_class": asset.get("asset_class"), "due_kind": kind}


def _due_rows(hospital: Hospital, period: Period) -> Rows:
    today = _last_day(hospital, period) - timedelta(days=1)
    for cut, due, since, done in _items(hospital):
        is_done = done is not None and midnight(done) <= period.level_second
        if is_done or midnight(since) > period.level_second:
            continue
        days = (due - today).days
        if 0 <= days <= 30 or (cut["due_kind"] == "loan" and days < 0):
            yield cut, days


def _due(rows: list[int]) -> Figures:
    return {
        "in_7_days": counted(sum(0 <= days <= 7 for days in rows), len(rows)),
        "in_30_days": counted(sum(days >= 0 for days in rows), len(rows)),
        "overdue_loans": counted(sum(days < 0 for days in rows), len(rows)),
    }


MEASURES = {
    "call_answer_time": Measure(_call_rows, durations),
    "calls_abandoned": Measure(_call_rows, _abandoned),
    "complaint_rate": Measure(_complaint_rows, _complaints),
    "satisfaction_aspects": Measure(_mark_rows, _marks),
    "satisfaction_bounds": Measure(_asked_rows, _answers),
    "device_states": Measure(_state_rows, _states),
    "loan_return_time": Measure(_return_rows, durations),
    "loaner_turnover": Measure(_loaner_rows, _loaners),
    "utilisation": Measure(_load_rows, _loads),
    "wip_spread": Measure(_hand_rows, _hands),
    "handover_sections": Measure(_handover_rows, _sections),
    "handover_assigned": Measure(_handover_rows, _assigned),
    "handover_observation": Measure(_handover_rows, _observed),
    "due_soon": Measure(_due_rows, _due),
}
