"""The demo store's tables in each dialect, generated from the canonical contract.

Holds the mapping from contract types to SQLite, PostgreSQL and MariaDB types and the values' form
in each. Opening a store and writing rows live in ``store``.

SQLite keeps instants as wall-clock text in the store's zone and decimals as text, so that 0.035
stays 0.035; MariaDB keeps wall-clock DATETIME; PostgreSQL timestamptz.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import UserDefinedType

from assets.sources.contract import Column, Table
from demo.clock import local_text

CLOCK_TABLE = "demo_clock"
Encoder = Callable[[object], object]


class Literal(UserDefinedType[str]):
    """A column type written as it stands."""

    cache_ok = True

    def __init__(self, text: str) -> None:
        """Keep the words of the type."""
        self.text = text

    def get_col_spec(self, **_options: object) -> str:
        """Return the words of the type."""
        return self.text


def clock_table() -> Table:
    """Return the marker table: the store's own clock and what it was made from."""
    kinds = {"now_at": "TIMESTAMP", "seed": "BIGINT", "size": "TEXT", "store_uid": "TEXT"}
    kinds |= {"hospitals": "BIGINT", "days": "BIGINT", "until_on": "DATE", "has_dirt": "BOOLEAN"}
    columns = tuple(Column(name, kind) for name, kind in kinds.items())
    return Table(CLOCK_TABLE, columns, (), None)


def _words(column: Column, dialect: str, *, is_key: bool) -> str:
    kind = column.type.partition("(")[0]
    if dialect == "sqlite":
        return "TEXT" if kind == "DECIMAL" else column.type
    if dialect == "postgresql":
        return {"TIMESTAMP": "TIMESTAMP WITH TIME ZONE", "DECIMAL": column.type}.get(kind, kind)
    if kind == "TEXT":
        return "VARCHAR(64)" if is_key else "TEXT"
    names = {"TIMESTAMP": "DATETIME", "BOOLEAN": "TINYINT(1)", "DECIMAL": column.type}
    return names.get(kind, kind)


@cache
def dialect_of(name: str) -> sa.Dialect:
    """Return SQLAlchemy's dialect object, for quoting and DDL."""
    if name == "mysql":
        return mysql.dialect()
    return sa.make_url(f"{name}://").get_dialect()()


def statements(table: Table, dialect: str, *, has_key: bool) -> list[str]:
    """Return the statements that create a table with its indexes.

    Args:
        table: a contract table or the marker table.
        dialect: ``sqlite``, ``postgresql`` or ``mysql``.
        has_key: declares the primary key; without, duplicates can be stored (``--dirt``).
    """
    columns = [
        sa.Column(
            column.name,
            Literal(_words(column, dialect, is_key=column.name in table.key)),
            primary_key=has_key and column.name in table.key,
            nullable=not has_key or column.name not in table.key,
            autoincrement=False,
        )
        for column in table.columns
    ]
    shape = sa.Table(
        table.name, sa.MetaData(), *columns, mysql_charset="utf8mb4", mysql_engine="InnoDB"
    )
    indexes = []
    if table.cursor:
        indexes.append(sa.Index(f"ix_{table.name}_{table.cursor}", shape.c[table.cursor]))
    if table.key and not has_key:
        indexes.append(sa.Index(f"ix_{table.name}_key", *(shape.c[name] for name in table.key)))
    made: list[sa.schema.ExecutableDDLElement] = [CreateTable(shape)]
    made.extend(CreateIndex(index) for index in indexes)
    return [str(statement.compile(dialect=dialect_of(dialect))).strip() for statement in made]


def quoted(name: str, dialect: str) -> str:
    """Return an identifier in quotes."""
    return dialect_of(dialect).identifier_preparer.quote_identifier(name)


def encoders(table: Table, dialect: str) -> list[Encoder | None]:
    """Return one function per column that turns our value into the dialect's (None: as it is)."""
    return [_encoder(column.type, dialect) for column in table.columns]


def _encoder(column_type: str, dialect: str) -> Encoder | None:
    kind = column_type.partition("(")[0]
    if kind == "TIMESTAMP":
        return _aware if dialect == "postgresql" else _text_instant
    if kind == "DECIMAL":
        scale = int(column_type.rstrip(")").split(",")[1])
        return lambda value: value if isinstance(value, str) else f"{_number(value):.{scale}f}"
    if dialect == "postgresql":
        return None
    return {"DATE": _text_date, "BOOLEAN": _flag}.get(kind)


def _number(value: object) -> float | Decimal:
    if isinstance(value, int | float | Decimal):
        return value
    raise TypeError(f"not a number: {type(value).__name__}")


def _text_instant(value: object) -> object:
    return local_text(value) if isinstance(value, int) else value


def _aware(value: object) -> object:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else value


def _text_date(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _flag(value: object) -> object:
    return int(value) if isinstance(value, bool) else value
