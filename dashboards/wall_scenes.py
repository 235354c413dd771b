"""The wall's further scenes: cards of a number or a list, read from the snapshot.

Holds which KPIs stand on which scene and how a card is worded. Scene 1 (运行总览) has panels of its
own, see `wall_data`; turning the scenes is done in the browser. No person and no free text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assets import metrics, snapshots
from assets.snapshots import Snapshot
from config.settings import Settings
from config.theme import STATE_SHAPES
from dashboards.readings import (
    ROLE,
    Json,
    Reading,
    Source,
    bound_text,
    plain,
    rows,
    seconds_of,
    shortened,
)
from dashboards.wall_panels import VERDICT_STATES
from dashboards.words import word

OVERVIEW = "overview"
ROWS_SHOWN = 7
_TITLE_EMS, _NAME_EMS, _FINDING_EMS = 15.0, 11.0, 56.0
# Longer than this a number no longer fits a card in the largest size.
_LARGE, _MIDDLE = 8, 12
_MISSED = ("warn", "bad")
_STYLES = {"small": "dim", "warn": "warn", "bad": "bad"}
# Groups that have an order of their own keep it; others stand with most cases first.
_ORDERED = ("age_bucket", "urgency", "due_kind")
_COURSE_MONTHS = 12


@dataclass(frozen=True)
class Card:
    """What one card shows: a statistic of a KPI, or its groups, those with most cases first."""

    metric_id: str
    statistic: str
    by: str = ""


SCENES: Mapping[str, tuple[Card, ...]] = {
    "flow": (
        Card("completion_rate", "cohort"),
        Card("restore_time", "median"),
        Card("sla_attainment", "net", by="urgency"),
        Card("time_to_accept", "p90"),
        Card("forgotten", "count"),
        Card("backlog", "count", by="age_bucket"),
    ),
    "reliability": (
        Card("availability", "a_24x7"),
        Card("mtbf", "days"),
        Card("use_failure_rate", "per_100_device_years", by="asset_class"),
        Card("service_availability", "a_24x7"),
        Card("stability", "per_100_device_months"),
        Card("availability", "a_24x7", by="asset_class"),
    ),
    "supply": (
        Card("parts_below_min", "count"),
        Card("stock_outs", "share"),
        Card("due_soon", "in_30_days", by="due_kind"),
        Card("loans_overdue", "overdue"),
        Card("pm_on_time", "on_time"),
        Card("calibration_valid", "valid"),
    ),
    "quality": (
        Card("recurrence", "share"),
        Card("first_time_fix", "share"),
        Card("recurrence", "share", by="fault_family"),
        Card("reopens", "share"),
        Card("satisfaction", "top_share"),
        Card("complaint_rate", "per_1000"),
    ),
    # Outside of the rotation unless a hospital wants it: people leave, work changes hands.
    "handover": (
        Card("ab_coverage", "covered"),
        Card("knowledge_coverage", "covered"),
        Card("transfers", "share"),
        Card("handover_wait", "median"),
        Card("vendor_time", "median"),
        Card("orphans", "count"),
    ),
}


def scenes_of(snapshot: Snapshot, settings: Settings, lang: str) -> Json:
    """Return the scenes of the rotation in its order, and those that a large screen may add.

    Args:
        snapshot: where the numbers are read.
        settings: which scenes turn.
        lang: ``zh`` or ``en``.

    Returns:
        ``scenes`` and ``spare_scenes``, lists of id, name and cards; scene 1 by its name only.
    """
    turning = settings.wall.scenes
    with snapshots.opened(snapshot, settings) as con:
        source = Source(con, lang)

        def scene(name: str) -> Json:
            cards = {} if name == OVERVIEW else {"cards": _cards(source, SCENES[name])}
            return {"id": name, "name": word(f"scene_{name}", lang)} | cards

        return {
            "scenes": [scene(name) for name in turning],
            "spare_scenes": [scene(name) for name in SCENES if name not in turning],
        }


def alarm_of(source: Source) -> Json | None:
    """Return what pre-empts the rotation: reports of the first priority that nobody accepted."""
    waiting = source.detail(
        "fact_tickets", "is_open and not is_void and priority = 'P1' and accepted_at is null"
    )
    if not len(waiting):
        return None
    names = {row.department_id: row.name for row in source.detail("dim_departments").itertuples()}
    oldest = waiting.sort_values("reported_at").iloc[0]
    place = names.get(oldest["department_id"]) or word("no_department", source.lang)
    device = oldest["asset_class"] or word("unbound", source.lang)
    return {
        "text": word("alarm", source.lang, n=len(waiting), place=f"{place} {device}"),
        "since": seconds_of(oldest["reported_at"].to_pydatetime()),
    }


def _cards(source: Source, cards: tuple[Card, ...]) -> list[Json]:
    return [_list(source, card) if card.by else _number(source, card) for card in cards]


def _months(source: Source) -> tuple[date, date, date]:
    """Return the first days of the month before, of this month and of the next."""
    day = source.context.as_of_on
    before, this, end = (metrics.add_months(day, months) for months in (-1, 0, 1))
    return before, this, end


def _number(source: Source, card: Card) -> Json:
    """Return this month's number, or last month's where this one's cannot be told yet."""
    before, this, end = _months(source)
    first = metrics.add_months(this, -_COURSE_MONTHS)
    frame = source.frame(card.metric_id, start=first, end=end, statistics=[card.statistic])
    found = {row.period_start: row for row in rows(frame, card.statistic)}
    shown = this
    if this not in found or (found[this].state == "immature" and before in found):
        shown = before
    metric = metrics.registry()[card.metric_id]
    caption = word("this_month" if shown == this else "month_before", source.lang)
    title = shortened(metric.names.text(source.lang), _TITLE_EMS)
    if shown not in found:
        empty = metrics.state_word("no_data", source.lang)
        return _card(source.lang, (title, caption, ""), empty, [], "no_data")
    reading = source.judged(found[shown])
    old = found.get(before) if shown == this else None
    lines = [_interval(source, card, reading)]
    if old is not None:
        lines.append(word("last_month", source.lang, value=source.judged(old).text))
    return _card(
        source.lang,
        (title, caption, metric.statistics[card.statistic].text(source.lang)),
        reading.text,
        lines,
        _state(reading),
        _finding(source, frame, shown),
    ) | {"course": [plain(found[day].value) for day in sorted(found) if day <= shown]}


def _finding(source: Source, frame: Any, shown: date) -> str:
    """Return how the number that is shown differs from the month before it."""
    told = [row for row in frame.to_dict("records") if row["period_start"] <= shown]
    asked = [{**row, "n": int(row["n"])} for row in told]
    said = metrics.findings(source.con, asked, role=ROLE, lang=source.lang)
    return shortened(said[0].change, _FINDING_EMS) if said else ""


def _list(source: Source, card: Card) -> Json:
    """Return the groups of this month with most cases."""
    before, this, end = _months(source)
    frame = source.frame(
        card.metric_id, by=[card.by], start=before, end=end, statistics=[card.statistic]
    )
    metric = metrics.registry()[card.metric_id]
    told = list(rows(frame, card.statistic))
    groups = [row for row in told if row.period_start == this]
    is_ripe = any(row.state not in ("immature", "no_data") for row in groups)
    if not is_ripe:
        groups = [row for row in told if row.period_start == before]
    order = _order(source, card.by)
    groups.sort(
        key=lambda row: (
            order.get(getattr(row, f"{card.by}_code"), 0),
            -row.n,
            str(getattr(row, card.by)),
        )
    )
    shown = []
    for row in groups[:ROWS_SHOWN]:
        reading = source.judged(row)
        state = _state(reading)
        shown.append(
            {
                "state": state,
                "cells": [
                    {"text": shortened(str(getattr(row, card.by)), _NAME_EMS), "style": ""},
                    {"text": _marked(reading, state), "style": _STYLES.get(state, "")},
                    {
                        "text": "" if reading.text == f"{row.n:,}" else f"n={row.n:,}",
                        "style": "dim",
                    },
                ],
            }
        )
    hidden = len(groups) - len(shown)
    return {
        "title": shortened(metric.names.text(source.lang), _TITLE_EMS),
        "caption": word("this_month" if is_ripe else "month_before", source.lang),
        "unit": metric.statistics[card.statistic].text(source.lang),
        "rows": shown,
        "empty": "" if shown else metrics.state_word("no_data", source.lang),
        "more": word("more", source.lang, n=hidden) if hidden > 0 else "",
    }


def _order(source: Source, name: str) -> dict[str, int]:
    """Return the places of groups that have an order of their own; none otherwise."""
    if name not in _ORDERED:
        return {}
    labels = source.detail("dim_labels", "kind = ?", [name])
    return dict(zip(labels["code"], labels["sort_order"].astype(int), strict=True))


def _marked(reading: Reading, state: str) -> str:
    """Return the number, led by the shape of its state where it missed its target."""
    return f"{STATE_SHAPES[state].shape} {reading.text}" if state in _MISSED else reading.text


def _card(
    lang: str,
    names: tuple[str, str, str],
    value: str,
    lines: list[str],
    state: str,
    finding: str = "",
) -> Json:
    """Return a card of a number; ``names``: title, period, unit."""
    title, caption, unit = names
    size = "l" if len(value) <= _LARGE else "m" if len(value) <= _MIDDLE else "s"
    return {
        "title": title,
        "caption": caption,
        "value": value,
        "unit": unit,
        "lines": [line for line in lines if line],
        "state": state,
        "word": f"{STATE_SHAPES[state].shape} {word('low', lang)}" if state in _MISSED else "",
        "size": size,
        "find": finding,
    }


def _interval(source: Source, card: Card, reading: Reading) -> str:
    """Return the interval and the number of cases; a lower bound has no interval of its own."""
    n = f"n={reading.n:,}"
    if reading.lo is None or reading.hi is None:
        return n
    lo, hi = (
        bound_text(card.metric_id, card.statistic, value, source.lang)
        for value in (reading.lo, reading.hi)
    )
    return f"{word('interval', source.lang, lo=lo, hi=hi)} · {n}"


def _state(reading: Reading) -> str:
    if reading.state == "small_sample":
        return "small"
    if reading.state != "ok":
        return "no_data"
    return VERDICT_STATES.get(reading.verdict, "ok")
