"""A mapping → the SELECT of one canonical table over a loaded sheet.

Holds the translation of values, dates and people and the choice of one row per key. Events derived
from a log are in `status_log`. A value that no format explains stays as it is, and is held by the
pull with its reason.
"""

from collections.abc import Sequence

from assets.conversions import identifier, quoted
from assets.sources import contract
from assets.sources.files import numbers
from assets.sources.files.csv_body import PLACE, UNREAD
from assets.sources.files.mapping import (
    TIME_FORMATS,
    FromColumn,
    Mapping,
    OneRowPer,
    StatusLog,
    TableMapping,
    TimeColumns,
    parts,
)

# Excel's day numbers of the years 1927 to 2173.
_SERIALS = "between 10000 and 99999.999999"


def moment(text: str, formats: Sequence[str]) -> str:
    """Return the SQL that reads text as a TIMESTAMP by formats or as Excel's day number."""
    known = ", ".join(quoted(one) for one in formats)
    given = f"replace(trim({text}), '\N{FULLWIDTH COLON}', ':')"
    if any("%p" in one for one in formats):
        # Chinese Windows writes 2026/3/5 下午 3:05:00.
        given = f"replace(replace({given}, '上午', 'AM'), '下午', 'PM')"
    # The number first: an attempt of strptime that fails costs twenty times a cast that does.
    day = f"try_cast({text} as double)"
    serial = f"make_timestamp((round(({day} - 25569) * 86400, 0) * 1000000)::bigint)"
    return (
        f"case when {day} is null or {day} not {_SERIALS} "
        f"then try_strptime({given}, [{known}]) else {serial} end"
    )


def clock(text: str, formats: Sequence[str]) -> str:
    """Return the SQL that reads text as seconds of a day: a time, or Excel's part of a day.

    A day that stands before the time (Excel writes 1899-12-30) is left out.
    """
    part = f"try_cast({text} as double)"
    read = moment(text, [*TIME_FORMATS, *formats])
    return (
        f"case when {part} >= 0 and {part} < 1 then least(round({part} * 86400), 86399)::bigint "
        f"else epoch({read} - date_trunc('day', {read}))::bigint end"
    )


def joined(header: str, formats: Sequence[str]) -> str:
    """Return the SQL of a day and a time in two columns as canonical text.

    What cannot be read stays as it is. A day without a time, or a time without a day, says so and
    is no instant: midnight would be a guess.

    Args:
        header: ``日期 + 时间``, as the mapping writes it.
        formats: of the day.
    """
    day, time = (identifier(one) for one in parts(header))
    at = f"date_trunc('day', {moment(day, formats)}) + to_seconds({clock(time, formats)})"
    return (
        f"case when {day} is null and {time} is null then null "
        f"else coalesce(strftime({at}, '%Y-%m-%d %H:%M:%S'), "
        f"concat(coalesce({day}, '(缺日期)'), ' ', coalesce({time}, '(缺时间)'))) end"
    )


def wall_clock(text: str, formats: Sequence[str]) -> str:
    """Return the SQL of an instant as canonical text; unexplained text stays as it is."""
    return f"coalesce(strftime({moment(text, formats)}, '%Y-%m-%d %H:%M:%S'), {text})"


def headers_of(rule: TableMapping | StatusLog | TimeColumns) -> set[str]:
    """Return the headers that a rule reads."""
    if isinstance(rule, TableMapping):
        named = [origin.header for origin in rule.columns.values()]
        one = rule.one_row_per
        named += [*one.key, *one.order_by] if one else []
        named.append(rule.where_filled)
    elif isinstance(rule, TimeColumns):
        named = [rule.ticket_id, rule.engineer, *rule.events.values()]
    else:
        named = [rule.ticket_id, rule.at, rule.order, rule.state, rule.reported_at]
        named += [rule.group, rule.engineer]
    return {header for header in named if header is not None}


def table_select(name: str, table: TableMapping, mapping: Mapping, loaded: str) -> str:
    """Return the SELECT of a canonical table over the loaded sheet."""
    columns = ", ".join(
        f"{_value(contract.tables()[name].column(column), origin, mapping)} as {identifier(column)}"
        for column, origin in table.columns.items()
    )
    rows = loaded
    if table.one_row_per is not None:
        rows = _one_row(table, table.one_row_per, mapping, loaded)
    select = f"select {columns}, {UNREAD}, {PLACE} from {rows}"
    if table.where_filled is not None:
        select += f" where {identifier(table.where_filled)} is not null or {UNREAD} is not null"
    return select


def _one_row(table: TableMapping, rule: OneRowPer, mapping: Mapping, loaded: str) -> str:
    """Return one row per key; damaged lines have no key and all stay."""
    key = ", ".join(identifier(header) for header in rule.key)
    direction = "desc" if rule.keep == "last" else "asc"
    picked = "".join(
        f", first({identifier(origin.header)}) over (partition by {key} order by "
        f"{ordering(rule.order_by, mapping, 'desc' if origin.pick == 'last' else 'asc')} "
        "rows between unbounded preceding and unbounded following) "
        f"as {identifier(_picked(origin))}"
        for origin in table.columns.values()
        if origin.pick and origin.header
    )
    return (
        f"(select *{picked} from {loaded} qualify {UNREAD} is not null or row_number() over "
        f"(partition by {key}, {UNREAD} is not null "
        f"order by {ordering(rule.order_by, mapping, direction)}) = 1)"
    )


def _picked(origin: FromColumn) -> str:
    return f"{origin.header}/{origin.pick}"


def ordering(headers: Sequence[str], mapping: Mapping, direction: str = "asc") -> str:
    """Return ORDER BY terms that sort times as times, numbers as numbers and the rest as text."""
    terms = []
    for header in headers:
        column = identifier(header)
        is_number = f"regexp_full_match({column}, '-?[0-9]+([.][0-9]+)?')"
        at = moment(column, mapping.all_datetime_formats)
        terms += [
            # Attempts that fail cost far more than the pattern.
            f"case when not {is_number} then {at} end {direction} nulls first",
            f"case when {is_number} then {column}::decimal(38,9) end {direction} nulls first",
            f"{column} {direction} nulls first",
        ]
    return ", ".join(terms)


def _value(column: contract.Column, origin: FromColumn, mapping: Mapping) -> str:
    if origin.value is not None:
        return quoted(origin.value)
    text = identifier(_picked(origin) if origin.pick else origin.header or "")
    if column.type == contract.INSTANT:
        return wall_clock(text, mapping.all_datetime_formats)
    if column.type == "DATE":
        read = moment(text, [*mapping.all_date_formats, *mapping.all_datetime_formats])
        return f"coalesce(strftime({read}, '%Y-%m-%d'), {text})"
    if origin.values or origin.otherwise is not None:
        text = _translated(text, origin)
    if origin.number is not None:
        return numbers.number(text, origin.number)
    return person(column.name, text, mapping)


def _translated(text: str, origin: FromColumn) -> str:
    cases = "".join(f" when {quoted(old)} then {quoted(new)}" for old, new in origin.values.items())
    rest = text if origin.otherwise is None else quoted(origin.otherwise)
    # NULL stays NULL: `otherwise` is for values that are there and not listed.
    return f"case when {text} is null then null else case trim({text}){cases} else {rest} end end"


def person(column: str, text: str, mapping: Mapping) -> str:
    """Return the SQL that puts the id of an engineer or department in the place of the name."""
    known = mapping.names.departments if column.endswith("department_id") else {}
    if column.endswith("engineer_id"):
        known = mapping.names.engineers
    if not known:
        return text
    pairs = ", ".join(f"{quoted(name)}: {quoted(one)}" for name, one in known.items())
    return f"coalesce(map {{{pairs}}}[trim({text})], {text})"


def people(text: str, marks: str, mapping: Mapping) -> str:
    """Return the SQL of the ids of the people in a cell, in its order; without marks, one."""
    if not marks:
        return f"list_filter([{person('engineer_id', text, mapping)}], lambda x: x is not null)"
    between = quoted(
        "[" + "".join(f"\\{mark}" if mark in r"\[]^-" else mark for mark in marks) + "]"
    )
    split = f"list_transform(string_split_regex({text}, {between}), lambda x: trim(x))"
    one = person("engineer_id", "y", mapping)
    return f"list_transform(list_filter({split}, lambda x: x <> ''), lambda y: {one})"
