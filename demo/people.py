"""The team: engineers with their planted skill, their working calendar, and who gets a ticket.

Holds the roster (08:00–18:00, seven days, staggered days off, night on-call) and the dispatch
choice. What an engineer does with a ticket belongs in ``lives``.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import simpy

from demo.catalogue import Catalogue, Person
from demo.chance import Chance, stream
from demo.clock import DAY, HOUR, World, day_number, day_start, local_date, second_of_day
from demo.spec import DemoSpec
from demo.tables import RowSet

SHIFT_START, SHIFT_END = 8 * HOUR, 18 * HOUR
_SHIFT_MINUTES = 600
_WORKDAYS = 5
_WEEK = 7
_LEAVE_DAYS = 10
_SKEW_SECONDS = 37


@dataclass(eq=False)
class Engineer:
    """An engineer at work. ``load`` counts the open tickets held, ``desk`` is the pair of hands."""

    id: str
    index: int
    person: Person
    desk: simpy.PriorityResource
    load: int = 0
    skew_seconds: int = 0
    leave: dict[int, frozenset[int]] = field(default_factory=dict)
    workdays: dict[int, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Personas:
    """Who plays a planted part, by engineer id (None where the team is too small)."""

    equal: tuple[str, ...]
    fast: str | None
    parks: str | None
    cherry_picker: str | None
    sloppy: str | None
    skewed_clock: str


class Team:
    """The engineers of a site."""

    def __init__(self, spec: DemoSpec, catalogue: Catalogue, rows: RowSet, env: World) -> None:
        """Hire the team and write its master rows."""
        self.spec, self.rows, self.env = spec, rows, env
        count = spec.figures.engineers
        people = catalogue.team[:count]
        self.engineers = [
            Engineer(f"E{place + 1:02d}", place, person, simpy.PriorityResource(env))
            for place, person in enumerate(people)
        ]
        ids = [engineer.id for engineer in self.engineers] + [None] * len(catalogue.team)
        self.personas = Personas(
            tuple(e.id for e in self.engineers[:4]), ids[4], ids[5], ids[6], ids[7], "E03"
        )
        self.by_id = {engineer.id: engineer for engineer in self.engineers}
        self.by_id["E03"].skew_seconds = _SKEW_SECONDS
        self._write()

    def _write(self) -> None:
        first = self.spec.first_day
        count = len(self.engineers)
        for engineer in self.engineers:
            hired = date(2012 + engineer.index, 3, 1) + timedelta(days=37 * engineer.index)
            backup = self.engineers[(engineer.index + 1) % count]
            self.rows["engineers"].add(
                engineer_id=engineer.id,
                name=engineer.person.name,
                skills="|".join(engineer.person.skills),
                hired_on=hired,
                backup_engineer_id=backup.id,
            )
            changed = first + timedelta(days=self.spec.day_count // 2)
            is_promoted = engineer.index == 1
            self._post(engineer, hired, changed if is_promoted else None, engineer.person.grade)
            if is_promoted:
                self._post(engineer, changed, None, "高级")

    def _post(self, engineer: Engineer, start: date, end: date | None, grade: str) -> None:
        self.rows["engineer_postings"].add(
            engineer_id=engineer.id,
            valid_from=start,
            valid_to=end,
            team="运维组",
            role="运维工程师",
            grade=grade,
            zone=engineer.person.zone,
        )

    # -- calendar -----------------------------------------------------------------------------

    def is_rostered(self, engineer: Engineer, day: int) -> bool:
        """Whether the roster puts the engineer on duty that local day (leave not yet taken off)."""
        offset = engineer.index * _WEEK // len(self.engineers)
        return (day + offset) % _WEEK < _WORKDAYS

    def is_on_leave(self, engineer: Engineer, day: int) -> bool:
        """Whether the engineer has leave that local day."""
        year = date.fromordinal(day + date(1970, 1, 1).toordinal()).year
        if year not in engineer.leave:
            draw = stream(self.spec.seed, self.rows.site_id, "leave", engineer.id, year)
            first = day_number_of(date(year, 1, 1))
            days = frozenset(first + draw.randrange(365) for _ in range(_LEAVE_DAYS))
            engineer.leave[year] = days
        return day in engineer.leave[year]

    def works_on(self, engineer: Engineer, day: int) -> bool:
        """Whether the engineer works that local day."""
        known = engineer.workdays.get(day)
        if known is None:
            known = self.is_rostered(engineer, day) and not self.is_on_leave(engineer, day)
            engineer.workdays[day] = known
        return known

    def is_on_shift(self, engineer: Engineer, instant: int) -> bool:
        """Whether the engineer is at work at the instant."""
        in_hours = SHIFT_START <= second_of_day(instant) < SHIFT_END
        return in_hours and self.works_on(engineer, day_number(instant))

    def next_shift(self, engineer: Engineer, instant: int) -> int:
        """Return the first instant from ``instant`` at which the engineer is at work."""
        if self.is_on_shift(engineer, instant):
            return instant
        start = day_start(instant)
        if second_of_day(instant) >= SHIFT_START:
            start += DAY
        while not self.works_on(engineer, day_number(start)):
            start += DAY
        return start + SHIFT_START

    def on_call(self, instant: int) -> Engineer:
        """Return who has the night's call."""
        night = day_number(instant - SHIFT_START)
        return self.engineers[night % len(self.engineers)]

    def days(self) -> Generator[simpy.Event, Any, None]:
        """Write every day's roster, leave, training and project minutes, for ever."""
        while True:
            for engineer in self.engineers:
                self._write_day(engineer, day_number(self.env.now))
            yield self.env.timeout(DAY)

    def _write_day(self, engineer: Engineer, day: int) -> None:
        on_date = local_date(self.env.now)
        if not self.is_rostered(engineer, day):
            return
        minutes = {"roster": _SHIFT_MINUTES}
        if self.is_on_leave(engineer, day):
            minutes["leave"] = _SHIFT_MINUTES
        elif on_date.day in (8, 9) and engineer.index % 2 == on_date.day % 2:
            minutes["training"] = 120
        elif (day + engineer.index) % 9 == 0:
            minutes["project"] = 180
        for kind, amount in minutes.items():
            self.rows["engineer_time"].add(
                engineer_id=engineer.id, on_date=on_date, kind=kind, minutes=amount
            )

    # -- dispatch -----------------------------------------------------------------------------

    def pick(
        self, draw: Chance, skill: str, zone: str, *, besides: Engineer | None = None
    ) -> Engineer:
        """Choose the engineer on shift with the best mix of load, skill and zone."""
        now = self.env.now
        present = [e for e in self.engineers if self.is_on_shift(e, now) and e is not besides]
        if not present:
            present = [e for e in self.engineers if e is not besides]
        return min(present, key=lambda e: (self._cost(e, skill, zone) + draw.random(), e.index))

    def _cost(self, engineer: Engineer, skill: str, zone: str) -> float:
        cost = float(engineer.load)
        cost += 0.0 if skill in engineer.person.skills else 2.0
        cost += 0.0 if zone == engineer.person.zone else 0.8
        return cost + max(0.0, self.next_shift(engineer, self.env.now) - self.env.now) / HOUR


def day_number_of(day: date) -> int:
    """Return the local day's number since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()
