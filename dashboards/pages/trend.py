"""趋势: chosen KPIs over 24 months, weeks or days, each a small chart with its finding.

Holds the page: which KPIs stand in the URL. Limits and their words are `assets.metric_control`'s.
"""

from datetime import timedelta
from typing import Any

from dash import dcc, html

from assets import metric_control
from assets.metrics import Metric, add_months, registry
from dashboards.layout import data
from dashboards.pages import charts, parts, trend_charts
from dashboards.pages.ask import Ask, after

PATH, TITLE = "/trend", "page_trend"
ROLES = ("head", "finance", "qcc", "engineer", "department")
GRAINS = ("month", "week", "day")
_PERIODS, _MOST = 24, 12
_USUAL = ("availability", "stability", "use_failure_rate", "reports", "restore_time",
          "sla_attainment", "recurrence", "parts_used")  # fmt: skip


def render(ask: Ask) -> list[Any]:
    """Return the choices and one chart for each KPI chosen."""
    able = ask.viewer.metrics()
    known = {one.id for one in able}
    wanted = [name for name in ask.params.get("kpi", "").split(",") if name in known]
    chosen = list(dict.fromkeys(wanted))[:_MOST] or [name for name in _USUAL if name in known]
    grain = ask.params.get("grain", "")
    grain = grain if grain in GRAINS else GRAINS[0]
    options = [{"label": f"{one.code} {one.names.text(ask.lang)}", "value": one.id} for one in able]
    choice = html.Label(
        [ask.word("chosen_kpis"),
         dcc.Dropdown(id={"type": "filter", "name": "kpi"}, options=options, value=chosen,
                      multi=True, labels=parts.dropdown_words(ask))],
        className="search wide",
    )  # fmt: skip
    links = parts.chosen_links(
        (ask.word(f"grain_{name}"), ask.link(PATH, grain=name, kpi=ask.params.get("kpi")),
         name == grain)
        for name in GRAINS
    )  # fmt: skip
    panels = [_panel(ask, registry()[name], grain) for name in chosen]
    return [parts.filters(ask), choice, links, html.Div(panels, className="multiples")]


def _asked(ask: Ask, grain: str) -> dict[str, Any]:
    """Return the last 24 periods: months up to the chosen one, weeks and days up to as-of."""
    if grain == "month":
        start, end = add_months(ask.month, 1 - _PERIODS), after(ask.month)
    else:
        days = 1 if grain == "day" else 7
        end = ask.context.as_of_on + timedelta(days=1)
        # one more, for as-of may be a midnight at which the day has not begun
        start = end - timedelta(days=days * (_PERIODS + 1))
    return {"grain": grain, "start": max(start, ask.context.data_from), "end": end}


def _panel(ask: Ask, metric: Metric, grain: str) -> Any:
    first = next(iter(metric.statistics))
    read = ask.read(metric, **_asked(ask, grain))
    rows = ask.whole([row for row in read if row["statistic"] == first])[-_PERIODS:]
    name = (
        f"{metric.code} {metric.names.text(ask.lang)} · {metric.statistics[first].text(ask.lang)}"
    )
    heading = html.H3(dcc.Link(name, href=ask.kpi(metric.id)))
    known = [row for row in rows if row["value"] is not None]
    if not known:
        is_missing = any(row["state"] == "not_connected" for row in rows)
        why = ask.word("not_connected" if is_missing else "no_course")
        return html.Section([heading, html.P(why)], **data(kpi=metric.id))
    found = metric_control.control(metric, rows)
    said = ask.sentences(metric, rows, ())[:1]
    if found is not None:
        said.append(metric_control.told(metric, rows, found, ask.lang))
    return html.Section(
        [
            heading,
            charts.graph(trend_charts.small(metric, rows, found)),
            parts.findings(said),
        ],
        **data(kpi=metric.id, points=str(len(known))),
    )
