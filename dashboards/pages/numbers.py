"""Tables of a month's numbers, each leading to its own page: what pages made of KPIs share.

Holds the lines of metrics and the cut of several metrics by one dimension. Which of them stand on a
page, the page decides; what a viewer may not read is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dash import dcc, html

from assets.metrics import Metric, judged, registry, state_word
from dashboards.layout import data
from dashboards.pages import parts, states
from dashboards.pages.ask import FILTERS, Ask, after, before, interval_of, text_of

# A metric's id and its statistics in order; all of them where none is named.
Wanted = tuple[str, tuple[str, ...]]
_MOST_GROUPS = 40


def table(ask: Ask, wanted: Iterable[Wanted]) -> Any:
    """Return a line for each statistic: the month asked for beside the month before."""
    head = ("metric", "statistic", "value", "interval", "cases", "previous", "state")
    lines = [
        line
        for metric_id, statistics in wanted
        for line in _lines(ask, registry()[metric_id], statistics)
    ]
    return parts.table(
        [ask.word(name) for name in head], lines, numbers=(2, 3, 4, 5), wide=(3, 4)
    )  # fmt: skip


def _lines(ask: Ask, metric: Metric, statistics: Sequence[str]) -> Iterator[list[Any]]:
    is_cut_off = any(ask.params.get(name) and name not in metric.dimensions for name in FILTERS)
    if is_cut_off or not ask.viewer.may_read(metric):
        return
    month = ask.month
    rows = ask.read(metric, start=before(month), end=after(month))
    now = {row["statistic"]: row for row in rows if row["period_start"] == month}
    then = {row["statistic"]: row for row in rows if row["period_start"] != month}
    for place, statistic in enumerate(statistics or metric.statistics):
        shape = metric.statistics[statistic]
        row, old = now.get(statistic), then.get(statistic)
        link = dcc.Link(metric.names.text(ask.lang), href=ask.link(f"/kpi/{metric.id}"))
        first: Any = [f"{metric.code} ", link] if not place else ""
        if row is None:
            yield [first, shape.text(ask.lang), "—", "", "", "", ask.word("no_data_month")]
            continue
        yield [
            first,
            shape.text(ask.lang),
            _cell(ask, metric, row),
            interval_of(metric, row, ask.lang),
            "" if row["n"] is None else f"{row['n']:,}",
            text_of(metric, old, ask.lang) if old else "",
            _state(ask, metric, row),
        ]


def _cell(ask: Ask, metric: Metric, row: Mapping[str, Any], by: str = "") -> Any:
    """Return a number as the link to its own page, cut as it is here."""
    group = f".{row[f'{by}_code']}" if by else ""
    return html.Td(
        dcc.Link(
            text_of(metric, row, ask.lang), href=ask.link(f"/kpi/{metric.id}", by=by or None)
        ),
        className=f"number state-{row['state'].partition(':')[0]}",
        **data(figure=f"{metric.id}.{row['statistic']}{group}"),
    )  # fmt: skip


def _state(ask: Ask, metric: Metric, row: dict[str, Any]) -> str:
    """Return the word of a number's state, or what its target says of it."""
    target = ask.context.target(metric.id, row["statistic"], row["period_start"])
    return states.told(row, ask.lang, judged(metric, row, target))


def cut(ask: Ask, by: str, wanted: Sequence[tuple[str, str]]) -> Any:
    """Return the month's groups of a dimension with some statistics side by side.

    The groups stand in the order of the first statistic, the largest first; its interval and number
    of cases beside it.

    Args:
        ask: the question; filters hold.
        by: dimension that each of the metrics has.
        wanted: metric and statistic of each column.
    """
    columns = [(registry()[name], statistic) for name, statistic in wanted]
    columns = [(metric, one) for metric, one in columns if ask.viewer.may_read(metric)]
    groups: dict[tuple[Any, ...], dict[int, dict[str, Any]]] = {}
    state = ""
    for place, (metric, statistic) in enumerate(columns):
        cuts = ("site", by) if "site" in metric.dimensions else (by,)
        rows = ask.read(metric, by=cuts, start=ask.month, end=after(ask.month),
                        statistics=(statistic,))  # fmt: skip
        for row in rows:
            if row.get(f"{by}_code") is None and row["state"] == "not_connected":
                state = state or row["state"]
                continue
            groups.setdefault((row.get("site_code"), row[f"{by}_code"]), {})[place] = row
    if not groups:
        return html.P(state_word(state, ask.lang) or ask.word("no_data_month"))
    has_sites = len({site for site, _ in groups}) > 1
    order = sorted(groups.values(), key=lambda group: _first_down(group.get(0)))
    head = [
        ask.word("group"),
        *(f"{metric.names.text(ask.lang)} · {metric.statistics[one].text(ask.lang)}"
          for metric, one in columns[:1]),
        ask.word("interval"), ask.word("cases"),
        *(f"{metric.names.text(ask.lang)} · {metric.statistics[one].text(ask.lang)}"
          for metric, one in columns[1:]),
    ]  # fmt: skip
    lines = [_group(ask, columns, by, group, has_site=has_sites) for group in order[:_MOST_GROUPS]]
    numbers = tuple(range(1, len(head)))
    more = len(order) - len(lines)
    return html.Div(
        [parts.table(head, lines, numbers=numbers, wide=(2, 3)),
         *states.key([row for group in order[:_MOST_GROUPS] for row in group.values()], ask.lang),
         *([html.P(ask.word("more_groups", n=more), className="note")] if more > 0 else [])]
    )  # fmt: skip


def _first_down(row: Mapping[str, Any] | None) -> tuple[bool, float]:
    value = None if row is None else row["value"]
    return value is None, -float(value or 0)


def _group(
    ask: Ask,
    columns: Sequence[tuple[Metric, str]],
    by: str,
    group: Mapping[int, dict[str, Any]],
    *,
    has_site: bool,
) -> list[Any]:
    known = next(iter(group.values()))
    name = f"{known['site']} {known[by]}" if has_site else str(known[by])
    first = group.get(0)
    metric = columns[0][0]
    return [
        name,
        _cell(ask, metric, first, by) if first else "",
        interval_of(metric, first, ask.lang) if first else "",
        "" if first is None or first["n"] is None else f"{first['n']:,}",
        *(
            _cell(ask, one, group[place], by) if place in group else ""
            for place, (one, _) in enumerate(columns)
            if place
        ),
    ]
