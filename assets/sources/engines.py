"""How DuckDB attaches a store, read-only: settings of the scanners, secrets, faults in words.

Holds what differs between SQLite, PostgreSQL and MySQL/MariaDB. What is read from the store is in
`store`. The settings were measured; the reasons stand beside them.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from assets.conversions import identifier, quoted
from assets.sources.address import Address
from assets.warehouse import load_extension
from config.errors import OpsPulseError, SourceError
from config.settings import SourceSettings

CONNECT_SECONDS = 8
_COPY_PREFIX = "source-"
_ABANDONED_SECONDS = 3600

_EXTENSIONS = {
    "sqlite": "sqlite_scanner",
    "postgres": "postgres_scanner",
    "mysql": "mysql_scanner",
}
_SETTINGS = {
    # Every value as text: one bad cell must not stop the whole table.
    "sqlite": ("sqlite_all_varchar = true",),
    # numeric without precision stays DOUBLE; money in such a column is refused by name.
    "postgres": ("pg_connection_limit = 4",),
    "mysql": (
        # A named zone needs tables that servers lack by default; TIMESTAMP columns become UTC.
        "mysql_session_time_zone = '+00:00'",
        # TINYINT(1) = 2 would become true.
        "mysql_tinyint1_as_boolean = false",
        # Group and order would follow the server's collation ('a' = 'A ').
        "mysql_aggregate_pushdown_enabled = false",
        "mysql_order_pushdown_enabled = false",
    ),
}

# What the engine's message contains → which sentence the user reads.
_SYMPTOMS = (
    ("Unknown database", "no_database"),
    ("password authentication failed", "login"),
    ("Access denied", "login"),
    ("no password supplied", "login"),
    ("pg_hba.conf", "login"),
    ("could not translate host name", "no_host"),
    ("Unknown server host", "no_host"),
    ("Unknown MySQL server host", "no_host"),
    ("permission denied", "denied"),
    ("command denied", "denied"),
    ("Connection refused", "unreachable"),
    ("Can't connect", "unreachable"),
    ("timeout expired", "unreachable"),
    ("timed out", "unreachable"),
    ("No route to host", "unreachable"),
    ("Network is unreachable", "unreachable"),
    ("database is locked", "broken"),
    ("file is not a database", "broken"),
    ("disk image is malformed", "broken"),
)
_SENTENCES = {
    "no_database": ("{where}上没有名为 {database} 的数据库。", "请检查数据库名。"),
    "login": ("{where}拒绝登录。", "请检查用户名和密码,以及服务器是否允许本机连接。"),
    "no_host": ("找不到{where}的主机。", "请检查主机名和 DNS。"),
    "denied": ("{where}的账号没有读取权限。", "请让管理员授予只读(SELECT)权限。"),
    "unreachable": ("{where}连接不上。", "请检查网络、端口、防火墙,以及数据库是否在运行。"),
    "broken": ("{where}被占用,或者不是完好的数据库文件。", "请稍后重试,或检查这个文件。"),
    "other": (
        "读取{where}时出错({kind})。",
        "连接可能中途断开,请稍后重试;一直失败时请检查数据库的运行状况。",
    ),
}


@contextmanager
def attached(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, address: Address, temp_dir: Path
) -> Iterator[str]:
    """Attach the store read-only while the body runs and yield the quoted catalog name.

    The password reaches DuckDB only in a temporary secret: the scanners print their connection
    string in every error.

    Raises:
        SourceError: the store cannot be reached, or refuses the account or the database.
    """
    load_extension(con, _EXTENSIONS[address.kind])
    for setting in _SETTINGS[address.kind]:
        con.execute(f"set {setting}")
    catalog = identifier(f"source_{source.name}")
    with ExitStack() as stack:
        try:
            if address.kind == "sqlite":
                copy = stack.enter_context(_copied(address, temp_dir))
                con.execute(f"attach {quoted(str(copy))} as {catalog} (type sqlite, read_only)")
            else:
                _attach_server(con, catalog, address)
        except (duckdb.Error, sqlite3.Error) as error:
            raise source_error(error, source, address) from None
        try:
            yield catalog
        finally:
            with suppress(duckdb.Error):
                con.execute(f"detach {catalog}")


@contextmanager
def _copied(address: Address, temp_dir: Path) -> Iterator[Path]:
    """Yield a consistent copy of a SQLite file, made by SQLite's own online backup.

    The scanner reads on several connections, each with a state of its own; and without a
    write-ahead log it would keep the hospital's system from writing for as long as it reads.
    """
    if address.path is None or not address.path.is_file():
        raise SourceError(
            f"找不到 SQLite 数据库文件 {address.shown}。",
            "请检查数据源地址;演示库可用 opspulse demo create 生成。",
        )
    temp_dir.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(temp_dir)
    with TemporaryDirectory(prefix=_COPY_PREFIX, dir=temp_dir) as folder:
        copy = Path(folder) / "copy.sqlite"
        uri = f"{address.path.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=CONNECT_SECONDS)) as original,
            closing(sqlite3.connect(copy)) as target,
        ):
            original.backup(target)
        yield copy


def _clear_abandoned(temp_dir: Path) -> None:
    """Remove copies that a killed process left behind: they hold the hospital's data."""
    oldest = time.time() - _ABANDONED_SECONDS
    for folder in temp_dir.glob(f"{_COPY_PREFIX}*"):
        with suppress(FileNotFoundError):  # its owner was quicker
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)


def _attach_server(con: duckdb.DuckDBPyConnection, catalog: str, address: Address) -> None:
    fields = {
        "host": address.host,
        "port": str(address.port),
        "user": address.user,
        "password": address.password,
        "database": address.database,
    }
    given = ", ".join(f"{name} {quoted(value)}" for name, value in fields.items() if value)
    con.execute(f"create or replace temporary secret {catalog} (type {address.kind}, {given})")
    try:
        con.execute(
            f"attach {quoted(_options(address))} as {catalog} "
            f"(type {address.kind}, read_only, secret {catalog})"
        )
    finally:
        con.execute(f"drop secret {catalog}")


def _options(address: Address) -> str:
    """Return the part of the connection string that holds no secret."""
    if address.kind == "postgres":
        mode = address.options.get("sslmode")
        return f"connect_timeout={CONNECT_SECONDS}" + (f" sslmode={mode}" if mode else "")
    mode = address.options.get("ssl_mode")
    # Compression is the scanner's default and costs the server two thirds of the time.
    return "compression=disabled" + (f" ssl_mode={mode}" if mode else "")


def source_error(
    error: duckdb.Error | sqlite3.Error, source: SourceSettings, address: Address
) -> OpsPulseError:
    """Return the sentence for a fault of the store. The engine's own text is never passed on."""
    text = str(error)
    kind = next((kind for symptom, kind in _SYMPTOMS if symptom in text), "other")
    if "does not exist" in text:
        kind = "no_database" if 'database "' in text else "login"
    problem, remedy = _SENTENCES[kind]
    where = f"数据源 {source.name}({address.shown})"
    return SourceError(
        problem.format(where=where, database=address.database, kind=type(error).__name__), remedy
    )
