"""The default rule files, read with nothing but a YAML parser.

Holds what the oracle needs of calendars, targets, pause policies, taxonomy and thresholds. Only
calendars whose weeks are all alike are known here: the defaults use no others for any KPI.
"""

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from oracle.reading import local_day, midnight

_FOLDER = Path(__file__).resolve().parents[2] / "config" / "defaults"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[int, int]


@cache
def file(name: str) -> dict[str, Any]:
    """Return a default rule file as plain data."""
    content: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yml").read_text("utf-8"))
    return content


CALENDARS = file("calendars")["calendars"]
SLA = file("sla")
PAUSES = file("pauses")
TAXONOMY = file("taxonomy")
THRESHOLDS = file("thresholds")
TEXTS = file("texts")
FAMILIES = TAXONOMY["families"]
FAILURE = TAXONOMY["failure"]


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def working(calendar_id: str, start: int, end: int) -> list[Span]:
    """Return the working time of a calendar within [start, end), day by day."""
    calendar = CALENDARS[calendar_id]
    if calendar["holidays"] != "none":
        raise ValueError(f"the oracle knows no holidays: {calendar_id}")
    day = local_day(start) - timedelta(days=1)
    found = []
    while midnight(day) < end:
        if _WEEKDAYS[day.weekday()] in calendar["days"]:
            for text in calendar["hours"]:
                first, _, last = text.partition("-")
                begins = max(start, midnight(day) + 60 * _minutes(first))
                ends = min(end, midnight(day) + 60 * _minutes(last))
                if begins < ends:
                    found.append((begins, ends))
        day += timedelta(days=1)
    return found


def working_seconds(calendar_id: str, start: int, end: int) -> int:
    """Return how many seconds of a calendar lie in [start, end)."""
    return sum(b - a for a, b in working(calendar_id, start, end))


def target(clock: str, urgency: str | None, group: str | None, on: date) -> tuple[int, str] | None:
    """Return (seconds, calendar) of the target for a ticket reported on a local day."""
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    versions = sorted(SLA["versions"].values(), key=lambda one: one["effective_from"])
    for version in versions:
        if version["effective_from"] <= on:
            for one, groups in version["targets"].get(clock, {}).items():
                for name, cell in groups.items():
                    cells[one, name] = cell
    for key in ((urgency, group), (urgency, "*"), ("*", group), ("*", "*")):
        if key in cells:
            return 60 * cells[key]["target_minutes"], cells[key]["calendar"]
    return None


def age_cohort(days: int) -> str | None:
    """Return the cohort of an age in days; below 0 is the youngest."""
    for code, band in THRESHOLDS["age_cohorts"].items():
        first = round(band["from_years"] * 365.25) if band["from_years"] else -(10**9)
        last = 10**9 if band["to_years"] is None else round(band["to_years"] * 365.25)
        if first <= days < last:
            return str(code)
    return None


def age_limits() -> list[int]:
    """Return the ages in days at which a device changes its cohort."""
    bands = THRESHOLDS["age_cohorts"].values()
    return [round(band["from_years"] * 365.25) for band in bands if band["from_years"]]


def planned_calendar(asset_class: str | None) -> str:
    """Return the calendar in which a class of device is meant to run."""
    calendars = THRESHOLDS["planned_calendars"]
    return str(calendars.get(asset_class, calendars["*"]))
