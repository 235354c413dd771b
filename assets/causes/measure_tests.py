"""真因验证 of a measure: before against after, beside a control, from facts to verdict.

Holds which days and which devices stand on each side. Baselines lie after the selection or are the
shrunk expectation: see `analysis.baselines`. Dates are by `analysis.verdict_dates`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import duckdb

from assets.analysis.baselines import dispersion, pearson, shrunk
from assets.analysis.verdict_dates import days_until, least_exposure, likely_exposure
from assets.analysis.verification import Side, Verdict, compared, controlled, verdict
from assets.causes.counts import counts, keys_of
from assets.causes.exposure_tests import Finding, Where, relevant, require_exposed
from assets.causes.topic import (
    DAY_SECONDS,
    EXPOSED,
    Topic,
    at_risk,
    conditions,
    query_id,
    span,
)
from assets.causes.yardsticks import YARDSTICKS, Sums, Yardstick
from assets.metric_context import context
from config.errors import ConfigError

_WEEK_DAYS = 7


@dataclass(frozen=True)
class Measure:
    """What a before–after test needs to know of a measure.

    Attributes:
        faults: the failures it is to prevent (fault family, cause …), dimension id → codes.
        scope: where it was taken: dimensions with in-service time.
        control: compared with; None takes all others of the scope's first dimension.
        started_on: first day.
        ended_on: last day that is judged; None: it lasts.
        selected_on: when the place was picked; the baseline begins there where that is long enough.
        metric_id: what it is judged by, one of `yardsticks.YARDSTICKS`.
    """

    faults: Where
    scope: Where
    control: Where | None
    started_on: date
    ended_on: date | None = None
    selected_on: date | None = None
    metric_id: str = "use_failure_rate"

    @property
    def yardstick(self) -> Yardstick:
        """How that is added up."""
        return YARDSTICKS[self.metric_id]


@dataclass(frozen=True)
class Windows:
    """The days before and after a measure, and which baseline they allow."""

    before: tuple[date, date]
    after: tuple[date, date]
    is_after_selection: bool


def windows(con: duckdb.DuckDBPyConnection, measure: Measure) -> Windows:
    """Return the windows of a measure: the days after the selection, else the baseline's."""
    known = context(con)
    baseline, maturity = con.execute(
        "select baseline_days, maturity_days from kpi.cause_terms"
    ).fetchone() or (180, 30)
    start = measure.started_on
    end = min((measure.ended_on or known.as_of_on) + timedelta(days=1),
              known.as_of_on + timedelta(days=1))  # fmt: skip
    picked = measure.selected_on
    is_late = picked is not None and (start - picked).days >= maturity
    first = picked if is_late and picked else start - timedelta(days=baseline)
    return Windows((max(first, known.data_from), start), (start, max(end, start)), is_late)


def measure_test(con: duckdb.DuckDBPyConnection, measure: Measure, hoped: float = 0.5) -> Finding:
    """Test whether a measure lowered what it is judged by in its scope.

    Whoever picks the worst must not praise its recovery: unless the baseline lies after the
    selection, the scope's rate before is the shrunk expectation among all its like. Against the
    control the difference of the log rate ratios counts, so that what all others did too is no
    effect. Weeks that spread more than chance widen the interval.

    Args:
        con: a snapshot or the warehouse.
        measure: where, when, against what.
        hoped: ratio that is hoped for; only for the day from which it would probably show.

    Raises:
        ConfigError: a scope without in-service time, or none.
    """
    require_exposed(measure.scope)
    require_exposed(measure.control or {})
    if not measure.scope:
        raise ConfigError("这项措施没有适用范围。", "请写成 维度:编码,如 department:D301。")
    spans, known = windows(con, measure), context(con)
    before, after = (_about(measure, one, measure.scope) for one in (spans.before, spans.after))
    yard = measure.yardstick
    grain = grain_of([sums_of(con, yard, one) for one in (before, after)])
    is_counted = spans.is_after_selection
    first = side(con, yard, before) if is_counted else _expectation(con, before, measure, grain)
    second = side(con, yard, after)
    control = _control(con, measure, spans)
    phi = grain * _weekly_dispersion(con, measure, spans, grain)
    scaled = [side.scaled(phi) for side in (first, second, *(control or ()))]
    effect = controlled(*scaled) if control else compared(scaled[0], scaled[1])
    per_day = second.exposure / max((spans.after[1] - spans.after[0]).days, 1)
    possible, likely = _dates(con, measure, scaled[0], per_day or _per_day(first, spans), hoped)
    is_mature = possible is not None and possible <= known.as_of_on
    said = verdict(effect, is_lower_claimed=True, relevant=relevant(con))
    return Finding(
        "before_after",
        first,
        second,
        control[0] if control else None,
        control[1] if control else None,
        effect,
        phi,
        said if is_mature else Verdict.OPEN,
        is_mature,
        possible,
        likely,
        "after_selection" if spans.is_after_selection else "shrunk",
        query_id("measure", after, repr(measure)),
        yard.unit,
    )


def _about(measure: Measure, days: tuple[date, date], where: Where) -> Topic:
    inherent = measure.yardstick.only_inherent
    return Topic(days[0], max(days), {**measure.faults, **where}, inherent)


def sums_of(con: duckdb.DuckDBPyConnection, yard: Yardstick, about: Topic) -> Sums:
    """Return what was added up of a topic; nothing of no day."""
    if about.start >= about.end:
        return Sums(0, 0, 0)
    return yard.sums(con, about, []).get((), Sums(0, 0, 0))


def side(con: duckdb.DuckDBPyConnection, yard: Yardstick, about: Topic) -> Side:
    """Return what was added up of a topic, and over what."""
    found = sums_of(con, yard, about)
    return Side(found.amount, found.exposure)


def grain_of(found: Sequence[Sums]) -> float:
    """Return how much of the amount one independent case is: Σa²/Σa, 1 of plain counts."""
    amount = sum(one.amount for one in found)
    return sum(one.square for one in found) / amount if amount else 1.0


def _per_day(side: Side, spans: Windows) -> float:
    return side.exposure / max((spans.before[1] - spans.before[0]).days, 1)


def _dates(
    con: duckdb.DuckDBPyConnection, measure: Measure, first: Side, per_day: float, hoped: float
) -> tuple[date | None, date | None]:
    row = con.execute("select maturity_days from kpi.cause_terms").fetchone()
    maturity = int(row[0]) if row else 0
    needed = (least_exposure(first), likely_exposure(first, hoped))
    days = [days_until(one, per_day, maturity) for one in needed]
    found = [None if one is None else measure.started_on + timedelta(days=one) for one in days]
    return found[0], found[1]


def _units(
    con: duckdb.DuckDBPyConnection, yard: Yardstick, about: Topic, keys: Sequence[str]
) -> tuple[list[tuple[Any, ...]], list[float], list[float]]:
    """Return the units of a dimension with their amounts and exposures."""
    found = yard.sums(con, about, keys)
    units = sorted((key for key, one in found.items() if one.exposure > 0), key=str)
    return units, [found[key].amount for key in units], [found[key].exposure for key in units]


def _expectation(
    con: duckdb.DuckDBPyConnection, before: Topic, measure: Measure, grain: float
) -> Side:
    """Return the shrunk baseline of the scope among the other values of its dimension."""
    name, codes = next(iter(measure.scope.items()))
    keys = keys_of(name, "head")
    rest = {key: value for key, value in measure.scope.items() if key != name}
    peers = _about(measure, (before.start, before.end), rest)
    units, events, times = _units(con, measure.yardstick, peers, keys)
    chosen = [place for place, key in enumerate(units) if key[-1] in codes]
    if not chosen:
        return Side(0, 0)
    # several values of one dimension are one unit: they were chosen together
    others = [place for place in range(len(units)) if place not in chosen]
    merged_events = [sum(events[place] for place in chosen), *(events[place] for place in others)]
    merged_times = [sum(times[place] for place in chosen), *(times[place] for place in others)]
    # in independent cases, as the variance between units is one of them
    known = shrunk([x / grain for x in merged_events], [t / grain for t in merged_times], 0)
    return Side(known.count * grain, known.exposure * grain)


def _control(
    con: duckdb.DuckDBPyConnection, measure: Measure, spans: Windows
) -> tuple[Side, Side] | None:
    """Return the control before and after: the one given, else all others of the dimension."""
    if measure.control:
        sides = [side(con, measure.yardstick, _about(measure, one, measure.control)) for one in
                 (spans.before, spans.after)]  # fmt: skip
    else:
        name = next(iter(measure.scope))
        rest = {key: value for key, value in measure.scope.items() if key != name}
        sides = []
        for one in (spans.before, spans.after):
            everybody, own = (
                side(con, measure.yardstick, _about(measure, one, where))
                for where in (rest, measure.scope)
            )
            sides.append(Side(everybody.count - own.count, everybody.exposure - own.exposure))
    if not all(side.count > 0 and side.exposure > 0 for side in sides):
        return None
    return sides[0], sides[1]


def weekly(
    con: duckdb.DuckDBPyConnection, about: Topic
) -> tuple[list[date], list[int], list[float]]:
    """Return whole weeks from the topic's start: first days, failures, device-days."""
    count = (about.end - about.start).days // _WEEK_DAYS
    starts = [about.start + timedelta(days=_WEEK_DAYS * week) for week in range(count)]
    found = [one for one in (span(con, day, day + timedelta(days=_WEEK_DAYS)) for day in starts)
             if one is not None]  # fmt: skip
    if not found:
        return [], [], []
    weeks = ", ".join(
        f"({place}, {max(one.first_second, one.data_second)}, {one.last_second})"
        for place, one in enumerate(found)
    )
    text, values = conditions(about.where, only=EXPOSED)
    risk, more = at_risk(about.where)
    times = con.execute(
        "select w.week, sum(least(f.to_second, w.stop) - greatest(f.from_second, w.start))::bigint "
        f"from (values {weeks}) as w (week, start, stop) inner join kpi.fact_exposure as f "
        f"on f.from_second < w.stop and f.to_second > w.start where true{text}{risk} group by all",
        [*values, *more],
    ).fetchall()
    seconds = dict(times)
    events: dict[int, int] = {}
    for row in counts(con, about, ["started_on"], more=" and f.is_exposed"):
        week = (row["started_on"] - about.start).days // _WEEK_DAYS
        events[week] = events.get(week, 0) + int(row["n"])
    places = range(len(found))
    return (
        starts[: len(found)],
        [events.get(place, 0) for place in places],
        [seconds.get(place, 0) / DAY_SECONDS for place in places],
    )


def weeks_of(
    con: duckdb.DuckDBPyConnection, yard: Yardstick, about: Topic
) -> tuple[list[date], list[float], list[float]]:
    """Return whole weeks from the topic's start: first days, amounts, exposures."""
    if yard.unit == "failures":
        days, events, times = weekly(con, about)
        return days, [float(x) for x in events], times
    number = (about.end - about.start).days // _WEEK_DAYS
    days = [about.start + timedelta(days=_WEEK_DAYS * week) for week in range(number)]
    found = [side(con, yard, replace(about, start=day, end=day + timedelta(days=_WEEK_DAYS)))
             for day in days]  # fmt: skip
    return days, [one.count for one in found], [one.exposure for one in found]


def _weekly_dispersion(
    con: duckdb.DuckDBPyConnection, measure: Measure, spans: Windows, grain: float
) -> float:
    """Return φ of the scope's weeks within the phases before and after, in independent cases."""
    statistic, freedom = 0.0, 0
    for one in (spans.before, spans.after):
        _, events, times = weeks_of(con, measure.yardstick, _about(measure, one, measure.scope))
        if events:
            chi, df = pearson([x / grain for x in events], [t / grain for t in times])
            statistic, freedom = statistic + chi, freedom + df
    return float(dispersion(statistic, freedom))
