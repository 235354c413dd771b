"""接入进度: which KPIs are live, which need more days, and which feed the others wait for.

Holds the page, and what stands in place of the overview before anything was published. What is live
and what is lacking is read by `assets.readiness`.
"""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from assets import readiness
from assets.metrics import Metric
from assets.readiness import STATES, Ready, State
from assets.viewers import Viewer
from config.rules import load_rules
from config.settings import Settings
from dashboards.layout import data
from dashboards.page_words import word
from dashboards.pages import parts
from dashboards.pages.ask import Ask
from dashboards.run_state import last_failure

PATH, TITLE = "/start", "page_start"
ROLES = ("head", "finance", "engineer", "qcc", "department", "admin")


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    key = ("readiness", ask.viewer.anyone_alike())
    found: list[Ready] = ask.reading.kept(
        key,
        lambda: readiness.readiness(
            ask.con, ask.viewer, load_rules(ask.settings.rules_dir).thresholds
        ),
    )
    of: dict[State, list[Ready]] = {name: [] for name in STATES}
    for one in found:
        of[one.state].append(one)
    counts = {name: len(ones) for name, ones in of.items()}
    return [
        html.H1(ask.word(TITLE)),
        html.P(ask.word("start_counts", total=len(found), **counts)),
        *_history(ask),
        *_missing(of["missing"], ask.lang),
        *_waiting(ask, of["waiting"]),
        *_listed(ask, "held", of["held"]),
        *_parts(ask, found),
        *(part for name in ("empty", "few", "live") for part in _listed(ask, name, of[name])),
    ]


def unpublished(viewer: Viewer, settings: Settings, lang: str) -> list[Any]:
    """Return what is shown while there is no snapshot: what to do, and what will be needed."""
    found = readiness.unpublished(viewer.metrics())
    names = "、".join(f"{one.name}({one.system})" for one in settings.sources)
    failure = last_failure(settings)
    failed = []
    if failure is not None:
        at = failure.failed_at.replace(tzinfo=ZoneInfo("UTC"))
        local = at.astimezone(ZoneInfo(settings.timezone))
        text = word("start_failed", lang, at=f"{local:%Y-%m-%d %H:%M}", problem=failure.problem)
        failed = [html.P(f"■ {text}", className="problem")]
    return [
        html.H1(word("start_first", lang)),
        *failed,
        html.P(word("start_steps", lang)),
        html.P(word("start_sources", lang, names=names)),
        html.H2(word("start_needed", lang, total=len(found))),
        _feeds(found, lang),
    ]


def _history(ask: Ask) -> list[Any]:
    seen = readiness.history(ask.con)
    lines = [
        ask.word("start_since", first=parts.day(seen.data_from), last=parts.day(seen.as_of_on))
    ]
    for name, day in (("start_compared", seen.compared_on), ("start_limits", seen.limits_on)):
        days = (day - seen.as_of_on).days
        if days > 0:
            lines.append(f"▲ {ask.word(name, n=days, day=parts.day(day))}")
    return [html.P(line) for line in lines]


def _missing(found: list[Ready], lang: str) -> list[Any]:
    if not found:
        return [html.P(f"● {word('start_none_missing', lang)}")]
    return [
        html.H2(word("start_missing", lang)),
        html.P(word("start_missing_how", lang), className="note"),
        _feeds(found, lang),
    ]


def _feeds(found: Iterable[Ready], lang: str) -> Any:
    head = [word(name, lang) for name in ("feed", "opens", "which")]
    lines = [
        [
            html.Td(html.Code(name), **data(feed=name)),
            f"{len(metrics)}",
            ("、" if lang != "en" else ", ").join(_name(one, lang) for one in metrics),
        ]
        for name, metrics in readiness.feeds(found)
    ]
    return parts.table(head, lines, numbers=(1,))


def _name(metric: Metric, lang: str) -> str:
    return metric.names.text(lang)


def _link(ask: Ask, metric: Metric) -> Any:
    return dcc.Link(f"{metric.code} {_name(metric, ask.lang)}", href=ask.link(f"/kpi/{metric.id}"))


def _waiting(ask: Ask, found: list[Ready]) -> list[Any]:
    if not found:
        return []
    head = [ask.word(name) for name in ("metric", "more_days", "from_day")]
    lines = [
        [
            html.Td(_link(ask, one.metric), **data(waiting=one.metric.id)),
            f"{(one.ripe_on - ask.context.as_of_on).days}" if one.ripe_on else "—",
            parts.day(one.ripe_on) or ask.word("half_open"),
        ]
        for one in sorted(found, key=lambda one: (one.ripe_on is None, one.ripe_on))
    ]
    return [html.H2(ask.word("start_waiting")), parts.table(head, lines, numbers=(1,))]


def _parts(ask: Ask, found: list[Ready]) -> list[Any]:
    lines = [
        [_link(ask, one.metric), one.metric.statistics[name].text(ask.lang), html.Code(column)]
        for one in found
        for name, columns in one.parts.items()
        for column in columns
    ]
    if not lines:
        return []
    head = [ask.word(name) for name in ("metric", "statistic", "feed")]
    return [html.H2(ask.word("start_parts")), parts.table(head, lines)]


def _listed(ask: Ask, name: State, found: list[Ready]) -> list[Any]:
    if not found:
        return []
    links = [html.Li(_link(ask, one.metric)) for one in found]
    return [html.H2(ask.word(f"start_{name}")), html.Ul(links, className="columns")]
