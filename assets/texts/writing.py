"""What the stage writes: rows of `raw.fault_suggestions` with their books, and their topics.

Holds the writing. Which tickets are read is in `store`, what is said of them in `reading`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields

import duckdb
import pandas as pd

from assets import replaced
from assets.own_tables import SUGGESTIONS, own_tables
from assets.texts.store import SUGGESTED, Row, has_own_code
from config.text_models import TextRules


def write(
    con: duckdb.DuckDBPyConnection, rows: Sequence[Row], load_id: int, *, is_new_only: bool = False
) -> None:
    """Write suggestions over what stood there; ``is_new_only`` leaves standing ones alone."""
    if not rows:
        return
    names = [field.name for field in fields(Row)]
    frame = pd.DataFrame([astuple(row) for row in rows], columns=names)
    frame["text_hash"] = frame["text_hash"].astype("uint64")
    con.register("suggestions_frame", frame)
    con.execute("create or replace temp table fresh_suggestions as from suggestions_frame")
    con.unregister("suggestions_frame")
    if is_new_only:
        con.execute(
            f"delete from fresh_suggestions as f using {SUGGESTED} as s "
            "where f.site_id = s.site_id and f.ticket_id = s.ticket_id"
        )
    _replace(con, load_id, "null::text as topic")
    con.execute("drop table fresh_suggestions")


def _replace(con: duckdb.DuckDBPyConnection, load_id: int, topic: str) -> None:
    """Put the rows of `fresh_suggestions` in, having kept the old form of what stood there."""
    table = own_tables()[SUGGESTIONS]
    replaced.keep(con, SUGGESTIONS, table.key, "fresh_suggestions")
    con.execute(
        f"delete from {SUGGESTED} as s using fresh_suggestions as f "
        "where f.site_id = s.site_id and f.ticket_id = s.ticket_id"
    )
    columns = ", ".join(table.column_names)
    con.execute(
        f"insert into {SUGGESTED} by name select {columns}, 'texts' as _source, "
        f"hash({columns}) as _hash, {load_id} as _load_id, false as _is_deleted "
        f"from (select *, {topic} from fresh_suggestions)"
    )


def _open(rules: TextRules) -> str:
    """Return the FROM of suggestions that nobody could name."""
    return (
        f"{SUGGESTED} as s join raw.tickets as t using (site_id, ticket_id) "
        f"where s.suggested_by = 'none' and not {has_own_code(rules)} and not t._is_deleted"
    )


def residual(con: duckdb.DuckDBPyConnection, rules: TextRules) -> list[str]:
    """Return the normal texts, one per ticket, that neither people nor rules nor model named."""
    rows = con.execute(f"select s.normal_text from {_open(rules)} order by all").fetchall()
    return [text for (text,) in rows]


def write_topics(
    con: duckdb.DuckDBPyConnection, rules: TextRules, named: Mapping[str, str], load_id: int
) -> None:
    """Give the residual its topics; only rows whose topic is another one are written."""
    frame = pd.DataFrame(list(named.items()), columns=["normal_text", "topic"]).astype("str")
    con.register("topics_frame", frame)
    con.execute(
        "create or replace temp table fresh_suggestions as "
        f"select s.* exclude (topic, _source, _hash, _load_id, _is_deleted), n.topic as named "
        f"from (select s.* from {_open(rules)}) as s "
        "left join topics_frame as n on s.normal_text = n.normal_text "
        "where s.topic is distinct from n.topic"
    )
    con.unregister("topics_frame")
    con.execute("alter table fresh_suggestions rename named to topic_named")
    _replace(con, load_id, "topic_named as topic")
    con.execute("drop table fresh_suggestions")
