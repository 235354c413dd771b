"""The events of an export: from its time columns, or from a log of states.

Holds the choice between the two shapes and the part of the mapping that makes the events.
"""

from typing import Any

from assets.sources.files.mapping import ROW_KEY
from assets.sources.profile import questions as ask
from assets.sources.profile.matching import Match
from assets.sources.profile.questions import Question
from assets.sources.profile.values import several, states
from assets.sources.profile.vocabulary import Vocabulary

_EVENT = "event."
_ROWS_PER_TICKET = 1.2
_LEAST_STATES = 2
# The report's own time, and what stands in for it where there is none.
_STARTS = ("event.reported", "event.created", "log.at", "event.dispatched", "event.accepted",
           "event.arrived", "event.work_started", "event.restored", "event.closed")  # fmt: skip

Events = tuple[str, dict[str, Any], list[Question]]


def is_log(matches: dict[str, Match], nulls: frozenset[str]) -> bool:
    """Tell whether the rows are changes: several per ticket, each with a state and a time."""
    if not {"ticket_id", "state", "log.at"} <= set(matches):
        return False
    key = matches["ticket_id"].column
    return (
        key.filled > _ROWS_PER_TICKET * max(key.distinct, 1)
        and matches["state"].column.distinct >= _LEAST_STATES
    )


def first_time(matches: dict[str, Match]) -> Match | None:
    """Return the column of the report, or the one that stands in for it, in a wide table."""
    return next((matches[role] for role in _STARTS if role in matches), None)


def log_events(
    matches: dict[str, Match],
    place: dict[str, Any],
    vocabulary: Vocabulary,
    nulls: frozenset[str],
) -> Events:
    """Return `status_log` of a mapping."""
    lists, unknown = states(matches["state"].column, vocabulary, nulls)
    found: dict[str, Any] = {**place}
    roles = {"ticket_id": "ticket_id", "at": "log.at", "order": "log.order", "state": "state",
             "reported_at": "event.reported", "group": "group", "engineer": "engineer"}  # fmt: skip
    for name, role in roles.items():
        if role in matches:
            found[name] = matches[role].column.header
    asked = []
    header = matches["state"].column.header
    if unknown:
        asked.append(ask.unknown_states(header, unknown))
    if not {"restored", "closed"} & set(lists):
        asked.append(ask.no_end(header))
        lists["closed"] = [matches["state"].column.values[-1][0]]
    if "event.reported" not in matches:
        asked.append(ask.first_row_reports(matches["log.at"].column.header))
    if "engineer" in matches:
        asked += _several(matches["engineer"], found, nulls)
    return "status_log", {**found, **lists}, asked


def column_events(
    matches: dict[str, Match],
    place: dict[str, Any],
    vocabulary: Vocabulary,
    nulls: frozenset[str],
) -> Events:
    """Return `time_columns` of a mapping; an empty one if there is no time at all."""
    events = {
        role.removeprefix(_EVENT): match.column.header
        for role, match in matches.items()
        if role.startswith(_EVENT)
    }
    order = [role.removeprefix(_EVENT) for role in vocabulary.headers if role.startswith(_EVENT)]
    start = first_time(matches)
    if start is None:
        return "time_columns", {}, []
    events = {"reported": start.column.header, **events}
    asked = []
    found: dict[str, Any] = {**place}
    found["ticket_id"] = matches["ticket_id"].column.header if "ticket_id" in matches else ROW_KEY
    if "engineer" in matches:
        found["engineer"] = matches["engineer"].column.header
        asked += _several(matches["engineer"], found, nulls)
    found["events"] = {kind: events[kind] for kind in order if kind in events}
    if not {"restored", "closed"} & set(events):
        asked.append(ask.never_ends())
    return "time_columns", found, asked


def _several(match: Match, found: dict[str, Any], nulls: frozenset[str]) -> list[Question]:
    """Write the marks between several people of one cell, if there are any, and ask."""
    marks, values = several(match.column, nulls)
    if not values:
        return []
    found["engineers_parted_by"] = marks
    return [ask.several_people(match.column.header, values)]
