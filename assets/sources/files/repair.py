"""A copy of a text table with damaged lines in which no line is lost.

Holds the tolerant reading. A record is a line, or several while a quotation mark is open. It is
damaged if it has filled cells beyond the header's, if the file ends within it, if a quotation mark
stays open for longer than any note, or if a cell would hold whole rows. Then its first line is set
down as it stands, and reading goes on with the next one. A row that is merely shorter is filled up:
Excel leaves out empty cells at the end.
"""

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_MOST_LINES = 60
_LONGEST_LINE = 1 << 20
_KEPT = 4000


def repair(source: Path, target: Path, *, delimiter: str, skip: int, width: int) -> None:
    """Write the rows below the first ``skip`` as plain csv, one line above, with one more column.

    Args:
        source: in UTF-8.
        target: the copy; ``width`` cells and the text of a damaged line, empty for good ones.
        delimiter: what parts the cells in ``source``.
        skip: records above the data.
        width: cells of the header.
    """
    with (
        source.open(encoding="utf-8-sig", newline="") as lines,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        writer = csv.writer(copy, quoting=csv.QUOTE_ALL)
        # DuckDB takes the first line's end for that of all, even one within a cell.
        writer.writerow([""] * (width + 1))
        for number, (_, cells, damaged) in enumerate(records(lines, delimiter, width)):
            if number < skip:
                continue
            if damaged is not None:
                writer.writerow([""] * width + [damaged[:_KEPT]])
            elif cells:
                writer.writerow([*cells, *[""] * (width - len(cells)), ""])


def records(
    file: TextIO, delimiter: str, width: int
) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield every record as (its line, cells, None), or (line, [], its text) if it is damaged."""
    lines = _Lines(file)
    while True:
        number, first = lines.next()
        if not first:
            return
        used = [(number, first)]
        marks, size = first.count('"'), len(first)
        while marks % 2 and len(used) < _MOST_LINES and size < _LONGEST_LINE:
            at, more = lines.next()
            if not more:
                break
            used.append((at, more))
            marks, size = marks + more.count('"'), size + len(more)
        cells = _cells("".join(text for _, text in used), delimiter, width)
        if cells is None:
            lines.put_back(used[1:])
            yield number, [], first.rstrip("\r\n")
        else:
            yield number, cells, None


class _Lines:
    """The numbered lines of a file, some of which may be put back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: deque[tuple[int, str]] = deque()
        self._number = 0

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        """Let these lines come once more."""
        self._waiting.extendleft(reversed(lines))

    def next(self) -> tuple[int, str]:
        """Return the next line, of a huge one only its beginning; '' at the end."""
        if self._waiting:
            return self._waiting.popleft()
        self._number += 1
        line = self._file.readline(_LONGEST_LINE)
        part = line
        while len(part) == _LONGEST_LINE and not part.endswith("\n"):
            part = self._file.readline(_LONGEST_LINE)
            # The mark makes the line unreadable, so that it is set down and not taken for whole.
            line = line[:_KEPT] + '"'
        return self._number, line.replace("\x00", "")


def _cells(record: str, delimiter: str, width: int) -> list[str] | None:
    """Return the cells of a record, or None if it is damaged."""
    if record.count('"') % 2:
        return None
    is_cut = not record.endswith(("\n", "\r"))
    try:
        rows = list(csv.reader(record.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(rows) != 1:
        return None if rows else []
    cells = rows[0]
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        return None
    is_swallowing = any(
        line.count(delimiter) >= width - 1
        for cell in cells
        if "\n" in cell
        for line in cell.split("\n")[1:]
    )
    if (is_swallowing and width > 2) or (is_cut and len(cells) < width):  # noqa: PLR2004
        return None
    return cells[:width]
