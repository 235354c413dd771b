"""`decisions.db`: what people decide in OpsPulse, appended and read; nothing is changed or deleted.

Holds our own small operational store: one SQLite file with one table of decisions (who, when, in
which role, what kind, about what, with which content). What a kind contains is in `decision_kinds`;
how decisions reach the warehouse is in `decision_pull`. To take a decision back, append another
one: the latest of a kind and subject holds.

Any number of processes may append at a time (WAL, one short write transaction each). Every row
carries a digest of itself and of the row before, so that a file that was altered by hand shows.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assets.decision_kinds import KINDS, Payload
from config.errors import ConfigError, StateError

SCHEMA_VERSION = 1
# "OPSD": tells our file from any other SQLite file.
_APPLICATION_ID = 0x4F505344
_WAIT_SECONDS = 15.0
_LONGEST_NAME = 200

_SCHEMA = (
    "create table decisions (decision_id integer primary key, at text not null, "
    "actor text not null, role text not null, kind text not null, site_id text not null, "
    "subject text not null, payload text not null, digest text not null)",
    "create index decisions_by_subject on decisions (kind, site_id, subject)",
    "create trigger decisions_are_not_changed before update on decisions "
    "begin select raise(abort, 'decisions are append-only'); end",
    "create trigger decisions_are_not_deleted before delete on decisions "
    "begin select raise(abort, 'decisions are append-only'); end",
    f"pragma application_id = {_APPLICATION_ID}",
    f"pragma user_version = {SCHEMA_VERSION}",
)
_COLUMNS = "decision_id, at, actor, role, kind, site_id, subject, payload, digest"


@dataclass(frozen=True)
class Draft:
    """A decision that is about to be made.

    Attributes:
        actor: who decides: an account or engineer id, not a name to print.
        role: in which role.
        kind: one of `decision_kinds.KINDS`.
        subject: what it is about, such as a ticket's id.
        payload: what is decided, of the kind's shape.
        site_id: the site that the subject belongs to.
    """

    actor: str
    role: str
    kind: str
    subject: str
    payload: Payload
    site_id: str = "main"


@dataclass(frozen=True)
class Decision:
    """A decision as it stands in the file. ``decision_id`` is the order, ``at`` is UTC, naive."""

    decision_id: int
    at: datetime
    actor: str
    role: str
    kind: str
    site_id: str
    subject: str
    payload: Payload
    digest: str


def append(path: Path, drafts: Iterable[Draft]) -> list[Decision]:
    """Append decisions, all or none of them; create the file when it is the first.

    Args:
        path: `Settings.decisions_path`.
        drafts: in the order in which they are to stand.

    Raises:
        ConfigError: an unknown kind, a payload of another kind, an empty actor, role or subject.
        StateError: the file cannot be written, is locked for long, damaged or of a newer program.
    """
    wanted = [_checked(draft) for draft in drafts]
    if not wanted:
        return []
    with _opened(path, is_new=True) as db:
        db.execute("begin immediate")
        try:
            rows = _insert(db, wanted)
            db.execute("commit")
        except BaseException:
            db.execute("rollback")
            raise
    return [_decision(row) for row in rows]


def read(
    path: Path,
    *,
    kinds: Sequence[str] = (),
    site_id: str | None = None,
    subject: str | None = None,
    after: int = 0,
) -> list[Decision]:
    """Return decisions in the order in which they were made; a missing file has none.

    Args:
        path: `Settings.decisions_path`.
        kinds: only of these; none: of all.
        site_id: only of this site.
        subject: only about this.
        after: only those behind this ``decision_id``.

    Raises:
        StateError: the file cannot be read, is damaged, or is of a newer program.
    """
    conditions: list[str] = ["decision_id > ?"]
    values: list[Any] = [after]
    if kinds:
        conditions.append(f"kind in ({', '.join('?' * len(kinds))})")
        values += kinds
    for column, value in (("site_id", site_id), ("subject", subject)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    rows = raw_rows(path, " and ".join(conditions), values)
    return [_decision(row) for row in rows]


def raw_rows(path: Path, condition: str = "true", values: Sequence[Any] = ()) -> list[Any]:
    """Return the rows as they are stored, oldest first: what the pull copies.

    Raises:
        StateError: as for `read`.
    """
    if not path.exists():
        return []
    with _opened(path, is_new=False) as db:
        sql = f"select {_COLUMNS} from decisions where {condition} order by decision_id"
        return db.execute(sql, values).fetchall()


def verify(path: Path) -> int:
    """Return the number of decisions, having followed their chain of digests from the first.

    Raises:
        StateError: a row was altered, removed or put in by something else than `append`.
    """
    before = ""
    rows = raw_rows(path)
    for position, row in enumerate(rows, 1):
        if row[0] != position or row[-1] != _digest(before, row[:-1]):
            raise StateError(
                f"决定记录 {path} 的第 {position} 条与它的校验值不符,文件被改动过。",
                "请用备份恢复 decisions.db。",
            )
        before = row[-1]
    return len(rows)


def _checked(draft: Draft) -> Draft:
    kind = KINDS.get(draft.kind)
    if kind is None:
        raise ConfigError(f"没有名为「{draft.kind}」的决定。", f"可选:{'、'.join(KINDS)}。")
    if type(draft.payload) is not kind:
        raise ConfigError(
            f"决定「{draft.kind}」的内容应为 {kind.__name__},不是 {type(draft.payload).__name__}。"
        )
    for word, value in (("决定人", draft.actor), ("角色", draft.role), ("对象", draft.subject),
                        ("院区", draft.site_id)):  # fmt: skip
        if not value.strip() or len(value) > _LONGEST_NAME:
            raise ConfigError(f"决定「{draft.kind}」的{word}为空或过长。", "请填写后重试。")
    return draft


def _insert(db: sqlite3.Connection, drafts: Sequence[Draft]) -> list[Any]:
    last = db.execute(f"select {_COLUMNS} from decisions order by decision_id desc limit 1")
    row = last.fetchone()
    number, digest = (row[0], row[-1]) if row else (0, "")
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    rows = []
    for draft in drafts:
        number += 1
        payload = json.dumps(
            draft.payload.model_dump(mode="json"), ensure_ascii=False, sort_keys=True
        )
        fields = (
            number, at, draft.actor, draft.role, draft.kind, draft.site_id, draft.subject, payload,
        )  # fmt: skip
        digest = _digest(digest, fields)
        rows.append((*fields, digest))
    db.executemany(f"insert into decisions ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return rows


def _digest(before: str, fields: Sequence[Any]) -> str:
    return sha256(json.dumps([before, *fields], ensure_ascii=False).encode()).hexdigest()


def _decision(row: Sequence[Any]) -> Decision:
    decision_id, at, actor, role, kind, site_id, subject, payload, digest = row
    shape = KINDS.get(kind)
    try:
        if shape is None:
            raise StateError(
                f"决定记录的第 {decision_id} 条是本版本不认识的「{kind}」。",
                "请使用写它的那个版本。",
            )
        content = shape.model_validate_json(payload)
    except ValidationError as error:
        raise StateError(
            f"决定记录的第 {decision_id} 条(「{kind}」)读不懂。", "请用备份恢复 decisions.db。"
        ) from error
    moment = datetime.fromisoformat(at)
    return Decision(decision_id, moment, actor, role, kind, site_id, subject, content, digest)


@contextmanager
def _opened(path: Path, *, is_new: bool) -> Iterator[sqlite3.Connection]:
    """Open the file, for its owner alone; lay down the schema if it is new."""
    try:
        if is_new:
            path.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives its -wal and -shm files the rights of the file itself
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as db:
            _prepare(db, path)
            yield db
    except sqlite3.Error as error:
        raise _explained(error, path) from error
    except OSError as error:
        raise StateError(
            f"无法读写决定记录 {path}。", "请检查目录权限、磁盘是否只读或已满。"
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
        raise StateError(f"{path} 不是 OpsPulse 的决定记录。", "请移走这个文件,或用备份恢复。")
    if version > SCHEMA_VERSION:
        raise StateError(
            f"决定记录 {path} 是由更新的程序写成的(格式 {version})。", "请使用写它的那个版本。"
        )
    # a decision that was confirmed to a person must survive a power cut
    db.execute("pragma synchronous = full")


def _version(db: sqlite3.Connection) -> tuple[int, int]:
    [application] = db.execute("pragma application_id").fetchone()
    [version] = db.execute("pragma user_version").fetchone()
    return application, version


def _explained(error: sqlite3.Error, path: Path) -> StateError:
    text = str(error)
    if "locked" in text:
        return StateError(f"决定记录 {path} 正被其他程序占用。", "请稍后重试。")
    if "full" in text:
        return StateError(f"磁盘空间不足,无法写入决定记录 {path}。", "请清理磁盘后重试。")
    if "append-only" in text:
        return StateError(f"决定记录 {path} 只能追加,不能修改或删除。", "请另追加一条新的决定。")
    return StateError(f"决定记录 {path} 读写失败或已损坏。", "请检查磁盘;必要时用备份恢复。")
