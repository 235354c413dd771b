"""The pull as one Dagster step with one asset for each canonical table.

Holds the factory. What is pulled and how it is accounted for lives in ``assets.pull``; the checks
are handed in by ``pipelines``, because checking stands above this room.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

import dagster as dg
import duckdb

from assets.dag.house import House
from assets.dag.schema import LOADS, decisions_spec, loads_spec, raw_key, raw_spec
from assets.own_tables import DECISIONS
from assets.pull import PullReport, Rejection, pull
from assets.quarantine_view import total
from assets.sources.connect import reading
from assets.sources.contract import tables
from assets.sources.files.accounts import kept, unread_words
from assets.sources.retry import patiently
from assets.sources.zero_dates import words
from config.faults import reach
from config.settings import SourceSettings

if TYPE_CHECKING:
    import pandas as pd

# A run with this tag compares every key with the source, not only what changed lately.
FULL_TAG = "opspulse/full"
# One writer: Dagster starts no second run that needs this pool.
POOL = "warehouse"


class Checks(Protocol):
    """The checks of one load, as the checking room offers them."""

    def __call__(self, table: str, frame: "pd.DataFrame", /) -> list[Rejection]:
        """Check the changed rows of one table while the pull runs."""

    def restart(self) -> None:
        """Forget what was counted: the pull begins anew."""

    def keep(self, con: duckdb.DuckDBPyConnection, report: PullReport, /) -> None:
        """Write what was found among the changed rows, within the pull's transaction."""

    def results(
        self, con: duckdb.DuckDBPyConnection, report: PullReport, /
    ) -> list[dg.AssetCheckResult]:
        """Return the outcome of every check once the pull is done."""


def raw_assets(
    check_specs: Sequence[dg.AssetCheckSpec], checks: Callable[[datetime], Checks]
) -> dg.AssetsDefinition:
    """Return the multi-asset that pulls every source and checks what came.

    Args:
        check_specs: the checks on ``raw``.
        checks: starts the checks of a load whose moment is given.
    """
    specs = [*(raw_spec(table) for table in tables().values()), decisions_spec(), loads_spec()]

    @dg.multi_asset(name="pull", specs=specs, check_specs=check_specs, can_subset=True, pool=POOL)
    def pull_sources(
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        con = house.warehouse()
        running = checks(source_clock(house, con))
        report = pull(
            con,
            house.settings,
            validate=running,
            full=FULL_TAG in context.run.tags,
            on_restart=running.restart,
            on_merged=running.keep,
        )
        reach("after_raw")
        results = running.results(con, report)
        yield from _materialized(con, report, context.selected_asset_keys)
        for result in results:
            if result.asset_key in context.selected_asset_keys:
                yield result

    return pull_sources


def source_clock(house: House, con: duckdb.DuckDBPyConnection) -> datetime:
    """Return the latest clock of the sources that have one, else the present, UTC and naive."""
    clocks = [patiently(s, partial(_clock, house, con, s)) for s in house.settings.sources]
    known = [clock for clock in clocks if clock is not None]
    return max(known) if known else datetime.now(UTC).replace(tzinfo=None)


def _clock(house: House, con: duckdb.DuckDBPyConnection, source: SourceSettings) -> datetime | None:
    with reading(con, source, house.settings) as reader:
        return reader.clock()


def _materialized(
    con: duckdb.DuckDBPyConnection, report: PullReport, selected: Collection[dg.AssetKey]
) -> Iterator[dg.MaterializeResult[None]]:
    present = Counter[str]()
    for load in report.loads:
        present[load.table] += load.present
    for name in tables():
        if raw_key(name) in selected:
            yield dg.MaterializeResult(
                asset_key=raw_key(name), metadata={"dagster/row_count": present[name]}
            )
    if raw_key(DECISIONS) in selected:
        yield dg.MaterializeResult(
            asset_key=raw_key(DECISIONS),
            metadata={"dagster/row_count": len(con.table(f"raw.{DECISIONS}"))},
        )
    if LOADS in selected:
        yield dg.MaterializeResult(
            asset_key=LOADS,
            metadata={
                **totals(report),
                "held": total(con),
                "refused": dg.MetadataValue.json(refused(con)),
                "noted": dg.MetadataValue.json(noted(con, report)),
            },
        )


def totals(report: PullReport) -> dict[str, int | str | bool]:
    """Return a pull's totals over the tables it loaded, as shown on the accounts' asset.

    What is held in all is counted in the quarantine: a table that stands still has rows there too.
    """
    counted = {
        name: sum(getattr(load, name) for load in report.loads)
        for name in (
            "pulled", "accepted", "unchanged", "quarantined", "released", "deleted",
            "source_count", "present",
        )
    }  # fmt: skip
    counted["held_at_source"] = sum(load.held for load in report.loads)
    return {
        **counted,
        "as_of": report.as_of.isoformat(),
        "is_demo": report.is_demo,
    }


def refused(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return which tables are stopped and why rows stand in quarantine, most rows first."""
    rows = con.execute(
        "select table_name, reason, count(*) from"
        " (select table_name, unnest(reasons) as reason from raw.quarantine where status = 'held')"
        " group by all order by count(*) desc, table_name, reason"
    ).fetchall()
    stopped = con.execute(
        "select table_name, because from raw.table_shape where because is not null order by all"
    ).fetchall()
    return [
        *(
            f"{table}:数据停在上一次,{because}。来源改回后自动继续,"
            f"或用 opspulse sources accept {table} 接受新结构。"
            for table, because in stopped
        ),
        *(f"{table}:{count} 行隔离,{reason}" for table, reason, count in rows),
    ]


def noted(con: duckdb.DuckDBPyConnection, report: PullReport) -> list[tuple[str, str]]:
    """Return what changed at the sources and stops nothing, in Chinese and English.

    Columns that are new since the last load, rows deleted at the source, hidden sheets left unread,
    zero dates of tables that were read whole.
    """
    added = con.execute(
        "select source, table_name, string_agg(column_name, '、' order by column_name) "
        "from raw.added_columns where first_seen_at = $1 group by all order by all",
        [report.as_of],
    ).fetchall()
    zeros = con.execute(
        "select store_table, column_name, found from raw.zero_dates where load_id = $1 "
        "order by all",
        [report.load_id],
    ).fetchall()
    return [
        *(
            (
                f"数据源 {source} 的表 {table} 新增了列 {names},没有读,其余照常。",
                f"Table {table} of {source} has new columns, which are not read: {names}.",
            )
            for source, table, names in added
        ),
        *(
            (
                f"数据源 {load.source} 的表 {load.table} 删除了 {load.deleted} 行:保留并标记,"
                "不再参与计算。",
                f"{load.deleted} rows of {load.table} were deleted at {load.source}: kept, marked, "
                "and read by no number.",
            )
            for load in report.loads
            if load.deleted
        ),
        *(unread_words(one) for one in kept(con) if one.is_hidden),
        *(words(*row) for row in zeros),
    ]
