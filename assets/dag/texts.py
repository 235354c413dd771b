"""Reading fault texts as one Dagster step between the pull and the models.

Holds the factory. What is read and learnt lives in ``assets.texts.stage``.
"""

import dagster as dg

from assets.dag.house import House
from assets.dag.raw import FULL_TAG, POOL
from assets.dag.schema import raw_key, raw_spec
from assets.own_tables import DECISIONS, SUGGESTIONS, own_tables
from assets.warehouse import transaction

_READS = ("tickets", "engineers", "contacts", DECISIONS)


def texts_asset() -> dg.AssetsDefinition:
    """Return the asset of the proposed fault codes; a nightly run also learns a new model."""
    spec = raw_spec(own_tables()[SUGGESTIONS]).replace_attributes(
        deps=[raw_key(table) for table in _READS],
        description="对故障描述的建议代码:先规则,后模型,没把握就不猜;只增补,不改工程师的代码。",
    )

    @dg.multi_asset(name="texts", specs=[spec], pool=POOL)
    def read_texts(
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House]
    ) -> dg.MaterializeResult[None]:
        from assets.texts.stage import refresh  # noqa: PLC0415 - numpy and scipy: only the step

        con = house.warehouse()
        with transaction(con):
            done = refresh(
                con,
                house.settings.home,
                house.rules.texts,
                load_id=house.load_id(),
                is_nightly=FULL_TAG in context.run.tags,
            )
        return dg.MaterializeResult(
            asset_key=raw_key(SUGGESTIONS),
            metadata={
                "dagster/row_count": len(con.table(f"raw.{SUGGESTIONS}")),
                "scored": done.scored,
                "model": done.model_version or "",
                "is_learnt_now": done.learnt is not None,
            },
        )

    return read_texts
