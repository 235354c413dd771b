"""The register of measures (PDCA): what was done, did it work, what did it save, does it last.

Holds the reading of the register and of one measure's effect, chart and watch. The test of before
and after is in `measure_tests`; entering and closing goes through `decisions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from assets.analysis.spc import laney_u
from assets.analysis.verification import Side, Verdict, compared, verdict
from assets.causes.counts import counts
from assets.causes.exposure_tests import Finding, relevant
from assets.causes.measure_tests import Measure, grain_of, measure_test, sums_of, weeks_of, windows
from assets.causes.topic import ROLES, Topic, parsed
from assets.causes.yardsticks import YARDSTICKS
from assets.metric_context import context
from assets.metric_number import plain
from assets.warehouse import records
from config.errors import ConfigError

# A closed measure is looked at window after window: each look at a stricter level.
_WATCH_LEVEL = 0.99
_HOUR_SECONDS = 3600


@dataclass(frozen=True)
class Improvement:
    """One measure as the register has it; ``is_entered``: in OpsPulse, not by the source."""

    site_id: str
    improvement_id: str
    topic: str | None
    cause_code: str | None
    measure: str | None
    metric_id: str | None
    scope: str | None
    control_scope: str | None
    target_value: Decimal | None
    owner_engineer_id: str | None
    started_on: date | None
    ended_on: date | None
    status: str | None
    selected_on: date | None
    is_entered: bool


@dataclass(frozen=True)
class Phase:
    """Whole weeks of one phase with their own limits: per 100 device-years, or of 100 repairs.

    ``name`` is ``before`` or ``after``; ``sigma_z`` 1 is the classic u chart; a phase of fewer than
    twenty weeks is provisional.
    """

    name: str
    weeks: list[date]
    counts: list[float]
    rates: list[float | None]
    centre: float | None
    lower: list[float | None]
    upper: list[float | None]
    is_out: list[bool]
    sigma_z: float
    is_provisional: bool


@dataclass(frozen=True)
class Look:
    """One watch window after closing: its rate over the rate while the measure ran."""

    start: date
    end: date
    ratio: float
    verdict: Verdict


@dataclass(frozen=True)
class Effect:
    """What is known of a measure.

    Attributes:
        state: ``planned``, ``running``, ``closed`` or ``reopened`` (a relapse after closing).
        finding: the test, None where it cannot be made.
        why_not: the sentence that says why there is no finding.
        phases: the phase-split u′ chart.
        saved_count: failures that did not happen, with bounds.
        saved_hours: hours to restoration, saved_cny: money; both by the scope's mean failure.
        looks: the watch after closing.
    """

    state: str
    finding: Finding | None
    why_not: str
    phases: tuple[Phase, ...]
    saved_count: tuple[float, float, float] | None
    saved_hours: tuple[float, float, float] | None
    saved_cny: tuple[float, float, float] | None
    looks: tuple[Look, ...]


def register(con: duckdb.DuckDBPyConnection, *, role: str = "qcc") -> list[Improvement]:
    """Return every measure, the newest first.

    Raises:
        ConfigError: the role may not see them.
    """
    if role not in ROLES:
        raise ConfigError("当前身份无权查看改善登记。", "请联系科室负责人。")
    rows = records(con, "select * from kpi.improvements order by started_on desc, improvement_id")
    return [Improvement(**row) for row in rows]


def one_of(
    con: duckdb.DuckDBPyConnection, improvement_id: str, *, role: str = "qcc"
) -> Improvement:
    """Return a measure by its id.

    Raises:
        ConfigError: there is none, or the role may not see it.
    """
    found = [one for one in register(con, role=role) if one.improvement_id == improvement_id]
    if not found:
        raise ConfigError(
            f"没有编号为「{improvement_id}」的改善措施。", "请用 opspulse improvements list 查看。"
        )
    return found[0]


def measure_of(one: Improvement) -> Measure:
    """Return what is tested of a measure.

    Raises:
        ConfigError: no scope, no first day, or a number that cannot be judged.
    """
    if one.metric_id not in YARDSTICKS:
        raise ConfigError(
            f"措施 {one.improvement_id} 的指标「{one.metric_id}」不能自动验证。",
            f"可验证的有:{'、'.join(YARDSTICKS)}。",
        )
    if not one.scope or one.started_on is None:
        raise ConfigError(
            f"措施 {one.improvement_id} 没有范围或开始日期,不能验证。", "请在登记中补全。"
        )
    return Measure(
        faults={},
        scope=parsed(one.scope, "head"),
        control=parsed(one.control_scope, "head") if one.control_scope else None,
        started_on=one.started_on,
        ended_on=one.ended_on,
        selected_on=one.selected_on,
        metric_id=one.metric_id,
    )


def effect(con: duckdb.DuckDBPyConnection, one: Improvement) -> Effect:
    """Return what is known of a measure; a test that cannot be made is told in a sentence."""
    known = context(con)
    is_planned = one.started_on is None or one.started_on > known.as_of_on
    state = "planned" if is_planned else "closed" if one.ended_on else "running"
    try:
        measure = measure_of(one)
        if is_planned:
            raise ConfigError(f"措施 {one.improvement_id} 还没有开始。")
        finding = measure_test(con, measure)
    except ConfigError as error:
        return Effect(state, None, str(error), (), None, None, None, ())
    seen = looks(con, measure, one.ended_on) if one.ended_on else ()
    if any(look.verdict is Verdict.PROVEN for look in seen):
        state = "reopened"
    saved = _saved(con, measure, finding)
    return Effect(state, finding, "", _phases(con, measure), *saved, seen)


_Bounds = tuple[float, float, float] | None


def _saved(
    con: duckdb.DuckDBPyConnection, measure: Measure, finding: Finding
) -> tuple[_Bounds, _Bounds, _Bounds]:
    """Return events, hours and money that were saved; of a measure on one of them, that alone."""
    saved = finding.saved
    if saved is None or finding.unit == "repeats":
        return saved, None, None
    if finding.unit in ("hours", "cny"):
        return None, *((saved, None) if finding.unit == "hours" else (None, saved))
    hours, money = _per_failure(con, measure)
    return (
        saved,
        None if hours is None else _times(saved, hours),
        None if money is None else _times(saved, money),
    )


def _times(saved: tuple[float, float, float], each: float) -> tuple[float, float, float]:
    return saved[0] * each, saved[1] * each, saved[2] * each


def _about(measure: Measure, start: date, end: date) -> Topic:
    inherent = measure.yardstick.only_inherent
    return Topic(start, end, {**measure.faults, **measure.scope}, inherent)


def _per_failure(
    con: duckdb.DuckDBPyConnection, measure: Measure
) -> tuple[float | None, float | None]:
    """Return mean hours to restoration and mean money of a failure of the scope, both phases."""
    spans = windows(con, measure)
    row: Mapping[str, Any] = counts(con, _about(measure, spans.before[0], spans.after[1]), [])[0]
    hours = row["seconds"] / row["n_restored"] / _HOUR_SECONDS if row["n_restored"] else None
    return hours, float(row["cny"]) / row["n"] if row["n"] else None


def _phases(con: duckdb.DuckDBPyConnection, measure: Measure) -> tuple[Phase, ...]:
    spans = windows(con, measure)
    found = []
    for name, (start, end) in (("before", spans.before), ("after", spans.after)):
        if start < end:
            yard = measure.yardstick
            weeks, amounts, times = weeks_of(con, yard, _about(measure, start, end))
            if weeks:
                found.append(_phase(name, weeks, amounts, [time / yard.per for time in times]))
    return tuple(found)


def _phase(name: str, weeks: list[date], events: list[float], times: list[float]) -> Phase:
    limits = laney_u(events, times)
    return Phase(
        name,
        weeks,
        events,
        [plain(rate) for rate in limits.rates],
        plain(float(limits.centre)),
        [plain(value) for value in limits.lower],
        [plain(value) for value in limits.upper],
        [bool(value) for value in limits.is_out],
        float(limits.sigma_z),
        bool(limits.is_provisional),
    )


def looks(con: duckdb.DuckDBPyConnection, measure: Measure, ended_on: date) -> tuple[Look, ...]:
    """Return the complete watch windows after closing, each against the time of the measure."""
    row = con.execute("select watch_days from kpi.cause_terms").fetchone()
    length = timedelta(days=int(row[0]) if row else 90)
    known, found = context(con), []
    yard = measure.yardstick
    during = sums_of(con, yard, _about(measure, measure.started_on, ended_on + timedelta(days=1)))
    start = ended_on + timedelta(days=1)
    while start + length <= known.as_of_on + timedelta(days=1):
        seen = sums_of(con, yard, _about(measure, start, start + length))
        grain = grain_of([during, seen])
        result = compared(
            Side(during.amount, during.exposure).scaled(grain),
            Side(seen.amount, seen.exposure).scaled(grain),
            _WATCH_LEVEL,
        )
        said = verdict(result, is_lower_claimed=False, level=_WATCH_LEVEL, relevant=relevant(con))
        found.append(Look(start, start + length, float(result.ratio), said))
        start += length
    return tuple(found)
