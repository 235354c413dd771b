"""The reader of a `files` source: a folder of csv or xlsx files behind a mapping.

Holds the loading order and the answers to the pull. Files have no cursor: they are read whole, once
per pull, and compared with what raw has.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from assets.conversions import identifier
from assets.personal import PERSONAL
from assets.sources import contract
from assets.sources.address import Address
from assets.sources.files import accounts, origins, people, status_log
from assets.sources.files.csv_body import PLACE, UNREAD
from assets.sources.files.finding import paths_of
from assets.sources.files.loading import Wanted, load_sheet
from assets.sources.files.mapping import (
    JOINT,
    Mapping,
    Rule,
    Sheet,
    StatusLog,
    TableMapping,
    TimeColumns,
    load,
    parts,
)
from assets.sources.files.translate import headers_of, joined, table_select
from config.errors import ConfigError, SourceError
from config.settings import SourceSettings


@contextmanager
def reading(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, place: Address
) -> Iterator["FileReader"]:
    """Read the source's files for the time of the body; they are loaded once they are asked for."""
    mapping = load(source)
    if place.path is None or place.kind != "path":
        raise ConfigError(
            f"数据源 {source.name} 的 system 是 files,地址却是数据库。",
            "请把地址写成目录或文件的路径,或改正 system。",
        )
    if not place.path.exists():
        raise SourceError(f"找不到数据源 {source.name} 的目录 {place.path}。", "请检查路径。")
    reader = FileReader(con, source, place.path, mapping)
    try:
        yield reader
    finally:
        reader.close()


class FileReader:
    """Reads one folder of files, or one file. Made by `reading`.

    The first question is `tables`, which loads them; `clock` and `is_demo` need no file.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        source: SourceSettings,
        path: Path,
        mapping: Mapping,
    ) -> None:
        """Note what to read; the first question for `tables` reads it."""
        self._con = con
        self._source = source.name
        self._prefix = f"files__{source.name}"
        self._mapping = mapping
        self._folder = path.parent if path.is_file() else path
        self._default = path.name if path.is_file() else None
        self._sheets: dict[Sheet, str] = {}
        self._tables: dict[str, str] = {}
        self._missing: dict[Sheet, dict[str, ConfigError]] = {}
        self._lost: dict[str, ConfigError] = {}
        self._spare: dict[str, set[str]] = {}

    def _open(self) -> None:
        """Load every sheet once and build the canonical tables from them."""
        rules = self._mapping.rules()
        accounts.forget(self._con, self._source)
        origins.forget(self._con, self._source)
        wanted = self._wanted(rules)
        found = self._found(wanted)
        for place, headers in wanted.items():
            first = next(name for name, rule in rules if rule.place == place)
            self._spare.setdefault(first, set()).update(self._load(place, headers, found[place]))
        for name, rule in rules:
            self._build(name, self._select(name, rule))
            gone = self._missing[rule.place]
            named = (one for header in sorted(headers_of(rule)) for one in parts(header))
            if lost := next((gone[one] for one in named if one in gone), None):
                self._lost[name] = lost
        for name, select in people.selects(self._mapping, self._tables).items():
            self._build(name, select)
            # Whoever the rows name belongs to it: rows that are not all there name too few.
            if self._lost:
                self._lost[name] = next(iter(self._lost.values()))
        self._drop_sheets()

    def close(self) -> None:
        """Drop the temporary tables."""
        self._drop_sheets()
        for loaded in self._tables.values():
            self._con.execute(f"drop table if exists {loaded}")
        self._tables.clear()

    def tables(self) -> list[str]:
        """Return the canonical tables that the mapping yields, in contract order.

        The files are loaded by the first call.

        Raises:
            SourceError: all files are missing, or one is broken.
            ConfigError: the mapping leaves out a required column.
        """
        if not self._tables:
            self._open()
        return [name for name in contract.tables() if name in self._tables]

    def select(self, table: str, since: datetime | None = None) -> str:
        """Return the table's SELECT; always every row."""
        return f"select * from {self._tables[table]}"

    def columns(self, table: str) -> dict[str, str]:
        """Return the columns that the mapping gives the table, and the files' others as not read.

        The others stand at the first table that is read from the sheet.
        """
        rows = self._con.execute(f"describe {self._tables[table]}").fetchall()
        given = {row[0]: row[1] for row in rows if row[0] not in (UNREAD, PLACE)}
        known = contract.tables()[table].column_names
        spare = sorted(name for name in self._spare.get(table, ()) if name not in known)
        return {**dict.fromkeys(spare, contract.NOT_READ), **given}

    def lost(self, table: str) -> ConfigError | None:
        """Return which file is missing, or column of one, that the table is read from."""
        return self._lost.get(table)

    def absent(self) -> dict[str, list[str]]:
        """Return nothing: what a file lacks stops a table, see `lost`."""
        return {}

    def timed(self, table: str) -> dict[str, list[str]]:
        """Return nothing: a file's cells are texts."""
        return {}

    def has_cursor(self, table: str) -> bool:
        """Tell that files are always read whole, whatever the table."""
        return table not in self._tables

    def count(self, table: str) -> int:
        """Return the number of rows that the mapping makes of the files."""
        row = self._con.execute(f"select count(*) from {self._tables[table]}").fetchone()
        return int(row[0]) if row else 0

    def clock(self) -> datetime | None:
        """Return None: files have no clock of their own."""
        return None

    def is_demo(self) -> bool:
        """Tell that files are never the demo."""
        return False

    def _wanted(self, rules: list[tuple[str, Rule]]) -> dict[Sheet, set[str]]:
        """Return the headers to read of each sheet: several tables may share one."""
        wanted: dict[Sheet, set[str]] = {}
        for _, rule in rules:
            wanted.setdefault(rule.place, set()).update(headers_of(rule))
        return wanted

    def _found(self, sheets: Collection[Sheet]) -> dict[Sheet, list[Path] | ConfigError]:
        """Return the files of every sheet, or why it has none.

        Raises:
            SourceError: no sheet has any; the folder may be the wrong one, or not be mounted.
        """
        found: dict[Sheet, list[Path] | ConfigError] = {}
        missing: SourceError | None = None
        for sheet in sheets:
            try:
                found[sheet] = paths_of(self._folder, sheet, self._default)
            except SourceError as error:
                missing = missing or error
                found[sheet] = ConfigError(error.problem, error.remedy)
        if missing is not None and not any(isinstance(one, list) for one in found.values()):
            raise missing
        return found

    def _load(
        self, sheet: Sheet, headers: set[str], found: list[Path] | ConfigError
    ) -> Collection[str]:
        """Load a sheet and return its columns that the mapping does not name."""
        name = f"{self._prefix}__sheet{len(self._sheets)}"
        real = {one for header in headers for one in parts(header)}
        shown = real - self._personal()
        wanted = Wanted(self._source, real, self._mapping.null_values, sorted(shown))
        paths = found if isinstance(found, list) else []
        self._missing[sheet], spare = load_sheet(self._con, paths, sheet, wanted, name)
        if isinstance(found, ConfigError):
            self._missing[sheet] = dict.fromkeys(real, found)
        self._sheets[sheet] = name
        formats = [*self._mapping.all_date_formats, *self._mapping.all_datetime_formats]
        for header in sorted(one for one in headers if JOINT in one):
            self._con.execute(
                f"create or replace temp table {name} as "
                f"select *, {joined(header, formats)} as {identifier(header)} from {name}"
            )
        return spare

    def _personal(self) -> set[str]:
        """Return the files' columns that hold, or may hold, a personal value."""
        found: set[str] = set()
        for table, rule in self._mapping.rules():
            if isinstance(rule, TableMapping):
                found |= {
                    origin.header or ""
                    for column, origin in rule.columns.items()
                    if (table, column) in PERSONAL or column.endswith("engineer_id")
                }
            else:
                found.add(rule.engineer or "")
        return {one for header in found for one in parts(header)}

    def _build(self, name: str, select: str) -> None:
        built = f"{self._prefix}__{name}"
        self._con.execute(f"create or replace temp table {built} as {select}")
        self._tables[name] = built
        described = self._con.execute(f"describe {built}").fetchall()
        if UNREAD in {row[0] for row in described}:
            row = self._con.execute(f"select count({UNREAD}) from {built}").fetchone()
            if row is not None and row[0] == 0:
                self._con.execute(f"alter table {built} drop column {UNREAD}")
        found = {row[0] for row in described}
        for column in contract.tables()[name].columns:
            if column.is_required and column.name not in found | {"site_id"}:
                raise ConfigError(
                    f"列对应关系里的表 {name} 缺少必需的列 {column.name}。", "请补上这一列。"
                )

    def _select(self, name: str, rule: Rule) -> str:
        loaded = self._sheets[rule.place]
        if isinstance(rule, TimeColumns):
            return status_log.column_events(rule, self._mapping, loaded)
        if isinstance(rule, StatusLog):
            return status_log.log_events(rule, self._mapping, loaded)
        return table_select(name, rule, self._mapping, loaded)

    def _drop_sheets(self) -> None:
        for loaded in self._sheets.values():
            self._con.execute(f"drop table if exists {loaded}")
        self._sheets.clear()
