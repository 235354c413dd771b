"""The commands about fault texts: the review queue, confirming and rejecting, the model's quality.

Holds options and words. The queue is read from the current snapshot, what people decide is appended
to `decisions.db`; the next run heeds it. Texts have lost names and personal numbers on their way.
"""

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_coding import drawn
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.decision_kinds import Payload
    from config.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="故障描述:待复核的、确认、识别质量。 Fault texts: review, quality."
)

ROLE = "head"
_MOST_SHOWN = 50
_BY = {
    "confirmed": ("已确认过的原文", "confirmed text"),
    "phrase": ("短语", "phrase"),
    "model": ("模型", "model"),
    "none": ("没把握", "unsure"),
}
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
TicketArgument = Annotated[
    list[str], typer.Argument(metavar="TICKET…", help="工单编号或工单号。 Ticket ids or numbers.")
]
As = Annotated[
    str | None,
    typer.Option("--as", help="以谁的名义,默认当前系统账户。 On whose behalf; default: you."),
]
Site = Annotated[str | None, typer.Option(help="院区,多院区时必填。 Site, if there are several.")]


@command(
    app,
    "待复核的工单:没有故障类型或只写「其他」,附建议代码与把握。",
    "Tickets to review: no fault family or Other, with the proposal and its confidence.",
)
def queue(
    *,
    limit: Annotated[int, typer.Option(min=1, help="最多列出多少。 At most.")] = _MOST_SHOWN,
    as_json: AsJson = False,
) -> None:
    """List the tickets whose fault nobody has named."""
    settings = installed()
    rows = _queue(settings)
    if as_json:
        cli_output.print_json({"total": len(rows), "rows": rows[:limit]})
        return
    zh = settings.language == "zh"
    if not rows:
        cli_output.say("没有待复核的工单。", "Nothing to review.", settings.language)
        return
    head = ["工单", "日期", "描述", "建议", "把握", "依据", "主题"]
    english = ["ticket", "day", "text", "proposal", "confidence", "by", "topic"]
    cli_output.print_table(head if zh else english, [_cells(row, zh=zh) for row in rows[:limit]])
    cli_output.say(
        f"共 {len(rows)} 张。接受建议:opspulse faults confirm 工单;改成别的:--code 代码;"
        "建议不对又说不清:opspulse faults reject 工单。",
        f"{len(rows)} in all. Accept: opspulse faults confirm TICKET; another code: --code CODE; "
        "wrong but unclear: opspulse faults reject TICKET.",
        settings.language,
    )


def _cells(row: dict[str, Any], *, zh: bool) -> list[Any]:
    code = row["code_suggested"] or row["nearest_code"]
    proposal = f"{row['family']} {code}" if code else ""
    if row["code_suggested"] is None and code:
        proposal = f"({proposal})"
    by = _BY[row["suggested_by"]][0 if zh else 1]
    because = f"{by}:{row['because']}" if row["because"] else by
    sure = f"{float(row['confidence']):.0%}" if proposal else ""
    number = row["ticket_no"] or row["ticket_id"]
    text = row["fault_text"]
    return [number, row["reported_on"], text, proposal, sure, because, row["topic"] or ""]


@command(
    app,
    "确认故障类型:接受建议,或用 --code 指定;工程师原来的代码保留不动。",
    "Confirm the fault family: the proposal, or --code; the engineer's own code is kept.",
)
def confirm(
    tickets: TicketArgument,
    *,
    code: Annotated[str | None, typer.Option(help="故障代码。 Fault family code.")] = None,
    who: As = None,
    site: Site = None,
) -> None:
    """Append a person's fault code for each ticket."""
    from assets.decision_kinds import FaultCode
    from assets.decisions import Draft, append

    settings = installed()
    if code is not None:
        _require_family(settings, code)
    drafts = []
    for row in _chosen(settings, tickets, site):
        given = code or row["code_suggested"]
        if given is None:
            raise ConfigError(
                f"工单 {row['ticket_id']} 没有建议代码。", "请用 --code 指定故障代码。"
            )
        payload = FaultCode(
            code=given,
            code_suggested=row["code_suggested"],
            confidence=row["confidence"],
            text=row["normal_text"][:500],
        )
        drafts.append(_draft(Draft, row, "fault_code", payload, who))
    done = append(settings.decisions_path, drafts)
    _told(settings, len(done))


@command(
    app,
    "建议不对,但也说不清是什么:只记下否定。",
    "The proposal is wrong and nobody knows better: only the rejection is kept.",
)
def reject(tickets: TicketArgument, *, who: As = None, site: Site = None) -> None:
    """Append the rejection of each ticket's proposal."""
    from assets.decision_kinds import FaultCodeRejected
    from assets.decisions import Draft, append

    settings = installed()
    drafts = []
    for row in _chosen(settings, tickets, site):
        if row["code_suggested"] is None:
            raise ConfigError(f"工单 {row['ticket_id']} 没有建议可否定。", "")
        payload = FaultCodeRejected(
            code_suggested=row["code_suggested"], text=row["normal_text"][:500]
        )
        drafts.append(_draft(Draft, row, "fault_code_rejected", payload, who))
    done = append(settings.decisions_path, drafts)
    _told(settings, len(done))


@command(
    app,
    "添一条短语规则:描述里有这个短语就建议这个代码;--off 取消。",
    "Add a phrase: texts with it are proposed this code; --off takes it back.",
)
def phrase(
    words: Annotated[str, typer.Argument(metavar="PHRASE", help="短语。 Phrase.")],
    code: Annotated[str | None, typer.Argument(help="故障代码。 Fault family code.")] = None,
    *,
    off: Annotated[bool, typer.Option("--off", help="取消。 Take back.")] = False,
    who: As = None,
) -> None:
    """Append a phrase that names a fault family, or take it back."""
    from assets.decision_kinds import FaultPhrase
    from assets.decisions import Draft, append
    from assets.texts.scrub import Scrubber

    settings = installed()
    if off == (code is not None):
        raise ConfigError("请给出故障代码,或用 --off 取消这条短语。", "")
    if code is not None:
        _require_family(settings, code)
    subject = Scrubber().scrub(words)
    payload = FaultPhrase(code=code)
    append(settings.decisions_path, [Draft(_who(who), ROLE, "fault_phrase", subject, payload)])
    _told(settings, 1)


@command(
    app,
    "识别模型的质量:在它没见过的后期工单上的覆盖率、准确率与 κ。",
    "The model's quality on later tickets that it had not seen: coverage, precision, kappa.",
)
def quality(*, as_json: AsJson = False) -> None:
    """Show what each learnt model reached on its hold-out."""
    from assets import metrics
    from assets.analysis.proportions import wilson

    settings = installed()
    with opened_snapshot(settings) as (_, con):
        rows = metrics.detail_rows(
            con, "fault_model_quality", role=ROLE, order_by="load_id desc, model_version"
        )
    if as_json:
        cli_output.print_json(rows)
        return
    zh = settings.language == "zh"
    if not rows:
        cli_output.say(
            "还没有学习过模型:已编码的工单太少。",
            "No model yet: too few coded tickets.",
            settings.language,
        )
        return

    def share(part: int, whole: int) -> str:
        low, high = wilson(part, whole)
        if low is None or high is None:
            return "—"
        return f"{part / whole:.1%} ({low:.1%}–{high:.1%}, n={whole})"

    head = ["模型", "学到(UTC)", "阈值", "覆盖率", "准确率", "κ"]
    english = ["model", "learnt until (UTC)", "threshold", "coverage", "precision", "κ"]
    cli_output.print_table(
        head if zh else english,
        [
            [
                row["model_version"], row["learnt_until"], row["threshold"],
                share(row["answered_count"], row["judged_count"]),
                share(row["agreed_count"], row["answered_count"]),
                "—" if row["kappa"] is None
                else f"{row['kappa']} ({row['kappa_lo']}–{row['kappa_hi']})",
            ]
            for row in rows
        ],
    )  # fmt: skip


def _queue(settings: "Settings") -> list[dict[str, Any]]:
    """Return the review queue: what is surest first, then the newest; ``family`` in words."""
    from assets import metrics

    with opened_snapshot(settings) as (snapshot, con):
        cli_output.mark_demo(snapshot.is_demo, settings.language)
        rows = metrics.detail_rows(
            con,
            "detail_fault_queue",
            role=ROLE,
            order_by="code_suggested is null, confidence desc, reported_on desc, ticket_id",
        )
        codes = {row["code_suggested"] or row["nearest_code"] for row in rows} - {None}
        words = {
            code: metrics.label(con, "fault_family", code, settings.language) for code in codes
        }
        return [
            {**row, "family": words.get(row["code_suggested"] or row["nearest_code"])}
            for row in rows
        ]


def _chosen(settings: "Settings", names: list[str], site: str | None) -> list[dict[str, Any]]:
    """Return the rows of these tickets in the queue or among those drawn for a second coding.

    Raises:
        ConfigError: a ticket is in neither, or several sites have one of that name.
    """
    everything = [*_queue(settings), *drawn(settings)]
    rows = [row for row in everything if site is None or row["site_id"] == site]
    chosen = []
    for name in names:
        found = [row for row in rows if name in (row["ticket_id"], row["ticket_no"])]
        if not found:
            raise ConfigError(f"工单「{name}」不在待复核队列中。", "请查看 opspulse faults queue。")
        if len({row["site_id"] for row in found}) > 1:
            raise ConfigError(f"有多个院区都有工单「{name}」。", "请用 --site 指定院区。")
        chosen += found
    return chosen


def _require_family(settings: "Settings", code: str) -> None:
    from config.documents import nearest
    from config.rules import load_rules

    families = load_rules(settings.rules_dir).taxonomy.families
    if code not in families:
        meant = nearest(code, families)
        raise ConfigError(
            f"没有故障代码「{code}」。",
            f"是否应为「{meant}」?" if meant else "代码见 taxonomy.yml。",
        )


def _draft(shape: Any, row: dict[str, Any], kind: str, payload: "Payload", who: str | None) -> Any:
    return shape(_who(who), ROLE, kind, row["ticket_id"], payload, site_id=row["site_id"])


def _who(given: str | None) -> str:
    return given or getpass.getuser()


def _told(settings: "Settings", count: int) -> None:
    cli_output.say(
        f"已记下 {count} 条决定;下次运行(opspulse run)后生效。",
        f"{count} decisions kept; the next run (opspulse run) heeds them.",
        settings.language,
    )
