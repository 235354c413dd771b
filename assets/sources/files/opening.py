"""One file → its tables as bodies: a way to see its first rows, and a way to read the others.

Holds the choice by what the file really is. The bodies are in `csv_body` and `workbook`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import duckdb

from assets.sources.files.csv_body import CsvBody
from assets.sources.files.mapping import Sheet
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


@dataclass(frozen=True)
class Opened:
    """The tables of a file that are meant, mostly one; and hidden sheets that fit but are unread.

    Only an exact name or ``with_hidden`` reads a hidden sheet.
    """

    bodies: list[Body]
    hidden: tuple[str, ...] = ()


@contextmanager
def opened(con: duckdb.DuckDBPyConnection, path: Path, meant: Sheet) -> Iterator[Opened]:
    """Yield the tables of a file that the mapping means.

    Raises:
        SourceError: the file is no table, broken, or larger than any real export.
        ConfigError: no sheet has that name.
    """
    found = kind(path)
    if found == "xlsx":
        books, hidden = open_workbook(con, path, meant)
        yield Opened(list(books), hidden)
    elif found == "csv":
        with as_utf8(path) as readable, TemporaryDirectory(prefix="opspulse-") as folder:
            yield Opened([CsvBody(readable, path.name, folder=Path(folder))])
    else:
        with as_csv(path, found, meant) as sheets, TemporaryDirectory(prefix="opspulse-") as folder:
            bodies: list[Body] = [
                CsvBody(rows, path.name, folder=Path(folder), delimiter=",", sheet=name)
                for name, rows in sheets.rows.items()
            ]
            yield Opened(bodies, sheets.hidden)
