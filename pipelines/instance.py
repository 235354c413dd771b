"""Dagster's own home: where its history lies and how it behaves on one machine.

Holds the `dagster.yaml` of an installation, written by code so that a new version brings its own,
the opening of an instance, and the closing of runs whose process died. What is kept of the history,
and for how long, lives in ``prune``.
"""

import json
import os
from pathlib import Path

import dagster as dg

from config.settings import Settings

# Says which process runs a job that was started outside the daemon.
PID_TAG = "opspulse/pid"

# One warehouse run at a time (pool, granularity of runs); no telemetry; ticks do not pile up; no
# capture of a run's output, which would start two more processes for each run.
# Events go where Dagster's own SQLite storage would put them.
_EVENTS = "<events>"
_DAGSTER_YAML = """\
# Written by opspulse at every start; changes made here are lost.
telemetry:
  enabled: false
event_log_storage:
  module: pipelines.event_log
  class: PooledEventLogStorage
  config:
    base_dir: <events>
python_logs:
  python_log_level: WARNING
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
run_coordinator:
  module: dagster._core.run_coordinator
  class: QueuedRunCoordinator
  config:
    dequeue_interval_seconds: 1
concurrency:
  runs:
    max_concurrent_runs: 3
  pools:
    default_limit: 1
    granularity: run
run_monitoring:
  enabled: true
  poll_interval_seconds: 30
  start_timeout_seconds: 120
retention:
  sensor:
    purge_after_days: {skipped: 1, started: 1, success: 1, failure: 14}
  schedule:
    purge_after_days: {skipped: 1, started: 14, success: 14, failure: 14}
"""


def write_home(settings: Settings) -> Path:
    """Write `dagster.yaml` where it is missing or differs, and return Dagster's home."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    text = _DAGSTER_YAML.replace(_EVENTS, json.dumps(str(home / "history" / "runs")))
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Return the installation's own instance; the caller disposes of it."""
    return dg.DagsterInstance.from_config(str(write_home(settings)))


def own_tags() -> dict[str, str]:
    """Return the tags that say which process runs a job."""
    return {PID_TAG: str(os.getpid())}


def close_dead_runs(instance: dg.DagsterInstance) -> int:
    """Mark runs of this kind whose process has died as failed, and return how many.

    A killed process cannot say so itself, and a run that looks alive would keep the only slot of
    the warehouse. Runs of the daemon are watched by Dagster's own run monitoring.
    """
    alive = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
    dead = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=alive))
        if PID_TAG in run.tags and not _is_alive(int(run.tags[PID_TAG]))
    ]
    for run in dead:
        instance.report_run_failed(run, "The process that ran this job has died.")
    return len(dead)


def _is_alive(pid: int) -> bool:
    """Tell whether a process exists; where asking would end it (Windows), assume that it does."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
