"""One hospital, two years: the whole run, a refresh after a hundred changes, the light refresh.

Every figure is a process from start to exit, as a user or the daemon starts it. Run through
`python -m benchmarks hospital`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks.report import Result, median

_JOB = "import sys; from pipelines.run import execute; from config.settings import load_settings; "
CHANGES = 100


def _environment(home: Path, store: Path) -> dict[str, str]:
    return os.environ | {"OPSPULSE_HOME": str(home), "OPSPULSE_SOURCE_URL": f"sqlite:///{store}"}


def _timed(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return time.perf_counter() - started


def _job(name: str) -> list[str]:
    return [sys.executable, "-c", f"{_JOB}execute(load_settings(), {name!r})"]


def _change(store: Path, round_number: int) -> None:
    """Touch a hundred tickets and move the store's clock on by a minute."""
    engine = sa.create_engine(f"sqlite:///{store}")
    with engine.begin() as con:
        text = con.execute(sa.text("select now_at from demo_clock")).scalar_one()
        now = datetime.fromisoformat(str(text)) + timedelta(minutes=1)
        con.execute(sa.text("update demo_clock set now_at = :now"), {"now": f"{now:%F %T}"})
        con.execute(
            sa.text(
                "update tickets set title = :title, updated_at = :now where ticket_id in "
                "(select ticket_id from tickets order by reported_at desc limit :size)"
            ),
            {"title": f"改 {round_number}", "now": f"{now:%F %T}", "size": CHANGES},
        )
    engine.dispose()


def measure(repeats: int) -> list[Result]:
    """Create the store once; time the first run in fresh homes, then refreshes in one of them."""
    folder = Path(tempfile.mkdtemp(prefix="opspulse-bench-"))
    opspulse = [sys.executable, "-m", "pipelines.cli"]
    try:
        store = folder / "store.sqlite"
        until = f"{datetime.now(UTC):%Y-%m-%d}"
        create = ["demo", "create", "--to", f"sqlite:///{store}", "--until", until]
        subprocess.run([*opspulse, *create], check=True, capture_output=True)
        whole = []
        for number in range(repeats):
            home = folder / f"home{number}"
            whole.append(_timed([*opspulse, "run"], _environment(home, store)))
        refresh, live = [], []
        for number in range(repeats):
            _change(store, number)
            live.append(_timed(_job("refresh_live"), _environment(home, store)))
            refresh.append(_timed(_job("refresh"), _environment(home, store)))
    finally:
        shutil.rmtree(folder)
    return [
        median("one hospital, two years: whole run", 40, "s", whole),
        median(f"refresh after {CHANGES} changes, process included", 15, "s", refresh),
        median("refresh_live, process included", 5, "s", live),
    ]
