"""The same hospital in SQLite, PostgreSQL and MariaDB gives the same raw, byte for byte."""

from pathlib import Path

import pytest
from pull_stores import (
    HOSPITAL,
    Store,
    all_contents,
    driven,
    open_warehouse,
    settings_for,
    ticket,
)

from assets.pull import balance_errors, pull
from assets.sources.contract import tables


def exported(con, folder: Path) -> dict[str, bytes]:
    """Write every raw table as CSV, ordered by key, and return the files' bytes."""
    folder.mkdir()
    for name, table in tables().items():
        key = ", ".join(f'"{column}"' for column in table.key)
        con.execute(f"copy (from raw.{name} order by {key}) to '{folder / name}.csv' (header)")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def pulled(url: str, home: Path) -> dict[str, bytes]:
    store = Store(url).add(HOSPITAL)
    settings = settings_for(home, url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.add({"tickets": [ticket(9, "2026-04-02 00:00:00", is_onsite_required=True)]})
    store.run("delete from tickets where ticket_id = 'T00002'")
    report = pull(con, settings)
    store.close()
    assert balance_errors(con, report.load_id) == []
    assert sum(load.deleted for load in report.loads) == 1
    assert len(all_contents(con)["tickets"]) == 4
    files = exported(con, home / "csv")
    con.close()
    return files


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same")
    return pulled(f"sqlite:///{folder / 'his.db'}", folder / "sqlite")


def test_postgres_gives_the_same_raw_as_sqlite(tmp_path, expected, postgres_url):
    assert pulled(postgres_url, tmp_path / "postgres") == expected


def test_mariadb_gives_the_same_raw_as_sqlite(tmp_path, expected, mariadb_url):
    assert pulled(mariadb_url, tmp_path / "mariadb") == expected


def test_sqlite_through_sqlalchemy_gives_the_same_raw(tmp_path, expected):
    assert pulled(driven(f"sqlite:///{tmp_path / 'his.db'}"), tmp_path / "driver") == expected


def test_postgres_through_sqlalchemy_gives_the_same_raw(tmp_path, expected, postgres_url):
    assert pulled(driven(postgres_url), tmp_path / "driver") == expected


def test_mariadb_through_sqlalchemy_gives_the_same_raw(tmp_path, expected, mariadb_url):
    assert pulled(driven(mariadb_url), tmp_path / "driver") == expected
