"""The way of a ticket from report to rating: how far, how long each step, where it ended.

Holds the funnel's measures; what a call or a rating is beside it is in `costs` and `registers`.
"""

from typing import Any

from oracle.equipment import inside
from oracle.figures import Figure, Figures, Measure, Rows, counted, proportion, valid
from oracle.hospital import Hospital, Period
from oracle.reading import local_day
from oracle.registers import counted_ratings
from oracle.statistics import nearest_rank

_STEPS = ("created", "dispatched", "accepted", "arrived", "restored", "verified", "rated")


def _way_rows(hospital: Hospital, period: Period) -> Rows:
    answers = {
        (row["site_id"], row["ticket_id"]): row["rated_at"]
        for row, is_counted in counted_ratings(hospital)
        if is_counted
    }
    for ticket in hospital.tickets:
        if not valid(ticket) or not inside(ticket.reported_on, period):
            continue
        at = {name: ticket.first(name) for name in _STEPS[:4]}
        at["restored"] = ticket.restored_at
        at["verified"] = ticket.last("verified", is_any=True)
        at["rated"] = answers.get((ticket.site, ticket.ticket_id))
        latest, last, took = ticket.reported_at, "reported", {}
        for name, moment in at.items():
            if moment is not None:
                took[name] = max(moment - latest, 0)
                latest, last = max(latest, moment), name
        yield ticket.cut(), (took, None if ticket.ended_at is None else last)


def _reached(rows: list[Any]) -> Figures:
    found = {"reported": counted(len(rows), len(rows))}
    for name in _STEPS:
        found[name] = counted(sum(name in took for took, _ in rows), len(rows))
    return found


def _ended(rows: list[Any]) -> Figures:
    places = [last for _, last in rows]
    found = {"under_way": counted(places.count(None), len(rows))}
    for name in ("reported", *_STEPS):
        found[name] = counted(places.count(name), len(rows))
    return found


def _times(rows: list[Any]) -> Figures:
    found = {}
    for name in _STEPS:
        lengths = [took[name] for took, _ in rows if name in took]
        found[name] = (
            counted(nearest_rank(lengths, 50), len(lengths)) if lengths else Figure(None, 0)
        )
    return found


def _call_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.calls:
        if inside(local_day(row["at"]), period):
            place = hospital.departments.get((row["site_id"], row["department_id"])) or {}
            cut = {"site": row["site_id"], "department": row["department_id"]}
            yield cut | {"zone": place.get("zone")}, row["ticket_id"] is not None


def _called(rows: list[Any]) -> Figures:
    hits, size = sum(rows), len(rows)
    return {"share": proportion(hits, size), "without": counted(size - hits, size)}


MEASURES = {
    "ticket_funnel": Measure(_way_rows, _reached),
    "funnel_drop_off": Measure(_way_rows, _ended),
    "funnel_times": Measure(_way_rows, _times),
    "calls_to_tickets": Measure(_call_rows, _called),
}
