"""From the roles of an export's columns to a mapping, with everything that a person should check.

Holds the composition: tickets and what hangs on them, and the events of either shape. A table with
one row per ticket and several times becomes `time_columns`; one with several rows per ticket, a
state and a time becomes `status_log`.
"""

from dataclasses import dataclass, field
from typing import Any

from assets.sources.files.mapping import ROW_KEY
from assets.sources.profile import questions as ask
from assets.sources.profile.columns import Column
from assets.sources.profile.events import column_events, first_time, is_log, log_events
from assets.sources.profile.matching import Match, assign
from assets.sources.profile.questions import Question
from assets.sources.profile.values import listed, people, several, similar, spellings, translate
from assets.sources.profile.vocabulary import Vocabulary

_TEXTS = ("title", "description", "resolution_text", "department_id", "asset_id",
          "fault_family_code", "cause_code", "requester_ref")  # fmt: skip
_LISTS = ("channel", "work_class", "outcome_code", "urgency", "priority", "is_onsite_required")
_LEAST_TRANSLATED = 0.5
# A place holder in these columns is a word like any other.
_FREE = ("title", "description", "resolution_text")
_INSTANT_ROLES = ("event.", "log.at")


@dataclass
class Proposal:
    """A mapping as plain data, and what is unsure about it.

    Attributes:
        roles: role → header, as it was understood.
        unused: headers that nothing reads.
    """

    mapping: dict[str, Any]
    questions: list[Question] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    is_log: bool = False


def propose(columns: list[Column], place: dict[str, Any], vocabulary: Vocabulary) -> Proposal:
    """Return the proposed mapping of one sheet.

    Args:
        columns: measured.
        place: file, sheet, skip_rows … of the sheet, as the mapping writes them.
        vocabulary: the words.
    """
    matches = assign(columns, vocabulary)
    nulls = _nulls(matches)
    log = is_log(matches, frozenset(nulls))
    proposal = Proposal({}, is_log=log)
    if nulls:
        proposal.mapping["null_values"] = sorted(nulls)
    formats = list(
        dict.fromkeys(
            f for name, m in matches.items() if _is_instant(name) for f in m.column.formats
        )
    )
    if formats:
        proposal.mapping["datetime_formats"] = formats
    names = _names(matches, frozenset(nulls), proposal)
    if names:
        proposal.mapping["names"] = names
    tables = {"tickets": _tickets(matches, place, vocabulary, frozenset(nulls), proposal)}
    tables |= _around(matches, place, vocabulary, frozenset(nulls), proposal)
    proposal.mapping["tables"] = tables
    build = log_events if log else column_events
    key, events, asked = build(matches, place, vocabulary, frozenset(nulls))
    proposal.questions += asked
    if events:
        proposal.mapping[key] = events
    _finish(proposal, matches, columns)
    return proposal


def _is_instant(role: str) -> bool:
    return role.startswith(_INSTANT_ROLES)


def _nulls(matches: dict[str, Match]) -> list[str]:
    """Return the texts for "unknown" of the columns that are no free text; 0 only of times."""
    found: set[str] = set()
    for role, match in matches.items():
        if role in _FREE or role == "ticket_id":
            continue
        texts = set(match.column.sentinels)
        found |= texts if _is_instant(role) else texts - {"0"}
    # One list serves every column, and a cost of 0 is known to be 0.
    return sorted(found - {"0"})


def _names(
    matches: dict[str, Match], nulls: frozenset[str], proposal: Proposal
) -> dict[str, dict[str, str]]:
    found = {}
    for role, table, letter in (
        ("engineer", "engineers", "E"),
        ("department_id", "departments", "D"),
    ):
        if role not in matches:
            continue
        column = matches[role].column
        marks = several(column, nulls)[0] if role == "engineer" else ""
        known = people(column, letter, nulls, marks)
        if not known:
            continue
        found[table] = known
        header = column.header
        for group in spellings(known):
            proposal.questions.append(ask.one_person(header, listed(group)))
        for first, second in similar(known):
            proposal.questions.append(ask.maybe_one(header, first, second, table))
    return found


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
        if role in matches and (given := _listed(role, matches[role], vocabulary, nulls, proposal))
    }
    if "work_class" not in columns:
        columns["work_class"] = {"value": "repair"}
        proposal.questions.append(ask.all_repairs())
    if "outcome_code" not in columns and "state" in matches and not proposal.is_log:
        columns |= _cancelled(matches["state"], vocabulary, nulls)
    return columns


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


def _listed(
    role: str, match: Match, vocabulary: Vocabulary, nulls: frozenset[str], proposal: Proposal
) -> dict[str, Any]:
    """Return a column with a value list; {} if most of its values mean something else."""
    found = translate(match.column, vocabulary.values.get(role, {}), nulls)
    if found.share < _LEAST_TRANSLATED:
        proposal.questions.append(ask.not_understood(match.column.header, role, found.unknown))
        return {}
    given: dict[str, Any] = {"from": match.column.header, "values": found.values}
    if found.unknown:
        given["otherwise"] = "other" if role == "channel" else ""
        proposal.questions.append(ask.untranslated(match.column.header, role, found.unknown))
    return given


def _around(
    matches: dict[str, Match],
    place: dict[str, Any],
    vocabulary: Vocabulary,
    nulls: frozenset[str],
    proposal: Proposal,
) -> dict[str, Any]:
    """Return the tables beside the tickets: what the source promises, and costs."""
    tables: dict[str, Any] = {}
    base = proposal_base(matches, place, is_log=proposal.is_log)
    key = matches["ticket_id"].column.header if "ticket_id" in matches else ROW_KEY
    if "is_met" in matches:
        found = translate(matches["is_met"].column, vocabulary.values.get("is_met", {}), nulls)
        if found.values and not found.unknown:
            met = {"from": matches["is_met"].column.header, "values": found.values}
            columns = {"ticket_id": key, "clock": {"value": "restore"}, "is_met": met}
            tables["ticket_targets"] = {**base, "columns": columns}
    if "amount_cny" in matches:
        amount = matches["amount_cny"].column.header
        columns = {"cost_id": key, "ticket_id": key, "kind": {"value": "external"},
                   "amount_cny": amount_of(matches["amount_cny"].column)}  # fmt: skip
        when = matches.get("event.restored") or matches.get("event.reported")
        if when:
            columns["occurred_on"] = when.column.header
        tables["ticket_costs"] = {**base, "columns": columns}
        proposal.questions.append(ask.kind_of_cost(amount))
        proposal.questions += ask.numbers(matches["amount_cny"].column)
    return tables


def amount_of(column: Column) -> Any:
    """Return a column of numbers, with the way they are written if it is not the plain one."""
    if column.number is None:
        return column.header
    written = column.number.model_dump(exclude_defaults=True)
    marks = {"leave_out": list(column.number.leave_out)} if column.number.leave_out else {}
    return {"from": column.header, "number": {**written, **marks}}


def proposal_base(
    matches: dict[str, Match], place: dict[str, Any], *, is_log: bool
) -> dict[str, Any]:
    """Return the place of a table with one row per ticket, in a log the last one."""
    if not is_log:
        return dict(place)
    order = [matches[role].column.header for role in ("log.at", "log.order") if role in matches]
    key = [matches["ticket_id"].column.header]
    return {**place, "one_row_per": {"key": key, "order_by": order, "keep": "last"}}


def _finish(proposal: Proposal, matches: dict[str, Match], columns: list[Column]) -> None:
    written = str(proposal.mapping)
    for role, match in matches.items():
        header = match.column.header
        if repr(header) not in written:
            continue
        proposal.roles[role] = header
        if not match.is_sure and role != "asset_name":
            proposal.questions.append(ask.guessed(header, role, match.others))
        if _is_instant(role):
            proposal.questions += ask.times(match.column)
    used = set(proposal.roles.values())
    proposal.unused = [column.header for column in columns if column.header not in used]
