"""Ticket events from a log of states, or from the time columns of a ticket.

Holds the derivation, as SQL over a loaded sheet. An event's id is made of the row it comes from and
its type, never of a position in the file: a file that grows, or comes in another order, gives the
same events.

From a log, ordered within a ticket by time and then the log's own order: every row in a restored
(closed) state is `restored` (`closed`); leaving both is `reopened`; a change of the group, to none
too, is `transferred`; entering and leaving a paused state is `paused` and `resumed`; the first row
that is not new is `accepted`, and if that lies before the report also the first one that does not.
A state under `entered` gives the event that the mapping names; a ticket in one that only dispatches
counts as new. The second person of a cell, and any further one, is `coworker_joined`, once for each
ticket. A row in a state that the mapping does not know becomes an event of that name, which
the contract's list holds back with the reason; so does a damaged line.
"""

from collections.abc import Sequence

from assets.conversions import identifier, quoted
from assets.sources import contract
from assets.sources.files.csv_body import PLACE, UNREAD
from assets.sources.files.mapping import Mapping, StatusLog, TimeColumns
from assets.sources.files.translate import moment, people, wall_clock

# The order of events that one row gives; they share the row's instant.
_STEPS = ("reopened", "transferred", "resumed", "accepted", "paused", "restored", "closed")
# Events of a ticket that nobody has taken yet, and those after which nothing is left to do.
_BEFORE = ("created", "dispatched", "chased")
_AFTER = ("verified", "cancelled", "merged", "restored", "closed")
# When a further person joined, of the steps that are known.
_JOINED_AT = ("accepted", "work_started", "arrived", "restored", "verified", "closed")
_JOINED = "coworker_joined"


def log_events(log: StatusLog, mapping: Mapping, loaded: str) -> str:
    """Return the SELECT of `ticket_events` over a loaded log of states."""
    ended = _list([*log.restored, *log.closed, *_entering(log, _AFTER)])
    paused = _list(list(log.paused))
    conditions = {
        "reopened": f"previous in {ended} and state not in {ended}",
        "transferred": "step > 1 and work_group is distinct from previous_group",
        "resumed": f"previous in {paused} and state <> previous",
        "accepted": "not is_new and (turn = 1 or is_after_report and turn_after_report = 1)",
        "paused": f"state in {paused} and state is distinct from previous",
        "restored": f"state in {_list(log.restored)}",
        "closed": f"state in {_list(log.closed)}",
    }
    reasons = "".join(f" when {quoted(s)} then {quoted(r)}" for s, r in log.paused.items())
    reason = f"case state{reasons} end" if reasons else "null"
    branches = [
        f"select concat_ws(':', ticket_id, position, at_text, '{kind}') as event_id, ticket_id, "
        f"(number * 10 + {step})::bigint as seq, at_text as at, '{kind}' as type, "
        f"{'null' if kind == 'transferred' else 'engineer'} as engineer_id, "
        f"{'work_group' if kind == 'transferred' else 'null'} as to_engineer_id, "
        f"{reason if kind == 'paused' else 'null'} as reason_code, null::varchar as {UNREAD}, "
        f"{PLACE} from ranked where {conditions[kind]}"
        for step, kind in enumerate(_STEPS, start=1)
    ]
    if log.entered:
        branches.append(_entered(log))
    if log.engineers_parted_by:
        branches.append(_joined_the_log())
    return " ".join(
        [
            f"with log as ({_log(log, mapping, loaded)}), ranked as ({_ranked()}),",
            f"reports as ({_reports()}), strange as ({_strange()})",
            " union all ".join([*branches, "from reports", "from strange"]),
        ]
    )


def _entering(log: StatusLog, kinds: Sequence[str]) -> list[str]:
    return [state for state, kind in log.entered.items() if kind in kinds]


def _entered(log: StatusLog) -> str:
    kinds = "".join(f" when {quoted(s)} then {quoted(kind)}" for s, kind in log.entered.items())
    return (
        f"select concat_ws(':', ticket_id, position, at_text, kind) as event_id, ticket_id, "
        f"(number * 10 + {len(_STEPS) + 1})::bigint as seq, at_text as at, kind as type, "
        f"engineer as engineer_id, null as to_engineer_id, null as reason_code, "
        f"null::varchar as {UNREAD}, {PLACE} "
        f"from (select *, case state{kinds} end as kind from ranked "
        "where state is distinct from previous) where kind is not null"
    )


def _joined_the_log() -> str:
    """Return a coworker's event at the first row of the ticket that names the person second."""
    return (
        f"select concat_ws(':', ticket_id, '{_JOINED}', coworker) as event_id, ticket_id, "
        f"min(number * 10 + {len(_STEPS) + 2})::bigint as seq, min(at_text) as at, "
        f"'{_JOINED}' as type, coworker as engineer_id, null as to_engineer_id, "
        f"null as reason_code, null::varchar as {UNREAD}, min({PLACE}) as {PLACE} "
        "from (select *, unnest(engineers[2:]) as coworker from ranked) "
        "where coworker is distinct from engineer group by ticket_id, coworker"
    )


def _log(log: StatusLog, mapping: Mapping, loaded: str) -> str:
    """Return the log's rows with times read once: ``moment`` and ``reported`` or NULL."""
    formats = mapping.all_datetime_formats
    order = [*log.new, *log.entered, *log.working, *log.paused, *log.restored, *log.closed]
    given = {
        "ticket_id": log.ticket_id,
        "at_given": log.at,
        "reported_given": log.reported_at,
        "state": log.state,
        "work_group": log.group,
        "engineer_given": log.engineer,
        UNREAD: UNREAD,
        PLACE: PLACE,
    }
    columns = ", ".join(
        f"{identifier(header) if header else 'null::varchar'} as {name}"
        for name, header in given.items()
    )
    reported = moment(identifier(log.reported_at), formats) if log.reported_at else None
    first = "min(moment) over (partition by ticket_id)"
    is_new = _list([*log.new, *_entering(log, _BEFORE)])
    return (
        f"select *, {people('engineer_given', log.engineers_parted_by, mapping)} as engineers, "
        "engineers[1] as engineer, "
        f"{_text('moment', 'at_given')} as at_text, "
        f"{_text('reported', 'reported_given')} as reported_text, "
        "coalesce(try_cast(position as decimal(18,0)), 0) as number, "
        f"state in {is_new} as is_new, coalesce(state in {_list(order)}, false) "
        f"and ticket_id is not null and moment is not null as is_known "
        f"from (select *, {_position(log, order)} as position, "
        f"{'given_report' if reported else first} as reported "
        f"from (select {columns}, {moment(identifier(log.at), formats)} as moment, "
        f"{identifier(log.order) if log.order else 'null::varchar'} as given_order, "
        f"{reported or 'null::timestamp'} as given_report from {loaded}))"
    )


def _position(log: StatusLog, order: Sequence[str]) -> str:
    """Return the SQL of a row's place among those of its instant; made of content, if not given."""
    if log.order:
        return "given_order"
    ranks = "".join(f" when {quoted(s)} then '{n:03}'" for n, s in enumerate(order))
    content = "md5(concat_ws('|', state, work_group, engineer_given))[:6]"
    return f"concat(case state{ranks} else '999' end, 'x', {content})"


def _text(moment_column: str, given: str) -> str:
    return f"coalesce(strftime({moment_column}, '%Y-%m-%d %H:%M:%S'), {given})"


def _ranked() -> str:
    return (
        "select *, coalesce(moment >= reported, true) as is_after_report, "
        "lag(state) over w as previous, lag(work_group) over w as previous_group, "
        "row_number() over w as step, "
        "row_number() over (partition by ticket_id, is_new order by moment, number, position) "
        "as turn, "
        "row_number() over (partition by ticket_id, is_new, coalesce(moment >= reported, true) "
        "order by moment, number, position) as turn_after_report "
        "from log where is_known window w as (partition by ticket_id "
        "order by moment, number, position)"
    )


def _reports() -> str:
    return (
        "select concat_ws(':', ticket_id, 'reported') as event_id, ticket_id, 0::bigint as seq, "
        "min(reported_text) as at, 'reported' as type, null::varchar as engineer_id, "
        "null::varchar as to_engineer_id, null::varchar as reason_code, "
        f"null::varchar as {UNREAD}, min({PLACE}) as {PLACE} "
        "from log where ticket_id is not null group by ticket_id"
    )


def _strange() -> str:
    return (
        "select concat_ws(':', ticket_id, position, at_text, state) as event_id, ticket_id, "
        "(number * 10)::bigint as seq, at_text as at, state as type, engineer as engineer_id, "
        "null::varchar as to_engineer_id, null::varchar as reason_code, "
        f"{UNREAD}, {PLACE} from log where not is_known"
    )


def column_events(columns: TimeColumns, mapping: Mapping, loaded: str) -> str:
    """Return the SELECT of `ticket_events` over tickets with one time column for each step."""
    types = contract.tables()["ticket_events"].column("type").values
    ticket = identifier(columns.ticket_id)
    cell = identifier(columns.engineer) if columns.engineer else "null::varchar"
    engineers = people(cell, columns.engineers_parted_by, mapping)
    first = f"({engineers})[1]"
    formats = mapping.all_datetime_formats
    events = " union all ".join(
        f"select concat_ws(':', {ticket}, '{kind}') as event_id, {ticket} as ticket_id, "
        f"{types.index(kind)}::bigint as seq, {wall_clock(identifier(header), formats)} as at, "
        f"'{kind}' as type, {'null' if kind == 'reported' else first} as engineer_id, "
        f"null::varchar as {UNREAD}, {PLACE} from {loaded} where {identifier(header)} is not null"
        for kind, header in columns.events.items()
    )
    damaged = (
        "select null as event_id, null as ticket_id, null as seq, null as at, null as type, "
        f"null as engineer_id, {UNREAD}, {PLACE} from {loaded} where {UNREAD} is not null"
    )
    if not columns.engineers_parted_by:
        return f"{events} union all {damaged}"
    steps = [*_JOINED_AT, *(kind for kind in columns.events if kind not in _JOINED_AT)]
    at = ", ".join(
        wall_clock(identifier(columns.events[kind]), formats)
        for kind in sorted(steps, key="reported".__eq__)
        if kind in columns.events
    )
    coworkers = (
        f"select concat_ws(':', ticket, '{_JOINED}', coworker) as event_id, "
        f"ticket as ticket_id, {types.index(_JOINED)}::bigint as seq, at_text as at, "
        f"'{_JOINED}' as type, "
        f"coworker as engineer_id, null::varchar as {UNREAD}, min({PLACE}) as {PLACE} "
        "from (select *, unnest(engineers[2:]) as coworker from "
        f"(select {ticket} as ticket, {PLACE}, coalesce({at}) as at_text, "
        f"{engineers} as engineers from {loaded})) "
        "where coworker is distinct from engineers[1] group by ticket, coworker, at_text"
    )
    return f"{events} union all {coworkers} union all {damaged}"


def _list(values: Sequence[str]) -> str:
    return "(" + (", ".join(quoted(value) for value in values) or "null") + ")"
