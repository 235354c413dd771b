"""The file `users.db`: its tables, its opening, and the words of its failures.

Unlike a decision, a password or a session must be changeable and deletable, and nothing of it may
ever be pulled into the warehouse: so it lies beside `decisions.db`, not in it (ADR 0031). Holds
SQLite and nothing that knows what an account is for: that is in `users`, `sessions`, `screens` and
`audit`.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from config.errors import StateError

SCHEMA_VERSION = 1
# "OPSA": tells our file from any other SQLite file.
_APPLICATION_ID = 0x4F505341
_WAIT_SECONDS = 15.0

_SCHEMA = (
    "create table users (login text primary key, role text not null, name text not null, "
    "site_id text, engineer_id text, department_id text, password_hash text not null, "
    "must_change integer not null, is_active integer not null, "
    "created_at text not null, changed_at text not null)",
    "create table sessions (token_hash text primary key, login text not null, csrf text not null, "
    "created_at text not null, seen_at text not null)",
    "create index sessions_by_login on sessions (login)",
    "create table failures (at text not null, login text not null, address text not null)",
    "create index failures_by_time on failures (at)",
    "create table screens (name text primary key, token_hash text not null unique, "
    "networks text not null, created_at text not null)",
    "create table audit (audit_id integer primary key, at text not null, login text not null, "
    "role text not null, address text not null, action text not null, subject text not null)",
    "create trigger audit_is_not_changed before update on audit "
    "begin select raise(abort, 'the audit log is append-only'); end",
    "create trigger audit_is_not_deleted before delete on audit "
    "begin select raise(abort, 'the audit log is append-only'); end",
    f"pragma application_id = {_APPLICATION_ID}",
    f"pragma user_version = {SCHEMA_VERSION}",
)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for its owner alone, creating it if need be; yield it in one transaction.

    Args:
        path: `Settings.users_path`.

    Raises:
        StateError: the file cannot be read or written, is locked for long, damaged, or newer.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the rights of the file itself
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            _prepare(db, path)
            db.execute("begin immediate")
            try:
                yield db
                db.execute("commit")
            except BaseException:
                db.execute("rollback")
                raise
    except sqlite3.Error as error:
        raise StateError(
            f"账号文件 {path} 读写失败、被占用或已损坏。", "请检查磁盘和目录权限;必要时用备份恢复。"
        ) from error
    except OSError as error:
        raise StateError(
            f"无法读写账号文件 {path}。", "请检查目录权限、磁盘是否只读或已满。"
        ) from error


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    if _version(db) == (0, 0):
        db.execute("pragma journal_mode = wal")
        db.execute("begin immediate")
        # another process may have been first; somebody else's file is left alone
        if _version(db) == (0, 0) and not db.execute("select 1 from sqlite_master").fetchone():
            for statement in _SCHEMA:
                db.execute(statement)
        db.execute("commit")
    application, version = _version(db)
    if application != _APPLICATION_ID:
        raise StateError(f"{path} 不是 OpsPulse 的账号文件。", "请移走这个文件,或用备份恢复。")
    if version > SCHEMA_VERSION:
        raise StateError(
            f"账号文件 {path} 是由更新的程序写成的(格式 {version})。", "请使用写它的那个版本。"
        )


def _version(db: sqlite3.Connection) -> tuple[int, int]:
    [application] = db.execute("pragma application_id").fetchone()
    [version] = db.execute("pragma user_version").fetchone()
    return application, version


def now() -> datetime:
    """Return the moment, UTC and naive: accounts live by the server's clock, not a snapshot's."""
    return datetime.now(UTC).replace(tzinfo=None)


def text(moment: datetime) -> str:
    """Return a moment as it is stored: text that sorts as time does."""
    return moment.isoformat(timespec="microseconds")
