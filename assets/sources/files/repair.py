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
    """Write the rows below the first ``skip`` as plain csv with one more column.

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
        for number, (cells, damaged) in enumerate(_records(lines, delimiter, width)):
            if number < skip:
                continue
            if damaged is not None:
                writer.writerow([""] * width + [damaged[:_KEPT]])
            elif cells:
                writer.writerow([*cells, *[""] * (width - len(cells)), ""])


def _records(lines: TextIO, delimiter: str, width: int) -> Iterator[tuple[list[str], str | None]]:
    """Yield every record as (cells, None), or (nothing, its first line) if it is damaged."""
    waiting: deque[str] = deque()
    while True:
        first = _next(waiting, lines)
        if not first:
            return
        used = [first]
        marks, size = first.count('"'), len(first)
        while marks % 2 and len(used) < _MOST_LINES and size < _LONGEST_LINE:
            more = _next(waiting, lines)
            if not more:
                break
            used.append(more)
            marks, size = marks + more.count('"'), size + len(more)
        cells = _cells("".join(used), delimiter, width)
        if cells is None:
            waiting.extendleft(reversed(used[1:]))
            yield [], first.rstrip("\r\n")
        else:
            yield cells, None


def _next(waiting: deque[str], lines: TextIO) -> str:
    """Return the next line, of a huge one only its beginning; '' at the end."""
    if waiting:
        return waiting.popleft()
    line = lines.readline(_LONGEST_LINE)
    part = line
    while len(part) == _LONGEST_LINE and not part.endswith("\n"):
        part = lines.readline(_LONGEST_LINE)
        # The mark makes the line unreadable, so that it is set down and not taken for whole.
        line = line[:_KEPT] + '"'
    return line.replace("\x00", "")


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
