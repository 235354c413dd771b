"""The commands that show numbers: the list of KPIs and one KPI's values.

Holds options, formats and words; the story behind a value is in ``cli_explain``. The numbers come
from ``assets.metrics`` over the current snapshot, the same reader that wall and workbooks use;
nothing is computed here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from config.errors import ConfigError, StateError
from pipelines import cli_output
from pipelines.cli_numbers import (
    print_csv,
    print_doubts,
    print_findings,
    print_numbers,
)
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    import duckdb

    from assets.metric_periods import Grain
    from assets.metric_registry import Metric
    from assets.snapshots import Snapshot
    from config.settings import Settings

app = typer.Typer(no_args_is_help=True, help="指标:列表与数值。 KPIs: list and values.")

GRAINS = ("day", "week", "month", "quarter", "year", "total")
GrainOption = Annotated[
    str, typer.Option(help=f"粒度:{' '.join(GRAINS)}。 Length of a period.", metavar="GRAIN")
]
By = Annotated[list[str] | None, typer.Option(help="维度,可多次。 Dimension, repeatable.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        help="只看 维度=编码,可多次。 Only dimension=code, repeatable.", metavar="DIM=CODE"
    ),
]
From = Annotated[str | None, typer.Option("--from", help="起始日期(含)YYYY-MM-DD。 First day.")]
To = Annotated[
    str | None, typer.Option("--to", help="结束日期(不含)YYYY-MM-DD。 Day after the last.")
]


@command(app, "列出全部指标。", "List every KPI.", name="list")
def list_metrics(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """List every KPI."""
    from assets.metric_registry import by_code, registry

    settings = installed()
    refusals = _own_refusals(settings)
    rows: list[dict[str, Any]] = [
        {
            "code": metric.code,
            "id": metric.id,
            "name": metric.names.text(settings.language),
            "statistics": list(metric.statistics),
            "dimensions": list(metric.dimensions),
            "is_own": metric.is_own,
        }
        for metric in sorted(registry().values(), key=by_code)
    ]
    if as_json:
        cli_output.print_json(rows)
        return
    cli_output.print_table(
        ["code", "id", "名称" if settings.language == "zh" else "name", "statistics"],
        [[row["code"], row["id"], row["name"], " ".join(row["statistics"])] for row in rows],
    )
    for problem, remedy in refusals:
        cli_output.err().print(f"{problem}{remedy}", markup=False)


def _own_refusals(settings: "Settings") -> list[tuple[str, str]]:
    """Learn the hospital's own metrics from the current snapshot; return what is refused of them.

    Before the first run there is no snapshot and only the built-in metrics are known.
    """
    from assets.metric_context import context, own_refusals
    from assets.snapshots import current

    if current(settings) is None:
        return []
    with opened_snapshot(settings) as (_, con):
        context(con)
        return [(problem, remedy) for _, problem, remedy in own_refusals(con)]


@command(app, "显示一个指标的数值。", "Show one KPI's values.")
def show(
    metric: Annotated[str, typer.Argument(help="指标编号或代码。 Metric id or code.")],
    grain: GrainOption = "month",
    by: By = None,
    where: Where = None,
    start: From = None,
    end: To = None,
    form: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="输出格式。 Format.")
    ] = "table",
) -> None:
    """Show one KPI's values."""
    from assets.metric_calendars import gaps
    from assets.metrics import context, distrusted, findings, read_rows

    settings = installed()
    cut = by or []
    first, last = span_of(start, end)
    with opened_snapshot(settings) as (_, con):
        known = context(con)
        found = metric_named(metric)
        is_newest = bool(cut) and first is None and last is None and grain in GRAINS[:-1]
        numbers = read_rows(
            con,
            found.id,
            grain=grain_of(grain),
            by=cut,
            where=conditions(where),
            start=_two_periods(known.as_of_on, grain_of(grain)) if is_newest else first,
            end=last,
            lang=settings.language,
        )
        said = (
            findings(con, numbers, by=cut, where=conditions(where), lang=settings.language)
            if form == "table"
            else []
        )
        doubts = distrusted(found, known) + gaps(con, found)
    if is_newest:
        newest = max((row["period_start"] for row in numbers), default=None)
        numbers = [row for row in numbers if row["period_start"] == newest]
    cli_output.mark_demo(known.is_demo, settings.language, to_err=form != "table")
    if form == "csv":
        print_csv(numbers, cut)
    elif form == "json":
        cli_output.print_json(numbers)
    else:
        print_numbers(settings, found, numbers, cut, known)
        if is_newest:
            cli_output.say(
                "只列出最近一期;更早的请加 --from。",
                "The newest period only; give --from for earlier ones.",
                settings.language,
            )
        print_findings(settings, said)
        print_doubts(settings, doubts)


def _two_periods(day: date, grain: "Grain") -> date:
    """Return a day in the period before the one that holds the day."""
    from assets.metric_periods import start_of

    return start_of(day, grain) - timedelta(days=1)


def metric_named(name: str) -> "Metric":
    """Return the metric of that id, or of that code where only one metric has it."""
    from assets.metric_registry import registry

    known = registry()
    found = [metric for metric in known.values() if name in (metric.id, metric.code)]
    if not found:
        raise ConfigError(f"没有名为「{name}」的指标。", "请用 opspulse kpi list 查看全部指标。")
    if len(found) > 1:
        names = "、".join(metric.id for metric in found)
        raise ConfigError(f"代码「{name}」属于多个指标。", f"请写编号:{names}。")
    return found[0]


def grain_of(text: str) -> "Grain":
    """Return the grain; the reader itself refuses an unknown one in plain words."""
    return cast("Grain", text)


def conditions(texts: list[str] | None) -> dict[str, list[str]]:
    """Return dimension → codes from texts such as ``department=D1``.

    Raises:
        ConfigError: a text without an equals sign.
    """
    found: dict[str, list[str]] = {}
    for text in texts or []:
        name, sign, code = text.partition("=")
        if not sign:
            raise ConfigError(
                f"--where「{text}」写法不对。", "请写成 维度=编码,如 department=D01。"
            )
        found.setdefault(name, []).append(code)
    return found


def span_of(start: str | None, end: str | None) -> tuple[date | None, date | None]:
    """Return the days of --from and --to, refusing a span without a day."""
    first, last = _day(start), _day(end)
    if first is not None and last is not None and first >= last:
        raise ConfigError(
            f"--from {first} 不早于 --to {last},其中没有一天。",
            "请写成先早后晚;--to 当天不含在内。",
        )
    return first, last


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"日期「{text}」写法不对。", "请写成 2026-11-01 这样的形式。") from None


@contextmanager
def opened_snapshot(settings: "Settings") -> "Iterator[tuple[Snapshot, duckdb.DuckDBPyConnection]]":
    """Open the current snapshot.

    Raises:
        StateError: nothing was ever published.
    """
    from assets.snapshots import current, opened

    snapshot = current(settings)
    if snapshot is None:
        raise StateError("还没有发布过快照。", "请先运行 opspulse run。")
    with opened(snapshot, settings) as con:
        yield snapshot, con
