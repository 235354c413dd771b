"""From the roles of an export's columns to a mapping, with everything that a person should check.

Holds the composition: tickets and what hangs on them, and the events of either shape. A table with
one row per ticket and several times becomes `time_columns`; one with several rows per ticket, a
state and a time becomes `status_log`.
"""

from dataclasses import replace
from typing import Any

from assets.sources.files.mapping import ROW_KEY, Names
from assets.sources.profile import questions as ask
from assets.sources.profile.around import around, proposal_base
from assets.sources.profile.columns import Column
from assets.sources.profile.events import column_events, first_time, is_log, log_events
from assets.sources.profile.matching import Match, assign
from assets.sources.profile.pieces import (
    Proposal,
    finish,
    formats_of,
    listed_column,
    names_of,
    nulls_of,
)
from assets.sources.profile.register import is_register, propose_register
from assets.sources.profile.values import translate
from assets.sources.profile.vocabulary import Vocabulary

_TEXTS = ("title", "description", "resolution_text", "department_id", "asset_id",
          "fault_family_code", "cause_code", "requester_ref")  # fmt: skip
# More different results than this are sentences that people wrote.
_MOST_RESULTS = 20
_LEAST_TRANSLATED = 0.5
_LISTS = ("channel", "work_class", "outcome_code", "urgency", "priority", "is_onsite_required")


def propose(
    columns: list[Column],
    place: dict[str, Any],
    vocabulary: Vocabulary,
    known: Names,
) -> Proposal:
    """Return the proposed mapping of one sheet.

    Args:
        columns: measured.
        place: file, sheet, skip_rows … of the sheet, as the mapping writes them.
        vocabulary: the words.
        known: ids that the hospital's other mappings give to names.
    """
    matches = assign(columns, vocabulary.headers)
    devices = assign(columns, vocabulary.assets)
    if is_register(devices, matches):
        return propose_register(columns, devices, place, vocabulary, known)
    if "rated_at" in matches and "event.verified" not in matches:
        # Who rates the work has seen it done.
        matches["event.verified"] = replace(matches["rated_at"], role="event.verified")
    nulls = nulls_of(matches)
    log = is_log(matches, frozenset(nulls))
    proposal = Proposal({}, is_log=log)
    if nulls:
        proposal.mapping["null_values"] = sorted(nulls)
    formats = formats_of(matches)
    if formats:
        proposal.mapping["datetime_formats"] = formats
    names = names_of(matches, frozenset(nulls), known, proposal)
    if names:
        proposal.mapping["names"] = names
    tables = {"tickets": _tickets(matches, place, vocabulary, frozenset(nulls), proposal)}
    tables |= around(matches, place, vocabulary, frozenset(nulls), proposal)
    proposal.mapping["tables"] = tables
    build = log_events if log else column_events
    key, events, asked = build(matches, place, vocabulary, frozenset(nulls))
    proposal.questions += asked
    if events:
        proposal.mapping[key] = events
    finish(proposal, matches, columns)
    return proposal


def _tickets(
    matches: dict[str, Match],
    place: dict[str, Any],
    vocabulary: Vocabulary,
    nulls: frozenset[str],
    proposal: Proposal,
) -> dict[str, Any]:
    key = matches.get("ticket_id")
    ticket_id = key.column.header if key else ROW_KEY
    columns: dict[str, Any] = {"ticket_id": ticket_id}
    if key:
        columns["ticket_no"] = ticket_id
    else:
        proposal.questions.append(ask.no_key())
    columns |= {role: matches[role].column.header for role in _TEXTS if role in matches}
    spare = next((r for r in ("description", "fault_family_code") if r in columns), None)
    name = matches.get("asset_name")
    if "title" not in columns and spare:
        columns["title"] = columns[spare]
    elif "title" not in columns and name:
        columns["title"] = name.column.header
    if name:
        is_title = columns.get("title") == name.column.header
        device = columns.get("asset_id")
        proposal.questions.append(ask.device_name(name.column.header, device, is_title=is_title))
    columns |= _all_listed(matches, vocabulary, nulls, proposal)
    columns |= _times_of_ticket(matches, proposal)
    if key and not proposal.is_log and key.column.distinct < key.column.filled:
        count = key.column.filled - key.column.distinct
        proposal.questions.append(ask.repeated_key(ticket_id, count))
    return {**proposal_base(matches, place, is_log=proposal.is_log), "columns": columns}


def _all_listed(
    matches: dict[str, Match], vocabulary: Vocabulary, nulls: frozenset[str], proposal: Proposal
) -> dict[str, Any]:
    columns = {
        role: given
        for role in _LISTS
        if role in matches
        and (given := listed_column(role, matches[role], vocabulary, nulls, proposal))
    }
    if "work_class" not in columns:
        columns["work_class"] = {"value": "repair"}
        proposal.questions.append(ask.all_repairs())
    if "outcome_code" not in columns and "resolution_text" in matches:
        columns |= _outcome(matches["resolution_text"], vocabulary, nulls, proposal)
    if "outcome_code" not in columns and "state" in matches and not proposal.is_log:
        columns |= _cancelled(matches["state"], vocabulary, nulls)
    return columns


def _outcome(
    match: Match, vocabulary: Vocabulary, nulls: frozenset[str], proposal: Proposal
) -> dict[str, Any]:
    """Return the outcome that a column of results tells where people chose it from a short list."""
    words = vocabulary.values.get("outcome_code", {})
    if match.column.distinct > _MOST_RESULTS:
        return {}
    if translate(match.column, words, nulls).share < _LEAST_TRANSLATED:
        return {}
    proposal.questions.append(ask.outcome_of(match.column.header))
    return {"outcome_code": listed_column("outcome_code", match, vocabulary, nulls, proposal)}


def _times_of_ticket(matches: dict[str, Match], proposal: Proposal) -> dict[str, Any]:
    reported = matches.get("event.reported")
    if proposal.is_log:
        at = matches["log.at"].column.header
        first: Any = reported.column.header if reported else {"from": at, "pick": "first"}
        return {"reported_at": first, "updated_at": at}
    start = first_time(matches)
    if start is None:
        proposal.questions.append(ask.no_report_time())
        return {}
    if start is not reported:
        proposal.questions.append(ask.stands_in(start.column.header))
    return {"reported_at": start.column.header}


def _cancelled(match: Match, vocabulary: Vocabulary, nulls: frozenset[str]) -> dict[str, Any]:
    """Return the outcome that a state tells in a table without times of cancelling."""
    found = translate(match.column, vocabulary.states, nulls).values
    values = {state: "cancelled" for state, meaning in found.items() if meaning == "cancelled"}
    if not values:
        return {}
    return {"outcome_code": {"from": match.column.header, "values": values, "otherwise": ""}}
