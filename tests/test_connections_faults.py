"""Every fault of a source has its sentence; what may pass by itself is tried again, with a cap.

Real servers behind the fault proxy, real locks, real certificates. A hundred random faults are in
`make verify-proxy`.
"""

import gc
import logging
import os
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
from pathlib import Path

import duckdb
import psycopg
import pytest
from conftest import missing
from pull_stores import Store, contents, driven, open_warehouse, settings_for, ticket
from pydantic import SecretStr

from assets.pull import pull
from assets.sources import alchemy, engines, faults, retry
from assets.sources.address import parse
from assets.sources.connect import reading
from assets.sources.faults import PassingSourceError, kind_of, source_error
from assets.sources.scanner import ScannedTables
from benchmarks.fault_proxy import Fault, between
from config.errors import ConfigError, SourceError, StateError
from config.settings import SourceSettings, load_settings

SERVERS = ["postgres_url", "mariadb_url"]


def failure(home: Path, url: str, **source) -> SourceError:
    """Return the error of one pull without a second try."""
    settings = settings_for(home, url, **{"retries": 0, **source})
    con = open_warehouse(settings)
    try:
        with pytest.raises(SourceError) as caught:
            pull(con, settings)
    finally:
        con.close()
    return caught.value


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """The waits between tries, without waiting."""
    found: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", found.append)
    monkeypatch.setattr(retry.patiently, "__kwdefaults__", {"sleep": found.append})
    return found


# --- trying again -------------------------------------------------------------------------------


def test_what_may_pass_is_tried_again_with_growing_waits_and_a_cap(waits, caplog):
    source = SourceSettings(url=SecretStr("sqlite:///x"), retries=8)
    tries = []

    def broken() -> None:
        tries.append(1)
        raise PassingSourceError("数据源 main 连接不上。", "x")

    with pytest.raises(PassingSourceError):
        retry.patiently(source, broken)
    assert len(tries) == 9
    assert all(0.75 * 2**n <= wait <= 2**n for n, wait in enumerate(waits[:5]))
    assert max(waits) <= retry.LONGEST_WAIT_SECONDS
    assert "连接不上。 " in caplog.text
    assert "还可重试 8 次" in caplog.text


def test_what_will_not_pass_is_not_tried_again(waits):
    source = SourceSettings(url=SecretStr("sqlite:///x"), retries=8)
    tries = []

    def refused() -> None:
        tries.append(1)
        raise SourceError("拒绝登录。", "x")

    with pytest.raises(SourceError):
        retry.patiently(source, refused)
    assert (len(tries), waits) == (1, [])


@pytest.mark.parametrize(
    ("text", "kind", "passes"),
    [
        ("FATAL: password authentication failed for user", "login", False),
        ("Access denied for user 'x'@'y' (using password: YES)", "login", False),
        ("SELECT command denied to user 'x'", "denied", False),
        ("permission denied for table tickets", "denied", False),
        ("Unknown database 'his'", "no_database", False),
        ("connection to server failed: Connection refused", "unreachable", True),
        ("server closed the connection unexpectedly", "dropped", True),
        ("Lost connection to server during query", "dropped", True),
        ('Failed to fetch result row for MySQL query "SELECT a FROM b": ', "dropped", True),
        ("canceling statement due to statement timeout", "slow", True),
        ("Lost connection to MySQL server during query (timed out)", "slow", True),
        ("Deadlock found when trying to get lock", "deadlock", True),
        ("FATAL: sorry, too many clients already", "crowded", True),
        ("the database system is starting up", "starting", True),
        ("canceling statement due to conflict with recovery", "deadlock", True),
        ("SSL error: certificate verify failed", "tls", False),
        ("database is locked", "locked", True),
        ("ORA-01017: invalid username/password", "login", False),
        ("something nobody has seen", "other", False),
    ],
)
def test_faults_are_known_by_their_words(text, kind, passes):
    source = SourceSettings(url=SecretStr("postgresql://u:geheim@h/his"))
    error = source_error(duckdb.IOException(f"{text} password=geheim"), source, parse(source))
    assert kind_of(duckdb.IOException(text)) == kind
    assert isinstance(error, PassingSourceError) is passes
    assert "geheim" not in str(error)
    assert error.remedy


# --- through a proxy that spoils the connection -------------------------------------------------


@pytest.mark.parametrize("name", SERVERS)
def test_a_connection_that_breaks_once_is_tried_again_and_the_pull_ends_whole(
    name, request, tmp_path, waits
):
    store = Store(request.getfixturevalue(name), ["tickets"])
    store.add({"tickets": [ticket(number) for number in range(1, 200)]})
    with between(store.url) as (proxy, url):
        settings = settings_for(tmp_path / "home", url)
        con = open_warehouse(settings)
        proxy.set(Fault("reset", after=5_000))
        pull(con, settings)
        assert proxy.spoilt == 1
        assert len(contents(con, "tickets")) == 199
    assert len(waits) == 1
    store.close()


@pytest.mark.parametrize("way", [str, driven])
@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_falls_silent_is_given_up_in_words(name, way, request, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(alchemy, "CONNECT_SECONDS", 2)
    store = Store(request.getfixturevalue(name), ["tickets"])
    store.add({"tickets": [ticket(number) for number in range(1, 200)]})
    with between(store.url) as (proxy, url):
        for after in (30, 5_000):
            proxy.set(Fault("stall", after=after, times=99))
            started = time.monotonic()
            error = failure(tmp_path / "home", way(url), timeout_seconds=2)
            assert isinstance(error, PassingSourceError)
            assert time.monotonic() - started < 20
            assert "连接不上" in str(error) or "在规定时间内没有答完" in str(error)
    store.close()


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_driver_that_loses_its_connection_leaves_nothing_to_complain_later(tmp_path, mariadb_url):
    store = Store(mariadb_url, ["tickets"])
    store.add({"tickets": [ticket(number) for number in range(1, 500)]})
    with between(driven(mariadb_url)) as (proxy, url):
        proxy.set(Fault("reset", after=40_000))
        error = failure(tmp_path / "home", url)
        assert proxy.spoilt == 1
    store.close()
    assert "连接中断" in str(error)
    gc.collect()


def test_a_slow_network_is_no_fault(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets"]).add({"tickets": [ticket(n) for n in range(1, 50)]})
    with between(postgres_url) as (proxy, url):
        proxy.set(Fault("delay", seconds=0.05))
        settings = settings_for(tmp_path / "home", url, timeout_seconds=2, retries=0)
        con = open_warehouse(settings)
        pull(con, settings)
        assert len(contents(con, "tickets")) == 49
    store.close()


def test_a_connection_that_is_never_answered_is_given_up(tmp_path):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:  # fill the queue: the next attempt gets no answer
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        error = failure(tmp_path / "home", f"mysql://u@127.0.0.1:{port}/his")
        for one in waiting:
            one.close()
    assert "连接不上" in str(error)


# --- locks, time-outs, disk ---------------------------------------------------------------------


def test_a_locked_table_is_given_up_after_the_time_out_and_no_lock_stays(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets"]).add({"tickets": [ticket(1)]})
    with psycopg.connect(postgres_url) as locking:
        locking.execute("lock table tickets in access exclusive mode")
        error = failure(tmp_path / "home", postgres_url, timeout_seconds=2)
        locking.rollback()
    assert "在规定时间内没有答完" in str(error)
    assert isinstance(error, PassingSourceError)
    store.run("alter table tickets add column note text")
    store.close()


@pytest.mark.parametrize("way", [str, driven])
def test_a_locked_table_of_mariadb_is_given_up_too(tmp_path, mariadb_url, way):
    store = Store(mariadb_url, ["tickets"]).add({"tickets": [ticket(1)]})
    with store.engine.connect() as locking:
        locking.exec_driver_sql("lock tables tickets write")
        error = failure(tmp_path / "home", way(mariadb_url), timeout_seconds=2)
        locking.exec_driver_sql("unlock tables")
    assert "在规定时间内没有答完" in str(error)
    assert isinstance(error, PassingSourceError)
    store.run("alter table tickets add column note text")
    store.close()


def test_a_locked_sqlite_file_is_named(tmp_path):
    file = tmp_path / "his.db"
    Store(f"sqlite:///{file}", ["tickets"])
    locking = sqlite3.connect(file, isolation_level=None)
    locking.execute("begin exclusive")
    try:
        engines_wait, engines.CONNECT_SECONDS = engines.CONNECT_SECONDS, 1
        error = failure(tmp_path / "home", f"sqlite:///{file}")
    finally:
        engines.CONNECT_SECONDS = engines_wait
        locking.close()
    assert "被占用" in str(error)
    assert isinstance(error, PassingSourceError)


def test_a_full_disk_of_ours_is_not_blamed_on_the_source():
    source = SourceSettings(url=SecretStr("sqlite:////data/his.db"))
    error = source_error(
        sqlite3.OperationalError("database or disk is full"), source, parse(source)
    )
    assert isinstance(error, StateError)
    assert "磁盘空间不足" in str(error)


def test_only_a_table_that_does_not_exist_counts_as_absent(tmp_path, monkeypatch):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"])
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    with reading(con, settings.sources[0], settings) as reader:
        assert reader.base.columns("nowhere") is None

    class Broken:
        def execute(self, _sql: str) -> None:
            raise duckdb.CatalogException("Catalog Error: Lost connection to server")

    tables = ScannedTables(
        Broken(), settings.sources[0], parse(settings.sources[0]), "s", None, tmp_path
    )
    with pytest.raises(SourceError, match="连接中断"):
        tables.columns("tickets")


# --- TLS ----------------------------------------------------------------------------------------


def certificate(folder: Path, *, days: int) -> tuple[Path, Path]:
    """Make a certificate for localhost, valid until so many days from now; negative: expired."""
    key, asked, cert = (folder / f"{name}{days}.pem" for name in ("key", "asked", "cert"))
    for arguments in (
        ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", asked,
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        ["x509", "-req", "-in", asked, "-signkey", key, "-days", str(days),
         "-copy_extensions", "copy", "-out", cert],
    ):  # fmt: skip
        made = subprocess.run(["openssl", *arguments], check=False, capture_output=True)
        if made.returncode:
            missing("openssl makes no such certificate")
    return cert, key


class TlsDoor:
    """Answers PostgreSQL's request for encryption with a certificate of ours, then hangs up."""

    def __init__(self, cert: Path, key: Path) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(cert, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                client.recv(8)
                client.sendall(b"S")
                self._context.wrap_socket(client, server_side=True).close()
            except ssl.SSLError:
                continue
            except OSError:
                return

    def close(self) -> None:
        """Answer no more."""
        self._listener.close()


@pytest.mark.parametrize("days", [-1, 10])
def test_an_expired_and_an_untrusted_certificate_are_refused_in_words(tmp_path, days):
    cert, key = certificate(tmp_path, days=days)
    trusted = cert if days < 0 else certificate(tmp_path, days=20)[0]
    door = TlsDoor(cert, key)
    try:
        url = f"postgresql://u:geheim@localhost:{door.port}/his"
        url += f"?sslmode=verify-full&sslrootcert={trusted}"
        error = failure(tmp_path / "home", url)
    finally:
        door.close()
    assert "证书已过期或不受信任" in str(error)
    assert not isinstance(error, PassingSourceError)
    assert "geheim" not in str(error)


@pytest.mark.parametrize(
    ("name", "options"),
    [("postgres_url", "sslmode=require"), ("mariadb_url", "ssl_mode=required")],
)
def test_encryption_that_the_server_does_not_offer_is_never_given_up(
    name, options, request, tmp_path
):
    url = request.getfixturevalue(name)
    with_tls = failure(tmp_path / "home", f"{url}?{options}")
    assert "加密连接没有建立" in str(with_tls)


# --- secrets ------------------------------------------------------------------------------------


def test_a_password_comes_from_a_file_and_wins_over_the_url(tmp_path):
    (tmp_path / "pw").write_text("p@ss/w:rd\n", encoding="utf-8")
    (tmp_path / "opspulse.yml").write_text(
        "sources:\n  - url: postgresql://u@h/his\n    password_file: pw\n", encoding="utf-8"
    )
    settings = load_settings({"OPSPULSE_CONFIG": str(tmp_path / "opspulse.yml")})
    place = parse(settings.sources[0])
    assert place.password == "p@ss/w:rd"  # noqa: S105 - planted
    assert "p@ss" not in repr(settings) + repr(place)
    (tmp_path / "pw").unlink()
    with pytest.raises(ConfigError, match="无法读取数据源 main 的密码文件"):
        parse(settings.sources[0])


def test_a_value_of_the_settings_comes_from_a_file(tmp_path):
    (tmp_path / "secret").write_text("postgresql://u:geheim@h/his\n", encoding="utf-8")
    file = tmp_path / "opspulse.yml"
    file.write_text("sources:\n  - url: ${file:secret}\n", encoding="utf-8")
    settings = load_settings({"OPSPULSE_CONFIG": str(file)})
    assert settings.sources[0].url.get_secret_value() == "postgresql://u:geheim@h/his"
    file.write_text("sources:\n  - url: ${file:absent}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"opspulse\.yml:2 引用的文件 .*absent 无法读取"):
        load_settings({"OPSPULSE_CONFIG": str(file)})


def test_nothing_of_a_run_holds_the_password(tmp_path, postgres_url, caplog, capfd):
    """Every byte that a failed and a good run leave: history, logs, snapshots, what was printed."""
    from pipelines.run import execute  # noqa: PLC0415 - dagster costs seconds to import

    caplog.set_level(logging.DEBUG)
    secret = "Sehr-geheim77"  # noqa: S105 - planted, to be looked for
    server, _, name = postgres_url.rpartition("/")
    host, role = server.rpartition("@")[2], f"reader_{name[-6:]}"
    store = Store(postgres_url, ["tickets", "ticket_events"]).add({"tickets": [ticket(1)]})
    store.run(f"create role {role} login password '{secret}'")
    try:
        url = f"postgresql://{role}:{secret}@{host}/{name}"
        settings = settings_for(tmp_path / "home", url, retries=0)
        with pytest.raises(SourceError):
            execute(settings, "refresh")
        store.run(f"grant select on all tables in schema public to {role}")
        execute(settings, "refresh")
    finally:
        store.run(f"drop owned by {role}", f"drop role {role}")
        store.close()
    left = [path for path in settings.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".duckdb" for path in left)
    assert any("dagster" in path.parts for path in left)
    assert [path for path in left if secret.encode() in path.read_bytes()] == []
    printed = capfd.readouterr()
    assert secret not in caplog.text + printed.out + printed.err
    assert secret not in "".join(os.environ.values())


def test_two_faults_in_words_never_hold_a_row_or_a_statement():
    source = SourceSettings(url=SecretStr("postgresql://u:geheim@h/his"))
    text = "Conversion failed in COPY (SELECT name FROM patients): value '张三'"
    shown = str(source_error(duckdb.IOException(text), source, parse(source)))
    assert "张三" not in shown
    assert "SELECT" not in shown
    assert set(faults._PASSING) <= set(faults._SENTENCES)
