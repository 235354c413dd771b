"""What a server says about itself and about our account: version, clock, may it write.

Holds one question per kind of database, asked by SELECT only; a privilege is looked up, never
tried. What is made of the answers is in `examine`.
"""

import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from assets.sources.connect import Reader

_WRITES = "'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'DROP', 'ALTER'"
_SYSTEM_SCHEMAS = "'pg_catalog', 'information_schema'"
# Each SELECT gives: version, the server's clock in UTC, whether the account may write.
_QUESTIONS = {
    "postgres": (
        "select split_part(version(), ' on ', 1),"
        " (clock_timestamp() at time zone 'UTC')::timestamp,"
        " coalesce((select rolsuper from pg_roles where rolname = current_user), false)"
        " or exists (select 1 from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        f" where n.nspname not in ({_SYSTEM_SCHEMAS}) and n.nspname not like 'pg_toast%'"
        " and has_schema_privilege(n.oid, 'USAGE') and c.relkind in ('r', 'p', 'v')"
        " and has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))"
    ),
    # these views show a plain account its own privileges, an administrator everybody's
    "mysql": (
        "select concat(case when version() like '%MariaDB%' then '' else 'MySQL ' end, version()),"
        " utc_timestamp(6), exists (select 1 from ("
        "select grantee, privilege_type from information_schema.user_privileges union all"
        " select grantee, privilege_type from information_schema.schema_privileges"
        " where database() like table_schema union all"
        " select grantee, privilege_type from information_schema.table_privileges"
        " where table_schema = database()) as p"
        f" where privilege_type in ({_WRITES}) and grantee = concat('''',"
        " replace(current_user(), '@', '''@'''), ''''))"
    ),
    "mssql": (
        "select concat('SQL Server ', cast(serverproperty('ProductVersion') as varchar(40))),"
        " sysutcdatetime(), cast(case when has_perms_by_name(db_name(), 'DATABASE', 'INSERT') = 1"
        " or has_perms_by_name(db_name(), 'DATABASE', 'UPDATE') = 1"
        " or has_perms_by_name(db_name(), 'DATABASE', 'DELETE') = 1"
        " or has_perms_by_name(db_name(), 'DATABASE', 'CREATE TABLE') = 1 then 1 else 0 end as bit)"
    ),
    "oracle": (
        "select 'Oracle', sys_extract_utc(systimestamp), (select count(*) from session_privs"
        " where privilege in ('INSERT ANY TABLE', 'UPDATE ANY TABLE', 'DELETE ANY TABLE',"
        " 'CREATE TABLE')) + (select count(*) from user_tables)"
        " + (select count(*) from user_tab_privs_recd"
        " where privilege in ('INSERT', 'UPDATE', 'DELETE')) from dual"
    ),
}
_QUESTIONS["postgresql"] = _QUESTIONS["postgres"]
_QUESTIONS["mariadb"] = _QUESTIONS["mysql"]


@dataclass(frozen=True)
class ServerFacts:
    """Version in words, whether the account may write, the server's clock less ours.

    None: it cannot be known (files, a database of another kind).
    """

    version: str | None = None
    may_write: bool | None = None
    clock_offset: timedelta | None = None


def facts(reader: Reader) -> ServerFacts:
    """Ask the server behind an open reader; a question it refuses is left unanswered."""
    base: Any = getattr(reader, "base", None)
    if base is None:
        return ServerFacts(version="文件 files")
    if base.dialect == "sqlite":
        writable = os.access(base.place.path, os.W_OK)
        return ServerFacts(f"SQLite {sqlite3.sqlite_version}", writable, None)
    question = _QUESTIONS.get(base.dialect)
    if question is None:
        return ServerFacts(version=str(base.dialect))
    before = datetime.now(UTC)
    row = base.ask(question)[0]
    middle = before + (datetime.now(UTC) - before) / 2
    offset = _utc(row[1]) - middle
    return ServerFacts(str(row[0]), bool(row[2]), offset)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
