"""时效与 SLA: where the time goes, net against gross, what is late now, how tickets flow.

Holds the page. Numbers are the metrics' own; which clocks are late is read by `assets.due_clocks`.
"""

from typing import Any

from dash import dcc, html

from assets import due_clocks
from assets.metrics import Metric, duration_text, number_text, registry
from dashboards.layout import data
from dashboards.pages import charts, parts, states, time_charts
from dashboards.pages.ask import Ask, after, interval_of, text_of
from dashboards.pages.flow import flow

PATH, TITLE = "/sla", "page_sla"
ROLES = ("head", "qcc", "engineer", "department")
_MOST_DUE = 100
_POINTS = 100


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    return [
        parts.filters(ask),
        parts.spans(ask, PATH),
        html.H2(ask.word("due_now")),
        *_due(ask),
        html.H2(ask.word("where_time_goes")),
        *_split(ask),
        html.H2(ask.word("net_and_gross")),
        *_attainment(ask),
        html.H3(ask.word("by_priority")),
        *_outcomes(ask),
        html.H2(ask.word("flow")),
        *flow(ask),
    ]


def _due(ask: Ask) -> list[Any]:
    where = ask.where(registry()["sla_attainment"])
    rows: list[dict[str, Any]] = ask.reading.kept(
        ("due", ask.viewer, repr(where)),
        lambda: due_clocks.due(ask.con, ask.viewer, where=where),
    )
    if not rows:
        return [html.P(ask.word("nothing_due"))]
    late = sum(row["is_overdue"] for row in rows)
    names = ["state", "by_how_much", "clock", "target", "ticket", "department", "priority"]
    names += ["engineer"] if "engineer_name" in rows[0] else []
    told = [ask.word("overdue_n", n=late), ask.word("due_soon_n", n=len(rows) - late)]
    more = ask.word("only_first", shown=_MOST_DUE, total=len(rows))
    return [
        html.P(" · ".join(told), id="due-told", **data(overdue=str(late), all=str(len(rows)))),
        parts.table(
            [ask.word(name) for name in names],
            [_late(ask, row) for row in rows[:_MOST_DUE]],
            numbers=(1, 3),
            wide=(3, 6),
        ),
        *([html.P(more, className="note")] if len(rows) > _MOST_DUE else []),
    ]


def _late(ask: Ask, row: dict[str, Any]) -> list[Any]:
    seconds = row["seconds"]
    word = ask.word("overdue" if row["is_overdue"] else "due_soon")
    return [
        html.Td(word, className="problem" if row["is_overdue"] else "notice"),
        ask.word("resting") if seconds is None else duration_text(seconds, ask.lang),
        ask.label("clock", row["clock"]),
        duration_text(row["target_seconds"], ask.lang),
        parts.ticket(ask, row),
        row["department_name"] or row["department_id"] or "",
        ask.label("priority", row["priority"]),
        *([row["engineer_name"]] if "engineer_name" in row else []),
    ]


def _split(ask: Ask) -> list[Any]:
    metric = registry()["restore_split"]
    rows = {row["statistic"]: row for row in ask.total(metric)}
    whole = rows.get("gross")
    if whole is None or not whole["value"]:
        return [html.P(_why(ask, whole, "no_split"))]
    stages = [row for name, row in rows.items() if name != "gross" and row["value"]]
    order = sorted(stages, key=lambda row: -row["value"])
    names = {name: shape.text(ask.lang) for name, shape in metric.statistics.items()}
    shares = {row["statistic"]: row["value"] / whole["value"] for row in stages}
    first, second = order[0], order[min(1, len(order) - 1)]
    finding = ask.word(
        "find_split",
        n=f"{whole['n']:,}",
        total=duration_text(whole["value"], ask.lang),
        first=names[first["statistic"]],
        first_share=f"{shares[first['statistic']]:.1%}",
        second=names[second["statistic"]],
        second_share=f"{shares[second['statistic']]:.1%}",
    )
    lines = [
        [
            names[row["statistic"]],
            _seconds(ask, metric, row),
            f"{shares.get(row['statistic'], 1):.1%}",
            duration_text(row["value"] / row["n"], ask.lang),
        ]
        for row in [*stages, whole]
    ]
    head = [ask.word(one) for one in ("stage", "hours_in_all", "share", "mean_of_each")]
    return [
        parts.findings([finding]),
        charts.graph(
            time_charts.stages([(names[row["statistic"]], shares[row["statistic"]])
                                for row in stages])
        ),
        parts.table(head, lines, numbers=(1, 2, 3)),
    ]  # fmt: skip


def _seconds(ask: Ask, metric: Metric, row: dict[str, Any]) -> Any:
    return html.Td(
        dcc.Link(text_of(metric, row, ask.lang), href=ask.kpi(metric.id, span=ask.span())),
        className="number",
        **data(figure=f"{metric.id}.{row['statistic']}"),
    )


def _why(ask: Ask, row: dict[str, Any] | None, usual: str) -> str:
    """Return why there is nothing to show: not connected, or nothing in the period."""
    if row is not None and row["state"] == "not_connected":
        return ask.word("not_connected")
    return ask.word(usual)


def _attainment(ask: Ask) -> list[Any]:
    metric = registry()["sla_attainment"]
    rows = ask.total(metric, by=("clock",))
    if not rows:
        return [html.P(ask.word("no_clocks"))]
    by_clock: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_clock.setdefault(row["clock_code"], {})[row["statistic"]] = row
    lines = []
    for code, pair in by_clock.items():
        address = ask.kpi(metric.id, by="clock", clock=code, span=ask.span())
        won = (pair["net"]["value"] or 0) - (pair["gross"]["value"] or 0)
        lines.append(
            [
                pair["net"]["clock"],
                *(_share(ask, metric, pair[name], address, f"{code}.{name}")
                  for name in ("net", "gross")),
                interval_of(metric, pair["net"], ask.lang),
                f"{pair['net']['n']:,}",
                ask.word("points_of", n=f"{won * _POINTS:.1f}"),
            ]
        )  # fmt: skip
    said = ask.sentences(metric, ask.total(metric), ())
    names = ("clock", "net", "gross", "interval", "cases", "won_by_pause")
    return [
        parts.findings(said),
        parts.table([ask.word(one) for one in names], lines, numbers=(1, 2, 3, 4, 5), wide=(3,)),
        *states.key(rows, ask.lang),
    ]


def _share(ask: Ask, metric: Metric, row: dict[str, Any], address: str, name: str) -> Any:
    return html.Td(
        dcc.Link(text_of(metric, row, ask.lang), href=address),
        className=f"number state-{row['state'].partition(':')[0]}",
        **data(figure=f"{metric.id}.{name}"),
    )


def _outcomes(ask: Ask) -> list[Any]:
    metric = registry()["sla_attainment"]
    where = ask.where(metric)
    rows = due_clocks.outcomes(
        ask.con, ask.viewer, start=ask.first(), end=after(ask.month), where=where
    )
    if not rows:
        return [html.P(ask.word("no_clocks"))]
    pending = [row for row in ask.total(registry()["sla_pending"]) if row["statistic"] == "count"]
    sums = {name: sum(row[name] for row in rows)
            for name in ("counted", "met", "failed", "open_breached")}  # fmt: skip
    finding = ask.word(
        "find_outcomes", n=f"{sums['counted']:,}", met=f"{sums['met']:,}",
        failed=f"{sums['failed']:,}", open=f"{sums['open_breached']:,}",
        pending=f"{pending[0]['value'] or 0:,.0f}" if pending else "0",
    )  # fmt: skip
    shape, least = metric.statistics["net"], ask.context.limits.min_denominator
    few = {"state": "small_sample", "value": 0}
    lines = [
        [
            ask.label("priority", row["priority"]) or ask.word("not_given"),
            dcc.Link(f"{row['counted']:,}", href=ask.kpi(
                metric.id, by="priority", priority=row["priority"], span=ask.span())),
            *(f"{row[name]:,}" for name in ("met", "failed", "open_breached")),
            html.Td(number_text(shape, row["met"] / row["counted"], ask.lang),
                    className="number state-small_sample" if row["counted"] < least else "number"),
        ]
        for row in rows
    ]  # fmt: skip
    names = ("priority", "counted", "met", "failed_late", "open_breached", "attainment")
    return [
        parts.findings([finding]),
        parts.table([ask.word(one) for one in names], lines, numbers=(1, 2, 3, 4, 5)),
        *states.key([few for row in rows if row["counted"] < least], ask.lang),
    ]
