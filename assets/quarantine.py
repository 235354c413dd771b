"""Rows that may not pass: kept with their reasons, released when they come good or disappear.

Holds the writing of `raw.quarantine`. Why a row is unfit is found in `staging` and by the checks;
the accounts are in `merge`.

A held row is known by its key and content, so pulling it again changes nothing. While a row is
held, the last good version of it stays in raw and keeps serving.
"""

from datetime import datetime

import duckdb

from assets.conversions import identifier, quoted
from assets.sources.files import origins
from assets.sources.files.csv_body import PLACE
from assets.staging import Landed

_CURRENT = "held_now"
_ORIGINS = "held_origins"
# Identical rows are held once, and as many of their places are told.
_MOST_PLACES = 20


def hold(con: duckdb.DuckDBPyConnection, landed: Landed, load_id: int, as_of: datetime) -> int:
    """Write a load's unfit rows to the quarantine; identical copies are held once.

    Leaves the temporary table ``held_now`` for `release`.

    Returns:
        The number of rows held by this load.
    """
    source, table = quoted(landed.source.name), quoted(landed.table.name)
    cells = ", ".join(f"{quoted(n)}: l.{identifier(n)}" for n in landed.types if n != PLACE)
    place = f"l.{PLACE}" if PLACE in landed.types else "null::bigint"
    con.execute(
        f"create or replace temp table {_CURRENT} as "
        f"with bad as (select {row_key(landed)} as row_key, u.reasons, "
        f"to_json({{{cells}}})::text as row_json, {place} as place "
        f"from {landed.name} as l join {landed.unfit} as u on l.rowid = u.rid "
        "where u.reasons is not null) "
        f"select md5(concat_ws('|', {source}, {table}, row_key, row_json)) as quarantine_id, "
        "row_key, row_json, list_sort(list_distinct(flatten(list(reasons)))) as reasons, "
        f"list_sort(list_distinct(list(place)))[:{_MOST_PLACES}] as places "
        "from bad group by row_key, row_json"
    )
    _note_origins(con)
    con.execute(
        f"create or replace temp table held_before as select q.* from raw.quarantine as q "
        f"semi join {_CURRENT} using (quarantine_id)"
    )
    con.execute(
        f"delete from raw.quarantine where quarantine_id in (select quarantine_id from {_CURRENT})"
    )
    con.execute(
        f"insert into raw.quarantine select n.quarantine_id, {source}, {table}, n.row_key, "
        "$load_id, n.reasons, n.row_json, 'held', coalesce(b.first_seen_at, $as_of), o.origin_json "
        f"from {_CURRENT} as n left join held_before as b using (quarantine_id) "
        f"left join {_ORIGINS} as o using (quarantine_id)",
        {"load_id": load_id, "as_of": as_of},
    )
    con.execute("drop table held_before")
    con.execute(f"drop table {_ORIGINS}")
    row = con.execute(f"select count(*) from {_CURRENT}").fetchone()
    return int(row[0]) if row else 0


def _note_origins(con: duckdb.DuckDBPyConnection) -> None:
    """Write where in their files the rows of ``held_now`` stand: (quarantine_id, origin_json)."""
    rows = con.execute(f"select distinct unnest(places) from {_CURRENT}").fetchall()
    found = origins.origins(con, [place for (place,) in rows if place is not None])
    con.execute(
        f"create or replace temp table {_ORIGINS} as with seen as (select unnest($1::bigint[]) "
        "as place, unnest($2::varchar[]) as origin), wanted as "
        f"(select quarantine_id, unnest(places) as place from {_CURRENT}) "
        "select quarantine_id, to_json(list(origin::json order by place))::text as origin_json "
        "from wanted join seen using (place) group by quarantine_id",
        [list(found), list(found.values())],
    )


def release(
    con: duckdb.DuckDBPyConnection, landed: Landed, *, is_whole: bool, keys: Landed | None
) -> int:
    """Release held rows that have come good, were replaced, or are gone from the source.

    With ``is_whole`` the landed rows are all rows of the source, so a held row that is not among
    them is gone; ``keys`` are all keys of the source, when only those were read.

    Returns:
        The number of good rows of this load whose key was held before it.
    """
    if not held(con, landed):
        con.execute(f"drop table {_CURRENT}")
        return 0
    mine = _mine(landed)
    seen = f"select {row_key(landed)} from {landed.name} as l"
    fit = f"select {row_key(landed)} from {landed.fit_rows()}"
    row = con.execute(
        f"select count(*) from ({fit}) as f(row_key) semi join "
        f"(select row_key from raw.quarantine where {mine}) using (row_key)"
    ).fetchone()
    gone = "true" if is_whole else f"row_key in ({seen})"
    if keys is not None:
        gone += f" or row_key not in (select {row_key(keys)} from {keys.name} as l)"
    con.execute(
        f"update raw.quarantine set status = 'released' where {mine} and ({gone}) "
        f"and quarantine_id not in (select quarantine_id from {_CURRENT})"
    )
    con.execute(f"drop table {_CURRENT}")
    return int(row[0]) if row else 0


def held(con: duckdb.DuckDBPyConnection, landed: Landed) -> int:
    """Return how many rows of the table are held now."""
    row = con.execute(f"select count(*) from raw.quarantine where {_mine(landed)}").fetchone()
    return int(row[0]) if row else 0


def current(con: duckdb.DuckDBPyConnection, landed: Landed) -> int:
    """Return how many rows in raw are the source's rows of today.

    Neither the deleted ones nor the older, good versions of rows that are held now.
    """
    mine = f"not _is_deleted and _source = {quoted(landed.source.name)}"
    if held(con, landed):
        key = ", ".join(f"{identifier(name)}::varchar" for name in landed.table.key)
        mine += (
            f" and concat_ws('|', {key}) not in "
            f"(select row_key from raw.quarantine where {_mine(landed)})"
        )
    row = con.execute(f"select count(*) from raw.{landed.table.name} where {mine}").fetchone()
    return int(row[0]) if row else 0


def row_key(landed: Landed) -> str:
    """Return the SQL of a landed row's key as one text; a part that is no value is left as read."""
    parts = []
    for name in landed.table.key:
        column = landed.table.column(name)
        raw = f"{identifier(name)}::varchar, " if name in landed.types else ""
        parts.append(f"coalesce({landed.value(column)}::varchar, {raw}'')")
    return f"concat_ws('|', {', '.join(parts)})"


def _mine(landed: Landed) -> str:
    return (
        f"source = {quoted(landed.source.name)} and table_name = {quoted(landed.table.name)} "
        "and status = 'held'"
    )
