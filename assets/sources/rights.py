"""What an account may do beside reading: looked up in the server's privileges, never tried.

Holds one way to find out per kind of database. A right counts whichever way the account has it: on
the server, a database, a schema, a table or a column, by ownership, or through a role, also one
that it would first have to take up. What a routine does stands in no privilege: the right to run
one is named where the database does not give it to everybody.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from assets.conversions import quoted

_MOST = 50  # named; who may write so much needs no longer list

# rows: right, on what. Roles that one is a member of can be taken up by SET ROLE; a superuser is a
# member of all of them. System schemas are left out, temporary objects too.
_POSTGRES = f"""
with me as (
    select r.* from pg_catalog.pg_roles as r
    where r.rolname = current_user
        or (pg_catalog.pg_has_role(r.oid, 'MEMBER')
            and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user))
), spaces as (
    select n.oid, n.nspname, n.nspowner from pg_catalog.pg_namespace as n
    where n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
), things as (
    select c.oid, s.oid as space, c.relowner, c.relkind,
        s.nspname || '.' || c.relname as thing
    from pg_catalog.pg_class as c join spaces as s on s.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'f', 'm', 'S')
)
select rank, word::text, thing::text from (
    select 1 as rank, word, 'server' as thing from me
    cross join lateral (values
        ('SUPERUSER', rolsuper), ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb),
        (rolname::text, rolname in ('pg_write_all_data', 'pg_write_server_files',
            'pg_execute_server_program', 'pg_maintain'))
    ) as w (word, has) where has
    union
    select 2, 'OWNER', 'database ' || d.datname from pg_catalog.pg_database as d
    join me on me.oid = d.datdba where d.datname = current_database()
    union
    select 2, 'CREATE', 'database ' || current_database() from me
    where pg_catalog.has_database_privilege(me.oid, current_database(), 'CREATE')
    union
    select 3, 'OWNER', 'schema ' || s.nspname from spaces as s join me on me.oid = s.nspowner
    union
    select 3, 'CREATE', 'schema ' || s.nspname from spaces as s, me
    where pg_catalog.has_schema_privilege(me.oid, s.oid, 'CREATE')
    union
    select 4, 'OWNER', t.thing from things as t join me on me.oid = t.relowner
    union
    select 5, w.word, t.thing from things as t cross join me cross join
        (values ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) as w (word)
    where t.relkind <> 'S' and pg_catalog.has_schema_privilege(me.oid, t.space, 'USAGE')
        and pg_catalog.has_table_privilege(me.oid, t.oid, w.word)
    union
    select 5, w.word, t.thing from things as t cross join me cross join
        (values ('INSERT'), ('UPDATE')) as w (word)
    where t.relkind <> 'S' and pg_catalog.has_schema_privilege(me.oid, t.space, 'USAGE')
        and pg_catalog.has_any_column_privilege(me.oid, t.oid, w.word)
    union
    select 6, w.word, 'sequence ' || t.thing from things as t cross join me cross join
        (values ('UPDATE'), ('USAGE')) as w (word)
    where t.relkind = 'S' and pg_catalog.has_schema_privilege(me.oid, t.space, 'USAGE')
        and pg_catalog.has_sequence_privilege(me.oid, t.oid, w.word)
) as rights order by rank, thing, word limit {_MOST}
"""

# HAS_PERMS_BY_NAME answers for what is in force: fixed roles, ownership, DENY and all.
_SQL_SERVER = f"""
with spaces as (
    select name from sys.schemas where name not in ('sys', 'INFORMATION_SCHEMA', 'guest')
), things as (
    select object_id, type, quotename(schema_name(schema_id)) + '.' + quotename(name) as thing
    from sys.objects where is_ms_shipped = 0 and type in ('U', 'V', 'P')
)
select top {_MOST} place, word, thing from (
    select 1 as place, w.word, 'server' as thing
    from (values ('CONTROL SERVER'), ('ALTER ANY DATABASE'), ('CREATE ANY DATABASE')) as w (word)
    where has_perms_by_name(null, null, w.word) = 1
    union
    select 2, w.word, 'database ' + db_name()
    from (values ('CONTROL'), ('INSERT'), ('UPDATE'), ('DELETE'), ('ALTER'), ('EXECUTE'),
        ('CREATE TABLE'), ('CREATE VIEW'), ('CREATE PROCEDURE'), ('ALTER ANY SCHEMA')) as w (word)
    where has_perms_by_name(db_name(), 'DATABASE', w.word) = 1
    union
    select 3, w.word, 'schema ' + s.name from spaces as s cross join
        (values ('INSERT'), ('UPDATE'), ('DELETE'), ('ALTER'), ('EXECUTE')) as w (word)
    where has_perms_by_name(quotename(s.name), 'SCHEMA', w.word) = 1
    union
    select 4, w.word, t.thing from things as t cross join
        (values ('INSERT'), ('UPDATE'), ('DELETE'), ('ALTER')) as w (word)
    where t.type <> 'P' and has_perms_by_name(t.thing, 'OBJECT', w.word) = 1
    union
    select 4, 'EXECUTE', t.thing from things as t
    where t.type = 'P' and has_perms_by_name(t.thing, 'OBJECT', 'EXECUTE') = 1
    union
    select 5, 'UPDATE', t.thing + '.' + quotename(c.name) from things as t
    join sys.columns as c on c.object_id = t.object_id
    where t.type <> 'P'
        and has_perms_by_name(t.thing, 'OBJECT', 'UPDATE', quotename(c.name), 'COLUMN') = 1
    union
    select 6, 'IMPERSONATE', p.name from sys.database_principals as p
    where p.type = 'S' and p.name <> user_name()
        and has_perms_by_name(quotename(p.name), 'USER', 'IMPERSONATE') = 1
) as rights order by place, thing, word
"""

# Roles that are not enabled by themselves count too: role_* tells of every role one may take up.
_ORACLE = f"""
select place, word, thing from (
    select 1 as place, privilege as word, 'database' as thing from (
        select privilege from session_privs union select privilege from role_sys_privs
    ) where regexp_like(privilege,
        '^(INSERT|UPDATE|DELETE|DROP|ALTER|CREATE|EXECUTE|GRANT|COMMENT|BECOME|ADMINISTER)')
        and privilege not in ('CREATE SESSION', 'ALTER SESSION')
    union
    select 2, 'OWNER', object_name from user_objects where object_type in ('TABLE', 'VIEW')
    union
    select 3, r.privilege, r.owner || '.' || r.table_name from (
        select privilege, owner, table_name from all_tab_privs_recd
        union select privilege, owner, table_name from role_tab_privs
        union select privilege, owner, table_name from all_col_privs_recd
    ) r join all_users u on u.username = r.owner
    where u.oracle_maintained = 'N'
        and r.privilege in ('INSERT', 'UPDATE', 'DELETE', 'ALTER', 'INDEX', 'EXECUTE')
) where rownum <= {_MOST} order by place, thing, word
"""

_SELECTS = {
    "postgres": _POSTGRES,
    "postgresql": _POSTGRES,
    "mssql": _SQL_SERVER,
    "oracle": _ORACLE,
}
# MySQL's privileges that change nothing that anybody stored; every other one, known or not, counts.
_HARMLESS = {
    "USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "SHOW_ROUTINE", "PROCESS", "REFERENCES",
    "LOCK TABLES", "CREATE TEMPORARY TABLES", "REPLICATION CLIENT", "BINLOG MONITOR",
    "SLAVE MONITOR", "REPLICA MONITOR",
}  # fmt: skip
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<thing>.+?) TO (?P<to>\S+)", re.IGNORECASE)
_ROLES = re.compile(r"GRANT (?P<roles>[^(]+?) TO (?P<to>\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Right:
    """One thing the account may do beside reading, in the server's own words."""

    word: str
    thing: str

    def __str__(self) -> str:
        """Return it as people grant it: INSERT on public.tickets."""
        return f"{self.word} on {self.thing}"


@dataclass(frozen=True)
class Rights:
    """What the account may do beside reading.

    Attributes:
        writes: the rights found, the widest first, some tens at most.
        hidden: roles that it may take up and whose rights are not shown to it.
        is_known: whether the server told; else nothing follows from an empty list.
    """

    writes: tuple[Right, ...] = ()
    hidden: tuple[str, ...] = ()
    is_known: bool = True

    @property
    def may_write(self) -> bool | None:
        """Whether it can change the store; None: it cannot be known."""
        if self.writes:
            return True
        return None if self.hidden or not self.is_known else False


UNKNOWN = Rights(is_known=False)


def of_account(base: Any) -> Rights:
    """Ask the server behind an open store what our account may do beside reading.

    Args:
        base: the store's own tables (`store.Base`). A question that the server refuses raises one
            of ``base.faults`` and may end its transaction.
    """
    if base.dialect == "sqlite":
        is_writable = os.access(base.place.path, os.W_OK)
        return Rights((Right("WRITE", str(base.place.path)),) if is_writable else ())
    if base.dialect in ("mysql", "mariadb"):
        return _by_grants(base)
    select = _SELECTS.get(base.dialect)
    if select is None:
        return UNKNOWN
    return Rights(tuple(Right(str(row[1]), str(row[2])) for row in base.ask(select)))


def _by_grants(base: Any) -> Rights:
    """Read SHOW GRANTS: it alone tells of columns, roles and PUBLIC to a plain account."""
    lines = _lines(base, "show grants")
    roles = granted_roles(lines)
    is_mysql = "MariaDB" not in str(base.ask("select version()")[0][0])
    if roles and is_mysql:
        # MySQL shows the rights of roles that are not taken up, those of roles in roles included
        using = ", ".join("@".join(quoted(part) for part in role.split("@")) for role in roles)
        return Rights(writing(_lines(base, f"show grants for current_user() using {using}")))
    # MariaDB shows those of the roles in force, down to USAGE, and nothing of any other
    shown = {_bare(found["to"]) for line in lines if (found := _GRANT.match(line))}
    return Rights(writing(lines), tuple(role for role in roles if role not in shown))


def _lines(base: Any, sql: str) -> list[str]:
    return [str(row[0]) for row in base.ask(sql)]


def _bare(name: str) -> str:
    return re.sub("[`'\"]", "", name)


def granted_roles(lines: Iterable[str]) -> list[str]:
    """Return the roles that lines of SHOW GRANTS tell of, without quotes."""
    found = [_ROLES.match(line) for line in lines if not _GRANT.match(line)]
    return [_bare(role.strip()) for match in found if match for role in match["roles"].split(",")]


def writing(lines: Iterable[str]) -> tuple[Right, ...]:
    """Return what lines of SHOW GRANTS let the account do beside reading, the widest first."""
    rights: dict[Right, None] = {}
    for line in lines:
        match = _GRANT.match(line)
        if match is None:
            continue
        thing = _bare(match["thing"]).replace("\\_", "_")
        for text in re.split(r",(?![^(]*\))", match["rights"]):
            word, _, columns = text.partition("(")
            if word.strip().upper() not in _HARMLESS:
                place = f"{thing} ({_bare(columns.rstrip(' )'))})" if columns else thing
                rights[Right(word.strip().upper(), place)] = None
    widest = sorted(rights, key=lambda right: (right.thing.count("*") * -1, right.thing))
    return tuple(widest[:_MOST])
