"""交接: who hands over to whom, the 72-hour clock, and the pack with its six named sections.

Holds the list and one engineer's pack as it prints. Whose it may be is decided by
`assets.continuity.mine`; each look at a person stands in the audit log.
"""

from typing import Any
from urllib.parse import quote, unquote

from dash import dcc, html

from assets.continuity.mine import Given, handovers, leaving_of
from assets.continuity.pack import pack
from dashboards import access
from dashboards.pages import manager, numbers, packs, parts
from dashboards.pages.ask import Ask
from dashboards.pages.steps import steps

PATH, TITLE = "/handover", "page_handover"
ROLES = ("head", "engineer")
_HOUR = 3600
_NUMBERS: tuple[numbers.Wanted, ...] = (
    ("handover_assigned", ()),
    ("handover_sections", ()),
    ("handover_observation", ()),
)


def render(ask: Ask) -> list[Any]:
    """Return the list of hand-overs, or the pack of the engineer whom the path names.

    Raises:
        RefusedError: it is not theirs to see.
        StateError: there is no such engineer.
    """
    asked = unquote(ask.path)
    if asked:
        return _pack(ask, asked)
    is_head = ask.viewer.role == "head"
    return [
        html.H1(ask.word(TITLE)),
        *([parts.filters(ask, ()), numbers.table(ask, _NUMBERS)] if is_head else []),
        html.H2(ask.word("handovers")),
        *_list(ask),
        *([html.H2(ask.word("manager_load")), manager.load(ask)] if is_head else []),
    ]


def _list(ask: Ask) -> list[Any]:
    if "handovers" not in ask.context.connected:
        return [html.P(ask.word("handovers_not_connected"))]
    found = handovers(ask.con, ask.viewer)
    if not found:
        return [html.P(ask.word("no_handovers"))]
    head = ("gives", "takes", "announced_on", "until_named", "in_72_hours", "sections_done")
    return [
        parts.table([ask.word(name) for name in head], [_line(ask, one) for one in found],
                    numbers=(3, 5))
    ]  # fmt: skip


def _line(ask: Ask, one: Given) -> list[Any]:
    told = {True: "in_time", False: "not_in_time", None: "still_running"}[one.is_in_time]
    address = quote(f"{one.site_id}/{one.from_id}")
    return [
        dcc.Link(one.from_name, href=ask.link(f"{PATH}/{address}")),
        one.to_name or ask.word("nobody_named"),
        f"{one.announced_on}",
        f"{one.assign_seconds / _HOUR:,.1f}",
        ("■ " if one.is_in_time is False else "") + ask.word(told),
        f"{one.done}/{one.sections}",
    ]


def _pack(ask: Ask, asked: str) -> list[Any]:
    about = leaving_of(ask.con, ask.viewer, asked)
    access.note(ask.settings, "viewed_engineer", about.engineer_id)
    report = pack(about, ask.lang)
    return [
        html.H1(report.title),
        html.P(f"{ask.settings.hospital_name} · {about.as_of_on}", className="asof"),
        html.Nav(
            [
                dcc.Link(ask.word("handovers"), href=ask.link(PATH), className="choice"),
                *packs.link(
                    ask, "handover", f"{about.site_id}/{about.engineer_id}", ask.word("answer_file")
                ),
            ],
            className="choices",
        ),
        *steps(report, ask.lang),
    ]
