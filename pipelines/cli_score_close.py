"""The command that closes a month or quarter of scores, and what all deciding commands need.

Holds options and words. The closing is a Dagster job like any other writer of an installation; what
it keeps is made by ``assets.score.closing``.
"""

import getpass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.score.desk import Desk
    from config.settings import Settings

Actor = Annotated[
    str | None,
    typer.Option("--actor", help="经办人账号,默认当前系统账户。 Who acts; default: you."),
]


def register(app: typer.Typer) -> None:
    """Add the command to the group of the scores."""
    command(
        app,
        "关账:把一个月或一个季度的得分与台账写入只追加的档案,以后只能经申诉更正。",
        "Close a month or quarter: its scores and ledgers stand; only an appeal corrects them.",
    )(close)


def close(
    month: Annotated[
        str | None, typer.Option(help="月份,如 2026-09。 Month, such as 2026-09.")
    ] = None,
    quarter: Annotated[
        str | None,
        typer.Option(help="季度,如 2026-Q3,三个月都已关账。 Quarter, its months closed."),
    ] = None,
    actor: Actor = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """Close a period by the job that the schedule runs, and tell which version stands."""
    from assets.dag.score import ACTOR_TAG
    from assets.score import archive, quarters
    from assets.score.periods import QUARTER, months_of, name_of
    from pipelines.cli_kpi import opened_snapshot
    from pipelines.run import execute

    settings = installed()
    kind, first = _period(month, quarter)
    name, last = name_of(kind, first), months_of(kind, first)[-1]
    if kind == QUARTER and not archive.closings(settings.scores_path, first, kind):
        with opened_snapshot(settings) as (_, con):
            quarters.require_ripe(con, settings.scores_path, first)
    with cli_output.progress(f"正在为 {name} 关账……", f"Closing {name} …", settings.language):
        tags = {ACTOR_TAG: who(actor)}
        execute(settings, "month_close", partition=f"{last:%Y-%m}", tags=tags)
    versions = archive.closings(settings.scores_path, first, kind)
    if as_json:
        cli_output.print_json(
            {
                kind: name,
                "versions": [
                    {"version": one.version, "at": one.at, "actor": one.actor,
                     "appeal": one.appeal, "rules": one.rule_version, "rule_hash": one.rule_hash}
                    for one in versions
                ],
            }
        )  # fmt: skip
        return
    one = versions[0]
    cli_output.say(
        f"{name} 已于 {one.at:%Y-%m-%d}(UTC)关账,经办 {one.actor},规则 {one.rule_version}"
        f"({one.rule_hash}),现为第 {len(versions)} 版;台账行号在下一次运行后可见。",
        f"{name} was closed on {one.at:%Y-%m-%d} (UTC) by {one.actor} under rules "
        f"{one.rule_version} ({one.rule_hash}); version {len(versions)} stands; "
        "the numbers of its rows show after the next run.",
        settings.language,
    )


def _period(month: str | None, quarter: str | None) -> tuple[str, date]:
    from assets.score.periods import QUARTER, parsed

    if (month is None) == (quarter is None):
        raise ConfigError("请说明关哪个期间。", "请写 --month 2026-09 或 --quarter 2026-Q3。")
    kind, first = parsed(month or quarter or "")
    if (kind == QUARTER) != (quarter is not None):
        raise ConfigError(f"「{month or quarter}」写法不对。", "月份用 --month,季度用 --quarter。")
    return kind, first


def who(actor: str | None) -> str:
    """Return the account that acts: the option, else the system's own."""
    return actor or getpass.getuser()


def names_of(con: Any) -> dict[tuple[str, str], str]:
    """Return the engineers' names by site and id."""
    rows = con.execute("select site_id, engineer_id, name from kpi.dim_engineers").fetchall()
    return {(site, engineer): name or engineer for site, engineer, name in rows}


def desk_of(settings: "Settings", con: Any) -> "Desk":
    """Return where decisions about scores are made, with the rules in force."""
    from assets.score.desk import Desk
    from config.rules import load_rules

    return Desk.of(settings, load_rules(settings.rules_dir), names_of(con).values())
