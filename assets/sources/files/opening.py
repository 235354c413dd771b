"""One file → its tables as bodies: a way to see its first rows, and a way to read the others.

Holds the choice by what the file really is. The bodies are in `csv_body` and `workbook`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import duckdb

from assets.sources.files.csv_body import CsvBody
from assets.sources.files.old_formats import as_csv
from assets.sources.files.sniff import kind
from assets.sources.files.text import as_utf8
from assets.sources.files.workbook import open_workbook


class Body(Protocol):
    """One table of a file, all cells text."""

    @property
    def sheet(self) -> str:
        """The sheet's name; '' where there are no sheets."""

    def head(self, count: int) -> list[list[str | None]]:
        """Return the first rows."""

    def rows(self, skip: int, width: int) -> str:
        """Return the SELECT of the rows below the first ``skip``, columns ``c0`` onward."""

    def repaired(self, skip: int, width: int) -> str | None:
        """Return the SELECT over a copy in which damaged lines stand in ``_unread``."""

    def originals(
        self, ordinals: Collection[int], place: tuple[int, int], *, is_repaired: bool
    ) -> dict[int, tuple[int, list[str]]]:
        """Return the line and the cells of rows, counted from 0 below the header."""


@contextmanager
def opened(con: duckdb.DuckDBPyConnection, path: Path, sheet: str | None) -> Iterator[list[Body]]:
    """Yield the tables of a file that the mapping's sheet means, mostly one.

    Raises:
        SourceError: the file is no table, broken, or larger than any real export.
        ConfigError: no sheet has that name.
    """
    found = kind(path)
    if found == "xlsx":
        yield list(open_workbook(con, path, sheet))
    elif found == "csv":
        with as_utf8(path) as readable, TemporaryDirectory(prefix="opspulse-") as folder:
            yield [CsvBody(readable, path.name, folder=Path(folder))]
    else:
        with as_csv(path, found, sheet) as sheets, TemporaryDirectory(prefix="opspulse-") as folder:
            yield [
                CsvBody(rows, path.name, folder=Path(folder), delimiter=",", sheet=name)
                for name, rows in sheets.items()
            ]
