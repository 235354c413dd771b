"""Fault texts in the warehouse: which are read, what is written, when a model is learnt.

Holds the stage between the pull and the models: `raw.tickets` and `raw.decisions` in,
`raw.fault_suggestions` out, one row per scored ticket, with the books of `raw` so that the models
follow (ADR 0022). What a text is read as is in `reading`; SQL and bookkeeping are in `store`
and `writing`.

A refresh reads the tickets of newer loads whose text is new or has changed, and those that a new
confirmation speaks of. Tickets that have an engineer's code are read once, by a model that has not
seen it; the answer stays, because agreement is measured on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from assets.texts import store, writing
from assets.texts.learning import Learnt, learn
from assets.texts.model import Model, load, save
from assets.texts.reading import Reader, Reading
from assets.texts.store import Coded, Row, State, Ticket
from assets.texts.topics import topics
from config.text_models import TextRules

_BATCH = 50_000


@dataclass(frozen=True)
class Done:
    """What a run of the stage did.

    Attributes:
        scored: tickets read.
        learnt: the quality of a model that was learnt in this run.
        model_version: of the model in force, None without one.
    """

    scored: int
    learnt: Learnt | None
    model_version: str | None


def model_path(home: Path) -> Path:
    """Return where an installation keeps its model."""
    return home / "models" / "fault_texts.npz"


def refresh(
    con: duckdb.DuckDBPyConnection, home: Path, rules: TextRules, *, load_id: int, is_nightly: bool
) -> Done:
    """Bring `raw.fault_suggestions` up to date, inside the caller's transaction.

    Args:
        con: the warehouse, after the pull.
        home: the installation's folder.
        rules: `texts.yml`.
        load_id: the load that changed rows belong to.
        is_nightly: also learn a new model if the history has changed enough, and name the topics
            of what nobody could name.

    Raises:
        StateError: the model's file cannot be written.
    """
    state = store.state(con)
    path = model_path(home)
    model = load(path)
    reader = store.reader(con, rules)
    learnt = None
    # a model whose file is gone is learnt again, whatever has changed since
    attempt = 0 if model is None and state.model else state.attempt
    if is_nightly or model is None:
        history = store.count_history(con, rules)
        if _is_due(history, attempt, rules):
            attempt, model, learnt = history, *_learn(con, rules, reader, path, model, load_id)
    version = model.version if model else None
    now = State(load_id, store.fingerprint(rules), store.last_decision(con), version, attempt)
    is_anew = (state.rules, state.model) != (now.rules, now.model)
    scored = 0
    for batch in store.tickets(con, rules, state, is_anew=is_anew, size=_BATCH):
        scored += _score(con, reader, model, batch, load_id)
    if is_nightly or learnt or is_anew:
        _name_topics(con, rules, reader, load_id)
    store.note(con, now)
    return Done(scored, learnt, version)


def _is_due(history: int, attempt: int, rules: TextRules) -> bool:
    rule = rules.learning
    changed = abs(history - attempt)
    return history >= rule.min_texts and changed >= max(1, float(rule.relearn_share) * attempt)


def _learn(
    con: duckdb.DuckDBPyConnection, rules: TextRules, reader: Reader, path: Path,
    before: Model | None, load_id: int,
) -> tuple[Model | None, Learnt | None]:  # fmt: skip
    """Learn from the history; write the model and what it said of the held-out tickets."""
    history = store.history(con, rules)
    cleaned = reader.clean([one.text for one in history])
    until = history[-1].reported_at
    about = {"learnt_until": until.isoformat(), "load_id": load_id}
    learnt = learn(
        [normal for _, normal in cleaned], [one.code for one in history], reader.cut,
        rules.learning, about,
    )  # fmt: skip
    if learnt is None:
        return before, None
    held = history[learnt.first_held :]
    answers = zip(held, cleaned[learnt.first_held :], learnt.held, strict=True)
    rows = [
        _row(one, reader.with_answer(*clean, answer), learnt.model.version)
        for one, clean, answer in answers
    ]
    writing.write(con, rows, load_id, is_new_only=True)
    save(learnt.model, path)
    store.note_quality(con, learnt, load_id)
    return learnt.model, learnt


def _score(
    con: duckdb.DuckDBPyConnection, reader: Reader, model: Model | None,
    batch: Sequence[Ticket], load_id: int,
) -> int:  # fmt: skip
    """Read a batch; a coded ticket that the model has learnt from is none of its business."""
    until = datetime.fromisoformat(model.about["learnt_until"]) if model else None
    wanted = [one for one in batch if not one.is_coded or until is None or one.reported_at > until]
    readings = reader.read([one.text for one in wanted], model)
    version = model.version if model else None
    rows = [_row(one, reading, version) for one, reading in zip(wanted, readings, strict=True)]
    writing.write(con, rows, load_id)
    return len(rows)


def _row(one: Ticket | Coded, reading: Reading, version: str | None) -> Row:
    return Row(
        one.site_id, one.ticket_id, one.text_hash, reading.text, reading.normal, reading.code,
        reading.nearest, round(reading.confidence, 4), reading.by, reading.because, version,
    )  # fmt: skip


def _name_topics(
    con: duckdb.DuckDBPyConnection, rules: TextRules, reader: Reader, load_id: int
) -> None:
    texts = writing.residual(con, rules)
    if texts:
        writing.write_topics(con, rules, topics(texts, reader.cut), load_id)
