"""Which departments report most per device and which models fail most: rates with intervals.

Holds the right column's numbers and findings. Persons are never ranked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from assets.analysis import intervals
from dashboards.readings import (
    Reading,
    Source,
    amount,
    midnight_of,
    pick,
    plain,
    rows,
    to_reading,
)
from dashboards.words import word

RANK_DAYS = 90
_STATISTIC = "per_100_device_years"
# Chance of one false mark among all that are compared.
_ERROR = 0.05
_LEVELS = ("bad", "warn", "ok")


@dataclass(frozen=True)
class Ranked:
    """One department or model: its rate, interval and what it is compared with."""

    name: str
    kind: str
    rate: Reading
    peer: float | None
    level: str = "ok"


def judged(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Mark what is above its peers beyond chance: `warn`, and `bad` when more than twice.

    Many are compared at once, so the interval that must exclude the peers is widened: level
    1 − 0.05 / m for m comparisons (Bonferroni). Small samples are shown and never judged.
    """
    able = [one for one in ranked if one.rate.state == "ok" and one.peer and one.rate.value]
    chance = 1 - _ERROR / max(len(able), 1)
    return [replace(one, level=_level(one, chance) if one in able else "ok") for one in ranked]


def _level(one: Ranked, level: float) -> str:
    low, _ = intervals.poisson(one.rate.numerator or 0, 1.0, level)
    floor = float(low) / (one.rate.numerator or 1) * (one.rate.value or 0)
    peer = one.peer or 0
    if floor > 2 * peer:
        return "bad"
    return "warn" if floor > peer else "ok"


def compared(ranked: Sequence[Ranked]) -> int:
    """Return how many were judged."""
    return sum(one.rate.state == "ok" and bool(one.peer and one.rate.value) for one in ranked)


@dataclass(frozen=True)
class Departments:
    """Departments with enough reports by rate; the hospital's rate; mean devices by code."""

    ranked: tuple[Ranked, ...]
    overall: Reading
    devices: Mapping[str, float]


def _asked(source: Source, day: date) -> dict[str, Any]:
    start = max(day - timedelta(days=RANK_DAYS), source.context.data_from)
    return {"grain": "total", "start": start, "end": day + timedelta(days=1)}


def read_departments(source: Source, day: date) -> Departments:
    """Read report rates of 90 days by department, the highest first."""
    asked = _asked(source, day)
    overall = pick(source.frame("report_rate", **asked), "report_rate", _STATISTIC, source.lang)
    frame = source.frame("report_rate", by=["department"], **asked)
    begin = midnight_of(asked["start"], source.context.timezone)
    length = (source.context.as_of - begin) / timedelta(days=1)
    devices: dict[str, float] = {}
    ranked = []
    for row in rows(frame, _STATISTIC):
        if row.department_code is None or not amount(row.denominator):
            continue
        devices[row.department_code] = row.denominator / length
        if row.n >= source.context.limits.min_events:
            rate = to_reading(row, source.lang)
            ranked.append(Ranked(row.department, "", rate, overall.value))
    ranked.sort(key=lambda one: -(one.rate.value or 0))
    return Departments(tuple(judged(ranked)), overall, devices)


def read_models(source: Source, day: date) -> tuple[Ranked, ...]:
    """Read failure rates of 90 days by model, flagged ones first, small samples last."""
    asked = _asked(source, day)
    classes = {
        row.asset_class_code: plain(row.value)
        for row in rows(source.frame("use_failure_rate", by=["asset_class"], **asked), _STATISTIC)
    }
    frame = source.frame("use_failure_rate", by=["model", "asset_class"], **asked)
    found = [
        Ranked(
            row.model,
            row.asset_class if row.asset_class_code else "",
            to_reading(row, source.lang),
            classes.get(row.asset_class_code),
        )
        for row in rows(frame, _STATISTIC)
        if row.model_code is not None and amount(row.denominator) and amount(row.numerator)
    ]
    return tuple(sorted(judged(found), key=_order))


def _order(one: Ranked) -> tuple[bool, int, float, str]:
    return (
        one.rate.state == "small_sample",
        _LEVELS.index(one.level),
        -(one.rate.value or 0),
        one.name,
    )


def departments_finding(found: Departments, lang: str) -> str:
    """Return one sentence about the department that stands out most, or that none does."""
    first = next((one for one in found.ranked if one.level != "ok"), None)
    if first is None:
        return word("find_departments_even", lang, rate=found.overall.text)
    told = {"name": first.name, "ratio": _ratio(first), "n": compared(found.ranked)}
    return word("find_department", lang, **told, rate=found.overall.text)


def models_finding(models: Sequence[Ranked], lang: str) -> str:
    """Return one sentence about the model that stands out most against its class, or none."""
    if not models:
        return ""
    first = models[0]
    if first.level == "ok":
        return word("find_models_even", lang)
    return word("find_model", lang, name=first.name, ratio=_ratio(first), n=compared(models))


def _ratio(one: Ranked) -> str:
    return f"{(one.rate.value or 0) / (one.peer or 1):.1f}"
