"""Histories of a small store, good and bad: what the laws of the pull are tested on.

Holds the things that may happen in a store of tickets and events, each drawn with a number that
decides its details, so that a failing history can be shrunk and replayed. What must hold after a
history is in the tests and in the long proofs.
"""

import random
from collections.abc import Sequence
from datetime import timedelta

from pull_stores import Store, ticket, utc

START = utc("2026-03-01 00:00:00")
TYPES = ("accepted", "arrived", "paused", "resumed", "restored", "reopened", "closed")
BAD = ({"priority": "?"}, {"channel": "fax"}, {"reported_at": "soon"}, {"ticket_id": ""})


class History:
    """A store without constraints in which things happen."""

    def __init__(self, url: str, names: Sequence[str] = ("tickets", "ticket_events")) -> None:
        """Create the store with one ticket; ``names``: the tables it has."""
        self.store = Store(url, names, keyed=False)
        self.random = random.Random(0)  # noqa: S311 - repeatable, not secret
        self.hours = self.count = self.events = 0
        self.insert()

    def do(self, name: str, number: int) -> None:
        """Let one thing happen; ``number`` decides its details."""
        self.random = random.Random(number)  # noqa: S311 - repeatable, not secret
        self.hours += self.random.randint(0, 30)
        getattr(self, name)()

    def _stamp(self, hours: int) -> str:
        return f"{START + timedelta(hours=hours + 8):%Y-%m-%d %H:%M:%S}"

    def _one(self) -> str:
        return f"T{self.random.randint(1, self.count):05d}"

    def _set(self, key: str, **values: str) -> None:
        texts = {"updated_at": self._stamp(self.hours), **values}
        sets = ", ".join(f"{name} = '{value}'" for name, value in texts.items())
        self.store.run(f"update tickets set {sets} where ticket_id = '{key}'")

    def insert(self) -> None:
        """A new ticket with its report."""
        self._insert(self.hours)

    def insert_late(self) -> None:
        """A ticket that arrives behind the watermark."""
        self._insert(self.hours - self.random.randint(50, 500))

    def _insert(self, hours: int) -> None:
        self.count += 1
        key = f"T{self.count:05d}"
        self.store.add({"tickets": [ticket(self.count, priority="P3", channel="phone")]})
        self._set(key, updated_at=self._stamp(hours))
        self._event(key, "reported", 0, hours)

    def _event(self, key: str, kind: str, at: int, recorded: int) -> None:
        self.events += 1
        row = {
            "event_id": f"E{self.events:05d}",
            "ticket_id": key,
            "seq": self.events,
            "at": START + timedelta(hours=at),
            "type": kind,
            "recorded_at": START + timedelta(hours=recorded),
        }
        self.store.add({"ticket_events": [row]})

    def happen(self) -> None:
        """An event of a ticket, now."""
        self._event(self._one(), self.random.choice(TYPES), self.hours, self.hours)

    def happen_late(self) -> None:
        """An event that is recorded behind the watermark."""
        at = self.random.randint(0, self.hours)
        self._event(self._one(), self.random.choice(TYPES), at, at)

    def early_child(self) -> None:
        """An event whose ticket comes with the next insertion."""
        key = f"T{self.count + 1:05d}"
        self._event(key, self.random.choice(TYPES), self.hours, self.hours)

    def update(self) -> None:
        """A change with its time stamp."""
        self._set(self._one(), title=str(self.random.random()))

    def delete(self) -> None:
        """A ticket vanishes; its events stay."""
        self.store.run(f"delete from tickets where ticket_id = '{self._one()}'")

    def delete_event(self) -> None:
        """An event vanishes."""
        number = self.random.randint(1, self.events)
        self.store.run(f"delete from ticket_events where event_id = 'E{number:05d}'")

    def spoil(self) -> None:
        """A value that may not pass."""
        self._set(self._one(), **self.random.choice(BAD))

    def repair(self) -> None:
        """A ticket made good again."""
        self._set(self._one(), priority="P1", channel="phone", reported_at="2026-03-01 08:00:00")

    def copy(self) -> None:
        """A row twice."""
        key = self._one()
        self.store.run(
            f"insert into tickets select * from tickets where ticket_id = '{key}' limit 1"
        )

    def contradict(self) -> None:
        """A key twice, with different contents."""
        self.copy()
        self.store.run(
            "update tickets set description = 'other' "
            "where rowid = (select max(rowid) from tickets)"
        )

    def mend_all(self) -> None:
        """Everything that may not pass is corrected at the source, or gone from it."""
        self.hours += 1
        self.store.run(
            "delete from tickets where ticket_id = ''",
            "delete from tickets where rowid not in "
            "(select min(rowid) from tickets group by ticket_id)",
            "delete from ticket_events where ticket_id not in (select ticket_id from tickets)",
            "update tickets set priority = 'P2', channel = 'phone', "
            f"reported_at = '2026-03-01 08:00:00', updated_at = '{self._stamp(self.hours)}'",
        )


ACTIONS = (
    "insert",
    "insert_late",
    "happen",
    "happen_late",
    "early_child",
    "update",
    "delete",
    "delete_event",
    "spoil",
    "repair",
    "copy",
    "contradict",
)
