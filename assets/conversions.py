"""How a value in a store's own type becomes a value of the contract: SQL text, nothing else.

Holds the expressions that turn any DuckDB type a source may deliver into the contract's types, and
the test whether a value could not be converted. Which rows that sends to quarantine, and with what
reason, is in `staging`; the contract's types are in `sources.contract`.

Instants leave here as naive UTC. `make_timestamp(epoch_us(x))` is three times faster than a cast,
and makes NULL of 'infinity', which is refused like any other value that is no time.
"""

from assets.sources.contract import INSTANT, MONEY, QUANTITY

_OFFSET = r":[0-9.]+ ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)$"
_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_INTEGERS = frozenset((*_SIGNED, *(f"U{name}" for name in _SIGNED)))
_NAIVE = frozenset(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"))
# Never rounded: what has more digits is refused.
EXACT = (MONEY, QUANTITY)
ZONED = "TIMESTAMP WITH TIME ZONE"
APPROXIMATE = frozenset(("DOUBLE", "FLOAT"))


def quoted(text: str) -> str:
    """Return ``text`` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return ``name`` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def converted(column: str, source_type: str, target: str, zone: str) -> str:
    """Return the SQL that converts a column, giving NULL where the value does not convert.

    Args:
        column: the quoted column.
        source_type: its DuckDB type as ``describe`` prints it.
        target: the contract's type (``TEXT``, ``TIMESTAMP``, ``DATE``, ``BOOLEAN``, ``BIGINT`` or
            ``DECIMAL(p,s)``).
        zone: the zone in which the source writes instants that carry none.
    """
    if target == "TEXT":
        return f"nullif({column}, '')" if source_type == "VARCHAR" else f"{column}::varchar"
    if target == INSTANT:
        return _instant(column, source_type, zone)
    if target == "DATE":
        return _date(column, source_type, zone)
    if target == "BOOLEAN":
        return _boolean(column, source_type)
    if target == "BIGINT":
        return _integer(column, source_type)
    return _decimal(column, source_type, target)


def refused(column: str, source_type: str, target: str, value: str) -> str | None:
    """Return the SQL condition "there is a value and it does not convert"; None if impossible.

    Args:
        column: the quoted column.
        source_type: its DuckDB type.
        target: the contract's type.
        value: what `converted` returned for it.
    """
    if target == INSTANT and (source_type in _NAIVE or source_type == ZONED):
        return f"not isfinite({column})"
    if target in ("TEXT", source_type):
        return None
    present = _text(column) if source_type == "VARCHAR" else column
    return f"({present} is not null and {value} is null)"


def _text(column: str) -> str:
    return f"nullif(trim({column}), '')"


def _utc(expression: str, zone: str) -> str:
    return f"make_timestamp(epoch_us({expression} at time zone {quoted(zone)}))"


def _offset_text(text: str) -> str:
    """Return text with an offset such as +0800 written +08:00, which DuckDB understands."""
    return f"regexp_replace({text}, '([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"


def _instant(column: str, source_type: str, zone: str) -> str:
    if source_type == ZONED:
        return f"make_timestamp(epoch_us({column}))"
    if source_type in _NAIVE or source_type == "DATE":
        return _utc(f"{column}::timestamp", zone)
    text = _text(f"{column}::varchar" if source_type != "VARCHAR" else column)
    zoned = f"make_timestamp(epoch_us(try_cast({_offset_text(text)} as timestamptz)))"
    naive = _utc(f"try_cast({text} as timestamp)", zone)
    return f"case when regexp_matches({text}, {quoted(_OFFSET)}) then {zoned} else {naive} end"


def _date(column: str, source_type: str, zone: str) -> str:
    if source_type in _NAIVE or source_type == "DATE":
        return f"{column}::date"
    if source_type == ZONED:
        return f"({column} at time zone {quoted(zone)})::date"
    text = _text(f"{column}::varchar" if source_type != "VARCHAR" else column)
    local = f"try_cast({_offset_text(text)} as timestamptz) at time zone {quoted(zone)}"
    return (
        f"case when regexp_matches({text}, {quoted(_OFFSET)}) then ({local})::date "
        # as an instant first: a cast to a day would drop what follows it, such as a second day
        f"else try_cast({text} as timestamp)::date end"
    )


def _boolean(column: str, source_type: str) -> str:
    if source_type == "BOOLEAN":
        return column
    if source_type in _INTEGERS:
        return f"case {column} when 0 then false when 1 then true end"
    return f"try_cast({_text(f'{column}::varchar')} as boolean)"


def _integer(column: str, source_type: str) -> str:
    if source_type in _INTEGERS:
        return f"try_cast({column} as bigint)"
    exact = f"try_cast({_number(column, source_type)} as decimal(38,6))"
    return f"case when {exact} = round({exact}, 0) then try_cast({exact} as bigint) end"


def _decimal(column: str, source_type: str, target: str) -> str:
    """Return the cast; NULL where an amount or a quantity would lose digits, never rounded unsaid.

    What lies four places below the last digit is the noise of binary fractions, as in workbooks.
    Prices and marks are means as often as not and keep the places that the contract gives them.
    """
    number = _number(column, source_type)
    if target not in EXACT:
        return f"try_cast({number} as {target})"
    scale = int(target.removesuffix(")").rpartition(",")[2])
    exact = f"try_cast({number} as decimal(38,{scale + 4}))"
    return f"case when {exact} = round({exact}, {scale}) then try_cast({number} as {target}) end"


def _number(column: str, source_type: str) -> str:
    return _text(column) if source_type == "VARCHAR" else column
