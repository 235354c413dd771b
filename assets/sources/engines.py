"""How DuckDB attaches a store, read-only: settings of the scanners, secrets, time-outs, TLS.

Holds what differs between SQLite, PostgreSQL and MySQL/MariaDB. What the attached tables offer is
in `scanner`, faults in words are in `faults`. The settings were measured; the reasons stand beside
them.
"""

import re
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
from assets.sources.faults import sentence, source_error
from assets.sources.watch import Watch, watched
from assets.warehouse import load_extension
from config.errors import SourceError
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

# What of a URL's query reaches libpq and the MySQL client. Files are named by the hospital.
_TLS = {
    "postgres": ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl"),
    "mysql": ("ssl_mode", "ssl_ca", "ssl_cert", "ssl_key", "ssl_crl"),
}
# A dead peer is noticed by the kernel, a firewall's silence by `watch`.
_KEEPALIVES = "keepalives_idle=30 keepalives_interval=10 keepalives_count=3"


@contextmanager
def attached(
    con: duckdb.DuckDBPyConnection, source: SourceSettings, address: Address, temp_dir: Path
) -> Iterator[tuple[str, Watch]]:
    """Attach the store read-only while the body runs; yield the quoted catalog name and its watch.

    The password reaches DuckDB only in a temporary secret: the scanners print their connection
    string in every error.

    Raises:
        SourceError: the store cannot be reached, or refuses the account or the database.
        StateError: there is no room for the copy of a SQLite file.
    """
    load_extension(con, _EXTENSIONS[address.kind])
    for setting in (*_SETTINGS[address.kind], *_time_outs(address.kind, source.timeout_seconds)):
        con.execute(f"set {setting}")
    catalog = identifier(f"source_{source.name}")
    with ExitStack() as stack:
        watch = stack.enter_context(watched(address.port, CONNECT_SECONDS))
        try:
            if address.kind == "sqlite":
                copy = stack.enter_context(_copied(address, temp_dir))
                con.execute(f"attach {quoted(str(copy))} as {catalog} (type sqlite, read_only)")
            else:
                _attach_server(con, catalog, address)
        except (duckdb.Error, sqlite3.Error) as error:
            if watch.has_cut:
                where = f"数据源 {source.name}({address.shown})"
                raise sentence("unreachable", where) from None
            raise source_error(error, source, address) from None
        watch.seconds = source.timeout_seconds
        try:
            yield catalog, watch
        finally:
            with suppress(duckdb.Error):
                con.execute(f"detach {catalog}")


def _time_outs(kind: str, seconds: int) -> tuple[str, ...]:
    """Return the settings by which the server itself ends what takes too long."""
    millis = seconds * 1000
    if kind == "postgres":
        return (
            f"pg_statement_timeout_millis = {millis}",
            f"pg_idle_in_transaction_timeout_millis = {millis}",
        )
    if kind == "mysql":
        # MySQL obeys this hint; MariaDB does not know it, there the watch serves.
        return (f"mysql_query_timeout_max_ms = {max(millis, 5000)}",)
    return ()


@contextmanager
def _copied(address: Address, temp_dir: Path) -> Iterator[Path]:
    """Yield a consistent copy of a SQLite file, made by SQLite's own online backup.

    The scanner reads on several connections, each with a state of its own; and without a
    write-ahead log it would keep the hospital's system from writing for as long as it reads.
    """
    if address.path is None or not address.path.is_file():
        raise SourceError(
            f"找不到 SQLite 数据库文件 {address.shown}。",
            "请检查 opspulse.yml 中该数据源的地址(url)。",
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
            # Alone, a backup waits for ever while another process writes; a read gives up in time.
            original.execute("begin")
            original.execute("select count(*) from sqlite_master").fetchone()
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
    given = [
        f"{name}={_spelt(address.options[name])}"
        for name in _TLS[address.kind]
        if name in address.options
    ]
    if address.kind == "postgres":
        return " ".join([f"connect_timeout={CONNECT_SECONDS}", _KEEPALIVES, *given])
    # Compression is the scanner's default and costs the server two thirds of the time.
    return " ".join(["compression=disabled", *given])


def _spelt(value: str) -> str:
    """Return a value as both clients' connection strings spell it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'" if re.search(r"[\s'\\]", value) else value
