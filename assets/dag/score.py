"""The engineers' scores as one Dagster step between the facts and the snapshot.

Holds the factory. What a score is made of lives in ``assets.score``.
"""

import dagster as dg

from assets.dag.house import House
from assets.dag.raw import POOL
from assets.dag.schema import SCORE
from assets.score.tables import build
from assets.warehouse import transaction

_READS = (
    "fact_score_cases", "fact_engineer_months", "fact_article_reuses", "connected_tables",
    "run_context",
)  # fmt: skip


def score_asset() -> dg.AssetsDefinition:
    """Return the asset that computes every kept month's and quarter's scores."""

    @dg.asset(
        key=SCORE,
        deps=[dg.AssetKey(["kpi", name]) for name in _READS],
        group_name="score",
        kinds={"duckdb"},
        description="工程师评分:按月、按季,每一分都能追溯到工单或规则。",
        pool=POOL,
    )
    def score(house: dg.ResourceParam[House]) -> dg.MaterializeResult[None]:
        con = house.warehouse()
        with transaction(con):
            count = build(con, house.rules)
        return dg.MaterializeResult(metadata={"dagster/row_count": count})

    return score
