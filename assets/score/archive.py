"""`scores.db`: what a closed period says, kept for ever: scores, components and every ledger row.

Holds the adding of a version and the reading; the file's shape is in `archive_shape`. A month or
quarter has version 1 from its closing; a later version adds the rows that an upheld appeal brings
and the scores that follow, and changes nothing (`append_only`). An engineer's ledger is the rows of
all versions together. What may be closed is decided in `closing` and `quarters`, what an appeal
brings in `corrections`.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from assets.append_only import digest
from assets.score.archive_shape import (
    ADJUST,
    BASE,
    BOOK,
    CASE,
    HEADS,
    LEDGER,
    NUMBERS,
    Closing,
    Draft,
    appeal_key,
    appeal_of,
    key_of,
    period_of,
    text_of,
)
from assets.score.periods import MONTH
from config.errors import StateError

__all__ = [
    "ADJUST", "BASE", "CASE", "LEDGER", "MONTH", "Closing", "Draft", "add", "closings", "ledger",
    "scores",
]  # fmt: skip
_DAYS = ("period_on",)
# Of a case, what a quarter needs of it.
CASES = (
    "site_id", "engineer_id", "component", "subject_id", "ticket_id", "weight", "part_1", "part_2",
    "part_3", "part_4",
)  # fmt: skip


def add(db: sqlite3.Connection, draft: Draft) -> Closing:
    """Add the next version of a period, within the caller's `adding`."""
    last = db.execute("select closing_id, digest from closings order by closing_id desc limit 1")
    number, mark = last.fetchone() or (0, "")
    key = key_of(draft.kind, draft.month_on)
    [version] = db.execute("select count(*) + 1 from closings where month_on = ?", [key]).fetchone()
    number += 1
    content = sha256()
    scores = [
        (total["site_id"], total["engineer_id"], text_of(total), text_of(parts))
        for total, parts in draft.scores
    ]
    rows = [(*row[:-4], text_of(row[-4]), *row[-3:]) for row in draft.ledger]
    for row in (*scores, *rows):
        content.update(text_of(row).encode())
    heads = (
        number, datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
        draft.actor, key, version, appeal_key(draft.kind, draft.month_on, draft.appeal),
        draft.as_of.isoformat(), int(draft.is_final), draft.rule_version, draft.rule_hash,
        draft.rules, content.hexdigest(),
    )  # fmt: skip
    stamped = (*heads, digest(mark, heads))
    db.execute(f"insert into closings values ({_marks(HEADS)})", stamped)
    db.executemany(
        "insert into scores (closing_id, site_id, engineer_id, total, components) "
        f"values ({number}, ?, ?, ?, ?)",
        scores,
    )
    db.executemany(
        f"insert into ledger (closing_id, {', '.join(LEDGER)}) values ({number}, {_marks(LEDGER)})",
        rows,
    )
    return _closing(stamped)


def adding(path: Path) -> Any:
    """Hold the file's write lock: see `append_only.Book.adding`."""
    return BOOK.adding(path)


def opened(path: Path) -> Any:
    """Open a file that is there, to read: see `append_only.Book.opened`."""
    return BOOK.opened(path, is_new=False)


def totals_of(db: sqlite3.Connection, closing_id: int) -> list[dict[str, Any]]:
    """Return the rows of totals that one version holds."""
    rows = db.execute(
        "select total from scores where closing_id = ? order by score_id", [closing_id]
    )
    return [_dated(total) for (total,) in rows.fetchall()]


def closings(path: Path, first: date | None = None, kind: str | None = MONTH) -> list[Closing]:
    """Return every version of every closed period, oldest first.

    Args:
        path: `Settings.scores_path`; a missing file has none.
        first: only of the period that begins on this day.
        kind: only months, or only quarters; None: both.

    Raises:
        StateError: the file cannot be read, is damaged or of a newer program.
    """
    if not path.exists():
        return []
    with BOOK.opened(path, is_new=False) as db:
        return closings_of(db, first, kind)


def closings_of(
    db: sqlite3.Connection, first: date | None = None, kind: str | None = MONTH
) -> list[Closing]:
    """Return the same as `closings` within an open file."""
    rows = db.execute(f"select {', '.join(HEADS)} from closings order by closing_id").fetchall()
    return [
        one
        for one in map(_closing, rows)
        if first in (None, one.month_on) and kind in (None, one.kind)
    ]


def scores(
    path: Path, period: tuple[str, date] | None = None
) -> list[tuple[Closing, dict[str, Any], list[dict[str, Any]]]]:
    """Return what each engineer's score of each closed period is now: the newest version of it.

    Args:
        path: `Settings.scores_path`; a missing file has none.
        period: only this one, kind and first day.

    Returns:
        The version that the score is of, its row of totals and its rows of components.
    """
    if not path.exists():
        return []
    with BOOK.opened(path, is_new=False) as db:
        return scores_of(db, period)


def scores_of(
    db: sqlite3.Connection, period: tuple[str, date] | None = None
) -> list[tuple[Closing, dict[str, Any], list[dict[str, Any]]]]:
    """Return the same as `scores` within an open file."""
    known = {one.closing_id: one for one in closings_of(db, kind=None)}
    rows = db.execute(
        "select closing_id, total, components from (select s.*, row_number() over (partition by "
        "c.month_on, s.site_id, s.engineer_id order by c.version desc) as age from scores as s "
        "inner join closings as c using (closing_id)) where age = 1 order by score_id"
    ).fetchall()
    found = []
    for number, total, parts in rows:
        one = known[number]
        if period in (None, (one.kind, one.month_on)):
            found.append((one, _dated(total), [_dated(json.dumps(p)) for p in json.loads(parts)]))
    return found


def score_of(
    db: sqlite3.Connection, period: tuple[str, date], person: tuple[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """Return one engineer's score of a closed period and its components; None without any."""
    for _, total, parts in scores_of(db, period):
        if (total["site_id"], total["engineer_id"]) == person:
            return total, parts
    return None


def cases(path: Path, months: Collection[date]) -> list[tuple[Any, ...]]:
    """Return every case that months were closed with, those of components that did not count too.

    Returns:
        Rows of first day, and of `CASES`; decimals as text.
    """
    keys = [key_of(MONTH, month) for month in months]
    with BOOK.opened(path, is_new=False) as db:
        return db.execute(
            f"select c.month_on, {', '.join(CASES)} from ledger as l "
            "inner join closings as c using (closing_id) where c.version = 1 "
            f"and c.month_on in ({_marks(keys)}) and l.subject_id is not null order by ledger_id",
            keys,
        ).fetchall()


def following(
    first: Closing,
    actor: str,
    appeal: str,
    scores: Sequence[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]],
    rows: Sequence[Mapping[str, Any]],
) -> Draft:
    """Return the version of a period that follows from an appeal; ``first`` is its closing."""
    return Draft(
        actor=actor, kind=first.kind, month_on=first.month_on, appeal=appeal, as_of=first.as_of,
        is_final=first.is_final, rule_version=first.rule_version, rule_hash=first.rule_hash,
        rules=first.rules, scores=scores,
        ledger=[tuple(row[name] for name in LEDGER) for row in rows],
    )  # fmt: skip


def ledger(path: Path, closing_id: int, person: tuple[str, str]) -> list[dict[str, Any]]:
    """Return an engineer's ledger up to a version, in the order in which it was written.

    Args:
        path: `Settings.scores_path`.
        closing_id: the version; rows of earlier versions of the same period are in it.
        person: (site, engineer).

    Raises:
        StateError: there is no such file or version.
    """
    if not path.exists():
        raise StateError(
            f"快照中的月份已关账,但找不到评分档案 {path}。", "请用备份恢复 scores.db。"
        )
    with BOOK.opened(path, is_new=False) as db:
        return ledger_of(db, closing_id, person)


def ledger_of(
    db: sqlite3.Connection, closing_id: int, person: tuple[str, str]
) -> list[dict[str, Any]]:
    """Return the same as `ledger` within an open file."""
    known = {one.closing_id: one for one in closings_of(db, kind=None)}
    if closing_id not in known:
        raise StateError(
            f"评分档案里没有第 {closing_id} 号关账。", "请用备份恢复 scores.db,或重新运行。"
        )
    own = known[closing_id]
    numbers = [
        n
        for n, one in known.items()
        if (one.kind, one.month_on) == (own.kind, own.month_on) and n <= closing_id
    ]
    rows = db.execute(
        f"select ledger_id, closing_id, {', '.join(LEDGER)} from ledger "
        f"where closing_id in ({_marks(numbers)}) and site_id = ? and engineer_id = ? "
        "and kind != ? order by ledger_id",
        [*numbers, *person, CASE],
    ).fetchall()
    return [_row(row, known) for row in rows]


def verify(path: Path) -> int:
    """Return the number of versions, having followed their digests and those of their rows.

    Raises:
        StateError: a row was altered, removed or put in by something else than `add`.
    """
    if not path.exists():
        return 0
    with BOOK.opened(path, is_new=False) as db:
        before, heads = "", db.execute(f"select {', '.join(HEADS)} from closings order by 1")
        rows = heads.fetchall()
        for position, row in enumerate(rows, 1):
            content = sha256()
            for sql in (
                "select site_id, engineer_id, total, components from scores "
                "where closing_id = ? order by score_id",
                f"select {', '.join(LEDGER)} from ledger where closing_id = ? order by ledger_id",
            ):
                for one in db.execute(sql, [row[0]]):
                    content.update(text_of(one).encode())
            is_whole = row[0] == position and row[-1] == digest(before, row[:-1])
            if not is_whole or row[-2] != content.hexdigest():
                raise StateError(
                    f"评分档案 {path} 的第 {position} 号关账与它的校验值不符,文件被改动过。",
                    "请用备份恢复 scores.db。",
                )
            before = row[-1]
        return len(rows)


def _closing(row: Sequence[Any]) -> Closing:
    one = dict(zip(HEADS, row, strict=True))
    kind, first = period_of(one["month_on"])
    appeal = appeal_of(kind, one["appeal"])
    return Closing(
        one["closing_id"], datetime.fromisoformat(one["at"]), one["actor"],
        kind, first, one["version"], appeal,
        datetime.fromisoformat(one["as_of"]), bool(one["is_final"]), one["rule_version"],
        one["rule_hash"], one["rules"], one["digest"],
    )  # fmt: skip


def _row(values: Sequence[Any], known: Mapping[int, Closing]) -> dict[str, Any]:
    row = dict(zip(("ledger_id", "closing_id", *LEDGER), values, strict=True))
    for name in NUMBERS:
        row[name] = None if row[name] is None else Decimal(row[name])
    row["evidence"] = json.loads(row["evidence"])
    of = known[row.pop("closing_id")]
    return {**row, "period": of.kind, "period_on": of.month_on, "version": of.version}


def _dated(text: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(text)
    return {
        name: date.fromisoformat(value) if name in _DAYS else value for name, value in row.items()
    }


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
