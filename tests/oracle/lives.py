"""One ticket's life, replayed event by event.

Holds what the log says of a ticket: first and last instants, states, pauses, holders. No ticket
knows of another here; clocks are in `clocks`, devices in `devices`.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from oracle import rules
from oracle.reading import Row

Span = tuple[int, int]
_STATE = {
    "reported": "waiting_dispatch", "created": "waiting_dispatch", "dispatched": "waiting_accept",
    "accepted": "accepted", "transferred": "accepted", "arrived": "on_site",
    "work_started": "in_work", "resumed": "in_work", "vendor_returned": "in_work",
    "reopened": "in_work", "sent_to_vendor": "vendor", "restored": "ended", "closed": "ended",
    "cancelled": "ended", "merged": "ended",
}  # fmt: skip
_WORKING_AGAIN = (
    "resumed", "vendor_returned", "reopened", "cancelled", "merged", "work_started",
)  # fmt: skip
_STAMPS = ("vendor_returned", "resumed", "work_started")
_STAY_STEPS = (*_STAMPS, "paused", "restored", "closed", "cancelled", "merged", "reopened")
_HOLDING = ("accepted", "arrived", "work_started")
GAP = "reopened_gap"


@dataclass
class Pause:
    """Time in which nothing was done, by reason; ``end`` is as-of while it lasts."""

    reason: str
    start: int
    end: int
    is_over: bool
    order: int
    has_evidence: bool = False
    is_stamped: bool = False


@dataclass
class State:
    """A stretch in one state; ``end`` None while it lasts."""

    name: str
    start: int
    end: int | None


@dataclass
class Holding:
    """A stretch in somebody's hands."""

    engineer: str
    start: int
    end: int
    is_current: bool


@dataclass
class Life:
    """What the events of one ticket tell up to as-of."""

    row: Row
    events: list[Row]
    as_of: int
    calls: list[int]
    early: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Put the events in order and set those aside that cannot be."""
        self.events = sorted(
            (e for e in self.events if e["at"] <= self.as_of),
            key=lambda e: (e["at"], e["seq"] or 0, e["event_id"]),
        )
        reported = self.row["reported_at"]
        accepted = self._index(lambda e: e["type"] == "accepted" and e["at"] >= reported)
        reopened = self._index(lambda e: e["type"] == "reopened")
        for index, event in enumerate(self.events):
            is_too_soon = (
                event["type"] in ("restored", "arrived")
                and accepted is not None
                and index < accepted
                and (reopened is None or reopened > accepted)
            )
            if event["at"] < reported or is_too_soon:
                self.early.add(index)

    def _index(self, wanted: Any) -> int | None:
        return next((i for i, event in enumerate(self.events) if wanted(event)), None)

    @cached_property
    def in_order(self) -> list[Row]:
        """The events that durations may use."""
        return [event for i, event in enumerate(self.events) if i not in self.early]

    def first(self, kind: str) -> int | None:
        """Return the first instant of a kind of event that is in order."""
        return min((e["at"] for e in self.in_order if e["type"] == kind), default=None)

    def last(self, kind: str, *, is_any: bool = False) -> int | None:
        """Return the last instant of a kind of event."""
        chosen = self.events if is_any else self.in_order
        return max((e["at"] for e in chosen if e["type"] == kind), default=None)

    def count(self, kind: str) -> int:
        """Return how many events of a kind there are."""
        return sum(event["type"] == kind for event in self.events)

    @cached_property
    def is_reopened_now(self) -> bool:
        """Reopened after the last restoration, acceptance by the ward or closing."""
        is_back = False
        for index, event in enumerate(self.events):
            if event["type"] == "reopened":
                is_back = True
            elif event["type"] in ("restored", "verified", "closed") and index not in self.early:
                is_back = False
        return is_back

    @cached_property
    def is_void(self) -> bool:
        """Cancelled, merged or a duplicate."""
        return (
            any(event["type"] in ("cancelled", "merged") for event in self.events)
            or self.row["master_ticket_id"] is not None
            or self.row["outcome_code"] in ("cancelled", "merged", "duplicate")
        )

    @cached_property
    def restored_at(self) -> int | None:
        """The restoration that holds at as-of."""
        return None if self.is_void or self.is_reopened_now else self.last("restored")

    @cached_property
    def finished_at(self) -> int | None:
        """First restored or closed, whatever came after; nothing of a void one."""
        ends = [e["at"] for e in self.in_order if e["type"] == "restored"]
        ends += [e["at"] for e in self.events if e["type"] == "closed"]
        return None if self.is_void else min(ends, default=None)

    @cached_property
    def ended_at(self) -> int | None:
        """Restored, closed without it, or void."""
        if self.is_void:
            ends = [min((e["at"] for e in self.events if e["type"] == kind), default=None)
                    for kind in ("cancelled", "merged")]  # fmt: skip
            ends += [self.last("closed", is_any=True), self.last("restored")]
            ends += [max((e["at"] for e in self.events), default=None), self.row["reported_at"]]
            return next(end for end in ends if end is not None)
        if self.is_reopened_now:
            return None
        restored = self.last("restored")
        return restored if restored is not None else self.last("closed", is_any=True)

    @cached_property
    def states(self) -> list[State]:
        """Return the states while the ticket was open; only a reopening leaves the end."""
        found: list[State] = []
        current, is_ended = "", False
        for event in self.in_order:
            kind = event["type"]
            name = event["reason_code"] or "unknown" if kind == "paused" else _STATE.get(kind)
            if name is None or (is_ended and name != "ended" and kind != "reopened"):
                continue
            is_ended = name == "ended"
            if name != current:
                if found and found[-1].end is None:
                    found[-1].end = event["at"]
                if not is_ended:
                    found.append(State(name, event["at"], None))
                current = name
        ended = self.ended_at
        kept = []
        for state in found:
            end = state.end
            if ended is not None:
                end = ended if end is None else min(end, ended)
            # a stretch without length is none, unless its end came from the ticket's own
            if (state.end is None or state.start < state.end) and (
                ended is None or state.start < ended
            ):
                kept.append(State(state.name, state.start, end))
        return kept

    @cached_property
    def stays(self) -> list[Pause]:
        """Return the stays at vendors; another pause within one, and its end, change nothing."""
        turns: list[tuple[bool, Row, int]] = []
        before = ""
        for index, event in enumerate(self.events):
            kind = event["type"]
            is_leaving = kind == "sent_to_vendor" or (
                kind == "paused" and event["reason_code"] == "vendor"
            )
            if index in self.early and kind not in ("paused", "sent_to_vendor"):
                continue
            if not is_leaving and kind not in _STAY_STEPS:
                continue
            is_other_pause = kind == "paused" and not is_leaving
            ends_another = kind == "resumed" and before == "held"
            before = "held" if is_other_pause else kind
            if is_other_pause or ends_another:
                continue
            if (turns[-1][0] if turns else False) != is_leaving:
                turns.append((is_leaving, event, index))
        found = []
        for number, (is_leaving, event, index) in enumerate(turns):
            back = turns[number + 1][1] if number + 1 < len(turns) else None
            end = back["at"] if back else self.as_of
            if is_leaving and event["at"] < end:
                stay = Pause("vendor", event["at"], end, back is not None, index)
                stay.is_stamped = back is not None and back["type"] in _STAMPS
                stay.has_evidence = self._has_evidence(stay)
                found.append(stay)
        return found

    @cached_property
    def pauses(self) -> list[Pause]:
        """Return the pauses by reason, and the time between a restoration and its reopening."""
        turns: list[tuple[str, Row, int]] = []
        for index, event in enumerate(self.events):
            kind = event["type"]
            if index in self.early and kind not in ("paused", "sent_to_vendor"):
                continue
            if kind == "paused" and event["reason_code"] != "vendor":
                reason = event["reason_code"] or "unknown"
            elif kind in ("restored", "closed"):
                reason = GAP
            elif kind in ("paused", "sent_to_vendor", *_WORKING_AGAIN):
                reason = ""
            else:
                continue
            if not turns or turns[-1][0] != reason:
                turns.append((reason, event, index))
        found = list(self.stays)
        for number, (reason, event, index) in enumerate(turns):
            following = turns[number + 1][1] if number + 1 < len(turns) else None
            end = following["at"] if following else self.as_of
            is_gap_without_return = reason == GAP and (
                following is None or following["type"] != "reopened"
            )
            if reason and event["at"] < end and not is_gap_without_return:
                pause = Pause(reason, event["at"], end, following is not None, index)
                pause.has_evidence = self._has_evidence(pause)
                found.append(pause)
        return sorted(found, key=lambda pause: pause.order)

    def _has_evidence(self, pause: Pause) -> bool:
        wanted = rules.PAUSES["evidence"]
        moments = [e["at"] for e in self.events if e["type"] in wanted["event_types"]]
        moments += self.calls if wanted["is_call_evidence"] else []
        return any(pause.start <= moment < pause.end for moment in moments)

    @cached_property
    def holdings(self) -> list[Holding]:
        """Return who held the ticket when, from acceptance or transfer on."""
        turns: list[tuple[str, int]] = []
        for holder, moment in self._hands():
            if not turns or turns[-1][0] != holder:
                turns.append((holder, moment))
        ended = self.ended_at
        found = []
        for number, (engineer, start) in enumerate(turns):
            following = turns[number + 1][1] if number + 1 < len(turns) else None
            if engineer and (ended is None or start <= ended):
                ends = [moment for moment in (following, ended) if moment is not None]
                is_current = following is None and ended is None
                found.append(Holding(engineer, start, min(ends, default=self.as_of), is_current))
        return found

    def _hands(self) -> list[tuple[str, int]]:
        """Return each change of hands, to nobody ("") where the ticket ended or went to a queue."""
        found: list[tuple[str, int]] = []
        is_ended, last_known = False, ""
        for event in self.in_order:
            kind = event["type"]
            if kind == "reopened":
                is_ended = False
                found += [(last_known, event["at"])] if last_known else []
            elif kind in ("restored", "cancelled", "merged", "closed"):
                is_ended = True
                found.append(("", event["at"]))
            elif kind == "transferred":
                holder = event["to_engineer_id"] or ""
                if not holder or not is_ended:
                    found.append((holder, event["at"]))
                    last_known = holder or last_known
            elif kind in _HOLDING and event["engineer_id"] and not is_ended:
                last_known = event["engineer_id"]
                found.append((last_known, event["at"]))
        return found
