"""Writing a simulated hospital into an operational store: SQLite, PostgreSQL or MariaDB.

Holds ``create`` and the store's own clock. The dialects live in ``ddl`` and ``backends``, the
hospital in ``hospital``, keeping a store alive in ``live``.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa

from assets.sources.contract import tables
from config.errors import ConfigError
from demo.backends import Store, label_of, opened, parse, sqlite_path
from demo.clock import ZONE_OFFSET, from_utc, utc_naive
from demo.ddl import CLOCK_TABLE, clock_table, statements
from demo.dirt import Stain
from demo.sites import simulated
from demo.spec import DemoSpec
from demo.tables import RowSet
from demo.truth import TruthFile, document

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class CreateReport:
    """What was written. ``now_at`` is the store's clock (UTC); ``rows`` counts by table."""

    store: str
    store_uid: str
    now_at: datetime
    tickets: int
    rows: dict[str, int] = field(default_factory=dict)
    truth_path: str | None = None


def create(
    url: str,
    spec: DemoSpec,
    *,
    truth_path: Path | str | None = None,
    progress: Progress | None = None,
    live_to: datetime | None = None,
) -> CreateReport:
    """Simulate ``spec`` and write it as a new operational store, with its truth beside it.

    A SQLite file appears whole or not at all. In a server the demo's tables are made anew in the
    given database.

    Args:
        url: ``sqlite:///path``, ``postgresql://…`` or ``mysql://…``.
        spec: what to simulate.
        truth_path: where the planted truth goes (JSON); default ``<file>.truth.json`` for SQLite.
        progress: told the step and the share done (0 to 1).
        live_to: UTC moment to live on to before writing (as ``demo.live.advance`` would).

    Raises:
        ConfigError: the address is wrong, or there is something there that is not a demo store.
        SourceError: the store cannot be reached.
    """
    parsed = parse(url)
    until = max(spec.end, from_utc(live_to)) if live_to else spec.end
    if parsed.drivername != "sqlite":
        return _fill(parsed, spec, until, _path(truth_path), progress)
    path = sqlite_path(parsed)
    _refuse_foreign_file(parsed, path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        truth = _path(truth_path) or path.with_name(f"{path.name}.truth.json")
        report = _fill(parsed.set(database=name), spec, until, truth, progress)
        part.chmod(0o644)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return CreateReport(**(vars(report) | {"store": label_of(parsed)}))


def create_from(url: str, spec: DemoSpec, sites: Iterable[RowSet]) -> None:
    """Write rows that were drawn elsewhere as a demo store of SQLite, for proofs.

    Args:
        url: ``sqlite:///path`` of a file that does not exist.
        spec: says where the store's clock stands; nothing is simulated.
        sites: rows of each site; written as they stand when they come, new or not.
    """
    with opened(parse(url)) as store:
        _make_tables(store, spec)
        for rows in sites:
            for table in rows:
                store.add(table.table, list(table))
        store.add(clock_table(), [_clock_row(spec, spec.end, store_uid(spec))])
        store.connection.commit()


def _path(path: Path | str | None) -> Path | None:
    return Path(path) if path is not None else None


def _refuse_foreign_file(url: sa.URL, path: Path) -> None:
    if not path.exists() or path.stat().st_size == 0:
        return
    with opened(url) as store:
        if not store.has_table(CLOCK_TABLE):
            raise ConfigError(f"{path.name} 已经存在,而且不是演示库。", "请换一个文件名。")


def _fill(
    url: sa.URL, spec: DemoSpec, until: int, truth: Path | None, progress: Progress | None
) -> CreateReport:
    counts = dict.fromkeys(tables(), 0)
    stains: list[Stain] = []
    with opened(url) as store, TruthFile(truth) as told:
        _make_tables(store, spec)
        _tell(progress, f"模拟 {spec.hospitals} 个院区", 0)
        sites = simulated(spec, until, has_typed_columns=store.dialect != "sqlite")
        for number, site in enumerate(sites, start=1):
            _tell(progress, f"写入院区 {site.site_id}", (number - 0.4) / spec.hospitals)
            for change in site.changes:
                counts[change.table.name] += store.add(change.table, change.added)
            told.add(site.site_id, site.truth)
            stains.extend(site.stains)
        uid = store_uid(spec)
        store.add(clock_table(), [_clock_row(spec, until, uid)])
        store.connection.commit()
        told.finish(document(spec, uid, until, stains))
    _tell(progress, "完成", 1.0)
    return CreateReport(
        store=label_of(url),
        store_uid=uid,
        now_at=utc_naive(until),
        tickets=counts["tickets"],
        rows=counts,
        truth_path=str(truth) if truth else None,
    )


def _tell(progress: Progress | None, step: str, share: float) -> None:
    if progress:
        progress(step, share)


def _make_tables(store: Store, spec: DemoSpec) -> None:
    if store.dialect == "sqlite":
        store.run("pragma journal_mode = off")
        store.run("pragma synchronous = off")
    is_demo = store.has_table(CLOCK_TABLE)
    if not is_demo and any(store.has_table(name) for name in tables()):
        raise ConfigError(f"{store.label} 里已经有别的数据。", "请换一个空的库来放演示数据。")
    for table in (*tables().values(), clock_table()):
        store.run(f"drop table if exists {store.name(table.name)}")
        for statement in statements(table, store.dialect, has_key=not spec.has_dirt):
            store.run(statement)


def store_uid(spec: DemoSpec) -> str:
    """Return the store's identity: equal for equal specs."""
    words = json.dumps(vars(spec) | {"until": spec.until.isoformat()}, sort_keys=True)
    return "demo-" + hashlib.sha256(words.encode()).hexdigest()[:16]


def _clock_row(spec: DemoSpec, now: int, uid: str) -> list[object]:
    values: dict[str, object] = {"now_at": now, "size": spec.size, "store_uid": uid}
    values |= {"seed": spec.seed, "hospitals": spec.hospitals, "days": spec.day_count}
    values |= {"until_on": spec.until, "has_dirt": spec.has_dirt}
    return [values[name] for name in clock_table().column_names]


def read_spec(store: Store) -> DemoSpec:
    """Read from a demo store what it was made from. ConfigError when it is no demo store."""
    if not store.has_table(CLOCK_TABLE):
        raise ConfigError(f"{store.label} 不是演示库。", "请先用 opspulse demo create 建立演示库。")
    names = ("seed", "size", "hospitals", "days", "until_on", "has_dirt")
    row = store.run(f"select {', '.join(names)} from {CLOCK_TABLE}").fetchone()
    seed, size, hospitals, days, until, has_dirt = row
    return DemoSpec(
        until=until if isinstance(until, date) else date.fromisoformat(until),
        seed=int(seed),
        size=str(size),
        hospitals=int(hospitals),
        days=int(days),
        has_dirt=bool(has_dirt),
    )


def read_clock(store: Store) -> tuple[int, str]:
    """Return the store's clock (seconds since 1970 UTC) and its identity."""
    now, uid = store.run(f"select now_at, store_uid from {CLOCK_TABLE}").fetchone()
    if isinstance(now, str):
        now = datetime.fromisoformat(now)
    if now.tzinfo is None:
        return from_utc(now) - ZONE_OFFSET, str(uid)
    return from_utc(now), str(uid)
