"""The commands about a month's signed workbook: close, open again, what later data restate.

Holds options and words. Closing is a Dagster job like any other writer of an installation; what it
freezes is decided by ``exports.closing``.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.errors import ConfigError, StateError
from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_score_close import Actor, who
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.months.shape import Act, Restatement

app = typer.Typer(
    no_args_is_help=True,
    help="月结:定稿、重开、重述记录。 Closing months: final workbooks, reopening, restatements.",
)
Month = Annotated[str, typer.Argument(help="月份,如 2026-10。 Month, such as 2026-10.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
Reason = Annotated[str, typer.Option(help="理由,写进档案。 Why; kept in the archive.")]


@command(
    app,
    "月结:冻结一个月的数字与定稿工作簿;勾稽有 ✘ 时拒绝。",
    "Close a month: its figures and final workbooks stand; refused while a check fails.",
)
def close(
    month: Month, actor: Actor = None, reason: Reason = "", *, as_json: AsJson = False
) -> None:
    """Close a month by the job that the schedule runs, and tell what was signed."""
    from assets.months import archive
    from exports.dag import ACTOR_TAG, REASON_TAG
    from exports.month import require_month
    from exports.workbook.editions import EDITIONS
    from exports.workbook.facts import first_day
    from pipelines.run import execute

    settings = installed()
    require_month(month)
    with cli_output.progress(f"正在月结 {month}……", f"Closing {month} …", settings.language):
        tags = {ACTOR_TAG: who(actor), REASON_TAG: reason}
        execute(settings, "month_sign", partition=month, tags=tags)
    act = archive.state(settings.months_path, first_day(month))
    if act is None:
        raise StateError(f"{month} 刚被他人重开。", "请用 opspulse month list 查看。")
    files = [
        file for edition in EDITIONS
        if (file := archive.file_of(settings.months_path, act.act_id, edition)) is not None
    ]  # fmt: skip
    if as_json:
        told = [
            {"edition": one.edition, "file": str(settings.exports_dir / one.name),
             "sha256": one.sha256}
            for one in files
        ]  # fmt: skip
        cli_output.print_json({**_told(act), "files": told})
        return
    cli_output.say(
        f"{month} 已月结:第 {act.version} 版,经办 {act.actor},快照 {act.snapshot_id},"
        f"规则 {act.rule_version}。",
        f"{month} is closed: version {act.version}, by {act.actor}, snapshot {act.snapshot_id}, "
        f"rules {act.rule_version}.",
        settings.language,
    )
    for one in files:
        path = settings.exports_dir / one.name
        cli_output.say(f"定稿:{path} SHA-256 {one.sha256}", f"Final: {path} SHA-256 {one.sha256}",
                       settings.language)  # fmt: skip


@command(
    app,
    "重开已月结的月份:必须写明理由,原定稿与数字仍在档案里。",
    "Open a closed month again: a reason is needed, what was signed stays in the archive.",
)
def reopen(
    month: Month,
    reason: Reason = "",
    actor: Actor = None,
) -> None:
    """Open a closed month again."""
    from exports.closing import reopen as open_again

    settings = installed()
    act = open_again(settings, month, who(actor), reason)
    cli_output.say(
        f"{month} 已重开(第 {act.version} 版,经办 {act.actor}):{act.reason}。"
        "再次月结前导出的是初稿。",
        f"{month} is open again (version {act.version}, by {act.actor}): {act.reason}. "
        "Until it is closed again, exports are drafts.",
        settings.language,
    )


@command(
    app,
    "列出月结与重开的记录。",
    "List closings and reopenings.",
    name="list",
)
def listed(*, as_json: AsJson = False) -> None:
    """List every closing and reopening."""
    from assets.months import archive

    settings = installed()
    rows = [_told(act) for act in archive.acts(settings.months_path)]
    if as_json:
        cli_output.print_json(rows)
        return
    heads = ("month", "version", "kind", "actor", "as_of", "rules", "snapshot", "reason")
    chinese = ("月份", "版次", "动作", "经办", "数据截至(UTC)", "规则", "快照", "理由")
    zh = settings.language == "zh"
    kinds = {"close": ("月结", "closed"), "reopen": ("重开", "opened again")}
    cli_output.print_table(
        chinese if zh else heads,
        [[kinds[row["kind"]][not zh] if head == "kind" else row[head] for head in heads]
         for row in rows],
    )  # fmt: skip


@command(
    app,
    "核对已月结月份与现有数据,列出重述:原值、新值、工单、原因。",
    "Compare closed months with today's data: old value, new value, tickets, reason.",
)
def restatements(
    month: Annotated[str, typer.Argument(help="月份;不写为全部。 Month; all by default.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Note what is new, then list every restatement of closed months."""
    from assets.months import archive
    from exports.month import require_month
    from exports.restating import restate
    from exports.workbook.facts import first_day

    settings = installed()
    if month:
        require_month(month)
    first = first_day(month) if month else None
    acts = {act.act_id: act for act in archive.acts(settings.months_path, first)}
    if month and not acts:
        raise ConfigError(f"{month} 没有月结过。", "请用 opspulse month list 查看。")
    restate(settings, first)
    rows = [
        {"month": f"{acts[one.act_id].month_on:%Y-%m}", **_row(one)}
        for one in archive.restatements(settings.months_path)
        if one.act_id in acts
    ]
    if as_json:
        cli_output.print_json(rows)
        return
    if not rows:
        cli_output.say("没有重述。", "Nothing is restated.", settings.language)
        return
    zh = settings.language == "zh"
    heads = ("month", "kpi", "statistic", "before", "after", "tickets", "reason", "as_of")
    chinese = ("月份", "指标", "口径", "原值", "新值", "工单", "原因", "数据截至(UTC)")
    cli_output.print_table(
        chinese if zh else heads,
        [["、".join(row["tickets"]) if head == "tickets" else row[head] for head in heads]
         for row in rows],
    )  # fmt: skip


def _told(act: "Act") -> dict[str, Any]:
    return {
        "month": f"{act.month_on:%Y-%m}", "version": act.version, "kind": act.kind,
        "actor": act.actor, "at": f"{act.at:%Y-%m-%d %H:%M:%S}",
        "as_of": f"{act.as_of:%Y-%m-%d %H:%M:%S}", "rules": act.rule_version,
        "snapshot": act.snapshot_id, "snapshot_hash": act.snapshot_hash, "reason": act.reason,
        "digest": act.digest,
    }  # fmt: skip


def _row(one: "Restatement") -> dict[str, Any]:
    return {
        "kpi": one.metric_id, "statistic": one.statistic, "before": one.before, "after": one.after,
        "tickets": list(one.tickets), "reason": one.reason,
        "as_of": f"{one.as_of:%Y-%m-%d %H:%M:%S}", "snapshot": one.snapshot_id,
    }  # fmt: skip
