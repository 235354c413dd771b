"""A disk that runs full: one clear sentence, exit code 1, the last good state stays."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.snapshots import current
from config.settings import Settings
from pipelines.cli_output import _full_disk

ROOT = Path(__file__).resolve().parent.parent
SPARE_BYTES = 1_000_000


@pytest.fixture
def small_disk(tmp_path: Path, tiny_hospital: Settings) -> Iterator[Path]:
    """A file system with hardly more room than the tiny hospital's home takes."""
    place = tmp_path / "disk"
    place.mkdir()
    used = sum(path.stat().st_size for path in tiny_hospital.home.rglob("*") if path.is_file())
    size = f"size={used + SPARE_BYTES}"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("this machine does not let us mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_one_sentence_and_the_last_snapshot_serves(
    small_disk: Path, tiny_hospital: Settings
) -> None:
    home = small_disk / "home"
    shutil.copytree(tiny_hospital.home, home)
    settings = tiny_hospital.model_copy(update={"home": home})
    before = current(settings)
    (small_disk / "filler").write_bytes(b"x" * (SPARE_BYTES - 200_000))
    environment = os.environ | {
        "OPSPULSE_HOME": str(home),
        "OPSPULSE_SOURCE_URL": settings.sources[0].url.get_secret_value(),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "run"],
        env=environment, cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "磁盘空间不足" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert current(settings) == before


def test_a_full_disk_is_found_below_the_error_of_a_library() -> None:
    try:
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:
            raise RuntimeError("commit failed") from error
    except RuntimeError as error:
        found = _full_disk(error)
    assert found is not None
    assert "磁盘空间不足" in found.problem
    assert _full_disk(ValueError("another")) is None
