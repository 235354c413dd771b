"""Working calendars: which half-open UTC intervals count as working time.

Holds one calendar's weekly hours and their versions, the Chinese holidays with make-up workdays and
the hospital's own corrections. Intersecting the intervals with a ticket's life belongs to
`assets/core`.
"""

import re
from collections.abc import Mapping
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


class _Week(BaseModel):
    """The hours of an ordinary week; None leaves them as they were before."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    days: tuple[Weekday, ...] | None = None
    hours: tuple[str, ...] | None = None
    hours_by_day: dict[Weekday, tuple[str, ...]] | None = None

    @field_validator("hours")
    @classmethod
    def _hours_make_sense(cls, hours: tuple[str, ...] | None) -> tuple[str, ...] | None:
        _parse_hours(hours or ())
        return hours

    @field_validator("hours_by_day")
    @classmethod
    def _each_day_makes_sense(
        cls, hours: dict[Weekday, tuple[str, ...]] | None
    ) -> dict[Weekday, tuple[str, ...]] | None:
        for texts in (hours or {}).values():
            _parse_hours(texts)
        return hours


class CalendarVersion(_Week):
    """Other hours from a local day on, such as summer hours."""

    effective_from: date


class CalendarRule(_Week):
    """One calendar as written in `calendars.yml`."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    days: tuple[Weekday, ...]
    hours: tuple[str, ...]
    holidays: Literal["none", "china"] = "none"
    versions: dict[str, CalendarVersion] = {}

    @field_validator("versions")
    @classmethod
    def _dates_differ(cls, versions: dict[str, CalendarVersion]) -> dict[str, CalendarVersion]:
        if len({version.effective_from for version in versions.values()}) < len(versions):
            raise ValueError("中有两个版本的 effective_from 相同")
        return versions


class HolidayRule(BaseModel):
    """The hospital's corrections to the built-in Chinese holidays, dates with their names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    days_off: dict[date, str] = {}
    workdays: dict[date, str] = {}
    complete_years: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Hours:
    """An ordinary week from a local day on: hours by weekday, and those of a make-up workday."""

    first: date
    by_day: Mapping[int, Hours]
    usual: Hours


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

    def coverage(self, first: date, last: date) -> tuple[tuple[date, date], ...]:
        """Return the spans of days within first … last, both included, whose hours are known."""
        spans: list[tuple[date, date]] = []
        for year in range(first.year, last.year + 1):
            if not self._knows(year):
                continue
            begin, end = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
            if spans and spans[-1][1] + timedelta(days=1) == begin:
                begin = spans.pop()[0]
            spans.append((begin, end))
        return tuple(spans)

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
    def _weeks(self) -> tuple[_Hours, ...]:
        """The ordinary weeks in force one after another, oldest first."""
        rule = self.rule
        days, usual = rule.days, _parse_hours(rule.hours)
        special = _by_weekday(rule.hours_by_day)
        weeks = [_Hours(date.min, _week_of(days, usual, special), usual)]
        for version in sorted(rule.versions.values(), key=lambda one: one.effective_from):
            days = days if version.days is None else version.days
            usual = usual if version.hours is None else _parse_hours(version.hours)
            if version.hours_by_day is not None:
                special = _by_weekday(version.hours_by_day)
            weeks.append(_Hours(version.effective_from, _week_of(days, usual, special), usual))
        return tuple(weeks)

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
        week = next(one for one in reversed(self._weeks) if one.first <= day)
        usual = week.by_day.get(day.weekday(), ())
        return (usual or week.usual) if kind == "workday" else usual

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


def _by_weekday(hours: Mapping[Weekday, tuple[str, ...]] | None) -> dict[Weekday, Hours]:
    return {day: _parse_hours(texts) for day, texts in (hours or {}).items()}


def _week_of(
    days: tuple[Weekday, ...], usual: Hours, special: Mapping[Weekday, Hours]
) -> dict[int, Hours]:
    return {
        WEEKDAYS.index(day): special.get(day, usual)
        for day in WEEKDAYS
        if day in days or day in special
    }


def _utc(day: date, minute: int, zone: ZoneInfo) -> datetime:
    naive = datetime.combine(day, time()) + timedelta(minutes=minute)
    return naive.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
