"""What the wall takes from the live file: today's six tiles, the due list and the queue.

Holds the numbers that change every few seconds. Without a live file, or with a newer snapshot, the
same tables are read from the snapshot. How they become text is in `wall_tiles` and `wall_panels`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from assets import due_clocks
from assets.viewers import Viewer
from dashboards.readings import Reading, Source, amount, midnight_of, pick, rows, seconds_of

IN_WORK = ("accepted", "on_site", "in_work")
_TAG_TAIL = 4


@dataclass(frozen=True)
class TopDepartment:
    """The departments with the most reports today."""

    names: tuple[str, ...]
    codes: tuple[str, ...]
    reports: Reading


@dataclass(frozen=True)
class Queued:
    """Open tickets in one state at as-of, and how long the first of them has waited in it."""

    count: int
    longest_seconds: int


@dataclass(frozen=True)
class Due:
    """One ticket whose clock is past its target or will soon be.

    ``seconds`` is the time past the breach, or left until it (None while the clock rests).
    """

    is_overdue: bool
    clock: str
    department: str
    device: str
    seconds: int | None


@dataclass(frozen=True)
class Today:
    """Everything that one live file gives to the wall, in one language."""

    day: date
    has_begun: bool
    calls: Reading
    answered: Reading
    created: Reading
    reports: Reading
    priority_created: Reading
    completed: Reading
    engaged: Reading
    roster: Reading
    restore: Mapping[str, Reading]
    top: TopDepartment | None
    queue: Mapping[str, Queued]
    due: tuple[Due, ...]


def read_today(source: Source, clock_day: date) -> Today:
    """Read today's numbers.

    Args:
        source: the live file, or the snapshot in its place.
        clock_day: today by the hospital's clock. When as-of is not past its midnight there is no
            data of today yet, and yesterday's must not pass for it.
    """
    day = max(clock_day, source.context.as_of_on)
    restored = _day_frame(source, "restore_time", day)
    return Today(
        day=day,
        has_begun=source.context.as_of > midnight_of(day, source.context.timezone),
        calls=source.one("calls", "count", day),
        answered=source.one("calls_answered", "share", day),
        created=source.one("tickets_created", "count", day),
        reports=source.one("reports", "count", day),
        priority_created=_priority_created(source, day),
        completed=source.one("tickets_completed", "count", day),
        engaged=source.one("engineers_engaged", "engaged", source.context.as_of_on),
        roster=source.one("engineers_on_roster", "count", day),
        restore={
            name: pick(restored, "restore_time", name, source.lang)
            for name in ("mean", "median", "p90")
        },
        top=_top_department(source, day),
        queue=_queue(source),
        due=_due(source),
    )


def _day_frame(source: Source, metric_id: str, day: date, **asked: Any) -> pd.DataFrame:
    return source.frame(metric_id, grain="day", start=day, end=_next(day), **asked)


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _priority_created(source: Source, day: date) -> Reading:
    """建单 of today from departments whose tickets may jump the queue."""
    windows = source.detail("dim_departments", "is_priority_window")
    codes = sorted(set(windows["department_id"]))
    if not codes:
        return Reading(text="", state="not_connected")
    return source.one("tickets_created", "count", day, where={"department": codes})


def _top_department(source: Source, day: date) -> TopDepartment | None:
    frame = _day_frame(source, "reports", day, by=["department"])
    named = [row for row in rows(frame, "count") if row.department_code is not None]
    most = max((amount(row.value) for row in named), default=0)
    if not most:
        return None
    first = [row for row in named if row.value == most]
    reading = pick(frame[frame["department_code"] == first[0].department_code], "reports",
                   "count", source.lang)  # fmt: skip
    return TopDepartment(
        names=tuple(row.department for row in first),
        codes=tuple(row.department_code for row in first),
        reports=reading,
    )


def _queue(source: Source) -> dict[str, Queued]:
    """Backlog by state at as-of, with the longest wait in that state."""
    frame = _day_frame(source, "backlog", source.context.as_of_on, by=["status"])
    as_of = seconds_of(source.context.as_of)
    spans = source.detail(
        "fact_status_spans",
        "from_second <= ? and (to_second is null or to_second > ?)",
        [as_of, as_of],
    )
    begun = spans.groupby("status")["from_second"].min()
    return {
        row.status_code: Queued(
            int(amount(row.value)), as_of - int(begun.get(row.status_code, as_of))
        )
        for row in rows(frame, "count")
        if row.status_code is not None
    }


def _due(source: Source) -> tuple[Due, ...]:
    """One row per ticket: its worst running clock; what can still be saved first."""
    return tuple(_due_row(row, source) for row in due_clocks.due(source.con, Viewer("screen")))


def _due_row(row: Mapping[str, Any], source: Source) -> Due:
    tag, device_class = row["asset_tag"], row["asset_class"]
    name = source.label("asset_class", device_class) if device_class else ""
    tail = f" {str(tag)[-_TAG_TAIL:]}" if tag else ""
    return Due(
        is_overdue=row["is_overdue"],
        clock=source.label("clock", row["clock"]),
        department=row["department_name"] or "",
        device=f"{name}{tail}" if row["is_asset_bound"] else "",
        seconds=row["seconds"],
    )
