"""The ten-step report of a quality circle as a file, written from the current snapshot.

Holds which file. The content is `assets.circle`'s, the sheets are made in `exports.workbook.steps`.
"""

import os
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from assets import metrics, snapshots
from assets.causes.reading import topic
from assets.circle.report import Circle, circle
from assets.snapshots import Snapshot
from config.errors import StateError
from config.settings import Settings
from exports.versions import publish, stem_of, versions
from exports.workbook.steps import StepBook, write_steps
from exports.workbook.words import Words
from exports.workbook.writer import save

_LONGEST_NAME = 31


def write_circle(
    settings: Settings,
    *,
    where: Mapping[str, Any],
    start: date | None = None,
    end: date | None = None,
    improvement_id: str | None = None,
    capability: Decimal | None = None,
    role: str = "qcc",
) -> Path:
    """Write the ten-step report of a topic and return its file.

    Args:
        settings: the installation.
        where: the topic, dimension id → codes.
        start: first local day; a year before the end by default.
        end: local day after the last.
        improvement_id: the measure whose effect is shown.
        capability: 圈能力, 0 … 1.
        role: for whom.

    Raises:
        ConfigError: an unknown topic or measure, or a period without data.
        StateError: there is no snapshot yet, or the disk refuses.
    """
    snapshot = current(settings)
    with snapshots.opened(snapshot, settings) as con:
        about = topic(con, start=start, end=end, where=where, role=role)
        report = circle(
            con,
            about,
            improvement_id=improvement_id,
            capability=capability,
            role=role,
            lang=settings.language,
        )
        return write_report(con, settings, snapshot, report, "品管圈")


def current(settings: Settings) -> Snapshot:
    """Return the current snapshot.

    Raises:
        StateError: nothing was ever published.
    """
    found = snapshots.current(settings)
    if found is None:
        raise StateError("还没有可以导出的快照。", "请先运行 opspulse run。")
    return found


def write_report(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    snapshot: Snapshot,
    report: Circle,
    kind: str,
) -> Path:
    """Write a report of steps as the next version of its file, or keep the one with these bytes.

    Raises:
        StateError: the disk refuses.
    """
    known = metrics.context(con)
    words = Words(settings.language)
    stem = stem_of(
        known.hospital_name, known.department_name, kind, report.scope[:40],
        f"{report.start}至{report.end - timedelta(days=1)}",
    )  # fmt: skip
    local = known.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(known.timezone))
    names = [words("封面", "Cover"), *(_sheet_name(one.number, one.title) for one in report.steps)]
    folder = settings.exports_dir
    part = folder / f".{stem}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        last = max(versions(folder, stem), default=0)
        for version in (last, last + 1):
            if not version:
                continue
            book = StepBook(
                report=report, words=words, snapshot=snapshot,
                hospital=f"{known.hospital_name} {known.department_name}",
                as_of_text=f"{local:%Y-%m-%d %H:%M:%S} {known.timezone}",
                rules_version=known.rules_version, version=version, names=names,
            )  # fmt: skip
            write_steps(book)
            save(book.workbook, part, snapshot.as_of)
            path = folder / f"{stem}_v{version}.xlsx"
            if version == last and path.read_bytes() == part.read_bytes():
                return path
        publish(part, path)
    except OSError as error:
        raise StateError(
            f"无法在 {folder} 中写入报告({error.strerror})。", "请检查磁盘空间与权限后重新导出。"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _sheet_name(number: int, title: str) -> str:
    return f"{number:02}{title}"[:_LONGEST_NAME]
