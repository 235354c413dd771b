"""服务经理: failure rate, hours, parts and people's work; how full weeks are; what hangs on whom.

Holds which numbers stand here. Numbers are metrics, early warning of strain is
`assets.continuity.strain`; scores stand on their own page.
"""

from typing import Any
from urllib.parse import quote

from dash import dcc, html

from assets.continuity.strain import Strain, strains
from dashboards import access
from dashboards.pages import numbers, parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/manager", "page_manager"
ROLES = ("head",)
_FAILURES: tuple[numbers.Wanted, ...] = (
    ("use_failure_rate", ("per_100_device_years",)),
    ("inherent_failure_rate", ("per_100_device_years",)),
    ("stability", ()),
)
_HOURS: tuple[numbers.Wanted, ...] = (
    ("hands_on_time", ()),
    ("utilisation", ()),
    ("backlog_weeks", ()),
)
_PARTS: tuple[numbers.Wanted, ...] = (("parts_used", ()), ("stock_outs", ("share", "unmet")))
_QUALITY: tuple[numbers.Wanted, ...] = (
    ("work_units", ("units", "tickets")),
    ("sla_attainment", ()),
    ("first_time_fix", ("share",)),
    ("satisfaction", ("top_share", "overall", "counted")),
    ("rating_response", ("share",)),
    ("complaint_rate", ()),
)
_OF_ENGINEER = (
    ("work_units", "units"),
    ("tickets_completed", "count"),
    ("hands_on_time", "hours"),
    ("utilisation", "share"),
    ("sla_attainment", "net"),
    ("first_time_fix", "share"),
    ("satisfaction", "top_share"),
)
_OF_FAULT = (("reports", "count"), ("recurrence", "share"), ("parts_used", "value_cny"))
_COVER: tuple[numbers.Wanted, ...] = (
    ("ab_coverage", ()),
    ("wip_spread", ()),
    ("knowledge_coverage", ("covered",)),
)


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    access.note(ask.settings, "viewed_engineer", "all")
    return [
        html.H1(ask.word(TITLE)),
        parts.filters(ask),
        html.H2(ask.word("manager_failures")),
        numbers.table(ask, _FAILURES),
        numbers.cut(ask, "asset_class", (("use_failure_rate", "per_100_device_years"),)),
        html.H2(ask.word("manager_hours")),
        numbers.table(ask, _HOURS),
        numbers.cut(ask, "work_class", (("hands_on_time", "hours"), ("hands_on_time", "sessions"))),
        html.H2(ask.word("manager_parts")),
        numbers.table(ask, _PARTS),
        numbers.cut(ask, "part_class", (("parts_used", "value_cny"), ("parts_used", "quantity"))),
        html.H2(ask.word("manager_people")),
        html.P(dcc.Link(ask.word("to_scores"), href=ask.link("/scores"))),
        numbers.table(ask, _QUALITY),
        numbers.cut(ask, "engineer", _OF_ENGINEER),
        html.H2(ask.word("manager_faults")),
        numbers.cut(ask, "fault_family", _OF_FAULT),
        html.H2(ask.word("manager_load")),
        load(ask),
        html.H2(ask.word("manager_cover")),
        numbers.table(ask, _COVER),
        numbers.cut(ask, "scope_kind", (("ab_coverage", "covered"), ("ab_coverage", "uncovered"))),
    ]


def load(ask: Ask) -> Any:
    """Return everyone's load of the last weeks, each leading to what their leaving would mean."""
    found: list[Strain] = ask.reading.kept(
        ("strains", ask.viewer), lambda: strains(ask.con, ask.viewer.data_role)
    )
    if not found:
        return html.P(ask.word("no_engineers"))
    lines = [
        [
            dcc.Link(one.name, href=ask.link(f"/handover/{quote(one.path)}")),
            f"▲ {one.index}" if one.is_warning else f"{one.index}",
            f"{one.hands_on_hours:,.0f}",
            _share(one.off_hours_share),
            _share(one.overtime_share),
            f"{one.held:,}",
            f"{one.run_days}",
            "、".join(ask.word(f"sign_{sign}") for sign in one.signs),
        ]
        for one in sorted(found, key=lambda one: (-one.index, one.name))
    ]  # fmt: skip
    head = ("name", "load_index", "hours", "off_hours", "overtime", "in_hand", "run_days", "signs")
    return html.Div(
        [
            parts.table([ask.word(name) for name in head], lines, numbers=(1, 2, 3, 4, 5, 6),
                        wide=(2, 3, 4)),
            html.P(ask.word("load_why"), className="note"),
        ]
    )  # fmt: skip


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"
