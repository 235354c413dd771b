"""The files for people as Dagster assets: the month's workbook and recurrence report, the circle's.

Holds the factories. What stands in them and how they are written lives in ``exports.month``,
``exports.recurrence`` and ``exports.circle_pack``, which are imported late: the light path loads
these definitions every few seconds and writes no workbook.
"""

from datetime import date
from decimal import Decimal

import dagster as dg

from config.settings import Settings

EDITION_TAG = "opspulse/edition"
ACTOR_TAG, REASON_TAG = "opspulse/actor", "opspulse/reason"
_SYSTEM = "system"
DEFAULT_EDITION = "head"
CIRCLE_OP = "export__circle"


class CircleTopic(dg.Config):
    """What a quality circle works on; what is not given is taken from the snapshot.

    Attributes:
        where: dimension id → codes.
        start: first local day, ISO.
        end: local day after the last, ISO.
        improvement_id: the measure whose effect is shown.
        capability: 圈能力, 0 … 1, as text: money and targets are exact.
        role: for whom.
    """

    where: dict[str, list[str]] = {}  # noqa: RUF012 - each topic gets a copy
    start: str | None = None
    end: str | None = None
    improvement_id: str | None = None
    capability: str | None = None
    role: str = "qcc"


def workbook_asset(
    partitions: dg.MonthlyPartitionsDefinition, snapshot: dg.AssetKey
) -> dg.AssetsDefinition:
    """Return the asset that writes one month's workbook from the current snapshot.

    Args:
        partitions: the months, in the hospital's zone.
        snapshot: key of the snapshot that the workbook reads.
    """

    @dg.asset(
        key=dg.AssetKey(["export", "workbook"]),
        deps=[dg.AssetDep(snapshot, partition_mapping=dg.AllPartitionMapping())],
        partitions_def=partitions,
        group_name="export",
        kinds={"excel"},
        description="月度工作簿,每月一份;标签 opspulse/edition 选择版本。",
    )
    def workbook(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult[None]:
        from exports.month import month_file

        month = context.partition_time_window.start.strftime("%Y-%m")
        edition = context.run.tags.get(EDITION_TAG, DEFAULT_EDITION)
        file = month_file(settings, month, edition)
        return dg.MaterializeResult(
            metadata={
                "file": file.path.name,
                "is_kept": file.is_kept,
                "month": month,
                "edition": edition,
            }
        )

    return workbook


def signed_asset(
    partitions: dg.MonthlyPartitionsDefinition, snapshot: dg.AssetKey
) -> dg.AssetsDefinition:
    """Return the asset that closes a month's workbook and notes what moved in closed months.

    The schedule leaves a month alone until its third working day after; a person who asks does not
    wait, and is told what stands against it.

    Args:
        partitions: the months, in the hospital's zone.
        snapshot: key of the snapshot that the workbook reads.
    """

    @dg.asset(
        key=dg.AssetKey(["month", "signed"]),
        deps=[dg.AssetDep(snapshot, partition_mapping=dg.AllPartitionMapping())],
        partitions_def=partitions,
        group_name="month",
        kinds={"excel", "sqlite"},
        description="月结:冻结一个月的数字与定稿工作簿,并记录以后的重述;勾稽有 ✘ 不能定稿。",
    )
    def signed(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult[None]:
        from exports.closing import close, is_ripe
        from exports.restating import restate

        month = context.partition_time_window.start.strftime("%Y-%m")
        actor = context.run.tags.get(ACTOR_TAG, _SYSTEM)
        told: dict[str, int | str | bool] = {"month": month}
        if actor != _SYSTEM or is_ripe(settings, month):
            act, is_kept = close(settings, month, actor, context.run.tags.get(REASON_TAG, ""))
            told |= {"version": act.version, "is_kept": is_kept}
        told["restatements"] = len(restate(settings))
        return dg.MaterializeResult(metadata=told)

    return signed


def recurrence_asset(
    partitions: dg.MonthlyPartitionsDefinition, snapshot: dg.AssetKey
) -> dg.AssetsDefinition:
    """Return the asset that writes a month's recurrence report from the current snapshot.

    Beside the default edition of the workbook only: another edition asks for one file.

    Args:
        partitions: the months, in the hospital's zone.
        snapshot: key of the snapshot that the report reads.
    """

    @dg.asset(
        key=dg.AssetKey(["export", "recurrence"]),
        deps=[dg.AssetDep(snapshot, partition_mapping=dg.AllPartitionMapping())],
        partitions_def=partitions,
        group_name="export",
        kinds={"excel"},
        description="重复故障月报:十大问题、鱼骨草稿、新增机型问题、复发、措施进展。",
    )
    def recurrence(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult[None]:
        from exports.recurrence import write_recurrence

        if context.run.tags.get(EDITION_TAG, DEFAULT_EDITION) != DEFAULT_EDITION:
            return dg.MaterializeResult(metadata={"skipped": True})
        window = context.partition_time_window
        path = write_recurrence(settings, window.start.date(), window.end.date())
        return dg.MaterializeResult(metadata={"file": path.name})

    return recurrence


def circle_asset(snapshot: dg.AssetKey) -> dg.AssetsDefinition:
    """Return the asset that writes the ten-step report of the topic that a run is configured with.

    Args:
        snapshot: key of the snapshot that the report reads.
    """

    @dg.asset(
        key=dg.AssetKey(["export", "circle"]),
        deps=[snapshot],
        group_name="circle",
        kinds={"excel"},
        description="品管圈十步报告:主题、期间、措施由运行配置给出。",
    )
    def circle(
        config: CircleTopic, settings: dg.ResourceParam[Settings]
    ) -> dg.MaterializeResult[None]:
        from exports.circle_pack import write_circle

        path = write_circle(
            settings,
            where=config.where,
            start=date.fromisoformat(config.start) if config.start else None,
            end=date.fromisoformat(config.end) if config.end else None,
            improvement_id=config.improvement_id,
            capability=Decimal(config.capability) if config.capability else None,
            role=config.role,
        )
        return dg.MaterializeResult(metadata={"file": path.name})

    return circle
