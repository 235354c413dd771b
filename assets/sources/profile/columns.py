"""What the values of a column look like: how many, how different, times, numbers.

Holds the measuring, in SQL over a loaded sheet and on a sample of the values. What it means is
concluded in `matching`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from assets.conversions import identifier, quoted
from assets.sources.files.mapping import JOINT
from assets.sources.files.numbers import GROUPED, NumberForm, form_of, read
from assets.sources.files.translate import moment

_SAMPLE = 400
_SHOWN = 2000
_TIMELIKE = re.compile(r"^\s*\d{1,4}\D?.{0,3}\d{1,2}|^\s*\d{5,14}(\.\d+)?\s*$")
_DIGITS = re.compile(r"\d")
_LEAST_DIGITS = 5


@dataclass(frozen=True)
class Words:
    """What values are compared with: formats of instants, texts for unknown, marks of numbers."""

    formats: Sequence[str]
    unknown: frozenset[str]
    number_marks: Sequence[str]


@dataclass(frozen=True)
class Column:
    """One column of an export.

    Attributes:
        filled, distinct: of ``rows`` rows.
        values: the most frequent values with their counts, the most frequent first.
        instants: share of the sampled values that are times.
        formats: the ``strptime`` formats that explain them; none for Excel's day numbers.
        is_day_first_unsure: day and month could as well be the other way round.
        numbers: share of the sampled values that are numbers.
        number: how they are written; None: plainly.
        sentinels: values that mean "unknown", as they are written.
    """

    header: str
    rows: int
    filled: int
    distinct: int
    values: tuple[tuple[str, int], ...]
    instants: float
    formats: tuple[str, ...]
    is_day_first_unsure: bool
    numbers: float
    number: NumberForm | None
    sentinels: tuple[str, ...]

    @property
    def has_time_of_day(self) -> bool:
        """Whether the formats know more than the day."""
        return (
            JOINT in self.header
            or not self.formats
            or any("%H" in one or "%I" in one for one in self.formats)
        )


def measure(
    con: duckdb.DuckDBPyConnection,
    table: str,
    header: str,
    words: Words,
) -> Column:
    """Measure a column of a loaded sheet."""
    formats, unknown = words.formats, words.unknown
    name = identifier(header)
    total = con.execute(f"select count(*), count({name}) from {table}").fetchone() or (0, 0)
    counted = con.execute(
        f"select {name}, count(*) from {table} where {name} is not null group by 1 "
        "order by 2 desc, 1"
    ).fetchmany(_SHOWN)
    distinct = con.execute(f"select count(distinct {name}) from {table}").fetchone() or (0,)
    sentinels = _sentinels(con, table, name, unknown)
    sample = [
        row[0]
        for row in con.execute(
            f"select {name} from (select distinct {name} from {table} where {name} is not null) "
            f"order by hash({name}) limit {_SAMPLE}"
        ).fetchall()
        if row[0].strip() not in unknown
    ]
    used, share, is_unsure = _explained(con, sample, formats)
    widest = form_of(words.number_marks)
    numbers = _share_of_numbers(con, sample, widest)
    return Column(
        header,
        total[0],
        total[1],
        distinct[0],
        tuple((value, count) for value, count in counted),
        share,
        used,
        is_unsure,
        numbers,
        _number_form(con, table, name, widest) if numbers else None,
        sentinels,
    )


def _sentinels(
    con: duckdb.DuckDBPyConnection, table: str, name: str, unknown: frozenset[str]
) -> tuple[str, ...]:
    listed = ", ".join(quoted(text) for text in sorted(unknown))
    rows = con.execute(
        f"select distinct trim({name}) from {table} where trim({name}) in ({listed}) order by 1"
    ).fetchall()
    return tuple(row[0] for row in rows)


def _share_of_numbers(
    con: duckdb.DuckDBPyConnection, sample: Sequence[str], widest: NumberForm
) -> float:
    row = con.execute(
        f"select avg((try_cast(v as double) is not null or {read('v', widest)} is not null)::int) "
        "from (select unnest($1::varchar[]) as v)",
        [list(sample)],
    ).fetchone()
    return float(row[0] or 0) if row else 0.0


def _number_form(
    con: duckdb.DuckDBPyConnection, table: str, name: str, widest: NumberForm
) -> NumberForm | None:
    """Return the form with the marks that stand beside numbers of the column; None: plain ones."""
    marks = [GROUPED, *widest.leave_out]
    there = "translate(v, '\N{FULLWIDTH COMMA}', ',')"
    seen = ", ".join(
        f"coalesce(bool_or(contains({there}, {quoted(mark)})), false)" for mark in marks
    )
    row = con.execute(
        f"select count(*), {seen} from (select {name} as v from {table} "
        f"where try_cast({name} as double) is null and {read(name, widest)} is not null)"
    ).fetchone()
    if row is None or not row[0]:
        return None
    used = [mark for mark, is_used in zip(marks, row[1:], strict=True) if is_used]
    grouped = GROUPED if GROUPED in used else ""
    return NumberForm(grouped_by=grouped, leave_out=tuple(m for m in used if m != GROUPED))


def _explained(
    con: duckdb.DuckDBPyConnection, sample: Sequence[str], formats: Sequence[str]
) -> tuple[tuple[str, ...], float, bool]:
    """Return the formats that explain most of the sample, their share, and a day/month doubt."""
    likely = [
        value
        for value in sample
        if _TIMELIKE.match(value) and len(_DIGITS.findall(value)) >= _LEAST_DIGITS
    ]
    if not sample or len(likely) < len(sample) / 2:
        return (), 0.0, False
    by = {one: _matching(con, likely, one) for one in formats}
    left, used = set(range(len(likely))), []
    serial = _matching(con, likely, None)
    left -= serial
    while left:
        best = max(by, key=lambda one: len(by[one] & left))
        if not by[best] & left:
            break
        used.append(best)
        left -= by[best]
    unsure = any(_swapped(one) in by and by[_swapped(one)] >= by[one] for one in used)
    return tuple(used), (len(likely) - len(left)) / len(sample), unsure


def _swapped(one: str) -> str:
    return one.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m") if "%d/%m" in one or (
        "%m/%d/%Y" in one) else ""  # fmt: skip


def _matching(con: duckdb.DuckDBPyConnection, values: Sequence[str], one: str | None) -> set[int]:
    """Return the positions of the values that a format (None: Excel's day number) reads."""
    read = moment("v", [one or "%Y"])
    year = "" if one is None else f" and year({read}) between 1990 and 2100"
    only = "try_cast(v as double) is not null and " if one is None else ""
    rows = con.execute(
        f"select i from (select unnest($1::varchar[]) as v, generate_subscripts($1, 1) - 1 as i) "
        f"where {only}{read} is not null{year}",
        [list(values)],
    ).fetchall()
    return {row[0] for row in rows}
