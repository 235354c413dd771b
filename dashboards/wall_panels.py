"""The panels under the strip as text: SLA, due list, queue, departments, models.

Holds wording, states and the order of rows. The numbers come from `wall_history`, `wall_today` and
`wall_rankings`; charts are drawn in `figures`.
"""

from collections.abc import Mapping

from assets import metrics
from config.theme import STATE_SHAPES
from dashboards.readings import Json, Reading, short_bound, shortened, text_width
from dashboards.wall_history import History, month_name
from dashboards.wall_rankings import departments_finding
from dashboards.wall_today import IN_WORK, Due, Queued, Today
from dashboards.words import age_text, word

# The state in which a row stands for each verdict against its target; without one, no colour.
VERDICT_STATES = {"met": "ok", "amber": "warn", "red": "bad"}
MAX_DUE_ROWS = 50
DEPARTMENT_ROWS = 5
_POINTS = 100
# Widths of the columns in characters of the list's size.
_DEPARTMENT_EMS = 7.0
_SPACE = " "
_PLACE_MIN_EMS = 4.0
_PLACE_EMS = {"zh": 12.2, "en": 10.2}


def _cell(text: str, style: str = "") -> Json:
    return {"text": text, "style": style}


def sla(history: History, today: Today, lang: str) -> Json:
    """Return the SLA panel: one row per clock with bar, net and gross share, and state."""
    month = month_name(history.availability, today.day, lang)
    return {
        "title": f"{word('sla', lang)} · {month}",
        "note": word("sla_note", lang),
        "rows": [sla_row(*entry, lang) for entry in history.sla],
        "empty": metrics.state_word("no_data", lang),
        "find": _pause_finding(history, lang),
    }


def sla_row(clock: str, net: Reading, gross: Reading, lang: str) -> Json:
    """Return one clock's row: bar, net and gross share, verdict in shape and word."""
    state = VERDICT_STATES.get(net.verdict, "ok")
    told = _cell("")
    if net.state != "ok" or net.value is None:
        state, told = "small", _cell(word("small_sample_n", lang, n=net.n), "dim")
    elif net.verdict == "red":
        told = _cell(f"{STATE_SHAPES['bad'].shape} {word('low', lang)}", "bad")
    elif net.verdict in VERDICT_STATES:
        told = _cell(STATE_SHAPES[state].text(lang), state)
    return {
        "state": state,
        "bar": net.value or 0.0,
        "cells": [
            _cell(clock, "dim"),
            _cell(net.text),
            _cell(f"/ {gross.text}", "dim"),
            told,
        ],
    }


def _pause_finding(history: History, lang: str) -> str:
    """Name the clock that owes most of its attainment to pauses."""
    won = [
        (round(_POINTS * (net.value - gross.value), 1), clock)
        for clock, net, gross in history.sla
        if net.value is not None and gross.value is not None and net.state == "ok"
    ]
    if not won:
        return ""
    points, clock = max(won)
    if points < 1:
        return word("find_no_pause", lang)
    return word("find_pause", lang, clock=clock, points=f"{points:.1f}")


def due(today: Today, lang: str) -> Json:
    """Return the list of overdue and nearly overdue tickets: no free text, no persons."""
    overdue = sum(one.is_overdue for one in today.due)
    shown = today.due[:MAX_DUE_ROWS]
    hidden = len(today.due) - len(shown)
    return {
        "title": word("overdue_list", lang),
        "note": word("overdue_count", lang, overdue=overdue, soon=len(today.due) - overdue),
        "rows": [_due_row(one, lang) for one in shown],
        "empty": word("nothing_overdue", lang),
        "more": word("more", lang, n=hidden) if hidden else "",
    }


def _due_row(one: Due, lang: str) -> Json:
    state = "bad" if one.is_overdue else "warn"
    key = "overdue" if one.is_overdue else "due_soon"
    if one.seconds is None:
        time = word("resting", lang)
    else:
        time = word("over_by" if one.is_overdue else "left", lang, age=age_text(one.seconds, lang))
    return {
        "state": state,
        "cells": [
            _cell(f"{STATE_SHAPES[state].shape} {word(key, lang)}", state),
            _cell(_place_text(one, lang)),
            _cell(one.clock, "dim"),
            _cell(time),
        ],
    }


def _place_text(one: Due, lang: str) -> str:
    """Return department and device; the department is cut first, so the asset number stays."""
    device = shortened(one.device or word("unbound", lang), _PLACE_EMS[lang] - _PLACE_MIN_EMS)
    room = _PLACE_EMS[lang] - text_width(device) - text_width(_SPACE)
    return f"{shortened(one.department or word('no_department', lang), room)}{_SPACE}{device}"


def queue(history: History, today: Today, labels: Mapping[str, str], lang: str) -> Json:
    """Return the queue panel: open tickets by state with the longest wait, loaners, parts.

    Args:
        history: loans and parts.
        today: the queue.
        labels: display word of each state of a ticket.
        lang: language.
    """
    total = sum(queued.count for queued in today.queue.values())
    rows = [
        _state_row(today.queue, (state,), labels[state], lang)
        for state in ("waiting_dispatch", "waiting_accept")
    ]
    rows += [
        _state_row(today.queue, IN_WORK, word("accepted_states", lang), lang),
        _state_row(today.queue, ("waiting_part", "vendor"), word("part_vendor", lang), lang),
        _rest_row(today.queue, lang),
        _loans_row(history, lang),
        _parts_row(history, lang),
    ]
    return {
        "title": word("queue", lang),
        "note": word("queue_note", lang, n=total),
        "rows": rows,
        "empty": "",
    }


def _state_row(queue: Mapping[str, Queued], states: tuple[str, ...], name: str, lang: str) -> Json:
    found = [queue.get(state, Queued(0, 0)) for state in states]
    longest = max((one.longest_seconds for one in found if one.count), default=None)
    age = "" if longest is None else word("longest", lang, age=age_text(longest, lang))
    counts = " / ".join(str(one.count) for one in found)
    return {"state": "ok", "cells": [_cell(name, "dim"), _cell(counts), _cell(age, "dim")]}


def _rest_row(queue: Mapping[str, Queued], lang: str) -> Json:
    """Waiting for the user, for an approval, or for anything else."""
    known = {"waiting_dispatch", "waiting_accept", *IN_WORK, "waiting_part", "vendor"}
    other = [state for state in queue if state not in known | {"waiting_user", "approval"}]
    rest = Queued(
        sum(queue[state].count for state in other),
        max((queue[state].longest_seconds for state in other), default=0),
    )
    merged = {**queue, "_rest": rest}
    return _state_row(
        merged, ("waiting_user", "approval", "_rest"), word("user_approval", lang), lang
    )


def _loans_row(history: History, lang: str) -> Json:
    out, overdue, days = (history.loans[name] for name in ("out", "overdue", "max_days"))
    name = _cell(word("loans", lang), "dim")
    if not out.has_value:
        return {"state": "no_data", "cells": [name, _cell(out.text, "dim"), _cell("", "dim")]}
    if not overdue.value:
        told = _cell(STATE_SHAPES["ok"].text(lang), "ok")
    else:
        late = word("overdue_days", lang, n=days.text)
        told = _cell(f"{STATE_SHAPES['bad'].shape} {late}", "bad")
    return {
        "state": "bad" if overdue.value else "ok",
        "cells": [name, _cell(f"{out.text} / {overdue.text}"), told],
    }


def _parts_row(history: History, lang: str) -> Json:
    below = history.parts_below
    name = _cell(word("parts_below", lang), "dim")
    if not below.has_value:
        return {"state": "no_data", "cells": [name, _cell(below.text, "dim"), _cell("", "dim")]}
    total = word("of_parts", lang, n=int(below.denominator or 0))
    state = "warn" if below.value else "ok"
    shape = STATE_SHAPES["warn"].shape
    told = _cell(f"{shape} {total}", "warn") if below.value else _cell(total, "dim")
    return {"state": state, "cells": [name, _cell(below.text), told]}


def departments(history: History, lang: str) -> Json:
    """Return the departments with the highest report rates, each with interval and n."""
    found = history.departments
    shown = found.ranked[:DEPARTMENT_ROWS]
    rows = []
    for one in shown:
        low = short_bound("report_rate", "per_100_device_years", one.rate.lo, lang)
        high = short_bound("report_rate", "per_100_device_years", one.rate.hi, lang)
        shape = "" if one.level == "ok" else f"{STATE_SHAPES[one.level].shape} "
        name = shortened(one.name, _DEPARTMENT_EMS)
        rows.append(
            {
                "state": "ok",
                "cells": [
                    _cell(f"{shape}{name}", "" if one.level == "ok" else one.level),
                    _cell(one.rate.text),
                    _cell(f"{low}–{high}", "dim"),
                    _cell(word("rate_reports", lang, n=one.rate.n), "dim"),
                ],
            }
        )
    return {
        "title": word("departments", lang),
        "note": word("rate_note", lang),
        "rows": rows,
        "empty": word("too_few_departments", lang),
        "find": departments_finding(found, lang) if rows else "",
    }
