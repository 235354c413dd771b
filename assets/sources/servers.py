"""What a server says about itself: version and clock.

Holds one question per kind of database, asked by SELECT only. What our account may do there is in
`rights`, what is made of the answers in `examine`.
"""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from assets.sources.connect import Reader

# Each SELECT gives: version, the server's clock in UTC.
_QUESTIONS = {
    "postgres": (
        "select split_part(version(), ' on ', 1), (clock_timestamp() at time zone 'UTC')::timestamp"
    ),
    "mysql": (
        "select concat(case when version() like '%MariaDB%' then '' else 'MySQL ' end, version()),"
        " utc_timestamp(6)"
    ),
    "mssql": (
        "select concat('SQL Server ', cast(serverproperty('ProductVersion') as varchar(40))),"
        " sysutcdatetime()"
    ),
    "oracle": "select 'Oracle', sys_extract_utc(systimestamp) from dual",
}
_QUESTIONS["postgresql"] = _QUESTIONS["postgres"]
_QUESTIONS["mariadb"] = _QUESTIONS["mysql"]


@dataclass(frozen=True)
class ServerFacts:
    """Version in words, the server's clock less ours.

    None: it cannot be known (files, a database of another kind).
    """

    version: str | None = None
    clock_offset: timedelta | None = None


def facts(reader: Reader) -> ServerFacts:
    """Ask the server behind an open reader."""
    base: Any = getattr(reader, "base", None)
    if base is None:
        return ServerFacts(version="文件 files")
    if base.dialect == "sqlite":
        return ServerFacts(f"SQLite {sqlite3.sqlite_version}")
    question = _QUESTIONS.get(base.dialect)
    if question is None:
        return ServerFacts(version=str(base.dialect))
    before = datetime.now(UTC)
    row = base.ask(question)[0]
    middle = before + (datetime.now(UTC) - before) / 2
    offset = _utc(row[1]) - middle
    return ServerFacts(str(row[0]), offset)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
