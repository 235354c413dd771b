"""The commands about people's load and leaving: early warning, impact, the hand-over pack.

Holds options, columns and words; what they print is read by ``assets.continuity``.
"""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_score import As, AsJson, Lang, is_zh, viewer_of
from pipelines.cli_settings import installed

app = typer.Typer(
    no_args_is_help=True,
    help="人员负荷与交接:过载预警、离职影响、交接清单。 Load of people, leaving, hand-over.",
)
Who = Annotated[str, typer.Argument(help="工号,几个院区同号时写 院区/工号。 Engineer.")]
_SIGNS = {
    "off_hours": ("非工作时段多", "much outside ordinary hours"),
    "overtime": ("超时多", "much beyond the roster"),
    "held": ("手上工单多", "many tickets in hand"),
    "run": ("连续工作久", "many days in a row"),
}


@command(
    app,
    "过载预警:非工作时段、超时、手上工单、连续天数;不计入评分。",
    "Early warning of strain, by four signs; never part of a score.",
)
def load(role: As = "head", lang: Lang = None, *, as_json: AsJson = False) -> None:
    """Print the overload index of every engineer."""
    from assets.continuity.strain import strains

    settings = installed()
    with opened_snapshot(settings) as (snapshot, con):
        rows = strains(con, viewer_of(role).role)
    zh = is_zh(settings, lang)
    cli_output.mark_demo(snapshot.is_demo, "zh" if zh else "en", to_err=as_json)
    if as_json:
        cli_output.print_json([{**asdict(one), "index": one.index} for one in rows])
        return
    heads = (
        "姓名",
        "工号",
        "指数",
        "预警",
        "工时",
        "非工作时段",
        "超时",
        "手上",
        "连续天数",
        "信号",
    )
    english = (
        "name", "engineer", "index", "warning", "hours", "off hours", "overtime", "held", "run",
        "signs",
    )  # fmt: skip
    cli_output.print_table(
        heads if zh else english,
        [
            [
                one.name,
                one.engineer_id,
                one.index,
                (("是", "yes") if one.is_warning else ("", ""))[not zh],
                f"{one.hands_on_hours:.0f}",
                None if one.off_hours_share is None else f"{one.off_hours_share:.0%}",
                None if one.overtime_share is None else f"{one.overtime_share:.0%}",
                one.held,
                one.run_days,
                ("、" if zh else ", ").join(_SIGNS[sign][not zh] for sign in one.signs) or None,
            ]
            for one in rows
        ],
    )


@command(
    app,
    "离职影响:手上的工单、项目、备件、权限,只有本人会的,接替进展。",
    "What an engineer's leaving means: items in hand, sole knowledge, the successor.",
)
def impact(who: Who, role: As = "head", lang: Lang = None, *, as_json: AsJson = False) -> None:
    """Print the impact of an engineer's leaving."""
    from assets.continuity.leaving import leaving
    from assets.continuity.pack import KINDS, SCOPES, TITLES

    settings = installed()
    with opened_snapshot(settings) as (snapshot, con):
        about = leaving(con, who, viewer_of(role).role)
    zh = is_zh(settings, lang)
    language = "zh" if zh else "en"
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        cli_output.print_json(asdict(about))
        return
    counts = about.counts()
    cli_output.print_table(
        ("交接部分", "数量", "其中") if zh else ("section", "items", "of which"),
        [
            [
                TITLES[section][not zh],
                len(items),
                ("、" if zh else ", ").join(
                    f"{KINDS[kind][not zh]} {counts[kind]}"
                    for kind in dict.fromkeys(item["kind"] for item in items)
                )
                or None,
            ]
            for section, items in about.items.items()
        ],
        title=f"{about.name} ({about.engineer_id})",
    )
    alone = ("、" if zh else ", ").join(
        f"{SCOPES[scope][not zh]} {thing}" for scope, thing in about.alone
    )
    cli_output.say(
        f"只有本人做得来的关键对象:{alone or '没有'}。",
        f"Critical things that nobody else can do: {alone or 'none'}.",
        language,
    )
    for one in about.handovers:
        hours = f"{one.assign_seconds / 3600:.0f}"
        cli_output.say(
            f"{one.announced_on} 提出,接替人 {one.to_engineer_id or '未指派'},"
            f"用时 {hours} 小时,已交接 {one.done}/{one.sections}。",
            f"Announced {one.announced_on}, successor {one.to_engineer_id or 'not named'} after "
            f"{hours} h, {one.done} of {one.sections} sections.",
            language,
        )


@command(
    app,
    "写出交接清单工作簿:影响、六类清单、接替与观察。",
    "Write the hand-over workbook: impact, six sections, the successor's observation.",
)
def pack(who: Who, role: As = "head") -> None:
    """Write an engineer's hand-over pack and print its file."""
    from assets.viewers import Viewer
    from exports.handover import write_handover

    settings = installed()
    path = write_handover(settings, Viewer(viewer_of(role).role), who)
    cli_output.say(f"已写出 {path}", f"Wrote {path}", settings.language)
