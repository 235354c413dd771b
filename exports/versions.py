"""Files of a workbook: numbered versions, written whole or not at all, never overwritten.

Holds what the monthly workbook and the circle's reports share. What stands in a file, and whether
two report the same, is decided by their writers.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import StateError
from config.settings import Settings

_VERSION = re.compile(r"_v(\d+)\.xlsx$")
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


def stem_of(*parts: str) -> str:
    """Return a file's name without version from its parts: legal on every system."""
    return "_".join(_UNSAFE.sub("-", part).strip(" .") for part in parts)


def versions(folder: Path, stem: str) -> list[int]:
    """Return the versions of a workbook that stand in a folder, ascending."""
    found = []
    for path in folder.iterdir():
        match = _VERSION.search(path.name)
        if match and path.name == f"{stem}{match.group(0)}":
            found.append(int(match.group(1)))
    return sorted(found)


@contextmanager
def told_disk(settings: Settings) -> Iterator[None]:
    """Tell in a sentence when the disk refuses a workbook.

    Raises:
        StateError: it did, within the block.
    """
    try:
        yield
    except OSError as error:
        raise StateError(
            f"无法在 {settings.exports_dir} 中写入工作簿({error.strerror})。",
            "请检查磁盘空间与权限后重新导出。",
        ) from error


def publish(part: Path, path: Path) -> None:
    """Give the finished file its name, durable on disk before it is seen."""
    _sync(part)
    part.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
