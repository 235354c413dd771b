"""Rows from a database driver as Arrow batches, and the SQL that makes exact values of them.

Holds the types in which a driver's values travel to DuckDB. Only five Arrow types are used: what
Arrow could carry but a conversion could spoil (amounts, instants) travels as text or as whole
microseconds, and the SQL of `Lane.value` makes the DuckDB value of it. Where rows come from is in
`alchemy`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import nanoarrow as na
from nanoarrow.c_array_stream import CArrayStream

from assets.conversions import ZONED, identifier

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clocks have no zone
_UTC_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Batch:
    """Some rows, as DuckDB reads them by the Arrow C stream interface."""

    def __init__(self, array: Any) -> None:
        """Keep one struct array."""
        self._array = array

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the rows over."""
        stream = CArrayStream.from_c_arrays([self._array], self._array.schema, validate=False)
        return stream.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True)
class Lane:
    """How one column travels: its DuckDB type, and the conversion of a value that is not None."""

    name: str
    type: str
    is_utc: bool = False

    def value(self) -> str:
        """Return the SQL that makes the column of what has arrived."""
        column = identifier(self.name)
        if self.type == "TIMESTAMP":
            return f"make_timestamp({column}) as {column}"
        if self.type == ZONED:
            return f"make_timestamptz({column}) as {column}"
        if self.type == "DATE":
            return f"(date '1970-01-01' + {column}::integer) as {column}"
        if self.type.startswith("DECIMAL"):
            return f"cast({column} as {self.type}) as {column}"
        return column

    def array(self, values: Sequence[Any]) -> Any:
        """Return the Arrow array of a column's values."""
        schema, convert = self._travels()
        return na.c_array([None if v is None else convert(v) for v in values], schema)

    def _travels(self) -> tuple[Any, Callable[[Any], Any]]:
        if self.type == ZONED:
            return na.int64(), _wall_clock if self.is_utc else _instant
        return _TRAVELS.get(self.type, (na.string(), text))


def batch(lanes: Sequence[Lane], rows: Sequence[Sequence[Any]]) -> Batch:
    """Return rows as one batch.

    Args:
        lanes: the columns, in the rows' order.
        rows: at least one.
    """
    arrays = [
        lane.array(column) for lane, column in zip(lanes, zip(*rows, strict=True), strict=True)
    ]
    schema = na.struct({lane.name: array.schema for lane, array in zip(lanes, arrays, strict=True)})
    return Batch(
        na.c_array_from_buffers(schema, len(rows), [None], children=arrays, validation_level="none")
    )


def text(value: Any) -> str:
    """Return a driver's value as the text that a scanner would give."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _boolean(value: Any) -> bool:
    """Return a truth value; MySQL's BIT(1) comes as one byte."""
    return bool(int.from_bytes(value)) if isinstance(value, bytes) else bool(value)


def _days(value: Any) -> int | None:
    if isinstance(value, str):
        return None  # MySQL's 0000-00-00: no date
    return int(value.toordinal()) - _EPOCH_DAY


def _wall_clock(value: Any) -> int | None:
    if isinstance(value, str):
        return None  # MySQL's 0000-00-00 00:00:00: no time
    return int((value.replace(tzinfo=None) - _EPOCH) // _MICROSECOND)


def _instant(value: Any) -> int:
    moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return int((moment - _UTC_EPOCH) // _MICROSECOND)


# DuckDB type → Arrow type and conversion of a driver's value; every other type travels as text.
_TRAVELS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "BIGINT": (na.int64(), int),
    "DOUBLE": (na.float64(), float),
    "BOOLEAN": (na.bool_(), _boolean),
    "BLOB": (na.binary(), bytes),
    "DATE": (na.int64(), _days),
    "TIMESTAMP": (na.int64(), _wall_clock),
}
