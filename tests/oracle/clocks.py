"""The SLA clocks of one ticket, run second by stretch: net, gross, and when the target was passed.

Holds the replay of `accept`, `arrive`, `restore` and their pauses by policy. What the ticket is
comes from `lives`.
"""

from dataclasses import dataclass

from oracle import rules
from oracle.lives import GAP, Life
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

    @property
    def is_counted(self) -> bool:
        """Stopped, or breached while it runs."""
        return self.stop is not None or self.breached_at is not None

    @property
    def day(self) -> object:
        """Local day of the earlier of breach and stop."""
        return local_day(min(m for m in (self.breached_at, self.stop) if m is not None))


def _pauses(life: Life, clock: str, start: int, end: int, *, is_net: bool) -> list[Span]:
    policy = rules.PAUSES["clocks"].get(clock, {})
    found = []
    for pause in life.pauses:
        last = pause.end
        if pause.reason == GAP:
            if clock != "restore":
                continue
        else:
            rule = policy.get(pause.reason)
            if not is_net or rule is None:
                continue
            if rule.get("evidence_required") and not pause.has_evidence:
                continue
            if rule.get("cap_hours") is not None:
                last = min(last, pause.start + int(3600 * rule["cap_hours"]))
        found.append((max(pause.start, start), min(last, end)))
    return union(found)


def clock(
    life: Life, name: str, stop: int | None, urgency: str | None, group: str | None
) -> Clock | None:
    """Return the clock of a ticket, None where it has no target or ends before its start."""
    start = life.row["reported_at"]
    ended = life.ended_at
    chosen = rules.target(name, urgency, group, local_day(start))
    end = stop if stop is not None else ended if ended is not None else life.as_of
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
    is_missing = stop is None and ended is not None
    return Clock(name, target, net, length(ran[False]), stop, is_missing, breached_at)
