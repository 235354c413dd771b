"""Loaner machines: lent to a ward while its own machine is away, and given back, mostly in time.

Holds the pool and writes ``loans`` with the pool machines' states. When a machine is sent away is
decided in ``work``.
"""

from collections.abc import Generator
from typing import Any

import simpy

from demo.clock import DAY, HOUR
from demo.devices import Device
from demo.journal import Ticket
from demo.site import Site
from demo.tables import Key

_LOST_AFTER_SHARE = 0.45


class LoanDesk:
    """Lends and takes back the pool's machines."""

    def __init__(self, site: Site) -> None:
        """Start with the whole pool in the store room."""
        self.site = site
        self.draw = site.draws("loans")
        self._loans = 0
        self._planted_from = site.spec.start + int(
            (site.spec.end - site.spec.start) * _LOST_AFTER_SHARE
        )

    def lend(self, ticket: Ticket) -> tuple[Key, Device] | None:
        """Lend a machine of the ticket's class, if there is one; returns the loan's key."""
        if ticket.device is None:
            return None
        pool = (
            device
            for device in self.site.fleet.devices
            if device.is_pool and device.state == "loaner" and device.kind is ticket.device.kind
        )
        device = next(pool, None)
        if device is None:
            return None
        now = self.site.env.now
        self._loans += 1
        key = self.site.rows["loans"].add(
            loan_id=f"L{self._loans:05d}",
            asset_id=device.id,
            ticket_id=ticket.id,
            department_id=ticket.department.id,
            lent_at=now,
            due_at=now + 10 * DAY,
        )
        self.site.fleet.set_state(device, "lent_out", department=ticket.department)
        return key, device

    def take_back(self, loan: tuple[Key, Device]) -> Generator[simpy.Event, Any, None]:
        """Return a machine some time after the ward's own came home; one never comes back."""
        key, device = loan
        env = self.site.env
        if not self.site.truth.lost_loans and env.now >= self._planted_from:
            self.site.truth.lost_loans.append(str(key[1]))
            return
        days = 6 if self.draw.hits(0.12) else 0
        yield env.timeout(days * DAY + self.draw.randrange(HOUR, 30 * HOUR))
        self.site.rows["loans"].change(key, returned_at=env.now, outcome="returned")
        home = next(place for place in self.site.fleet.departments if place.id == "D401")
        self.site.fleet.set_state(device, "loaner", department=home)
