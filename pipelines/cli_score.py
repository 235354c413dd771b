"""The commands about engineers' scores: who stands where, and why.

Holds options, columns and words. Scores are made by ``assets.score`` and read through its reader,
which decides what a role may see; nothing is computed here.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assets.score.periods import name_of, parsed
from assets.score.words import (
    BANDS,
    COMPONENTS,
    RULE_ROWS,
    error,
    notes,
    points_text,
    state_text,
    whole,
)
from config.errors import ConfigError, StateError
from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.score.reading import Viewer
    from config.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="工程师评分:结果、台账、试算、奖金。 Engineers' scores."
)

AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
Month = Annotated[
    str | None,
    typer.Option(help="月份 2026-10 或季度 2026-Q4,默认最近一个。 Month or quarter."),
]
As = Annotated[
    str,
    typer.Option(
        "--as", help="以谁的身份看:head、engineer:工号、finance。 Who asks.", metavar="ROLE"
    ),
]
Lang = Annotated[str | None, typer.Option(help="zh 或 en。 Language.")]
# How many tickets of an engineer are told on either side.
_MOST_TOLD = 10


@command(
    app, "一个月(或季度)的评分:整数分与误差、相对同组的位置。", "Scores of a month or quarter."
)
def show(
    month: Month = None, role: As = "head", lang: Lang = None, *, as_json: AsJson = False
) -> None:
    """Print whole points with their error and the band, in the order of names."""
    from assets.score.reading import distribution, totals
    from assets.score.watch import beside

    settings = installed()
    viewer = viewer_of(role)
    with opened_snapshot(settings) as (snapshot, con):
        kind, first = period_of(con, month)
        rows = totals(con, viewer, kind, first)
        group = (
            distribution(con, viewer, kind, first, viewer.engineer_id)
            if viewer.engineer_id and rows
            else None
        )
        zh = is_zh(settings, lang)
        signs = beside(con, viewer, first, zh=zh)
    cli_output.mark_demo(snapshot.is_demo, "zh" if zh else "en", to_err=as_json)
    if as_json:
        cli_output.print_json(
            {
                "period": kind,
                "period_on": first,
                "scores": [_fields(row) for row in rows],
                "group": group,
            }
        )
        return
    heads = ("姓名", "工号", "得分", "相对同组", "同组", "说明")
    english = ("name", "engineer", "points", "band", "group", "notes")
    cli_output.print_table(
        heads if zh else english,
        [
            [
                row["name"],
                row["engineer_id"],
                points_text(row),
                BANDS[row["band"]][not zh],
                f"{row['peer_group'] or ('全部' if zh else 'all')} ({row['peer_count']})",
                _notes(row, signs.get((row["site_id"], row["engineer_id"])), zh=zh),
            ]
            for row in rows
        ],
        title=_title(kind, first, zh=zh),
    )
    if group:
        low, middle, high = group["quartiles"]
        cli_output.say(
            f"同组 {group['count']} 人:四分之一在 {low} 分以下,一半在 {middle} 分以下,"
            f"四分之一在 {high} 分以上。",
            f"Of {group['count']} in the group a quarter is below {low}, half below {middle}, "
            f"a quarter above {high}.",
            "zh" if zh else "en",
        )


@command(
    app,
    "一位工程师的台账:每一分来自哪张工单或哪条规则。",
    "An engineer's ledger: which ticket or rule every point comes from.",
)
def explain(
    engineer: Annotated[str, typer.Argument(help="工号。 Engineer.")],
    month: Month = None,
    role: As = "head",
    lang: Lang = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Print an engineer's components, rule rows and the tickets that moved most."""
    from assets.score import reading
    from assets.score.sentences import why

    settings = installed()
    viewer = viewer_of(role)
    with opened_snapshot(settings) as (snapshot, con):
        kind, first = period_of(con, month)
        parts = reading.components(con, viewer, kind, first, engineer)
        rows = reading.ledger_rows(con, viewer, kind, first, engineer, closed=settings.scores_path)
    zh = is_zh(settings, lang)
    language = "zh" if zh else "en"
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        told = [{**row, "points": str(row["points"]), "why": why(row, language)} for row in rows]
        asked = {"engineer_id": engineer, "period": kind, "period_on": first}
        cli_output.print_json({**asked, "components": parts, "ledger": told})
        return
    _tell_parts(parts, rows, _title(kind, first, zh=zh), zh=zh)
    _tell_cases(rows, zh=zh)
    total, stamp = sum(row["points"] for row in rows), rows[0]
    version = f"{stamp['rule_version']}({stamp['rule_hash']})"
    cli_output.say(
        f"台账 {len(rows)} 行,合计 {total:.9f} 分;规则版本 {version},"
        f"快照 {stamp['snapshot_hash']}。",
        f"{len(rows)} ledger rows add up to {total:.9f} points; rules {version}, "
        f"snapshot {stamp['snapshot_hash']}.",
        language,
    )


def _tell_cases(rows: Sequence[dict[str, Any]], *, zh: bool) -> None:
    """Print the tickets that gained and that cost most."""
    from assets.score.sentences import why

    cases = sorted((row for row in rows if row["rule_row"] is None), key=lambda row: row["points"])
    worst = [row for row in cases if row["points"] < 0][:_MOST_TOLD]
    best = [row for row in reversed(cases) if row["points"] > 0][:_MOST_TOLD]
    heads = ("行号", "分", "方面", "工单", "为什么")
    english = ("row", "points", "component", "ticket", "why")
    for words, chosen in ((("加分最多", "most gained"), best), (("扣分最多", "most lost"), worst)):
        cli_output.print_table(
            heads if zh else english,
            [
                [
                    row["ledger_id"],
                    f"{row['points']:+.3f}",
                    COMPONENTS[row["component"]][not zh],
                    row["subject_id"],
                    why(row, "zh" if zh else "en"),
                ]
                for row in chosen
            ],
            title=words[not zh],
        )


def _tell_parts(
    parts: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]], title: str, *, zh: bool
) -> None:
    heads = ("方面", "状态", "件数", "得分率", "占比", "得分", "工单合计", "规则行")
    english = ("component", "state", "cases", "of 100", "share", "points", "tickets", "rule rows")
    cells = []
    for part in parts:
        own = [row for row in rows if row["component"] == part["component"]]
        cases = sum(row["points"] for row in own if row["rule_row"] is None)
        rules = [row for row in own if row["rule_row"] is not None]
        cells.append(
            [
                COMPONENTS[part["component"]][not zh],
                state_text(part, zh=zh),
                part["case_count"],
                f"{part['points']:.1f}" if part["share"] else None,
                f"{part['share']:.1%}",
                f"{part['points'] * part['share']:.3f}" if part["share"] else None,
                f"{cases:+.3f}" if own else None,
                " ".join(f"{RULE_ROWS[row['rule_row']][not zh]} {row['points']:+.3f}"
                         for row in rules) or None,
            ]
        )  # fmt: skip
    cli_output.print_table(heads if zh else english, cells, title=title)


def viewer_of(text: str) -> "Viewer":
    """Return who asks, from ``head``, ``finance`` or ``engineer:ID``.

    Raises:
        ConfigError: no such role.
    """
    from assets.score.reading import Viewer

    name, _, engineer = text.partition(":")
    if name == "engineer" and engineer:
        return Viewer("engineer", engineer)
    if text == "head":
        return Viewer("head")
    if text == "finance":
        return Viewer("finance")
    raise ConfigError(f"没有身份「{text}」。", "可选:head、engineer:工号、finance。")


def period_of(con: Any, text: str | None, kind: str = "month") -> tuple[str, date]:
    """Return kind and first day of a month or quarter; the newest ``kind`` where none is named.

    Raises:
        ConfigError: not written like a month or quarter, or without scores.
    """
    from assets.score.reading import periods

    asked = parsed(text) if text is not None else None
    kind = asked[0] if asked else kind
    known = periods(con, kind)
    if asked is None and not known:
        raise StateError("还没有评分。", "请先运行 opspulse run。")
    first = asked[1] if asked else known[-1]
    if first not in known:
        spans = f"{known[0]:%Y-%m} 至 {known[-1]:%Y-%m}" if known else "无"
        raise ConfigError(f"{text} 没有评分。", f"有评分的期间:{spans}。")
    return kind, first


def is_zh(settings: "Settings", lang: str | None) -> bool:
    """Whether to speak Chinese: the option, else the installation's language."""
    return (lang or settings.language) == "zh"


def _title(kind: str, first: date, *, zh: bool) -> str:
    return f"{name_of(kind, first)} {'评分' if zh else 'scores'}"


def _notes(row: dict[str, Any], signs: str | None, *, zh: bool) -> str | None:
    return "；".join([*notes(row, zh=zh), *([signs] if signs else [])]) or None


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"whole_points": whole(row["points"]), "plus_minus": error(row)}
