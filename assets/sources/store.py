"""A database behind a folder of SELECTs: which canonical tables it has, and the SQL to read them.

Holds the reader for `assets/sources/<system>/*.sql`. In those files `source` stands for the
attached catalog and schema. How the store is attached is in `engines`.

For the canonical layout (`opspulse`) a store may lack tables and optional columns: `_relation`
replaces `source.<table>` by a subquery that adds the missing columns as NULL. MySQL's TIMESTAMP
columns arrive without a zone although they are UTC: the same subquery puts the zone back.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from assets.conversions import ZONED, converted, identifier, quoted
from assets.sources import contract
from assets.sources.address import Address
from assets.sources.engines import attached, source_error
from assets.warehouse import explained, transaction
from config.errors import ConfigError, SourceError
from config.settings import SourceSettings

_ROOM = Path(__file__).parent
PLACEHOLDER = re.compile(r"\bsource\.(\w+)")
_MARKER = "demo_clock"
CANONICAL = "opspulse"
# Wall clocks written as text sort by their digits; an offset behind them may shift them by this.
_TEXT_SLACK = timedelta(hours=14)
# Faults of our own memory and disk while reading; every other one is the store's.
_OUR_LIMITS = ("Out of Memory", "No space left", "max_temp_directory_size")


def statements(system: str) -> dict[str, str]:
    """Return the SELECT of each canonical table that a system's folder yields, in contract order.

    Raises:
        ConfigError: there is no such system.
    """
    folder = _ROOM / system
    found = {
        name: (folder / f"{name}.sql").read_text(encoding="utf-8").strip()
        for name in contract.tables()
        if (folder / f"{name}.sql").is_file()
    }
    if not found:
        known = "、".join(sorted(path.parent.name for path in _ROOM.glob("*/tickets.sql")))
        raise ConfigError(
            f"没有名为 {system} 的来源系统。", f"opspulse.yml 的 system 可以写:{known}、files。"
        )
    return found


@contextmanager
def reading(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    place: Address,
    temp_dir: Path,
    kind: "type[StoreReader] | None" = None,
) -> Iterator["StoreReader"]:
    """Attach the store, open one read transaction and yield its reader, of ``kind`` if given."""
    sql = statements(source.system)
    if place.kind == "path":
        raise ConfigError(
            f"数据源 {source.name} 的地址 {place.shown} 不是数据库。",
            "请写成 sqlite:///、postgresql://、mysql:// 开头的地址,或把 system 改为 files。",
        )
    with attached(con, source, place, temp_dir) as catalog, transaction(con):
        try:
            yield (kind or StoreReader)(con, source, place, catalog, sql)
        except duckdb.ProgrammingError:
            raise  # a mistake in our own SQL, not a fault of the store
        except duckdb.Error as error:
            is_ours = any(symptom in str(error) for symptom in _OUR_LIMITS)
            known = explained(error, temp_dir) if is_ours else None
            raise known or source_error(error, source, place) from None


class StoreReader:
    """Reads one attached database. Made by `reading`."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        source: SourceSettings,
        place: Address,
        catalog: str,
        sql: dict[str, str],
    ) -> None:
        """Look at the store's columns, once."""
        self._con = con
        self._source = source
        self._place = place
        self._catalog = catalog
        self._schema = _schema_of(place)
        self._sql = sql
        self._columns: dict[str, dict[str, str]] = {}
        self._utc_columns = self._mysql_timestamps()
        self._tables = [name for name in sql if self._yields(name)]
        self._refuse_strangers()

    def tables(self) -> list[str]:
        """Return the canonical tables that the store has."""
        return list(self._tables)

    def select(self, table: str, since: datetime | None = None) -> str:
        """Return the table's SELECT; see `connect.Reader.select`."""
        is_partial = since is not None
        if self._place.kind == "postgres":
            # Page ranges in parallel are best for whole tables, the index for the newest rows.
            self._con.execute(f"set pg_use_ctid_scan = {str(not is_partial).lower()}")
        return PLACEHOLDER.sub(
            lambda match: self._relation(match[1], since if match[1] == table else None),
            self._sql[table],
        )

    def columns(self, table: str) -> dict[str, str]:
        """Return the table's columns as the store has them; see `connect.Reader.columns`."""
        if self._source.system == CANONICAL:
            return dict(self._columns[table])
        rows = self._con.execute(f"describe {self.select(table)}").fetchall()
        return {row[0]: row[1] for row in rows}

    def has_cursor(self, table: str) -> bool:
        """Tell whether the store has the table's cursor column."""
        cursor = contract.tables()[table].cursor
        return cursor is not None and cursor in self._columns.get(table, {})

    def count(self, table: str) -> int:
        """Return the table's number of rows, counted by the server where that is one state.

        `mysql_query` would count outside our transaction, and the scanner's own count(*) crashes.
        """
        if self._source.system == CANONICAL and self._place.kind == "postgres":
            inner = f"select count(*) from {identifier(self._schema)}.{identifier(table)}"
            sql = f"select * from postgres_query({self._name()}, {quoted(inner)})"
        else:
            sql = f"select count(*) from ({self.select(table)})"
        row = self._con.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def clock(self) -> datetime | None:
        """Return the demo store's clock in UTC; None in any other store."""
        if not self.is_demo():
            return None
        kind = self._columns[_MARKER]["now_at"]
        now = converted("now_at", kind, contract.INSTANT, self._source.timezone)
        row = self._con.execute(f"select {now} from {self._relation(_MARKER)}").fetchone()
        if row is None or row[0] is None:
            raise SourceError(
                f"演示库 {self._place.shown} 的 demo_clock 表里没有时间。",
                "请用 opspulse demo create 重新生成演示库。",
            )
        clock: datetime = row[0]
        return clock

    def is_demo(self) -> bool:
        """Tell whether the store carries the demo's marker table."""
        return self._is_present(_MARKER)

    def _name(self) -> str:
        return quoted(self._catalog.strip('"'))

    def _qualified(self, table: str) -> str:
        return f"{self._catalog}.{identifier(self._schema)}.{identifier(table)}"

    def _yields(self, table: str) -> bool:
        """Tell whether the store has what this canonical table is read from."""
        return self._is_present(table)

    def _is_present(self, table: str) -> bool:
        if table not in self._columns:
            try:
                rows = self._con.execute(f"describe select * from {self._qualified(table)}")
            except duckdb.CatalogException:
                return False
            self._columns[table] = {row[0]: row[1] for row in rows.fetchall()}
        return True

    def _mysql_timestamps(self) -> set[tuple[str, str]]:
        """Return the (table, column) pairs of MySQL's TIMESTAMP type: UTC in our session.

        The scanner shows DATETIME (a wall clock) and TIMESTAMP alike; only the server's catalog
        tells them apart. `mysql_query` reads on a connection of its own, which is enough here.
        """
        if self._place.kind != "mysql":
            return set()
        inner = (
            "select table_name, column_name from information_schema.columns "
            "where data_type = 'timestamp' and table_schema = database()"
        )
        sql = f"select * from mysql_query({self._name()}, {quoted(inner)})"
        return {(row[0], row[1]) for row in self._con.execute(sql).fetchall()}

    def _refuse_strangers(self) -> None:
        where = f"数据源 {self._source.name}({self._place.shown})"
        if contract.REQUIRED_TABLE not in self._tables:
            raise SourceError(
                f"{where}里没有工单表 {contract.REQUIRED_TABLE}。",
                "请检查数据库名和 schema,或让管理员按接口约定建立同名视图。",
            )

    def _relation(self, table: str, since: datetime | None = None) -> str:
        """Return what stands for `source.<table>`: the table, or a subquery that completes it."""
        if not self._is_present(table):
            return self._qualified(table)
        columns = self._columns[table]
        zoned = [
            f"{identifier(column)}::timestamptz as {identifier(column)}"
            for column in columns
            if (table, column) in self._utc_columns
        ]
        added = ""
        if self._source.system == CANONICAL and table in contract.tables():
            names = contract.tables()[table].column_names
            added = "".join(
                f", null::varchar as {identifier(name)}" for name in names if name not in columns
            )
        condition = self._since(table, since)
        if not (zoned or added or condition):
            return self._qualified(table)
        replaced = f" replace ({', '.join(zoned)})" if zoned else ""
        return f"(select *{replaced}{added} from {self._qualified(table)}{condition}) as {table}"

    def _since(self, table: str, since: datetime | None) -> str:
        """Return the watermark filter in the column's own type, so that the server applies it."""
        cursor = contract.tables()[table].cursor if table in contract.tables() else None
        kind = self._columns[table].get(cursor or "")
        if since is None or cursor is None or kind is None:
            return ""
        local = since.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self._source.timezone))
        if kind == ZONED:
            literal = f"timestamptz '{since:%Y-%m-%d %H:%M:%S}+00'"
        elif (table, cursor) in self._utc_columns:
            literal = f"timestamp '{since:%Y-%m-%d %H:%M:%S}'"
        elif kind == "VARCHAR":
            literal = quoted(f"{local - _TEXT_SLACK:%Y-%m-%d %H:%M:%S}")
        else:
            literal = f"timestamp '{local:%Y-%m-%d %H:%M:%S}'"
        return f" where {identifier(cursor)} >= {literal}"


def _schema_of(place: Address) -> str:
    if place.kind == "sqlite":
        return "main"
    if place.kind == "mysql":
        return place.database
    return place.options.get("schema", "public")
