"""The monthly workbook as a Dagster asset, partitioned by month.

Holds the factory. What stands in a workbook and how it is written lives in ``exports.month``, which
is imported late: the light path loads these definitions every few seconds and writes no workbook.
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
