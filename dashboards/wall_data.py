"""The wall's document: one JSON for a pair of snapshot and live file, in one language.

Holds how the parts come together. It is computed once per pair, language and day, whoever asks;
caching and the clock are in `wall_service`.
"""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from assets import snapshots
from assets.snapshots import Snapshot
from config.settings import Settings
from config.theme import DEMO_WORDS
from dashboards import figures, wall_panels, wall_scenes, wall_tiles
from dashboards.readings import Json, Source, seconds_of
from dashboards.wall_history import History, read_history
from dashboards.wall_rankings import models_finding
from dashboards.wall_today import Today, read_today
from dashboards.wall_trend import finding, limits_of
from dashboards.words import word

_QUEUE_LABELS = ("waiting_dispatch", "waiting_accept")


def history_of(snapshot: Snapshot, settings: Settings, lang: str) -> History:
    """Read what a snapshot gives to the wall."""
    with snapshots.opened(snapshot, settings) as con:
        return read_history(Source(con, lang))


def document(
    settings: Settings, snapshot: Snapshot, live: Snapshot, history: History, day: date, lang: str
) -> Json:
    """Return everything that scene 1 shows.

    Args:
        settings: the installation.
        snapshot: the current snapshot.
        live: the live file, or the snapshot itself where there is none that is newer.
        history: what `history_of` read from the snapshot.
        day: today by the hospital's clock.
        lang: ``zh`` or ``en``.
    """
    with snapshots.opened(live, settings) as con:
        source = Source(con, lang)
        today = read_today(source, day)
        labels = {code: source.label("status", code) for code in _QUEUE_LABELS}
        department = source.context.department_name
        stopped = _stopped(source)
        alarm = wall_scenes.alarm_of(source)
    told = {"hospital": snapshot.hospital_name, "department": department, "scene": "{scene}"}
    return {
        "title": word("title", lang, **told),
        "demo": DEMO_WORDS[lang] if snapshot.is_demo or live.is_demo else "",
        "as_of": {"snapshot": seconds_of(snapshot.as_of), "live": seconds_of(live.as_of)},
        "has_live": live.id != snapshot.id,
        "tiles": wall_tiles.tiles(history, today, lang),
        "panels": {
            "trend": _trend(history, today, lang),
            "sla": wall_panels.sla(history, today, lang),
            "due": wall_panels.due(today, lang),
            "queue": wall_panels.queue(history, today, labels, lang),
            "departments": wall_panels.departments(history, lang),
            "models": _models(history, lang),
        },
        "footer": _footer(history, snapshot, lang),
        "stopped": stopped,
        "alarm": alarm,
    }


def _stopped(source: Source) -> str:
    """Return which tables stand still, since when and why; empty when none does."""
    stopped = source.context.stopped
    reasons = source.detail("stopped_tables").itertuples(index=False)
    told = [
        word("stopped", source.lang, table=row.table_name, because=row.because,
             at=f"{stopped[row.table_name]:%m-%d %H:%M}")
        for row in reasons
    ]  # fmt: skip
    return ";".join(told)


def _plotly(figure: Any) -> Json:
    """Return a figure as plain JSON, as `plotly.js` takes it."""
    plain: Json = json.loads(figure.to_json())
    return plain


def _trend(history: History, today: Today, lang: str) -> Json:
    days = history.trend
    limits = limits_of(days)
    now = None
    if today.has_begun and today.reports.value is not None:
        now = (today.day, today.reports.value, today.completed.value or 0.0)
    return {
        "title": word("trend", lang),
        "note": word("trend_note", lang),
        "figure": _plotly(figures.trend(days, limits, history.causes, now)),
        "find": finding(days, limits, history.causes, lang),
        "keys": {name: word(name, lang) for name in ("reports", "completions", "limits")},
        "days": [day.isoformat() for day in days.days],
        "reports": list(days.reports),
        "completed": list(days.completed),
        "limits": asdict(limits) if limits else None,
    }


def _models(history: History, lang: str) -> Json:
    shown = history.models[: figures.MODEL_ROWS]
    return {
        "title": word("models", lang),
        "note": word("models_note", lang),
        "figure": _plotly(figures.models(shown)) if shown else None,
        "empty": "" if shown else word("no_models", lang),
        "find": models_finding(history.models, lang),
        "rows": [{"name": one.name, "text": one.rate.text, "level": one.level} for one in shown],
    }


def _books(history: History, lang: str) -> list[str]:
    """Return what became of the source's rows: the balance, deletions, columns that came later."""
    held = history.quality.get("held_rows", (0, 0))[0]
    if "present_rows" not in history.quality:
        # a snapshot of an earlier version
        return [word("held_rows", lang, n=f"{held:,}")]
    present, source = history.quality["present_rows"]
    told = {"source": f"{source:,}", "present": f"{present:,}", "held": f"{held:,}"}
    books = [word("balanced" if source == present + held else "unbalanced", lang, **told)]
    for measure in ("deleted_rows", "added_columns"):
        count = history.quality.get(measure, (0, 0))[0]
        if count:
            books.append(word(measure, lang, n=f"{count:,}"))
    return books


def _footer(history: History, snapshot: Snapshot, lang: str) -> Json:
    quality = []
    if history.quality_score is not None:
        quality.append(word("quality_score", lang, value=history.quality_score.text))
    for measure, key in (
        ("unbound_tickets", "unbound_share"),
        ("missing_arrivals", "missing_arrivals"),
    ):
        part, whole = history.quality.get(measure, (0, 0))
        if whole:
            quality.append(word(key, lang, value=f"{100 * part / whole:.1f}%"))
    quality += _books(history, lang)
    origin = [
        word("rules", lang, version=snapshot.rules_version),
        word("snapshot", lang, id=snapshot.id),
    ]
    return {"quality": " · ".join(quality), "origin": " · ".join(origin)}
