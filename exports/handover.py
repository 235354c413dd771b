"""The hand-over pack of one engineer as a workbook, written from the current snapshot.

Holds which file. The content is `assets.continuity`'s, the sheets are made in
`exports.workbook.steps`.
"""

from pathlib import Path

from assets import snapshots
from assets.continuity.mine import leaving_of
from assets.continuity.pack import pack
from assets.viewers import Viewer
from config.settings import Settings
from exports.circle_pack import current, write_report


def write_handover(settings: Settings, viewer: Viewer, engineer: str) -> Path:
    """Write an engineer's hand-over pack and return its file; an equal one is kept.

    Raises:
        RefusedError: it is not this person's to see.
        StateError: there is no such engineer or no snapshot, or the disk refuses.
    """
    snapshot = current(settings)
    with snapshots.opened(snapshot, settings) as con:
        report = pack(leaving_of(con, viewer, engineer), settings.language)
        return write_report(con, settings, snapshot, report, "交接清单")
