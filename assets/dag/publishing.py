"""Publishing as Dagster assets: the snapshot that everything reads, and today's small live file.

Holds the factories. How an immutable file is written and pointed to lives in ``assets.snapshots``.
"""

import dagster as dg
import duckdb

from assets import metric_gaps, own_metrics_build
from assets.dag.house import House
from assets.dag.raw import POOL
from assets.dag.schema import LIVE, SCORE, SNAPSHOT, model_key, raw_key
from assets.live import pull_live
from assets.metric_registry import registry
from assets.models import build, discover, live_models
from assets.recurrence import chances
from assets.rule_tables import RunContext, load
from assets.snapshots import Snapshot, publish, publish_live
from assets.sources.unfilled import unfilled as unfilled_by
from assets.warehouse import connect, transaction


def snapshot_asset(freshness: dg.FreshnessPolicy) -> dg.AssetsDefinition:
    """Return the asset that publishes the warehouse's ``kpi`` layer as an immutable file."""

    @dg.asset(
        key=SNAPSHOT,
        deps=[*(model_key(spec) for spec in discover() if spec.schema == "kpi"), SCORE],
        group_name="publish",
        kinds={"duckdb"},
        description="不可变的只读快照:大屏、页面与工作簿只读它。",
        freshness_policy=freshness,
        pool=POOL,
    )
    def snapshot(house: dg.ResourceParam[House]) -> dg.MaterializeResult[None]:
        con = house.warehouse()
        chances.build(con)
        refusals = own_metrics_build.build(con, house.settings.rules_dir)
        own_room = house.settings.own_sources_dir
        unfilled = {one.name: unfilled_by(one.system, own_room) for one in house.settings.sources}
        metric_gaps.build(con, registry().values(), unfilled)
        result = _published(publish(con, house.settings, house.refresh().differences()))
        said = [f"{one.problem}{one.remedy}" for one in refusals]
        return dg.MaterializeResult(
            metadata={**(result.metadata or {}), "refused": dg.MetadataValue.json(said)}
        )

    return snapshot


def live_asset() -> dg.AssetsDefinition:
    """Return the asset that publishes today's tiles from the newest rows of the source."""
    reads = sorted(
        {
            name.removeprefix("raw.")
            for spec in live_models()
            for name in spec.depends_on
            if name.startswith("raw.")
        }
    )

    @dg.asset(
        key=LIVE,
        deps=[raw_key(table) for table in reads],
        group_name="publish",
        kinds={"duckdb"},
        description="今日指标的小文件,每 15 秒更新;只读仓库,不写仓库。",
        pool=POOL,
    )
    def live(house: dg.ResourceParam[House]) -> dg.MaterializeResult[None]:
        con = connect(":memory:", house.settings)
        try:
            return _published(_refreshed(con, house))
        finally:
            con.close()

    return live


def _refreshed(con: duckdb.DuckDBPyConnection, house: House) -> Snapshot:
    settings = house.settings
    with house.reading():
        report = pull_live(con, settings.warehouse_path, settings)
    with transaction(con):
        load(con, house.rules, settings, RunContext(report.as_of, report.is_demo))
        build(con, live_models())
    return publish_live(con, settings)


def _published(snapshot: Snapshot) -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(
        metadata={
            "snapshot_id": snapshot.id,
            "file": snapshot.path.name,
            "as_of": snapshot.as_of.isoformat(),
            "is_demo": snapshot.is_demo,
        }
    )
