"""The workbooks that a page offers and that are written when somebody asks for them, by kind.

Holds the list for the server. Each is written in a module of its own.
"""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from assets.viewers import Viewer
from config.settings import Settings
from exports.answer_pack import write_answer
from exports.handover import write_handover


def _handover(settings: Settings, viewer: Viewer, engineer: str, _: date) -> Path:
    """Write a hand-over as it stands now: it has no month."""
    return write_handover(settings, viewer, engineer)


WRITERS: Mapping[str, Callable[[Settings, Viewer, str, date], Path]] = {
    "answer": write_answer,
    "handover": _handover,
}
