"""Where the table is in an export: which sheet, how many rows of titles, how many of header.

Holds the judgement of the first rows. The names that come out of them are made in
`assets.sources.files.headers`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assets.sources.files import headers
from assets.sources.profile.vocabulary import Vocabulary, comparable

_LOOKED_AT = 25
_DATA = re.compile(r"^[\d\s.,:/年月日时分秒¥$%+\-]+$")
_WORD_WORTH = 4


@dataclass(frozen=True)
class Place:
    """Where the header stands, its names, and how many of them are known words."""

    skip_rows: int
    header_rows: int
    names: tuple[str, ...]
    known: int


def find(rows: Sequence[headers.Row], vocabulary: Vocabulary) -> Place | None:
    """Return where the header is among the first rows; None if no row has two filled cells.

    The header is the row with the most known words; without any, the first with the most texts.
    The row below belongs to it if both together name more known columns than either alone, if
    the row has gaps that the one below fills with texts (a heading merged over several columns), or
    if the one below parts the headings of the other into day and time, or into parts of equal name.
    """
    best: tuple[int, int] | None = None
    for number, row in enumerate(rows[:_LOOKED_AT]):
        texts = [cell for cell in row if cell and cell.strip() and not _is_data(cell.strip())]
        if len({*texts}) < 2 and len(rows[number + 1 :]) > 0 and len(row) > 1:  # noqa: PLR2004
            continue
        score = _WORD_WORTH * _known(row, vocabulary) + len({*texts})
        if texts and (best is None or score > best[0]):
            best = (score, number)
    if best is None:
        return None
    top = best[1]
    if top and _is_merged(rows[top - 1], rows[top], vocabulary):
        top -= 1
    is_double = top + 1 < len(rows) and _is_merged(rows[top], rows[top + 1], vocabulary)
    count = 2 if is_double else 1
    names = headers.names(rows[top : top + count])
    return Place(top, count, tuple(names), _known(names, vocabulary))


def _is_data(cell: str) -> bool:
    """Tell whether a cell holds a number, an amount or a time, and no word for one."""
    return bool(_DATA.match(cell)) and cell not in headers.HALVES


def _known(row: headers.Row, vocabulary: Vocabulary) -> int:
    return len({comparable(cell) for cell in row if cell and vocabulary.knows(cell)})


def _is_merged(upper: headers.Row, lower: headers.Row, vocabulary: Vocabulary) -> bool:
    """Tell whether two rows are one header."""
    width = max(len(upper), len(lower))
    pairs = [
        (
            headers.plain(upper[i]) if i < len(upper) else "",
            headers.plain(lower[i]) if i < len(lower) else "",
        )
        for i in range(width)
    ]
    # A title fills one cell: its row alone is no half of a header. Nor is a row of data.
    is_title = sum(1 for above, _ in pairs if above) == 1
    if is_title or any(_is_data(cell) for pair in pairs for cell in pair):
        return False
    fills = any(not above and below for above, below in pairs)
    if fills and _is_parted(pairs, vocabulary):
        return True
    leaves = any(above and not below for above, below in pairs)
    together = _known(headers.names([upper, lower]), vocabulary)
    alone = max(_known(upper, vocabulary), _known(lower, vocabulary))
    return fills and (together > alone or (leaves and together == alone))


def _is_parted(pairs: Sequence[tuple[str, str]], vocabulary: Vocabulary) -> bool:
    """Tell whether the lower row parts the headings of the upper one.

    Either all that stands in it is day and time, or it names the parts of several headings with the
    same words: the name of such a column is the heading with the part.
    """
    below = [lower for _, lower in pairs if lower]
    if all(name.lower() in headers.HALVES for name in below):
        return True
    repeated = {name for name in below if below.count(name) > 1}
    return bool(repeated) and all(
        name.lower() in headers.HALVES or vocabulary.knows(name) for name in below
    )


def same_form(places: dict[str, Place]) -> list[list[str]]:
    """Return the groups of sheets with the same header, the best known first."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, place in places.items():
        groups.setdefault(place.names, []).append(name)
    return sorted(groups.values(), key=lambda group: -places[group[0]].known)


def pattern(chosen: Sequence[str], others: Sequence[str]) -> str | None:
    """Return a pattern that fits exactly these sheets, such as ``*月``; None if there is none."""
    first, last = min(chosen), max(chosen)
    start = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
    turned = sorted(name[::-1] for name in chosen)
    ends = zip(turned[0], turned[-1], strict=False)
    end = next((i for i, (a, b) in enumerate(ends) if a != b), 0)
    prefix, suffix = first[:start], turned[0][:end][::-1]
    fits = [name for name in others if name.startswith(prefix) and name.endswith(suffix)]
    if fits or any(mark in prefix + suffix for mark in "*?["):
        return None
    return f"{prefix}*{suffix}"
