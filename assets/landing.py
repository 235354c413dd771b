"""Reading the sources: what to ask of each table, in one short read transaction per source.

Holds the decision between a whole table, the rows since the watermark, and a reconciliation of
keys. Conversion and checks of what has landed are in `staging`; merging it is in `merge`.

A table with a cursor is read from its watermark minus an overlap. If the source then counts another
number of rows than raw will have, its keys are read too, in the same transaction: vanished keys are
deletions. Unknown or repeated keys mean that rows came in behind the watermark, and the whole table
is read.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from assets import drift, first_load
from assets.conversions import identifier, quoted
from assets.quarantine import current, held, row_key
from assets.sources import zero_dates
from assets.sources.connect import Reader, reading
from assets.sources.contract import Table, tables
from assets.staging import RIVAL, Landed, arriving, land
from config.settings import Settings, SourceSettings


@dataclass(frozen=True)
class Arrival:
    """One table as read from one source.

    Attributes:
        is_whole: every row of the source is there; otherwise only the newest.
        keys: every key of the source, where the keys were reconciled; else None.
        source_count: rows in the source, counted in the same transaction.
    """

    landed: Landed
    is_whole: bool
    keys: Landed | None
    source_count: int


@dataclass(frozen=True)
class SourceRead:
    """Everything read from one source.

    Attributes:
        clock: its own "now" (UTC), if it has one.
        shapes: the form of each of its tables; a stopped one has no arrival.
        zeros: MySQL's 0000-00-00 in tables that were read whole.
    """

    source: SourceSettings
    clock: datetime | None
    is_demo: bool
    arrivals: tuple[Arrival, ...]
    shapes: Mapping[str, drift.Shape]
    zeros: zero_dates.Counts


def read_source(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    settings: Settings,
    *,
    full: bool,
    names: Collection[str] | None,
    whole: Collection[str] = (),
    is_counted: bool = True,
) -> SourceRead:
    """Land a source's tables in temporary tables.

    ``full`` reads every table whole, ``whole`` these; ``names`` leaves out all other tables.
    ``is_counted`` counts the source's rows and reconciles keys; the light path does without.
    """
    with reading(con, source, settings) as reader:
        shapes = drift.shapes(con, source, reader)
        wanted = [
            name
            for name, shape in shapes.items()
            if not shape.because and (names is None or name in names)
        ]
        arrivals = tuple(
            _read(
                con,
                reader,
                source,
                tables()[name],
                full=full or name in whole,
                is_counted=is_counted,
            )
            for name in wanted
        )
        # The newest rows alone are not worth a count of the whole table by the server.
        entire = [one.landed.table.name for one in arrivals if one.is_whole and is_counted]
        zeros = zero_dates.count(reader, entire)
        return SourceRead(source, reader.clock(), reader.is_demo(), arrivals, shapes, zeros)


def as_of(reads: Collection[SourceRead], started_at: datetime) -> datetime:
    """Return the latest clock of the sources that have one, else the pull's start."""
    return max((read.clock for read in reads if read.clock is not None), default=started_at)


def _read(
    con: duckdb.DuckDBPyConnection,
    reader: Reader,
    source: SourceSettings,
    table: Table,
    *,
    full: bool,
    is_counted: bool,
) -> Arrival:
    since = None if full else _since(con, reader, source, table)
    count = reader.count(table.name) if is_counted else 0
    if since is None:
        landed = _land_whole(con, source, table, reader.select(table.name), is_plain=full)
        return Arrival(landed, True, None, count)
    landed = land(con, source, table, reader.select(table.name, since))
    if not is_counted or _expected(con, landed) == count:
        return Arrival(landed, False, None, count)
    keys = _land_keys(con, reader, landed)
    if _is_explained(con, landed, keys):
        return Arrival(landed, False, keys, count)
    landed = land(con, source, table, reader.select(table.name))
    return Arrival(landed, True, None, count)


def _land_whole(
    con: duckdb.DuckDBPyConnection,
    source: SourceSettings,
    table: Table,
    select: str,
    *,
    is_plain: bool,
) -> Landed:
    if not is_plain and first_load.is_first(con, source, table):
        final = first_load.land(con, arriving(con, source, table, select), select)
        if final is not None:
            return final
    return land(con, source, table, select)


def _since(
    con: duckdb.DuckDBPyConnection, reader: Reader, source: SourceSettings, table: Table
) -> datetime | None:
    if not reader.has_cursor(table.name) or _waits_for_keys(con, source, table):
        return None
    row = con.execute(
        "select watermark from raw.table_state where source = $1 and table_name = $2",
        [source.name, table.name],
    ).fetchone()
    if row is None or row[0] is None:
        return None
    watermark: datetime = row[0]
    return watermark - timedelta(hours=source.overlap_hours)


def _waits_for_keys(con: duckdb.DuckDBPyConnection, source: SourceSettings, table: Table) -> bool:
    """Tell whether rows are held until another source lets go of their keys.

    Nothing in this source tells when: its rows are asked for at every pull.
    """
    row = con.execute(
        "select exists (from raw.quarantine where source = $1 and table_name = $2 "
        "and status = 'held' and contains(array_to_string(reasons, ' '), $3))",
        [source.name, table.name, RIVAL],
    ).fetchone()
    return bool(row and row[0])


def _known(landed: Landed) -> str:
    """Return a SELECT of the row keys that raw or the quarantine already has."""
    source, table = quoted(landed.source.name), landed.table.name
    key = ", ".join(f"{identifier(name)}::varchar" for name in landed.table.key)
    return (
        f"select concat_ws('|', {key}) as row_key from raw.{table} "
        f"where _source = {source} and not _is_deleted union "
        f"select row_key from raw.quarantine where source = {source} "
        f"and table_name = {quoted(table)} and status = 'held'"
    )


def _expected(con: duckdb.DuckDBPyConnection, landed: Landed) -> int:
    """Return how many rows the source has if nothing happened but what has landed."""
    source, table = landed.source.name, landed.table.name
    key = ", ".join(identifier(name) for name in landed.table.key)
    row = con.execute(
        f"with fresh as (select distinct {landed.key_values()}, {row_key(landed)} as row_key "
        f"from {landed.name} as l), "
        f"known as (select {key} from raw.{table} where _source = $1 and not _is_deleted) "
        f"select (select count(*) from fresh anti join known using ({key}) "
        "where row_key not in (select row_key from raw.quarantine "
        "where source = $1 and table_name = $2 and status = 'held')) + coalesce("
        "(select copies from raw.table_state where source = $1 and table_name = $2), 0)",
        [source, table],
    ).fetchone()
    return int(row[0] if row else 0) + current(con, landed) + held(con, landed)


def _land_keys(con: duckdb.DuckDBPyConnection, reader: Reader, landed: Landed) -> Landed:
    columns = ", ".join(identifier(name) for name in landed.table.key)
    name = landed.name + "__keys"
    select = f"select {columns} from ({reader.select(landed.table.name)})"
    con.execute(f"create or replace temp table {name} as {select}")
    types = {column: landed.types[column] for column in landed.table.key}
    return Landed(landed.table, landed.source, types, name)


def _is_explained(con: duckdb.DuckDBPyConnection, landed: Landed, keys: Landed) -> bool:
    """Tell whether deletions alone explain the difference in the counts."""
    row = con.execute(
        f"with known as ({_known(landed)} union "
        f"select {row_key(landed)} from {landed.name} as l), "
        f"there as (select {row_key(keys)} as row_key from {keys.name} as l) "
        "select count(*) from (select row_key from there group by row_key having count(*) > 1) "
        "union all select count(*) from (select row_key from there anti join known using (row_key))"
    ).fetchall()
    return all(count == 0 for (count,) in row)
