"""The headline strip as text: continuity, stability, and the six tiles of the day.

Holds wording and the judgement of each tile (usual, high, missing). The numbers come from
`wall_history` and `wall_today`.
"""

from datetime import date
from typing import Any

from assets import metrics
from config.theme import STATE_SHAPES
from dashboards.readings import Json, Reading, bound_text, shortened, text_width
from dashboards.wall_history import History, Month, change_text, month_name
from dashboards.wall_panels import VERDICT_STATES
from dashboards.wall_today import Today
from dashboards.words import age_text, word

# Pixels of the strip at 1920 × 1080, as in wall.css.
_ROOM = {"snapshot": 243, "live": 173, "own": 130}
# Characters of the label that fit a tile of the hospital's own.
OWN_EMS = 6.0
_NUMBER_PX, _UNIT_PX, _GAP_PX = 70, 22, 6
_NAME_SIZES = ((3, "xl"), (4, "l"), (6, "m"))


def tiles(history: History, today: Today, lang: str) -> Json:
    """Return the eight tiles by id.

    Each has ``label, value, unit, lines (two texts), state, note, source`` (``live`` or
    ``snapshot``: whose age it shows) and ``size`` of the value's text.
    """
    strip = {
        "availability": _availability(history, today.day, lang),
        "stability": _stability(history, today.day, lang),
    }
    for name, build in _DAY_TILES.items():
        strip[name] = build(history, today, lang) if today.has_begun else _not_begun(name, lang)
    for number, own in enumerate(history.own, start=1):
        strip[f"own_{number}"] = _own(*own, today.day, lang)
    return strip


def _tile(label: str, source: str, **more: Any) -> Json:
    blank = {"value": "", "unit": "", "lines": ["", ""], "state": "ok", "note": "", "size": "num"}
    tile = {"label": label, "source": source, **blank, **more}
    if tile["size"] == "num":
        tile["size"] = _size(tile["value"], tile["unit"], source)
    return tile


def _size(value: str, unit: str, source: str) -> str:
    """Return `num`, or `wide` when the number would not fit its tile at full size."""
    room = _ROOM[source] - (text_width(unit) * _UNIT_PX + _GAP_PX if unit else 0)
    return "num" if text_width(value) * _NUMBER_PX <= room else "wide"


def _not_begun(name: str, lang: str) -> Json:
    return _tile(
        word(name, lang), "live", value=word("no_data_today", lang), state="no_data", size="text"
    )


def _missing(label: str, source: str, reading: Reading, lines: list[str] | None = None) -> Json:
    """A tile without a number: the state's word, small and grey."""
    return _tile(
        label, source, value=reading.text, state="no_data", size="text", lines=lines or ["", ""]
    )


def _interval(metric_id: str, statistic: str, reading: Reading, lang: str) -> str:
    if reading.lo is None or reading.hi is None:
        return ""
    low = bound_text(metric_id, statistic, reading.lo, lang)
    high = bound_text(metric_id, statistic, reading.hi, lang)
    return word("interval", lang, lo=low, hi=high)


def _head(key: str, metric_id: str, month: Month, today: date, lang: str) -> Json:
    label = f"{word(key, lang)}·{month_name(month, today, lang)}"
    if lang == "en":
        label = word(key, lang)
    if not month.now.has_value:
        return _missing(label, "snapshot", month.now)
    is_small = month.now.state == "small_sample"
    state = VERDICT_STATES.get(month.now.verdict, "ok")
    note = metrics.state_word(month.now.state, lang)
    if state in ("warn", "bad"):
        note = f"{STATE_SHAPES[state].shape} {word('low', lang)}"
    return _tile(
        label,
        "snapshot",
        value=month.now.text,
        note=note,
        state="no_data" if is_small else state,
        lines=["", change_text(metric_id, month, lang)],
    )


def _own(metric_id: str, statistic: str, month: Month, today: date, lang: str) -> Json:
    """A tile of the hospital's own: this month, verdict and change as the others have them."""
    metric = metrics.registry()[metric_id]
    tile = _head("own", metric_id, month, today, lang)
    tile["label"] = shortened(metric.names.text(lang), OWN_EMS)
    if tile["value"].endswith("%"):
        tile |= {"value": tile["value"][:-1], "unit": "%"}
    if tile["size"] != "text":
        tile["size"] = _size(tile["value"], tile["unit"], "own")
    tile["lines"][0] = _interval(metric_id, statistic, month.now, lang)
    return tile


def _availability(history: History, today: date, lang: str) -> Json:
    tile = _head("availability", "availability", history.availability, today, lang)
    if tile["value"].endswith("%"):
        tile |= {"value": tile["value"][:-1], "unit": "%"}
    if history.in_service is not None:
        tile["lines"][0] = word("in_service", lang, n=f"{history.in_service:,}")
    return tile


def _stability(history: History, today: date, lang: str) -> Json:
    statistic = "per_100_device_months"
    tile = _head("stability", "stability", history.stability, today, lang)
    tile["lines"][0] = _interval("stability", statistic, history.stability.now, lang)
    tile["caption"] = word("stability_unit", lang)
    return tile


def _usual(history: History, metric_id: str, lang: str) -> str:
    band = history.bands[metric_id]
    if band is None:
        return word("no_usual", lang)
    return word("usual", lang, lo=f"{band[0]:,}", hi=f"{band[1]:,}")


def _is_high(history: History, metric_id: str, reading: Reading) -> bool:
    band = history.bands[metric_id]
    return band is not None and reading.value is not None and reading.value > band[1]


def _counted(
    key: str, metric_id: str, history: History, reading: Reading, lang: str, lines: list[str]
) -> Json:
    """A count of the day; more than usual is worth a colour when more is not the aim."""
    if not reading.has_value:
        return _missing(word(key, lang), "live", reading)
    is_news = metrics.registry()[metric_id].direction != "higher"
    is_high = is_news and _is_high(history, metric_id, reading)
    shape = STATE_SHAPES["warn"].shape
    return _tile(
        word(key, lang),
        "live",
        value=reading.text,
        lines=lines,
        state="warn" if is_high else "ok",
        note=f"{shape} {word('above_usual', lang)}" if is_high else "",
    )


def _calls(history: History, today: Today, lang: str) -> Json:
    answered = word("answered", lang, value=today.answered.text)
    lines = [_usual(history, "calls", lang), answered if today.answered.has_value else ""]
    return _counted("calls", "calls", history, today.calls, lang, lines)


def _created(history: History, today: Today, lang: str) -> Json:
    if not history.has_created_events:
        lines = [f"{word('reports', lang)} {today.reports.text}", ""]
        text = word("not_recorded", lang)
        return _missing(word("created", lang), "live", Reading(text, "not_connected"), lines)
    window = today.priority_created
    second = word("priority_window", lang, n=window.text) if window.has_value else ""
    lines = [_usual(history, "tickets_created", lang), second]
    return _counted("created", "tickets_created", history, today.created, lang, lines)


def _completed(history: History, today: Today, lang: str) -> Json:
    parts = today.queue.get("waiting_part")
    in_work = sum(
        queued.count for state, queued in today.queue.items() if state in ("on_site", "in_work")
    )
    second = word("in_work_parts", lang, work=in_work, parts=parts.count if parts else 0)
    lines = [_usual(history, "tickets_completed", lang), second]
    return _counted("completed", "tickets_completed", history, today.completed, lang, lines)


def _engaged(history: History, today: Today, lang: str) -> Json:
    del history
    if not today.engaged.has_value:
        return _missing(word("engaged", lang), "live", today.engaged)
    has_roster = bool(today.roster.value)
    waiting = today.queue.get("waiting_accept")
    count = waiting.count if waiting else 0
    age = age_text(waiting.longest_seconds, lang) if waiting and waiting.count else ""
    unit = word("of_people", lang, n=today.roster.text) if has_roster else word("people", lang)
    return _tile(
        word("engaged", lang),
        "live",
        value=today.engaged.text,
        unit=unit,
        lines=[
            word("waiting_accept", lang, n=count),
            word("longest", lang, age=age) if age else "",
        ],
        note=word("engaged_of_roster" if has_roster else "engaged_now", lang),
    )


def _mean_time(history: History, today: Today, lang: str) -> Json:
    del history
    label = word("mean_time", lang)
    mean = today.restore["mean"]
    if not mean.has_value:
        text = word("none_today", lang) if mean.state in ("ok", "no_data") else mean.text
        return _missing(label, "live", Reading(text, mean.state))
    number, _, unit = mean.text.partition(" ")
    key = "few" if mean.state == "small_sample" else "tickets"
    return _tile(
        label,
        "live",
        value=number,
        unit=unit,
        lines=[
            word("median", lang, value=today.restore["median"].text),
            word("p90", lang, value=today.restore["p90"].text),
        ],
        note=word(key, lang, n=mean.n),
    )


def _top_department(history: History, today: Today, lang: str) -> Json:
    label = word("top_department", lang)
    if not today.reports.has_value:
        return _missing(label, "live", today.reports)
    if today.top is None:
        return _missing(label, "live", Reading(word("none_today", lang), "no_data"))
    name, count = today.top.names[0], today.top.reports
    ties = len(today.top.names)
    first = (
        word("tied", lang, n=count.text, ties=ties)
        if ties > 1
        else word("tickets", lang, n=count.text)
    )
    devices = history.departments.devices.get(today.top.codes[0])
    per_100 = f"{100 * (count.value or 0) / devices:.1f}" if devices else ""
    size = next((size for limit, size in _NAME_SIZES if len(name) <= limit), "s")
    return _tile(
        label,
        "live",
        value=name,
        size=size,
        lines=[first, word("per_100_today", lang, value=per_100) if per_100 else ""],
    )


_DAY_TILES = {
    "calls": _calls,
    "created": _created,
    "completed": _completed,
    "engaged": _engaged,
    "mean_time": _mean_time,
    "top_department": _top_department,
}
