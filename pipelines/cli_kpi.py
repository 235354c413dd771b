"""The commands that show numbers: the list of KPIs, one KPI's values, the story behind a value.

Holds options, formats and words. The numbers come from ``assets.metrics`` over the current
snapshot, the same reader that wall and workbooks use; nothing is computed here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from config.errors import ConfigError, StateError
from pipelines import cli_output
from pipelines.cli_numbers import print_csv, print_doubts, print_numbers, print_rows
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    import duckdb

    from assets.metric_periods import Grain
    from assets.metric_registry import Metric
    from assets.metric_rows import Rows
    from assets.metrics import Explanation
    from assets.snapshots import Snapshot
    from config.settings import Settings

app = typer.Typer(no_args_is_help=True, help="指标:列表与数值。 KPIs: list and values.")

GRAINS = ("day", "week", "month", "quarter", "year", "total")
GrainOption = Annotated[
    str, typer.Option(help=f"粒度:{' '.join(GRAINS)}。 Length of a period.", metavar="GRAIN")
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
    from assets.metric_registry import registry

    settings = installed()
    rows = [
        {
            "id": metric.id,
            "code": metric.code,
            "name": metric.names.text(settings.language),
            "statistics": list(metric.statistics),
            "dimensions": list(metric.dimensions),
        }
        for metric in registry().values()
    ]
    if as_json:
        cli_output.print_json(rows)
        return
    cli_output.print_table(
        ["id", "code", "名称" if settings.language == "zh" else "name", "statistics"],
        [[row["id"], row["code"], row["name"], " ".join(row["statistics"])] for row in rows],
    )


@command(app, "显示一个指标的数值。", "Show one KPI's values.")
def show(
    metric: Annotated[str, typer.Argument(help="指标编号或代码。 Metric id or code.")],
    grain: GrainOption = "month",
    by: Annotated[
        list[str] | None, typer.Option(help="维度,可多次。 Dimension, repeatable.")
    ] = None,
    start: From = None,
    end: To = None,
    form: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="输出格式。 Format.")
    ] = "table",
) -> None:
    """Show one KPI's values."""
    from assets.metric_calendars import gaps
    from assets.metrics import context, distrusted, read_rows

    settings = installed()
    found = _metric(metric)
    first, last = _span(start, end)
    with _opened(settings) as (_, con):
        numbers = read_rows(
            con,
            found.id,
            grain=_grain(grain),
            by=by or (),
            start=first,
            end=last,
            lang=settings.language,
        )
        known = context(con)
        doubts = distrusted(found, known) + gaps(con, found)
    cli_output.mark_demo(known.is_demo, settings.language, to_err=form != "table")
    if form == "csv":
        print_csv(numbers, by or [])
    elif form == "json":
        cli_output.print_json(numbers)
    else:
        print_numbers(settings, found, numbers, by or [])
        print_doubts(settings, doubts)


def explain(metric: str, grain: str, start: str | None, end: str | None, *, as_json: bool) -> None:
    """Print the story behind a KPI: formula, inputs, rows, snapshot."""
    from assets.metric_calendars import gaps
    from assets.metric_docs import said
    from assets.metrics import distrusted
    from assets.metrics import explain as explain_metric

    settings = installed()
    found = _metric(metric)
    first, last = _span(start, end)
    with _opened(settings) as (snapshot, con):
        story = explain_metric(con, found.id, grain=_grain(grain), start=first, end=last)
        rows = _rows_behind(con, found.id, story, grain)
        unknown = gaps(con, found)
    zh = settings.language == "zh"
    fields = {
        "编号" if zh else "id": f"{found.code} {found.id}",
        "名称" if zh else "name": found.names.text(settings.language),
        "公式" if zh else "formula": found.formula.text(settings.language),
        "用途" if zh else "purpose": found.purpose.text(settings.language),
        "归属期" if zh else "cohort": said(found.cohort, settings.language),
        "日历" if zh else "calendar": found.calendar,
        "注意" if zh else "caveats": found.caveats.text(settings.language),
        "读取的表" if zh else "tables": list(story.sql_inputs),
        "数据时点 (UTC)" if zh else "as of (UTC)": story.context.as_of.isoformat(),
        "快照" if zh else "snapshot": snapshot.id,
        "规则版本" if zh else "rules": story.context.rules_version,
        "演示数据" if zh else "is demo": ("是" if story.context.is_demo else "否")
        if zh
        else story.context.is_demo,
    }
    if as_json:
        behind = {"fact": rows.fact, "total": rows.total, "rows": rows.shown} if rows else None
        cli_output.print_json({**fields, "numbers": story.numbers, "behind": behind})
        return
    cli_output.print_pairs(
        {
            name: "、".join(value) if isinstance(value, list) else value
            for name, value in fields.items()
        }
    )
    print_numbers(settings, found, story.numbers, [], with_sums=True)
    print_doubts(settings, distrusted(found, story.context) + unknown)
    print_rows(settings, rows)


def _rows_behind(
    con: "duckdb.DuckDBPyConnection", metric_id: str, story: "Explanation", grain: str
) -> "Rows | None":
    """Return the rows behind the newest period of the story."""
    from assets.metric_rows import behind
    from assets.metrics import periods_of

    if not story.numbers:
        return None
    newest = max(story.numbers, key=lambda row: row["period_start"])
    spans = periods_of(_grain(grain), story.context, newest["period_start"], newest["period_end"])
    return behind(con, metric_id, spans[-1], role="head") if spans else None


def _metric(name: str) -> "Metric":
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


def _grain(text: str) -> "Grain":
    """Return the grain; the reader itself refuses an unknown one in plain words."""
    return cast("Grain", text)


def _span(start: str | None, end: str | None) -> tuple[date | None, date | None]:
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
def _opened(settings: "Settings") -> "Iterator[tuple[Snapshot, duckdb.DuckDBPyConnection]]":
    from assets.snapshots import current, opened

    snapshot = current(settings)
    if snapshot is None:
        raise StateError("还没有发布过快照。", "请先运行 opspulse run。")
    with opened(snapshot, settings) as con:
        yield snapshot, con
