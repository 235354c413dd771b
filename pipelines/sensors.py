"""What starts without a clock: the light path to the wall, every 15 seconds.

Holds the sensor. Cron ticks are minutes; a ticket must reach the wall within one.
"""

import dagster as dg

from config.settings import Settings
from pipelines.jobs import RECONCILE, REFRESH, REFRESH_LIVE

INTERVAL_SECONDS = 15
_ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dg.sensor(
    name="refresh_live_sensor",
    job_name=REFRESH_LIVE,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="每 15 秒更新今日指标;主任务正在写仓库时跳过。",
)
def refresh_live_sensor(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for the light path unless it, or a writer of the warehouse, is at work."""
    if not settings.warehouse_path.exists():
        return dg.SkipReason("还没有数据仓:等待主任务第一次完成。")
    for job in (REFRESH_LIVE, REFRESH, RECONCILE):
        if context.instance.get_run_ids(dg.RunsFilter(job_name=job, statuses=_ACTIVE), limit=1):
            return dg.SkipReason(f"{job} 正在运行。")
    return dg.RunRequest()
