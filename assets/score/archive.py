"""`scores.db`: what a closed month says, kept for ever: scores, components and every ledger row.

Holds the shape of the file, the adding of a version and the reading. A month has version 1 from its
closing; a later version adds the rows that an upheld appeal brings and the scores that follow, and
changes nothing (`append_only`). An engineer's ledger is the rows of all versions together. What may
be closed is decided in `closing`, what an appeal brings in `corrections`.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from assets.append_only import Book, digest
from config.errors import StateError

BASE, ADJUST = "base", "adjust"
_BOOK = Book(
    name="评分档案",
    application_id=0x4F505353,  # "OPSS"
    version=1,
    shape=(
        "create table if not exists closings (closing_id integer primary key, at text not null, "
        "actor text not null, month_on text not null, version integer not null, "
        "appeal text unique, as_of text not null, is_final integer not null, "
        "rule_version text not null, rule_hash text not null, rules text not null, "
        "row_digest text not null, digest text not null, unique (month_on, version))",
        "create table if not exists scores (score_id integer primary key, "
        "closing_id integer not null references closings, site_id text not null, "
        "engineer_id text not null, total text not null, components text not null, "
        "unique (closing_id, site_id, engineer_id))",
        "create table if not exists ledger (ledger_id integer primary key, "
        "closing_id integer not null references closings, kind text not null, "
        "site_id text not null, engineer_id text not null, component text not null, "
        "subject_id text, ticket_id text, rule_row text, points text not null, weight text, "
        "value text, part_1 text, part_2 text, part_3 text, part_4 text, evidence text not null, "
        "rule_version text not null, rule_hash text not null, snapshot_hash text not null)",
        "create index if not exists ledger_by_engineer on ledger (closing_id, site_id, "
        "engineer_id)",
    ),
    guarded={
        "closings": ("closing_id", "month_on, version", "appeal"),
        "scores": ("score_id", "closing_id, site_id, engineer_id"),
        "ledger": ("ledger_id",),
    },
)
_HEADS = (
    "closing_id", "at", "actor", "month_on", "version", "appeal", "as_of", "is_final",
    "rule_version", "rule_hash", "rules", "row_digest", "digest",
)  # fmt: skip
# Of a ledger row, in the order of the table behind its number and its closing.
LEDGER = (
    "kind", "site_id", "engineer_id", "component", "subject_id", "ticket_id", "rule_row",
    "points", "weight", "value", "part_1", "part_2", "part_3", "part_4", "evidence",
    "rule_version", "rule_hash", "snapshot_hash",
)  # fmt: skip
_NUMBERS = ("points", "weight", "value", "part_1", "part_2", "part_3", "part_4")
_DAYS = ("period_on",)


@dataclass(frozen=True)
class Closing:
    """One version of a closed month. Instants are naive UTC.

    Attributes:
        closing_id: its number, over all months.
        actor: who closed it, or decided the appeal that it follows from.
        version: 1, 2, … of the month.
        appeal: the appeal that it follows from; None for the closing itself.
        as_of: moment of the data.
        is_final: every repair of the month had its days of waiting behind it.
        rules: content of `score.yml` under which the month stands, JSON.
    """

    closing_id: int
    at: datetime
    actor: str
    month_on: date
    version: int
    appeal: str | None
    as_of: datetime
    is_final: bool
    rule_version: str
    rule_hash: str
    rules: str
    digest: str


@dataclass(frozen=True)
class Draft:
    """A version that is about to be added.

    Attributes:
        scores: of each engineer that it is about, a row of `tables.TOTALS` and its rows of
            `tables.COLUMNS`.
        ledger: values in the order of `LEDGER`; decimals as text, evidence as a list of ids.
    """

    actor: str
    month_on: date
    appeal: str | None
    as_of: datetime
    is_final: bool
    rule_version: str
    rule_hash: str
    rules: str
    scores: Sequence[tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]
    ledger: Iterable[Sequence[Any]]


def add(db: sqlite3.Connection, draft: Draft) -> Closing:
    """Add the next version of a month, within the caller's `adding`."""
    last = db.execute("select closing_id, digest from closings order by closing_id desc limit 1")
    number, mark = last.fetchone() or (0, "")
    [version] = db.execute(
        "select count(*) + 1 from closings where month_on = ?", [draft.month_on.isoformat()]
    ).fetchone()
    number += 1
    content = sha256()
    scores = [
        (total["site_id"], total["engineer_id"], _json(total), _json(parts))
        for total, parts in draft.scores
    ]
    rows = [(*row[:-4], _json(row[-4]), *row[-3:]) for row in draft.ledger]
    for row in (*scores, *rows):
        content.update(_json(row).encode())
    heads = (
        number, datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
        draft.actor, draft.month_on.isoformat(), version, draft.appeal, draft.as_of.isoformat(),
        int(draft.is_final), draft.rule_version, draft.rule_hash, draft.rules, content.hexdigest(),
    )  # fmt: skip
    stamped = (*heads, digest(mark, heads))
    db.execute(f"insert into closings values ({_marks(_HEADS)})", stamped)
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
    return _BOOK.adding(path)


def opened(path: Path) -> Any:
    """Open a file that is there, to read: see `append_only.Book.opened`."""
    return _BOOK.opened(path, is_new=False)


def totals_of(db: sqlite3.Connection, closing_id: int) -> list[dict[str, Any]]:
    """Return the rows of totals that one version holds."""
    rows = db.execute(
        "select total from scores where closing_id = ? order by score_id", [closing_id]
    )
    return [_dated(total) for (total,) in rows.fetchall()]


def closings(path: Path, month: date | None = None) -> list[Closing]:
    """Return every version of every closed month (or of one), oldest first.

    Raises:
        StateError: the file cannot be read, is damaged or of a newer program.
    """
    if not path.exists():
        return []
    with _BOOK.opened(path, is_new=False) as db:
        return closings_of(db, month)


def closings_of(db: sqlite3.Connection, month: date | None = None) -> list[Closing]:
    """Return the same as `closings` within an open file."""
    where, values = ("", []) if month is None else ("where month_on = ? ", [month.isoformat()])
    rows = db.execute(
        f"select {', '.join(_HEADS)} from closings {where}order by closing_id", values
    )
    return [_closing(row) for row in rows.fetchall()]


def scores(
    path: Path, months: Collection[date] | None = None
) -> list[tuple[Closing, dict[str, Any], list[dict[str, Any]]]]:
    """Return what each engineer's score of each closed month is now: the newest version of it.

    Args:
        path: `Settings.scores_path`; a missing file has none.
        months: only these.

    Returns:
        The version that the score is of, its row of totals and its rows of components.
    """
    if not path.exists():
        return []
    with _BOOK.opened(path, is_new=False) as db:
        return scores_of(db, months)


def scores_of(
    db: sqlite3.Connection, months: Collection[date] | None = None
) -> list[tuple[Closing, dict[str, Any], list[dict[str, Any]]]]:
    """Return the same as `scores` within an open file."""
    known = {one.closing_id: one for one in closings_of(db)}
    rows = db.execute(
        "select closing_id, total, components from (select s.*, row_number() over (partition by "
        "c.month_on, s.site_id, s.engineer_id order by c.version desc) as age from scores as s "
        "inner join closings as c using (closing_id)) where age = 1 order by score_id"
    ).fetchall()
    found = []
    for number, total, parts in rows:
        one = known[number]
        if months is None or one.month_on in months:
            found.append((one, _dated(total), [_dated(json.dumps(p)) for p in json.loads(parts)]))
    return found


def ledger(path: Path, closing_id: int, person: tuple[str, str]) -> list[dict[str, Any]]:
    """Return an engineer's ledger up to a version, in the order in which it was written.

    Args:
        path: `Settings.scores_path`.
        closing_id: the version; rows of earlier versions of the same month are in it.
        person: (site, engineer).

    Raises:
        StateError: there is no such file or version.
    """
    if not path.exists():
        raise StateError(
            f"快照中的月份已关账,但找不到评分档案 {path}。", "请用备份恢复 scores.db。"
        )
    with _BOOK.opened(path, is_new=False) as db:
        return ledger_of(db, closing_id, person)


def ledger_of(
    db: sqlite3.Connection, closing_id: int, person: tuple[str, str]
) -> list[dict[str, Any]]:
    """Return the same as `ledger` within an open file."""
    known = {one.closing_id: one for one in closings_of(db)}
    if closing_id not in known:
        raise StateError(
            f"评分档案里没有第 {closing_id} 号关账。", "请用备份恢复 scores.db,或重新运行。"
        )
    month = known[closing_id].month_on
    numbers = [n for n, one in known.items() if one.month_on == month and n <= closing_id]
    rows = db.execute(
        f"select ledger_id, closing_id, {', '.join(LEDGER)} from ledger "
        f"where closing_id in ({_marks(numbers)}) and site_id = ? and engineer_id = ? "
        "order by ledger_id",
        [*numbers, *person],
    ).fetchall()
    return [_row(row, known) for row in rows]


def verify(path: Path) -> int:
    """Return the number of versions, having followed their digests and those of their rows.

    Raises:
        StateError: a row was altered, removed or put in by something else than `add`.
    """
    if not path.exists():
        return 0
    with _BOOK.opened(path, is_new=False) as db:
        before, heads = "", db.execute(f"select {', '.join(_HEADS)} from closings order by 1")
        rows = heads.fetchall()
        for position, row in enumerate(rows, 1):
            content = sha256()
            for sql in (
                "select site_id, engineer_id, total, components from scores "
                "where closing_id = ? order by score_id",
                f"select {', '.join(LEDGER)} from ledger where closing_id = ? order by ledger_id",
            ):
                for one in db.execute(sql, [row[0]]):
                    content.update(_json(one).encode())
            is_whole = row[0] == position and row[-1] == digest(before, row[:-1])
            if not is_whole or row[-2] != content.hexdigest():
                raise StateError(
                    f"评分档案 {path} 的第 {position} 号关账与它的校验值不符,文件被改动过。",
                    "请用备份恢复 scores.db。",
                )
            before = row[-1]
        return len(rows)


def _closing(row: Sequence[Any]) -> Closing:
    one = dict(zip(_HEADS, row, strict=True))
    return Closing(
        one["closing_id"], datetime.fromisoformat(one["at"]), one["actor"],
        date.fromisoformat(one["month_on"]), one["version"], one["appeal"],
        datetime.fromisoformat(one["as_of"]), bool(one["is_final"]), one["rule_version"],
        one["rule_hash"], one["rules"], one["digest"],
    )  # fmt: skip


def _row(values: Sequence[Any], known: Mapping[int, Closing]) -> dict[str, Any]:
    row = dict(zip(("ledger_id", "closing_id", *LEDGER), values, strict=True))
    for name in _NUMBERS:
        row[name] = None if row[name] is None else Decimal(row[name])
    row["evidence"] = json.loads(row["evidence"])
    of = known[row.pop("closing_id")]
    return {**row, "period": "month", "period_on": of.month_on, "version": of.version}


def _dated(text: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(text)
    return {
        name: date.fromisoformat(value) if name in _DAYS else value for name, value in row.items()
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    """Return what JSON has no word for: a day as text, a number of numpy as Python's own."""
    return value.isoformat() if isinstance(value, date) else value.item()


def _marks(values: Collection[Any]) -> str:
    return ", ".join("?" * len(values))
