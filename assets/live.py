"""The light path: raw tables of today in memory, from the warehouse and the newest rows.

Holds the choice of what the wall's day tiles need: tickets that are open or were touched since
yesterday's local midnight, what belongs to them, the calls of these days, every dimension table.
Nothing is written to the warehouse. The whole pull is in `pull`; it must have run once.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from assets import raw_tables
from assets.accounts import Load, PullReport, next_load_id
from assets.conversions import quoted
from assets.landing import SourceRead, as_of, read_source
from assets.merge import merge
from assets.own_tables import DECISIONS
from assets.warehouse import bind, explained, transaction
from config.errors import StateError
from config.settings import Settings

DIMENSIONS = (
    "sites",
    "departments",
    "engineers",
    "engineer_postings",
    "engineer_time",
    "systems",
    "assets",
    "parts",
    "stores",
    "vendors",
    "customers",
)
# Read again from the source on every run of the light path.
FRESH = ("assets", "tickets", "ticket_events", "calls")
_OF_TICKETS = ("tickets", "ticket_events", "ticket_targets", "effort_logs", "loans")
_BOOKS = ("table_state", "table_shape", "connected_tables", "binding")
_ENDED = "('restored', 'closed', 'cancelled', 'merged')"
# What people said of a ticket's fault family goes before its engineer's code.
_NAMED = "where w.kind in ('fault_code', 'fault_code_rejected')"
# Events that leave a ticket in the state it was in.
_SILENT = "('verified', 'chased', 'coworker_joined')"


def pull_live(
    con: duckdb.DuckDBPyConnection, warehouse_path: Path, settings: Settings
) -> PullReport:
    """Fill ``raw`` of a fresh in-memory connection for today's tiles.

    Every contract table exists; the light path fills those that it needs, and reads from the
    sources only what is newer than the warehouse. Rows that cannot be typed are left out here; the
    next whole pull holds them with their reasons.

    Args:
        con: a fresh connection to ``:memory:``.
        warehouse_path: attached read-only for the time of the call; no other process may write it.
        settings: names the sources and the hospital's zone.

    Raises:
        StateError: there is no warehouse yet, or it is being written.
        ConfigError: the warehouse belongs to another source.
        SourceError: a source cannot be reached or read.
    """
    started_at = datetime.now(UTC).replace(tzinfo=None)
    _attach(con, warehouse_path)
    try:
        with transaction(con):
            raw_tables.ensure(con)
            for book in _BOOKS:
                con.execute(f"create or replace table raw.{book} as from warehouse.raw.{book}")
            # the last states alone: they decide which KPIs are not to be trusted
            con.execute(
                "insert into raw.check_results by name from warehouse.raw.check_results "
                "where is_state "
                "and on_date = (select max(on_date) from warehouse.raw.check_results)"
            )
            for name in DIMENSIONS:
                _copy(con, name)
            _copy(con, DECISIONS, _NAMED)
            _copy_gaps(con)
        reads = [_read(con, settings, source.name) for source in settings.sources]
        moment = as_of(reads, started_at)
        is_demo = any(read.is_demo for read in reads)
        with transaction(con):
            bind(con, settings, is_demo)
            _copy_tickets(con, reads, _start(moment, settings.timezone))
            order = tuple(read.source.name for read in reads)
            load = Load(next_load_id(con), moment, started_at, order)
            loads = tuple(
                merge(con, one, load, None, holds_orphans=False)
                for read in reads
                for one in read.arrivals
            )
    finally:
        con.execute("detach warehouse")
    return PullReport(moment, is_demo, loads, load.load_id)


def _attach(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    if not path.exists():
        raise StateError(f"找不到数据仓 {path}。", "请先运行一次 opspulse run。")
    try:
        con.execute(f"attach {quoted(str(path))} as warehouse (read_only)")
    except duckdb.Error as error:
        known = explained(error, path)
        if known is None:
            raise
        raise known from error


def _read(con: duckdb.DuckDBPyConnection, settings: Settings, name: str) -> SourceRead:
    """Land the newest rows of the tables that have a watermark."""
    source = next(source for source in settings.sources if source.name == name)
    rows = con.execute(
        "select table_name from raw.table_state where source = $1 and watermark is not null", [name]
    ).fetchall()
    names = {row[0] for row in rows} & set(FRESH) if source.system != "files" else set()
    return read_source(con, source, settings, full=False, names=names, is_counted=False)


def _start(moment: datetime, zone: str) -> datetime:
    """Return yesterday's local midnight in UTC, naive."""
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date() - timedelta(days=1), time(), ZoneInfo(zone))
    return midnight.astimezone(UTC).replace(tzinfo=None)


def _copy(con: duckdb.DuckDBPyConnection, name: str, tail: str = "") -> None:
    con.execute(f"insert into raw.{name} by name select w.* from warehouse.raw.{name} as w {tail}")


def _copy_gaps(con: duckdb.DuckDBPyConnection) -> None:
    """Take over which metrics lack a column: that follows from the sources' forms alone."""
    name = "metric_gaps"
    known = con.execute(
        "select 1 from duckdb_tables() where database_name = 'warehouse' "
        "and schema_name = 'kpi' and table_name = $1",
        [name],
    ).fetchone()
    if known is not None:  # a warehouse that has never published has none
        con.execute("create schema if not exists kpi")
        con.execute(f"create or replace table kpi.{name} as from warehouse.kpi.{name}")


def _copy_tickets(
    con: duckdb.DuckDBPyConnection, reads: Iterable[SourceRead], start: datetime
) -> None:
    """Copy the wanted tickets with what belongs to them, and the calls since ``start``."""
    since = f"timestamp '{start:%Y-%m-%d %H:%M:%S}'"
    wanted = [
        "select site_id, ticket_id from warehouse.raw.tickets where not _is_deleted "
        f"and greatest(reported_at, updated_at) >= {since}",
        "select site_id, ticket_id from warehouse.raw.ticket_events as e where not _is_deleted "
        f"group by all having max(e.at) >= {since} or arg_max(e.type, "
        f"row(e.at, coalesce(e.seq, 0), e.event_id)) filter (e.type not in {_SILENT}) "
        f"not in {_ENDED}",
    ]
    wanted += [
        f"select {landed.value(landed.table.column('site_id'))}, ticket_id::varchar "
        f"from {landed.name}"
        for read in reads
        for landed in (arrival.landed for arrival in read.arrivals)
        if landed.table.name in ("tickets", "ticket_events")
    ]
    con.execute(f"create temp table wanted_tickets as {' union '.join(wanted)}")
    for name in _OF_TICKETS:
        _copy(con, name, "semi join wanted_tickets using (site_id, ticket_id)")
    con.execute("drop table wanted_tickets")
    _copy(con, "calls", f"where w.at >= {since}")
