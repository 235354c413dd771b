"""The engineers' scores as Dagster steps: computed with every refresh, closed once a month.

Holds the factories. What a score is made of and what closing keeps lives in ``assets.score``.
"""

import dagster as dg

from assets.dag.house import House
from assets.dag.raw import POOL
from assets.dag.schema import CLOSED_MONTH, SCORE
from assets.score import corrections, quarters
from assets.score.closing import close
from assets.score.periods import quarter_of
from assets.score.tables import build
from assets.warehouse import transaction
from config.errors import ConfigError

ACTOR_TAG = "opspulse/actor"
SYSTEM = "system"
_READS = (
    "fact_score_cases", "fact_engineer_months", "fact_article_reuses", "connected_tables",
    "run_context", "improvements", "cause_terms", "fact_faults", "fact_exposure", "fact_downtime",
    "fact_recurrence",
)  # fmt: skip


def score_asset() -> dg.AssetsDefinition:
    """Return the asset that computes every kept open month's and quarter's scores."""

    @dg.asset(
        key=SCORE,
        deps=[dg.AssetKey(["kpi", name]) for name in _READS],
        group_name="score",
        kinds={"duckdb"},
        description="工程师评分:按月、按季,每一分都能追溯到工单或规则。",
        pool=POOL,
    )
    def score(house: dg.ResourceParam[House]) -> dg.MaterializeResult[None]:
        con, settings = house.warehouse(), house.settings
        # upheld appeals whose correction was not written when they were decided
        corrections.apply(settings.scores_path, settings.decisions_path)
        with transaction(con):
            count = build(con, house.rules, settings.scores_path)
        return dg.MaterializeResult(metadata={"dagster/row_count": count})

    return score


def closed_month_asset(partitions: dg.MonthlyPartitionsDefinition) -> dg.AssetsDefinition:
    """Return the asset that closes one month, and its quarter when that was the last of it.

    A month that cannot be closed yet fails for a person who asks, and is left out by the schedule.

    Args:
        partitions: the months, in the hospital's zone.
    """

    @dg.asset(
        key=CLOSED_MONTH,
        deps=[dg.AssetDep(SCORE, partition_mapping=dg.AllPartitionMapping())],
        partitions_def=partitions,
        group_name="score",
        kinds={"sqlite"},
        description="评分关账:一个月(三个月齐了再加季度)的得分与台账写入只追加的档案,以后只能经申诉更正。",
        pool=POOL,
    )
    def closed_month(
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House]
    ) -> dg.MaterializeResult[None]:
        month = context.partition_time_window.start.date()
        actor = context.run.tags.get(ACTOR_TAG, SYSTEM)
        path = house.settings.scores_path
        try:
            found = close(house.warehouse(), path, month, actor)
        except ConfigError as error:
            if actor != SYSTEM:
                raise
            return dg.MaterializeResult(metadata={"skipped": error.problem})
        first = quarter_of(month)
        if quarters.is_ripe(house.warehouse(), path, first):
            quarters.close(house.warehouse(), path, house.rules.score_versions, first, actor)
        return dg.MaterializeResult(
            metadata={
                "month": f"{month:%Y-%m}",
                "version": found.closing.version,
                "is_kept": found.is_kept,
            }
        )

    return closed_month
