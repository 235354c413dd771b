"""Where a sheet's header really stands, when it is not where the mapping says.

Holds the search by content. Next month's export may have one title row more, or lack the heading
above a merged header: it is the same table as long as the columns are there. A column that is
nowhere is missing: what reads it stands still, see `assets.drift`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from assets.sources.files import headers
from assets.sources.files.mapping import Sheet
from assets.sources.files.opening import Body
from config.errors import SourceError

_LOOKED_AT = 40
_MOST_HEADER_ROWS = 3


@dataclass(frozen=True)
class Placed:
    """The rows above the data, the columns' names, and which wanted ones are missing.

    Attributes:
        skip: rows above the data, the header's included.
    """

    skip: int
    names: tuple[str, ...]
    missing: tuple[str, ...]


def placed(body: Body, sheet: Sheet, wanted: Collection[str], file: str) -> Placed:
    """Return where the header with the wanted columns stands.

    The mapping's own place goes first, then the same number of header rows elsewhere near the top,
    then another number. Where no place has all wanted columns, that with most of them is taken.

    Raises:
        SourceError: there is no header where the mapping says, nor any wanted column elsewhere.
    """
    top = body.head(sheet.skip_rows + sheet.header_rows)[sheet.skip_rows :]
    best = _at(top, sheet.skip_rows, sheet.header_rows, wanted)
    if best is None or best.missing:
        rows = body.head(sheet.skip_rows + _LOOKED_AT)
        counts = dict.fromkeys((sheet.header_rows, *range(1, _MOST_HEADER_ROWS + 1)))
        for count in counts:
            for skip in range(len(rows) - count + 1):
                found = _at(rows[skip : skip + count], skip, count, wanted)
                if found and (best is None or len(found.missing) < len(best.missing)):
                    best = found
    if best is None:
        raise SourceError(
            f"文件 {file} 第 {sheet.skip_rows + 1} 行没有表头。",
            "请在列对应关系里写对 skip_rows。",
        )
    return best


def _at(
    rows: list[list[str | None]], skip: int, count: int, wanted: Collection[str]
) -> Placed | None:
    if not any(cell for row in rows for cell in row):
        return None
    names = headers.names(rows)
    missing = tuple(one for one in wanted if one not in set(names))
    return Placed(skip + count, tuple(names), missing)
