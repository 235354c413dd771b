"""One way to read any source: open it read-only, in one transaction, and ask for canonical tables.

Holds the `Reader` that the pull talks to and the choice of how a source is opened: a database
through its scanner and a folder of SELECTs (`store`), or a folder of files through a mapping
(`files`). Types are not converted here: see `assets.staging`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

import duckdb

from assets.sources import address, foreign, own_system, store, systems
from assets.sources.files import reader as files
from config.errors import ConfigError
from config.settings import Settings, SourceSettings


class Reader(Protocol):
    """An open source: every answer comes from the same read transaction."""

    def tables(self) -> list[str]:
        """Return the canonical tables that this source really yields, in contract order."""

    def select(self, table: str, since: datetime | None = None) -> str:
        """Return a SELECT with canonical column names in the source's own types.

        Args:
            table: one of ``tables()``.
            since: only rows whose cursor is at or after this instant (UTC, naive); text cursors
                may give some older ones too. None: every row.
        """

    def columns(self, table: str) -> dict[str, str]:
        """Return the table's columns as the source has them now: name → DuckDB type.

        More than the contract's may be there, those that nobody reads as `contract.NOT_READ`; one
        that the contract requires may be missing.
        """

    def lost(self, table: str) -> ConfigError | None:
        """Return why the table cannot be read, though it is there: it then stands still."""

    def absent(self) -> dict[str, list[str]]:
        """Return what the hospital's own folder declares and the store lacks.

        Table of the store → its columns that are not there; no columns: the whole table is not.
        """

    def timed(self, table: str) -> dict[str, list[str]]:
        """Return the store's own tables behind a canonical one, with their columns of time."""

    def has_cursor(self, table: str) -> bool:
        """Tell whether ``select`` can leave out rows older than ``since``."""

    def count(self, table: str) -> int:
        """Return the number of rows of the table."""

    def clock(self) -> datetime | None:
        """Return the source's own "now" (UTC, naive); None unless it is a simulated store."""

    def is_demo(self) -> bool:
        """Tell whether this is a demo store."""


@contextmanager
def reading(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, settings: Settings
) -> Iterator[Reader]:
    """Open a source read-only for the time of the body, in one read transaction.

    The body may create tables but no more; everything it reads is of one state.
    Leave it soon: the hospital's `ALTER TABLE` waits for it.

    Raises:
        SourceError: unreachable, refused, no such database, or no ``tickets`` table.
        ConfigError: unknown system, a required column is missing, or the mapping is wrong.
    """
    place = address.parse(source)
    if source.system == systems.FILES:
        with files.reading(con, source, place) as file_reader:
            yield file_reader
    else:
        folder = systems.folder_of(source, settings)
        if systems.is_own(folder):
            own_system.check(folder)
        kind = foreign.ForeignReader if systems.is_foreign(folder) else None
        with store.reading(con, source, place, settings.temp_dir, folder, kind) as store_reader:
            yield store_reader
