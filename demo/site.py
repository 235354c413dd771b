"""What every process of a site shares: its clock, its rows, its people, machines and records.

Holds the ``Site`` record and the ``Truth`` that the processes note as they go. How they are put
together and run lives in ``hospital``.
"""

from dataclasses import dataclass, field
from typing import Any

from demo.catalogue import Catalogue
from demo.chance import Chance, stream
from demo.clock import World
from demo.fleet import Fleet
from demo.journal import Journal
from demo.people import Team
from demo.spec import DemoSpec
from demo.stock import Stock
from demo.tables import RowSet

Note = dict[str, Any]


@dataclass
class Truth:
    """What the processes planted, in their own words; ids are those of the store."""

    bad_repairs: list[Note] = field(default_factory=list)
    repeat_chains: list[Note] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)
    outages: list[Note] = field(default_factory=list)
    parked_tickets: list[str] = field(default_factory=list)
    forgotten_tickets: list[str] = field(default_factory=list)
    cherry_picked: list[str] = field(default_factory=list)
    lost_loans: list[str] = field(default_factory=list)
    missed_warranties: list[Note] = field(default_factory=list)
    merged: list[Note] = field(default_factory=list)
    misbilled: list[Note] = field(default_factory=list)
    department_moves: list[Note] = field(default_factory=list)
    improvements: list[Note] = field(default_factory=list)
    failures: dict[str, dict[str, int]] = field(default_factory=dict)

    def drop_claims(self, ticket_id: str) -> None:
        """Forget the warranty lines of a ticket: what a user broke, no maker pays."""
        self.missed_warranties = [
            line for line in self.missed_warranties if line["ticket_id"] != ticket_id
        ]

    def count_failure(self, device_id: str, stream_name: str) -> None:
        """Count a failure of a device (streams ``inherent``, ``user``, ``outage``)."""
        counts = self.failures.setdefault(device_id, {})
        counts[stream_name] = counts.get(stream_name, 0) + 1


@dataclass
class Site:
    """One hospital under simulation."""

    spec: DemoSpec
    catalogue: Catalogue
    env: World
    rows: RowSet
    fleet: Fleet
    team: Team
    stock: Stock
    journal: Journal
    truth: Truth = field(default_factory=Truth)

    def draws(self, name: str) -> Chance:
        """Return the site's own stream of draws of that name."""
        return stream(self.spec.seed, self.rows.site_id, name)
