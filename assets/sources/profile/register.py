"""A register of devices (设备台账): the mapping of an export that holds no tickets at all.

Holds how such an export is told from one of tickets, and its one table, `assets`.
"""

from typing import Any

from assets.sources import contract
from assets.sources.files.mapping import ROW_KEY, Names
from assets.sources.profile import questions as ask
from assets.sources.profile.columns import Column
from assets.sources.profile.matching import Match, is_day
from assets.sources.profile.pieces import (
    Proposal,
    amount_of,
    finish,
    formats_of,
    listed_column,
    names_of,
    nulls_of,
)
from assets.sources.profile.vocabulary import Vocabulary

_TABLE = "assets"
# Tickets name devices by these too.
_SHARED = frozenset(("asset_id", "name", "department_id", "asset_class"))
_LEAST_OWN = 2
_KEYS = ("asset_id", "tag", "serial_no")
_LISTS = ("ownership", "criticality", "is_life_support")


def is_register(devices: dict[str, Match], tickets: dict[str, Match]) -> bool:
    """Tell whether a row is a device: columns that only a register has, and no ticket's number.

    Args:
        devices: the columns in the roles of `assets`.
        tickets: the same columns in the roles of tickets.
    """
    own = [role for role in devices if role not in _SHARED]
    number, report = tickets.get("ticket_id"), tickets.get("event.reported")
    is_ticket = any(one is not None and one.is_sure for one in (number, report))
    # A row of tickets has a time of reporting even where its number is called something else.
    worth = sum(one.score for one in devices.values())
    return (
        len(own) >= _LEAST_OWN
        and not is_ticket
        and worth > sum(one.score for one in tickets.values())
    )


def propose_register(
    columns: list[Column],
    matches: dict[str, Match],
    place: dict[str, Any],
    vocabulary: Vocabulary,
    known: Names,
) -> Proposal:
    """Return the proposed mapping of a register; see `proposal.propose`."""
    proposal = Proposal({}, is_register=True)
    nulls = nulls_of(matches)
    if nulls:
        proposal.mapping["null_values"] = nulls
    if formats := formats_of(matches):
        proposal.mapping["date_formats"] = formats
    if names := names_of(matches, frozenset(nulls), known, proposal):
        proposal.mapping["names"] = names
        if not known.departments:
            proposal.questions.append(
                ask.ids_of_departments(matches["department_id"].column.header)
            )
    key = next((role for role in _KEYS if role in matches), None)
    header = matches[key].column.header if key else ROW_KEY
    if key != "asset_id":
        proposal.questions.append(ask.no_device_number(header if key else None))
    elif matches[key].column.distinct < matches[key].column.filled:
        repeats = matches[key].column.filled - matches[key].column.distinct
        proposal.questions.append(ask.repeated_key(header, repeats))
    given = {"asset_id": header, **_columns(matches, vocabulary, frozenset(nulls), proposal)}
    proposal.mapping["tables"] = {_TABLE: {**place, "columns": given}}
    finish(proposal, matches, columns)
    return proposal


def _columns(
    matches: dict[str, Match], vocabulary: Vocabulary, nulls: frozenset[str], proposal: Proposal
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in contract.tables()[_TABLE].columns:
        match = matches.get(column.name)
        if match is None or column.name == "asset_id":
            continue
        if column.name in _LISTS:
            given = listed_column(column.name, match, vocabulary, nulls, proposal)
            found |= {column.name: given} if given else {}
        elif column.is_number:
            found[column.name] = amount_of(match.column)
            proposal.questions += ask.numbers(match.column)
        else:
            found[column.name] = match.column.header
            if is_day(column.name):
                proposal.questions += ask.unread_days(match.column)
    return found
