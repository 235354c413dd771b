"""Versions of a rule file: which of its contents is in force at a local moment.

Holds the moment from which a version counts, the ordering, and the choice. Which moment of a
ticket, a day or a run chooses the version is decided where the rule is applied.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator

T = TypeVar("T")

BASE = "base"
# Bounds of the first and the last version, so that every row of a rule table has two ends.
FROM_THE_BEGINNING = datetime(1900, 1, 1)  # noqa: DTZ001 - local wall clock by intent
FOR_EVER = datetime(9999, 12, 31)  # noqa: DTZ001 - local wall clock by intent

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?")
_FORM = "应写成 YYYY-MM-DD 或 YYYY-MM-DD HH:MM(医院当地时间,不带时区)"


def local_moment(value: Any) -> datetime:
    """Return a local wall-clock moment from a date (its midnight), a moment or their text.

    Raises:
        ValueError: anything else, a moment with a zone, or a day that does not exist.
    """
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            raise ValueError(_FORM)
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, str) and _MOMENT.fullmatch(value.strip()):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            pass
    raise ValueError(_FORM)


LocalMoment = Annotated[datetime, BeforeValidator(local_moment)]


@dataclass(frozen=True)
class Version(Generic[T]):
    """One content of a rule file; ``effective_from`` None means from the beginning."""

    id: str
    effective_from: datetime | None
    content: T


@dataclass(frozen=True)
class Versions(Generic[T]):
    """All contents of a rule file, oldest first; the first counts from the beginning."""

    items: tuple[Version[T], ...]

    def at(self, moment: datetime | None) -> Version[T]:
        """Return the version in force at a local moment; the newest when no moment is given."""
        if moment is None:
            return self.items[-1]
        started = [
            one for one in self.items if one.effective_from is None or one.effective_from <= moment
        ]
        return started[-1]

    def spans(self) -> Iterator[tuple[Version[T], datetime, datetime]]:
        """Yield each version with the half-open span of local time in which it is in force."""
        for number, one in enumerate(self.items):
            later = self.items[number + 1] if number + 1 < len(self.items) else None
            end = later.effective_from if later else None
            yield one, one.effective_from or FROM_THE_BEGINNING, end or FOR_EVER
