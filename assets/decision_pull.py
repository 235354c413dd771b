"""`decisions.db` → `raw.decisions`: what was appended since the last pull, and nothing twice.

Holds that copy. It runs within the pull's transaction. Decisions are append-only, so their number
is the watermark, and what was pulled before must still stand in the file: if it does not (another
file, an older backup), all of `raw.decisions` is read anew and the models are built whole.
What a decision does to the numbers is in the models that read `raw.decisions`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from assets import increments
from assets.decisions import raw_rows
from assets.own_tables import DECISIONS, own_tables

_SOURCE = "decisions"
_BATCH = 1000


def pull_decisions(con: duckdb.DuckDBPyConnection, path: Path, load_id: int) -> int:
    """Bring `raw.decisions` up to date; return the number of new rows.

    Args:
        con: the warehouse, inside the pull's transaction.
        path: `Settings.decisions_path`; a missing file means that nothing was decided.
        load_id: the load that the new rows belong to.

    Raises:
        StateError: the file cannot be read, is damaged, or is of a newer program.
    """
    last = con.execute(
        f"select decision_id, digest, count(*) over () from raw.{DECISIONS} "
        "order by decision_id desc limit 1"
    ).fetchone()
    known, digest, count = last or (0, "", 0)
    rows = raw_rows(path, "decision_id >= ?", [known])
    if known:
        is_continued = bool(rows) and rows[0][0] == known and rows[0][-1] == digest
        if is_continued and count == known:
            rows = rows[1:]
        else:
            con.execute(f"delete from raw.{DECISIONS}")
            increments.forget(con)
            rows = raw_rows(path)
    for start in range(0, len(rows), _BATCH):
        _insert(con, rows[start : start + _BATCH], load_id)
    return len(rows)


def _insert(con: duckdb.DuckDBPyConnection, rows: Sequence[Sequence[Any]], load_id: int) -> None:
    names = "decision_id, decided_at, actor, role, kind, site_id, subject, payload, digest"
    columns = ", ".join(own_tables()[DECISIONS].column_names)
    marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows))
    con.execute(
        f"insert into raw.{DECISIONS} by name "
        f"select {columns}, '{_SOURCE}' as _source, hash({columns}) as _hash, "
        f"{load_id} as _load_id, false as _is_deleted from (select decision_id::bigint "
        "as decision_id, decided_at::timestamp as decided_at, * exclude (decision_id, decided_at) "
        f"from (values {marks}) as v({names}))",
        [cell for row in rows for cell in row],
    )
