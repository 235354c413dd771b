"""When jobs run by the clock, in the hospital's zone, and which months there are.

Holds the schedules and the partitions. What starts by looking at the source is in ``sensors``.
"""

import dagster as dg

from pipelines.jobs import MONTH_CLOSE, MONTH_EXPORT, MONTH_SIGN, PRUNE, RECONCILE, REFRESH

FIRST_MONTH = "2010-01-01"


def months(zone: str) -> dg.MonthlyPartitionsDefinition:
    """Return the months of the workbooks in the hospital's zone, the current one included."""
    return dg.MonthlyPartitionsDefinition(FIRST_MONTH, timezone=zone, end_offset=1)


def schedules(zone: str, partitions: dg.MonthlyPartitionsDefinition) -> list[dg.ScheduleDefinition]:
    """Return the schedules of one installation."""

    def cron(name: str, job: str, times: str, words: str) -> dg.ScheduleDefinition:
        return dg.ScheduleDefinition(
            name=name,
            job_name=job,
            cron_schedule=times,
            execution_timezone=zone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description=words,
        )

    def monthly(
        name: str, job: str, times: str, back: int, words: str, *, is_daily: bool = False
    ) -> dg.ScheduleDefinition:
        """Return the schedule of a job by months; ``back``: which month, 1 is the last one."""

        @dg.schedule(
            name=name,
            job_name=job,
            cron_schedule=times,
            execution_timezone=zone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description=words,
        )
        def of_month(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
            at = context.scheduled_execution_time
            month = partitions.get_partition_keys(current_time=at)[-1 - back]
            run_key = f"{month} {at:%Y-%m-%d}" if is_daily else month
            return dg.RunRequest(partition_key=month, run_key=run_key)

        return of_month

    return [
        cron("refresh_every_5_minutes", REFRESH, "*/5 * * * *", "每 5 分钟刷新一次。"),
        cron("reconcile_nightly", RECONCILE, "10 3 * * *", "每晚 03:10 全量核对。"),
        monthly(
            "month_export_monthly",
            MONTH_EXPORT,
            "30 2 1 * *",
            1,
            "每月 1 日 02:30 写出上个月的工作簿。",
        ),
        monthly(
            "month_close_monthly",
            MONTH_CLOSE,
            "45 3 2 * *",
            2,
            "每月 2 日 03:45 为上上个月的评分关账,复发观察期已满。",
        ),
        monthly(
            "month_sign_daily",
            MONTH_SIGN,
            "20 4 * * *",
            1,
            "每天 04:20:第三个工作日起为上个月月结,并记录已月结月份的重述。",
            is_daily=True,
        ),
        cron("prune_hourly", PRUNE, "40 * * * *", "每小时清理旧文件与运行历史。"),
    ]
