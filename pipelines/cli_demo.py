"""The commands of the simulated hospital: make a store, let its tickets keep arriving.

Holds the options and the words. The hospital itself is the room ``demo``.
"""

import signal
import threading
from datetime import UTC, date, datetime
from types import FrameType
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

DEMO_ZONE = "Asia/Shanghai"

app = typer.Typer(
    no_args_is_help=True, help="演示医院:建库、让工单不断到来。 The simulated hospital."
)


@command(app, "建立一个已知真相的演示库。", "Create a demo store whose truth is known.")
def create(
    to: Annotated[str, typer.Option(help="目标库地址,如 sqlite:///demo.sqlite。 Store's URL.")],
    hospitals: Annotated[int, typer.Option(help="医院数。 Number of hospitals.")] = 1,
    days: Annotated[int | None, typer.Option(help="天数。 Days of history.")] = None,
    until: Annotated[
        str | None, typer.Option(help="截止日期 YYYY-MM-DD,默认今天。 Last day, default today.")
    ] = None,
    seed: Annotated[int, typer.Option(help="随机种子。 Seed.")] = 2026,
    size: Annotated[str, typer.Option(help="规模:tiny 或 seed。 Size.")] = "seed",
    *,
    dirt: Annotated[bool, typer.Option("--dirt", help="加入脏数据。 Add bad rows.")] = False,
    manoeuvres: Annotated[
        bool,
        typer.Option(
            "--manoeuvres", help="埋入六种粉饰业绩的做法。 Plant six ways to look better."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """Create a demo store whose truth is known."""
    from demo.spec import DemoSpec
    from demo.store import create as create_store

    spec = DemoSpec(
        seed=seed,
        size=size,
        hospitals=hospitals,
        days=days,
        until=_day(until),
        has_dirt=dirt,
        has_manoeuvres=manoeuvres,
    )
    with cli_output.progress(
        "正在模拟并写入演示库……", "Simulating and writing the store …"
    ) as tell:
        report = create_store(to, spec, progress=tell)
    if as_json:
        cli_output.print_json(vars(report))
        return
    cli_output.print_pairs(
        {
            "演示库 store": report.store,
            "时钟 clock (UTC)": report.now_at,
            "工单 tickets": report.tickets,
            "总行数 rows": sum(report.rows.values()),
            "真相文件 truth": report.truth_path,
        }
    )


@command(
    app,
    "让演示库的工单不断到来,直到 Ctrl-C。",
    "Let tickets keep arriving in the demo store until Ctrl-C.",
)
def live(
    interval: Annotated[float, typer.Option(help="间隔秒数。 Seconds between steps.")] = 10.0,
) -> None:
    """Let tickets keep arriving in the demo store until Ctrl-C."""
    from demo.live import run

    settings = installed()
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    run(settings.sources[0].url.get_secret_value(), stop, interval_seconds=interval)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).astimezone(ZoneInfo(DEMO_ZONE)).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"日期「{text}」写法不对。", "请写成 2026-11-01 这样的形式。") from None
