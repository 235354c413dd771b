"""The one way to open DuckDB: settings, extensions, macros, transactions, binding and the lock.

Holds everything that depends on DuckDB as an engine: `connect`, the only context manager that says
BEGIN, rows as dictionaries, the macros that models may use, the binding of a warehouse to its
sources, the one-writer lock, and the plain sentences for a file that is locked, damaged, full or
read-only. What the tables mean is in `pull` (raw), `models` (core, kpi) and `snapshots`.
"""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from config.errors import BusyError, ConfigError, OpsPulseError, StateError
from config.settings import Settings, SourceSettings

LOCK_WAIT_SECONDS = 5.0
# 60 % of the 1 GiB that a pull may take: the engine does not count all that it uses.
FRUGAL_LIMIT = "600MB"

# China has kept +08:00 without summer time since 1992: an addition, where the engine's look into
# the zone's history costs 3 µs a row. A CASE computes each branch for its own rows only.
_STEADY_ZONE, _STEADY_FROM = "'Asia/Shanghai'", "timestamp '1992-01-01'"
_STEADY_OFFSET = "interval 8 hour"

# Temporary, so that a read-only file has them too and an upgrade never meets an old definition.
# date_sub counts whole units elapsed; date_diff would count the boundaries crossed.
MACROS = (
    "seconds_between(a, b) as date_sub('second', a, b)",
    "minutes_between(a, b) as date_sub('minute', a, b)",
    "local_time(ts, zone) as case "
    f"when zone = {_STEADY_ZONE} and ts >= {_STEADY_FROM} then ts + {_STEADY_OFFSET} "
    "else ts at time zone 'UTC' at time zone zone end",
    "local_date(ts, zone) as cast(local_time(ts, zone) as date)",
    "utc_of(t, zone) as case "
    f"when zone = {_STEADY_ZONE} and t >= {_STEADY_FROM} "
    f"then cast(t as timestamp) - {_STEADY_OFFSET} "
    "else cast(t as timestamp) at time zone zone at time zone 'UTC' end",
    "days_between(a, b) as date_sub('day', a, b)",
    "month_end_plus(d, n) as cast(last_day(d) + cast(n as integer) as date)",
    "month_start(d) as cast(date_trunc('month', d) as date)",
    "week_start(d) as cast(date_trunc('week', d) as date)",
    "iso_weekday(d) as isodow(d)",
)

# What DuckDB's message contains → which sentence the user reads.
_SYMPTOMS = (
    ("Could not set lock", "locked"),
    ("No space left", "full"),
    ("max_temp_directory_size", "full"),
    ("not a valid DuckDB database", "damaged"),
    ("Corrupt database file", "damaged"),
    ("Could not read enough bytes", "damaged"),
    ("checksum", "damaged"),
    ("database file with version number", "newer"),
    ("database does not exist", "absent"),
    ("No such file or directory", "absent"),
    ("Permission denied", "unwritable"),
    ("Read-only file system", "unwritable"),
    ("read-only mode", "unwritable"),
    ("Out of Memory", "memory"),
    ("failed to allocate", "memory"),
)
_SENTENCES: dict[str, tuple[type[OpsPulseError], str, str]] = {
    "locked": (
        StateError,
        "数据仓 {path} 正被另一个进程使用。",
        "请等它结束;如果没有任务在运行,请结束占用它的进程后重试。",
    ),
    "full": (
        StateError,
        "磁盘空间不足,无法写入 {path}。",
        "请清理磁盘,或把 OPSPULSE_HOME 移到空间更大的磁盘;上一次的结果没有受影响。",
    ),
    "damaged": (
        StateError,
        "数据仓 {path} 已损坏,或者不是 DuckDB 文件。",
        "请用备份恢复这个文件;没有备份时把它移走后重新运行,数据会从来源重新拉取。",
    ),
    "newer": (
        StateError,
        "数据仓 {path} 是由不同版本的程序写成的。",
        "请使用写它的那个版本,或恢复升级前的备份。",
    ),
    "absent": (StateError, "找不到数据仓 {path}。", "请先运行一次 opspulse run。"),
    "unwritable": (
        ConfigError,
        "没有权限读写数据仓 {path}。",
        "请检查文件和目录的权限、磁盘是否只读,或用 OPSPULSE_HOME 另指定目录。",
    ),
    "memory": (
        StateError,
        "内存上限不够,无法处理 {path} 中的数据。",
        "请在 opspulse.yml 中调大 memory_limit,或清理临时目录所在的磁盘。",
    ),
}


def explained(error: duckdb.Error, path: Path | str) -> OpsPulseError | None:
    """Return the plain sentence for an engine error about ``path``, or None if it is not foreseen.

    Foreseen: the file is locked, damaged, of another version, absent or not writable; the disk is
    full; the memory limit is reached.
    """
    if isinstance(error, duckdb.ProgrammingError):
        return None  # a mistake in our SQL, whatever its text
    text = str(error)
    for symptom, kind in _SYMPTOMS:
        if symptom in text:
            error_type, problem, remedy = _SENTENCES[kind]
            return error_type(problem.format(path=path), remedy)
    return None


def connect(
    path: Path | str, settings: Settings, *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file (or ``:memory:``) with the house settings and the macros.

    The session's zone is UTC, nothing is ever downloaded, memory and temporary files stay within
    what the settings promise. Insertion order is preserved, so results repeat. A ``cursor()`` of
    the connection has its own temporary schema: call `install_macros` on it.

    Raises:
        StateError: the file is locked by another process, damaged, of another version, or absent.
        ConfigError: the file or its folder may not be read or written.
    """
    settings.temp_dir.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_persistent_secrets": "false",
        "memory_limit": settings.memory_limit,
        "threads": str(settings.threads),
        "temp_directory": str(settings.temp_dir),
        # Newer text compression: a quarter less time to write. Only this program reads the files.
        "storage_compatibility_version": "latest",
    }
    try:
        con = duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.Error as error:
        known = explained(error, path)
        if known is None:
            raise
        raise known from error
    con.execute("set TimeZone = 'UTC'")
    # a guess of few rows would turn ASOF joins into nested loops: minutes instead of a second
    con.execute("set asof_loop_join_threshold = 0")
    install_macros(con)
    return con


def install_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary macros that models use: see ``MACROS``."""
    for macro in MACROS:
        con.execute(f"create or replace temp macro {macro}")


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load one of DuckDB's extensions from the installed Python package.

    Args:
        con: the connection's whole database gets it.
        name: ``sqlite_scanner``, ``postgres_scanner``, ``mysql_scanner`` or ``excel``.

    Raises:
        ConfigError: the package is not installed, or belongs to another DuckDB version.
    """
    package = f"duckdb_extension_{name}"
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    files = [
        Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        for folder in folders
    ]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise ConfigError(
            f"缺少 DuckDB {duckdb.__version__} 的扩展 {name}。",
            f"请重新安装依赖(软件包 {package.replace('_', '-')})。",
        )
    con.execute(f"load '{str(found).replace(chr(39), chr(39) * 2)}'")


@contextmanager
def frugal(con: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[None]:
    """Keep DuckDB within `FRUGAL_LIMIT` while the body runs; what does not fit goes to disk.

    For bulk work that needs no more to be fast, beside the wall and the daemon on one machine.
    """
    if _bytes(settings.memory_limit) <= _bytes(FRUGAL_LIMIT):
        yield
        return
    con.execute(f"set memory_limit = '{FRUGAL_LIMIT}'")
    try:
        yield
    finally:
        con.execute(f"set memory_limit = '{settings.memory_limit}'")


def memory_limit(con: duckdb.DuckDBPyConnection) -> float:
    """Return the bytes that the engine may take now."""
    row = con.execute("select current_setting('memory_limit')").fetchone()
    return _bytes(str(row[0])) if row else 0.0


def _bytes(limit: str) -> float:
    """Return the bytes of a limit such as ``1200MB`` or ``1.5 GiB``, as the settings allow it."""
    text = limit.rstrip("B").rstrip("i")
    scale: int = 1024 ** ("KMGT".index(text[-1]) + 1)
    return float(text[:-1]) * scale


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Run the body in one transaction: commit at the end, roll back on any exception.

    COMMIT after a runtime error returns normally and keeps nothing, after a catalog error it keeps
    half: so nobody else says BEGIN. The rollback itself may fail when an attached server has gone
    away (the work is undone all the same); the first error is the one that is raised.

    Raises:
        StateError: the disk or the memory limit was exhausted inside the body.
    """
    con.execute("begin transaction")
    try:
        yield
        con.execute("commit")
    except duckdb.Error as error:
        _roll_back(con)
        known = explained(error, "warehouse.duckdb")
        if known is None:
            raise
        raise known from error
    except BaseException:
        _roll_back(con)
        raise


def records(
    con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a SELECT as dictionaries by column."""
    cursor = con.execute(sql, list(values))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):
        con.execute("rollback")


def _address(source: SourceSettings, settings: Settings) -> str:
    """Return the source's address without secrets; inside the home it moves with the home."""
    return source.redacted_url().replace(str(settings.home), "<home>")


def _fingerprint(source: SourceSettings, settings: Settings) -> str:
    return sha256(f"{source.system}\n{_address(source, settings)}".encode()).hexdigest()


def bind(con: duckdb.DuckDBPyConnection, settings: Settings, is_demo: bool) -> None:
    """Bind the warehouse to its sources on the first call; afterwards refuse any other source.

    ``raw.binding`` keeps one row per source name. A further source may join a warehouse whose
    known sources are unchanged; demo and real data never share one.

    Raises:
        ConfigError: the warehouse belongs to another store, or mixes demo and real data.
    """
    con.execute("create schema if not exists raw")
    con.execute(
        "create table if not exists raw.binding (source text, source_fingerprint text, "
        "address text, is_demo boolean)"
    )
    rows = con.execute("select source, source_fingerprint, address, is_demo from raw.binding")
    bound = {row[0]: row[1:] for row in rows.fetchall()}
    wanted = {source.name: _fingerprint(source, settings) for source in settings.sources}
    if bound:
        _refuse_other(bound, wanted, settings, is_demo=is_demo)
    con.executemany(
        "insert into raw.binding select $1, $2, $3, $4 "
        "where not exists (select 1 from raw.binding where source = $1)",
        [
            [source.name, wanted[source.name], _address(source, settings), is_demo]
            for source in settings.sources
        ],
    )


def _refuse_other(
    bound: dict[str, tuple[str, str, bool]],
    wanted: dict[str, str],
    settings: Settings,
    *,
    is_demo: bool,
) -> None:
    was_demo = any(row[2] for row in bound.values())
    if was_demo != is_demo:
        words = ("演示数据", "真实数据")
        raise ConfigError(
            f"数据仓 {settings.warehouse_path} 里是{words[not was_demo]},"
            f"而当前来源是{words[not is_demo]}。",
            f"两者不能混在一起:请用 OPSPULSE_HOME 为{words[not is_demo]}另指定一个目录。",
        )
    changed = [name for name in wanted if name in bound and bound[name][0] != wanted[name]]
    if not changed and set(wanted) & set(bound):
        return
    name = next(iter(changed or bound))
    raise ConfigError(
        f"数据仓 {settings.warehouse_path} 属于数据源 {name}({bound[name][1]}),"
        "与当前配置的数据源不是同一个。",
        "请改回原来的数据源,或用 OPSPULSE_HOME 为新的数据源另指定一个目录。",
    )


@contextmanager
def lock(settings: Settings, timeout: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
    """Hold the one-writer lock of this home while the body runs.

    The operating system frees it when the process dies. ``warehouse.owner`` beside it names the
    holder for the error message only.

    Args:
        settings: names the home.
        timeout: seconds to wait for another holder.

    Raises:
        BusyError: another process still holds it after ``timeout``.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    owner = settings.home / "warehouse.owner"
    held = FileLock(settings.home / "warehouse.lock")
    try:
        held.acquire(timeout=timeout)
    except Timeout:
        raise BusyError(
            f"另一个任务正在写 {settings.home} 里的数据仓({_holder(owner)})。",
            "请等它结束后重试。",
        ) from None
    try:
        owner.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        held.release()


def _holder(owner: Path) -> str:
    try:
        return f"进程号 {owner.read_text(encoding='utf-8')}"
    except OSError:
        return "进程号未知"
