"""The commands about the quality of fault codes: tickets to code a second time, and agreement.

Holds options and words. Who may see whose figures is decided in ``assets.texts.coders``; a second
coding is a confirmation (``cli_faults``).
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import typer

from pipelines import cli_output
from pipelines.cli_asked import span_of
from pipelines.cli_kpi import From, To, opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_score import As, viewer_of
from pipelines.cli_settings import installed
from pipelines.cli_topic import ROLE, AsJson, number_of

if TYPE_CHECKING:
    from config.settings import Settings

_YEAR = timedelta(days=365)
_STATES = {"small_sample": ("样本不足", "too few"), "no_data": ("无数据", "no data")}


def register(app: typer.Typer) -> None:
    """Add the commands to the group of the fault texts."""
    command(
        app,
        "请第二个人编码的工单:每人每月抽五张,不显示原代码;用 faults confirm --code 编码。",
        "Tickets drawn for a second coding, five of each engineer and month, their code hidden.",
    )(sample)
    command(
        app,
        "编码一致性:工程师的代码与复核人的、与模型的,κ 与 95 % 区间;只有科主任和本人可以看。",
        "Agreement of engineers' codes with a second coding: κ, interval; for head and self.",
    )(coding)


def sample(*, as_json: AsJson = False) -> None:
    """List the tickets drawn for a second coding."""
    settings = installed()
    rows = drawn(settings)
    if as_json:
        cli_output.print_json(rows)
        return
    if not rows:
        cli_output.say("没有待第二次编码的工单。", "Nothing is drawn.", settings.language)
        return
    zh = settings.language == "zh"
    cli_output.print_table(
        ["工单", "日期", "类别", "描述"] if zh else ["ticket", "day", "class", "text"],
        [
            [row["ticket_no"] or row["ticket_id"], row["reported_on"], row["asset_class"],
             row["fault_text"]]
            for row in rows
        ],
    )  # fmt: skip


def drawn(settings: "Settings") -> list[dict[str, Any]]:
    """Return the tickets drawn for a second coding, as rows of the review queue: no proposal."""
    from assets import metrics

    with opened_snapshot(settings) as (_, con):
        rows = metrics.detail_rows(
            con, "detail_fault_samples", role=ROLE, order_by="reported_on, ticket_id"
        )
    return [{**row, "code_suggested": None, "confidence": None} for row in rows]


def coding(
    start: From = None, end: To = None, role: As = "head", *, as_json: AsJson = False
) -> None:
    """Print each engineer's agreement with a second coding."""
    from assets.metric_context import context
    from assets.texts.coders import SECONDS, coders

    settings = installed()
    viewer = viewer_of(role)
    first, last = span_of(start, end)
    with opened_snapshot(settings) as (snapshot, con):
        last = last or context(con).as_of_on + timedelta(days=1)
        rows = coders(con, viewer, first or last - _YEAR, last)
    cli_output.mark_demo(snapshot.is_demo, settings.language, to_err=as_json)
    if as_json:
        cli_output.print_json(rows)
        return
    zh = settings.language == "zh"
    heads = ("姓名", "工号", "工单", "不明", "复核 κ", "模型 κ")
    english = ("name", "engineer", "tickets", "unspecific", "κ, a person's", "κ, the model's")
    cli_output.print_table(
        heads if zh else english,
        [
            [row["name"], row["engineer_id"], row["tickets"], row["unspecific"],
             *(_told(row[second], zh=zh) for second in SECONDS)]
            for row in rows
        ],
    )  # fmt: skip


def _told(one: dict[str, Any], *, zh: bool) -> str:
    """Return κ with its interval and n; a small sample says so."""
    words = _STATES.get(one["state"], ("", ""))[not zh]
    if one["kappa"] is None:
        return f"— (n={one['n']}) {words}".rstrip()
    bounds = f"{number_of(one['lo'], 2)}–{number_of(one['hi'], 2)}"
    return f"{one['kappa']:.2f} ({bounds}, n={one['n']}) {words}".rstrip()
