"""What the stage reads: which tickets have a text, the coded history, what people confirmed.

Holds these statements on `raw`, and the stage's memory (`raw.text_state`, `raw.text_quality`). What
is done with the texts is in `stage`, how its rows are written in `writing`.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime

import duckdb

from assets.conversions import quoted
from assets.own_tables import SUGGESTIONS
from assets.texts.learning import Learnt, described
from assets.texts.reading import Reader
from config.text_models import TextRules

SUGGESTED = f"raw.{SUGGESTIONS}"
# A title that only repeats the beginning of the description, or the reverse, is said once.
_TEXT = (
    "case when t.description is null or starts_with(t.title, t.description) then t.title "
    "when t.title is null or starts_with(t.description, t.title) then t.description "
    "else t.title || ',' || t.description end"
)
_HASH = "hash(t.title, t.description)"
_HAS_TEXT = "not t._is_deleted and coalesce(t.title, t.description) is not null"
_CONFIRMED = (
    "(select site_id, subject as ticket_id, kind, payload, decision_id from raw.decisions "
    "where kind in ('fault_code', 'fault_code_rejected') qualify row_number() over "
    "(partition by site_id, subject order by decision_id desc) = 1)"
)


@dataclass(frozen=True)
class Ticket:
    """A ticket with a text to read."""

    site_id: str
    ticket_id: str
    text: str
    text_hash: int
    reported_at: datetime
    is_coded: bool


@dataclass(frozen=True)
class Coded:
    """A ticket of the coded history."""

    site_id: str
    ticket_id: str
    text: str
    text_hash: int
    reported_at: datetime
    code: str


@dataclass(frozen=True)
class Row:
    """One row of `raw.fault_suggestions`, without its books and its topic."""

    site_id: str
    ticket_id: str
    text_hash: int
    text: str
    normal_text: str
    code_suggested: str | None
    nearest_code: str | None
    confidence: float
    suggested_by: str
    because: str | None
    model_version: str | None


@dataclass(frozen=True)
class State:
    """How far the stage has come.

    Attributes:
        load_id: the last load that was read.
        rules: hash of `texts.yml`.
        decision_id: the last decision that was heeded.
        model: version of the model.
        attempt: size of the history when a model was last learnt, or tried.
    """

    load_id: int = 0
    rules: str = ""
    decision_id: int = 0
    model: str | None = None
    attempt: int = 0


def state(con: duckdb.DuckDBPyConnection) -> State:
    """Return how far the stage has come."""
    row = con.execute("select * from raw.text_state").fetchone()
    return State(*row) if row else State()


def note(con: duckdb.DuckDBPyConnection, now: State) -> None:
    """Remember how far the stage has come."""
    con.execute("delete from raw.text_state")
    con.execute("insert into raw.text_state values ($1, $2, $3, $4, $5)", list(astuple(now)))


def note_quality(con: duckdb.DuckDBPyConnection, learnt: Learnt, load_id: int) -> None:
    """Keep what a new model reached on its hold-out."""
    told = described(learnt.quality)
    known = learnt.model.threshold <= 1
    con.execute(
        "insert into raw.text_quality values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            learnt.model.version, load_id, learnt.model.about["learnt_until"],
            learnt.model.threshold if known else None,
            told["n"], told["answered"], told["right"], *(told["kappa"] or (None, None, None)),
        ],
    )  # fmt: skip


def fingerprint(rules: TextRules) -> str:
    """Return the hash of all that `texts.yml` says of reading."""
    text = json.dumps(rules.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def last_decision(con: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the last decision that was pulled."""
    row = con.execute("select coalesce(max(decision_id), 0) from raw.decisions").fetchone()
    return int(row[0]) if row else 0


def reader(con: duckdb.DuckDBPyConnection, rules: TextRules) -> Reader:
    """Return the reader that knows the register's names and what people have confirmed."""
    names = con.execute(
        "select name from raw.engineers where name is not null and not _is_deleted union "
        "select name from raw.contacts where name is not null and not _is_deleted order by 1"
    ).fetchall()
    confirmed = con.execute(
        f"select payload->>'text', payload->>'code' from {_CONFIRMED} "
        "where kind = 'fault_code' order by decision_id"
    ).fetchall()
    phrases = con.execute(
        "select subject, payload->>'code' as code from raw.decisions where kind = 'fault_phrase' "
        "qualify row_number() over (partition by subject order by decision_id desc) = 1 "
        "and code is not null order by decision_id"
    ).fetchall()
    return Reader(rules, [name for (name,) in names], confirmed, phrases)


def has_own_code(rules: TextRules) -> str:
    """Return the condition that an engineer's code says something."""
    said = ", ".join(quoted(code) for code in rules.unspecific) or "''"
    return f"(t.fault_family_code is not null and t.fault_family_code not in ({said}))"


def _history(rules: TextRules) -> str:
    """Return a SELECT of the coded tickets: the engineer's code, or the one that a person gave."""
    return (
        f"select t.site_id, t.ticket_id, {_TEXT} as text, {_HASH} as text_hash, t.reported_at, "
        "coalesce(case when d.kind = 'fault_code' then d.payload->>'code' end, "
        "t.fault_family_code) as code "
        f"from raw.tickets as t left join {_CONFIRMED} as d using (site_id, ticket_id) "
        f"where {_HAS_TEXT} and (d.kind = 'fault_code' or {has_own_code(rules)})"
    )


def count_history(con: duckdb.DuckDBPyConnection, rules: TextRules) -> int:
    """Return how many coded tickets there are."""
    row = con.execute(f"select count(*) from ({_history(rules)})").fetchone()
    return int(row[0]) if row else 0


def history(con: duckdb.DuckDBPyConnection, rules: TextRules) -> list[Coded]:
    """Return the newest coded tickets in the order of their reports."""
    rows = con.execute(
        f"select * from ({_history(rules)} order by t.reported_at desc, t.site_id, t.ticket_id "
        f"limit {rules.learning.newest_texts}) order by reported_at, site_id, ticket_id"
    ).fetchall()
    return [Coded(*row) for row in rows]


def tickets(
    con: duckdb.DuckDBPyConnection, rules: TextRules, before: State, *, is_anew: bool, size: int
) -> Iterator[list[Ticket]]:
    """Yield the tickets to read, in batches.

    Args:
        con: the warehouse.
        rules: tell which families say nothing.
        before: how far the stage had come.
        is_anew: rules or model are others than then: every ticket without a code of its own.
        size: of a batch.
    """
    is_coded = has_own_code(rules)
    is_changed = f"(s.ticket_id is null or s.text_hash <> {_HASH})"
    wanted = [f"(t._load_id > {before.load_id} and {is_changed})"]
    if is_anew:
        wanted.append(f"not {is_coded}")
    elif before.decision_id < last_decision(con):
        newer = f"select * from raw.decisions where decision_id > {before.decision_id}"
        wanted.append(
            f"(not {is_coded} and exists (select 1 from ({newer}) as d where "
            "(d.kind = 'fault_code' and s.normal_text = (d.payload->>'text')) or "
            "(d.kind = 'fault_phrase' and contains(s.normal_text, lower(d.subject)))))"
        )
    con.execute(
        "create or replace temp table texts_to_read as "
        f"select t.site_id, t.ticket_id, {_TEXT} as text, {_HASH} as text_hash, t.reported_at, "
        f"{is_coded} as is_coded, row_number() over (order by t.site_id, t.ticket_id) as place "
        "from raw.tickets as t "
        f"left join {SUGGESTED} as s using (site_id, ticket_id) "
        f"where {_HAS_TEXT} and ({' or '.join(wanted)})"
    )
    count = len(con.table("texts_to_read"))
    for start in range(0, count, size):
        rows = con.execute(
            "select * exclude (place) from texts_to_read "
            f"where place > {start} and place <= {start + size} order by place"
        ).fetchall()
        yield [Ticket(*row) for row in rows]
    con.execute("drop table texts_to_read")
