"""质疑应答 of a department as a workbook, written from the current snapshot.

Holds which file. The content is `assets.wards.answer`'s, the sheets are made in
`exports.workbook.steps`.
"""

from datetime import date
from pathlib import Path

from assets import snapshots
from assets.viewers import Viewer
from assets.wards.answer import answer
from assets.wards.place import ward_of
from config.settings import Settings
from exports.circle_pack import current, write_report


def write_answer(settings: Settings, viewer: Viewer, asked: str, month: date) -> Path:
    """Write a department's answer pack and return its file; an equal one is kept.

    Args:
        settings: the installation.
        viewer: who asks; a department gets its own only.
        asked: the department, ``code`` or ``site/code``.
        month: the last of the twelve months, cut to as-of.

    Raises:
        RefusedError: the department is not theirs.
        ConfigError: there is no such department.
        StateError: there is no snapshot, or the disk refuses.
    """
    snapshot = current(settings)
    with snapshots.opened(snapshot, settings) as con:
        ward = ward_of(con, viewer, asked)
        report = answer(con, viewer, ward, month, lang=settings.language)
        return write_report(con, settings, snapshot, report, "质疑应答")
