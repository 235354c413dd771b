"""What a run did, in words: when, how many rows, whether the books balance, what was refused.

Holds the printed form of `run.RunOutcome`. What stands in it is gathered in `run`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipelines import cli_output

if TYPE_CHECKING:
    from config.settings import Settings
    from pipelines.run import RunOutcome


def tell(settings: "Settings", outcome: "RunOutcome") -> None:
    """Print what a run did."""
    zh = settings.language == "zh"
    cli_output.mark_demo(outcome.is_demo, settings.language)
    cli_output.print_pairs(
        {
            "数据时点" if zh else "As of": _local(settings, outcome.as_of),
            "快照" if zh else "Snapshot": outcome.snapshot_id,
            "拉取行数" if zh else "Rows pulled": outcome.pulled,
            "新增或变化" if zh else "New or changed": outcome.accepted,
            "本次隔离" if zh else "Quarantined now": outcome.quarantined,
            "隔离区" if zh else "Held in quarantine": outcome.held,
            **({"收支" if zh else "Books": books(outcome.books, settings.language)}
               if outcome.books else {}),
            "用时(秒)" if zh else "Seconds": outcome.seconds,
        }
    )  # fmt: skip
    for chinese, english in outcome.noted:
        cli_output.out().print(f"· {chinese if zh else english}", markup=False)
    for sentence in outcome.refused:
        cli_output.out().print(f"· {sentence}", markup=False)


def books(figures: Mapping[str, int], language: str) -> str:
    """Return both balances of a pull in one line; ✘ where one does not hold."""
    came = figures["pulled"] + figures["released"]
    went = figures["accepted"] + figures["unchanged"] + figures["quarantined"]
    there = figures["present"] + figures["held_at_source"]
    told = {name: f"{count:,}" for name, count in figures.items()}
    first, second = (_mark(came == went), _mark(figures["source_count"] == there))
    zh = (
        "拉取 {pulled} + 放行 {released} = 接收 {accepted} + 未变 {unchanged} + 隔离 {quarantined} "
        f"{first};来源 {{source_count}} = 在库 {{present}} + 隔离 {{held_at_source}} {second}"
    )
    en = (
        "pulled {pulled} + released {released} = accepted {accepted} + unchanged {unchanged} + "
        f"held {{quarantined}} {first}; source {{source_count}} = present {{present}} + held "
        f"{{held_at_source}} {second}"
    )
    return (zh if language == "zh" else en).format(**told)


def _mark(holds: bool) -> str:
    return "✔" if holds else "✘"


def _local(settings: "Settings", moment: datetime | None) -> str:
    if moment is None:
        return "—"
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(settings.timezone))
    return local.strftime("%Y-%m-%d %H:%M")
