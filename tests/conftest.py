"""Fixtures that several test files share: real stores, a real browser, one tiny hospital.

Holds what costs much to set up or must behave alike everywhere, and the rule for what is missing:
on a desk a test skips with the reason, with `CI=true` it fails. What one file needs stays there.
"""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
import pytest
from filelock import FileLock
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    WebError,
    sync_playwright,
)
from pydantic import SecretStr

from config.settings import Settings, SourceSettings, ensure_home
from demo.spec import DemoSpec

ROOT = Path(__file__).resolve().parent.parent
CONNECT_SECONDS = 5
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WALL_SIZE = ViewportSize(width=1920, height=1080)
TINY = DemoSpec(size="tiny", seed=2026, until=date(2026, 11, 1))

SettingsFactory = Callable[..., Settings]


def missing(what: str) -> NoReturn:
    """Skip the test for want of ``what``; with ``CI=true`` fail, so that CI proves everything."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true but {what}")
    pytest.skip(what)


def _fresh_name() -> str:
    return f"opspulse_test_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database, dropped afterwards.

    ``OPSPULSE_TEST_POSTGRES`` names the server; default ``postgresql://postgres@127.0.0.1:5432``.
    """
    server = os.environ.get("OPSPULSE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
    server = server.rstrip("/")
    name = _fresh_name()
    try:
        admin = psycopg.connect(
            f"{server}/postgres", autocommit=True, connect_timeout=CONNECT_SECONDS
        )
    except psycopg.OperationalError as error:
        missing(f"no PostgreSQL answers (OPSPULSE_TEST_POSTGRES): {type(error).__name__}")
    with admin:
        admin.execute(f"create database \"{name}\" encoding 'UTF8' template template0")
        yield f"{server}/{name}"
        admin.execute(f'drop database "{name}" with (force)')


@contextmanager
def _fresh_mariadb() -> Iterator[str]:
    """Yield the URL of a fresh, empty MariaDB database (utf8mb4), dropped afterwards.

    ``OPSPULSE_TEST_MARIADB`` names the server; default ``mysql://root@127.0.0.1:3306``.
    """
    server = os.environ.get("OPSPULSE_TEST_MARIADB", "mysql://root@127.0.0.1:3306").rstrip("/")
    parts = urlsplit(server)
    name = _fresh_name()
    try:
        admin = pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or "root"),
            password=unquote(parts.password or ""),
            connect_timeout=CONNECT_SECONDS,
            autocommit=True,
        )
    except pymysql.err.OperationalError as error:
        missing(f"no MariaDB answers (OPSPULSE_TEST_MARIADB): {type(error).__name__}")
    with admin, admin.cursor() as cursor:
        cursor.execute(f"create database `{name}` character set utf8mb4")
        yield f"{server}/{name}"
        cursor.execute(f"drop database `{name}`")


@pytest.fixture
def mariadb_url() -> Iterator[str]:
    """The URL of a fresh, empty MariaDB database; see `_fresh_mariadb`."""
    with _fresh_mariadb() as url:
        yield url


@pytest.fixture(scope="session")
def fresh_mariadb() -> Callable[[], AbstractContextManager[str]]:
    """Makes such databases for longer than one test, as a context manager that yields the URL."""
    return _fresh_mariadb


@pytest.fixture
def read_glpi(tmp_path: Path, mariadb_url: str) -> Iterator[Callable[..., Any]]:
    """Reads a GLPI with these rows: ``read_glpi({…}, names=tables, options={…}).rows(sql)``."""
    from glpi_pulled import USUAL, Pulled  # noqa: PLC0415 - only the tests that need a GLPI
    from glpi_store import Glpi  # noqa: PLC0415

    opened = []

    def build(rows: Any, names: Any = None, **source: Any) -> Pulled:
        tables = names or {*USUAL, *rows}
        pulled = Pulled(Glpi(mariadb_url, tables).add(rows), tmp_path / "home", **source)
        opened.append(pulled)
        pulled.pull()
        return pulled

    yield build
    for pulled in opened:
        pulled.con.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One headless Chromium per test file (``OPSPULSE_CHROMIUM`` or ``/usr/bin/chromium``)."""
    path = Path(os.environ.get("OPSPULSE_CHROMIUM", "/usr/bin/chromium"))
    if not path.exists():
        missing(f"no Chromium at {path} (OPSPULSE_CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """The folder in which pictures of pages are kept (``OPSPULSE_TEST_ARTEFACTS``) to look at."""
    folder = Path(os.environ.get("OPSPULSE_TEST_ARTEFACTS", ROOT / "tests" / "artefacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class PageWatch:
    """Everything a page must never do, collected while a test drives it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        self.requested: set[str] = set()
        self.visited: set[str] = set()
        page.context.on("request", self._on_request)
        page.context.on("weberror", self._on_error)
        page.context.on("console", self._on_console)
        page.on("websocket", lambda socket: self.requested.add(_origin(socket.url)))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(("http:", "https:")):
            return
        self.requested.add(_origin(request.url))
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.visited.add(_origin(request.url))

    def _on_error(self, error: WebError) -> None:
        self.troubles.append(f"page error: {error.error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"console error: {message.text} ({message.location})")

    def verdict(self) -> list[str]:
        """Return what went wrong so far, foreign requests included; empty is good."""
        foreign = sorted(self.requested - self.visited)
        return [*self.troubles, *(f"request to a foreign origin: {host}" for host in foreign)]


def _origin(url: str) -> str:
    return urlsplit(url).netloc


@pytest.fixture
def chromium_page(chromium: Browser) -> Iterator[Page]:
    """A 1920 × 1080 page; after the test no page or console error and no foreign request."""
    context = chromium.new_context(viewport=WALL_SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    watch = PageWatch(page)
    yield page
    context.close()
    assert watch.verdict() == []


@pytest.fixture(scope="session")
def soffice() -> Path:
    """LibreOffice's command (``OPSPULSE_SOFFICE`` or on the path)."""
    found = shutil.which(os.environ.get("OPSPULSE_SOFFICE", "soffice"))
    if found is None:
        missing("no LibreOffice (soffice) on this machine")
    return Path(found)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data sets (``OPSPULSE_REAL_DATA`` or ``../shared/data``)."""
    folder = Path(os.environ.get("OPSPULSE_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        missing("the real data sets are not here (OPSPULSE_REAL_DATA)")
    return folder.resolve()


def build_settings(
    home: Path, url: str, *, source: dict[str, Any] | None = None, **values: Any
) -> Settings:
    """Return settings for one store with all folders made.

    Args:
        home: the state folder; created when missing.
        url: the store's address.
        source: further fields of ``SourceSettings``, such as ``system`` or ``timezone``.
        values: further fields of ``Settings``.
    """
    settings = Settings(
        home=home, sources=(SourceSettings(url=SecretStr(url), **(source or {})),), **values
    )
    ensure_home(settings)
    return settings


@pytest.fixture
def settings_factory(tmp_path: Path) -> SettingsFactory:
    """``settings_factory(url, home="home", source={…}, **fields)``, in a temporary folder."""

    def make(url: str, *, home: str = "home", **values: Any) -> Settings:
        return build_settings(tmp_path / home, url, **values)

    return make


@pytest.fixture(scope="session")
def tiny_hospital(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A tiny hospital, pulled, computed and published by the real job, once for all workers.

    Read it, never write to it: tests that write take ``tiny_copy``.
    """
    from demo import store  # noqa: PLC0415 - only the tests that need a hospital pay for it
    from pipelines import run  # noqa: PLC0415 - dagster costs seconds to import

    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "tiny"
    url = f"sqlite:///{folder / 'store.sqlite'}"
    settings = build_settings(folder / "home", url, hospital_name="演示医院")
    with FileLock(folder / "lock"):
        if not (folder / "built").exists():
            store.create(url, TINY)
            run.execute(settings, job_name="refresh", ephemeral=True)
            (folder / "built").touch()
    return settings


@pytest.fixture(scope="session")
def wall_store(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The hospital of `wall_hospital`, published once for all workers; take a `copied` home."""
    import wall_hospital  # noqa: PLC0415 - only the tests that need a wall pay for it

    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "wall"
    folder.mkdir(exist_ok=True)
    settings = wall_hospital.handmade_settings(folder / "home")
    with FileLock(folder / "lock"):
        if not (folder / "built").exists():
            wall_hospital.publish(folder / "home")
            (folder / "built").touch()
    return settings


@pytest.fixture
def tiny_copy(tiny_hospital: Settings, tmp_path: Path) -> Settings:
    """The tiny hospital's home copied for a test that writes; the store stays the shared one."""
    home = tmp_path / "home"
    shutil.copytree(tiny_hospital.home, home)
    return tiny_hospital.model_copy(update={"home": home})
