"""The SQL models as Dagster steps: one step, one transaction for each layer.

Holds the factory. What a model means is in its `.sql` file, how it is built in ``assets.models``;
the rule tables and the run's one-row context are laid down by the core step, because every model
above reads them. What must hold of a built layer is handed in by ``pipelines``.
"""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg
import duckdb

from assets.dag.house import House
from assets.dag.raw import POOL
from assets.dag.schema import LOADS, built_metadata, model_key, model_spec, raw_key
from assets.increments import Layer, forget
from assets.models import TableSpec, build, comment, discover
from assets.own_tables import followed_tables
from assets.rule_tables import load
from assets.warehouse import transaction

Checked = Callable[[duckdb.DuckDBPyConnection], Sequence[dg.AssetCheckResult]]


def layer_assets(
    schema: str,
    freshness: dg.FreshnessPolicy | None = None,
    check_specs: Sequence[dg.AssetCheckSpec] = (),
    checked: Checked | None = None,
) -> dg.AssetsDefinition:
    """Return the multi-asset that builds every model of one layer.

    Args:
        schema: ``core`` or ``kpi``.
        freshness: how old the layer may get, where people read it.
        check_specs: the checks on the layer once it is built.
        checked: runs them on the warehouse.
    """
    models = [spec for spec in discover() if spec.schema == schema]
    known = {*map(model_key, discover()), *map(raw_key, followed_tables()), LOADS}
    specs = [model_spec(spec, known) for spec in models]
    if freshness:
        specs = [spec.replace_attributes(freshness_policy=freshness) for spec in specs]

    @dg.multi_asset(name=schema, specs=specs, check_specs=check_specs, can_subset=True, pool=POOL)
    def build_layer(
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        chosen = [spec for spec in models if model_key(spec) in context.selected_asset_keys]
        yield from _built(house, schema, chosen, is_whole=len(chosen) == len(models))
        if checked and context.selected_asset_check_keys:
            yield from checked(house.warehouse())

    return build_layer


def _built(
    house: House, schema: str, chosen: Sequence[TableSpec], *, is_whole: bool
) -> Iterator[dg.MaterializeResult[None]]:
    con = house.warehouse()
    run = house.context()
    with transaction(con):
        if schema == "core":
            load(con, house.rules, house.settings, run)
        if is_whole:
            layer = house.refresh().layer(schema, chosen)
        else:
            # a part of a layer leaves the rest behind: nothing can follow from there
            layer = Layer(build(con, chosen), tuple(chosen))
            forget(con)
        comment(con, layer.remade)
    for spec in chosen:
        yield dg.MaterializeResult(
            asset_key=model_key(spec), metadata=built_metadata(con, spec, layer.rows[spec.key])
        )
