"""A store attached by a scanner: its tables as DuckDB relations, the newest rows, counts.

Holds what the reader in `store` asks of an attached PostgreSQL, MySQL/MariaDB or SQLite. How it is
attached is in `engines`; databases without a scanner are in `alchemy`, which offers the same.

A filter reaches the server only as a literal of the column's own type. MySQL's TIMESTAMP columns
arrive without a zone although they are UTC in our session: only the server's catalog tells.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from assets.conversions import ZONED, identifier, quoted
from assets.sources import faults
from assets.sources.address import Address
from assets.sources.engines import attached
from assets.sources.watch import Watch
from assets.warehouse import explained
from config.errors import OpsPulseError
from config.settings import SourceSettings

# Wall clocks written as text sort by their digits; an offset behind them may shift them by this.
TEXT_SLACK = timedelta(hours=14)
# Faults of our own memory and disk while reading; every other one is the store's.
# Two such numbers may still be multiplied; what is finer than a fen is held later.
_FINE = "numeric(18,8)"
_OUR_LIMITS = ("Out of Memory", "No space left", "max_temp_directory_size")


def local_clock(since: datetime, zone: str) -> datetime:
    """Return an instant (UTC, naive) as the wall clock of a zone shows it, naive."""
    return since.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@contextmanager
def opened(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, place: Address, temp_dir: Path
) -> Iterator["ScannedTables"]:
    """Attach the store for the time of the body."""
    with attached(con, source, place, temp_dir) as (catalog, watch):
        yield ScannedTables(con, source, place, catalog, watch, temp_dir)


class ScannedTables:
    """The tables of one attached store. Made by `opened`."""

    faults: tuple[type[Exception], ...] = (duckdb.Error,)

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        source: SourceSettings,
        place: Address,
        catalog: str,
        watch: Watch,
        temp_dir: Path,
    ) -> None:
        """Note where the tables are; nothing is read yet."""
        self._con = con
        self._source = source
        self.place = place
        self._catalog = catalog
        self._schema = _schema_of(place)
        self._watch = watch
        self._temp_dir = temp_dir
        self._kinds: dict[tuple[str, str], str] | None = None
        self._names: set[str] = set()
        self._types: dict[str, dict[str, str]] = {}

    @property
    def dialect(self) -> str:
        """The kind of database: ``postgres``, ``mysql`` or ``sqlite``."""
        return self.place.kind

    def columns(self, table: str) -> dict[str, str] | None:
        """Return a table's columns with their DuckDB types; None if there is no such table."""
        # The scanner asks the server again for every table that is not there.
        if self._mysql_columns() and table.lower() not in self._names:
            return None
        try:
            rows = self._con.execute(f"describe select * from {self.relation(table)}").fetchall()
        except duckdb.CatalogException as error:
            if "does not exist" not in str(error):
                raise faults.source_error(error, self._source, self.place) from None
            return None
        self._types[table] = {row[0]: row[1] for row in rows}
        return self._types[table]

    def utc_columns(self) -> set[tuple[str, str]]:
        """Return the (table, column) pairs that are UTC without saying so: MySQL's TIMESTAMP.

        `mysql_query` reads on a connection of its own, which is enough here.
        """
        return {pair for pair, kind in self._mysql_columns().items() if kind == "timestamp"}

    def _mysql_columns(self) -> dict[tuple[str, str], str]:
        """Return MySQL's own types of all columns of the database; of another kind nothing."""
        if self._kinds is None:
            inner = (
                "select table_name, column_name, data_type from information_schema.columns "
                "where table_schema = database()"
            )
            rows = self.ask(inner) if self.place.kind == "mysql" else []
            self._kinds = {(row[0], row[1]): row[2] for row in rows}
            self._names = {name.lower() for name, _ in self._kinds}
        return self._kinds

    def relation(self, table: str) -> str:
        """Return the table's name in SQL."""
        return f"{self._catalog}.{identifier(self._schema)}.{identifier(table)}"

    def newer(self, table: str, column: str, since: datetime) -> str:
        """Return a subquery of the rows whose column is at or after an instant (UTC, naive)."""
        literal = self._literal(table, column, since)
        return f"(select * from {self.relation(table)} where {identifier(column)} >= {literal})"

    def exactly(
        self, table: str, columns: list[str], amounts: list[str], condition: str
    ) -> str | None:
        """Return a subquery that PostgreSQL itself casts; see `store.Base.exactly`.

        A numeric without precision arrives as DOUBLE, because the scanner cannot know its digits.
        """
        if self.place.kind != "postgres":
            return None
        exact = self.ask(
            "select column_name from information_schema.columns where data_type = 'numeric' "
            f"and table_schema = {quoted(self._schema)} and table_name = {quoted(table)}"
        )
        if not set(amounts) <= {name for (name,) in exact}:
            return None
        values = ", ".join(
            f"{identifier(name)}::{_FINE} as {identifier(name)}"
            if name in amounts
            else identifier(name)
            for name in columns
        )
        inner = f"select {values} from {identifier(self._schema)}.{identifier(table)}{condition}"
        return f"postgres_query({self._catalog_name()}, {quoted(inner)})"

    def prepare(self, *, is_partial: bool) -> None:
        """Choose how the next SELECT reads: page ranges in parallel, or the newest by an index."""
        if self.place.kind == "postgres":
            self._con.execute(f"set pg_use_ctid_scan = {str(not is_partial).lower()}")

    def count(self, table: str) -> int | None:
        """Return the number of rows, counted by the server within our transaction; None: it cannot.

        `mysql_query` would count outside our transaction, and the scanner's own count(*) crashes.
        """
        if self.place.kind != "postgres":
            return None
        rows = self.ask(f"select count(*) from {identifier(self._schema)}.{identifier(table)}")
        return int(rows[0][0])

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT in the server's own dialect; not for SQLite."""
        function = f"{self.place.kind}_query"
        asked = f"select * from {function}({self._catalog_name()}, {quoted(sql)})"
        return self._con.execute(asked).fetchall()

    def _catalog_name(self) -> str:
        return quoted(self._catalog.strip('"'))

    def explained(self, error: Exception) -> OpsPulseError | None:
        """Return the sentence for a fault of the store or of our disk; None for our mistakes."""
        if isinstance(error, duckdb.ProgrammingError) and not faults.is_known(error):
            return None
        if any(symptom in str(error) for symptom in _OUR_LIMITS):
            return explained(error, self._temp_dir) if isinstance(error, duckdb.Error) else None
        if self._watch.has_cut:
            return faults.sentence("slow", f"数据源 {self._source.name}({self.place.shown})")
        return faults.source_error(error, self._source, self.place)

    def _literal(self, table: str, column: str, since: datetime) -> str:
        kind = self._types[table][column]
        local = local_clock(since, self._source.timezone)
        if kind == ZONED:
            return f"timestamptz '{since:%Y-%m-%d %H:%M:%S}+00'"
        if (table, column) in self.utc_columns():
            return f"timestamp '{since:%Y-%m-%d %H:%M:%S}'"
        if kind == "VARCHAR":
            return quoted(f"{local - TEXT_SLACK:%Y-%m-%d %H:%M:%S}")
        return f"timestamp '{local:%Y-%m-%d %H:%M:%S}'"


def _schema_of(place: Address) -> str:
    if place.kind == "sqlite":
        return "main"
    if place.kind == "mysql":
        return place.database
    return place.options.get("schema", "public")
