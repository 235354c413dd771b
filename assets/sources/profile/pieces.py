"""What every proposal is made of: its shape, columns with translated values, amounts, last doubts.

Holds the pieces that tickets, what hangs on them, and registers of devices share.
"""

from dataclasses import dataclass, field
from typing import Any

from assets.sources.files.mapping import Names
from assets.sources.profile import questions as ask
from assets.sources.profile.columns import Column
from assets.sources.profile.matching import Match, is_day
from assets.sources.profile.questions import Question
from assets.sources.profile.values import listed, people, several, similar, spellings, translate
from assets.sources.profile.vocabulary import Vocabulary

_LEAST_TRANSLATED = 0.5
# A place holder in these columns is a word like any other.
_FREE = ("title", "description", "resolution_text")
_INSTANT_ROLES = ("event.", "log.at", "rated_at")


@dataclass
class Proposal:
    """A mapping as plain data, and what is unsure about it.

    Attributes:
        roles: role → header, as it was understood.
        unused: headers that nothing reads.
        is_log: one row per change of a ticket.
        is_register: a register of devices, and no tickets at all.
    """

    mapping: dict[str, Any]
    questions: list[Question] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    is_log: bool = False
    is_register: bool = False


def is_instant(role: str) -> bool:
    """Tell whether a role is a moment; days are another thing."""
    return role.startswith(_INSTANT_ROLES)


def nulls_of(matches: dict[str, Match]) -> list[str]:
    """Return the texts for "unknown" of the columns that are no free text; 0 only of times."""
    found: set[str] = set()
    for role, match in matches.items():
        if role in _FREE or role == "ticket_id":
            continue
        texts = set(match.column.sentinels)
        found |= texts if is_instant(role) or is_day(role) else texts - {"0"}
    # One list serves every column, and a cost of 0 is known to be 0.
    return sorted(found - {"0"})


def listed_column(
    role: str, match: Match, vocabulary: Vocabulary, unknown: frozenset[str], proposal: Proposal
) -> dict[str, Any]:
    """Return a column with a value list; {} if most of its values mean something else."""
    found = translate(match.column, vocabulary.values.get(role, {}), unknown)
    if found.share < _LEAST_TRANSLATED:
        proposal.questions.append(ask.not_understood(match.column.header, role, found.unknown))
        return {}
    given: dict[str, Any] = {"from": match.column.header, "values": found.values}
    if found.unknown:
        given["otherwise"] = "other" if role == "channel" else ""
        proposal.questions.append(ask.untranslated(match.column.header, role, found.unknown))
    return given


def amount_of(column: Column) -> Any:
    """Return a column of numbers, with the way they are written if it is not the plain one."""
    if column.number is None:
        return column.header
    written = column.number.model_dump(exclude_defaults=True)
    marks = {"leave_out": list(column.number.leave_out)} if column.number.leave_out else {}
    return {"from": column.header, "number": {**written, **marks}}


def formats_of(matches: dict[str, Match]) -> list[str]:
    """Return the formats of all moments and days, each once."""
    timed = [match for role, match in matches.items() if is_instant(role) or is_day(role)]
    return list(dict.fromkeys(one for match in timed for one in match.column.formats))


def names_of(
    matches: dict[str, Match], nulls: frozenset[str], known: Names, proposal: Proposal
) -> dict[str, dict[str, str]]:
    """Return ids for the engineers and departments that are written as free text, with doubts.

    ``known`` are the ids of the hospital's other mappings: a name has one id everywhere.
    """
    found = {}
    for role, table, letter, given in (
        ("engineer", "engineers", "E", known.engineers),
        ("department_id", "departments", "D", known.departments),
    ):
        if role not in matches:
            continue
        column = matches[role].column
        marks = several(column, nulls)[0] if role == "engineer" else ""
        ids = people(column, letter, nulls, marks, given)
        if not ids:
            continue
        found[table] = ids
        header = column.header
        for group in spellings(ids):
            proposal.questions.append(ask.one_person(header, listed(group)))
        for first, second in similar(ids):
            proposal.questions.append(ask.maybe_one(header, first, second, table))
    return found


def finish(proposal: Proposal, matches: dict[str, Match], columns: list[Column]) -> None:
    """Note the roles that the mapping really uses, the doubts about them, and what is unused."""
    written = str(proposal.mapping)
    for role, match in matches.items():
        header = match.column.header
        if repr(header) not in written:
            continue
        proposal.roles[role] = header
        if not match.is_sure and role != "asset_name":
            proposal.questions.append(ask.guessed(header, role, match.others))
        if is_instant(role):
            proposal.questions += ask.times(match.column)
    proposal.questions = list(dict.fromkeys(proposal.questions))
    used = set(proposal.roles.values())
    proposal.unused = [column.header for column in columns if column.header not in used]
