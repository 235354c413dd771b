"""The last run that failed, so that the wall can say why its numbers stand still.

Holds a small file beside the pointer of the snapshots: whoever runs the main job writes it when the
job fails and removes it when one succeeds; the wall only reads it. What failed and why in detail is
in the run's own log.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from config.settings import Settings

_FILE = "last_failure.json"


@dataclass(frozen=True)
class Failure:
    """One failed run: when it failed (naive UTC) and its one plain sentence."""

    failed_at: datetime
    problem: str


def record_failure(settings: Settings, problem: str, failed_at: datetime) -> None:
    """Remember that the main job failed.

    Args:
        settings: the installation.
        problem: one plain sentence without secrets or personal values.
        failed_at: naive UTC.
    """
    settings.snapshots_dir.mkdir(parents=True, exist_ok=True)
    target = settings.snapshots_dir / _FILE
    part = target.with_suffix(".part")
    content = {"failed_at": failed_at.isoformat(), "problem": problem}
    part.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    part.replace(target)


def clear_failure(settings: Settings) -> None:
    """Forget the last failure: a run has succeeded."""
    (settings.snapshots_dir / _FILE).unlink(missing_ok=True)


def last_failure(settings: Settings) -> Failure | None:
    """Return the failure since the last success, None when all is well."""
    try:
        text = (settings.snapshots_dir / _FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    content = json.loads(text)
    return Failure(datetime.fromisoformat(content["failed_at"]), content["problem"])
