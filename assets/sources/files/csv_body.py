"""Text tables: one strict reading by DuckDB, and a tolerant one for files with damaged lines.

Holds what parts the cells, the rows above the data, and both readings. The strict one is fast and
refuses the whole file at the first damaged line; then `repair` writes a copy in which every damaged
line stands whole in a column of its own, so that the pull can hold it with its text.
"""

import csv
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from assets.conversions import quoted
from assets.sources.files.repair import records, repair
from config.errors import SourceError

DELIMITERS = (",", "\t", ";", "|")
# Excel's own limit; a real export has some dozens.
MOST_COLUMNS = 16_384
_LONGEST_HEAD = 4 << 20
_HEAD_ROWS = 1200
UNREAD = "_unread"
# Where a row comes from: the number of its file and sheet, and its own; see `origins`.
PLACE = "_place"
_SAMPLE = 30
_WIDEST_SEARCHED = 200


class CsvBody:
    """One text table in UTF-8."""

    def __init__(
        self,
        path: Path,
        shown: str,
        *,
        folder: Path,
        delimiter: str | None = None,
        sheet: str = "",
    ) -> None:
        """Take a file in UTF-8.

        Args:
            path: where it is.
            shown: its name in messages.
            folder: where a repaired copy may stand.
            delimiter: what parts the cells; None: found in the first lines.
            sheet: the sheet's name, where the rows were one.
        """
        self.sheet = sheet
        self._path = path
        self._shown = shown
        self._folder = folder
        self._lines = self._first_lines()
        self._delimiter = delimiter or _delimiter(self._lines)

    def head(self, count: int) -> list[list[str | None]]:
        """Return the first rows as text.

        Raises:
            SourceError: more columns than any spreadsheet has.
        """
        rows = csv.reader(self._lines, delimiter=self._delimiter)
        found: list[list[str | None]] = []
        try:
            found.extend([cell or None for cell in row] for row in islice(rows, count))
        except csv.Error:
            # A damaged row below the header is the business of `repaired`.
            if not found:
                raise SourceError(
                    f"文件 {self._shown} 的开头读不出来。", "请检查前几行的引号,或重新导出。"
                ) from None
        if max((len(row) for row in found), default=0) > MOST_COLUMNS:
            raise SourceError(
                f"文件 {self._shown} 有超过 {MOST_COLUMNS} 列,不是正常的导出。",
                "请检查导出时的分隔符。",
            )
        return found

    def rows(self, skip: int, width: int) -> str:
        """Return the SELECT of the rows below the first ``skip``, columns ``c0`` onward."""
        return f"select * from {self._read(self._path, self._delimiter, skip, width)}"

    def repaired(self, skip: int, width: int) -> str:
        """Return the SELECT over a repaired copy: damaged lines stand in ``_unread``."""
        copy = self._folder / "repaired.csv"
        repair(self._path, copy, delimiter=self._delimiter, skip=skip, width=width)
        return f"select * from {self._read(copy, ',', 1, width, UNREAD)}"

    def is_mixed(self, skip: int) -> bool:
        """Tell whether the rows above the data end differently: DuckDB would skip others too."""
        ends = {line[len(line.rstrip("\r\n")) :] for line in self._lines[:skip]}
        return len(ends - {""}) > 1

    def originals(
        self, ordinals: Collection[int], place: tuple[int, int], *, is_repaired: bool
    ) -> dict[int, tuple[int, list[str]]]:
        """Return the line (of a sheet: the row) and the cells of rows, counted from 0 below skip.

        Args:
            ordinals: which rows.
            place: skip and width, as `rows` takes them.
            is_repaired: counted as `repaired` gives them; a damaged row is one cell.
        """
        skip, width = place
        found: dict[int, tuple[int, list[str]]] = {}
        number = -1
        with self._path.open(encoding="utf-8-sig", newline="") as lines:
            read = records(lines, self._delimiter, width) if is_repaired else self._plain(lines)
            for count, (line, cells, damaged) in enumerate(read):
                if count < skip or (damaged is None and not cells):
                    continue
                number += 1
                if number in ordinals:
                    at = count + 1 if self.sheet else line
                    found[number] = (at, cells if damaged is None else [damaged])
                if len(found) == len(ordinals):
                    break
        return found

    def _plain(self, lines: TextIO) -> Iterator[tuple[int, list[str], None]]:
        read = csv.reader(lines, delimiter=self._delimiter)
        while True:
            line = read.line_num + 1
            try:
                cells = next(read, None)
            except csv.Error:
                return
            if cells is None:
                return
            yield line, cells, None

    def swallowed(self, width: int) -> str:
        """Return the SQL condition that a cell holds whole rows: a quote is missing somewhere."""
        if width < 3:  # noqa: PLR2004 - too few delimiters to tell a row from a sentence
            return "false"
        delimiter = {"\t": "\\t", "|": "[|]"}.get(self._delimiter, self._delimiter)
        row = quoted(f"\\n([^\\n]*{delimiter}){{{width - 1}}}")
        cells = (f"(contains(c{i}, chr(10)) and regexp_matches(c{i}, {row}))" for i in range(width))
        return " or ".join(cells) if width <= _WIDEST_SEARCHED else "false"

    def _read(self, path: Path, delimiter: str, skip: int, width: int, *more: str) -> str:
        columns = ", ".join(
            f"{quoted(name)}: 'VARCHAR'" for name in [*(f"c{i}" for i in range(width)), *more]
        )
        return (
            f"read_csv({quoted(str(path))}, auto_detect = false, columns = {{{columns}}}, "
            f"delim = {quoted(delimiter)}, quote = '\"', escape = '\"', header = false, "
            f"skip = {skip}, strict_mode = true)"
        )

    def _first_lines(self) -> list[str]:
        """Return the lines at the top, without a byte order mark; at most some megabytes."""
        with self._path.open(encoding="utf-8-sig", newline="") as lines:
            found: list[str] = []
            for line in _short_lines(lines):
                found.append(line)
                if len(found) == _HEAD_ROWS:
                    break
            return found


def _short_lines(lines: TextIO) -> Iterator[str]:
    """Yield lines until they have become too many characters for a header."""
    seen = 0
    while seen < _LONGEST_HEAD and (line := lines.readline(_LONGEST_HEAD)):
        seen += len(line)
        yield line


def _delimiter(lines: list[str]) -> str:
    """Return what parts the cells: the one that most lines at the top have the most of.

    Guessing from all rows would follow a broken one; titles above the header have none.
    """
    sample = [line for line in lines[:_SAMPLE] if line.strip()] or [""]

    def typical(delimiter: str) -> int:
        return sorted(line.count(delimiter) for line in sample)[len(sample) // 2]

    return max(DELIMITERS, key=typical)
