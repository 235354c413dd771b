"""The monthly workbook as a file: which month, which version, written whole or not at all.

Holds `write_month`: the draft of an open month, or the signed file of a closed one. What stands in
the workbook is made in `exports.workbook`, a month is closed in `exports.closing`; when a workbook
is written is decided in `pipelines`.
"""

import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from assets import metrics, snapshots
from assets.decisions import months
from assets.snapshots import Snapshot
from config.errors import ConfigError, StateError
from config.settings import Settings
from exports.reading import PLAIN_EDITION, material_of, month_in, stem
from exports.versions import publish, told_disk, versions
from exports.workbook.compose import Material, compose
from exports.workbook.editions import Edition, edition_of
from exports.workbook.facts import first_day
from exports.workbook.same import says_the_same
from exports.workbook.writer import save

_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class MonthFile:
    """A month's workbook; ``is_kept``: an earlier version reports the same and still stands."""

    path: Path
    is_kept: bool


def write_month(settings: Settings, month: str, edition: str = PLAIN_EDITION) -> Path:
    """Write one month's workbook and return its file; see `month_file`."""
    return month_file(settings, month, edition).path


def month_file(settings: Settings, month: str, edition: str = PLAIN_EDITION) -> MonthFile:
    """Write one month's workbook from the current snapshot, unless it already stands.

    The same snapshot gives the same bytes under the same name. A later snapshot under which the
    month reports the same keeps the file that is there; other contents get the next version. An
    earlier version is never overwritten. A closed month has the file that was signed, whatever the
    data say by now; where it is gone it is put back byte by byte.

    Args:
        settings: the installation.
        month: `2026-10`.
        edition: key of an edition, `head` or `finance`.

    Returns:
        The file, new or found to be the same.

    Raises:
        ConfigError: no such month or edition, the month has not begun or holds no data.
        StateError: there is no snapshot yet, the signed file was altered, or the disk refuses.
    """
    require_month(month)
    chosen = edition_of(edition)
    with told_disk(settings):
        signed = _signed(settings, month, chosen)
    if signed is not None:
        return signed
    snapshot = current_snapshot(settings)
    with snapshots.opened(snapshot, settings) as con:
        period = month_in(con, month)
        material = material_of(settings, con, snapshot, period, chosen)
        name = stem(metrics.context(con), period, chosen)
    with told_disk(settings):
        return _write(settings.exports_dir, name, material, snapshot)


def require_month(text: str) -> None:
    """Refuse what is no month.

    Raises:
        ConfigError: it is written otherwise than `2026-10`.
    """
    if not _MONTH.fullmatch(text):
        raise ConfigError(f"「{text}」不是月份。", "请写成 2026-10 这样的年和月。")


def current_snapshot(settings: Settings) -> Snapshot:
    """Return the snapshot that workbooks are written from.

    Raises:
        StateError: there is none yet.
    """
    snapshot = snapshots.current(settings)
    if snapshot is None:
        raise StateError("还没有可以导出的快照。", "请先运行 opspulse run。")
    return snapshot


def restore(settings: Settings, file: months.FrozenFile) -> MonthFile:
    """Return the signed workbook's file, put back where it is gone.

    Raises:
        StateError: another file stands under its name.
    """
    settings.exports_dir.mkdir(parents=True, exist_ok=True)
    path = settings.exports_dir / file.name
    if path.exists():
        if sha256(path.read_bytes()).hexdigest() != file.sha256:
            raise StateError(
                f"{file.name} 与定稿时的校验值不符,文件被改动过。",
                "请移走这个文件后重新导出,定稿会原样写回。",
            )
        return MonthFile(path, is_kept=True)
    part = settings.exports_dir / f".{file.name}.{os.getpid()}.part"
    try:
        part.write_bytes(file.content)
        publish(part, path)
    finally:
        part.unlink(missing_ok=True)
    return MonthFile(path, is_kept=True)


def _signed(settings: Settings, month: str, edition: Edition) -> MonthFile | None:
    act = months.state(settings.months_path, first_day(month))
    if act is None:
        return None
    file = months.file_of(settings.months_path, act.act_id, edition.key)
    if file is None:
        raise ConfigError(
            f"{month} 月结时没有「{edition.zh}」。", "请导出月结时已有的版本,或重开该月。"
        )
    return restore(settings, file)


def _write(folder: Path, name: str, material: Material, snapshot: Snapshot) -> MonthFile:
    """Return the latest version if it reports the same, else write the next one."""
    folder.mkdir(parents=True, exist_ok=True)
    last = max(versions(folder, name), default=0)
    part = folder / f".{name}.{os.getpid()}.part"
    try:
        save(compose(material, snapshot, last + 1).workbook, part, snapshot.as_of)
        kept = folder / f"{name}_v{last}.xlsx"
        if last and says_the_same(kept, part, material.edition):
            return MonthFile(kept, is_kept=True)
        path = folder / f"{name}_v{last + 1}.xlsx"
        if path.exists():
            raise StateError(f"{name} 正在被另一次导出写入。", "请稍后重新导出。")
        publish(part, path)
        return MonthFile(path, is_kept=False)
    finally:
        part.unlink(missing_ok=True)
