"""A store whose tables are another system's own: absent tables are empty, types are made uniform.

Holds the reader for folders with a `columns.yml` (`layout`). In their SELECTs `source.<table>`
stands for a subquery with exactly the declared columns in uniform types: a table or column that
this store lacks is there all the same, empty or NULL, because versions of one system differ and
hospitals grant what they like. A canonical table is yielded if the foreign tables it needs exist.

References to nothing (0) become NULL, instants carry a zone whatever the column's type is.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from assets.conversions import ZONED, identifier, quoted
from assets.sources import html_text
from assets.sources.address import Address
from assets.sources.layout import Recent, layout
from assets.sources.store import PLACEHOLDER, Base, StoreReader
from config.settings import SourceSettings

# Beyond so many changed things a list of their keys costs more than reading everything.
_MOST_KEYS = 5000
SQL_TYPES = {
    "int": "bigint",
    "ref": "bigint",
    "text": "varchar",
    "instant": "timestamptz",
    "day": "date",
    "amount": "decimal(20,4)",
}
# MySQL's TIMESTAMP columns hold wall clocks where the writing program and its connection disagree.
_LOCAL = "local"


class ForeignReader(StoreReader):
    """Reads one attached database through a folder with a `columns.yml`."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        source: SourceSettings,
        place: Address,
        base: Base,
        sql: dict[str, str],
    ) -> None:
        """Look at the store's columns, and tell the SELECTs what the hospital has chosen."""
        self._layout = layout(source.system)
        self._options = self._layout.chosen(source.options, source.name)
        html_text.install(con)
        for name, value in {**self._options, "timezone": source.timezone}.items():
            con.execute(f"set variable {name} = {quoted(value)}")
        super().__init__(con, source, place, base, sql)

    def select(self, table: str, since: datetime | None = None) -> str:
        """Return the table's SELECT; see `connect.Reader.select`."""
        statement = self._layout.statements[table]
        conditions: dict[str, str] = {}
        if since is not None and statement.since is not None:
            conditions = self._recent(statement.since, since)
        return PLACEHOLDER.sub(
            lambda match: self._subquery(match[1], conditions.get(match[1], "")), statement.sql
        )

    def columns(self, table: str) -> dict[str, str]:
        """Return the canonical columns and, as ``table.column``, the foreign ones they come from.

        So a column that vanishes from the store stops the table: its NULLs would look like changes.
        """
        names = sorted(set(PLACEHOLDER.findall(self._layout.statements[table].sql)))
        foreign = {
            f"{name}.{column}": self._columns[name][column]
            for name in names
            if self._is_present(name)
            for column in self._layout.columns[name]
            if column in self._columns[name]
        }
        return {**super().columns(table), **foreign}

    def has_cursor(self, table: str) -> bool:
        """Tell whether the folder knows how to read only what is new."""
        recent = self._layout.statements[table].since
        return (
            recent is not None
            and self._is_present(recent.table)
            and recent.column in self._columns[recent.table]
        )

    def is_demo(self) -> bool:
        """Return False: the demo writes the canonical layout."""
        return False

    def _yields(self, table: str) -> bool:
        statement = self._layout.statements[table]
        one_of = statement.needs_one_of
        return all(self._is_present(name) for name in statement.needs) and (
            not one_of or any(self._is_present(name) for name in one_of)
        )

    def _subquery(self, table: str, condition: str = "") -> str:
        """Return what stands for ``source.<table>``: its declared columns, in uniform types."""
        kinds = self._layout.columns[table]
        present = self._columns[table] if self._is_present(table) else {}
        values = ", ".join(
            f"{self._value(table, name, kind, present)} as {identifier(name)}"
            for name, kind in kinds.items()
        )
        if not present:
            return f"(select {values} where false)"
        return f"(select {values} from {self._qualified(table)}{condition})"

    def _value(self, table: str, name: str, kind: str, present: dict[str, str]) -> str:
        """Return a column in its kind's type; plain where it has it, so that filters reach it."""
        if name not in present:
            return f"null::{SQL_TYPES[kind]}"
        column, arrives = identifier(name), present[name]
        if kind in ("instant", "day"):
            return self._time(table, name, kind)
        if kind == "ref":
            return f"nullif({column}, 0)"
        if kind == "amount":
            return column if arrives.startswith("DECIMAL") else f"{column}::{SQL_TYPES[kind]}"
        if kind == "text":
            return column if arrives == "VARCHAR" else f"{column}::varchar"
        return column

    def _time(self, table: str, name: str, kind: str) -> str:
        column, arrives = identifier(name), self._columns[table][name]
        zone = quoted(self._source.timezone)
        is_instant = arrives == ZONED or self._is_utc(table, name)
        if kind == "instant":
            return (
                f"{column}::timestamptz"
                if is_instant
                else f"{column}::timestamp at time zone {zone}"
            )
        if is_instant:
            return f"({column}::timestamptz at time zone {zone})::date"
        return column if arrives == "DATE" else f"{column}::date"

    def _is_utc(self, table: str, name: str) -> bool:
        is_instant = (table, name) in self._utc_columns
        return is_instant and self._options.get("timestamps") != _LOCAL

    def _recent(self, recent: Recent, since: datetime) -> dict[str, str]:
        """Return foreign table → condition that cuts it to what is new; empty: read everything."""
        condition = f" where {identifier(recent.column)} >= {self._literal(recent, since)}"
        if recent.key is None:
            return {recent.table: condition}
        rows = self._con.execute(
            f"select distinct {identifier(recent.key)} from {self._qualified(recent.table)}"
            f"{condition} limit {_MOST_KEYS + 1}"
        ).fetchall()
        if len(rows) > _MOST_KEYS:
            return {}
        listed = ", ".join(str(key) for key in sorted(int(row[0]) for row in rows)) or "-1"
        return {
            table: f" where {identifier(column)} in ({listed})"
            for table, column in recent.related.items()
        }

    def _literal(self, recent: Recent, since: datetime) -> str:
        """Return ``since`` in the column's own type, so that the server applies the filter."""
        arrives = self._columns[recent.table][recent.column]
        local = since.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self._source.timezone))
        if arrives == "DATE":
            return f"date '{local - timedelta(days=1):%Y-%m-%d}'"
        if arrives == ZONED:
            return f"timestamptz '{since:%Y-%m-%d %H:%M:%S}+00'"
        moment = since if self._is_utc(recent.table, recent.column) else local
        return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"
