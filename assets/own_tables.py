"""The tables of `raw` that come from ourselves, not from the hospital's store.

Holds their columns as data, in the shape of the contract's tables, and the list of all tables of
`raw` that the models may follow. Decisions are pulled by `decision_pull` from our own small store,
suggestions for fault texts are written by `texts.stage`. A source never yields these tables, and
the connectors do not know them.
"""

from functools import cache

from assets.sources.contract import INSTANT, Column, Table, tables

DECISIONS = "decisions"
SUGGESTIONS = "fault_suggestions"


def _table(name: str, key: str, **columns: str) -> Table:
    keys = ("site_id", *key.split())
    types = {"site_id": "TEXT", **columns}
    return Table(
        name,
        tuple(Column(column, kind, is_required=column in keys) for column, kind in types.items()),
        keys,
        None,
    )


@cache
def own_tables() -> dict[str, Table]:
    """Return our own tables of `raw` by name."""
    decisions = _table(
        DECISIONS,
        "decision_id",
        decision_id="BIGINT",
        decided_at=INSTANT,
        actor="TEXT",
        role="TEXT",
        kind="TEXT",
        subject="TEXT",
        payload="TEXT",
        digest="TEXT",
    )
    suggestions = _table(
        SUGGESTIONS,
        "ticket_id",
        ticket_id="TEXT",
        text_hash="UBIGINT",
        text="TEXT",
        normal_text="TEXT",
        code_suggested="TEXT",
        nearest_code="TEXT",
        confidence="DECIMAL(5,4)",
        suggested_by="TEXT",
        because="TEXT",
        model_version="TEXT",
        topic="TEXT",
    )
    return {table.name: table for table in (decisions, suggestions)}


@cache
def followed_tables() -> dict[str, Table]:
    """Return every table of `raw` that holds rows for the models: the contract's and our own."""
    return {**tables(), **own_tables()}
