"""The commands about sources: can we connect, what fits, what does not.

Holds the options and the order of telling. How a source is examined is
``assets.sources.examine``; the words are in ``source_report``.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from config.errors import ConfigError, SourceError
from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from assets.sources.examine import Examination
    from config.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="数据源:能否连接、哪些表对得上。 The operational stores."
)


@app.callback()
def _group() -> None:
    """数据源:能否连接、哪些表对得上。 The operational stores."""


@command(
    app,
    "检查每个数据源:能否连接、版本、是否只读、时钟、有哪些表和列、各多少行、哪些指标能算。",
    "Check each source: reachable, version, read-only, clock, tables, columns, rows, KPIs.",
)
def check(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """Check each source: reachable, version, read-only, clock, tables, columns, rows, KPIs."""
    from config.settings import ensure_home

    settings = installed()
    ensure_home(settings)
    found = _examined(settings)
    from pipelines import source_report

    if as_json:
        cli_output.print_json(
            {
                "sources": [source_report.fields(one) for one in found],
                "shared": [{"zh": zh, "en": en} for zh, en in source_report.shared(found)],
                "kpis": source_report.kpi_fields(found),
            }
        )
    else:
        for one in found:
            source_report.tell(one, settings.language)
        source_report.tell_kpis(found, settings.language)
    code = _exit_code(found)
    if code:
        raise typer.Exit(code)


def _examined(settings: "Settings") -> list["Examination"]:
    """Examine every source; one that fails does not hide the others."""
    from assets.sources.examine import examine
    from assets.warehouse import connect

    found = []
    words = ("正在检查数据源……", "Examining the sources …")
    with cli_output.progress(*words, settings.language) as step:
        for number, source in enumerate(settings.sources):
            step(source.name, number / len(settings.sources))
            con = connect(":memory:", settings)
            try:
                found.append(examine(con, source, settings))
            finally:
                con.close()
    return found


def _exit_code(found: list["Examination"]) -> int:
    """Return 3 when a source could not be read, else 2 when a run would refuse one, else 0."""
    from pipelines import source_report

    errors = [one.error for one in found if one.error is not None]
    if any(isinstance(error, SourceError) for error in errors):
        return SourceError.exit_code
    is_refused = any(flaw.is_refused for one in found for flaw in one.all_flaws())
    if is_refused or source_report.lacks_tickets(found):
        return ConfigError.exit_code
    return max((error.exit_code for error in errors), default=0)
