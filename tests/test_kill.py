"""A run killed at its worst moments: the old snapshot serves on, the next run makes it good."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.snapshots import Snapshot, current, opened
from config import faults
from config.errors import StateError
from config.settings import Settings, SourceSettings, ensure_home
from dashboards.run_state import last_failure
from demo import live, store
from demo.spec import DemoSpec
from pipelines.instance import close_dead_runs, open_instance
from pipelines.run import execute

ROOT = Path(__file__).resolve().parent.parent
UNTIL = date(2026, 11, 1)
LATER = datetime(2026, 11, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A hospital published at midnight whose store has lived on for a day and a half since."""
    folder = tmp_path_factory.mktemp("hospital")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    store.create(url, DemoSpec(size="tiny", until=UNTIL, days=20))
    settings = Settings(
        home=folder / "home", sources=(SourceSettings(url=url),), hospital_name="演示医院"
    )
    ensure_home(settings)
    execute(settings, "refresh", ephemeral=True)
    live.advance(url, LATER)
    return settings


def copy_of(settings: Settings, home: Path) -> Settings:
    shutil.copytree(settings.home, home)
    return settings.model_copy(update={"home": home})


@pytest.fixture(scope="module")
def undisturbed(hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """What the next run publishes when nobody kills it."""
    settings = copy_of(hospital, tmp_path_factory.mktemp("undisturbed") / "home")
    execute(settings, "refresh", ephemeral=True)
    snapshot = current(settings)
    assert snapshot
    assert snapshot.as_of == LATER.replace(tzinfo=None)
    return snapshot


def environment_of(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OPSPULSE_HOME": str(settings.home),
        "OPSPULSE_SOURCE_URL": settings.sources[0].url.get_secret_value(),
        "OPSPULSE_HOSPITAL_NAME": settings.hospital_name,
    }


def run_and_die(settings: Settings, point: str) -> int:
    environment = {**environment_of(settings), faults.VARIABLE: point}
    command = [sys.executable, "-m", "pipelines.cli", "run"]
    done = subprocess.run(
        command, env=environment, cwd=settings.home, capture_output=True, check=False
    )
    return done.returncode


def tickets_in(snapshot: Snapshot, settings: Settings) -> int:
    with opened(snapshot, settings) as con:
        row = con.execute("select count(*) from kpi.fact_tickets").fetchone()
    return row[0] if row else 0


@pytest.mark.parametrize("point", ["after_raw", "mid_publish", "before_pointer"])
def test_a_killed_run_leaves_the_old_snapshot_and_the_next_run_ends_as_if_undisturbed(
    point: str, hospital: Settings, undisturbed: Snapshot, tmp_path: Path
) -> None:
    settings = copy_of(hospital, tmp_path / "home")
    old = current(settings)
    assert old
    before = tickets_in(old, settings)

    assert run_and_die(settings, point) == -signal.SIGKILL

    assert current(settings) == old
    assert tickets_in(old, settings) == before

    assert states_after_closing(settings) == [
        [dg.DagsterRunStatus.STARTED],
        [dg.DagsterRunStatus.FAILURE],
    ]

    outcome = execute(settings, "refresh", ephemeral=True)

    new = current(settings)
    assert new
    assert (new.as_of, new.content_hash) == (undisturbed.as_of, undisturbed.content_hash)
    assert outcome.snapshot_id == new.id
    assert tickets_in(new, settings) > before


def states_after_closing(settings: Settings) -> list[list[dg.DagsterRunStatus]]:
    """The states in Dagster's history, before and after dead runs are closed."""
    instance = open_instance(settings)
    try:
        before = [run.status for run in instance.get_runs()]
        close_dead_runs(instance)
        return [before, [run.status for run in instance.get_runs()]]
    finally:
        instance.dispose()


def test_without_the_variable_a_fault_point_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(faults.VARIABLE, raising=False)
    faults.reach("after_raw")
    monkeypatch.setenv(faults.VARIABLE, "elsewhere")
    faults.reach("after_raw")


def test_of_two_runs_at_once_one_is_done_and_the_other_refused_in_a_sentence(
    hospital: Settings, undisturbed: Snapshot, tmp_path: Path
) -> None:
    settings = copy_of(hospital, tmp_path / "home")
    first = started(settings)
    owner = settings.home / "warehouse.owner"
    try:
        while first.poll() is None and not (owner.exists() and owner.read_text(encoding="utf-8")):
            time.sleep(0.02)
        # Held in its work until the other has waited in vain.
        first.send_signal(signal.SIGSTOP)
        assert owner.read_text(encoding="utf-8") == str(first.pid)
        second = started(settings)
        _, said = second.communicate(timeout=120)
    finally:
        first.send_signal(signal.SIGCONT)
    assert second.returncode == StateError.exit_code
    assert f"另一个任务正在写 {settings.home} 里的数据仓(进程号 {first.pid})" in said
    assert "请等它结束后重试" in said
    assert "Traceback" not in said
    first.communicate(timeout=240)
    assert first.returncode == 0
    now = current(settings)
    assert now
    assert (now.as_of, now.content_hash) == (undisturbed.as_of, undisturbed.content_hash)
    assert tickets_in(now, settings) == tickets_in(undisturbed, settings)
    # Nothing was wrong, so the wall does not say so.
    assert last_failure(settings) is None


def started(settings: Settings) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "run"],
        env=environment_of(settings),
        cwd=settings.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
