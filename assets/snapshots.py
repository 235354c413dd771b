"""Publish and open immutable read-only files of `kpi.*`.

Holds how a snapshot becomes visible: build a `.part` file in its own transaction, checkpoint,
fsync, rename under a new name, and only then move a small pointer. A reader opens what the pointer
names and sees the old or the new state, never a mix. What the tables mean is in `models`; when to
publish is decided in `pipelines`.
"""

import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from assets import metric_context, snapshot_changes, warehouse
from assets.snapshot_changes import Differences
from config import faults
from config.errors import StateError
from config.settings import Settings

_POINTER = "current.json"
_ID_FORMAT = "%Y%m%dT%H%M%S"
# A live file comes every 15 s and weighs megabytes; a reader opens what the pointer names at once.
LIVE_KEPT = timedelta(minutes=3)


@dataclass(frozen=True)
class Snapshot:
    """One published file. Instants are naive UTC; ``content_hash`` depends on the rows only."""

    id: str
    path: Path
    as_of: datetime
    published_at: datetime
    content_hash: str
    is_demo: bool
    hospital_name: str
    rules_version: str


def _content_hash(con: duckdb.DuckDBPyConnection, digests: snapshot_changes.Digests) -> str:
    """Return a hash of the rows of all tables that does not depend on their order."""
    parts = [f"{table}:{digest}" for table, digest in digests.items()]
    row = con.execute("select md5(?)", ["\n".join(parts)]).fetchone()
    return str(row[0]) if row else ""


def _kpi_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select table_name from duckdb_tables() "
        "where schema_name = 'kpi' and database_name = current_database() order by table_name"
    ).fetchall()
    return [f"kpi.{name}" for (name,) in rows]


def _write_tables(con: duckdb.DuckDBPyConnection, part: Path, tables: list[str]) -> None:
    """Copy the tables into a new file and leave it checkpointed and detached."""
    con.execute(f"attach '{str(part).replace(chr(39), chr(39) * 2)}' as snap")
    try:
        with warehouse.transaction(con):
            con.execute("create schema snap.kpi")
            for number, table in enumerate(tables):
                if number == len(tables) // 2:
                    faults.reach("mid_publish")
                con.execute(f"create table snap.{table} as from {table}")
        con.execute("checkpoint snap")
    finally:
        con.execute("detach snap")


def _comment(part: Path, settings: Settings, tables: list[str]) -> None:
    from assets import models  # noqa: PLC0415 - its parser of SQL is for writers: readers start sooner

    con = warehouse.connect(part, settings)
    try:
        with warehouse.transaction(con):
            models.comment(con, [spec for spec in models.discover() if spec.key in set(tables)])
    finally:
        con.close()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace_pointer(folder: Path, snapshot: Snapshot) -> None:
    content = asdict(snapshot) | {
        "path": snapshot.path.name,
        "as_of": snapshot.as_of.isoformat(),
        "published_at": snapshot.published_at.isoformat(),
    }
    part = folder / f"{_POINTER}.part"
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    _sync(part)
    part.replace(folder / _POINTER)
    _sync(folder)


def _fill(
    con: duckdb.DuckDBPyConnection,
    part: Path,
    digests: snapshot_changes.Digests,
    base: tuple[Path, Differences] | None,
) -> list[str]:
    """Write the file, from the one before where that can be; the tables that are new in it."""
    if base:
        replaced = snapshot_changes.follow(con, base[0], part, digests, base[1])
        if replaced is not None:
            return replaced
    part.unlink(missing_ok=True)
    _write_tables(con, part, list(digests))
    return list(digests)


def _publish(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    folder: Path,
    *,
    has_comments: bool,
    base: tuple[Path, Differences] | None = None,
) -> Snapshot:
    row = con.execute(
        "select as_of, is_demo, hospital_name, rules_version from kpi.run_context"
    ).fetchone()
    if row is None:
        raise StateError("没有可发布的结果。", "请先运行 opspulse run。")
    digests = snapshot_changes.digests(con, _kpi_tables(con))
    content_hash = _content_hash(con, digests)
    snapshot_id = f"{row[0].strftime(_ID_FORMAT)}-{content_hash[:8]}"
    path = folder / f"{snapshot_id}.duckdb"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            part = folder / f"{snapshot_id}.{os.getpid()}.part"
            part.unlink(missing_ok=True)
            new = _fill(con, part, digests, base)
            if has_comments:
                _comment(part, settings, new)
            _sync(part)
            part.replace(path)
        snapshot = Snapshot(
            snapshot_id,
            path,
            row[0],
            datetime.now(UTC).replace(tzinfo=None, microsecond=0),
            content_hash,
            bool(row[1]),
            row[2],
            row[3],
        )
        faults.reach("before_pointer")
        _replace_pointer(folder, snapshot)
    except OSError as error:
        raise StateError(
            f"无法在 {folder} 中写入快照({error.strerror})。",
            "上一份快照继续服务;请检查磁盘空间与权限后重新运行。",
        ) from error
    return snapshot


def publish(
    con: duckdb.DuckDBPyConnection, settings: Settings, differences: Differences | None = None
) -> Snapshot:
    """Publish every `kpi` table of a committed warehouse as the current snapshot.

    Args:
        con: the warehouse.
        settings: names the home.
        differences: what this run changed; the file is then made from the one before if that shows
            the state from which they start. Both ways give the same rows. The first of a day (UTC)
            is written whole, so that the space of rows that went stays bounded.

    Raises:
        StateError: nothing to publish, or the disk refuses; the last snapshot keeps serving.
    """
    before = current(settings) if differences else None
    base = None
    if differences and before and before.path.exists() and before.as_of == differences.since:
        now = con.execute("select as_of from kpi.run_context").fetchone()
        if now and now[0].date() == before.as_of.date():
            base = (before.path, differences)
    return _publish(con, settings, settings.snapshots_dir, has_comments=True, base=base)


def publish_live(con: duckdb.DuckDBPyConnection, settings: Settings) -> Snapshot:
    """Publish the tables of the light path as the current live file; errors as `publish`.

    Live files that nobody reads any more are removed.
    """
    before = current_live(settings)
    live = _publish(con, settings, settings.live_dir, has_comments=False)
    # The file before may be old and yet have been opened just now.
    prune_live(settings, keep={before.path} if before else set())
    return live


def prune_live(
    settings: Settings, now: datetime | None = None, keep: Collection[Path] = ()
) -> list[Path]:
    """Delete live files, and halves of such, that are older than a few minutes.

    Args:
        settings: names the home.
        now: the present in UTC, for tests.
        keep: files that stay; the current one always does.

    Returns:
        The deleted files. What the system holds fast, as Windows does an open file, stays until
        the next time.
    """
    limit = ((now or datetime.now(UTC)) - LIVE_KEPT).timestamp()
    live = current_live(settings)
    kept = {*keep, *([live.path] if live else [])}
    removed = []
    for pattern in ("*.duckdb", "*.part*"):
        for file in settings.live_dir.glob(pattern):
            with suppress(OSError):
                if file not in kept and file.stat().st_mtime < limit:
                    file.unlink()
                    removed.append(file)
    return removed


def _read_pointer(folder: Path) -> Snapshot | None:
    pointer = folder / _POINTER
    if not pointer.exists():
        return None
    try:
        content = json.loads(pointer.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise StateError(f"快照指针 {pointer} 已损坏。", "请重新运行 opspulse run。") from error
    return Snapshot(
        **(
            content
            | {
                "path": folder / content["path"],
                "as_of": datetime.fromisoformat(content["as_of"]),
                "published_at": datetime.fromisoformat(content["published_at"]),
            }
        )
    )


def current(settings: Settings) -> Snapshot | None:
    """Return the current snapshot, None before the first publication."""
    return _read_pointer(settings.snapshots_dir)


def current_live(settings: Settings) -> Snapshot | None:
    """Return the current live file, None before the first light refresh."""
    return _read_pointer(settings.live_dir)


@contextmanager
def opened(snapshot: Snapshot, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a snapshot read-only for the length of the block."""
    con = warehouse.connect(snapshot.path, settings, read_only=True)
    try:
        with metric_context.unchanging(con):
            yield con
    finally:
        con.close()
