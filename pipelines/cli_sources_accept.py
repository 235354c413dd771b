"""The command that takes a table's new form as it is.

Holds the options and the words. Why a table is stopped, and what accepting does, is
``assets.drift``.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from config.errors import ConfigError
from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    import duckdb

    from config.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to the group of the sources."""
    command(
        app,
        "接受一张表的新结构:下一次运行整表重读,不再「数据停在」。",
        "Accept a table's new form: the next run reads it whole.",
    )(accept)


def _refuse_what_a_run_would(
    con: "duckdb.DuckDBPyConnection", settings: "Settings", name: str, table: str
) -> None:
    """Look at the source first: a form that no run can take would stop every table of every source.

    Raises:
        ConfigError: it lacks what the contract or the mapping needs.
        SourceError: it cannot be read.
    """
    from assets import drift
    from assets.sources.connect import reading

    for source in settings.sources:
        if source.name == name:
            with reading(con, source, settings) as reader:
                refusal = drift.refusal(source, reader, table)
            if refusal is not None:
                raise ConfigError(f"{refusal.problem}没有接受表 {table} 的新结构。", refusal.remedy)


def accept(
    table: Annotated[str, typer.Argument(help="接口表名,如 tickets。 Canonical table.")],
    source: Annotated[str, typer.Option(help="数据源名称。 Name of the source.")] = "main",
) -> None:
    """Accept a table's new form: the next run reads it whole."""
    from assets import drift, raw_tables
    from assets.warehouse import connect, lock, transaction

    settings = installed()
    if not settings.warehouse_path.exists():
        raise ConfigError("还没有数据仓。", "请先运行 opspulse run。")
    with lock(settings):
        con = connect(settings.warehouse_path, settings)
        try:
            _refuse_what_a_run_would(con, settings, source, table)
            with transaction(con):
                raw_tables.ensure(con)
                was_known = drift.accept(con, source, table)
        finally:
            con.close()
    if not was_known:
        raise ConfigError(
            f"数据源 {source} 没有读过表 {table}。", "请用 opspulse sources check 查看表名。"
        )
    cli_output.say(
        f"已接受 {table} 的新结构,下一次 opspulse run 会整表重读。",
        f"The new form of {table} is accepted; the next opspulse run reads it whole.",
        settings.language,
    )
