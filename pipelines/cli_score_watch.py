"""The command that shows the head signs of manoeuvres beside the scores.

Holds options, columns and words; what a sign is and who may see it is decided in
``assets.score.watch``.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assets.score.periods import name_of
from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_score import As, AsJson, Lang, is_zh, period_of, viewer_of
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.score.watch import Sign

Quarter = Annotated[
    str | None, typer.Option(help="季度 2026-Q3，默认最近一个。 Quarter; the newest by default.")
]
All = Annotated[bool, typer.Option("--all", help="也列出漏斗以内的。 Also those within limits.")]


def register(app: typer.Typer) -> None:
    """Add the command to the group of the scores."""
    command(
        app,
        "行为提示:拆单、抢易单、挂起、早关等是否超出偶然;只给科主任看,不计入评分。",
        "Signs of manoeuvres beyond chance; for the head alone, never part of a score.",
    )(watch)


def watch(
    quarter: Quarter = None,
    role: As = "head",
    lang: Lang = None,
    *,
    every: All = False,
    as_json: AsJson = False,
) -> None:
    """Print each engineer's signs with what the same work gives colleagues, and chance's limit."""
    from assets.score.watch import signs

    settings = installed()
    viewer = viewer_of(role)
    with opened_snapshot(settings) as (snapshot, con):
        _, first = period_of(con, quarter, kind="quarter")
        found = signs(con, viewer, first)
    zh = is_zh(settings, lang)
    language = "zh" if zh else "en"
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        cli_output.print_json({"quarter_on": first, "signs": [_fields(one) for one in found]})
        return
    listed = [one for one in found if one.is_shown or every]
    heads = ("姓名", "工号", "行为", "次数", "应有", "上限", "机会", "难度比", "提示")
    english = ("name", "engineer", "sign", "hits", "expected", "limit", "occasions", "mix", "shown")
    cli_output.print_table(
        heads if zh else english,
        [
            [
                one.name,
                one.engineer_id,
                one.detector.zh if zh else one.detector.en,
                one.hits,
                f"{one.expected:.1f}",
                one.limit,
                one.cases,
                None if one.mix is None else f"{one.mix:.2f}",
                (("是", "yes") if one.is_shown else ("", ""))[not zh],
            ]
            for one in listed
        ],
        title=name_of("quarter", first),
    )
    cli_output.say(
        "「应有」按同类工作的全科比例推算;超过「上限」且明显多于应有才提示。提示只说明值得了解,"
        "不是结论,也不改变评分。",
        "Expected: at the department's rates for like work. A sign is a reason to look, "
        "no verdict, and changes no score.",
        language,
    )


def _fields(sign: "Sign") -> dict[str, Any]:
    detector = {"code": sign.detector.code, "zh": sign.detector.zh, "en": sign.detector.en}
    return asdict(sign) | {"detector": detector}
