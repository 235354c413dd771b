"""The pull as one Dagster step with one asset for each canonical table.

Holds the factory. What is pulled and how it is accounted for lives in ``assets.pull``; the checks
are handed in by ``pipelines``, because checking stands above this room.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

import dagster as dg
import duckdb

from assets.dag.house import House
from assets.dag.schema import LOADS, loads_spec, raw_key, raw_spec
from assets.pull import PullReport, Validator, pull
from assets.sources.connect import reading
from assets.sources.contract import tables
from config.faults import reach

# A run with this tag compares every key with the source, not only what changed lately.
FULL_TAG = "opspulse/full"
# One writer: Dagster starts no second run that needs this pool.
POOL = "warehouse"


class Checks(Protocol):
    """What the checking room offers to the pull."""

    def specs(self) -> list[dg.AssetCheckSpec]:
        """Return the specs of all checks on ``raw``."""

    def validator(self, as_of: datetime) -> Validator:
        """Return the validator for one pull."""

    def results(
        self, con: duckdb.DuckDBPyConnection, report: PullReport, suites: Validator
    ) -> list[dg.AssetCheckResult]:
        """Return the outcome of the checks after one pull."""


def raw_assets(checks: Checks) -> dg.AssetsDefinition:
    """Return the multi-asset that pulls every source and checks what came."""
    specs = [*(raw_spec(table) for table in tables().values()), loads_spec()]

    @dg.multi_asset(
        name="pull", specs=specs, check_specs=checks.specs(), can_subset=True, pool=POOL
    )
    def pull_sources(
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        con = house.warehouse()
        validator = checks.validator(source_clock(house, con))
        report = pull(con, house.settings, validate=validator, full=FULL_TAG in context.run.tags)
        reach("after_raw")
        yield from _materialized(con, report, context.selected_asset_keys)
        for result in checks.results(con, report, validator):
            if result.asset_key in context.selected_asset_keys:
                yield result

    return pull_sources


def source_clock(house: House, con: duckdb.DuckDBPyConnection) -> datetime:
    """Return the latest clock of the sources that have one, else the present, UTC and naive."""
    clocks = []
    for source in house.settings.sources:
        with reading(con, source, house.settings) as reader:
            clocks.append(reader.clock())
    known = [clock for clock in clocks if clock is not None]
    return max(known) if known else datetime.now(UTC).replace(tzinfo=None)


def _materialized(
    con: duckdb.DuckDBPyConnection, report: PullReport, selected: set[dg.AssetKey]
) -> Iterator[dg.MaterializeResult[None]]:
    loads = {load.table: load for load in report.loads}
    for name in tables():
        if raw_key(name) in selected:
            load = loads.get(name)
            present = load.present if load else 0
            yield dg.MaterializeResult(
                asset_key=raw_key(name), metadata={"dagster/row_count": present}
            )
    yield dg.MaterializeResult(asset_key=LOADS, metadata=totals(report))


def totals(report: PullReport) -> dict[str, int | str | bool]:
    """Return a pull's totals over all tables, as shown on the accounts' asset."""
    return {
        "as_of": report.as_of.isoformat(),
        "is_demo": report.is_demo,
        "pulled": sum(load.pulled for load in report.loads),
        "accepted": sum(load.accepted for load in report.loads),
        "quarantined": sum(load.quarantined for load in report.loads),
        "released": sum(load.released for load in report.loads),
        "deleted": sum(load.deleted for load in report.loads),
    }
