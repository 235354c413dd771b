"""The monthly workbook and the recurrence report as Dagster assets, partitioned by month.

Holds the factories. What stands in them and how they are written lives in ``exports.month`` and
``exports.recurrence``, which are imported late: the light path loads these definitions every few
seconds and writes no workbook.
"""

import dagster as dg

from config.settings import Settings

EDITION_TAG = "opspulse/edition"
DEFAULT_EDITION = "head"


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
