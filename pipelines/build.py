"""One installation's Dagster definitions, put together from the rooms.

Holds ``build_defs``: it returns fresh definitions for given settings, so that tests and the command
never patch anything. The module that Dagster loads is ``definitions``.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import dagster as dg

from assets.dag.house import House
from assets.dag.models import layer_assets
from assets.dag.publishing import live_asset, snapshot_asset
from assets.dag.raw import raw_assets
from assets.dag.schema import SNAPSHOT
from assets.dag.score import closed_month_asset, score_asset
from assets.dag.texts import texts_asset
from config.settings import Settings, load_settings
from data_checks.dag import LoadChecks, check_specs, law_results, law_specs
from exports.dag import circle_asset, recurrence_asset, signed_asset, workbook_asset
from pipelines.jobs import JOBS, prune_job
from pipelines.schedules import months, schedules
from pipelines.sensors import refresh_live_sensor

# Twice and six times the five minutes between two refreshes: a late one warns, a dead one fails.
FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(minutes=10), fail_window=timedelta(minutes=30)
)


def build_defs(*, settings: Settings | None = None) -> dg.Definitions:
    """Return the definitions of one installation.

    Args:
        settings: the installation; read from the environment when not given.

    Raises:
        ConfigError: the settings are read and are wrong.
    """
    chosen = settings or load_settings()
    partitions = months(chosen.timezone)
    zones = {source.name: source.timezone for source in chosen.sources}
    return dg.Definitions(
        assets=[
            raw_assets(check_specs(), partial(LoadChecks, zone=chosen.timezone, zones=zones)),
            texts_asset(),
            layer_assets("core"),
            layer_assets("kpi", FRESHNESS, law_specs(), law_results),
            score_asset(),
            closed_month_asset(partitions),
            snapshot_asset(FRESHNESS),
            live_asset(),
            workbook_asset(partitions, SNAPSHOT),
            signed_asset(partitions, SNAPSHOT),
            recurrence_asset(partitions, SNAPSHOT),
            circle_asset(SNAPSHOT),
        ],
        jobs=[*JOBS, prune_job],
        schedules=schedules(chosen.timezone, partitions),
        sensors=[refresh_live_sensor],
        resources={
            "settings": dg.ResourceDefinition.hardcoded_resource(chosen),
            "house": dg.ResourceDefinition(resource_fn=_house_of(chosen)),
        },
        executor=dg.in_process_executor,
    )


def _house_of(settings: Settings) -> Callable[[dg.InitResourceContext], Iterator[House]]:
    def house(_: dg.InitResourceContext) -> Iterator[House]:
        opened = House(settings)
        try:
            yield opened
        finally:
            opened.close()

    return house
