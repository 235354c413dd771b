"""The shape of `months.db`: its tables, one act on a month, and what is frozen of it.

Holds what the file is made of. What is added and read is in `archive`; what a month's workbook says
and whether it may be closed is decided in ``exports``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assets.append_only import Book

CLOSE, REOPEN = "close", "reopen"
BOOK = Book(
    name="月结档案",
    application_id=0x4F50534D,  # "OPSM"
    version=1,
    shape=(
        "create table if not exists acts (act_id integer primary key, at text not null, "
        "actor text not null, kind text not null check (kind in ('close', 'reopen')), "
        "month_on text not null, version integer not null, reason text not null, "
        "as_of text not null, snapshot_id text not null, snapshot_hash text not null, "
        "rule_version text not null, row_digest text not null, digest text not null, "
        "unique (month_on, version))",
        "create table if not exists figures (figure_id integer primary key, "
        "act_id integer not null references acts, metric_id text not null, "
        "statistic text not null, reading text not null, unique (act_id, metric_id, statistic))",
        "create table if not exists subjects (subject_id integer primary key, "
        "act_id integer not null references acts, kind text not null, key text not null, "
        "name text not null, says text not null, unique (act_id, kind, key))",
        "create table if not exists files (file_id integer primary key, "
        "act_id integer not null references acts, edition text not null, name text not null, "
        "sha256 text not null, content blob not null, unique (act_id, edition))",
        "create table if not exists restatements (restatement_id integer primary key, "
        "at text not null, act_id integer not null references acts, metric_id text not null, "
        "statistic text not null, position integer not null, before text not null, "
        "after text not null, tickets text not null, reason text not null, as_of text not null, "
        "snapshot_id text not null, digest text not null, "
        "unique (act_id, metric_id, statistic, position))",
    ),
    guarded={
        "acts": ("act_id", "month_on, version"),
        "figures": ("figure_id", "act_id, metric_id, statistic"),
        "subjects": ("subject_id", "act_id, kind, key"),
        "files": ("file_id", "act_id, edition"),
        "restatements": ("restatement_id", "act_id, metric_id, statistic, position"),
    },
)
ACTS = (
    "act_id", "at", "actor", "kind", "month_on", "version", "reason", "as_of", "snapshot_id",
    "snapshot_hash", "rule_version", "row_digest", "digest",
)  # fmt: skip
RESTATEMENTS = (
    "restatement_id", "at", "act_id", "metric_id", "statistic", "position", "before", "after",
    "tickets", "reason", "as_of", "snapshot_id", "digest",
)  # fmt: skip
Figure = tuple[str, str]


@dataclass(frozen=True)
class Act:
    """A month was closed or opened again. Instants are naive UTC.

    Attributes:
        act_id: its number, over all months.
        kind: `CLOSE` or `REOPEN`.
        version: 1, 2, … of the month, closings and reopenings together.
        reason: why it was opened again, or closed another time; empty at the first closing.
        as_of: moment of the data.
        rule_version: version of the rules under which the figures stand.
    """

    act_id: int
    at: datetime
    actor: str
    kind: str
    month_on: date
    version: int
    reason: str
    as_of: datetime
    snapshot_id: str
    snapshot_hash: str
    rule_version: str
    digest: str

    @property
    def is_closed(self) -> bool:
        """Whether the month is closed after this act."""
        return self.kind == CLOSE


@dataclass(frozen=True)
class Subject:
    """One thing behind a month's figures, such as a ticket, with what it said when it was closed.

    Attributes:
        kind: ticket, clock, cost or part.
        key: what it is known by, site first.
        name: what people know it by: the number of its ticket or part.
        says: field → text, without anybody's name.
    """

    kind: str
    key: str
    name: str
    says: Mapping[str, str | None]


@dataclass(frozen=True)
class FrozenFile:
    """The workbook of one edition as it was signed."""

    edition: str
    name: str
    sha256: str
    content: bytes


@dataclass(frozen=True)
class Draft:
    """An act that is about to be added; a reopening has neither figures nor subjects nor files."""

    actor: str
    kind: str
    month_on: date
    reason: str
    as_of: datetime
    snapshot_id: str
    snapshot_hash: str
    rule_version: str
    figures: Mapping[Figure, Mapping[str, Any]]
    subjects: Sequence[Subject] = ()
    files: Sequence[FrozenFile] = ()


@dataclass(frozen=True)
class Restatement:
    """A figure of a closed month that is another one by the data of today.

    Attributes:
        before, after: the value before and by now, in the unit of `metrics.read`; None: there is
            none.
        tickets: numbers of the tickets that changed since the closing.
        reason: what changed, in words.
        as_of: moment of the data that say so.
    """

    metric_id: str
    statistic: str
    before: float | None
    after: float | None
    tickets: tuple[str, ...]
    reason: str
    as_of: datetime
    snapshot_id: str
    act_id: int = 0
    restatement_id: int = 0
    at: datetime | None = None


def text_of(value: Any) -> str:
    """Return a value as JSON whose keys are in order, so that equal values have equal digests."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
