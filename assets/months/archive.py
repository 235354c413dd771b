"""`months.db`: what a month's workbook said when it was closed, kept for ever.

Holds adding and reading of acts (closed, opened again), of the figures, rows and files frozen with
a closing, and of the restatements that later data bring. Nothing is changed (`append_only`): a
month that is opened again keeps its closings, and the file that was signed can be had back byte by
byte.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from assets.append_only import digest
from assets.months.shape import (
    ACTS,
    BOOK,
    CLOSE,
    REOPEN,
    RESTATEMENTS,
    Act,
    Draft,
    Figure,
    FrozenFile,
    Restatement,
    Subject,
    text_of,
)
from config.errors import StateError

__all__ = [
    "CLOSE", "REOPEN", "Act", "Draft", "Figure", "FrozenFile", "Restatement", "Subject", "acts",
    "add", "adding", "figures", "file_of", "restate", "restatements", "state", "subjects", "verify",
]  # fmt: skip


@contextmanager
def adding(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the file's write lock: see `append_only.Book.adding`."""
    with BOOK.adding(path) as db:
        yield db


def add(db: sqlite3.Connection, draft: Draft) -> Act:
    """Add an act within the caller's `adding`, with all that is frozen by it."""
    last = db.execute("select act_id, digest from acts order by act_id desc limit 1").fetchone()
    number, mark = last or (0, "")
    number += 1
    month = draft.month_on.isoformat()
    [version] = db.execute("select count(*) + 1 from acts where month_on = ?", [month]).fetchone()
    figures = [(*key, text_of(reading)) for key, reading in draft.figures.items()]
    subjects = [(one.kind, one.key, one.name, text_of(one.says)) for one in draft.subjects]
    content = _content([*figures, *subjects], [(one.edition, one.content) for one in draft.files])
    heads = (
        number, _now(), draft.actor, draft.kind, month, version, draft.reason,
        draft.as_of.isoformat(), draft.snapshot_id, draft.snapshot_hash, draft.rule_version,
        content,
    )  # fmt: skip
    row = (*heads, digest(mark, heads))
    db.execute(f"insert into acts values ({_marks(ACTS)})", row)
    db.executemany(
        f"insert into figures (act_id, metric_id, statistic, reading) values ({number}, ?, ?, ?)",
        figures,
    )
    db.executemany(
        f"insert into subjects (act_id, kind, key, name, says) values ({number}, ?, ?, ?, ?)",
        subjects,
    )
    db.executemany(
        f"insert into files (act_id, edition, name, sha256, content) values ({number}, ?, ?, ?, ?)",
        [(one.edition, one.name, one.sha256, one.content) for one in draft.files],
    )
    return _act(row)


def acts(path: Path, month_on: date | None = None) -> list[Act]:
    """Return every closing and reopening, oldest first; a missing file has none.

    Args:
        path: `Settings.months_path`.
        month_on: only those of the month that begins on this day.

    Raises:
        StateError: the file cannot be read, is damaged or of a newer program.
    """
    if not path.exists():
        return []
    with BOOK.opened(path, is_new=False) as db:
        return acts_of(db, month_on)


def acts_of(db: sqlite3.Connection, month_on: date | None = None) -> list[Act]:
    """Return the same as `acts` within an open file."""
    rows = db.execute(f"select {', '.join(ACTS)} from acts order by act_id").fetchall()
    return [one for one in map(_act, rows) if month_on in (None, one.month_on)]


def state(path: Path, month_on: date) -> Act | None:
    """Return the closing that holds for a month; None where it is open."""
    found = acts(path, month_on)
    return found[-1] if found and found[-1].is_closed else None


def figures(path: Path, act_id: int) -> dict[Figure, dict[str, Any]]:
    """Return the readings that a closing froze, by metric and statistic."""
    with BOOK.opened(path, is_new=False) as db:
        rows = db.execute(
            "select metric_id, statistic, reading from figures where act_id = ? order by figure_id",
            [act_id],
        ).fetchall()
    return {(metric, statistic): json.loads(reading) for metric, statistic, reading in rows}


def subjects(path: Path, act_id: int) -> list[Subject]:
    """Return what stood behind the figures of a closing."""
    with BOOK.opened(path, is_new=False) as db:
        rows = db.execute(
            "select kind, key, name, says from subjects where act_id = ? order by subject_id",
            [act_id],
        ).fetchall()
    return [Subject(kind, key, name, json.loads(says)) for kind, key, name, says in rows]


def file_of(path: Path, act_id: int, edition: str) -> FrozenFile | None:
    """Return the workbook that was signed with a closing, None where there was no such edition."""
    with BOOK.opened(path, is_new=False) as db:
        row = db.execute(
            "select edition, name, sha256, content from files where act_id = ? and edition = ?",
            [act_id, edition],
        ).fetchone()
    return None if row is None else FrozenFile(*row)


def restate(path: Path, act_id: int, found: Sequence[Restatement]) -> list[Restatement]:
    """Add restatements of a closing and return those that tell something new.

    One whose value is what the last one of the same figure already says is left out, so that it
    does not matter how often, or from how many processes at once, a month is looked at.
    """
    if not found:
        return []
    with BOOK.adding(path) as db:
        known = _last_values(db, act_id)
        row = db.execute(
            "select restatement_id, digest from restatements order by restatement_id desc limit 1"
        ).fetchone()
        number, mark = row or (0, "")
        new = []
        for one in found:
            position, value = known.get((one.metric_id, one.statistic), (0, one.before))
            if value == one.after:
                continue
            number += 1
            fields = (
                number, _now(), act_id, one.metric_id, one.statistic, position + 1,
                text_of(value), text_of(one.after), text_of(one.tickets), one.reason,
                one.as_of.isoformat(), one.snapshot_id,
            )  # fmt: skip
            mark = digest(mark, fields)
            db.execute(f"insert into restatements values ({_marks(RESTATEMENTS)})", (*fields, mark))
            new.append(_restatement((*fields, mark)))
        return new


def restatements(path: Path, act_id: int | None = None) -> list[Restatement]:
    """Return restatements in the order in which they were found; a missing file has none."""
    if not path.exists():
        return []
    with BOOK.opened(path, is_new=False) as db:
        rows = db.execute(
            f"select {', '.join(RESTATEMENTS)} from restatements order by restatement_id"
        ).fetchall()
    return [one for one in map(_restatement, rows) if act_id in (None, one.act_id)]


def verify(path: Path) -> int:
    """Return the number of acts, having followed all digests.

    Raises:
        StateError: a row or a file was altered, removed or put in by something else than `add`.
    """
    if not path.exists():
        return 0
    with BOOK.opened(path, is_new=False) as db:
        before = ""
        rows = db.execute(f"select {', '.join(ACTS)} from acts order by act_id").fetchall()
        for position, row in enumerate(rows, 1):
            is_whole = row[0] == position and row[-1] == digest(before, row[:-1])
            if not is_whole or row[-2] != _stored_content(db, position):
                raise _altered(path, f"第 {position} 次月结或重开")
            before = row[-1]
        before = ""
        for position, row in enumerate(
            db.execute(
                f"select {', '.join(RESTATEMENTS)} from restatements order by restatement_id"
            ),
            1,
        ):
            if row[0] != position or row[-1] != digest(before, row[:-1]):
                raise _altered(path, f"第 {position} 条重述")
            before = row[-1]
        return len(rows)


def _altered(path: Path, what: str) -> StateError:
    return StateError(
        f"月结档案 {path} 的{what}与它的校验值不符,文件被改动过。", "请用备份恢复 months.db。"
    )


def _stored_content(db: sqlite3.Connection, act_id: int) -> str:
    rows: list[Sequence[str]] = []
    for sql in (
        "select metric_id, statistic, reading from figures where act_id = ? order by figure_id",
        "select kind, key, name, says from subjects where act_id = ? order by subject_id",
    ):
        rows += db.execute(sql, [act_id]).fetchall()
    files = db.execute(
        "select edition, content from files where act_id = ? order by file_id", [act_id]
    ).fetchall()
    return _content(rows, files)


def _content(rows: Sequence[Sequence[str]], files: Sequence[tuple[str, bytes]]) -> str:
    content = sha256()
    for row in rows:
        content.update(text_of(row).encode())
    for edition, body in files:
        content.update(edition.encode() + sha256(body).digest())
    return content.hexdigest()


def _last_values(db: sqlite3.Connection, act_id: int) -> Mapping[Figure, tuple[int, float | None]]:
    rows = db.execute(
        "select metric_id, statistic, position, after from restatements where act_id = ? "
        "order by restatement_id",
        [act_id],
    ).fetchall()
    return {(row[0], row[1]): (row[2], json.loads(row[3])) for row in rows}


def _act(row: Sequence[Any]) -> Act:
    one = dict(zip(ACTS, row, strict=True))
    return Act(
        one["act_id"], datetime.fromisoformat(one["at"]), one["actor"], one["kind"],
        date.fromisoformat(one["month_on"]), one["version"], one["reason"],
        datetime.fromisoformat(one["as_of"]), one["snapshot_id"], one["snapshot_hash"],
        one["rule_version"], one["digest"],
    )  # fmt: skip


def _restatement(row: Sequence[Any]) -> Restatement:
    one = dict(zip(RESTATEMENTS, row, strict=True))
    return Restatement(
        one["metric_id"], one["statistic"], json.loads(one["before"]), json.loads(one["after"]),
        tuple(json.loads(one["tickets"])), one["reason"], datetime.fromisoformat(one["as_of"]),
        one["snapshot_id"], one["act_id"], one["restatement_id"],
        datetime.fromisoformat(one["at"]),
    )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
