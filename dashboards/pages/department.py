"""科室: one ward's open tickets, service and devices, and the answers to what it complains of.

Holds the dossier and the printed pack. Whose ward it may be is decided by the readers in
`assets.wards`; the pack's content is theirs too.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

from dash import dcc, html

from assets.circle.report import Circle
from assets.wards import tables
from assets.wards.answer import DEVICES, NUMBERS, answer
from assets.wards.place import Ward, ward_of, wards, year_to
from assets.wards.question import Question
from assets.wards.waiting import Estimate, Waiting, held, open_tickets
from dashboards.pages import numbers, packs, parts
from dashboards.pages.ask import Ask
from dashboards.pages.steps import drawn, steps

PATH, TITLE = "/department", "page_department"
ROLES = ("head", "department")
_ANSWER, _MOST_TICKETS = "/answer", 100
_HELD: numbers.Wanted = ("backlog", ("count",))
# What a ward has, after what it asks about.
_HAS: tuple[numbers.Wanted, ...] = (
    ("device_states", ("total", "in_use", "in_repair", "at_vendor", "waiting_part", "lent_out")),
    ("warranty_cover", ("share", "ending_soon")),
    ("loans_overdue", ("out", "overdue")),
    ("pm_on_time", ("on_time", "missed", "due")),
    ("due_soon", ("in_30_days",)),
    ("service_cost", ("cny", "per_ticket")),
    ("book_value", ("book_value_cny",)),
)


def render(ask: Ask) -> list[Any]:
    """Return the list of wards, a ward's dossier, or its answer pack.

    Raises:
        RefusedError: the ward is not theirs to see.
        ConfigError: there is no such ward.
    """
    asked = unquote(ask.path)
    if not asked and ask.viewer.role == "head":
        return _list(ask)
    is_answer = asked.endswith(_ANSWER)
    code = asked.removesuffix(_ANSWER) or ask.viewer.department_id or ""
    ward = ward_of(ask.con, ask.viewer, code)
    return _answer(ask, ward) if is_answer else _dossier(ask, ward)


def _list(ask: Ask) -> list[Any]:
    lines = [
        [
            dcc.Link(ward.name, href=ask.link(f"{PATH}/{quote(ward.path)}", department=None)),
            ward.zone,
            ask.label("department_type", ward.kind),
        ]
        for ward in wards(ask.con, ask.viewer)
    ]
    head = [ask.word(name) for name in ("department", "zone", "kind")]
    return [
        html.H1(ask.word(TITLE)),
        html.P(ask.word("wards_why")),
        parts.table(head, lines),
    ]


def _dossier(ask: Ask, ward: Ward) -> list[Any]:
    """Return the dossier; its numbers lead to their pages narrowed to the ward."""
    own = replace(
        ask,
        params={
            **{name: text for name, text in ask.params.items() if name in ("month", "lang")},
            "site": ward.site_id,
            "department": ward.department_id,
        },
    )
    about = Question(ask.con, ask.viewer, ward, year_to(ask.con, ask.month), ask.lang)

    def make() -> tuple[Any, ...]:
        return tables.devices(about), tables.repeats(about)

    key = ("dossier", ask.viewer, ward, ask.month, ask.lang)
    return [
        html.H1(ward.name),
        html.Nav(
            [
                dcc.Link(
                    ask.word("answer_page"),
                    href=ask.link(f"{PATH}/{quote(ward.path)}{_ANSWER}"),
                    className="choice",
                ),
                *packs.link(ask, "answer", ward.path, ask.word("answer_file")),
            ],
            className="choices",
        ),
        html.H2(ask.word("open_tickets")),
        *_queue(ask, ward),
        html.H2(ask.word("ward_numbers")),
        parts.filters(ask, ()),
        numbers.table(own, (_HELD, *NUMBERS, *DEVICES, *_HAS)),
        html.H2(ask.word("ward_year")),
        *(part for table in ask.reading.kept(key, make) for part in drawn(table, ask.lang)),
    ]


def _queue(ask: Ask, ward: Ward) -> list[Any]:
    found: list[Waiting] = ask.reading.kept(
        ("queue", ask.viewer, ward), lambda: open_tickets(ask.con, ask.viewer, ward)
    )
    if not found:
        return [html.P(ask.word("no_open_tickets"))]
    names = Question(ask.con, ask.viewer, ward, year_to(ask.con, ask.month), ask.lang).names
    head = [
        ask.word(name)
        for name in ("place", "ticket", "device", "fault", "reported_on", "state",
                     "likely_accepted", "likely_restored")
    ]  # fmt: skip
    lines = [
        [
            ask.word("place_of", place=one.row["position"], length=one.row["queue_length"])
            if one.row["position"]
            else ask.word("taken"),
            one.row["ticket_no"] or one.row["ticket_id"],
            " ".join(filter(None, (one.row["asset_tag"], one.row["asset_name"]))),
            names.of("fault_family", one.row["fault_family"]),
            ask.minute(one.row["reported_at"]),
            names.of("status", one.row["status"]),
            _likely(ask, one.accepted) if one.accepted else "",
            _likely(ask, one.restored),
        ]
        for one in found
    ]
    return [
        parts.table(head, lines, wide=(3,)),
        html.P(ask.word("likely_rule"), className="note"),
        html.P(_record(ask, ward), className="note"),
    ]


def _record(ask: Ask, ward: Ward) -> str:
    found = ask.reading.kept(("held", ask.viewer, ward), lambda: held(ask.con, ask.viewer, ward))
    if found.lo is None or found.hi is None:
        return ask.word("likely_untried")
    return ask.word(
        "likely_held",
        n=found.cases,
        hits=found.hits,
        share=f"{found.hits / found.cases:.0%}",
        lo=f"{found.lo:.0%}",
        hi=f"{found.hi:.0%}",
    )


def _likely(ask: Ask, one: Estimate) -> str:
    if one.from_at is None:
        return ask.word("likely_small", n=one.cases)
    start = ask.minute(one.from_at)
    if one.to_at is None:
        return ask.word("likely_from", start=start, n=one.cases)
    return ask.word("likely", start=start, end=ask.minute(one.to_at), n=one.cases)


def _answer(ask: Ask, ward: Ward) -> list[Any]:
    def make() -> Circle:
        return answer(
            ask.con, ask.viewer, ward, ask.month, lang=ask.lang, most_tickets=_MOST_TICKETS
        )

    report: Circle = ask.reading.kept(("answer", ask.viewer, ward, ask.month, ask.lang), make)
    last = report.end - timedelta(days=1)
    return [
        html.H1(report.title),
        html.P(f"{ask.settings.hospital_name} · {report.start} — {last}", className="asof"),
        html.Nav(
            [
                dcc.Link(
                    ask.word("back_to_dossier"),
                    href=ask.link(f"{PATH}/{quote(ward.path)}"),
                    className="choice",
                ),
                *packs.link(ask, "answer", ward.path, ask.word("answer_file")),
            ],
            className="choices",
        ),
        parts.filters(ask, ()),
        *steps(report, ask.lang),
    ]
