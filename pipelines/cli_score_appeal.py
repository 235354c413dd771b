"""The commands about appeals: an engineer objects to ledger rows, somebody else decides.

Holds options and words. Steps and rights are those of ``assets.score.appeals``; row numbers are
printed by ``score explain`` for closed months.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assets.score.words import APPEALS
from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_score import As, AsJson, viewer_of
from pipelines.cli_score_close import Actor, desk_of, who
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.score.appeal_states import Appeal
    from assets.score.desk import Desk

app = typer.Typer(
    no_args_is_help=True, help="申诉:提交、受理、裁决、列表。 Appeals against a closed ledger."
)

Id = Annotated[str, typer.Argument(metavar="APPEAL", help="申诉编号。 The appeal's id.")]
Why = Annotated[str, typer.Option("--reason", help="理由。 Why.")]


@command(
    app,
    "提交:对已关账月份自己台账中的行提出申诉。",
    "Object to rows of one's own ledger of a closed month.",
)
def submit(
    rows: Annotated[list[int], typer.Argument(metavar="ROW…", help="台账行号。 Ledger rows.")],
    month: Annotated[str, typer.Option(help="月份,如 2026-09。 Month, such as 2026-09.")],
    reason: Why,
    role: Annotated[str, typer.Option("--as", help="engineer:工号。 Who objects.")],
    evidence: Annotated[
        list[str] | None, typer.Option(help="证据,如事件号、单号;可多次。 What shows it.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Append an appeal and tell until when it is to be taken up."""
    from assets.score import appeals

    desk = _desk()
    one = appeals.submit(desk, viewer_of(role), _month(month), rows, reason, evidence or ())
    _tell(desk, one, as_json=as_json)


@command(app, "受理一份申诉。", "Take an appeal up.")
def accept(appeal: Id, actor: Actor = None, role: As = "head", *, as_json: AsJson = False) -> None:
    """Append the step."""
    from assets.score import appeals

    desk = _desk()
    _tell(desk, appeals.accept(desk, viewer_of(role), appeal, who(actor)), as_json=as_json)


@command(
    app,
    "裁决:成立(--uphold)或不成立(--reject);成立即写入更正与新版本。",
    "Decide: upheld or not; what is upheld is corrected at once, as a new version.",
)
def decide(
    appeal: Id,
    reason: Why,
    actor: Actor = None,
    role: As = "head",
    row: Annotated[
        list[str] | None,
        typer.Option(help="行号=更正后的分值,默认 0(不扣分)。 ROW=points it becomes."),
    ] = None,
    *,
    uphold: Annotated[bool, typer.Option("--uphold/--reject", help="成立或不成立。 Verdict.")],
    as_json: AsJson = False,
) -> None:
    """Append the verdict; corrections are new rows and a new version."""
    from assets.score import appeals

    desk = _desk()
    one = appeals.settle(
        desk, viewer_of(role), appeal, who(actor), is_upheld=uphold, reason=reason,
        points=dict(map(_worth, row or ())),
    )  # fmt: skip
    _tell(desk, one, as_json=as_json)


@command(
    app,
    "列表:工程师看自己的,科主任看全部与成立比例。",
    "List: an engineer's own; all of them and the share upheld for the head.",
    name="list",
)
def list_(role: As = "head", *, as_json: AsJson = False) -> None:
    """Print the appeals that the viewer may see."""
    from assets.score.appeal_states import listed, tally

    desk, viewer = _desk(), viewer_of(role)
    found = listed(desk, viewer)
    total = tally(desk, viewer) if viewer.role == "head" else None
    if as_json:
        cli_output.print_json(
            {"appeals": [asdict(one) for one in found], "tally": asdict(total) if total else None}
        )
        return
    language = desk.settings.language
    zh = language == "zh"
    cli_output.print_table(
        ["编号", "工号", "行", "状态", "期限", "超期", "理由", "裁决"]
        if zh
        else ["id", "engineer", "rows", "state", "due", "late", "reason", "verdict"],
        [_cells(one, zh=zh) for one in found],
    )
    if total is not None:
        share = "—" if total.upheld_share is None else f"{total.upheld_share:.0%}"
        cli_output.say(
            f"待裁决 {total.open},已裁决 {total.decided},成立 {total.upheld}({share}),"
            f"超期 {total.late}。",
            f"{total.open} open, {total.decided} decided, {total.upheld} upheld ({share}), "
            f"{total.late} late.",
            language,
        )


def _desk() -> "Desk":
    settings = installed()
    with opened_snapshot(settings) as (_, con):
        return desk_of(settings, con)


def _cells(one: "Appeal", *, zh: bool) -> Sequence[Any]:
    return [
        one.appeal_id, one.engineer_id, " ".join(map(str, one.rows)), APPEALS[one.state][not zh],
        one.due_on, ("是", "yes")[not zh] if one.is_late else None, one.reason, one.verdict,
    ]  # fmt: skip


def _tell(desk: "Desk", one: "Appeal", *, as_json: bool) -> None:
    from assets.score.corrections import difference

    changed = difference(desk.settings.scores_path, one.appeal_id)
    if as_json:
        fields = asdict(one)
        if changed is not None:
            fields |= {"before": changed.before, "after": changed.after,
                       "rows_added": [_row(row) for row in changed.rows]}  # fmt: skip
        cli_output.print_json(fields)
        return
    language = desk.settings.language
    until = (f",期限 {one.due_on}", f", due {one.due_on}") if one.due_on else ("", "")
    state = APPEALS[one.state]
    cli_output.say(
        f"申诉 {one.appeal_id}:{state[0]}{until[0]}。",
        f"Appeal {one.appeal_id}: {state[1]}{until[1]}.",
        language,
    )
    if changed is not None:
        cli_output.say(
            f"第 {changed.closing.version} 版:得分 {changed.before:.3f} → {changed.after:.3f},"
            f"新增 {len(changed.rows)} 行更正;下一次运行后可见。",
            f"Version {changed.closing.version}: {changed.before:.3f} → {changed.after:.3f} by "
            f"{len(changed.rows)} further rows; it shows after the next run.",
            language,
        )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    names = ("ledger_id", "component", "subject_id", "rule_row", "evidence")
    return {name: row[name] for name in names} | {"points": str(row["points"])}


def _worth(text: str) -> tuple[int, Decimal]:
    number, _, points = text.partition("=")
    try:
        return int(number), Decimal(points)
    except (ValueError, InvalidOperation):
        raise ConfigError(f"「{text}」写法不对。", "请写成 行号=分值,如 128=-0.5。") from None


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a local month
    except ValueError:
        raise ConfigError(f"月份「{text}」不对。", "请写成 YYYY-MM,如 2026-09。") from None
