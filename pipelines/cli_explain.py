"""The command that tells the story behind a number: formula, rules, counts, rows, snapshot.

Holds which lines are told and their words. The numbers come from ``assets.metrics`` over the
current snapshot; nothing is computed here.
"""

from typing import TYPE_CHECKING, Any

from pipelines import cli_output
from pipelines.cli_asked import conditions, grain_of, metric_named, span_of
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_numbers import print_doubts, print_findings, print_numbers, print_rows
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    import duckdb

    from assets.metric_registry import Metric
    from assets.metric_rows import Rows
    from assets.metrics import Explanation
    from assets.snapshots import Snapshot


def explain(
    metric: str,
    grain: str,
    by: list[str],
    where: list[str] | None,
    days: tuple[str | None, str | None],
    *,
    as_json: bool,
) -> None:
    """Print the story behind a KPI: formula, rules, counts and exposure, rows, snapshot."""
    from assets.metric_calendars import gaps
    from assets.metrics import context, distrusted, findings
    from assets.metrics import explain as explain_metric

    settings = installed()
    chosen = conditions(where)
    start, end = span_of(*days)
    with opened_snapshot(settings) as (snapshot, con):
        context(con)
        found = metric_named(metric)
        story = explain_metric(
            con,
            found.id,
            grain=grain_of(grain),
            by=by,
            where=chosen,
            start=start,
            end=end,
            lang=settings.language,
        )
        said = findings(con, story.numbers, by=by, where=chosen, lang=settings.language)
        rows = _rows_behind(con, found.id, story, grain, chosen)
        unknown = gaps(con, found)
    fields = _fields(found, story, snapshot, settings.language)
    if as_json:
        behind = {"fact": rows.fact, "total": rows.total, "rows": rows.shown} if rows else None
        cli_output.print_json(
            {
                **fields,
                "numbers": story.numbers,
                "findings": [" ".join(one.sentences()) for one in said],
                "behind": behind,
            }
        )
        return
    cli_output.print_pairs(
        {
            name: "、".join(value) if isinstance(value, list) else value
            for name, value in fields.items()
        }
    )
    print_numbers(settings, found, story.numbers, by, story.context, with_sums=True)
    print_findings(settings, said)
    print_doubts(settings, distrusted(found, story.context) + unknown)
    print_rows(settings, rows)


def _fields(
    metric: "Metric", story: "Explanation", snapshot: "Snapshot", lang: str
) -> dict[str, Any]:
    from assets.metric_docs import said

    zh, known = lang == "zh", story.context
    limits = known.limits
    small = (
        f"事件少于 {limits.min_events} 或分母小于 {limits.min_denominator}"
        if zh
        else f"under {limits.min_events} events or a denominator under {limits.min_denominator}"
    )
    demo: object = ("是" if known.is_demo else "否") if zh else known.is_demo
    return {
        "编号" if zh else "id": f"{metric.code} {metric.id}",
        "名称" if zh else "name": metric.names.text(lang),
        "公式" if zh else "formula": metric.formula.text(lang),
        "用途" if zh else "purpose": metric.purpose.text(lang),
        "归属期" if zh else "cohort": said(metric.cohort, lang),
        "日历" if zh else "calendar": metric.calendar,
        "区间" if zh else "interval": metric.interval,
        "样本不足" if zh else "small sample": small,
        "注意" if zh else "caveats": metric.caveats.text(lang),
        "依据" if zh else "basis": list(metric.standards),
        "读取的表" if zh else "tables": list(story.sql_inputs),
        "数据时点 (UTC)" if zh else "as of (UTC)": known.as_of.isoformat(),
        "快照" if zh else "snapshot": snapshot.id,
        "规则版本" if zh else "rules": known.rules_version,
        "演示数据" if zh else "is demo": demo,
    }


def _rows_behind(
    con: "duckdb.DuckDBPyConnection",
    metric_id: str,
    story: "Explanation",
    grain: str,
    where: dict[str, list[str]],
) -> "Rows | None":
    """Return the rows behind the newest period of the story."""
    from assets.metric_rows import behind, condition_of
    from assets.metrics import periods_of

    if not story.numbers:
        return None
    newest = max(story.numbers, key=lambda row: row["period_start"])
    spans = periods_of(grain_of(grain), story.context, newest["period_start"], newest["period_end"])
    if not spans:
        return None
    return behind(con, metric_id, spans[-1], role="head", where=condition_of(where))
