"""Rows whose parent is not there: which of them are held, and when they are let go.

Holds the list of tables whose rows mean nothing without their parent, the search for such rows
among those that have landed, and the question whether something has to be read again because a
parent has come late or has gone. All other references are only counted, by the checks: a cost, a
rating, a call stand for themselves and must not be missing from any sum.

A parent that stands in quarantine is there: its children wait for it in raw, where no model reads
them without it. So what is held depends on what the source holds now, not on how it came.
"""

from collections.abc import Collection, Iterable

import duckdb

from assets.accounts import TableLoad
from assets.conversions import identifier, quoted
from assets.sources.contract import tables
from assets.staging import Landed
from config.settings import SourceSettings

# child table → (its column, parent table)
PARENTS = {
    "ticket_events": ("ticket_id", "tickets"),
    "ticket_targets": ("ticket_id", "tickets"),
    "effort_logs": ("ticket_id", "tickets"),
    "asset_states": ("asset_id", "assets"),
    "stock_moves": ("part_id", "parts"),
    "pm_readings": ("record_id", "pm_records"),
}
# How the reason begins.
NO_PARENT = "找不到上级"
# More orphans than this are not slips but a parent table that is cut short: they are only counted.
MOST_ORPHANS = 5_000


def find_orphans(con: duckdb.DuckDBPyConnection, landed: Landed) -> None:
    """Add the landed rows whose parent is not there to the unfit rows, with the reason.

    A parent table without any row, good or held, says nothing, and neither do more than
    ``MOST_ORPHANS``.
    """
    if not has_orphans(con, landed):
        return
    column, parent = PARENTS[landed.table.name]
    reason = quoted(f"{NO_PARENT}:{column} 在 {parent} 表中不存在")
    con.execute(f"create or replace temp table orphans as {_orphans(landed)}")
    con.execute(
        f"update {landed.unfit} set reasons = list_append(reasons, {reason}) "
        "where reasons is not null and rid in (select _rid from orphans)"
    )
    con.execute(
        f"insert into {landed.unfit} select _rid, [{reason}] from orphans "
        f"where _rid not in (select rid from {landed.unfit})"
    )
    con.execute("drop table orphans")


def has_orphans(con: duckdb.DuckDBPyConnection, landed: Landed) -> bool:
    """Tell whether rows of a landed table are to be held for want of their parent."""
    if landed.table.name not in PARENTS:
        return False
    _, parent = PARENTS[landed.table.name]
    # a parent that is held is there: the same rows must wait whether or not a good version was seen
    there = (
        f"select 1 from raw.{parent} where not _is_deleted union all "
        f"select 1 from raw.quarantine where table_name = {quoted(parent)} and status = 'held'"
    )
    if not _count(con, f"(select 1 from ({there}) limit 1)"):
        return False
    return 0 < _count(con, f"({_orphans(landed)})") <= MOST_ORPHANS


def _orphans(landed: Landed) -> str:
    """Return a SELECT of ``_rid`` of the landed rows without a parent."""
    column, parent = PARENTS[landed.table.name]
    source = landed.typed(only_fit=False)
    return (
        f"select t._rid from ({source}) as t where t.{column} is not null and "
        f"{_is_unknown('t.site_id', f't.{column}', parent)}"
    )


def _is_unknown(site: str, value: str, parent: str) -> str:
    """Return the condition that no source has the parent, good or held."""
    key = identifier(tables()[parent].key[1])
    return (
        f"not exists (from raw.{parent} as p where not p._is_deleted and p.site_id = {site} "
        f"and p.{key} = {value}) and concat_ws('|', {site}, {value}) not in "
        f"(select q.row_key from raw.quarantine as q where q.table_name = {quoted(parent)} "
        "and q.status = 'held')"
    )


def unsettled(
    con: duckdb.DuckDBPyConnection,
    newest: Iterable[tuple[SourceSettings, str]],
    loads: Collection[TableLoad],
) -> set[str]:
    """Return the tables that must be read whole, because parents have come or gone.

    Args:
        con: the warehouse, after the merge of everything that has landed.
        newest: source and name of the tables of which only the newest rows were read.
        loads: the accounts of this load.
    """
    return {
        name
        for source, name in newest
        if name in PARENTS
        and (_has_late_parent(con, source, name) or _has_lost_parent(con, source, name, loads))
    }


def _has_late_parent(con: duckdb.DuckDBPyConnection, source: SourceSettings, name: str) -> bool:
    column, parent = PARENTS[name]
    site = f"coalesce(nullif(row_json ->> 'site_id', ''), {quoted(source.site_id)})"
    waiting = (
        f"select {site} as site_id, "
        f"row_json ->> {quoted(column)} as parent_id from raw.quarantine "
        f"where source = {quoted(source.name)} and table_name = {quoted(name)} "
        f"and status = 'held' and len(reasons) = 1 and starts_with(reasons[1], {quoted(NO_PARENT)})"
    )
    unknown = _is_unknown("w.site_id", "w.parent_id", parent)
    return _count(con, f"(select 1 from ({waiting}) as w where not ({unknown}) limit 1)") > 0


def _has_lost_parent(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    name: str,
    loads: Collection[TableLoad],
) -> bool:
    column, parent = PARENTS[name]
    has_deleted = any(load.table == parent and load.deleted for load in loads)
    was_held = f"(select 1 from raw.quarantine where table_name = {quoted(parent)} limit 1)"
    if not has_deleted and not _count(con, was_held):
        return False
    key = ", ".join(f"c.{identifier(part)}::varchar" for part in tables()[name].key)
    unknown = _is_unknown("c.site_id", f"c.{column}", parent)
    lost = _count(
        con,
        f"raw.{name} as c where not c._is_deleted and c._source = {quoted(source.name)} "
        f"and {unknown} and concat_ws('|', {key}) not in (select row_key from raw.quarantine "
        f"where source = {quoted(source.name)} and table_name = {quoted(name)} "
        "and status = 'held')",
    )
    return 0 < lost <= MOST_ORPHANS


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0
