"""The same hospital in PostgreSQL and MariaDB: equal values, alive, refusing, keeping secrets."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psycopg
import pymysql
import pytest

from assets.sources.contract import Table, tables
from config.errors import ConfigError, SourceError
from demo import live
from demo.spec import DemoSpec
from demo.store import create

SPEC = DemoSpec(until=date(2026, 3, 1), size="tiny", days=30)
MIDNIGHT = datetime(2026, 2, 28, 16, tzinfo=UTC)
LATER = MIDNIGHT + timedelta(days=2, hours=3)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@contextmanager
def opened(url: str) -> Iterator[Any]:
    parts = urlsplit(url)
    if parts.scheme == "postgresql":
        with psycopg.connect(url) as connection:
            yield connection.cursor()
    else:
        connection = pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.path[1:],
            charset="utf8mb4",
        )
        with connection:
            yield connection.cursor()


def plain(value: Any, kind: str) -> Any:
    """A value in one form for all stores: local wall-clock text, decimals, booleans."""
    if value is None:
        return None
    if kind == "TIMESTAMP":
        if isinstance(value, str):
            return value
        local = value.astimezone(SHANGHAI) if value.tzinfo else value
        return f"{local:%Y-%m-%d %H:%M:%S}"
    if kind == "BOOLEAN":
        return bool(value)
    return Decimal(value) if kind.startswith("DECIMAL") else str(value)


def content(rows: Any, table: Table) -> list[str]:
    kinds = [column.type for column in table.columns]
    return sorted(
        repr([plain(value, kind) for value, kind in zip(row, kinds, strict=True)]) for row in rows
    )


def server_content(url: str) -> dict[str, list[str]]:
    quote = '"' if url.startswith("postgresql") else "`"
    found = {}
    with opened(url) as cursor:
        for table in tables().values():
            names = ", ".join(f"{quote}{name}{quote}" for name in table.column_names)
            cursor.execute(f"select {names} from {quote}{table.name}{quote}")
            found[table.name] = content(cursor.fetchall(), table)
    return found


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """What SQLite holds when created and two days later."""
    path = tmp_path_factory.mktemp("reference") / "store.sqlite"
    create(f"sqlite:///{path}", SPEC)
    found = {"created": sqlite_content(path)}
    live.advance(f"sqlite:///{path}", LATER)
    return found | {"later": sqlite_content(path)}


def sqlite_content(path: Path) -> dict[str, list[str]]:
    with sqlite3.connect(path) as store:
        return {
            table.name: content(store.execute(f'select * from "{table.name}"'), table)
            for table in tables().values()
        }


@pytest.fixture(params=["postgres_url", "mariadb_url"])
def server_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def test_a_server_holds_the_values_of_the_sqlite_file_and_lives_on_like_it(
    server_url: str, reference: dict[str, dict[str, list[str]]], tmp_path: Path
) -> None:
    report = create(server_url, SPEC, truth_path=tmp_path / "truth.json")
    assert server_content(server_url) == reference["created"]
    assert report.tickets == len(reference["created"]["tickets"])
    assert (tmp_path / "truth.json").exists()

    live.advance(server_url, LATER)
    assert server_content(server_url) == reference["later"]
    assert live.advance(server_url, LATER) == 0


def test_a_demo_store_can_be_made_anew_but_foreign_tables_are_left_alone(server_url: str) -> None:
    create(server_url, SPEC)
    again = create(server_url, SPEC)
    assert again.tickets > 0
    with opened(server_url) as cursor:
        cursor.execute("drop table demo_clock")
        cursor.connection.commit()
    with pytest.raises(ConfigError, match="已经有别的数据"):
        create(server_url, SPEC)


def test_dirt_reaches_a_server_where_its_columns_allow(server_url: str, tmp_path: Path) -> None:
    spec = DemoSpec(until=SPEC.until, size="tiny", has_dirt=True)
    create(server_url, spec, truth_path=tmp_path / "truth.json")
    with opened(server_url) as cursor:
        cursor.execute("select count(*) from tickets where priority = 'P9'")
        assert cursor.fetchone()[0] == 2
    assert "unparsable_date" not in (tmp_path / "truth.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_an_unreachable_server_is_named_without_its_password(scheme: str) -> None:
    with pytest.raises(SourceError) as caught:
        create(f"{scheme}://nurse:t0psecret@127.0.0.1:9/wards", SPEC)
    assert "127.0.0.1/wards" in str(caught.value)
    assert "t0psecret" not in str(caught.value)


@pytest.mark.parametrize("url", ["oracle://h/x", "no address", "postgresql://h"])
def test_a_wrong_address_is_refused_with_a_remedy(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        create(url, SPEC)
    assert caught.value.remedy
