"""KPIs of how work flows: where the time went, who held what, what came back, what was forgotten.

Holds the measures on restorations, hands and transfers of tickets; the shape of a measure is in
`figures`, people and devices are in `people`.
"""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oracle import rules
from oracle.figures import (
    Figure,
    Figures,
    Measure,
    Rows,
    counted,
    durations,
    is_open,
    proportion,
    shares,
    tickets,
    valid,
)
from oracle.hospital import Hospital, Period, Ticket
from oracle.lives import GAP
from oracle.reading import local_day

DAY = 86_400
FLOW = rules.THRESHOLDS["flow"]
_PARTS = (
    "accept_wait", "travel", "diagnosis", "repair", "waiting_part", "waiting_user", "vendor",
    "approval", "force_majeure", "other", "reopened_gap",
)  # fmt: skip
_WAITS = ("waiting_part", "waiting_user", "approval", "force_majeure")


def share_of(hits: int, size: int) -> Figure:
    """Return a share; nothing of nothing is no share."""
    return proportion(hits, size) if size else Figure(None, 0)


# -- where the time went ------------------------------------------------------------------------


def _part(  # noqa: PLR0911 - one for each part
    ticket: Ticket, start: int, end: int
) -> str:
    """Name the part of a stretch in which nothing changes: rests, vendor, pauses, then work."""
    reasons = {p.reason for p in ticket.pauses if p.start <= start and end <= p.end}
    accepted, arrived, begun = map(ticket.first, ("accepted", "arrived", "work_started"))
    known = next((m for m in (accepted, arrived, begun) if m is not None), None)
    is_accepted = accepted is not None and start >= accepted
    if GAP in reasons or "vendor" in reasons:
        return "reopened_gap" if GAP in reasons else "vendor"
    if reasons:
        waits = reasons & set(_WAITS)
        return waits.pop() if waits else "other"
    if begun is not None and start >= begun:
        return "repair"
    if arrived is not None and start >= arrived:
        return "repair" if begun is None else "diagnosis"
    if is_accepted and arrived is not None:
        return "travel"
    if is_accepted and begun is None and not ticket.is_onsite:
        return "repair"
    return "accept_wait" if known is not None and start < known else "other"


def _split(ticket: Ticket) -> dict[str, int]:
    first, last = ticket.reported_at, ticket.restored_at or ticket.reported_at
    edges = {first, last, *(edge for p in ticket.pauses for edge in (p.start, p.end))}
    edges |= {m for k in ("accepted", "arrived", "work_started") if (m := ticket.first(k))}
    inside = sorted(edge for edge in edges if first <= edge <= last)
    found = dict.fromkeys(_PARTS, 0)
    for start, end in pairwise(inside):
        found[_part(ticket, start, end)] += end - start
    return found


def _split_total(rows: list[dict[str, int]]) -> Figures:
    found = {name: counted(sum(row[name] for row in rows), len(rows)) for name in _PARTS}
    return found | {"gross": counted(sum(sum(row.values()) for row in rows), len(rows))}


def _split_share(rows: list[dict[str, int]]) -> Figures:
    known = [row for row in rows if sum(row.values())]
    whole = sum(sum(row.values()) for row in known)
    if not known:
        return {}
    sums = {name: sum(row[name] for row in known) for name in _PARTS}
    return {name: Figure(Fraction(part, whole), len(known)) for name, part in sums.items()}


def _verify_wait(ticket: Ticket) -> tuple[str, int | None]:
    verified, restored = ticket.last("verified", is_any=True), ticket.restored_at
    is_known = verified is not None and restored is not None and verified >= restored
    return "done", verified - restored if is_known else None  # type: ignore[operator]


# -- hands --------------------------------------------------------------------------------------


def _is_ping_pong(ticket: Ticket) -> bool:
    names = [one.engineer for one in ticket.holdings]
    return any(a == c and a != b for a, b, c in zip(names, names[1:], names[2:], strict=False))


def _action(ticket: Ticket) -> int | None:
    accepted = ticket.first("accepted")
    logged = ticket.hospital.first_effort.get((ticket.site, ticket.ticket_id))
    moments = [ticket.first("arrived"), ticket.first("work_started"), logged]
    later = [m for m in moments if m is not None and accepted is not None and m >= accepted]
    ends = [m for m in (ticket.first("restored"), ticket.ended_at) if m is not None]
    return min([*later, *ends], default=None)


def _accept_rows(hospital: Hospital, period: Period) -> Rows:
    limit = 60 * FLOW["idle_after_accept_minutes"]
    for ticket in hospital.tickets:
        accepted = ticket.first("accepted")
        if accepted is None or ticket.is_void or not reported_in(ticket, period):
            continue
        action = _action(ticket)
        waited = (hospital.as_of if action is None else action) - accepted
        is_judged = action is not None or waited > limit
        is_acted = action is not None and action >= accepted
        yield ticket.cut(), (waited if is_acted else None, is_judged, waited > limit)


def _accept_total(rows: list[Any]) -> Figures:
    judged = sum(row[1] for row in rows)
    found = durations(("done", row[0]) for row in rows)
    return found | {"idle": share_of(sum(row[2] for row in rows), judged)}


def reported_in(ticket: Ticket, period: Period) -> bool:
    """Whether it was reported in the period."""
    return period.start <= ticket.reported_on < period.end


def _with_count(name: str) -> Callable[[list[bool]], Figures]:
    def total(rows: list[bool]) -> Figures:
        return {"share": proportion(sum(rows), len(rows)), name: counted(sum(rows), len(rows))}

    return total


def _is_auto(ticket: Ticket) -> bool:
    sent, accepted = ticket.first("dispatched"), ticket.first("accepted")
    limit = FLOW["auto_accept_seconds"]
    return sent is not None and accepted is not None and 0 <= accepted - sent <= limit


def _is_unspecific(ticket: Ticket) -> bool:
    return ticket.row["fault_family_code"] in (None, *rules.TEXTS["unspecific"])


def _unspecific_total(rows: list[bool]) -> Figures:
    """Nobody has reviewed anything in the demo: what the engineers left open still is."""
    one = proportion(sum(rows), len(rows))
    return {"share": one, "unnamed": one, "tickets": counted(sum(rows), len(rows))}


def _is_misdispatched(ticket: Ticket) -> bool:
    passed = [event for event in ticket.events if event["type"] == "transferred"]
    return bool(passed) and passed[0]["reason_code"] in ("wrong_place", "wrong_content", "skill")


_TAKEN = ("accepted", "arrived", "work_started", "resumed", "sent_to_vendor")
_TURNS = ("transferred", *_TAKEN, "restored", "closed", "cancelled", "merged")


def _transfer_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        turns = [event for event in ticket.in_order if event["type"] in _TURNS]
        for number, event in enumerate(turns):
            if event["type"] != "transferred" or ticket.is_void:
                continue
            if not period.start <= local_day(event["at"]) < period.end:
                continue
            after = turns[number + 1] if number + 1 < len(turns) else None
            if after is None:
                yield ticket.cut(), ("cohort", (hospital.as_of - event["at"], False))
            elif after["type"] in _TAKEN:
                yield ticket.cut(), ("done", after["at"] - event["at"])
                yield ticket.cut(), ("cohort", (after["at"] - event["at"], True))


# -- what came back -----------------------------------------------------------------------------


def _next(ticket: Ticket, moment: int, *, is_failure: bool) -> int | None:
    """Return the next report on the same device and fault family after a moment."""
    if not ticket.asset or ticket.row["fault_family_code"] is None:
        return None
    same = (
        one.reported_at
        for one in ticket.hospital.tickets
        if one.asset is ticket.asset
        and one.row["fault_family_code"] == ticket.row["fault_family_code"]
        and one.reported_at > moment
        and (one.is_use_failure if is_failure else not one.is_void and not one.is_planned)
    )
    return min(same, default=None)


def _interrupted(ticket: Ticket, restored: int) -> str | None:
    """Return why the first visit was not enough, None when nothing interrupted it."""
    begun = [m for k in ("arrived", "work_started") if (m := ticket.first(k)) is not None]
    start = min(begun, default=restored)
    inside = [event for event in ticket.in_order if start <= event["at"] < restored]
    broken = [event for event in inside if event["type"] in ("paused", "sent_to_vendor")]
    passed = [e for e in inside if e["type"] == "transferred" and e["at"] > start]
    if broken:
        first = broken[0]
        reason = "vendor" if first["type"] == "sent_to_vendor" else first["reason_code"]
        names = {"waiting_part": "part_missing", "waiting_user": "user_absent",
                 "approval": "permission", "vendor": "vendor"}  # fmt: skip
        if reason in names:
            return names[reason]
    if passed and passed[0]["reason_code"] in ("skill", "wrong_content"):
        return {"skill": "skill", "wrong_content": "misdiagnosis"}[passed[0]["reason_code"]]
    visits = sum(e["type"] == "arrived" and e["at"] <= restored for e in ticket.in_order)
    return "other" if broken or passed or visits > 1 else None


def _fix_failure(ticket: Ticket, restored: int) -> str | None:
    limit = restored + DAY * FLOW["first_fix_days"]
    reason = ticket.row["second_visit_reason"] or _interrupted(ticket, restored)
    if reason:
        return str(reason)
    reopened = [e["at"] for e in ticket.in_order if e["type"] == "reopened" and e["at"] >= restored]
    if reopened and min(reopened) <= limit:
        return "reopened"
    again = _next(ticket, restored, is_failure=True)
    return "recurred" if again is not None and again <= limit else None


def _fix_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        restored = ticket.first("restored")
        if not ticket.is_use_failure or restored is None:
            continue
        if period.start <= local_day(restored) < period.end:
            is_mature = restored + DAY * FLOW["first_fix_days"] <= hospital.as_of
            yield ticket.cut(), (is_mature, _fix_failure(ticket, restored) or "share")


_REASONS = (
    "part_missing", "misdiagnosis", "skill", "permission", "user_absent", "vendor", "other",
    "reopened", "recurred",
)  # fmt: skip


def _fixes(rows: list[tuple[bool, str]]) -> Figures:
    mature = [reason for is_mature, reason in rows if is_mature]
    found = {name: share_of(mature.count(name), len(mature)) for name in ("share", *_REASONS)}
    return found | {"immature": counted(len(rows) - len(mature), len(mature))}


def _shadow_rows(hospital: Hospital, period: Period) -> Rows:
    limit = 3600 * FLOW["shadow_reopen_hours"]
    for ticket in hospital.tickets:
        restored = ticket.restored_at
        is_known = ticket.asset and ticket.row["fault_family_code"]
        if not ticket.is_use_failure or restored is None or not is_known:
            continue
        if period.start <= local_day(restored) < period.end:
            again = _next(ticket, restored, is_failure=False)
            is_back = again is not None and again <= restored + limit
            yield ticket.cut(), (restored + limit <= hospital.as_of, is_back)


def _shadows(rows: list[tuple[bool, bool]]) -> Figures:
    mature = [is_back for is_mature, is_back in rows if is_mature]
    return {
        "share": share_of(sum(mature), len(mature)),
        "tickets": counted(sum(mature), len(mature)),
        "immature": counted(len(rows) - len(mature), len(mature)),
    }


# -- in, out, waiting, forgotten ----------------------------------------------------------------


def _flow_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        end = None
        for number, state in enumerate(ticket.states):
            if state.start != end:
                kind = "reported" if number == 0 else "reopened"
                if period.start <= local_day(state.start) < period.end:
                    yield ticket.cut(), kind
            later = ticket.states[number + 1 :]
            end = state.end
            is_left = end is not None and (not later or later[0].start != end)
            if is_left and end is not None and period.start <= local_day(end) < period.end:
                yield ticket.cut(), "out"


def _flows(rows: list[str]) -> Figures:
    out, size = rows.count("out"), len(rows)
    return {
        "inflow": counted(size - out, size),
        "reopened": counted(rows.count("reopened"), size),
        "outflow": counted(out, size),
        "net": counted(size - 2 * out, size),
    }


def _queue_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        state = is_open(ticket, period.level_second)
        if state and state.name in ("waiting_dispatch", "waiting_accept"):
            yield ticket.cut(), period.last_second - ticket.reported_at


def _longest(name: str) -> Callable[[list[int]], Figures]:
    def total(rows: list[int]) -> Figures:
        return {"count": counted(len(rows), len(rows)), name: counted(max(rows), len(rows))}

    return total


def _orphan_rows(hospital: Hospital, period: Period) -> Rows:
    now = period.level_second
    today = min(period.end, local_day(hospital.as_of) + timedelta(days=1)) - timedelta(days=1)
    left = {(e["site_id"], e["engineer_id"]): e["left_on"] for e in hospital.tables["engineers"]}
    for ticket in hospital.tickets:
        state = is_open(ticket, now)
        if not state or state.name in ("waiting_dispatch", "waiting_accept"):
            continue
        holders = [h for h in ticket.holdings if h.start <= now and (h.is_current or h.end > now)]
        gone = [left.get((ticket.site, one.engineer)) for one in holders]
        if all(day is not None and day < today for day in gone):
            yield ticket.cut(), 1


_ENDS = ("restored", "verified", "closed", "cancelled", "merged")


def _limit_reached(since: int, until: int) -> int | None:
    """Return when the working time since a moment reaches the limit, None if not before a time."""
    calendar = rules.THRESHOLDS["forgotten_calendar"]
    left = 3600 * rules.THRESHOLDS["forgotten_working_hours"]
    for start, end in rules.working(calendar, since, until):
        if end - start >= left:
            return start + left
        left -= end - start
    return None


def _forgotten_rows(hospital: Hospital, period: Period) -> Rows:
    now = period.level_second
    for ticket in hospital.tickets:
        events = [event for event in ticket.in_order if event["type"] != "chased"]
        is_ended = False
        for number, event in enumerate(events):
            is_ended = event["type"] in _ENDS or (is_ended and event["type"] != "reopened")
            after = [events[number + 1]["at"]] if number + 1 < len(events) else []
            ends = [*after, *([ticket.ended_at] if ticket.ended_at is not None else [])]
            end = min(ends, default=None)
            is_over = ticket.ended_at is not None and event["at"] >= ticket.ended_at
            if is_ended or is_over or event["at"] > now or (end is not None and end <= now):
                continue
            since = _limit_reached(event["at"], now + 1)
            if since is not None and since <= now and since < hospital.as_of:
                yield ticket.cut(), period.last_second - since


# -- visits -------------------------------------------------------------------------------------


def _is_visited(ticket: Ticket) -> bool:
    is_onsite = not ticket.is_planned and ticket.row["resolution_mode"] == "onsite"
    return ticket.first("arrived") is not None or is_onsite


def _is_meant(ticket: Ticket, rule: dict[str, Any]) -> bool:
    row, place = ticket.row, ticket.department or {}
    urgency = row["urgency"] or rules.SLA["urgency_of_priority"].get(row["priority"])
    lists = {
        "fault_groups": ticket.family.get("group"),
        "fault_families": row["fault_family_code"],
        "work_classes": row["work_class"],
        "priorities": row["priority"],
        "urgencies": urgency,
        "service_impacts": ticket.impact,
        "asset_classes": ticket.asset and ticket.asset["asset_class"],
    }
    flags = {
        "is_sensitive_area": bool(place.get("is_sensitive_area")),
        "prefers_onsite": bool(place.get("prefers_onsite")),
        "is_reopened": ticket.count("reopened") > 0,
        "is_sent_to_vendor": bool(ticket.stays),
    }
    days = rule.get("repeat_within_days")
    return (
        all(value in rule[name] for name, value in lists.items() if name in rule)
        and all(rule[name] == value for name, value in flags.items() if name in rule)
        and (days is None or _is_repeat(ticket, DAY * days))
    )


def _is_repeat(ticket: Ticket, within: int) -> bool:
    row = ticket.row
    return row["fault_family_code"] is not None and any(
        0 <= ticket.reported_at - one.reported_at <= within
        and (one.reported_at, one.ticket_id) < (ticket.reported_at, ticket.ticket_id)
        for one in ticket.hospital.tickets
        if (one.site, one.row["asset_id"], one.row["fault_family_code"])
        == (ticket.site, row["asset_id"], row["fault_family_code"])
        and row["asset_id"] is not None
        and not one.is_void
        and not one.is_planned
    )


def _must_visit(ticket: Ticket) -> bool:
    duties = rules.file("duties")["visit"]
    asked = [rule for rule in duties["rules"].values() if rule["duty"] == "required"]
    return not ticket.is_planned and any(_is_meant(ticket, rule) for rule in asked)


def _visits(rows: list[bool]) -> Figures:
    return {
        "share": proportion(sum(rows), len(rows)),
        "violations": counted(len(rows) - sum(rows), len(rows)),
        "required": counted(len(rows), len(rows)),
    }


def _is_reported(ticket: Ticket) -> bool:
    """Whether the outcome and what was done are on record, and of a failure its cause."""
    needed = ["outcome_code", "resolution_text"] + ["cause_code"] * ticket.is_use_failure
    return all((ticket.row[name] or "").strip() for name in needed)


def _reports(rows: list[bool]) -> Figures:
    missing = len(rows) - sum(rows)
    return {"share": proportion(sum(rows), len(rows)), "incomplete": counted(missing, len(rows))}


def _restored(ticket: Ticket) -> bool:
    return ticket.restored_at is not None


def _is_restored_repair(ticket: Ticket) -> bool:
    return _restored(ticket) and ticket.row["work_class"] == "repair"


def _sendouts(ticket: Ticket) -> tuple[bool, list[Any]]:
    """Whether it spent time at a vendor, and what sending it out cost."""
    costs = [
        row["amount_cny"]
        for row in ticket.hospital.tables["ticket_costs"]
        if (row["site_id"], row["ticket_id"]) == (ticket.site, ticket.ticket_id)
        and row["kind"] in ("external", "freight")
        and (row["occurred_on"] is None or row["occurred_on"] <= local_day(ticket.as_of))
    ]
    return _split(ticket).get("vendor", 0) > 0, costs


def _sendout_share(rows: list[tuple[bool, list[Any]]]) -> Figures:
    hits = sum(is_sent for is_sent, _ in rows)
    return {"share": proportion(hits, len(rows)), "sent": counted(hits, len(rows))}


def _sendout_cost(rows: list[tuple[bool, list[Any]]]) -> Figures:
    sent = [costs for is_sent, costs in rows if is_sent]
    if not sent:
        return {}
    return {
        "cny": counted(sum(sum(costs) for costs in sent), len(sent)),
        "tickets": counted(len(sent), len(sent)),
        "unbilled": counted(sum(not costs for costs in sent), len(sent)),
    }


MEASURES = {
    "vendor_share": Measure(tickets("restored", _sendouts, _is_restored_repair), _sendout_share),
    "vendor_cost": Measure(tickets("restored", _sendouts, _is_restored_repair), _sendout_cost),
    "restore_split": Measure(tickets("restored", _split, _restored), _split_total),
    "restore_split_share": Measure(tickets("restored", _split, _restored), _split_share),
    "verify_wait": Measure(tickets("restored", _verify_wait, _restored), durations),
    "accept_to_action": Measure(_accept_rows, _accept_total),
    "auto_accepts": Measure(
        tickets("reported", _is_auto, lambda t: valid(t) and t.first("accepted") is not None),
        _with_count("tickets"),
    ),
    "misdispatch": Measure(
        tickets(
            "reported", _is_misdispatched, lambda t: valid(t) and t.first("dispatched") is not None
        ),
        _with_count("tickets"),
    ),
    "fault_unspecific": Measure(
        tickets("reported", _is_unspecific, lambda t: valid(t) and not t.is_planned),
        _unspecific_total,
    ),
    "ping_pong": Measure(
        tickets("reported", _is_ping_pong, lambda t: valid(t) and bool(t.holdings)),
        _with_count("tickets"),
    ),
    "first_owner": Measure(
        tickets(
            "restored",
            lambda t: len({one.engineer for one in t.holdings}) == 1,
            lambda t: bool(t.holdings),
        ),
        shares("share"),
    ),
    "handover_wait": Measure(_transfer_rows, durations),
    "first_time_fix": Measure(_fix_rows, _fixes),
    "shadow_reopens": Measure(_shadow_rows, _shadows),
    "net_inflow": Measure(_flow_rows, _flows),
    "waiting_queue": Measure(_queue_rows, _longest("longest")),
    "orphans": Measure(_orphan_rows, lambda rows: {"count": counted(len(rows), len(rows))}),
    "forgotten": Measure(_forgotten_rows, _longest("oldest")),
    "remote_conversion": Measure(
        tickets("restored", _is_visited, lambda t: t.row["triage_mode"] == "remote"),
        _with_count("tickets"),
    ),
    "report_complete": Measure(tickets("restored", _is_reported, _restored), _reports),
    "onsite_compliance": Measure(tickets("restored", _is_visited, _must_visit), _visits),
}
