"""An SQLite file of our own to which rows are only ever added: decisions, closed months, audit.

Holds how such a file is made, opened, guarded and written, and the sentences for one that cannot be
used. What its tables hold is in `decisions`, `score.archive` and `identity.store`.

Nothing is changed or deleted, whatever SQL is tried: triggers abort it (a replacing INSERT too,
which SQLite would let pass a trigger on DELETE), and a connection opened here may do nothing but
read and insert. Rows carry a digest of what went before, so that a file altered by another program
shows. Any number of processes may add at a time (WAL, one short write transaction each).
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from config.errors import StateError

_WAIT_SECONDS, _PAUSE_SECONDS = 15.0, 0.01
_REFUSED = "append-only"
# What a connection may do once the tables stand. Not among them: UPDATE, DELETE, DROP, ALTER,
# ATTACH and every PRAGMA.
_ALLOWED = frozenset(
    (
        sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_RECURSIVE,
    )
)  # fmt: skip


@dataclass(frozen=True)
class Book:
    """One kind of such a file.

    Attributes:
        name: what people call it.
        application_id: tells it from any other SQLite file.
        version: of its shape; a file of a later one is left alone.
        shape: the statements that lay it down, each harmless when it is there already.
        guarded: table → its unique keys, each as ``column`` or ``column, column``.
        has_changing: it has other tables too, whose rows change: a connection is then held by the
            triggers alone.
    """

    name: str
    application_id: int
    version: int
    shape: tuple[str, ...]
    guarded: dict[str, tuple[str, ...]]
    has_changing: bool = False

    @contextmanager
    def opened(self, path: Path, *, is_new: bool) -> Iterator[sqlite3.Connection]:
        """Open the file, for its owner alone; lay down its tables if it is new.

        Args:
            path: the file.
            is_new: it may be made; otherwise it must be there.

        Raises:
            StateError: it cannot be read or written, is locked for long, damaged, another
                program's or of a newer version, or somebody tried to change what stands in it.
        """
        try:
            if is_new:
                path.parent.mkdir(parents=True, exist_ok=True)
                # SQLite gives its -wal and -shm files the rights of the file itself
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as db:
                self._prepare(db, path)
                if not self.has_changing:
                    db.set_authorizer(_authorized)
                yield db
        except sqlite3.Error as error:
            raise self._explained(error, path) from error
        except OSError as error:
            raise StateError(
                f"无法读写{self.name} {path}。", "请检查目录权限、磁盘是否只读或已满。"
            ) from error

    @contextmanager
    def adding(self, path: Path) -> Iterator[sqlite3.Connection]:
        """Open the file and hold its write lock: all that is added stands, or none of it.

        Raises:
            StateError: as for `opened`.
        """
        with self.opened(path, is_new=True) as db:
            db.execute("begin immediate")
            try:
                yield db
                db.execute("commit")
            except BaseException:
                # a full disk has rolled back by itself
                if db.in_transaction:
                    db.execute("rollback")
                raise

    def _prepare(self, db: sqlite3.Connection, path: Path) -> None:
        if self._stands_at(db) in ((0, 0), *self._older()):
            _keep_a_log(db)
            db.execute("begin immediate")
            # another process may have been first; somebody else's file is left alone
            found = self._stands_at(db)
            is_empty = not db.execute("select 1 from sqlite_master").fetchone()
            if (found == (0, 0) and is_empty) or found in self._older():
                for statement in (*self.shape, *self._guards()):
                    db.execute(statement)
                db.execute(f"pragma application_id = {self.application_id}")
                db.execute(f"pragma user_version = {self.version}")
            db.execute("commit")
        application, version = self._stands_at(db)
        if application != self.application_id:
            raise StateError(
                f"{path} 不是 OpsPulse 的{self.name}。", "请移走这个文件,或用备份恢复。"
            )
        if version > self.version:
            raise StateError(
                f"{self.name} {path} 是由更新的程序写成的(格式 {version})。",
                "请使用写它的那个版本。",
            )
        # what was confirmed to a person must survive a power cut
        db.execute("pragma synchronous = full")

    def _older(self) -> tuple[tuple[int, int], ...]:
        return tuple((self.application_id, version) for version in range(1, self.version))

    def _stands_at(self, db: sqlite3.Connection) -> tuple[int, int]:
        [application] = db.execute("pragma application_id").fetchone()
        [version] = db.execute("pragma user_version").fetchone()
        return application, version

    def _guards(self) -> Iterator[str]:
        for table, keys in self.guarded.items():
            taken = " or ".join(
                f"exists (select 1 from {table} where "
                + " and ".join(f"{name} = new.{name}" for name in key.split(", "))
                + ")"
                for key in keys
            )
            stop = f"begin select raise(abort, '{table} are {_REFUSED}'); end"
            start = "create trigger if not exists"
            yield f"{start} {table}_are_not_changed before update on {table} {stop}"
            yield f"{start} {table}_are_not_deleted before delete on {table} {stop}"
            yield (f"{start} {table}_are_not_replaced before insert on {table} when {taken} {stop}")

    def _explained(self, error: sqlite3.Error, path: Path) -> StateError:
        text = str(error)
        if "locked" in text:
            return StateError(f"{self.name} {path} 正被其他程序占用。", "请稍后重试。")
        if "full" in text:
            return StateError(f"磁盘空间不足,无法写入{self.name} {path}。", "请清理磁盘后重试。")
        if _REFUSED in text or "not authorized" in text:
            return StateError(
                f"{self.name} {path} 只能追加,不能修改或删除。", "请另追加一条新的记录。"
            )
        return StateError(f"{self.name} {path} 读写失败或已损坏。", "请检查磁盘;必要时用备份恢复。")


def _keep_a_log(db: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait for another process that does the same, so this does."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            db.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def digest(before: str, fields: Sequence[Any]) -> str:
    """Return the digest of a row (JSON values) that stands behind one with digest ``before``."""
    return sha256(json.dumps([before, *fields], ensure_ascii=False).encode()).hexdigest()


def _authorized(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
