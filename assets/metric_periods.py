"""Periods in the hospital's zone: from a grain and two days to bounds in seconds.

Holds calendar arithmetic of reporting periods only. Working calendars are in `config.calendars`;
what falls into a period is decided by the SQL in `metric_sql`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Grain = Literal["day", "week", "month", "quarter", "year", "total"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year", "total")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_YEAR_MONTHS = 12


@dataclass(frozen=True)
class Period:
    """Local days [start, end) with their bounds in seconds since 1970-01-01 UTC.

    ``last_second`` is the end or as-of, whichever is earlier; ``level_second`` the last second that
    belongs to the period, at which levels are taken: what happens at midnight is the next day's;
    ``data_second`` where data begin;
    ``clip_start``/``clip_end`` are the local days cut to where data exist; ``is_complete``: the end
    is not after as-of. All periods of a query are of one grain, and follow each other.
    """

    start: date
    end: date
    first_second: int
    last_second: int
    level_second: int
    data_second: int
    clip_start: date
    clip_end: date
    is_complete: bool
    grain: Grain


def add_months(day: date, months: int) -> date:
    """Return the first day of the month so many months away from the day's, before if negative."""
    index = day.year * _YEAR_MONTHS + day.month - 1 + months
    return date(index // _YEAR_MONTHS, index % _YEAR_MONTHS + 1, 1)


def start_of(day: date, grain: Grain) -> date:
    """Return the first day of the period of that grain which holds the day; weeks begin Monday."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    if grain in _MONTHS:
        step = _MONTHS[grain]
        return date(day.year, (day.month - 1) // step * step + 1, 1)
    return day


def _bounds(first: date, end: date, grain: Grain) -> Iterator[tuple[date, date]]:
    if grain == "total":
        yield first, end
        return
    start = start_of(first, grain)
    while start < end:
        if grain in _MONTHS:
            stop = add_months(start, _MONTHS[grain])
        else:
            stop = start + timedelta(days=7 if grain == "week" else 1)
        yield start, stop
        start = stop


def second_of(day: date, zone: ZoneInfo) -> int:
    """Return the local midnight that begins the day, in seconds since 1970-01-01 UTC."""
    return int(datetime.combine(day, time(), tzinfo=zone).timestamp())


def periods(
    grain: Grain, first: date, end: date, *, zone: str, as_of: datetime, data_from: date
) -> list[Period]:
    """Return the periods of a grain that touch the local days [first, end).

    Args:
        grain: their length; ``total`` is one period.
        first: first day; its period is taken whole (``total``: from that day).
        end: day after the last.
        zone: the hospital's zone.
        as_of: naive UTC; periods that do not begin before it are left out.
        data_from: first local day of data.
    """
    local = ZoneInfo(zone)
    as_of_second = int(as_of.replace(tzinfo=UTC).timestamp())
    as_of_on = as_of.replace(tzinfo=UTC).astimezone(local).date()
    found = []
    for start, stop in _bounds(first, end, grain):
        first_second, stop_second = second_of(start, local), second_of(stop, local)
        if first_second >= as_of_second:
            break
        found.append(
            Period(
                start=start,
                end=stop,
                first_second=first_second,
                last_second=min(stop_second, as_of_second),
                level_second=min(stop_second - 1, as_of_second),
                data_second=second_of(data_from, local),
                clip_start=max(start, data_from),
                clip_end=max(data_from, min(stop, as_of_on + timedelta(days=1))),
                is_complete=stop_second <= as_of_second,
                grain=grain,
            )
        )
    return found
