"""The commands that show numbers: the list of KPIs and one KPI's values.

Holds options, formats and words; the story behind a value is in ``cli_explain``. The numbers come
from ``assets.metrics`` over the current snapshot, the same reader that wall and workbooks use;
nothing is computed here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from config.errors import StateError
from pipelines import cli_output
from pipelines.cli_asked import conditions, grain_of, metrics_named, span_of
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


@dataclass(frozen=True)
class _Asked:
    """What is asked of every metric shown; the days None where the options name none."""

    grain: str
    by: list[str]
    where: dict[str, list[str]]
    start: date | None
    end: date | None

    @property
    def is_newest(self) -> bool:
        """Groups without a span: only the newest period is told, or the screen would run over."""
        has_span = self.start is not None or self.end is not None
        return bool(self.by) and not has_span and self.grain in GRAINS[:-1]

    def is_open_in(self, metric: "Metric") -> bool:
        """Tell whether a metric can be cut like this."""
        return {*self.by, *self.where} <= set(metric.dimensions)


@command(
    app,
    "显示一个指标的数值;代码显示其下全部指标。",
    "Show one KPI's values, or of a code those of all its metrics.",
)
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
    """Show one KPI's values, or of a code those of all its metrics."""
    from assets.metrics import context

    settings = installed()
    asked = _Asked(grain, by or [], conditions(where), *span_of(start, end))
    with opened_snapshot(settings) as (_, con):
        known = context(con)
        named = metrics_named(metric)
        # a dimension that none of them has is refused by the reader, with those there are
        chosen = [one for one in named if asked.is_open_in(one)] or named[:1]
        readings = [(one, _numbers(settings, con, one, asked)) for one in chosen]
        cli_output.mark_demo(known.is_demo, settings.language, to_err=form != "table")
        if form == "table":
            for one, rows in readings:
                _print_one(settings, con, one, rows, asked)
            _say_left_out(settings, [one for one in named if one not in chosen])
            return
    numbers = [row for _, rows in readings for row in (_newest(rows) if asked.is_newest else rows)]
    if form == "csv":
        print_csv(numbers, asked.by)
    else:
        cli_output.print_json(numbers)


def _numbers(
    settings: "Settings", con: "duckdb.DuckDBPyConnection", metric: "Metric", asked: _Asked
) -> list[dict[str, Any]]:
    from assets.metrics import context, read_rows

    grain, start = grain_of(asked.grain), asked.start
    return read_rows(
        con,
        metric.id,
        grain=grain,
        by=asked.by,
        where=asked.where,
        start=_two_periods(context(con).as_of_on, grain) if asked.is_newest else start,
        end=asked.end,
        lang=settings.language,
    )


def _newest(numbers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    newest = max((row["period_start"] for row in numbers), default=None)
    return [row for row in numbers if row["period_start"] == newest]


def _print_one(
    settings: "Settings",
    con: "duckdb.DuckDBPyConnection",
    metric: "Metric",
    numbers: list[dict[str, Any]],
    asked: _Asked,
) -> None:
    """Print a metric's table, what it says, and why it may not be relied on."""
    from assets.metric_calendars import gaps
    from assets.metrics import context, distrusted, findings

    known = context(con)
    said = findings(con, numbers, by=asked.by, where=asked.where, lang=settings.language)
    shown = _newest(numbers) if asked.is_newest else numbers
    print_numbers(settings, metric, shown, asked.by, known)
    if asked.is_newest:
        cli_output.say(
            "只列出最近一期;更早的请加 --from。",
            "The newest period only; give --from for earlier ones.",
            settings.language,
        )
    print_findings(settings, said)
    print_doubts(settings, distrusted(metric, known) + gaps(con, metric))


def _say_left_out(settings: "Settings", metrics: "list[Metric]") -> None:
    if metrics:
        names = [one.id for one in metrics]
        cli_output.say(
            f"不能这样分组、未列出的指标:{'、'.join(names)}。",
            f"Left out, for they cannot be cut like this: {', '.join(names)}.",
            settings.language,
        )


def _two_periods(day: date, grain: "Grain") -> date:
    """Return a day in the period before the one that holds the day."""
    from assets.metric_periods import start_of

    return start_of(day, grain) - timedelta(days=1)


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
