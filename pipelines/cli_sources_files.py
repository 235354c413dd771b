"""The command that shows what became of every row of every file.

Holds the words. The books are kept by ``assets.sources.files.accounts``.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.sources.files.accounts import FileAccount

_COLUMNS = {
    "zh": ("数据源", "文件", "工作表", "表头下行数", "空行", "合计页脚", "重复表头", "已损坏",
           "完全重复", "进入核对"),
    "en": ("source", "file", "sheet", "rows", "blank", "left out", "headers", "damaged",
           "exact copies", "kept"),
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the group of the sources."""
    command(
        app,
        "文件来源的逐行账:最近一次运行里,每个文件有多少行,哪些是空行、合计、重复的表头。",
        "The books of file sources: what became of every row in the last run.",
    )(files)


def _cells(account: "FileAccount") -> list[object]:
    return [value for name, value in vars(account).items() if name != "is_hidden"]


def files(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """Show what became of every row of every file in the last run."""
    from assets.sources.files.accounts import kept, unread_words
    from assets.warehouse import connect

    settings = installed()
    if not settings.warehouse_path.exists():
        raise ConfigError("还没有数据仓。", "请先运行 opspulse run。")
    con = connect(settings.warehouse_path, settings, read_only=True)
    try:
        accounts = kept(con)
    finally:
        con.close()
    if as_json:
        cli_output.print_json([vars(one) for one in accounts])
        return
    if not accounts:
        cli_output.say("最近一次运行没有读文件。", "The last run read no files.", settings.language)
        return
    cli_output.print_table(
        _COLUMNS["zh" if settings.language == "zh" else "en"],
        [_cells(one) for one in accounts if not one.is_hidden],
    )
    for one in accounts:
        if one.is_hidden:
            cli_output.say(*unread_words(one), settings.language)
    cli_output.say(
        "表头下行数 = 空行 + 合计页脚 + 重复表头 + 进入核对;"
        "已损坏和完全重复的行都在「进入核对」之内。",
        "rows = blank + left out + headers + kept; damaged rows and exact copies are kept rows.",
        settings.language,
    )
