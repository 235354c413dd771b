"""The command that closes a month of the scores, and what all deciding commands of scores need.

Holds options and words. The closing is a Dagster job like any other writer of an installation; what
it keeps is made by ``assets.score.closing``.
"""

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
        "关账:把一个月的得分与台账写入只追加的档案,以后只能经申诉更正。",
        "Close a month: its scores and ledgers stand for ever; only an appeal corrects them.",
    )(close)


def close(
    month: Annotated[str, typer.Option(help="月份,如 2026-09。 Month, such as 2026-09.")],
    actor: Actor = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """Close a month by the job that the schedule runs, and tell which version stands."""
    from datetime import datetime

    from assets.dag.score import ACTOR_TAG
    from assets.score import archive
    from pipelines.run import execute

    settings = installed()
    with cli_output.progress(f"正在为 {month} 关账……", f"Closing {month} …", settings.language):
        execute(settings, "month_close", partition=month, tags={ACTOR_TAG: who(actor)})
    first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a local month
    versions = archive.closings(settings.scores_path, first)
    if as_json:
        cli_output.print_json(
            {
                "month": month,
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
        f"{month} 已于 {one.at:%Y-%m-%d}(UTC)关账,经办 {one.actor},规则 {one.rule_version}"
        f"({one.rule_hash}),现为第 {len(versions)} 版。",
        f"{month} was closed on {one.at:%Y-%m-%d} (UTC) by {one.actor} under rules "
        f"{one.rule_version} ({one.rule_hash}); version {len(versions)} stands.",
        settings.language,
    )


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
