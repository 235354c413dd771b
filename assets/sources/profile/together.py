"""Columns that mean something only together: a day here, its time of day there.

Holds the search for such pairs and their measuring as one column. How two columns become one
instant is `assets.sources.files.translate.joined`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from assets.conversions import identifier
from assets.sources.files.mapping import DATETIME_FORMATS, JOINT
from assets.sources.files.translate import clock, joined, moment
from assets.sources.profile.columns import Column, Words, measure
from assets.sources.profile.vocabulary import comparable

_MOSTLY = 0.6
_DAY_WORDS = re.compile(r"(日期|年月日|时间|日|date|day|time)$")
_TIME_WORDS = re.compile(r"(时间|时刻|时分秒|时分|钟点|时|time|clock)$")
_NUMBER = re.compile(r"\d+$")


def pair(
    con: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[Column],
    words: Words,
) -> list[Column]:
    """Return the columns, each day and its time of day as one in the day's place.

    A time belongs to the day with the same word before it (报修日期, 报修时间); one that is only
    called 时间, to the day on its left.
    """
    found = list(columns)
    for place, time in enumerate(columns):
        stem = _stem(time.header, _TIME_WORDS)
        if stem is None or not _is_clock(con, table, time):
            continue
        days = [
            day
            for number, day in enumerate(columns)
            if _is_day(con, table, day, words.formats)
            and (_stem(day.header, _DAY_WORDS) == stem or (not stem and number == place - 1))
        ]
        if days:
            # The nearest one on the left is what people would read.
            day = min(days, key=lambda one: abs(columns.index(one) - place + 0.5))
            if day in found:
                found[found.index(day)] = _measured(con, table, (day, time), words)
                found.remove(time)
    return found


def _stem(header: str, words: re.Pattern[str]) -> str | None:
    """Return what stands before the word for day or time; None if there is no such word."""
    plain = _NUMBER.sub("", comparable(header))
    match = words.search(plain)
    return plain[: match.start()] if match else None


def _is_day(
    con: duckdb.DuckDBPyConnection, table: str, column: Column, formats: Sequence[str]
) -> bool:
    """Tell whether the column holds days, as such or as their midnights."""
    if column.instants < _MOSTLY:
        return False
    at = moment(identifier(column.header), formats)
    row = con.execute(f"select bool_and({at} = date_trunc('day', {at})) from {table}").fetchone()
    return row is not None and bool(row[0])


def _is_clock(con: duckdb.DuckDBPyConnection, table: str, column: Column) -> bool:
    """Tell whether most values are times of day and nothing more."""
    if not column.filled or column.instants >= _MOSTLY:
        return False
    name = identifier(column.header)
    row = con.execute(
        f"select count({clock(name, DATETIME_FORMATS)}) / count(*) from {table} "
        f"where {name} is not null"
    ).fetchone()
    return row is not None and float(row[0]) >= _MOSTLY


def _measured(
    con: duckdb.DuckDBPyConnection,
    table: str,
    both: tuple[Column, Column],
    words: Words,
) -> Column:
    day, time = both
    header = f"{day.header}{JOINT}{time.header}"
    con.execute(
        f"create or replace temp table {table} as "
        f"select *, {joined(header, words.formats)} as {identifier(header)} from {table}"
    )
    column = measure(con, table, header, words)
    sentinels = tuple(dict.fromkeys((*day.sentinels, *time.sentinels)))
    return replace(
        column,
        formats=day.formats,
        is_day_first_unsure=day.is_day_first_unsure,
        sentinels=sentinels,
    )
