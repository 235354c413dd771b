"""The hand-over pack of one engineer as a workbook, written from the current snapshot.

Holds which file. The content is `assets.continuity`'s, the sheets are made in
`exports.workbook.steps`.
"""

from pathlib import Path

from assets import snapshots
from assets.continuity.leaving import leaving
from assets.continuity.pack import pack
from config.settings import Settings
from exports.circle_pack import current, write_report


def write_handover(settings: Settings, engineer: str, role: str = "head") -> Path:
    """Write an engineer's hand-over pack and return its file; an equal one is kept.

    Raises:
        ConfigError: the role may not see it.
        StateError: there is no such engineer or no snapshot, or the disk refuses.
    """
    snapshot = current(settings)
    with snapshots.opened(snapshot, settings) as con:
        report = pack(leaving(con, engineer, role), settings.language)
        return write_report(con, settings, snapshot, report, "交接清单")
