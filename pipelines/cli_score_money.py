"""The commands that try out score rules and divide a bonus.

Holds options, columns and words; what they print is made by ``assets.score.simulate`` and
``assets.score.bonus``. ``cli_score`` shows the scores themselves.
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_score import BANDS, As, AsJson, Lang, Month, is_zh, period_of, viewer_of
from pipelines.cli_settings import installed


def register(app: typer.Typer) -> None:
    """Add the commands to the group of the scores."""
    command(
        app,
        "用另一份 score.yml 试算:谁会变动,是否超出误差;不改动任何数据。",
        "Try another score.yml: who would move, and whether beyond chance; writes nothing.",
    )(simulate)
    command(
        app,
        "分配奖金:按规则分到分,合计等于总额;供人审批,不自动生效。",
        "Divide a bonus to the cent; advice for approval, nothing takes effect by itself.",
    )(bonus)


def simulate(
    rules: Annotated[Path, typer.Option(help="新的评分规则文件。 The new rules.")],
    month: Month = None,
    lang: Lang = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print every engineer's score under both rules."""
    from assets.score.simulate import moves, untried
    from config.rule_sources import RuleSource

    settings = installed()
    wanted = RuleSource(settings.rules_dir, {"score": rules}).rules()
    with opened_snapshot(settings) as (snapshot, con):
        kind, first = period_of(con, month)
        found = moves(con, wanted, kind, first)
        left = untried(con, wanted.score, kind, first)
    zh = is_zh(settings, lang)
    language = "zh" if zh else "en"
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        told = [{**vars(one), "is_beyond_chance": one.is_beyond_chance} for one in found]
        cli_output.print_json(
            {"period": kind, "period_on": first, "moves": told, "not_tried": left}
        )
        return
    heads = ("姓名", "工号", "现得分", "新得分", "变动", "超出误差", "相对同组")
    english = ("name", "engineer", "now", "new", "move", "beyond chance", "band")
    cli_output.print_table(
        heads if zh else english,
        [
            [
                one.name,
                one.engineer_id,
                round(one.before),
                round(one.after),
                f"{one.after - one.before:+.1f}",
                (("是", "yes") if one.is_beyond_chance else ("否", "no"))[not zh],
                " → ".join(
                    dict.fromkeys(BANDS[band][not zh] for band in (one.band_before, one.band_after))
                ),
            ]
            for one in found
        ],
    )
    if left:
        cli_output.say(
            f"{'、'.join(left)} 的改动要重新运行才会生效,没有计入试算。",
            f"Changes of {', '.join(left)} take a run and are not part of the trial.",
            language,
        )


def bonus(
    pool: Annotated[str, typer.Option(help="奖金总额(元)。 The pool in yuan.")],
    month: Month = None,
    role: As = "head",
    lang: Lang = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print each engineer's amount; finance sees amounts only."""
    from assets.score.bonus import allotted, cents

    settings = installed()
    viewer, amount = viewer_of(role), cents(pool)
    with opened_snapshot(settings) as (snapshot, con):
        kind, first = period_of(con, month)
        rows = allotted(con, viewer, kind, first, amount)
    zh = is_zh(settings, lang)
    language = "zh" if zh else "en"
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        cli_output.print_json({"period": kind, "period_on": first, "rows": rows})
        return
    words = {
        "name": ("姓名", "name"),
        "engineer_id": ("工号", "engineer"),
        "grade": ("职级", "grade"),
        "grade_factor": ("系数", "factor"),
        "attendance": ("出勤", "attendance"),
        "points": ("得分", "points"),
        "amount_cny": ("金额(元)", "amount"),
    }
    shown = [name for name in words if rows and name in rows[0]]
    cli_output.print_table(
        [words[name][not zh] for name in shown],
        [
            [f"{row[name]:.1%}" if name == "attendance" else row[name] for name in shown]
            for row in rows
        ],
    )
    if viewer.role != "engineer":
        total = sum(row["amount_cny"] for row in rows)
        cli_output.say(
            f"合计 {total} 元,与总额一致:{'✔' if total * 100 == amount else '✘'}。草案,待审批。",
            f"Total {total}, equal to the pool: {'✔' if total * 100 == amount else '✘'}. A draft.",
            language,
        )
    if any(not row.get("is_final", True) for row in rows):
        cli_output.say("评分尚未最终。", "The scores are not final yet.", language)
