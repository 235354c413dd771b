"""The monthly recurrence report as a file, written from the current snapshot.

Holds which file. The content is `assets.circle.month_report`'s, the sheets are those of a circle.
"""

from datetime import date
from pathlib import Path

from assets import snapshots
from assets.circle.month_report import recurrence_report
from config.settings import Settings
from exports.circle_pack import current, write_report


def write_recurrence(settings: Settings, start: date, end: date) -> Path:
    """Write the report of local days [start, end) and return its file.

    Raises:
        ConfigError: no data in these days.
        StateError: there is no snapshot yet, or the disk refuses.
    """
    snapshot = current(settings)
    with snapshots.opened(snapshot, settings) as con:
        report = recurrence_report(con, start, end, lang=settings.language)
        return write_report(con, settings, snapshot, report, "重复故障月报")
