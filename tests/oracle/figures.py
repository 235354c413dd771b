"""Every KPI as rows and a way to add them up: the oracle's own definitions, from the specification.

Holds the measures on tickets and clocks and the shape of an answer; devices, stock and people are
in `registers`. A measure yields rows ``(cut, payload)`` of a period; `answer` groups them by one
dimension and adds each group up. Nothing is rounded here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from oracle import rules
from oracle.hospital import Hospital, Period, Ticket
from oracle.lives import State
from oracle.reading import local_day
from oracle.statistics import km_quantile, nearest_rank, wilson

_WAITS = ("waiting_part", "waiting_user", "vendor", "approval", "force_majeure")
Cut = dict[str, Any]
Rows = Iterator[tuple[Cut, Any]]


@dataclass(frozen=True)
class Figure:
    """One number: exact value, what it rests on, and its interval."""

    value: Fraction | None
    n: int
    lo: float | None = None
    hi: float | None = None


Figures = dict[str, Figure]


@dataclass(frozen=True)
class Measure:
    """How a KPI is counted: its rows in a period, and what a group of them gives."""

    rows: Callable[[Hospital, Period], Rows]
    total: Callable[[list[Any]], Figures]

    def answer(
        self, hospital: Hospital, period: Period, *dimensions: str
    ) -> dict[tuple[Any, ...], Figures]:
        """Return the figures of every group, by its values; uncut the only key is ()."""
        groups: dict[Any, list[Any]] = defaultdict(list)
        for cut, payload in self.rows(hospital, period):
            groups[tuple(cut[name] for name in dimensions)].append(payload)
        return {key: self.total(payloads) for key, payloads in groups.items()}


def counted(value: Any, n: int) -> Figure:
    """Return a count or a sum."""
    return Figure(Fraction(value), n)


def proportion(hits: int, size: int) -> Figure:
    """Return a share with its Wilson interval."""
    return Figure(Fraction(hits, size), size, *wilson(hits, size))


def shares(*names: str) -> Callable[[list[Any]], Figures]:
    """Return a total of rows that are flags, one for each name."""

    def total(rows: list[Any]) -> Figures:
        flags = [row if isinstance(row, tuple) else (row,) for row in rows]
        return {
            name: proportion(sum(bool(row[i]) for row in flags), len(flags))
            for i, name in enumerate(names)
        }

    return total


def number(rows: list[Any]) -> Figures:
    """Return how many rows there are."""
    return {"count": counted(len(rows), len(rows))}


def _on(ticket: Ticket, event: str) -> Any:
    moment = {
        "reported": ticket.reported_at,
        "restored": ticket.restored_at,
        "finished": ticket.finished_at,
        "created": ticket.first("created"),
    }[event]
    return None if moment is None else local_day(moment)


def tickets(
    event: str, payload: Callable[[Ticket], Any], wanted: Callable[[Ticket], bool]
) -> Callable[[Hospital, Period], Rows]:
    """Return the rows of tickets whose event lies in the period."""

    def rows(hospital: Hospital, period: Period) -> Rows:
        for ticket in hospital.tickets:
            day = _on(ticket, event)
            if day is not None and period.start <= day < period.end and wanted(ticket):
                yield ticket.cut(), payload(ticket)

    return rows


def valid(ticket: Ticket) -> bool:
    """Neither cancelled, merged nor a duplicate."""
    return not ticket.is_void


def durations(rows: Iterable[tuple[str, Any]]) -> Figures:
    """Add up ``("done", seconds)`` and, for Kaplan–Meier, ``("cohort", (seconds, is_end))``."""
    rows = list(rows)
    done = [seconds for kind, seconds in rows if kind == "done" and seconds is not None]
    cohort = [pair for kind, pair in rows if kind == "cohort"]
    found: Figures = {}
    if done:
        found["median"] = counted(nearest_rank(done, 50), len(done))
        found["p90"] = counted(nearest_rank(done, 90), len(done))
        found["mean"] = Figure(Fraction(sum(done), len(done)), len(done))
    if cohort:
        for name, p in (("km_median", Fraction(1, 2)), ("km_p90", Fraction(9, 10))):
            value = km_quantile(cohort, p)
            found[name] = Figure(None if value is None else Fraction(value), len(cohort))
    return found


def _duration(
    event: str, start: str, end: str, wanted: Callable[[Ticket], bool] = valid
) -> Measure:
    def seconds(ticket: Ticket) -> tuple[str, int | None]:
        first = ticket.reported_at if start == "reported" else ticket.first(start)
        last = ticket.restored_at if end == "held" else ticket.first(end)
        if first is None or last is None or (start != "reported" and last < first):
            return "done", None
        return "done", last - first

    return Measure(tickets(event, seconds, wanted), durations)


def _restore_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        if ticket.is_void:
            continue
        day = _on(ticket, "restored")
        if day is not None and ticket.restored_at is not None and period.start <= day < period.end:
            yield ticket.cut(), ("done", ticket.restored_at - ticket.reported_at)
        if period.start <= ticket.reported_on < period.end:
            if ticket.restored_at is not None:
                yield ticket.cut(), ("cohort", (ticket.restored_at - ticket.reported_at, True))
            elif ticket.ended_at is None:
                yield ticket.cut(), ("cohort", (hospital.as_of - ticket.reported_at, False))


def _vendor_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        for pause in ticket.pauses:
            if pause.reason != "vendor":
                continue
            is_back = pause.end < hospital.as_of
            if is_back and period.start <= local_day(pause.end) < period.end:
                yield ticket.cut(), ("done", pause.end - pause.start)
            if period.start <= local_day(pause.start) < period.end:
                yield ticket.cut(), ("cohort", (pause.end - pause.start, is_back))


def _clock_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        for clock in ticket.clocks:
            if clock.is_counted and period.start <= clock.day < period.end:
                is_met = clock.breached_at is None
                yield ticket.cut() | {"clock": clock.name}, (is_met, clock.gross <= clock.target)


def _pending_rows(hospital: Hospital, period: Period) -> Rows:
    now = period.level_second
    for ticket in hospital.tickets:
        for clock in ticket.clocks:
            if clock.start <= now and (clock.settled_at is None or clock.settled_at > now):
                yield ticket.cut() | {"clock": clock.name}, 1


def _pending(rows: list[Any]) -> Figures:
    return {"count": counted(len(rows), len(rows)), "unknown": counted(0, len(rows))}


def _clock_time_rows(hospital: Hospital, period: Period) -> Rows:
    for ticket in hospital.tickets:
        for clock in ticket.clocks:
            if clock.is_counted and period.start <= clock.day < period.end:
                yield ticket.cut() | {"clock": clock.name}, clock


def _clock_time(rows: list[Any]) -> Figures:
    size = len(rows)
    found = {
        "gross": counted(sum(one.gross for one in rows), size),
        "net": counted(sum(one.net for one in rows), size),
        **{name: counted(sum(one.waits.get(name, 0) for one in rows), size) for name in _WAITS},
    }
    others = (sum(s for name, s in one.waits.items() if name not in _WAITS) for one in rows)
    return found | {"other": counted(sum(others), size)}


def _claim_rows(hospital: Hospital, period: Period) -> Rows:
    for row in hospital.tables["ticket_targets"]:
        ticket = hospital.ticket_of.get((row["site_id"], row["ticket_id"]))
        if ticket is not None and period.start <= ticket.reported_on < period.end:
            yield ticket.cut() | {"clock": row["clock"]}, row["is_met"]


def _claims(rows: list[Any]) -> Figures:
    judged = [row for row in rows if row is not None]
    found = {"unjudged": counted(len(rows) - len(judged), len(judged))}
    if judged:
        found["claimed"] = proportion(sum(judged), len(judged))
    return found


def _backlog_rows(hospital: Hospital, period: Period) -> Rows:
    now = period.level_second
    for ticket in hospital.tickets:
        for state in ticket.states:
            if state.start <= now and (state.end is None or state.end > now):
                age = (period.last_second - ticket.reported_at) / 3600
                buckets = rules.THRESHOLDS["backlog_age_buckets"].items()
                last = next(c for c, b in buckets if b["to_hours"] is None or age < b["to_hours"])
                yield ticket.cut() | {"status": state.name, "age_bucket": last}, 1


def is_open(ticket: Ticket, second: int) -> State | None:
    """Return the state in which a ticket is open at a second."""
    held = (s for s in ticket.states if s.start <= second and (s.end is None or s.end > second))
    return next(held, None)


def _completion_rows(hospital: Hospital, period: Period) -> Rows:
    grace = rules.THRESHOLDS["completion_grace_days"]
    for ticket in hospital.tickets:
        is_reported = ticket.reported_on >= period.start
        if ticket.is_void or ticket.reported_on >= period.end:
            continue
        if not is_reported and not is_open(ticket, period.first_second - 1):
            continue
        month = ticket.reported_on.replace(day=1)
        last = (month + timedelta(days=32)).replace(day=1) + timedelta(days=grace - 1)
        restored = _on(ticket, "restored")
        is_done = restored is not None and is_open(ticket, period.level_second) is None
        is_on_time = restored is not None and restored <= last
        yield ticket.cut(), (is_reported, is_reported and is_on_time, is_done)


def _completion(rows: list[Any]) -> Figures:
    reported = sum(row[0] for row in rows)
    found = {"flow": proportion(sum(row[2] for row in rows), len(rows))}
    if reported:
        found["cohort"] = proportion(sum(row[1] for row in rows), reported)
    return found


def _changes(kind: str) -> Callable[[list[Any]], Figures]:
    def total(rows: list[Any]) -> Figures:
        size, hits = len(rows), sum(row > 0 for row in rows)
        found = {"share": proportion(hits, size), "tickets": counted(hits, size)}
        found["count"] = counted(sum(rows), size)
        if kind == "transferred":
            found["mean"] = Figure(Fraction(sum(rows), size), size)
        return found

    return total


def _repairs(ticket: Ticket) -> bool:
    return ticket.row["work_class"] == "repair" and not ticket.is_void


MEASURES = {
    "reports": Measure(tickets("reported", bool, lambda _: True), number),
    "tickets_created": Measure(tickets("created", bool, lambda _: True), number),
    "tickets_completed": Measure(tickets("restored", bool, valid), number),
    "time_to_accept": _duration("reported", "reported", "accepted"),
    "dispatch_to_accept": _duration("reported", "dispatched", "accepted"),
    "response_time": _duration(
        "reported", "reported", "arrived", lambda t: t.is_onsite and not t.is_void
    ),
    "first_restore_time": _duration("restored", "reported", "restored"),
    "restore_time": Measure(_restore_rows, durations),
    "vendor_time": Measure(_vendor_rows, durations),
    "sla_attainment": Measure(_clock_rows, shares("net", "gross")),
    "sla_pending": Measure(_pending_rows, _pending),
    "sla_time": Measure(_clock_time_rows, _clock_time),
    "sla_claimed": Measure(_claim_rows, _claims),
    "backlog": Measure(_backlog_rows, number),
    "completion_rate": Measure(_completion_rows, _completion),
    "reopens": Measure(
        tickets("finished", lambda t: t.count("reopened"), valid), _changes("reopened")
    ),
    "transfers": Measure(
        tickets("reported", lambda t: t.count("transferred"), valid), _changes("transferred")
    ),
    "remote_share": Measure(
        tickets(
            "restored",
            lambda t: t.row["resolution_mode"] == "remote",
            lambda t: not t.is_void and t.row["resolution_mode"] is not None,
        ),
        shares("share"),
    ),
    "no_fault_found": Measure(
        tickets(
            "reported",
            lambda t: tuple(
                t.row["outcome_code"] == code for code in ("no_fault_found", "user_error")
            ),
            lambda t: _repairs(t) and t.row["outcome_code"] is not None,
        ),
        shares("share", "user_error"),
    ),
    "asset_bound": Measure(
        tickets("reported", lambda t: t.asset is not None, _repairs), shares("share")
    ),
    "arrival_stamped": Measure(
        tickets(
            "restored",
            lambda t: t.first("arrived") is not None,
            lambda t: t.is_onsite and not t.is_void,
        ),
        shares("share"),
    ),
}
