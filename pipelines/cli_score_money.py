"""The commands that try out score rules and divide a bonus.

Holds options, columns and words; what they print is made by ``assets.score.simulate`` and
``assets.score.bonus``. ``cli_score`` shows the scores themselves.
"""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assets.score.periods import name_of
from assets.score.words import BANDS
from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_score import As, AsJson, Lang, Month, is_zh, period_of, viewer_of
from pipelines.cli_score_close import Actor, desk_of, names_of, who
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.score.approval import Bonus
    from assets.score.desk import Desk
    from assets.score.reading import Viewer
    from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands to the group of the scores."""
    command(
        app,
        "用另一份 score.yml 试算:谁会变动,是否超出误差;不改动任何数据。",
        "Try another score.yml: who would move, and whether beyond chance; writes nothing.",
    )(simulate)
    command(
        app,
        "奖金:试算(--pool)、起草(--draft)、批准并冻结(--approve)、查看已批准的金额。",
        "A bonus: try (--pool), draft (--draft), approve and freeze (--approve), or see it.",
    )(bonus)


def simulate(
    rules: Annotated[Path, typer.Option(help="新的评分规则文件。 The new rules.")],
    month: Month = None,
    lang: Lang = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print every engineer's score under both rules."""
    from assets.score.simulate import moves, tried, untried
    from config.rule_sources import RuleSource

    settings = installed()
    wanted = RuleSource(settings.rules_dir, {"score": rules}).rules()
    with opened_snapshot(settings) as (snapshot, con):
        kind, first = period_of(con, month)
        found = moves(con, wanted, kind, first)
        left = untried(con, wanted.score, kind, first)
    name, since = tried(wanted)
    zh = is_zh(settings, lang)
    language = "zh" if zh else "en"
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        told = [{**vars(one), "is_beyond_chance": one.is_beyond_chance} for one in found]
        cli_output.print_json(
            {"period": kind, "period_on": first, "rules": name,
             "effective_from": since, "moves": told, "not_tried": left}
        )  # fmt: skip
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
        title=_tried(name, since, name_of(kind, first), zh=zh),
    )
    if left:
        cli_output.say(
            f"{'、'.join(left)} 的改动要重新运行才会生效,没有计入试算。",
            f"Changes of {', '.join(left)} take a run and are not part of the trial.",
            language,
        )


def _tried(version: str, since: datetime | None, period: str, *, zh: bool) -> str:
    if zh:
        return f"{period} 试算规则 {version}" + (f"({since:%Y-%m-%d} 起生效)" if since else "")
    return f"{period} under rules {version}" + (
        f", in force from {since:%Y-%m-%d}" if since else ""
    )


def bonus(
    pool: Annotated[str | None, typer.Option(help="奖金总额(元)。 The pool in yuan.")] = None,
    month: Month = None,
    role: As = "head",
    actor: Actor = None,
    lang: Lang = None,
    *,
    draft: Annotated[bool, typer.Option("--draft", help="存为草案。 Keep as a draft.")] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="批准草案,金额冻结并写出财务文件。 Approve it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print each engineer's amount; finance sees amounts only."""
    from assets.score import approval
    from assets.score.bonus import allotted, cents

    if draft and pool is None:
        raise ConfigError("起草奖金需要总额。", "请加 --pool 金额。")
    settings = installed()
    viewer = viewer_of(role)
    with opened_snapshot(settings) as (snapshot, con):
        kind, first = period_of(con, month)
        desk = desk_of(settings, con)
        known = None
        if approve:
            known = approval.approve(desk, viewer, kind, first, who(actor))
        elif draft and pool is not None:
            known = approval.draft(
                con, desk, viewer, kind, first, pool_cents=cents(pool), actor=who(actor)
            )
        elif pool is None:
            known = _standing(desk, viewer, kind, first)
        names = names_of(con)
        rows = (
            [one | {"name": names.get((one["site_id"], one["engineer_id"]))}
             for one in known.amounts]
            if known
            else allotted(con, viewer, kind, first, cents(pool or "0"))
        )  # fmt: skip
        is_told = known is not None and viewer.role != "engineer"
        path = _frozen(settings, con, known, rows) if known and is_told else None
    zh = is_zh(settings, lang)
    language = "zh" if zh else "en"
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        cli_output.print_json(
            {"period": kind, "period_on": first, "rows": rows, "state": _state(known),
             "file": str(path) if path else None}
        )  # fmt: skip
        return
    _print_amounts(rows, zh=zh)
    if viewer.role != "engineer":
        total = sum(row["amount_cny"] for row in rows)
        cli_output.say(f"合计 {total:.2f} 元。", f"Total {total:.2f}.", language)
    cli_output.say(*_told(known, path), language)


def _standing(desk: "Desk", viewer: "Viewer", kind: str, first: date) -> "Bonus":
    from assets.score import approval

    found = approval.current(desk, viewer, kind, first)
    if found is None:
        raise ConfigError(f"{name_of(kind, first)} 没有已批准的奖金。", "试算请加 --pool 金额。")
    return found


def _frozen(
    settings: "Settings", con: Any, known: "Bonus", rows: list[dict[str, Any]]
) -> Path | None:
    """Write the file for finance, or return the one that stands; None of a draft."""
    from exports.bonus import write_bonus

    if known.approved_at is None:
        return None
    return write_bonus(
        settings, con, period=known.period, pool=known.pool_cny, amounts=rows,
        approved_by=known.approved_by or "", approved_at=known.approved_at,
    )  # fmt: skip


def _state(known: "Bonus | None") -> str:
    if known is None:
        return "trial"
    return "approved" if known.approved_at else "draft"


def _told(known: "Bonus | None", path: Path | None) -> tuple[str, str]:
    if known is None:
        return "试算,不保存;存为草案请加 --draft。", "A trial; --draft keeps it."
    if known.approved_at is None:
        return (
            f"草案(第 {known.draft_id} 号决定),批准请用 --approve。",
            f"A draft (decision {known.draft_id}); --approve freezes it.",
        )
    file = (f" 财务文件:{path}", f" File for finance: {path}") if path else ("", "")
    return (
        f"已由 {known.approved_by} 于 {known.approved_at:%Y-%m-%d}(UTC)批准,金额已冻结。{file[0]}",
        f"Approved by {known.approved_by} on {known.approved_at:%Y-%m-%d} (UTC): frozen.{file[1]}",
    )


def _print_amounts(rows: list[dict[str, Any]], *, zh: bool) -> None:
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
