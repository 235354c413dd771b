"""The ticket record and its event log: the only place that writes ``tickets`` and their events.

Holds the ``Ticket`` under way, the writing of its row, of ``ticket_events``, ``ticket_targets`` and
``ticket_costs``, clock skew and late recording. What happens next to a ticket belongs in ``lives``.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from demo.catalogue import Department, Family
from demo.chance import Chance
from demo.clock import DAY, HOUR, MINUTE, World, local_date
from demo.devices import Device
from demo.people import Engineer
from demo.tables import Key, RowSet
from demo.wording import Wording

_LATE_SHARE = 0.004
_LATE_TYPES = ("arrived", "work_started")
# What the source itself promises, in minutes by priority.
PROMISES = {
    "accept": {"P1": 5, "P2": 15, "P3": 30, "P4": 60, "P5": 240},
    "arrive": {"P1": 20, "P2": 40, "P3": 90, "P4": 180, "P5": 480},
    "restore": {"P1": 120, "P2": 240, "P3": 480, "P4": 1440, "P5": 2880},
}
_CLOCK_OF = {"accepted": "accept", "arrived": "arrive", "restored": "restore"}


@dataclass(eq=False)
class Ticket:
    """A ticket under way. ``stream`` and ``slip`` are truth that the store does not show."""

    id: str
    key: Key
    department: Department
    device: Device | None
    system_id: str | None
    stream: str
    work_class: str
    family: Family
    channel: str
    priority: str
    impact: str
    reported_at: int
    text: str
    is_coded: bool = True
    engineer: Engineer | None = None
    seq: int = 0
    has_worked: bool = False
    is_done: bool = False
    is_planted: bool = False
    is_claimed: bool = False
    is_warranty_case: bool = True
    cause: str | None = None
    done_clocks: set[str] = field(default_factory=set)


class Journal:
    """Writes tickets and what happens to them."""

    def __init__(self, rows: RowSet, draw: Chance, env: World, wording: Wording) -> None:
        """Start with no tickets; late and skewed events are kept for the truth file."""
        self.rows, self.draw, self.env, self.wording = rows, draw, env, wording
        self._tickets = self._events = self._costs = 0
        self._per_day: dict[str, int] = {}
        self.late_events: list[str] = []
        self.skewed_events = 0

    def next_id(self) -> tuple[str, Key]:
        """Return the next ticket's id and key."""
        self._tickets += 1
        ticket_id = f"T{self._tickets:07d}"
        return ticket_id, (self.rows.site_id, ticket_id)

    def open(self, ticket: Ticket, **columns: object) -> None:
        """Write the ticket's row and its ``reported`` event, now."""
        day = f"{local_date(self.env.now):%Y%m%d}"
        number = self._per_day[day] = self._per_day.get(day, 0) + 1
        urgency = {"P1": "critical", "P2": "high", "P3": "normal"}.get(ticket.priority, "low")
        device = ticket.device.kind.name if ticket.device else ""
        title, detail = self.wording.said(ticket.text, ticket.department.name, device)
        self.rows["tickets"].add(
            ticket_id=ticket.id,
            ticket_no=f"WX{day}{number:04d}",
            channel=ticket.channel,
            work_class=ticket.work_class,
            title=title,
            description=detail,
            fault_family_code=ticket.family.code if ticket.is_coded else None,
            urgency=urgency,
            priority=ticket.priority,
            service_impact=ticket.impact,
            department_id=ticket.department.id,
            asset_id=ticket.device.id if ticket.device else None,
            system_id=ticket.system_id,
            reported_at=ticket.reported_at,
            requester_ref=f"U{self.draw.randrange(10_000):04d}",
            updated_at=self.env.now,
            **columns,
        )
        self.event(ticket, "reported")
        for clock in PROMISES:
            due = ticket.reported_at + PROMISES[clock][ticket.priority] * MINUTE
            self.rows["ticket_targets"].add(ticket_id=ticket.id, clock=clock, due_at=due)

    def change(self, ticket: Ticket, **columns: object) -> None:
        """Write columns of the ticket now."""
        self.rows["tickets"].change(ticket.key, **columns, updated_at=self.env.now)

    def event(self, ticket: Ticket, kind: str, **values: object) -> None:
        """Write an event that happens now; a few arrive in the log days later.

        Args:
            ticket: the ticket it belongs to.
            kind: the event's type.
            **values: further columns of ``ticket_events``; the engineer is the ticket's own
                unless ``engineer_id`` is given.
        """
        ticket.seq += 1
        at = self.env.now
        if kind == "arrived" and ticket.engineer and ticket.engineer.skew_seconds:
            at -= ticket.engineer.skew_seconds
            self.skewed_events += 1
        if "engineer_id" not in values and ticket.engineer and kind != "reported":
            values["engineer_id"] = ticket.engineer.id
        values |= {"ticket_id": ticket.id, "seq": ticket.seq, "at": at, "type": kind}
        if kind in _LATE_TYPES and self.draw.hits(_LATE_SHARE):
            self.env.process(self._record_late(ticket, values))
        else:
            self._record(ticket, values)
        clock = _CLOCK_OF.get(kind)
        if clock and clock not in ticket.done_clocks:
            ticket.done_clocks.add(clock)
            self._meet(ticket, clock, at)

    def _record(self, ticket: Ticket, values: dict[str, object]) -> str:
        self._events += 1
        event_id = f"V{self._events:08d}"
        self.rows["ticket_events"].add(event_id=event_id, recorded_at=self.env.now, **values)
        self.rows["tickets"].change(ticket.key, updated_at=self.env.now)
        return event_id

    def _record_late(
        self, ticket: Ticket, values: dict[str, object]
    ) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(self.draw.randrange(DAY, 4 * DAY))
        self.late_events.append(self._record(ticket, values))

    def _meet(self, ticket: Ticket, clock: str, at: int) -> None:
        key = (self.rows.site_id, ticket.id, clock)
        due = self.rows["ticket_targets"].get(key, "due_at")
        self.rows["ticket_targets"].change(key, is_met=isinstance(due, int) and at <= due)

    def cost(self, ticket: Ticket, kind: str, amount: float, **columns: object) -> str:
        """Write a cost line of the ticket, today; tax is included in the amount (13 %)."""
        self._costs += 1
        cost_id = f"C{self._costs:07d}"
        self.rows["ticket_costs"].add(
            cost_id=cost_id,
            ticket_id=ticket.id,
            kind=kind,
            amount_cny=round(amount, 2),
            tax_cny=round(amount * 13 / 113, 2),
            occurred_on=local_date(self.env.now),
            cost_centre=ticket.department.id,
            economic_class="30213 维修（护）费" if kind != "part" else "30218 专用材料费",
            **columns,
        )
        return cost_id

    def effort(self, ticket: Ticket, engineer: Engineer, started_at: int, kind: str) -> None:
        """Write hands-on time from ``started_at`` to now."""
        key = (self.rows.site_id, ticket.id, engineer.id, started_at)
        if self.env.now > started_at:
            self.rows["effort_logs"].add(
                ticket_id=key[1],
                engineer_id=key[2],
                started_at=started_at,
                ended_at=self.env.now,
                kind=kind,
            )


def waking(instant: int) -> bool:
    """Whether people at the wards would act on a ticket at that instant (08:00–20:00)."""
    return 8 * HOUR <= (instant + 8 * HOUR) % DAY < 20 * HOUR
