"""The telephone: calls that become tickets, calls that are given up, calls that only ask.

Holds the service desk's line and writes ``calls``. What a ticket does after the call lives in
``lives``.
"""

from collections.abc import Generator
from typing import Any

import simpy

from demo.clock import DAY, HOUR, PROFILE, ZONE_OFFSET
from demo.site import Site
from demo.tables import Key

_ABANDONED = 0.11
_ABANDONED_PEAK = 0.2
_ASKING_PER_TICKET = 0.28


class CallDesk:
    """Rings, answers, and hangs up."""

    def __init__(self, site: Site) -> None:
        """Start with no calls."""
        self.site, self.env = site, site.env
        self.draw = site.draws("calls")
        self._calls = 0

    def _ring(self, department_id: str) -> Key:
        self._calls += 1
        return self.site.rows["calls"].add(
            call_id=f"K{self._calls:07d}", at=self.env.now, department_id=department_id
        )

    def _is_given_up(self) -> bool:
        hour = (self.env.now + ZONE_OFFSET) % DAY // HOUR
        return self.draw.hits(_ABANDONED_PEAK if hour in (8, 9) else _ABANDONED)

    def call(self, department_id: str) -> Generator[simpy.Event, Any, Key]:
        """Call until somebody answers; returns the answered call's key."""
        while True:
            key = self._ring(department_id)
            if not self._is_given_up():
                break
            yield self.env.timeout(self.draw.randrange(25, 90))
            self.site.rows["calls"].change(key, ended_at=self.env.now)
            yield self.env.timeout(self.draw.randrange(60, 400))
        yield self.env.timeout(self.draw.randrange(3, 28))
        self.site.rows["calls"].change(key, answered_at=self.env.now)
        return key

    def hang_up(self, key: Key, ticket_id: str | None) -> None:
        """End a call now; ``ticket_id`` is the ticket it became."""
        self.site.rows["calls"].change(key, ended_at=self.env.now, ticket_id=ticket_id)

    def ask(self, department_id: str) -> Generator[simpy.Event, Any, None]:
        """Make a call that becomes no ticket."""
        key = yield from self.call(department_id)
        yield self.env.timeout(self.draw.randrange(20, 180))
        self.hang_up(key, None)

    def asking(self) -> Generator[simpy.Event, Any, None]:
        """Calls that only ask, for ever, in proportion to the hospital's size."""
        per_day = self.site.spec.figures.devices * 0.015 * _ASKING_PER_TICKET
        while True:
            gap = self.draw.expovariate(1.0) / per_day * DAY
            moment = int(PROFILE.after(self.env.now, gap))
            yield self.env.timeout(max(1, moment - self.env.now))
            place = self.draw.one(self.site.fleet.departments)
            self.env.process(self.ask(place.id))
