"""What a page offers and what is written when somebody asks: workbooks by kind, and tables.

Holds the list for the server. Each is written in a module of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from assets.viewers import Viewer
from config.settings import Settings
from exports.answer_pack import write_answer
from exports.handover import write_handover
from exports.tables import Sheet, write_tables


def _handover(settings: Settings, viewer: Viewer, engineer: str, _: date) -> Path:
    """Write a hand-over as it stands now: it has no month."""
    return write_handover(settings, viewer, engineer)


class Writers(NamedTuple):
    """What the server is given: workbooks by kind, and who writes a table as a file."""

    packs: Mapping[str, Callable[[Settings, Viewer, str, date], Path]]
    table: Callable[[Path, Sequence[Sheet]], Path]


WRITERS = Writers({"answer": write_answer, "handover": _handover}, write_tables)
