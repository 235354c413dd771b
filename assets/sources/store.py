"""A database behind a folder of SELECTs: which canonical tables it has, and the SQL to read them.

Holds the reader for `assets/sources/<system>/*.sql`. In those files `source` stands for the
store's tables, which `scanner` or `alchemy` offers as DuckDB relations.

For the canonical layout (`opspulse`) a store may lack tables and optional columns: `_relation`
replaces `source.<table>` by a subquery that adds the missing columns as NULL. MySQL's TIMESTAMP
columns arrive without a zone although they are UTC: the same subquery puts the zone back.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from assets.conversions import converted, identifier
from assets.sources import contract, scanner
from assets.sources.address import Address
from assets.sources.layout import PLACEHOLDER
from assets.sources.systems import CANONICAL
from assets.warehouse import transaction
from config.errors import ConfigError, OpsPulseError, SourceError
from config.settings import SourceSettings

_ALIAS = re.compile(r"\s+as\b", re.IGNORECASE)
_MARKER = "demo_clock"


class Base(Protocol):
    """What a way of reading offers: the store's own tables as DuckDB relations, of one state."""

    faults: tuple[type[Exception], ...]
    place: Address

    @property
    def dialect(self) -> str:
        """The kind of database, such as postgres, mysql, sqlite, mssql or oracle."""

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT in the server's own dialect."""

    def columns(self, table: str) -> dict[str, str] | None:
        """Return a table's columns with their DuckDB types; None if there is no such table."""

    def utc_columns(self) -> set[tuple[str, str]]:
        """Return the (table, column) pairs that are UTC without saying so."""

    def relation(self, table: str) -> str:
        """Return what stands for the whole table in SQL."""

    def newer(self, table: str, column: str, since: datetime) -> str:
        """Return what stands for its rows at or after an instant (UTC, naive)."""

    def exactly(
        self, table: str, columns: list[str], amounts: list[str], condition: str
    ) -> str | None:
        """Return what stands for these columns of a table, ``amounts`` as decimals.

        ``condition`` is a WHERE clause or nothing. None: the store itself keeps them inexact.
        """

    def prepare(self, *, is_partial: bool) -> None:
        """Choose how the next SELECT reads."""

    def count(self, table: str) -> int | None:
        """Return the number of rows as the server counts them; None: it cannot."""

    def explained(self, error: Exception) -> OpsPulseError | None:
        """Return the sentence for one of ``faults``; None for a mistake of ours."""


def statements(folder: Path) -> dict[str, str]:
    """Return the SELECT of each canonical table that a system's folder yields, in contract order.

    The folder is what `systems.folder` found.
    """
    return {
        name: (folder / f"{name}.sql").read_text(encoding="utf-8").strip()
        for name in contract.tables()
        if (folder / f"{name}.sql").is_file()
    }


@contextmanager
def reading(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    place: Address,
    temp_dir: Path,
    folder: Path,
    kind: "type[StoreReader] | None" = None,
) -> Iterator["StoreReader"]:
    """Attach the store, open one read transaction and yield its reader, of ``kind`` if given.

    ``folder`` holds the SELECTs.
    """
    if place.kind == "path":
        raise ConfigError(
            f"数据源 {source.name} 的地址 {place.shown} 不是数据库。",
            "请写成 sqlite:///、postgresql://、mysql:// 开头的地址,或把 system 改为 files。",
        )
    with _opened(con, source, place, temp_dir, folder) as base, transaction(con):
        try:
            yield (kind or StoreReader)(con, source, place, base, folder)
        except base.faults as error:
            known = base.explained(error)
            if known is None:
                raise
            raise known from None


def _opened(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    place: Address,
    temp_dir: Path,
    folder: Path,
) -> AbstractContextManager[Base]:
    if place.kind != "alchemy":
        return scanner.opened(con, source, place, temp_dir)
    from assets.sources import alchemy  # noqa: PLC0415 - an import that few sources need

    return alchemy.opened(con, source, place, temp_dir, folder)


class StoreReader:
    """Reads one attached database. Made by `reading`."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        source: SourceSettings,
        place: Address,
        base: Base,
        folder: Path,
    ) -> None:
        """Look at the store's columns, once."""
        self._con = con
        self._source = source
        self._place = place
        self._base = base
        self._sql = statements(folder)
        self._columns: dict[str, dict[str, str]] = {}
        self._utc_columns = base.utc_columns()
        self._tables = [name for name in self._sql if self._yields(name)]
        self._refuse_strangers()

    @property
    def base(self) -> Base:
        """The store's own tables, for who examines the store itself."""
        return self._base

    def tables(self) -> list[str]:
        """Return the canonical tables that the store has."""
        return list(self._tables)

    def select(self, table: str, since: datetime | None = None) -> str:
        """Return the table's SELECT; see `connect.Reader.select`."""
        self._base.prepare(is_partial=since is not None)
        return PLACEHOLDER.sub(
            lambda match: self._named(match, since if match[1] == table else None),
            self._sql[table],
        )

    def columns(self, table: str) -> dict[str, str]:
        """Return the table's columns as the store has them; see `connect.Reader.columns`."""
        if self._source.system == CANONICAL:
            return dict(self._columns[table])
        rows = self._con.execute(f"describe {self.select(table)}").fetchall()
        return {row[0]: row[1] for row in rows}

    def lost(self, table: str) -> ConfigError | None:
        """Return None: what a database lacks is seen by its columns."""
        return None

    def absent(self) -> dict[str, list[str]]:
        """Return nothing: the contract's optional columns may be missing."""
        return {}

    def timed(self, table: str) -> dict[str, list[str]]:
        """Return the table itself with the contract's columns of time that it has."""
        names = contract.tables()[table].column_names
        kinds = self._columns[table].items()
        return {table: [name for name, kind in kinds if name in names and _is_time(kind)]}

    def has_cursor(self, table: str) -> bool:
        """Tell whether the store has the table's cursor column."""
        cursor = contract.tables()[table].cursor
        return cursor is not None and cursor in self._columns.get(table, {})

    def count(self, table: str) -> int:
        """Return the table's number of rows, counted by the server where that is one state."""
        counted = self._base.count(table) if self._source.system == CANONICAL else None
        if counted is not None:
            return counted
        row = self._con.execute(f"select count(*) from ({self.select(table)})").fetchone()
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

    def _qualified(self, table: str) -> str:
        return self._base.relation(table)

    def _yields(self, table: str) -> bool:
        """Tell whether the store has what this canonical table is read from."""
        return self._is_present(table)

    def _is_present(self, table: str) -> bool:
        if table not in self._columns:
            columns = self._base.columns(table)
            if columns is None:
                return False
            self._columns[table] = columns
        return True

    def _refuse_strangers(self) -> None:
        """Refuse a store that has nothing for us; whether any source has tickets, the pull asks."""
        if not self._tables:
            raise SourceError(
                f"数据源 {self._source.name}({self._place.shown})里没有工单表,也没有别的能读的表。",
                self._strange_remedy(),
            )

    def _strange_remedy(self) -> str:
        return (
            "请检查数据库名、地址里的 schema= 和账号的权限。"
            "表名、列名是厂家自己的,见使用手册「接入厂家的数据库」。"
        )

    def _named(self, match: re.Match[str], since: datetime | None) -> str:
        """Return what stands for a placeholder, under the table's name unless it is given one."""
        relation = self._relation(match[1], since)
        is_named = _ALIAS.match(match.string, match.end()) or relation.endswith(
            f".{identifier(match[1])}"
        )
        return relation if is_named else f"{relation} as {match[1]}"

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
        rows = self._rows(table, since)
        if not (zoned or added):
            return rows
        replaced = f" replace ({', '.join(zoned)})" if zoned else ""
        return f"(select *{replaced}{added} from {rows})"

    def _rows(self, table: str, since: datetime | None) -> str:
        """Return the table, or its rows since the watermark where it has the cursor."""
        cursor = contract.tables()[table].cursor if table in contract.tables() else None
        if since is None or cursor is None or cursor not in self._columns[table]:
            return self._qualified(table)
        return self._base.newer(table, cursor, since)


def _is_time(kind: str) -> bool:
    return kind == "DATE" or kind.startswith("TIMESTAMP")
