"""Whether two workbooks report the same, whenever and from whichever snapshot they were written.

Holds the comparison of a new workbook with the version before it. Whether a file is then written is
decided in ``exports.month``.
"""

import re
import zipfile
from pathlib import Path

from exports.workbook.cover import STAMP_CELLS
from exports.workbook.editions import Edition

# The properties hold the instant of the snapshot.
_STAMPED_PART = "docProps/core.xml"
_BOOK = "xl/workbook.xml"
_OWN_NAME = r'<definedName [^>]*localSheetId="{}"[^>]*>[^<]*</definedName>'
_CELL = r'<c r="{}"(?: [^>]*)?(?:/>|>.*?</c>)'
_STAMP = re.compile("|".join(_CELL.format(cell) for cell in STAMP_CELLS).encode())


def says_the_same(first: Path, second: Path, edition: Edition) -> bool:
    """Tell whether two workbooks of one month and edition report the same.

    Everything counts but the stamp (version, as-of, snapshot and hash on the cover) and the sheet
    that counts the quality of all periods as of the snapshot: both move with every snapshot, while
    the month stands still. A file that somebody edited, or that is no workbook, is not the same.
    """
    try:
        return _told(first, edition) == _told(second, edition)
    except (zipfile.BadZipFile, KeyError, EOFError):
        return False


def _told(path: Path, edition: Edition) -> dict[str, bytes]:
    cover, quality = _part("cover", edition), _part("quality", edition)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in sorted(archive.namelist())}
    parts[cover] = _STAMP.sub(b"", parts[cover])
    # How far the quality sheet prints is its own affair as well.
    own_names = _OWN_NAME.format(edition.sheets.index("quality")).encode()
    parts[_BOOK] = re.sub(own_names, b"", parts[_BOOK])
    return {name: body for name, body in parts.items() if name not in (_STAMPED_PART, quality)}


def _part(key: str, edition: Edition) -> str:
    """Return the name under which a sheet lies in the file: numbered in the edition's order."""
    return f"xl/worksheets/sheet{edition.sheets.index(key) + 1}.xml"
