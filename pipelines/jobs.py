"""The jobs: which assets are made together, under which name.

Holds the selections and the tags. When a job runs is in ``schedules`` and ``sensors``; how an asset
is made is in the rooms' ``dag`` modules.
"""

import dagster as dg

from assets.dag.raw import FULL_TAG
from assets.dag.schema import CLOSED_MONTH, LIVE, SCORE, SNAPSHOT
from config.settings import Settings
from pipelines.hooks import tell_failure, tell_success
from pipelines.prune import prune_history, prune_snapshots

REFRESH = "refresh"
RECONCILE = "reconcile"
REFRESH_LIVE = "refresh_live"
MONTH_EXPORT = "month_export"
CIRCLE_EXPORT = "circle_export"
MONTH_CLOSE = "month_close"
MONTH_SIGN = "month_sign"
PRUNE = "prune"

_WAREHOUSE = dg.AssetSelection.groups("raw", "core", "kpi") | dg.AssetSelection.assets(
    SCORE, SNAPSHOT
)
_TOLD = {tell_failure, tell_success}

JOBS = (
    dg.define_asset_job(
        REFRESH,
        selection=_WAREHOUSE,
        hooks=_TOLD,
        description="拉取、校验、计算、发布:每 5 分钟一次的主任务。",
    ),
    dg.define_asset_job(
        RECONCILE,
        selection=_WAREHOUSE,
        hooks=_TOLD,
        tags={FULL_TAG: "true"},
        description="与主任务相同,但逐键核对来源,找出被删除或漏拉的行:每晚一次。",
    ),
    dg.define_asset_job(
        REFRESH_LIVE,
        selection=dg.AssetSelection.assets(LIVE),
        description="只更新今日指标的小文件:每 15 秒一次。",
    ),
    dg.define_asset_job(
        MONTH_EXPORT,
        selection=dg.AssetSelection.groups("export"),
        description="写出一个月的工作簿:每月一次。",
    ),
    dg.define_asset_job(
        CIRCLE_EXPORT,
        selection=dg.AssetSelection.groups("circle"),
        description="写出一个主题的品管圈十步报告:有人要时。",
    ),
    dg.define_asset_job(
        MONTH_CLOSE,
        selection=dg.AssetSelection.assets(CLOSED_MONTH),
        description="评分关账:每月一次,关上已满复发观察期的那个月。",
    ),
    dg.define_asset_job(
        MONTH_SIGN,
        selection=dg.AssetSelection.groups("month"),
        hooks=_TOLD,
        description="月结:月末后第三个工作日冻结上个月的工作簿;每天记录已月结月份的重述。",
    ),
)


@dg.op
def prune_files(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """Delete old snapshots and live files, then Dagster's old runs."""
    removed = prune_snapshots(settings)
    runs = prune_history(context.instance)
    context.log.info("removed %d files and %d runs", len(removed), runs)


@dg.job(name=PRUNE, description="清理旧快照与运行历史:每小时一次,今日小文件每天有近六千份。")
def prune_job() -> None:
    """Bound what an installation keeps on disk."""
    prune_files()
