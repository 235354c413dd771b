"""Working calendars: which half-open UTC intervals count as working time.

Holds one calendar's weekly hours, the Chinese holidays with make-up workdays and the hospital's own
corrections. Intersecting the intervals with a ticket's life belongs to `assets/core`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from chinese_calendar import constants
from pydantic import BaseModel, ConfigDict, Field, field_validator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Hours = tuple[tuple[int, int], ...]

_HOURS = re.compile(r"^([0-9]{1,2}):([0-5][0-9])-([0-9]{1,2}):([0-5][0-9])$")
_DAY_MINUTES = 24 * 60
_BUILT_IN_FIRST = min(constants.holidays).year
_BUILT_IN_LAST = max(constants.holidays).year


def _parse_hours(texts: tuple[str, ...]) -> Hours:
    """Return (from, to) in minutes of the day, sorted; ValueError on nonsense or overlap."""
    spans = []
    for text in texts:
        match = _HOURS.match(text.replace(" ", ""))
        if not match:
            raise ValueError(f"中的「{text}」应写成 08:00-18:00")
        numbers = [int(part) for part in match.groups()]
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if not start < end <= _DAY_MINUTES:
            raise ValueError(f"中的「{text}」应先早后晚且不超过 24:00(跨夜请拆成两段)")
        spans.append((start, end))
    spans.sort()
    if any(before[1] > after[0] for before, after in pairwise(spans)):
        raise ValueError("中的时段互相重叠")
    return tuple(spans)


class CalendarRule(BaseModel):
    """One calendar as written in `calendars.yml`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    days: tuple[Weekday, ...]
    hours: tuple[str, ...]
    hours_by_day: dict[Weekday, tuple[str, ...]] = {}
    holidays: Literal["none", "china"] = "none"

    @field_validator("hours")
    @classmethod
    def _hours_make_sense(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        _parse_hours(hours)
        return hours

    @field_validator("hours_by_day")
    @classmethod
    def _each_day_makes_sense(
        cls, hours: dict[Weekday, tuple[str, ...]]
    ) -> dict[Weekday, tuple[str, ...]]:
        for texts in hours.values():
            _parse_hours(texts)
        return hours


class HolidayRule(BaseModel):
    """The hospital's corrections to the built-in Chinese holidays, dates with their names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    days_off: dict[date, str] = {}
    workdays: dict[date, str] = {}
    complete_years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """A calendar that can be asked for its working time."""

    id: str
    rule: CalendarRule
    corrections: HolidayRule

    @property
    def covered_from(self) -> date:
        """First day whose working time is known."""
        return date.min if self.rule.holidays == "none" else date(_BUILT_IN_FIRST, 1, 1)

    @property
    def covered_until(self) -> date:
        """Last day whose working time is known (inclusive), without a gap since covered_from."""
        if self.rule.holidays == "none":
            return date.max
        year = _BUILT_IN_LAST
        while year + 1 in self.corrections.complete_years:
            year += 1
        return date(year, 12, 31)

    def missing_years(self, first: date, last: date) -> tuple[int, ...]:
        """Return the years between the two days (inclusive) whose holidays are not known."""
        years = range(first.year, last.year + 1)
        return tuple(year for year in years if not self._knows(year))

    def _knows(self, year: int) -> bool:
        is_built_in = _BUILT_IN_FIRST <= year <= _BUILT_IN_LAST
        return self.rule.holidays == "none" or is_built_in or year in self._extra_years

    @cached_property
    def _extra_years(self) -> frozenset[int]:
        return frozenset(self.corrections.complete_years)

    @cached_property
    def _week(self) -> dict[int, Hours]:
        usual = _parse_hours(self.rule.hours)
        special = {day: _parse_hours(texts) for day, texts in self.rule.hours_by_day.items()}
        return {
            WEEKDAYS.index(day): special.get(day, usual)
            for day in WEEKDAYS
            if day in self.rule.days or day in special
        }

    @cached_property
    def _usual(self) -> Hours:
        return _parse_hours(self.rule.hours)

    def _day_kind(self, day: date) -> Literal["off", "workday", "usual"]:
        """Tell a holiday from a make-up workday; the hospital's corrections win."""
        if self.rule.holidays == "none":
            return "usual"
        if day in self.corrections.days_off:
            return "off"
        if day in self.corrections.workdays:
            return "workday"
        if day in constants.holidays:
            return "off"
        return "workday" if day in constants.workdays else "usual"

    def hours(self, day: date) -> Hours:
        """Return the working hours of a local day as (from, to) minutes since midnight.

        A make-up workday on a weekend has the calendar's usual hours. A day whose year is not
        covered has none: ask `missing_years` before trusting a sum.
        """
        kind = self._day_kind(day)
        if kind == "off" or not self._knows(day.year):
            return ()
        week = self._week.get(day.weekday(), ())
        return (week or self._usual) if kind == "workday" else week

    def intervals(
        self, first: date, last: date, zone: str | ZoneInfo
    ) -> list[tuple[datetime, datetime]]:
        """Return the working time of the local days first … last, both included.

        Args:
            first: first local day.
            last: last local day.
            zone: the hospital's time zone.

        Returns:
            Half-open intervals ``(start, end)`` as naive UTC instants, ascending, never touching
            (neighbours are joined). Days that are not covered yield nothing; see `missing_years`.
        """
        local = ZoneInfo(str(zone))
        found: list[tuple[datetime, datetime]] = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            for start_minute, end_minute in self.hours(day):
                start, end = _utc(day, start_minute, local), _utc(day, end_minute, local)
                if found and found[-1][1] >= start:
                    found[-1] = (found[-1][0], max(end, found[-1][1]))
                elif start < end:
                    found.append((start, end))
        return found


def _utc(day: date, minute: int, zone: ZoneInfo) -> datetime:
    naive = datetime.combine(day, time()) + timedelta(minutes=minute)
    return naive.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
