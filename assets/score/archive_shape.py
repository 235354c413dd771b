"""The shape of `scores.db`: its tables, one version of a closed period, and how values are written.

Holds what the file is made of. What is added and read is in `archive`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assets.append_only import Book
from assets.score.periods import MONTH, name_of, parsed

# Kinds of ledger rows. A case stands for no points: its component had too few of them for the
# month, and the quarter needs it.
BASE, ADJUST, CASE = "base", "adjust", "case"
BOOK = Book(
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
HEADS = (
    "closing_id", "at", "actor", "month_on", "version", "appeal", "as_of", "is_final",
    "rule_version", "rule_hash", "rules", "row_digest", "digest",
)  # fmt: skip
# Of a ledger row, in the order of the table behind its number and its closing.
LEDGER = (
    "kind", "site_id", "engineer_id", "component", "subject_id", "ticket_id", "rule_row",
    "points", "weight", "value", "part_1", "part_2", "part_3", "part_4", "evidence",
    "rule_version", "rule_hash", "snapshot_hash",
)  # fmt: skip
NUMBERS = ("points", "weight", "value", "part_1", "part_2", "part_3", "part_4")


@dataclass(frozen=True)
class Closing:
    """One version of a closed month. Instants are naive UTC.

    Attributes:
        closing_id: its number, over all periods.
        actor: who closed it, or decided the appeal that it follows from.
        kind: month or quarter.
        month_on: first day of the period.
        version: 1, 2, … of the period.
        appeal: the appeal that it follows from; None for the closing itself.
        as_of: moment of the data.
        is_final: every repair of the period had its days of waiting behind it.
        rules: content of `score.yml` under which the period stands, JSON.
    """

    closing_id: int
    at: datetime
    actor: str
    kind: str
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
    kind: str = MONTH


def key_of(kind: str, first: date) -> str:
    """Return how the file names a period in `month_on`: 2026-09-01, or 2026-Q3."""
    return first.isoformat() if kind == MONTH else name_of(kind, first)


def period_of(key: str) -> tuple[str, date]:
    """Return kind and first day of a period from how the file names it."""
    return parsed(key) if "Q" in key else (MONTH, date.fromisoformat(key))


def appeal_key(kind: str, first: date, appeal: str | None) -> str | None:
    """Return how the file names the appeal of a version: an appeal corrects each period once."""
    return appeal if appeal is None or kind == MONTH else f"{appeal}@{name_of(kind, first)}"


def appeal_of(kind: str, key: str | None) -> str | None:
    """Return the appeal's id from how the file names it."""
    return key if key is None or kind == MONTH else key.rpartition("@")[0]


def text_of(value: Any) -> str:
    """Return a value as JSON whose keys are in order, so that equal values have equal digests."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    """Return what JSON has no word for: a day as text, a number of numpy as Python's own."""
    return value.isoformat() if isinstance(value, date) else value.item()
