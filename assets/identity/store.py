"""The file `users.db`: its tables, its opening, and its clock.

Unlike a decision, a password or a session must be changeable and deletable, and nothing of it may
ever be pulled into the warehouse: so it lies beside `decisions.db`, not in it (ADR 0031). Its audit
log is append-only all the same. Holds SQLite and nothing that knows what an account is for: that is
in `users`, `sessions`, `screens`, `views` and `audit`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from assets.append_only import Book

_BOOK = Book(
    name="账号文件",
    application_id=0x4F505341,  # "OPSA"
    version=2,
    shape=(
        "create table if not exists users (login text primary key, role text not null, "
        "name text not null, site_id text, engineer_id text, department_id text, "
        "password_hash text not null, must_change integer not null, is_active integer not null, "
        "created_at text not null, changed_at text not null)",
        "create table if not exists sessions (token_hash text primary key, login text not null, "
        "csrf text not null, created_at text not null, seen_at text not null)",
        "create index if not exists sessions_by_login on sessions (login)",
        "create table if not exists failures (at text not null, login text not null, "
        "address text not null)",
        "create index if not exists failures_by_time on failures (at)",
        "create table if not exists screens (name text primary key, "
        "token_hash text not null unique, networks text not null, created_at text not null)",
        "create table if not exists views (view_id integer primary key, login text not null, "
        "name text not null, target text not null, created_at text not null, "
        "unique (login, name))",
        "create table if not exists audit (audit_id integer primary key, at text not null, "
        "login text not null, role text not null, address text not null, action text not null, "
        "subject text not null)",
    ),
    guarded={"audit": ("audit_id",)},
    has_changing=True,
)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for its owner alone, creating it if need be; yield it in one transaction.

    Args:
        path: `Settings.users_path`.

    Raises:
        StateError: the file cannot be read or written, is locked for long, damaged, or newer.
    """
    with _BOOK.adding(path) as db:
        db.row_factory = sqlite3.Row
        yield db


def now() -> datetime:
    """Return the moment, UTC and naive: accounts live by the server's clock, not a snapshot's."""
    return datetime.now(UTC).replace(tzinfo=None)


def text(moment: datetime) -> str:
    """Return a moment as it is stored: text that sorts as time does."""
    return moment.isoformat(timespec="microseconds")
