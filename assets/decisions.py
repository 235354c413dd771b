"""`decisions.db`: what people decide in OpsPulse, appended and read; nothing is changed or deleted.

Holds our own small operational store: one SQLite file with one table of decisions (who, when, in
which role, what kind, about what, with which content). How the file is guarded is in `append_only`,
what a kind contains in `decision_kinds`, how decisions reach the warehouse in `decision_pull`. To
take a decision back, append another one: the latest of a kind and subject holds.

That a month is closed is decided too, and kept in a file of its own: `months`.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assets.append_only import Book, digest
from assets.decision_kinds import KINDS, Payload
from assets.months import archive
from config.errors import ConfigError, StateError

# Closings of months: what the workbooks read and add.
months = archive
_LONGEST_NAME = 200
_BOOK = Book(
    name="决定记录",
    application_id=0x4F505344,  # "OPSD"
    version=2,
    shape=(
        "create table if not exists decisions (decision_id integer primary key, at text not null, "
        "actor text not null, role text not null, kind text not null, site_id text not null, "
        "subject text not null, payload text not null, digest text not null)",
        "create index if not exists decisions_by_subject on decisions (kind, site_id, subject)",
    ),
    guarded={"decisions": ("decision_id",)},
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
    wanted = list(drafts)
    return decide(path, (), lambda _: wanted) if wanted else []


def decide(
    path: Path, kinds: Sequence[str], judge: Callable[[list[Decision]], Iterable[Draft]]
) -> list[Decision]:
    """Append what follows from the decisions that stand, without another coming between.

    Args:
        path: `Settings.decisions_path`.
        kinds: the kinds that ``judge`` is shown, oldest first; none: nothing is read.
        judge: returns what is to be appended, or raises; it runs while nobody else can append.

    Raises:
        ConfigError: as for `append`, and what ``judge`` raises.
        StateError: as for `append`.
    """
    with _BOOK.adding(path) as db:
        known = _rows(db, f"kind in ({_marks(kinds)})", kinds) if kinds else []
        drafts = judge([_decision(row) for row in known])
        rows = _insert(db, [_checked(draft) for draft in drafts])
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
        conditions.append(f"kind in ({_marks(kinds)})")
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
    with _BOOK.opened(path, is_new=False) as db:
        return _rows(db, condition, values)


def verify(path: Path) -> int:
    """Return the number of decisions, having followed their chain of digests from the first.

    Raises:
        StateError: a row was altered, removed or put in by something else than `append`.
    """
    before = ""
    rows = raw_rows(path)
    for position, row in enumerate(rows, 1):
        if row[0] != position or row[-1] != digest(before, row[:-1]):
            raise StateError(
                f"决定记录 {path} 的第 {position} 条与它的校验值不符,文件被改动过。",
                "请用备份恢复 decisions.db。",
            )
        before = row[-1]
    return len(rows)


def _rows(db: sqlite3.Connection, condition: str, values: Sequence[Any]) -> list[Any]:
    sql = f"select {_COLUMNS} from decisions where {condition} order by decision_id"
    return db.execute(sql, values).fetchall()


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


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
    number, mark = (row[0], row[-1]) if row else (0, "")
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
        mark = digest(mark, fields)
        rows.append((*fields, mark))
    db.executemany(f"insert into decisions ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return rows


def _decision(row: Sequence[Any]) -> Decision:
    decision_id, at, actor, role, kind, site_id, subject, payload, mark = row
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
    return Decision(decision_id, moment, actor, role, kind, site_id, subject, content, mark)
