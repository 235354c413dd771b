"""A store whose tables are another system's own: absent tables are empty, types are made uniform.

Holds the reader for folders with a `columns.yml` (`layout`). In their SELECTs `source.<table>`
stands for a subquery with exactly the declared columns in uniform types: a table or column that
this store lacks is there all the same, empty or NULL, because versions of one system differ and
hospitals grant what they like. A canonical table is yielded if the foreign tables it needs exist.

References to nothing (0) become NULL, instants carry a zone whatever the column's type is.
"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from assets.conversions import APPROXIMATE, ZONED, identifier, quoted
from assets.sources import contract, faults, html_text
from assets.sources.address import Address
from assets.sources.layout import PLACEHOLDER, Recent, layout
from assets.sources.store import Base, StoreReader
from assets.sources.systems import is_own
from config.errors import ConfigError
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
# What an amount is read as that does not arrive as DECIMAL.
FINE = "decimal(18,8)"
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
        folder: Path,
    ) -> None:
        """Look at the store's columns, and tell the SELECTs what the hospital has chosen."""
        self._folder = folder
        self._layout = layout(folder)
        self._options = self._layout.chosen(source.options, source.name)
        html_text.install(con)
        for name, value in {**self._options, "timezone": source.timezone}.items():
            con.execute(f"set variable {name} = {quoted(value)}")
        super().__init__(con, source, place, base, folder)

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
        The foreign tables' other columns are told as not read.
        """
        names = sorted(set(PLACEHOLDER.findall(self._layout.statements[table].sql)))
        foreign = {
            f"{name}.{column}": kind if column in self._layout.columns[name] else contract.NOT_READ
            for name in names
            if self._is_present(name)
            for column, kind in self._columns[name].items()
        }
        return {**self._yielded(table), **foreign}

    def _yielded(self, table: str) -> dict[str, str]:
        """Return the SELECT's columns; what the engine says against a hospital's own is told."""
        try:
            return super().columns(table)
        except (duckdb.ProgrammingError, duckdb.NotSupportedError) as error:
            if not is_own(self._folder) or faults.is_known(error):
                raise
            said = str(error).partition("\n")[0]
            raise ConfigError(
                f"{self._folder / table}.sql 不能执行:{said}",
                "请改正这条 SELECT;列的类型见同一目录的 columns.yml。",
            ) from None

    def absent(self) -> dict[str, list[str]]:
        """Return what an own folder declares and the store lacks; see `connect.Reader.absent`.

        Of the program's folders nothing: they declare what some version or grant has.
        """
        if not is_own(self._folder):
            return {}
        found: dict[str, list[str]] = {}
        for name, columns in self._layout.columns.items():
            if not self._is_present(name):
                found[self._stored(name)] = []
            elif lacking := [one for one in columns if one not in self._columns[name]]:
                found[self._stored(name)] = lacking
        return found

    def timed(self, table: str) -> dict[str, list[str]]:
        """Return the foreign tables that the SELECT reads with their columns of time."""
        names = set(PLACEHOLDER.findall(self._layout.statements[table].sql))
        return {
            self._stored(name): [
                column
                for column, kind in self._layout.columns[name].items()
                if kind in ("instant", "day") and column in self._columns[name]
            ]
            for name in names
            if self._is_present(name)
        }

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

    def _is_present(self, table: str) -> bool:
        if table not in self._columns:
            columns = self._base.columns(self._stored(table))
            if columns is None:
                return False
            self._columns[table] = columns
        return True

    def _stored(self, table: str) -> str:
        """Return a foreign table's name in the store."""
        return self._layout.named.get(table, table)

    def _qualified(self, table: str) -> str:
        return super()._qualified(self._stored(table))

    def _strange_remedy(self) -> str:
        wanted = {name for one in self._layout.statements.values() for name in one.needs}
        lacking = sorted(self._stored(name) for name in wanted if not self._is_present(name))
        return f"找不到 {'、'.join(lacking)}:请检查数据库名、地址里的 schema= 和账号的权限。"

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
        return f"(select {values} from {self._rows_of(table, condition)})"

    def _rows_of(self, table: str, condition: str) -> str:
        """Return the store's rows; amounts that would lose digits on the way are read exactly.

        Raises:
            ConfigError: an amount is a floating-point number in the store itself.
        """
        present = self._columns[table]
        lossy = [
            name
            for name, kind in self._layout.columns[table].items()
            if kind == "amount" and present.get(name) in APPROXIMATE
        ]
        if not lossy:
            return f"{self._qualified(table)}{condition}"
        wanted = [name for name in self._layout.columns[table] if name in present]
        exact = self._base.exactly(self._stored(table), wanted, lossy, condition)
        if exact is None:
            raise ConfigError(
                f"数据源 {self._source.name} 的表 {self._stored(table)} 中金额列 "
                f"{'、'.join(lossy)} 在来源里就是浮点数,读出来不精确。",
                "请让管理员改为定点数;或在 columns.yml 中去掉这一列,不用它计算。",
            )
        return exact

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
            # exact where it can be: what is finer than a fen is held later, never rounded here
            is_exact = arrives.startswith("DECIMAL") or arrives in APPROXIMATE
            return column if is_exact else f"{column}::{FINE}"
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
        is_instant = (self._stored(table), name) in self._utc_columns
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
        keys = {row[0] for row in rows if row[0] is not None}
        listed = ", ".join(sorted(map(_spelt, keys))) or "null"
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


def _spelt(key: object) -> str:
    """Return a key as a literal of its own type, so that the server's index on it serves."""
    return quoted(key) if isinstance(key, str) else str(key)
