"""Operational stores → `raw`: the pull, incremental and idempotent, in one warehouse transaction.

Holds the order of things: read every source in its own short transaction (`landing`), then merge
everything (`merge`) in one transaction of the warehouse. When it runs is decided in `pipelines`;
what the rows must satisfy beyond the contract comes in as ``validate``. The light path of the wall
is in `live`; this module is the front door of both.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial

import duckdb

from assets import drift, first_load, parents, raw_tables
from assets.accounts import Load, PullReport, TableLoad, balance_errors, next_load_id
from assets.decision_pull import pull_decisions
from assets.landing import SourceRead, as_of, read_source
from assets.live import pull_live
from assets.merge import ReadWholeError, Rejection, Validator, merge
from assets.sources import contract
from assets.sources.files import accounts as file_rows
from assets.sources.retry import patiently
from assets.warehouse import bind, frugal, transaction
from assets.zones import refuse_future
from config.errors import ConfigError
from config.settings import Settings

__all__ = [
    "PullReport",
    "Rejection",
    "TableLoad",
    "Validator",
    "balance_errors",
    "pull",
    "pull_live",
]


def pull(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    validate: Validator | None = None,
    full: bool = False,
    tables: Collection[str] | None = None,
    on_restart: Callable[[], None] | None = None,
    on_merged: Callable[[duckdb.DuckDBPyConnection, PullReport], None] | None = None,
) -> PullReport:
    """Bring raw up to date with every source of the installation.

    Either everything of the pull is kept or nothing. Running it again without changes in the
    sources changes nothing but the books.

    Args:
        con: the warehouse, writable.
        settings: names the sources.
        validate: checks on contents beyond the contract's types and lists; gets the new and
            changed rows of a table as frames and returns the rows to hold.
        full: read every table whole and compare all rows and keys, not only the newest.
        tables: only these canonical tables; None: all.
        on_merged: called within the pull's transaction, once everything is merged.
        on_restart: called when everything is read once more, after ``validate`` has seen rows that
            it will see again.

    Raises:
        SourceError: a source cannot be reached or read.
        ConfigError: no source has tickets, a table lacks a required column, money arrives as
            floating point, the warehouse belongs to another source, or a source's zone is wrong.
        CheckFailedError: a table has so many unfit rows that the source must be broken.
    """
    started_at = datetime.now(UTC).replace(tzinfo=None)
    whole: set[str] = set()
    with frugal(con, settings):
        while True:
            with transaction(con):
                raw_tables.ensure(con)
                first_load.discard(con)
            reading = partial(read_source, con, full=full, names=tables, whole=whole)
            reads = [
                patiently(source, partial(reading, source, settings)) for source in settings.sources
            ]
            if tables is None:
                _require_tickets(reads)
            try:
                with transaction(con):
                    report = _merged(con, settings, reads, validate, started_at)
                    pull_decisions(con, settings.decisions_path, report.load_id)
                    _note_connected(con, reads, tables)
                    _note_zero_dates(con, reads, report.load_id)
                    file_rows.keep(con, report.load_id)
                    if on_merged is not None:
                        on_merged(con, report)
            except ReadWholeError as found:
                whole |= found.tables
                if on_restart is not None:
                    on_restart()
            else:
                return report


def _require_tickets(reads: Collection[SourceRead]) -> None:
    """Refuse sources that have no tickets between them.

    Raises:
        ConfigError: no source yields them.
    """
    if not any(contract.REQUIRED_TABLE in read.shapes for read in reads):
        raise ConfigError(
            f"没有一个数据源给出工单表 {contract.REQUIRED_TABLE}。",
            "请在 opspulse.yml 的 sources 下写上有工单的数据源。",
        )


def _merged(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    reads: Collection[SourceRead],
    validate: Validator | None,
    started_at: datetime,
) -> PullReport:
    """Merge all that has landed, within the caller's transaction.

    Raises:
        ReadWholeError: for tables that must land once more.
    """
    is_demo = any(read.is_demo for read in reads)
    bind(con, settings, is_demo)
    order_of_sources = tuple(read.source.name for read in reads)
    load = Load(next_load_id(con), as_of(reads, started_at), started_at, order_of_sources)
    # parents before their children, whichever source they come from
    order = list(contract.tables())
    arrivals = sorted(
        (arrival for read in reads for arrival in read.arrivals),
        key=lambda arrival: order.index(arrival.landed.table.name),
    )
    refuse_future(con, arrivals, load.as_of)
    loads = tuple(merge(con, arrival, load, validate) for arrival in arrivals)
    unbalanced = {
        done.table
        for arrival, done in zip(arrivals, loads, strict=True)
        if not arrival.is_whole and not done.is_balanced
    }
    newest = [(one.landed.source, one.landed.table.name) for one in arrivals if not one.is_whole]
    unbalanced |= parents.unsettled(con, newest, loads)
    if unbalanced:
        raise ReadWholeError(unbalanced)
    for read in reads:
        drift.note(con, read.source, read.shapes, load.as_of)
    return PullReport(load.as_of, is_demo, loads, load.load_id)


def _note_connected(
    con: duckdb.DuckDBPyConnection, reads: Collection[SourceRead], tables: Collection[str] | None
) -> None:
    # tables that were not asked for stay as they were known
    asked = set(contract.tables() if tables is None else tables)
    con.execute(
        "delete from raw.connected_tables where list_contains($1, table_name)", [sorted(asked)]
    )
    for read in reads:
        for name in read.shapes.keys() & asked:
            con.execute(
                "insert into raw.connected_tables values ($1, $2)", [read.source.name, name]
            )


def _note_zero_dates(
    con: duckdb.DuckDBPyConnection, reads: Collection[SourceRead], load_id: int
) -> None:
    for read in reads:
        for (table, column), found in read.zeros.items():
            where = [read.source.name, table, column]
            con.execute(
                "delete from raw.zero_dates "
                "where source = $1 and store_table = $2 and column_name = $3",
                where,
            )
            con.execute("insert into raw.zero_dates values ($1, $2, $3, $4, $5)",
                        [*where, found, load_id])  # fmt: skip
