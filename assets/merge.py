"""Landed rows → raw: unfit rows to quarantine, new and changed rows in, vanished rows marked.

Holds the merge of one table. It runs inside the pull's one warehouse transaction. How rows land is
in `landing`, what makes them unfit in `staging`, the accounts in `accounts`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import duckdb
import pandas as pd

from assets import accounts, first_load, parents, quarantine, replaced
from assets.accounts import Load, TableLoad
from assets.conversions import identifier, quoted
from assets.landing import Arrival
from assets.staging import Landed, find_foreign, find_repeats, find_unfit, has_others, sifted
from config.errors import CheckFailedError

# More unfit rows than this in one table are a broken source, not bad rows.
UNFIT_LIMIT = 10_000
_FRAME_ROWS = 100_000


@dataclass(frozen=True)
class Rejection:
    """A row that a rule refuses: its position in the frame, the rule's name, the reason (zh)."""

    row: int
    rule: str
    reason: str


class ReadWholeError(Exception):
    """Some tables cannot be merged from what has landed: read them whole, with original values.

    Rare: newest rows that do not explain the source's counts, such as a key that is gone while
    another came twice; a first load in which a rule refuses a row.
    """

    def __init__(self, tables: set[str]) -> None:
        """Name the tables."""
        super().__init__(tables)
        self.tables = tables


Validator = Callable[[str, pd.DataFrame], list[Rejection]]


def merge(
    con: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    load: Load,
    validate: Validator | None,
    *,
    holds_orphans: bool = True,
) -> TableLoad:
    """Merge one landed table into raw and write its accounts.

    A table without cursor whose rows are the same as at the last pull is left alone. With
    ``holds_orphans`` rows whose parent is not there are held (see `parents`): their parents' tables
    must have been merged before.

    Raises:
        CheckFailedError: more than ``UNFIT_LIMIT`` rows are unfit; nothing of the load is kept.
        ReadWholeError: this table must land once more, the ordinary way.
    """
    landed = arrival.landed
    if landed.is_final:
        return _adopt(con, arrival, load, validate, holds_orphans=holds_orphans)
    content = accounts.content(con, landed) if landed.is_always_whole else None
    is_same = content is not None and content == accounts.state(con, landed).content
    # What another source has given or let go of may change what becomes of the same rows.
    is_alone = not has_others(con, landed)
    if is_same and is_alone and not quarantine.held(con, landed):
        done = _unchanged(con, arrival)
    else:
        done = _merge_rows(con, arrival, load, validate, content, holds_orphans=holds_orphans)
    accounts.book(con, done, load)
    con.execute(f"drop table {landed.name}")
    if arrival.keys is not None:
        con.execute(f"drop table {arrival.keys.name}")
    return done


def _adopt(
    con: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    load: Load,
    validate: Validator | None,
    *,
    holds_orphans: bool,
) -> TableLoad:
    """Take over a first load, unless a row is to be held or another source came before it."""
    landed = arrival.landed
    is_taken = _count(con, f"raw.{landed.table.name}") > 0
    is_held = holds_orphans and parents.has_orphans(con, landed)
    if (
        is_taken
        or is_held
        or (validate and any(_refusals(con, landed, landed.name, "rowid", validate)))
    ):
        raise ReadWholeError({landed.table.name})
    done = first_load.adopt(con, landed, arrival.source_count, load)
    accounts.book(con, done, load)
    return done


def _merge_rows(
    con: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    load: Load,
    validate: Validator | None,
    content: str | None,
    *,
    holds_orphans: bool,
) -> TableLoad:
    landed = arrival.landed
    find_unfit(con, landed)
    landed = sifted(con, landed)
    find_repeats(con, landed)
    _refuse_rivals(landed, find_foreign(con, landed, load.before(landed.source.name)))
    if holds_orphans:
        parents.find_orphans(con, landed)
    _refuse_flood(con, landed)
    accepted = _write(con, sifted(con, landed), load, validate)
    landed = sifted(con, landed)
    unfit = _count(con, f"{landed.unfit} where reasons is not null")
    copies = _count(con, f"{landed.unfit} where reasons is null")
    quarantined = quarantine.hold(con, landed, load.load_id, load.as_of)
    copies += unfit - quarantined
    released = quarantine.release(con, landed, is_whole=arrival.is_whole, keys=arrival.keys)
    deleted = _mark_deleted(con, arrival, load)
    accounts.note_state(
        con, landed, load, content=content, copies=_copies_in_source(arrival, copies)
    )
    done = TableLoad(
        source=landed.source.name,
        table=landed.table.name,
        pulled=_count(con, landed.name) - released,
        released=released,
        accepted=accepted,
        unchanged=_untouched(con, landed, load) + copies,
        quarantined=quarantined,
        deleted=deleted,
        source_count=arrival.source_count,
        present=quarantine.current(con, landed) + accounts.state(con, landed).copies,
        held=quarantine.held(con, landed),
    )
    con.execute(f"drop table {landed.unfit}")
    return done


def _copies_in_source(arrival: Arrival, landed_copies: int) -> int | None:
    """Return the identical copies in the source; None where the newest rows do not tell."""
    if arrival.is_whole:
        return landed_copies
    # Keys alone suffice only where none is repeated: see `landing`.
    return None if arrival.keys is None else 0


def _unchanged(con: duckdb.DuckDBPyConnection, arrival: Arrival) -> TableLoad:
    landed = arrival.landed
    count = _count(con, landed.name)
    return TableLoad(
        source=landed.source.name,
        table=landed.table.name,
        pulled=count,
        released=0,
        accepted=0,
        unchanged=count,
        quarantined=0,
        deleted=0,
        source_count=arrival.source_count,
        present=quarantine.current(con, landed) + accounts.state(con, landed).copies,
        held=0,
    )


def _write(
    con: duckdb.DuckDBPyConnection, landed: Landed, load: Load, validate: Validator | None
) -> int:
    """Write new and changed rows to raw and return their number."""
    table = f"raw.{landed.table.name}"
    names = ", ".join(identifier(name) for name in landed.table.column_names)
    book = f"{quoted(landed.source.name)}, _hash, {load.load_id}, false"
    into = f"insert into {table} ({names}, _source, _hash, _load_id, _is_deleted)"
    key = ", ".join(identifier(name) for name in landed.table.key)
    con.execute(
        f"create or replace temp table changed as select * from ({landed.hashed()}) "
        f"anti join (select {key}, _hash from {table} "
        f"where _source = {quoted(landed.source.name)} and not _is_deleted) using ({key}, _hash)"
    )
    if validate is not None:
        _reject(con, landed, validate)
    replaced.keep(con, landed.table.name, landed.table.key, "changed")
    same = " and ".join(f"r.{identifier(k)} = c.{identifier(k)}" for k in landed.table.key)
    con.execute(f"delete from {table} as r using changed as c where {same}")
    accepted = _count_of(con, f"{into} select {names}, {book} from changed")
    con.execute("drop table changed")
    return accepted


def _reject(con: duckdb.DuckDBPyConnection, landed: Landed, validate: Validator) -> None:
    """Move the changed rows that the rules refuse from ``changed`` to the unfit rows."""
    for reasons in _refusals(con, landed, "changed", "_rid", validate):
        con.execute(
            f"insert into {landed.unfit} select unnest($1::bigint[]), unnest($2::text[][])",
            [list(reasons), list(reasons.values())],
        )
        _refuse_flood(con, landed)
    con.execute(f"delete from changed where _rid in (select rid from {landed.unfit})")


def _refusals(
    con: duckdb.DuckDBPyConnection, landed: Landed, relation: str, rid: str, validate: Validator
) -> Iterator[dict[int, list[str]]]:
    """Validate a relation in frames; yield for each what the rules refuse: row → reasons."""
    names = ", ".join(identifier(name) for name in landed.table.column_names)
    last = -1
    while True:
        page = f"from {relation} where {rid} > {last} order by {rid} limit {_FRAME_ROWS}"
        rids = [row[0] for row in con.execute(f"select {rid} {page}").fetchall()]
        if not rids:
            return
        last = rids[-1]
        rows = f"from {relation} where {rid} between {rids[0]} and {last} order by {rid}"
        reasons: dict[int, list[str]] = {}
        for rejection in validate(landed.table.name, con.execute(f"select {names} {rows}").df()):
            reasons.setdefault(rids[rejection.row], []).append(rejection.reason)
        yield reasons


def _refuse_rivals(landed: Landed, count: int) -> None:
    """Refuse two systems that number their things alike under one site."""
    if count > UNFIT_LIMIT:
        raise CheckFailedError(
            f"数据源 {landed.source.name} 的表 {landed.table.name} 有 {count} 行与别的数据源"
            "编号相同而内容不同,整批拒收,保留上一次的数据。",
            f"两套系统各自编号时,请在 opspulse.yml 给其中一个写不同的 site_id(现在是 "
            f"{landed.source.site_id})。",
        )


def _refuse_flood(con: duckdb.DuckDBPyConnection, landed: Landed) -> None:
    unfit = _count(con, f"{landed.unfit} where reasons is not null")
    if unfit > UNFIT_LIMIT:
        raise CheckFailedError(
            f"数据源 {landed.source.name} 的表 {landed.table.name} 有 {unfit} 行不合格,"
            f"超过 {UNFIT_LIMIT} 行,整批拒收,保留上一次的数据。",
            "来源的格式可能变了:请用 opspulse sources check 检查,改正后重新运行。",
        )


def _mark_deleted(con: duckdb.DuckDBPyConnection, arrival: Arrival, load: Load) -> int:
    """Mark rows of raw whose key has vanished from the source; they are kept."""
    there = arrival.landed if arrival.is_whole else arrival.keys
    if there is None or not _count(con, _earlier(there, load)):
        return 0
    key = ", ".join(identifier(name) for name in there.table.key)
    return _count_of(
        con,
        f"update raw.{there.table.name} set _is_deleted = true, _load_id = {load.load_id} "
        f"where _source = {quoted(there.source.name)} and not _is_deleted and rowid in "
        f"(select r.rowid from raw.{there.table.name} as r "
        f"anti join (select {there.key_values()} from {there.name}) using ({key}))",
    )


def _earlier(landed: Landed, load: Load) -> str:
    """Return the rows of raw that this load has not written, as a relation with its condition."""
    return (
        f"raw.{landed.table.name} where _source = {quoted(landed.source.name)} "
        f"and not _is_deleted and _load_id <> {load.load_id}"
    )


def _untouched(con: duckdb.DuckDBPyConnection, landed: Landed, load: Load) -> int:
    """Return how many fit landed rows raw had before, counted in raw."""
    if not _count(con, _earlier(landed, load)):
        return 0
    key = ", ".join(identifier(name) for name in landed.table.key)
    return _count(
        con,
        f"(select {key} from {_earlier(landed, load)}) semi join "
        f"(select {landed.key_values()} from {landed.fit_rows()}) using ({key})",
    )


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return _count_of(con, f"select count(*) from {relation}")


def _count_of(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run a SELECT of one count, or a change, and return the number it gives."""
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
