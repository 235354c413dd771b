"""Daily reports and completions: counts, control limits, causes, and the sentence under them.

Holds the trend panel's numbers and its plain finding. How it is drawn is in `figures`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from assets.analysis import spc
from dashboards.readings import Source, amount, plain, rows
from dashboards.words import day_text, word

TREND_DAYS = 30


@dataclass(frozen=True)
class Days:
    """Daily counts and device-days, same length; the days are complete."""

    days: tuple[date, ...]
    reports: tuple[int, ...]
    completed: tuple[int, ...]
    device_days: tuple[float, ...]


@dataclass(frozen=True)
class Limits:
    """Control limits of each day in reports a day."""

    centre: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    is_out: tuple[bool, ...]
    is_provisional: bool


@dataclass(frozen=True)
class Cause:
    """Reports of one day that share a cause, by the common-cause rule of the snapshot."""

    day: date
    name: str
    reports: int


def complete_days(source: Source, day: date, count: int) -> tuple[date, date]:
    """Return the last ``count`` days before ``day``, cut to where data exist."""
    return max(day - timedelta(days=count), source.context.data_from), day


def daily(source: Source, metric_id: str, start: date, end: date) -> dict[date, int]:
    """Return a count per local day of [start, end); empty when its feed is not connected."""
    if start >= end:
        return {}
    frame = source.frame(metric_id, grain="day", start=start, end=end)
    return {
        row.period_start: int(row.value)
        for row in rows(frame, "count")
        if plain(row.value) is not None
    }


def read_trend(source: Source, day: date) -> Days:
    """Read the complete days before ``day``: reports, completions and devices in service."""
    start, end = complete_days(source, day, TREND_DAYS)
    if start >= end:
        return Days((), (), (), ())
    reports = daily(source, "reports", start, end)
    completed = daily(source, "tickets_completed", start, end)
    rates = source.frame("report_rate", grain="day", start=start, end=end)
    exposed = {row.period_start: amount(row.denominator) for row in rows(rates, "daily_pct")}
    days = tuple(sorted(reports))
    return Days(
        days=days,
        reports=tuple(reports[one] for one in days),
        completed=tuple(completed.get(one, 0) for one in days),
        device_days=tuple(exposed.get(one, 0.0) for one in days),
    )


def read_causes(source: Source, day: date) -> tuple[Cause, ...]:
    """Read the common-cause clusters of the trend's days, the largest first."""
    start, end = complete_days(source, day, TREND_DAYS)
    frame = source.detail(
        "fact_tickets", "is_common_cause and reported_on >= ? and reported_on < ?", [start, end]
    )
    if frame.empty:
        return ()
    days = pd.to_datetime(frame["reported_on"]).dt.date
    sizes = frame.groupby([days, "zone", "fault_family"], dropna=False).size()
    found = [
        Cause(day_of, source.label("fault_family", str(family)), int(size))
        for (day_of, _, family), size in sizes.items()
    ]
    return tuple(sorted(found, key=lambda cause: (-cause.reports, cause.day)))


def limits_of(days: Days) -> Limits | None:
    """Return the u′ limits of the daily reports as counts; None without devices or events."""
    if not days.days or not any(days.device_days) or not any(days.reports):
        return None
    exposure = np.asarray(days.device_days)
    chart = spc.laney_u(days.reports, exposure)
    return Limits(
        centre=tuple((np.broadcast_to(chart.centre, exposure.shape) * exposure).tolist()),
        lower=tuple((chart.lower * exposure).tolist()),
        upper=tuple((chart.upper * exposure).tolist()),
        is_out=tuple(bool(out) for out in chart.is_out),
        is_provisional=bool(chart.is_provisional),
    )


def cause_of(day: date, causes: Sequence[Cause]) -> Cause | None:
    """Return the largest common cause of a day."""
    return next((cause for cause in causes if cause.day == day), None)


def finding(days: Days, limits: Limits | None, causes: Sequence[Cause], lang: str) -> str:
    """Return one plain sentence: the newest day outside the limits and its cause, or none."""
    if limits is None:
        return word("find_no_limits", lang)
    outside = [place for place, is_out in enumerate(limits.is_out) if is_out]
    parts = [_outside_text(days, limits, causes, outside[-1], lang)] if outside else []
    if not outside:
        parts.append(word("find_even", lang))
    elif len(outside) > 1:
        parts.append(word("find_others", lang, n=len(outside) - 1))
    else:
        parts.append(word("find_rest_even", lang))
    if limits.is_provisional:
        parts.append(word("find_provisional", lang))
    return (" " if lang == "en" else "").join(parts)


def _outside_text(
    days: Days, limits: Limits, causes: Sequence[Cause], place: int, lang: str
) -> str:
    day, count = days.days[place], days.reports[place]
    told = {"day": day_text(day, lang), "n": count}
    if count < limits.lower[place]:
        return word("find_below", lang, **told, limit=math.ceil(limits.lower[place]))
    cause = cause_of(day, causes)
    # a cause explains the day only if the day would be ordinary without it
    if cause is not None and count - cause.reports <= limits.upper[place]:
        return word("find_above_cause", lang, **(told | {"n": cause.reports}), cause=cause.name)
    return word("find_above", lang, **told, limit=math.floor(limits.upper[place]))
