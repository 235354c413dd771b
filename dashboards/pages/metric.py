"""One KPI: its course, its parts, its definition and the rows behind it.

Holds the page to which every number of every other page leads.
"""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from assets.metrics import Metric, dimensions, registry, said
from config.errors import ConfigError, RefusedError
from dashboards.layout import data
from dashboards.pages import charts, grid, parts, row_files, states
from dashboards.pages.ask import Ask, after, before, interval_of, text_of

PATH, TITLE = "/kpi", "page_metric"
ROLES = ("head", "finance", "engineer", "qcc", "department", "admin")
_MOST_ROWS, _MOST_GROUPS, _TREND_MONTHS = 500, 200, 24


def render(ask: Ask) -> list[Any]:
    """Return the page of the metric that the path names.

    Raises:
        ConfigError: there is none of that name.
        RefusedError: it is not open to the reader.
    """
    metric = registry().get(ask.path)
    if metric is None:
        raise ConfigError(f"没有名为「{ask.path[:60]}」的指标。", "请从指标口径页选择。")
    if not ask.viewer.may_read(metric):
        raise RefusedError(f"当前身份无权查看指标「{metric.names.zh}」。", "请联系科室负责人。")
    return [
        html.H1(f"{metric.code} {metric.names.text(ask.lang)}"),
        parts.filters(ask),
        parts.spans(ask, f"{PATH}/{metric.id}"),
        parts.narrowing(ask, f"{PATH}/{metric.id}", metric),
        *_now(ask, metric),
        html.H2(ask.word("trend")),
        *_trend(ask, metric),
        html.H2(ask.word("cut")),
        *_cut(ask, metric),
        html.H2(ask.word("rows")),
        *_rows(ask, metric),
        html.H2(ask.word("definition")),
        definition(ask, metric),
    ]


def definition(ask: Ask, metric: Metric) -> Any:
    """Return the entry of the dictionary."""
    lang = ask.lang
    return parts.pairs(
        [
            (ask.word("purpose"), metric.purpose.text(lang)),
            (ask.word("formula"), metric.formula.text(lang)),
            (ask.word("cohort"), said(metric.cohort, lang)),
            (ask.word("interval"), metric.interval),
            (ask.word("caveats"), metric.caveats.text(lang)),
            (ask.word("basis"), " · ".join(metric.standards)),
        ]
    )


def _now(ask: Ask, metric: Metric) -> list[Any]:
    month = ask.month
    if ask.span() == 1:
        rows = ask.read(metric, start=before(month), end=after(month))
        shown = [row for row in rows if row["period_start"] == month]
    else:
        rows = shown = ask.total(metric)
    if not shown:
        return [html.P(ask.word("no_data_month"))]
    head = [ask.word(name) for name in ("statistic", "value", "interval", "cases", "state")]
    lines = [
        [
            metric.statistics[row["statistic"]].text(ask.lang),
            html.Td(
                text_of(metric, row, ask.lang),
                className="number",
                **data(figure=f"{metric.id}.{row['statistic']}"),
            ),
            interval_of(metric, row, ask.lang),
            "" if row["n"] is None else f"{row['n']:,}",
            states.told(row, ask.lang),
        ]
        for row in shown
    ]
    said_now = ask.sentences(metric, rows, ())
    return [parts.table(head, lines, numbers=(1, 2, 3)), parts.findings(said_now)]


def _trend(ask: Ask, metric: Metric) -> list[Any]:
    months = ask.months()[:_TREND_MONTHS]
    rows = ask.read(metric, start=months[-1], end=after(months[0]))
    first = next(iter(metric.statistics))
    course = ask.whole([row for row in rows if row["statistic"] == first])
    if not any(row["value"] is not None for row in course):
        return [html.P(ask.word("no_data_month"))]
    return [charts.graph(charts.course(metric, course, ask.lang))]


def _cut(ask: Ask, metric: Metric) -> list[Any]:
    open_cuts = ask.viewer.dimensions(metric)
    if not open_cuts:
        return [html.P("—")]
    by = ask.params.get("by", "")
    chosen = by if by in open_cuts else open_cuts[min(1, len(open_cuts) - 1)]
    names = {name: dimensions()[name].text(ask.lang) for name in open_cuts}
    links = [
        dcc.Link(
            names[name],
            href=ask.link(f"{PATH}/{metric.id}", by=name, **ask.narrowed()),
            className="choice chosen" if name == chosen else "choice",
        )
        for name in open_cuts
    ]
    rows = ask.total(metric, by=(chosen,))
    return [html.Nav(links, className="choices"), *_groups(ask, metric, chosen, rows)]


def _groups(ask: Ask, metric: Metric, by: str, rows: Sequence[dict[str, Any]]) -> list[Any]:
    """Return the groups of the first statistic, those with most cases first."""
    first = next(iter(metric.statistics))
    groups = sorted(
        (row for row in rows if row["statistic"] == first),
        key=lambda row: (-(row["n"] or 0), str(row[by])),
    )
    if not groups:
        return [html.P(ask.word("no_data_month"))]
    head = [ask.word("group"), metric.statistics[first].text(ask.lang),
            *(ask.word(name) for name in ("interval", "cases", "state"))]  # fmt: skip
    lines = [
        [
            str(row[by]),
            html.Td(
                text_of(metric, row, ask.lang),
                className=f"number state-{row['state'].partition(':')[0]}",
            ),
            interval_of(metric, row, ask.lang),
            "" if row["n"] is None else f"{row['n']:,}",
            states.told(row, ask.lang),
        ]
        for row in groups[:_MOST_GROUPS]
    ]
    return [parts.table(head, lines, numbers=(1, 2, 3))]


def _rows(ask: Ask, metric: Metric) -> list[Any]:
    try:
        found = row_files.rows_of(ask, metric, limit=_MOST_ROWS)
    except ConfigError:
        return [html.P(ask.word("rows_refused"))]
    if found is None:
        return [html.P(ask.word("rows_none"))]
    first, month = f"{ask.first():%Y-%m}", f"{ask.month:%Y-%m}"
    when = month if first == month else f"{first} — {month}"
    told = ask.word("rows_shown", month=when, total=found.total, shown=len(found.shown))
    return [
        html.P(told, id="rows-told", **data(total=str(found.total))),
        *row_files.links(ask, metric, found.total),
        *grid.rows(ask, found.shown, found.keys, name=f"{metric.id} {when}"),
    ]
