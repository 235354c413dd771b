"""`sources check` says read-only of no account that may change the store in any way it was granted.

Holds real accounts of PostgreSQL and MariaDB with one right each, and SHOW GRANTS as MySQL 8 words
it. SQL Server and Oracle are asked as their manuals say; no such server runs in the tests.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from pull_stores import Store, driven, open_warehouse, settings_for, ticket

from assets.sources import rights
from assets.sources.examine import Examination, examine
from assets.sources.rights import Right
from pipelines import source_report


def examined(home: Path, url: str) -> Examination:
    settings = settings_for(home, url)
    con = open_warehouse(settings)
    try:
        return examine(con, settings.sources[0], settings, is_counted=False)
    finally:
        con.close()


class Account:
    """A store with one ticket, and an account that may read it."""

    def __init__(self, url: str, home: Path) -> None:
        server, _, self.database = url.rpartition("/")
        self.name = f"reader_{self.database[-6:]}"
        self.role, self.inner = f"clerk_{self.name[-6:]}", f"head_{self.name[-6:]}"
        self.store = Store(url, ["tickets"]).add({"tickets": [ticket(1)]})
        scheme, host = server.partition("://")[0], server.rpartition("@")[2]
        self.url = f"{scheme}://{self.name}@{host}/{self.database}"
        self._home, self._count = home, 0

    def run(self, *statements: str) -> None:
        """Run statements as the administrator, with the names of this account put in."""
        words = {"me": self.name, "role": self.role, "inner": self.inner, "db": self.database}
        self.store.run(*(text.format(**words) for text in statements))

    def examined(self, *, by_driver: bool = False) -> Examination:
        """Let the account's own eyes see the store, by the scanner or by SQLAlchemy."""
        self._count += 1
        url = driven(self.url) if by_driver else self.url
        return examined(self._home / str(self._count), url)


@pytest.fixture
def postgres(postgres_url: str, tmp_path: Path) -> Iterator[Account]:
    account = Account(postgres_url, tmp_path)
    account.run(
        "create role {me} login",
        "create role {role}",
        "create role {inner}",
        "revoke all on schema public from public",
        "grant usage on schema public to {me}, {role}, {inner}",
        "grant select on tickets to {me}",
        "create sequence numbers",
        "create view open_tickets as select * from tickets",
    )
    yield account
    account.run(
        "reassign owned by {me}, {role}, {inner} to current_user",
        "drop owned by {me}, {role}, {inner}",
        "drop role {me}, {role}, {inner}",
    )
    account.store.close()


POSTGRES_RIGHTS = {
    "a table": (["grant delete on tickets to {me}"], "DELETE on public.tickets"),
    "a view": (["grant insert on open_tickets to {me}"], "INSERT on public.open_tickets"),
    "a column": (["grant update (title) on tickets to {me}"], "UPDATE on public.tickets"),
    "everybody": (["grant truncate on tickets to public"], "TRUNCATE on public.tickets"),
    "create in a schema": (["grant create on schema public to {me}"], "CREATE on schema public"),
    "create in the database": (["grant create on database {db} to {me}"], "CREATE on database "),
    "a schema of its own": (["create schema mine authorization {me}"], "OWNER on schema mine"),
    "a table of its own": (
        [
            "create table mine (a int)",
            "alter table mine owner to {me}",
            "revoke all on mine from {me}",
        ],
        "OWNER on public.mine",
    ),
    "a superuser": (["alter role {me} superuser"], "SUPERUSER on server"),
    "maker of roles": (["alter role {me} createrole"], "CREATEROLE on server"),
    "a sequence": (["grant update on sequence numbers to {me}"], "UPDATE on sequence"),
    "a role": (
        ["grant insert on tickets to {role}", "grant {role} to {me}"],
        "INSERT on public.tickets",
    ),
    "a role of a role, to be taken up": (
        [
            "grant insert on tickets to {inner}",
            "grant {inner} to {role}",
            "alter role {me} noinherit",
            "grant {role} to {me}",
        ],
        "INSERT on public.tickets",
    ),
    "the role that writes everything": (
        ["grant pg_write_all_data to {me}"],
        "pg_write_all_data on server",
    ),
}


def test_an_account_of_postgres_that_may_only_select_is_read_only(postgres):
    postgres.run("grant pg_read_all_data to {me}", "grant select on open_tickets to {role}")
    for by_driver in (False, True):
        found = postgres.examined(by_driver=by_driver)
        assert (found.error, found.may_write, found.all_flaws()) == (None, False, [])
        assert "账号只读" in source_report._about(found, "zh")
        assert source_report.fields(found)["rights"] == []


@pytest.mark.parametrize("way", list(POSTGRES_RIGHTS))
def test_an_account_of_postgres_that_may_write_in_any_way_is_not_read_only(postgres, way):
    statements, right = POSTGRES_RIGHTS[way]
    postgres.run(*statements)
    found = postgres.examined()
    assert found.may_write is True
    assert any(str(one).startswith(right) for one in found.rights.writes)
    [flaw] = found.all_flaws()
    assert "账号不是只读,可以写业务库" in flaw.zh
    assert "账号只读" not in source_report._about(found, "zh")
    assert postgres.examined(by_driver=True).rights == found.rights


@pytest.fixture
def mariadb(mariadb_url: str, tmp_path: Path) -> Iterator[Account]:
    account = Account(mariadb_url, tmp_path)
    account.run(
        "create user {me}@'%%'",
        "create role {role}",
        "create role {inner}",
        "grant select on {db}.* to {me}@'%%'",
    )
    yield account
    account.run("drop user {me}@'%%'", "drop role {role}", "drop role {inner}")
    account.store.close()


MARIADB_RIGHTS = {
    "a table": (["grant delete on {db}.tickets to {me}@'%%'"], "DELETE on {db}.tickets"),
    "a column": (
        ["grant update (title) on {db}.tickets to {me}@'%%'"],
        "UPDATE on {db}.tickets (title)",
    ),
    "the database": (["grant insert, alter on {db}.* to {me}@'%%'"], "INSERT on {db}.*"),
    "the server": (["grant super on *.* to {me}@'%%'"], "SUPER on *.*"),
    "a role in force": (
        [
            "grant insert on {db}.tickets to {role}",
            "grant {role} to {me}@'%%'",
            "set default role {role} for {me}@'%%'",
        ],
        "INSERT on {db}.tickets",
    ),
    "a role of a role in force": (
        [
            "grant drop on {db}.* to {inner}",
            "grant {inner} to {role}",
            "grant {role} to {me}@'%%'",
            "set default role {role} for {me}@'%%'",
        ],
        "DROP on {db}.*",
    ),
}


def test_an_account_of_mariadb_that_may_only_select_is_read_only(mariadb):
    mariadb.run(
        "grant process, lock tables on *.* to {me}@'%%'",
        "grant select (title), references (title) on {db}.tickets to {me}@'%%'",
    )
    for by_driver in (False, True):
        found = mariadb.examined(by_driver=by_driver)
        assert (found.error, found.may_write, found.all_flaws()) == (None, False, [])


@pytest.mark.parametrize("way", list(MARIADB_RIGHTS))
def test_an_account_of_mariadb_that_may_write_in_any_way_is_not_read_only(mariadb, way):
    statements, right = MARIADB_RIGHTS[way]
    mariadb.run(*statements)
    found = mariadb.examined()
    assert found.may_write is True
    assert right.format(db=mariadb.database) in map(str, found.rights.writes)
    assert mariadb.examined(by_driver=True).rights == found.rights


def test_a_role_of_mariadb_that_is_not_in_force_leaves_it_open_and_is_named(mariadb):
    mariadb.run("grant insert on {db}.* to {role}", "grant {role} to {me}@'%%'")
    found = mariadb.examined()
    assert found.may_write is None
    [flaw] = found.all_flaws()
    assert "无法判断账号是否只读" in flaw.zh
    assert mariadb.role in flaw.zh
    assert "账号只读" not in source_report._about(found, "zh")


class MySql:
    """A MySQL 8 as its manual words SHOW GRANTS: a role's rights only where it is named."""

    dialect = "mysql"
    lines: ClassVar = {
        "select version()": ["8.0.40"],
        "show grants": [
            "GRANT USAGE ON *.* TO `reader`@`%`",
            "GRANT SELECT, SHOW VIEW ON `his\\_db`.* TO `reader`@`%` WITH GRANT OPTION",
            "GRANT `clerk`@`%`,`duty`@`%` TO `reader`@`%`",
        ],
        "show grants for current_user() using 'clerk'@'%', 'duty'@'%'": [
            "GRANT USAGE ON *.* TO `reader`@`%`",
            "GRANT SELECT, UPDATE (`state`, `note`), SHOW VIEW ON `his\\_db`.`t` TO `reader`@`%`",
            "GRANT EXECUTE ON PROCEDURE `his\\_db`.`close_all` TO `reader`@`%`",
            "GRANT `clerk`@`%`,`duty`@`%` TO `reader`@`%`",
        ],
    }

    def ask(self, sql: str) -> list[tuple[str]]:
        """Answer as the server would."""
        return [(line,) for line in self.lines[sql]]


def test_what_the_roles_of_mysql_allow_is_asked_by_naming_them():
    found = rights.of_account(MySql())
    assert found.writes == (
        Right("EXECUTE", "PROCEDURE his_db.close_all"),
        Right("UPDATE", "his_db.t (state, note)"),
    )
    assert found.hidden == ()


def test_a_server_that_does_not_tell_its_rights_is_not_called_read_only(postgres, monkeypatch):
    monkeypatch.setitem(rights._SELECTS, "postgres", "select no_such_function()")
    found = postgres.examined()
    assert found.error is None
    assert [table.name for table in found.tables] == ["tickets"]
    assert found.may_write is None
    [flaw] = found.all_flaws()
    assert "could not be determined" in flaw.en


def test_a_kind_of_database_that_nobody_knows_is_not_called_read_only():
    class Strange(MySql):
        dialect = "informix"

    assert rights.of_account(Strange()) == rights.UNKNOWN
    assert rights.UNKNOWN.may_write is None
