"""Connections to the three kinds of store, and bulk writing in each one's own fast way.

Holds opening by URL, running statements, adding and changing rows. What is written is decided in
``store`` and ``live``.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pymysql
import sqlalchemy as sa
from pymysql.converters import escape_string

from assets.sources.contract import Table
from config.errors import ConfigError, SourceError
from demo.ddl import encoders, quoted

_BATCH = 2000
_BUSY_SECONDS = 30
_KINDS = {"mariadb": "mysql", "postgres": "postgresql"}
_PORTS = {"postgresql": 5432, "mysql": 3306}
_DRIVER_ERRORS = (sqlite3.Error, psycopg.Error, pymysql.err.MySQLError)

Row = Sequence[object]


class Connection(Protocol):
    """What the three drivers have in common (DB-API 2)."""

    def cursor(self) -> Any:
        """Return a cursor."""

    def commit(self) -> None:
        """Commit."""

    def rollback(self) -> None:
        """Roll back."""

    def close(self) -> None:
        """Close."""


class Store:
    """An open store: a connection, its dialect, and a name that holds no secret."""

    def __init__(self, connection: Connection, dialect: str, label: str) -> None:
        """Wrap an open connection."""
        self.connection, self.dialect, self.label = connection, dialect, label
        self._mark = "?" if dialect == "sqlite" else "%s"

    def run(self, sql: str, values: Sequence[object] = ()) -> Any:
        """Run one statement and return its cursor."""
        cursor = self.connection.cursor()
        cursor.execute(sql, tuple(values))
        return cursor

    def name(self, identifier: str) -> str:
        """Return an identifier in quotes."""
        return quoted(identifier, self.dialect)

    def has_table(self, name: str) -> bool:
        """Whether the store holds a table of that name."""
        if self.dialect == "sqlite":
            sql = "select count(*) from sqlite_master where type = 'table' and name = ?"
        else:
            schema = "current_schema()" if self.dialect == "postgresql" else "database()"
            sql = (
                "select count(*) from information_schema.tables "
                f"where table_schema = {schema} and table_name = %s"
            )
        return bool(self.run(sql, [name]).fetchone()[0])

    def add(self, table: Table, rows: Iterable[Row]) -> int:
        """Add rows in bulk; returns how many."""
        encoded = encode(table, rows, self.dialect)
        columns = ", ".join(self.name(column) for column in table.column_names)
        if self.dialect == "postgresql":
            return self._copy(f"copy {self.name(table.name)} ({columns}) from stdin", encoded)
        sql = f"insert into {self.name(table.name)} ({columns}) values "
        cursor, count = self.connection.cursor(), 0
        for batch in _batches(encoded):
            if self.dialect == "mysql":
                cursor.execute(sql + ",".join(map(_literals, batch)))
            else:
                cursor.executemany(f"{sql}({', '.join('?' * len(table.columns))})", batch)
            count += len(batch)
        return count

    def _copy(self, sql: str, rows: Iterable[Row]) -> int:
        count = 0
        with self.connection.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
        return count

    def change(self, table: Table, rows: list[list[object]]) -> int:
        """Overwrite rows that are there already, found by their key."""
        names = table.column_names
        places = [place for place, name in enumerate(names) if name not in table.key]
        keys = [names.index(name) for name in table.key]
        settings = ", ".join(f"{self.name(names[place])} = {self._mark}" for place in places)
        where = " and ".join(f"{self.name(names[place])} = {self._mark}" for place in keys)
        sql = f"update {self.name(table.name)} set {settings} where {where}"
        order = [*places, *keys]
        encoded = encode(table, rows, self.dialect)
        self.connection.cursor().executemany(
            sql, [tuple(row[place] for place in order) for row in encoded]
        )
        return len(rows)


def encode(table: Table, rows: Iterable[Row], dialect: str) -> Iterator[list[object]]:
    """Yield rows with every value in the dialect's form."""
    functions = encoders(table, dialect)
    for row in rows:
        yield [
            value if value is None or function is None else function(value)
            for value, function in zip(row, functions, strict=True)
        ]


def _literals(row: list[object]) -> str:
    """Return a row as MySQL literals: three times as fast as the driver's bound parameters."""
    return f"({','.join(map(_literal, row))})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    return f"'{escape_string(str(value))}'"


def _batches(rows: Iterable[list[object]]) -> Iterator[list[list[object]]]:
    batch: list[list[object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def parse(url: str) -> sa.URL:
    """Read a store's URL. ConfigError when it is none, or of a kind the demo cannot write."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise ConfigError(
            "演示库的地址写法不对。", "请写成 sqlite:///文件、postgresql://… 或 mysql://… 的形式。"
        ) from None
    kind = _KINDS.get(parsed.get_backend_name(), parsed.get_backend_name())
    if kind not in ("sqlite", "postgresql", "mysql"):
        raise ConfigError(
            f"演示库不支持「{kind}」。", "请使用 SQLite、PostgreSQL 或 MariaDB/MySQL。"
        )
    if not parsed.database:
        raise ConfigError("演示库的地址里没有库名。", "请在地址末尾写上文件或库名。")
    return parsed.set(drivername=kind)


def sqlite_path(url: sa.URL) -> Path:
    """Return the file of a SQLite URL."""
    return Path(str(url.database))


def label_of(url: sa.URL) -> str:
    """Return a name for messages: never with user or password."""
    if url.drivername == "sqlite":
        return str(url.database)
    return f"{url.host or '127.0.0.1'}/{url.database}"


def _connect(url: sa.URL) -> Connection:
    if url.drivername == "sqlite":
        return sqlite3.connect(sqlite_path(url), timeout=_BUSY_SECONDS)
    host, port = url.host or "127.0.0.1", url.port or _PORTS[url.drivername]
    user, password = url.username, url.password
    if url.drivername == "postgresql":
        return psycopg.connect(
            host=host, port=port, user=user, password=password, dbname=url.database
        )
    connection: Connection = pymysql.connect(
        host=host,
        port=port,
        user=user,
        password=password or "",
        database=url.database,
        charset="utf8mb4",
        init_command="SET time_zone = '+08:00'",
    )
    return connection


@contextmanager
def opened(url: sa.URL) -> Iterator[Store]:
    """Open a store for writing; closed afterwards, rolled back after an error.

    Raises:
        SourceError: the store cannot be reached or refuses; the message holds no secret.
    """
    label = label_of(url)
    try:
        connection = _connect(url)
    except _DRIVER_ERRORS as error:
        raise SourceError(
            f"连接不上演示库 {label}({type(error).__name__})。", "请检查地址、库名、账号和服务。"
        ) from None
    try:
        yield Store(connection, url.drivername, label)
    except _DRIVER_ERRORS as error:
        raise SourceError(
            f"演示库 {label} 拒绝了读写({type(error).__name__})。",
            "请检查账号权限和磁盘空间,再重新建立演示库。",
        ) from error
    finally:
        connection.close()
