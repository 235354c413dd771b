"""The SLA clocks of one ticket, run second by stretch: net, gross, and when the target was passed.

Holds the replay of `accept`, `arrive`, `restore`, `vendor`, `loaner` and their pauses by policy.
What the ticket is comes from `lives`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from oracle import rules
from oracle.lives import GAP, Life, Pause
from oracle.reading import local_day
from oracle.spans import Span, length, union, without


@dataclass
class Clock:
    """One clock: what it may take, what it took, and the day of its verdict."""

    name: str
    target: int
    net: int
    gross: int
    stop: int | None
    is_missing: bool
    breached_at: int | None
    start: int
    lapsed: int | None
    waits: dict[str, int]

    @property
    def settled_at(self) -> int | None:
        """When it stopped being open and not yet due."""
        known = [m for m in (self.breached_at, self.stop) if m is not None]
        return min(known) if known else self.lapsed

    @property
    def is_counted(self) -> bool:
        """Stopped, or breached while it runs."""
        return self.stop is not None or self.breached_at is not None

    @property
    def day(self) -> object:
        """Local day of the earlier of breach and stop."""
        return local_day(min(m for m in (self.breached_at, self.stop) if m is not None))


def _rests(life: Life, clock: str) -> list[Span]:
    """Return the time in which nothing was owed: restored for now, or between two stays away."""
    if clock == "restore":
        return [(pause.start, pause.end) for pause in life.pauses if pause.reason == GAP]
    if clock == "vendor":
        return [(one.end, other.start) for one, other in pairwise(life.stays)]
    return []


def _allowed(life: Life, clock: str) -> Iterator[tuple[Pause, Span]]:
    """Yield the pauses that the policy allows, as far as their caps reach."""
    policy = rules.PAUSES["clocks"].get(clock, {})
    for pause in life.pauses:
        rule = policy.get(pause.reason)
        if rule is None or (rule.get("evidence_required") and not pause.has_evidence):
            continue
        last = pause.end
        if rule.get("cap_hours") is not None:
            last = min(last, pause.start + int(3600 * rule["cap_hours"]))
        yield pause, (pause.start, last)


def _pauses(life: Life, clock: str, start: int, end: int, *, is_net: bool) -> list[Span]:
    found = _rests(life, clock)
    if is_net:
        found = found + [span for _, span in _allowed(life, clock)]
    return union([(max(a, start), min(b, end)) for a, b in found])


def _waits(life: Life, name: str, worked: list[Span]) -> dict[str, int]:
    """Return what each reason took of the working time; a stay at a vendor goes first."""
    found: dict[str, int] = {}
    taken: list[Span] = []
    reasons = {pause.reason for pause in life.pauses} - {GAP}
    for reason in sorted(reasons, key=lambda one: one != "vendor"):
        spans = [
            span for one, span in _allowed(life, name) if one.reason == reason and span[0] < span[1]
        ]
        left = without(worked, taken)
        found[reason] = length(left) - length(without(left, spans))
        taken = union(taken + spans)
    return found


@dataclass
class Run:
    """When a clock starts, when it stopped, and when its work ended without that stamp."""

    start: int
    stop: int | None
    lapsed: int | None


def runs(life: Life, *, is_onsite: bool, lent: list[int]) -> dict[str, Run]:
    """Return the clocks that a ticket has."""
    start, ended = life.row["reported_at"], life.ended_at
    steps = ("accepted", "arrived", "work_started", "restored")
    begun = [moment for kind in steps if (moment := life.first(kind)) is not None]
    found = {
        "accept": Run(start, min(begun, default=None), ended),
        "restore": Run(start, life.restored_at, ended),
    }
    if is_onsite:
        found["arrive"] = Run(start, life.first("arrived"), ended)
    if lent:
        found["loaner"] = Run(start, max(min(lent), start), ended)
    if life.stays:
        last = life.stays[-1]
        back = max(stay.end for stay in life.stays)
        found["vendor"] = Run(
            min(stay.start for stay in life.stays),
            back if last.is_stamped else None,
            back if last.is_over else None,
        )
    return found


def clock(life: Life, name: str, run: Run, urgency: str | None, group: str | None) -> Clock | None:
    """Return the clock of a ticket, None where it has no target or ends before its start."""
    start, stop = run.start, run.stop
    chosen = rules.target(name, urgency, group, local_day(life.row["reported_at"]))
    end = stop if stop is not None else run.lapsed if run.lapsed is not None else life.as_of
    if chosen is None or end < start:
        return None
    target, calendar = chosen
    ran = {
        is_net: without(
            rules.working(calendar, start, end), _pauses(life, name, start, end, is_net=is_net)
        )
        for is_net in (True, False)
    }
    net = length(ran[True])
    breached_at, before = None, 0
    for first, last in ran[True]:
        if net > target and breached_at is None and before + last - first >= target:
            breached_at = first + target - before
        before += last - first
    is_missing = stop is None and run.lapsed is not None
    gross, waits = length(ran[False]), _waits(life, name, ran[False])
    return Clock(name, target, net, gross, stop, is_missing, breached_at, start, run.lapsed, waits)
