"""A store read through SQLAlchemy: its tables land in DuckDB as Arrow batches, in bounded memory.

Holds the connection (read-only, one transaction, time-outs, in each dialect's words), the types of
its columns, and the landing of one table: needed columns only, the watermark's filter pushed down.
It offers to `store` what `scanner` offers for attached stores. How rows travel is in `arrow`. For
SQL Server, Oracle and whatever else SQLAlchemy knows; PostgreSQL, MySQL and SQLite have scanners,
which are ten times faster.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from assets.conversions import ZONED, identifier
from assets.sources import contract, dialects, faults
from assets.sources.address import Address
from assets.sources.arrow import Lane, batch
from assets.sources.engines import CONNECT_SECONDS
from assets.sources.layout import layout
from assets.sources.scanner import TEXT_SLACK, local_clock
from assets.sources.systems import is_foreign
from assets.sources.watch import Watch, watched
from assets.warehouse import explained
from config.errors import ConfigError, OpsPulseError
from config.settings import SourceSettings

BATCH_ROWS = 10_000
_EXTRAS = {"pyodbc": "sqlserver", "oracledb": "oracle"}


@contextmanager
def opened(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    place: Address,
    temp_dir: Path,
    folder: Path,
) -> Iterator["LandedTables"]:
    """Connect, begin one read-only transaction, and end it after the body.

    ``folder`` holds the SELECTs: only the columns that they need are fetched.

    Raises:
        ConfigError: no such dialect, or its driver is not installed.
        SourceError: the store cannot be reached, or refuses the account or the database.
    """
    engine = _engine(source, place)
    with watched(
        place.port or dialects.PORTS.get(engine.dialect.name, 0), CONNECT_SECONDS
    ) as watch:
        try:
            connection = engine.connect()
        except SQLAlchemyError as error:
            engine.dispose()
            if watch.has_cut:
                where = f"数据源 {source.name}({place.shown})"
                raise faults.sentence("unreachable", where) from None
            raise faults.source_error(error, source, place) from None
        watch.seconds = source.timeout_seconds
        try:
            with faults.told(SQLAlchemyError, source, place):
                dialects.begin(connection, source.timeout_seconds)
                tables = LandedTables(
                    con, connection, source, place, watch, temp_dir, needed(folder)
                )
            yield tables
        finally:
            with suppress(SQLAlchemyError):
                connection.rollback()
            with suppress(SQLAlchemyError):
                connection.close()
            engine.dispose()


def _engine(source: SourceSettings, place: Address) -> sa.Engine:
    try:
        url = sa.make_url(place.url).difference_update_query(["schema"])
        if place.password:
            url = url.set(password=place.password)
        name = url.get_backend_name()
        return sa.create_engine(
            url,
            poolclass=sa.NullPool,
            hide_parameters=True,
            connect_args=dialects.connect_args(
                url.drivername, CONNECT_SECONDS, source.timeout_seconds
            ),
            **dialects.engine_options(name),
        )
    except NoSuchModuleError:
        raise ConfigError(
            f"数据源 {source.name} 的连接地址指定了 SQLAlchemy 不认识的数据库或驱动。",
            "写法:数据库+驱动://…,例如 mssql+pyodbc://、oracle+oracledb://、postgresql+psycopg://。",
        ) from None
    except ImportError as error:
        raise _missing_driver(source, str(error)) from None
    except (SQLAlchemyError, ValueError, TypeError):
        raise ConfigError(
            f"数据源 {source.name} 的连接地址写法不对。", "请对照该驱动的 SQLAlchemy 地址说明。"
        ) from None


def _missing_driver(source: SourceSettings, text: str) -> ConfigError:
    """Return what to install: our extra where there is one, else the package."""
    if "libodbc" in text:
        return ConfigError(
            f"数据源 {source.name} 需要 unixODBC 和 SQL Server 的 ODBC 驱动,这台机器上没有。",
            "请安装 unixodbc 和 msodbcsql18 后重试。",
        )
    found = re.search(r"No module named '([\w.]+)'", text)
    module = found[1].partition(".")[0] if found else "?"
    extra = _EXTRAS.get(module)
    package = f"opspulse[{extra}]" if extra else module
    return ConfigError(
        f"数据源 {source.name} 需要的数据库驱动 {module} 没有安装。",
        f"请安装:pip install '{package}'。",
    )


class LandedTables:
    """The tables of one store, landed in temporary tables as they are asked for."""

    faults: tuple[type[Exception], ...] = (SQLAlchemyError, duckdb.Error)

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        connection: sa.Connection,
        source: SourceSettings,
        place: Address,
        watch: Watch,
        temp_dir: Path,
        needed: Mapping[str, Collection[str]],
    ) -> None:
        """List the store's tables and views; ``needed`` columns of each table are fetched."""
        self._con = con
        self._connection = connection
        self._driver = connection.connection.driver_connection
        self._source = source
        self.place = place
        self._watch = watch
        self._temp_dir = temp_dir
        self._schema = place.options.get("schema")
        self._inspector = sa.inspect(connection)
        names = self._inspector.get_table_names(self._schema)
        self._names = {*names, *self._inspector.get_view_names(self._schema)}
        self._lanes: dict[str, dict[str, Lane]] = {}
        self._landed: dict[tuple[str, datetime | None], str] = {}
        self._needed = needed

    @property
    def dialect(self) -> str:
        """The kind of database, as SQLAlchemy names it."""
        return self._connection.dialect.name

    def columns(self, table: str) -> dict[str, str] | None:
        """Return a table's columns with their DuckDB types; None if there is no such table."""
        if table not in self._names:
            return None
        if table not in self._lanes:
            dialect = self.dialect
            self._lanes[table] = {
                column["name"]: dialects.lane(column["name"], column["type"], dialect)
                for column in self._inspector.get_columns(table, self._schema)
            }
        return {name: lane.type for name, lane in self._lanes[table].items()}

    def utc_columns(self) -> set[tuple[str, str]]:
        """Return nothing: what is UTC lands with its zone."""
        return set()

    def relation(self, table: str) -> str:
        """Land the whole table, once, and return its temporary name."""
        return self._land(table, None, None)

    def newer(self, table: str, column: str, since: datetime) -> str:
        """Land the rows at or after an instant and return their temporary name."""
        return self._land(table, column, since)

    def exactly(
        self, table: str, columns: list[str], amounts: list[str], condition: str
    ) -> str | None:
        """Return None: here decimals land as decimals, and what is inexact is so in the store."""
        return None

    def prepare(self, *, is_partial: bool) -> None:
        """Do nothing: there is one way to read."""

    def count(self, table: str) -> int | None:
        """Return the number of rows, counted by the server within our transaction."""
        counting = sa.select(sa.func.count()).select_from(self._table(table))
        return int(self._connection.execute(counting).scalar_one())

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT in the server's own dialect."""
        return [tuple(row) for row in self._connection.execute(sa.text(sql))]

    def explained(self, error: Exception) -> OpsPulseError | None:
        """Return the sentence for a fault of the store or of our disk; None for our mistakes."""
        if isinstance(error, duckdb.Error):
            return explained(error, self._temp_dir)
        if self._watch.has_cut:
            return faults.sentence("slow", f"数据源 {self._source.name}({self.place.shown})")
        if isinstance(error, DBAPIError):
            return faults.source_error(error.orig or error, self._source, self.place)
        return None

    def _table(self, table: str) -> sa.TableClause:
        return sa.table(table, schema=self._schema)

    def _land(self, table: str, column: str | None, since: datetime | None) -> str:
        key = (table, since)
        if key not in self._landed:
            self.columns(table)
            name = f"stored__{self._source.name}__{len(self._landed)}__{table}"
            self._copy(table, column, since, identifier(name))
            self._landed[key] = identifier(name)
        return self._landed[key]

    def _copy(self, table: str, column: str | None, since: datetime | None, name: str) -> None:
        """Copy the needed columns of a table's rows, some thousands at a time."""
        lanes = [lane for lane in self._lanes[table].values() if self._is_needed(table, lane.name)]
        dialect = self.dialect
        query = sa.select(
            *(dialects.selected(lane, dialect) for lane in lanes)
        ).select_from(self._table(table))  # fmt: skip
        if column is not None and since is not None:
            query = query.where(sa.column(column) >= self._moment(table, column, since))
        columns = ", ".join(f"{identifier(lane.name)} {lane.type}" for lane in lanes)
        self._con.execute(f"create or replace temp table {name} ({columns})")
        values = ", ".join(lane.value() for lane in lanes)
        for fetched in self._batches(query):
            arriving = batch(lanes, fetched)  # noqa: F841 - DuckDB finds it by its name
            self._con.execute(f"insert into {name} select {values} from arriving")

    def _batches(self, query: sa.Select[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
        options = {"stream_results": True, "max_row_buffer": BATCH_ROWS}
        rows = None
        try:
            rows = self._connection.execute(query, execution_options=options)
            while fetched := rows.fetchmany(BATCH_ROWS):
                yield fetched
        except SQLAlchemyError:
            dialects.forget_unread(self._driver)
            raise
        finally:
            if rows is not None:
                rows.close()

    def _is_needed(self, table: str, column: str) -> bool:
        return table not in self._needed or column in self._needed[table]

    def _moment(self, table: str, column: str, since: datetime) -> object:
        """Return the watermark as the column's own type spells it, so that an index serves."""
        lane = self._lanes[table][column]
        local = local_clock(since, self._source.timezone)
        if lane.type == ZONED and not lane.is_utc:
            return sa.literal(since.replace(tzinfo=UTC), sa.DateTime(timezone=True))
        if lane.type == ZONED:
            return sa.literal(since, sa.DateTime())
        if lane.type == "VARCHAR":
            return sa.literal(f"{local - TEXT_SLACK:%Y-%m-%d %H:%M:%S}", sa.String())
        return sa.literal(local, sa.DateTime())


def needed(folder: Path) -> dict[str, Collection[str]]:
    """Return the columns of each table of the store that a folder's SELECTs can use."""
    if not is_foreign(folder):
        return {name: table.column_names for name, table in contract.tables().items()}
    found = layout(folder)
    return {found.named.get(name, name): columns for name, columns in found.columns.items()}
