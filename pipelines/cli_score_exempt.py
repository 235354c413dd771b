"""The commands about repeats that are not charged: asked for, and approved by a second person.

Holds options and words. Rights and steps are those of ``assets.score.exemptions``.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import cli_output
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_score import As, AsJson, viewer_of
from pipelines.cli_score_close import Actor, desk_of, who
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.score.reading import Viewer

app = typer.Typer(
    no_args_is_help=True,
    help="复发豁免:申请、第二人批准、豁免率。 Repeats that are not charged.",
)

Ticket = Annotated[str, typer.Argument(metavar="TICKET", help="被记复发的维修工单。 The repair.")]
Why = Annotated[str, typer.Option("--reason", help="理由。 Why.")]
_STATES = {
    None: ("计入", "charged"),
    "asked": ("待批准", "asked"),
    "approved": ("已豁免", "exempted"),
    "rejected": ("不批准", "rejected"),
}


@command(
    app,
    "复发及其豁免;科主任另看每人的豁免率。",
    "Repeats and their exemptions; for the head each engineer's share as well.",
    name="list",
)
def list_(role: As = "head", *, as_json: AsJson = False) -> None:
    """Print the repeats that the viewer may see."""
    from assets.causes.topic import Names
    from assets.score.exemptions import charges, rates

    settings, viewer = installed(), viewer_of(role)
    language = settings.language
    with opened_snapshot(settings) as (snapshot, con):
        rows = charges(con, viewer)
        shares = rates(con, viewer) if viewer.role == "head" else []
        names = Names(con, language)
        codes = {
            row["code"]: names.label("exempt_code", row["code"]) for row in rows if row["code"]
        }
    cli_output.mark_demo(snapshot.is_demo, language, to_err=as_json)
    if as_json:
        cli_output.print_json({"repeats": rows, "rates": shares})
        return
    zh = language == "zh"
    cli_output.print_table(
        ["工单", "工号", "修复日", "复发工单", "状态", "原因", "申请", "批准"]
        if zh
        else ["ticket", "engineer", "restored", "came back", "state", "why", "asked", "answered"],
        [
            [
                row["ticket_id"], row["engineer_id"], row["restored_on"],
                row["recurred_ticket_id"], _STATES[row["state"]][not zh], codes.get(row["code"]),
                row["asked_by"], row["answered_by"],
            ]
            for row in rows
        ],
    )  # fmt: skip
    if shares:
        cli_output.print_table(
            ["工号", "复发", "已豁免", "豁免率"]
            if zh
            else ["engineer", "repeats", "exempted", "share"],
            [
                [one["engineer_id"], one["repeats"], one["exempted"], f"{one['share']:.0%}"]
                for one in shares
            ],
        )


@command(app, "申请豁免一次复发。", "Ask that a repair is not charged.")
def ask(
    ticket: Ticket,
    code: Annotated[str, typer.Option(help="豁免原因代码,见 score.yml。 Why, by code.")],
    reason: Why,
    actor: Actor = None,
    role: As = "head",
) -> None:
    """Append the request."""
    from assets.score import exemptions

    settings, viewer = installed(), viewer_of(role)
    with opened_snapshot(settings) as (_, con):
        exemptions.ask(
            con, desk_of(settings, con), viewer, ticket,
            code=code, reason=reason, actor=_actor(viewer, actor),
        )  # fmt: skip
    cli_output.say(
        f"已申请豁免 {ticket},等待第二人批准。",
        f"Asked for {ticket}; a second person has to approve.",
        settings.language,
    )


@command(app, "第二人批准(--approve)或不批准(--reject)。", "A second person approves or rejects.")
def answer(
    ticket: Ticket,
    actor: Actor = None,
    reason: Annotated[str, typer.Option("--reason", help="不批准的理由。 Why not.")] = "",
    role: As = "head",
    *,
    approve: Annotated[bool, typer.Option("--approve/--reject", help="批准与否。 The answer.")],
) -> None:
    """Append the answer."""
    from assets.score import exemptions

    settings = installed()
    with opened_snapshot(settings) as (_, con):
        exemptions.answer(
            con, desk_of(settings, con), viewer_of(role), ticket,
            is_approved=approve, reason=reason, actor=who(actor),
        )  # fmt: skip
    zh, en = ("已批准", "approved") if approve else ("未批准", "rejected")
    cli_output.say(
        f"{ticket} 的豁免{zh};下一次运行后生效。",
        f"{ticket}: {en}; it counts after the next run.",
        settings.language,
    )


def _actor(viewer: "Viewer", actor: str | None) -> str:
    """Return who asks: an engineer is themselves, whatever account they use."""
    found: Any = viewer.engineer_id if viewer.role == "engineer" else None
    return found or who(actor)
