"""The names of a sheet's columns, from the one or several rows that stand above the data.

Holds how merged headers become one name per column. Which rows those are is said by the mapping, or
found by the assistant in `assets.sources.profile`.
"""

import re
from collections import Counter
from collections.abc import Sequence

Row = Sequence[str | None]

# Words that say only which half of an instant a column holds; the heading above says of which.
HALVES = frozenset(
    "日期 时间 年月日 时分 时分秒 时刻 钟点 日 时 date time day clock hour".split()  # noqa: SIM905
)

_BLANKS = re.compile(r"[\s\u3000\u00a0\ufeff\u200b]+")
_BESIDE_CJK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])")


def plain(text: str | None) -> str:
    """Return a header without line breaks and needless blanks; an empty one as ''."""
    return _BESIDE_CJK.sub("", _BLANKS.sub(" ", text or "").strip())


def names(rows: Sequence[Row]) -> list[str]:
    """Return one name per column from the header's rows, top row first.

    The lowest filled cell names the column. Where two columns would share a name, or it only says
    day or time, the cell above is put before it (a cell merged over several columns stands in the
    first of them); what is still the same gets a number, and a column without any name is called
    after its letter.
    """
    width = max((len(row) for row in rows), default=0)
    grid = [[plain(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    lowest = [next((row[i] for row in reversed(grid) if row[i]), "") for i in range(width)]
    twice = {name for name, count in Counter(lowest).items() if name and count > 1}
    found = [
        _above(grid, i) + name
        if name in twice or grid[-1][i].lower() in HALVES
        else name or f"列{letters(i)}"
        for i, name in enumerate(lowest)
    ]
    return _numbered(found)


def letters(index: int) -> str:
    """Return the spreadsheet's name of a column, counted from 0: A … Z, AA and on."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _above(grid: Sequence[Sequence[str]], column: int) -> str:
    """Return the nearest filled cell of the upper header row at or left of the column."""
    for row in reversed(grid[:-1]):
        left = next((cell for cell in reversed(row[: column + 1]) if cell), "")
        if left and left != grid[-1][column]:
            return left
    return ""


def _numbered(found: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    result = []
    for name in found:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result
