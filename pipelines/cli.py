"""The command `opspulse`: what it offers, and how failures leave it.

Holds the commands that run, export, serve and examine an installation, and ``main``. Whatever is
heavy (Dagster, Dash, DuckDB) is imported inside a command, so that ``--help`` answers at once.
The work is done elsewhere; groups of commands live in ``cli_demo``, ``cli_kpi``, ``cli_sources``.
"""

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from config.errors import ConfigError, OpsPulseError
from pipelines import (
    cli_causes,
    cli_coding,
    cli_decide,
    cli_demo,
    cli_faults,
    cli_handover,
    cli_improvements,
    cli_kpi,
    cli_month,
    cli_outcome,
    cli_output,
    cli_quarantine,
    cli_recurrence,
    cli_rules,
    cli_score,
    cli_score_appeal,
    cli_score_close,
    cli_score_exempt,
    cli_score_money,
    cli_score_watch,
    cli_sources,
    cli_sources_accept,
    cli_sources_files,
    cli_sources_map,
    cli_usage,
    cli_users,
    unconfigured,
)
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from config.settings import Settings
    from pipelines.run import RunOutcome

# 128 + SIGINT, as shells do.
INTERRUPTED_EXIT = 130
_INTERRUPTED = "已中断;上一份快照不受影响。 Interrupted."
# Said behind the name of a workbook that was not written again.
_KEPT = ("(该月内容没有变化,保留原文件)", " (the month reports the same: the file was kept)")

app = typer.Typer(
    name="opspulse",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="OpsPulse 运维脉搏:把报修工单变成可以行动的数字。\n\n"
    "Turns a hospital's repair tickets into numbers that people act on.",
)
app.add_typer(cli_demo.app, name="demo")
cli_sources_accept.register(cli_sources.app)
cli_sources_map.register(cli_sources.app)
cli_sources_files.register(cli_sources.app)
app.add_typer(cli_sources.app, name="sources")
app.add_typer(cli_kpi.app, name="kpi")
app.add_typer(cli_decide.app, name="decide")
app.add_typer(cli_causes.app, name="causes")
app.add_typer(cli_improvements.app, name="improvements")
command(app, "写出品管圈十步报告。", "Write the quality circle's ten-step report.", name="circle")(
    cli_improvements.report
)
app.add_typer(cli_quarantine.app, name="quarantine")
cli_coding.register(cli_faults.app)
app.add_typer(cli_faults.app, name="faults")
app.add_typer(cli_rules.app, name="rules")
cli_score_close.register(cli_score.app)
cli_score_money.register(cli_score.app)
cli_score.app.add_typer(cli_score_appeal.app, name="appeal")
cli_score.app.add_typer(cli_score_exempt.app, name="exempt")
cli_score_watch.register(cli_score.app)
app.add_typer(cli_score.app, name="score")
app.add_typer(cli_handover.app, name="handover")
app.add_typer(cli_month.app, name="month")
app.add_typer(cli_recurrence.app, name="recurrence")
app.add_typer(cli_users.users, name="users")
app.add_typer(cli_users.screens, name="screens")

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON,供程序读取。 JSON for a program.")]
Edition = Annotated[str, typer.Option(help="版本:head、finance 等。 Which edition.")]


@command(
    app,
    "拉取、校验、计算、发布一次,说明做了什么、拒收了什么。",
    "Pull, check, compute and publish once; tells what it did and what it refused.",
)
def run(
    *,
    full: Annotated[
        bool, typer.Option("--full", help="逐键核对来源。 Compare every key with the source.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Pull, check, compute and publish once; tells what it did and what it refused."""
    settings = installed()
    outcome = _refresh(settings, full=full)
    if as_json:
        cli_output.print_json(asdict(outcome))
        return
    cli_outcome.tell(settings, outcome)


@command(app, "写出一个月的工作簿。", "Write one month's workbook.")
def export(
    month: Annotated[str, typer.Option(help="月份,如 2026-10。 Month, such as 2026-10.")],
    edition: Edition = "head",
    *,
    as_json: AsJson = False,
) -> None:
    """Write one month's workbook."""
    settings = installed()
    outcome = _export(settings, month, edition)
    path = settings.exports_dir / outcome.files[-1]
    if as_json:
        cli_output.print_json(
            {
                "file": str(path),
                "month": month,
                "edition": edition,
                "is_kept": outcome.is_kept,
            }
        )
        return
    zh, en = _KEPT if outcome.is_kept else ("", "")
    cli_output.say(f"工作簿:{path}{zh}", f"Workbook: {path}{en}", settings.language)


@command(app, "只启动大屏与页面。", "Serve the wall-screen and the pages only.")
def serve() -> None:
    """Serve the wall-screen and the pages only."""
    from dashboards.serve import serve as serve_wall
    from exports.requested import WRITERS

    serve_wall(installed(), writers=WRITERS)


@command(
    app,
    "启动全部:定时任务、Dagster 页面、大屏;Ctrl-C 全部停止。",
    "Start everything under one supervisor: daemon, Dagster's pages, wall. Ctrl-C stops all.",
)
def up() -> None:
    """Start everything under one supervisor: daemon, Dagster's pages, wall. Ctrl-C stops all."""
    from pipelines.supervisor import supervise

    supervise(installed())


@command(
    app,
    "从零到大屏:运行一次、写出上个月的工作簿、启动全部。",
    "From nothing to the wall: run once, write last month's workbook, start everything.",
)
def start(
    *,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="不启动服务。 Stop before serving.")
    ] = False,
) -> None:
    """From nothing to the wall: run once, write last month's workbook, start everything."""
    settings = installed()
    if not no_serve:
        from pipelines.supervisor import refuse_taken_ports

        # Told before minutes of work, not after.
        refuse_taken_ports(settings)
    outcome = _refresh(settings)
    cli_outcome.tell(settings, outcome)
    month = last_closed_month(outcome.as_of or datetime.now(UTC), settings.timezone)
    _tell_places(settings, outcome, _workbook(settings, month), is_served=not no_serve)
    if not no_serve:
        from pipelines.supervisor import supervise

        supervise(settings)


@command(
    app,
    "说明一个数字的来历:公式、输入、行数、快照。",
    "Explain a number: formula, inputs, rows, snapshot.",
)
def explain(
    metric: Annotated[str, typer.Argument(help="指标编号或代码。 Metric id or code.")],
    grain: cli_kpi.GrainOption = "month",
    by: cli_kpi.By = None,
    where: cli_kpi.Where = None,
    start: cli_kpi.From = None,
    end: cli_kpi.To = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Explain a number: formula, inputs, rows, snapshot."""
    from pipelines.cli_explain import explain as tell

    tell(metric, grain, by or [], where, (start, end), as_json=as_json)


@command(
    app,
    "用平常话说出这套安装有什么问题。",
    "Say in plain words what is wrong with this installation.",
)
def doctor(*, as_json: AsJson = False) -> None:
    """Say in plain words what is wrong with this installation."""
    from pipelines.doctor import examine

    settings = installed()
    with cli_output.progress("正在检查……", "Examining …", settings.language):
        findings = examine(settings, datetime.now(UTC))
    if as_json:
        cli_output.print_json([finding.fields() for finding in findings])
    else:
        for finding in findings:
            zh = settings.language == "zh"
            cli_output.out().print(
                f"{finding.mark} {finding.zh if zh else finding.en}", markup=False
            )
    if any(finding.is_bad for finding in findings):
        raise typer.Exit(1)


def _refresh(settings: "Settings", *, full: bool = False) -> "RunOutcome":
    from config.settings import ensure_home
    from pipelines.demo_store import keep_current

    ensure_home(settings)
    unconfigured.tell(settings)
    with cli_output.progress(
        "正在准备数据源……", "Getting the source ready …", settings.language
    ) as tell:
        keep_current(settings, tell)
    with cli_output.progress(
        "正在拉取、校验、计算、发布……",
        "Pulling, checking, computing, publishing …",
        settings.language,
    ):
        from pipelines.run import execute

        return execute(settings, "refresh", full=full)


def _workbook(settings: "Settings", month: str) -> str | None:
    """Write a month's workbook and return the words for it, its path first.

    A month without data is told, and is no reason not to start.
    """
    try:
        outcome = _export(settings, month, "head")
    except ConfigError as error:
        cli_output.print_error(error)
        return None
    kept = _KEPT[0 if settings.language == "zh" else 1] if outcome.is_kept else ""
    return f"{settings.exports_dir / outcome.files[-1]}{kept}"


def _export(settings: "Settings", month: str, edition: str) -> "RunOutcome":
    with cli_output.progress(
        f"正在写 {month} 的工作簿……", f"Writing the workbook of {month} …", settings.language
    ):
        from exports.dag import EDITION_TAG
        from pipelines.run import execute

        return execute(settings, "month_export", partition=month, tags={EDITION_TAG: edition})


def last_closed_month(as_of: datetime, zone: str) -> str:
    """Return the last month that had ended at ``as_of`` (UTC) in ``zone``, as ``YYYY-MM``."""
    aware = as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    first = aware.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return (first - timedelta(days=1)).strftime("%Y-%m")


def _tell_places(
    settings: "Settings", outcome: "RunOutcome", workbook: str | None, *, is_served: bool
) -> None:
    from assets.identity.screens import local_token

    zh = settings.language == "zh"
    wall, pages = ("大屏地址", "页面地址") if zh else ("Wall", "Pages")
    served: dict[str, object] = {
        wall: "未启动;运行 opspulse up 启动" if zh else "not started; run opspulse up"
    }
    if is_served:
        root = f"http://{settings.wall.host}:{settings.wall.port}/"
        accounts = "(账号:opspulse users add)" if zh else " (accounts: opspulse users add)"
        token = local_token(settings.users_path)
        served = {wall: f"{root}wall/?screen={token}", pages: f"{root}{accounts}"}
    cli_output.print_pairs(
        {
            "快照文件" if zh else "Snapshot file": settings.snapshots_dir / outcome.files[0],
            "工作簿" if zh else "Workbook": workbook,
            **served,
        }
    )


def main() -> None:
    """Run the command; foreseen failures end in two sentences and their own exit code."""
    cli_output.install_excepthook()
    click_command: Callable[..., object] = typer.main.get_command(app)
    try:
        code = click_command(prog_name="opspulse", standalone_mode=False)
    except typer.TyperException as error:
        sys.exit(cli_usage.tell(error))
    except typer.Abort:
        cli_output.err().print("已中断。 Aborted.", markup=False)
        sys.exit(1)
    except OpsPulseError as error:
        cli_output.print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        cli_output.err().print(_INTERRUPTED, markup=False)
        sys.exit(INTERRUPTED_EXIT)
    if code == INTERRUPTED_EXIT:
        cli_output.err().print(_INTERRUPTED, markup=False)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
