"""What the wall takes from the snapshot: months, bands, limits and rankings.

Holds the numbers that change with a new snapshot only, read once per snapshot and language. Today's
tiles and lists are in `wall_today`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assets import metrics
from assets.analysis import quantiles
from dashboards.readings import ROLE, Reading, Source, amount, pick, rows, to_reading
from dashboards.wall_rankings import Departments, Ranked, read_departments, read_models
from dashboards.wall_trend import Cause, Days, complete_days, daily, read_causes, read_trend
from dashboards.words import word

BAND_DAYS = 28
BAND_MIN_DAYS = 7
BAND_SHARES = (0.05, 0.95)
CLOCKS = ("accept", "arrive", "restore", "vendor", "loaner")
# As many more tiles as the strip has room for.
OWN_TILES = 2
BANDED = ("calls", "tickets_created", "tickets_completed")


@dataclass(frozen=True)
class Month:
    """A month's number and the one of the month before."""

    start: date
    now: Reading
    before: Reading


@dataclass(frozen=True)
class History:
    """Everything that one snapshot gives to the wall, in one language."""

    as_of_on: date
    availability: Month
    stability: Month
    in_service: int | None
    bands: Mapping[str, tuple[int, int] | None]
    trend: Days
    causes: tuple[Cause, ...]
    sla: tuple[tuple[str, Reading, Reading], ...]
    loans: Mapping[str, Reading]
    parts_below: Reading
    departments: Departments
    models: tuple[Ranked, ...]
    has_created_events: bool
    quality: Mapping[str, tuple[int, int]]
    quality_score: Reading | None
    own: tuple[tuple[str, str, Month], ...] = ()


def read_history(source: Source) -> History:
    """Read everything from a snapshot that does not change before the next one."""
    day = source.context.as_of_on
    return History(
        as_of_on=day,
        availability=_month(source, "availability", "a_24x7", day),
        stability=_month(source, "stability", "per_100_device_months", day),
        in_service=_in_service(source, day),
        bands={name: _band(source, name, day) for name in BANDED},
        trend=read_trend(source, day),
        causes=read_causes(source, day),
        sla=_sla(source, day),
        loans={
            name: source.one("loans_overdue", name, day) for name in ("out", "overdue", "max_days")
        },
        parts_below=source.one("parts_below_min", "count", day),
        departments=read_departments(source, day),
        models=read_models(source, day),
        has_created_events=_has_created_events(source, day),
        quality=_quality(source),
        quality_score=_quality_score(source, day),
        own=_own(source, day),
    )


def month_start(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def _month(source: Source, metric_id: str, statistic: str, day: date) -> Month:
    start = month_start(day)
    before = month_start(start - timedelta(days=1))
    end = day + timedelta(days=1)
    frame = source.frame(metric_id, grain="month", start=before, end=end, statistics=[statistic])
    current = frame[frame["period_start"] == start]
    judged = [source.judged(row) for row in rows(current, statistic)]
    return Month(
        start=start,
        now=judged[0] if judged else pick(current, metric_id, statistic, source.lang),
        before=pick(frame[frame["period_start"] == before], metric_id, statistic, source.lang),
    )


def _own(source: Source, day: date) -> tuple[tuple[str, str, Month], ...]:
    """Return id, first statistic and month of the hospital's own metrics that the wall shows."""
    found = []
    for metric in metrics.registry().values():
        if metric.is_own and "wall" in metric.surfaces and ROLE in metric.roles:
            first = next(iter(metric.statistics))
            found.append((metric.id, first, _month(source, metric.id, first, day)))
    return tuple(found[:OWN_TILES])


def _in_service(source: Source, day: date) -> int | None:
    """Devices in service at the last census (10:00) of today or yesterday."""
    start, end = day - timedelta(days=1), day + timedelta(days=1)
    frame = source.frame("availability", grain="day", start=start, end=end, statistics=["census"])
    counted = [int(amount(row.denominator)) for row in rows(frame, "census")]
    return next((devices for devices in reversed(counted) if devices), None)


def _band(source: Source, metric_id: str, day: date) -> tuple[int, int] | None:
    """Nearest-rank 5 % and 95 % of the daily counts of the last 28 days; None with under 7."""
    counts = list(daily(source, metric_id, *complete_days(source, day, BAND_DAYS)).values())
    if len(counts) < BAND_MIN_DAYS:
        return None
    low, high = (quantiles.nearest_rank(counts, share) for share in BAND_SHARES)
    return int(low), int(high)


def _sla(source: Source, day: date) -> tuple[tuple[str, Reading, Reading], ...]:
    frame = source.frame(
        "sla_attainment",
        grain="month",
        by=["clock"],
        start=month_start(day),
        end=day + timedelta(days=1),
    )
    pairs = {
        net.clock_code: (net.clock, source.judged(net), source.judged(gross))
        for net, gross in zip(rows(frame, "net"), rows(frame, "gross"), strict=True)
    }
    return tuple(pairs[code] for code in CLOCKS if code in pairs)


def _has_created_events(source: Source, day: date) -> bool:
    """Whether the source records 建单: reports without a single 建单 in 28 days say it does not."""
    start, end = complete_days(source, day, BAND_DAYS)
    asked: dict[str, Any] = {"grain": "total", "start": start, "end": end + timedelta(days=1)}
    reported = pick(source.frame("reports", **asked), "reports", "count", source.lang)
    created = pick(
        source.frame("tickets_created", **asked), "tickets_created", "count", source.lang
    )
    return bool(created.value) or not reported.value


def _quality(source: Source) -> dict[str, tuple[int, int]]:
    frame = source.detail("data_quality")
    sums = frame.groupby("measure")[["row_count", "total_count"]].sum()
    return {
        str(name): (int(part), int(whole))
        for name, part, whole in sums.itertuples(index=True, name=None)
    }


def _quality_score(source: Source, day: date) -> Reading | None:
    """Return the score of today's checks, else of yesterday's; data up to midnight are its own."""
    asked: dict[str, Any] = {"start": day - timedelta(days=1), "end": day + timedelta(days=1)}
    frame = source.frame("data_quality_score", grain="day", **asked)
    found = [to_reading(row, source.lang) for row in rows(frame, "score")]
    return next((reading for reading in reversed(found) if reading.value is not None), None)


def change_text(metric_id: str, month: Month, lang: str) -> str:
    """Return last month's number and what changed: `上月 2.31 · 下降 好`; empty without one."""
    if month.before.value is None:
        return ""
    text = word("last_month", lang, value=month.before.text)
    if month.now.value is None:
        return text
    if month.now.text == month.before.text:
        return f"{text} {word('same', lang)}"
    is_up = month.now.value > month.before.value
    direction = word("rises" if is_up else "falls", lang)
    wanted = metrics.registry()[metric_id].direction
    if wanted == "none":
        return f"{text} {'▲' if is_up else '▼'}{direction}"
    is_good = is_up == (wanted == "higher")
    judged = word("good" if is_good else "worse", lang)
    return f"{text} {'▲' if is_up else '▼'}{direction} {judged}"


def month_name(month: Month, today: date, lang: str) -> str:
    """Return `本月`, or the month's own name when the snapshot is of an earlier month."""
    if month.start == month_start(today):
        return word("this_month", lang)
    return f"{month.start:%Y-%m}" if lang == "en" else f"{month.start.month} 月"
