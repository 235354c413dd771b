"""The monthly workbook as a file: which month, which version, written whole or not at all.

Holds `write_month`. What stands in the workbook is made in `exports.workbook`; when it is written
is decided in `pipelines`.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from assets import metrics, snapshots
from assets.snapshots import Snapshot
from config.errors import ConfigError, StateError
from config.settings import Settings
from exports.versions import publish, stem_of, versions
from exports.workbook import facts
from exports.workbook.compose import Material, compose
from exports.workbook.editions import Edition, edition_of
from exports.workbook.facts import Month
from exports.workbook.same import says_the_same
from exports.workbook.words import Words
from exports.workbook.writer import save

_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")
_PLAIN_EDITION = "head"


@dataclass(frozen=True)
class MonthFile:
    """A month's workbook; ``is_kept``: an earlier version reports the same and still stands."""

    path: Path
    is_kept: bool


def write_month(settings: Settings, month: str, edition: str = _PLAIN_EDITION) -> Path:
    """Write one month's workbook and return its file; see `month_file`."""
    return month_file(settings, month, edition).path


def month_file(settings: Settings, month: str, edition: str = _PLAIN_EDITION) -> MonthFile:
    """Write one month's workbook from the current snapshot, unless it already stands.

    The same snapshot gives the same bytes under the same name. A later snapshot under which the
    month reports the same keeps the file that is there; other contents get the next version. An
    earlier version is never overwritten.

    Args:
        settings: the installation.
        month: `2026-10`.
        edition: key of an edition, `head` or `finance`.

    Returns:
        The file, new or found to be the same.

    Raises:
        ConfigError: no such month or edition, the month has not begun or holds no data.
        StateError: there is no snapshot yet, or the disk refuses.
    """
    if not _MONTH.fullmatch(month):
        raise ConfigError(f"「{month}」不是月份。", "请写成 2026-10 这样的年和月。")
    chosen = edition_of(edition)
    snapshot = snapshots.current(settings)
    if snapshot is None:
        raise StateError("还没有可以导出的快照。", "请先运行 opspulse run。")
    words = Words(settings.language)
    with snapshots.opened(snapshot, settings) as con:
        known = metrics.context(con)
        period = facts.month_of(month, known)
        _refuse_empty(period, known)
        rows = facts.read(con, period, chosen, words)
        material = Material(con, rows, chosen, words)
    stem = _stem(known, period, chosen)
    try:
        settings.exports_dir.mkdir(parents=True, exist_ok=True)
        return _write(settings.exports_dir, stem, material, snapshot)
    except OSError as error:
        raise StateError(
            f"无法在 {settings.exports_dir} 中写入工作簿({error.strerror})。",
            "请检查磁盘空间与权限后重新导出。",
        ) from error


def _refuse_empty(month: Month, known: metrics.Context) -> None:
    if month.start > known.as_of_on or month.begin_second >= month.end_second:
        raise ConfigError(
            f"{month.text} 还没有开始,无法导出。", f"数据截至 {known.as_of_on},请选择之前的月份。"
        )
    if month.end <= known.data_from:
        raise ConfigError(
            f"{month.text} 没有数据,无法导出。", f"数据自 {known.data_from} 起,请选择之后的月份。"
        )


def _stem(known: metrics.Context, month: Month, edition: Edition) -> str:
    """Return the file's name without version: legal on every system."""
    parts = [known.hospital_name, known.department_name, "运维月报", month.text]
    if edition.key != _PLAIN_EDITION:
        parts.append(edition.zh)
    return stem_of(*parts)


def _write(folder: Path, stem: str, material: Material, snapshot: Snapshot) -> MonthFile:
    """Return the latest version if it reports the same, else write the next one."""
    last = max(versions(folder, stem), default=0)
    part = folder / f".{stem}.{os.getpid()}.part"
    try:
        save(compose(material, snapshot, last + 1), part, snapshot.as_of)
        kept = folder / f"{stem}_v{last}.xlsx"
        if last and says_the_same(kept, part, material.edition):
            return MonthFile(kept, is_kept=True)
        path = folder / f"{stem}_v{last + 1}.xlsx"
        if path.exists():
            raise StateError(f"{stem} 正在被另一次导出写入。", "请稍后重新导出。")
        publish(part, path)
        return MonthFile(path, is_kept=False)
    finally:
        part.unlink(missing_ok=True)
