"""What is kept on disk and for how long: snapshots, live files and Dagster's history.

Holds the limits and the deletion. Decisions, closed months and the warehouse are never touched.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from assets.snapshots import current, prune_live
from config.settings import Settings

SNAPSHOTS_KEPT = 48
# A reader may still hold a file that was current a moment ago.
YOUNG = timedelta(hours=1)
RUNS_KEPT = 200
LIVE_RUNS_KEPT = 40
LIVE_JOB = "refresh_live"
_FINISHED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]


def prune_snapshots(settings: Settings, now: datetime | None = None) -> list[Path]:
    """Delete the oldest snapshots beyond what is kept, and live files of more than minutes ago.

    Args:
        settings: names the home.
        now: the present in UTC, for tests; snapshots younger than an hour before it stay.

    Returns:
        The deleted files.
    """
    present = now or datetime.now(UTC)
    snapshot = current(settings)
    keep = {snapshot.path} if snapshot else set()
    return [
        *_prune(settings.snapshots_dir, SNAPSHOTS_KEPT, keep, present),
        *prune_live(settings, present),
    ]


def _prune(folder: Path, kept: int, keep: set[Path], now: datetime) -> list[Path]:
    dated = sorted(((file.stat().st_mtime, file) for file in folder.glob("*.duckdb")), reverse=True)
    limit = (now - YOUNG).timestamp()
    old = [file for written, file in dated[kept:] if file not in keep and written < limit]
    # What a killed publication left behind.
    halves = [part for part in folder.glob("*.part*") if part.stat().st_mtime < limit]
    removed = [*old, *halves]
    for file in removed:
        file.unlink(missing_ok=True)
    return removed


def prune_history(instance: dg.DagsterInstance) -> int:
    """Delete all but the newest finished runs of Dagster's history; return how many went."""
    live = dg.RunsFilter(job_name=LIVE_JOB, statuses=_FINISHED)
    finished = dg.RunsFilter(statuses=_FINISHED)
    old = instance.get_run_ids(filters=live)[LIVE_RUNS_KEPT:]
    for run_id in old:
        instance.delete_run(run_id)
    rest = instance.get_run_ids(filters=finished)[RUNS_KEPT + LIVE_RUNS_KEPT :]
    for run_id in rest:
        instance.delete_run(run_id)
    return len(old) + len(rest)
