"""The commands about sources: can we connect, what fits, what does not.

Holds the options and the words. How a store is reached is ``assets.sources.connect``.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from config.settings import Settings, SourceSettings

app = typer.Typer(
    no_args_is_help=True, help="数据源:能否连接、哪些表对得上。 The operational stores."
)


@app.callback()
def _group() -> None:
    """数据源:能否连接、哪些表对得上。 The operational stores."""


@command(
    app,
    "检查每个数据源:能否连接,有哪些表、各多少行,缺哪些表。",
    "Check each source: can we connect, which tables it yields, which are missing.",
)
def check(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """Check each source: can we connect, which tables it yields, which are missing."""
    from config.settings import ensure_home

    settings = installed()
    ensure_home(settings)
    with cli_output.progress("正在检查数据源……", "Examining the sources …", settings.language):
        found = [_examined(settings, source) for source in settings.sources]
    if as_json:
        cli_output.print_json(found)
        return
    for one in found:
        cli_output.say(
            f"数据源 {one['source']}({one['url']}):可以连接。",
            f"Source {one['source']} ({one['url']}): reachable.",
            settings.language,
        )
        cli_output.print_table(["table", "rows"], list(one["rows"].items()))
        if one["missing"]:
            cli_output.say(
                f"未接入的表:{'、'.join(one['missing'])}。相关指标显示「未接入」。",
                f"Not connected: {', '.join(one['missing'])}.",
                settings.language,
            )


def _examined(settings: "Settings", source: "SourceSettings") -> dict[str, Any]:
    from assets.sources.connect import reading
    from assets.sources.contract import tables
    from assets.warehouse import connect

    con = connect(":memory:", settings)
    try:
        with reading(con, source, settings) as reader:
            names = reader.tables()
            return {
                "source": source.name,
                "system": source.system,
                "url": source.redacted_url(),
                "is_demo": reader.is_demo(),
                "clock": reader.clock(),
                "rows": {name: reader.count(name) for name in names},
                "missing": [name for name in tables() if name not in names],
            }
    finally:
        con.close()
