"""What tickets leave behind: chases while they wait, knowledge used, ratings, complaints.

Holds the writing of ``chased`` events, ``knowledge_uses``, ``ratings`` and ``complaints``. The
ticket's own events live in ``lives``.
"""

from collections.abc import Generator
from typing import Any

import simpy

from demo.calls import CallDesk
from demo.clock import DAY, HOUR
from demo.journal import Ticket, waking
from demo.people import Engineer
from demo.site import Site

Process = Generator[simpy.Event, Any, None]

_MAX_CHASES = 3
_LATE_HOURS = 30
_DIMENSIONS = ("response_speed", "professionalism", "communication", "overall")
_COMMENTS = ("来得很快", "态度好", "等得有点久", "希望一次修好", "讲得很清楚", "还可以")
_COMPLAINT_CAUSES = ("man_operation", "method_process", "man_maintenance")


class Aftermath:
    """Side effects of tickets."""

    def __init__(self, site: Site, calls: CallDesk) -> None:
        """Share the site and its telephone."""
        self.site, self.env, self.calls = site, site.env, calls
        self.draw = site.draws("aftermath")
        self._ratings = self._complaints = 0
        self._uses: set[tuple[str, str]] = set()
        self._articles = {
            str(row["fault_family_code"]): str(row["article_id"])
            for row in site.rows["knowledge"].records()
            if row["approved_at"] is not None
        }

    def chases(self, ticket: Ticket) -> Process:
        """Let the ward ask where the engineer stays, while it waits."""
        for _ in range(_MAX_CHASES):
            yield self.env.timeout(int(self.draw.expovariate(1.0) * 9 * HOUR) + HOUR)
            if ticket.is_done:
                return
            if waking(self.env.now) and self.draw.hits(0.5):
                self.site.journal.event(ticket, "chased", engineer_id=None)
                self.env.process(self.calls.ask(ticket.department.id))

    def knowledge(self, ticket: Ticket, engineer: Engineer) -> None:
        """Note that the engineer looked up an article, or cited it."""
        if not self.draw.hits(0.2):
            return
        article_id = self._articles.get(ticket.family.code)
        if article_id is None or (article_id, ticket.id) in self._uses:
            return
        key = (article_id, ticket.id)
        self._uses.add(key)
        self.site.rows["knowledge_uses"].add(
            article_id=key[0],
            ticket_id=key[1],
            at=self.env.now,
            engineer_id=engineer.id,
            kind="cited" if self.draw.hits(0.4) else "opened",
        )

    def ask_rating(self, ticket: Ticket) -> None:
        """Ask the ward for a rating; complaints follow long waits."""
        if ticket.engineer is None:
            return
        self._ratings += 1
        key = self.site.rows["ratings"].add(
            rating_id=f"G{self._ratings:07d}",
            ticket_id=ticket.id,
            asked_at=self.env.now,
            scale_max=5.0,
            is_auto=False,
            is_self=ticket.channel == "patrol" and self.draw.hits(0.3),
        )
        hours = (self.env.now - ticket.reported_at) / HOUR
        self.env.process(self._rate(key, ticket.engineer, hours))
        if self.draw.hits(0.0035 if hours < _LATE_HOURS else 0.012):
            self._complain(ticket)

    def _rate(self, key: tuple[object, ...], engineer: Engineer, hours: float) -> Process:
        if not self.draw.hits(0.34):
            yield self.env.timeout(7 * DAY)
            marks: dict[str, object] = dict.fromkeys(_DIMENSIONS, 5.0)
            self.site.rows["ratings"].change(key, rated_at=self.env.now, is_auto=True, **marks)
            return
        yield self.env.timeout(self.draw.seconds(200, 1.0))
        base = 4.8 - (0.5 if hours > _LATE_HOURS else 0.0) - 4 * (engineer.person.slip - 0.04)
        marks = {name: self._mark(base) for name in _DIMENSIONS}
        comment = self.draw.one(_COMMENTS) if self.draw.hits(0.2) else None
        self.site.rows["ratings"].change(key, rated_at=self.env.now, comment=comment, **marks)

    def _mark(self, base: float) -> float:
        return float(min(5, max(1, round(self.draw.gauss(base, 0.6)))))

    def _complain(self, ticket: Ticket) -> None:
        self._complaints += 1
        self.site.rows["complaints"].add(
            complaint_id=f"X{self._complaints:05d}",
            ticket_id=ticket.id,
            department_id=ticket.department.id,
            at=self.env.now,
            cause_code=self.draw.one(_COMPLAINT_CAUSES),
        )
