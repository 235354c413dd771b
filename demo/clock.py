"""Time in the simulated hospital: whole seconds since 1970 in UTC, and the local day around them.

Holds conversions between instants, local dates and texts, and the weekly profile of demand. Who
works when belongs in ``people``. Asia/Shanghai has kept +08:00 without summer time since 1992, so
a constant offset is exact for every instant the demo writes.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import simpy

MINUTE = 60
HOUR = 3600
DAY = 86_400
ZONE_NAME = "Asia/Shanghai"
ZONE_OFFSET = 8 * HOUR
_EPOCH = date(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()


class World(simpy.Environment):
    """SimPy's environment with a clock of whole seconds since 1970 UTC."""

    @property
    def now(self) -> int:
        """Return the present instant."""
        return int(self._now)


def midnight(day: date) -> int:
    """Return the instant of local midnight at the start of ``day``."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY - ZONE_OFFSET


def day_number(instant: int) -> int:
    """Return the local day of an instant, counted from 1970-01-01."""
    return (instant + ZONE_OFFSET) // DAY


def day_start(instant: int) -> int:
    """Return the local midnight at or before an instant."""
    return day_number(instant) * DAY - ZONE_OFFSET


def second_of_day(instant: int) -> int:
    """Return the seconds since local midnight."""
    return (instant + ZONE_OFFSET) % DAY


@lru_cache(maxsize=40_000)
def _date_of(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def worked_on(instant: int, seconds: int, opens: int, shuts: int) -> int:
    """Return the instant after so many working seconds, open every day between two hours.

    Args:
        instant: where to begin; outside the hours the next opening counts.
        seconds: working time.
        opens: seconds after local midnight.
        shuts: likewise.
    """
    while True:
        second = second_of_day(instant)
        if second >= shuts:
            instant = day_start(instant) + DAY + opens
        elif second < opens:
            instant = day_start(instant) + opens
        room = day_start(instant) + shuts - instant
        if seconds < room:
            return instant + seconds
        seconds -= room
        instant += room


def local_date(instant: int) -> date:
    """Return the local date of an instant."""
    return _date_of(day_number(instant))


def local_month(instant: int) -> str:
    """Return the local month of an instant as ``YYYY-MM``."""
    return local_date(instant).isoformat()[:7]


def next_month(day: date) -> date:
    """Return the first day of the month after that of ``day``."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def utc_naive(instant: int) -> datetime:
    """Return the instant in UTC, without a zone (the pipeline's own form)."""
    return datetime.fromtimestamp(instant, UTC).replace(tzinfo=None)


def from_utc(moment: datetime) -> int:
    """Return whole seconds since 1970 of a UTC moment (naive means UTC)."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())


_CLOCK_TEXTS = tuple(
    f" {second // HOUR:02d}:{second % HOUR // MINUTE:02d}:{second % MINUTE:02d}"
    for second in range(DAY)
)


def local_text(instant: int) -> str:
    """Return the wall-clock time as ``YYYY-MM-DD HH:MM:SS``."""
    days, second = divmod(instant + ZONE_OFFSET, DAY)
    return _date_of(days).isoformat() + _CLOCK_TEXTS[second]


# Relative demand by hour of the local day; the weekend days have their own level.
_HOURS = (
    *(0.22, 0.16, 0.14, 0.12, 0.14, 0.25, 0.55, 1.35),
    *(2.60, 2.85, 2.55, 1.85, 1.15, 1.45, 2.20, 2.25),
    *(1.85, 1.25, 0.75, 0.62, 0.55, 0.48, 0.40, 0.30),
)
_WEEKDAYS = (1.18, 1.10, 1.08, 1.06, 1.04, 0.82, 0.72)
_MONDAY = 4 * DAY - ZONE_OFFSET  # 1970-01-05 00:00 local, a Monday
_WEEK = 7 * DAY


class Profile:
    """Demand over the week with mean one, and its integral: the clock in which demand is even."""

    def __init__(self) -> None:
        """Normalise the hours so that a week of the profile lasts a week."""
        raw = [day * hour for day in _WEEKDAYS for hour in _HOURS]
        scale = len(raw) / sum(raw)
        self._levels = [level * scale for level in raw]
        self._sums = [0.0]
        for level in self._levels:
            self._sums.append(self._sums[-1] + level * HOUR)

    def _elapsed(self, instant: float) -> float:
        weeks, rest = divmod(instant - _MONDAY, _WEEK)
        hour = min(int(rest // HOUR), len(self._levels) - 1)
        inside = self._sums[hour] + self._levels[hour] * (rest - hour * HOUR)
        return weeks * _WEEK + inside

    def between(self, start: float, end: float) -> float:
        """Return the profile's seconds between two instants (equals real seconds over weeks)."""
        return self._elapsed(end) - self._elapsed(start)

    def after(self, start: float, seconds: float) -> float:
        """Return the instant at which ``seconds`` profile seconds after ``start`` have passed."""
        weeks, rest = divmod(self._elapsed(start) + seconds, _WEEK)
        hour = min(bisect_right(self._sums, rest) - 1, len(self._levels) - 1)
        inside = hour * HOUR + (rest - self._sums[hour]) / self._levels[hour]
        return _MONDAY + weeks * _WEEK + inside


PROFILE = Profile()
