"""Hands on a ticket: turns at an engineer's desk, travel, parts, pauses, vendors, helpers.

Holds everything between acceptance and restoration. Intake, dispatch and what follows the
restoration live in ``lives``.
"""

from collections.abc import Generator
from typing import Any

import simpy

from demo.clock import DAY, HOUR, MINUTE, day_start, local_date
from demo.devices import Device
from demo.journal import Ticket, waking
from demo.loans import LoanDesk
from demo.people import Engineer
from demo.site import Site
from demo.stock import Issue

Process = Generator[simpy.Event, Any, None]
Turn = Generator[simpy.Event, Any, Any]

_RANKS = {"P1": 0, "P2": 1, "P3": 2, "P4": 3, "P5": 4}
_HARD_MINUTES = 38
_SHORT = {"nff": 0.6, "outage": 0.25}  # an outage's victims only need a check
_REPORT_AND_TIDY = 1.5  # on top of the repair itself
_FREIGHT_CNY = 35.0
# One draw decides on a pause: thresholds, read top down.
_WAITS_FOR_USER, _WAITS_FOR_APPROVAL, _NO_FORCE_MAJEURE = 0.05, 0.065, 0.998


class Work:
    """The hands-on part of tickets."""

    def __init__(self, site: Site, loans: LoanDesk) -> None:
        """Share the site and its loan desk."""
        self.site, self.loans = site, loans
        self.env, self.team, self.journal = site.env, site.team, site.journal
        self.draw = site.draws("work")

    # -- turns --------------------------------------------------------------------------------

    def turn(self, ticket: Ticket, engineer: Engineer) -> Turn:
        """Wait for the engineer's shift and free hands; P1 at night takes who is on call."""
        while True:
            if ticket.priority != "P1":
                yield self.env.timeout(self.team.next_shift(engineer, self.env.now) - self.env.now)
            request = engineer.desk.request(priority=_RANKS[ticket.priority])
            yield request
            if ticket.priority == "P1" or self.team.is_on_shift(engineer, self.env.now):
                return request
            engineer.desk.release(request)

    def travel(self, ticket: Ticket, engineer: Engineer) -> Process:
        """Go there: lifts and corridors, further in another zone, from home at night."""
        far = 1.0 if ticket.department.zone == engineer.person.zone else 1.5
        home = 0 if self.team.is_on_shift(engineer, self.env.now) else 22 * MINUTE
        yield self.env.timeout(home + self.draw.seconds(7 * far, 0.45))
        self.journal.event(ticket, "arrived")

    # -- the work -----------------------------------------------------------------------------

    def remote(self, ticket: Ticket, engineer: Engineer) -> Turn:
        """Solve it from the desk; returns False when it turns out that somebody must go."""
        request = yield from self.turn(ticket, engineer)
        started = self.env.now
        self.journal.event(ticket, "work_started")
        ticket.has_worked = True
        yield self.env.timeout(self._minutes(ticket, engineer))
        self.journal.effort(ticket, engineer, started, "remote")
        engineer.desk.release(request)
        return ticket.is_planted or not self.draw.hits(0.1)

    def onsite(self, ticket: Ticket, engineer: Engineer) -> Process:
        """Go, diagnose, repair; with the pauses, parts and vendors that it takes."""
        request = yield from self.turn(ticket, engineer)
        yield from self.travel(ticket, engineer)
        arrived = self.env.now
        yield self.env.timeout(self.draw.seconds(3, 0.7))
        self.journal.event(ticket, "work_started")
        ticket.has_worked = True
        minutes = self._minutes(ticket, engineer)
        first = int(minutes * self.draw.uniform(0.3, 0.7))
        yield self.env.timeout(first)
        self.journal.effort(ticket, engineer, arrived, "onsite")
        request = yield from self._interruptions(ticket, engineer, request)
        resumed = self.env.now
        helper = self._invite(ticket, engineer)
        yield self.env.timeout(max(60, minutes - first))
        self.journal.effort(ticket, engineer, resumed, "onsite")
        if helper:
            self.journal.effort(ticket, helper, resumed, "helper")
        engineer.desk.release(request)

    def _minutes(self, ticket: Ticket, engineer: Engineer) -> int:
        short = _SHORT.get(ticket.stream, 1.0)
        median = _REPORT_AND_TIDY * ticket.family.minutes * engineer.person.speed * short
        return max(60, self.draw.seconds(median, 0.5))

    def _invite(self, ticket: Ticket, engineer: Engineer) -> Engineer | None:
        if ticket.family.minutes < _HARD_MINUTES or not self.draw.hits(0.2):
            return None
        helper = self.team.pick(self.draw, "终端", ticket.department.zone, besides=engineer)
        self.journal.event(ticket, "coworker_joined", engineer_id=helper.id)
        return helper

    # -- interruptions --------------------------------------------------------------------------

    def _interruptions(self, ticket: Ticket, engineer: Engineer, request: Any) -> Turn:
        missing = self._take_parts(ticket, engineer)
        chance = self.draw.random()
        is_repair = ticket.stream in ("inherent", "user")
        if missing:
            request = yield from self._await_part(ticket, engineer, request, missing)
        elif self._wants_vendor(ticket):
            request = yield from self._vendor(ticket, engineer, request)
        elif self._parks(engineer, ticket):
            self.site.truth.parked_tickets.append(ticket.id)
            hours = self.draw.uniform(20, 60)
            request = yield from self._pause(ticket, engineer, request, "waiting_user", hours)
        elif chance < _WAITS_FOR_USER:
            hours = self.draw.around(5, 0.8)
            request = yield from self._pause(
                ticket, engineer, request, "waiting_user", hours, note="电话联系科室，约定时间"
            )
        elif is_repair and chance < _WAITS_FOR_APPROVAL:
            hours = self.draw.around(20, 0.6)
            request = yield from self._pause(ticket, engineer, request, "approval", hours)
        elif chance > _NO_FORCE_MAJEURE:
            request = yield from self._pause(ticket, engineer, request, "force_majeure", 6.0)
        return request

    def _parks(self, engineer: Engineer, ticket: Ticket) -> bool:
        is_parker = engineer.id == self.team.personas.parks
        return is_parker and ticket.priority != "P1" and self.draw.hits(0.12)

    def _pause(
        self,
        ticket: Ticket,
        engineer: Engineer,
        request: Any,
        reason: str,
        hours: float,
        *,
        note: str | None = None,
    ) -> Turn:
        engineer.desk.release(request)
        self.journal.event(ticket, "paused", reason_code=reason, note=note)
        yield self.env.timeout(int(hours * HOUR))
        return (yield from self._resume(ticket, engineer, reason))

    def _resume(self, ticket: Ticket, engineer: Engineer, reason: str) -> Turn:
        while not waking(self.env.now):
            yield self.env.timeout(HOUR)
        request = yield from self.turn(ticket, engineer)
        self.journal.event(ticket, "resumed", reason_code=reason)
        return request

    def _take_parts(self, ticket: Ticket, engineer: Engineer) -> str | None:
        if ticket.stream in ("nff", "help"):
            return None
        issue = self._issue(ticket, engineer)
        for part_id, chance in ticket.family.parts.items():
            if self.draw.hits(chance if ticket.stream != "user" else chance / 3):
                if not self.site.stock.take(part_id, issue):
                    return part_id
                self._charge_part(ticket, part_id)
        return None

    def _issue(self, ticket: Ticket, engineer: Engineer) -> Issue:
        return Issue(ticket.id, ticket.device.id if ticket.device else None, engineer)

    def _charge_part(self, ticket: Ticket, part_id: str) -> None:
        price = self.site.stock.prices[part_id]
        columns = {"part_id": part_id, "quantity": 1.0, "unit_price_cny": price}
        if self.site.stock.parts[part_id].is_consumable:
            self.journal.cost(ticket, "part", price, **columns)
        else:
            self._own_money(ticket, "part", price, columns)

    def _own_money(
        self, ticket: Ticket, kind: str, amount: float, columns: dict[str, object]
    ) -> None:
        """Pay for it, and note it where the maker's warranty should have."""
        cost_id = self.journal.cost(ticket, kind, amount, **columns)
        device = ticket.device
        if device and ticket.is_warranty_case and self._is_covered(device):
            self.site.truth.missed_warranties.append(
                {
                    "cost_id": cost_id,
                    "ticket_id": ticket.id,
                    "asset_id": device.id,
                    "kind": kind,
                    "amount_cny": round(amount, 2),
                }
            )

    def _is_covered(self, device: Device) -> bool:
        return local_date(self.env.now) <= device.warranty_until

    def _await_part(self, ticket: Ticket, engineer: Engineer, request: Any, part_id: str) -> Turn:
        engineer.desk.release(request)
        issue, stock = self._issue(ticket, engineer), self.site.stock
        key = stock.request(part_id, issue)
        self.journal.event(ticket, "paused", reason_code="waiting_part")
        while not stock.take(part_id, issue):
            yield stock.arrival(part_id)
        stock.fulfil(key)
        self._charge_part(ticket, part_id)
        request = yield from self._resume(ticket, engineer, "waiting_part")
        self.journal.change(ticket, second_visit_reason="part_missing")
        yield from self.travel(ticket, engineer)
        return request

    # -- vendors --------------------------------------------------------------------------------

    def _wants_vendor(self, ticket: Ticket) -> bool:
        if ticket.stream != "inherent" or ticket.device is None:
            return False
        factor = 1.6 if self._is_covered(ticket.device) else 1.0
        return self.draw.hits(ticket.family.vendor * factor)

    def _vendor(self, ticket: Ticket, engineer: Engineer, request: Any) -> Turn:
        engineer.desk.release(request)
        self.journal.event(ticket, "sent_to_vendor")
        loan = self.loans.lend(ticket) if self.draw.hits(0.7) else None
        back = day_start(self.env.now) + max(1, round(self.draw.around(5, 0.55))) * DAY
        yield self.env.timeout(back + self.draw.randrange(9 * HOUR, 17 * HOUR) - self.env.now)
        self.journal.event(ticket, "vendor_returned")
        self._bill(ticket)
        if loan:
            self.env.process(self.loans.take_back(loan))
        return (yield from self.turn(ticket, engineer))

    def _bill(self, ticket: Ticket) -> None:
        device = ticket.device
        if device is None:
            return
        number = sum(map(ord, device.model.brand)) % len(self.site.catalogue.vendors) + 1
        vendor: dict[str, object] = {
            "vendor_id": f"V{number:02d}",
            "invoice_no": f"{self.draw.randrange(10**20):020d}",
        }
        price = device.price_cny * self.draw.uniform(0.08, 0.25)
        if self._is_covered(device) and not self.draw.hits(0.08):
            self.journal.cost(ticket, "external", 0.0, is_in_warranty=True, **vendor)
            return
        self._own_money(ticket, "external", price, vendor | {"is_in_warranty": False})
        self._own_money(ticket, "freight", _FREIGHT_CNY, vendor | {"is_in_warranty": False})
