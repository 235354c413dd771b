"""重复故障: the problems that beat chance, by excess times cost, and one with its failures.

Holds two tables. What beats chance was decided before publication; who may see it, by the reader.
"""

from typing import Any

from dash import dcc, html

from assets.causes.topic import Names
from assets.recurrence import view
from assets.recurrence.words import Subjects
from dashboards.pages import parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/repeats", "page_repeats"
ROLES = ("head", "qcc", "engineer")
_MOST_SHOWN = 100


def render(ask: Ask) -> list[Any]:
    """Return the list, or the problem that the path names.

    Raises:
        ConfigError: there is no such problem.
        StateError: the snapshot was published before repeats were counted.
    """
    view.require(ask.con)
    subjects = Subjects(ask.con, Names(ask.con, ask.lang))
    return _problem(ask, subjects) if ask.path else _list(ask, subjects)


def _list(ask: Ask, subjects: Subjects) -> list[Any]:
    role = ask.viewer.data_role
    found = view.problems(ask.con, role=role)
    lines = [_line(ask, subjects, row, is_link=True) for row in found[:_MOST_SHOWN]]
    table = parts.table(_head(ask), lines, numbers=(0, 2, 3, 4, 5), wide=(3, 5))
    return [
        *(html.P(f"● {_total(ask, row)}") for row in view.totals(ask.con, role=role)),
        table if lines else html.P(ask.word("no_problems")),
        html.P(ask.word("not_why"), className="dim"),
    ]


def _problem(ask: Ask, subjects: Subjects) -> list[Any]:
    found = view.problem(ask.con, ask.path, role=ask.viewer.data_role)
    failures = [
        [
            f"{row['reported_on']}",
            row["ticket_no"] or row.get("ticket_id", ""),
            row.get("asset_id") or "",
            "" if row.get("gap_seconds") is None else f"{row['gap_seconds'] / 86_400:.1f}",
            "" if row.get("cost_cny") is None else f"¥{row['cost_cny']:,.2f}",
        ]
        for row in found.failures
    ]
    head = [ask.word(name) for name in ("reported_on", "ticket", "device", "gap_days", "cost")]
    return [
        html.H1(f"{subjects.of(found.row)} · {subjects.fault(found.row)}"),
        parts.table(_head(ask), [_line(ask, subjects, found.row)], numbers=(0, 2, 3, 4, 5)),
        html.H2(ask.word("failures")),
        parts.table(head, failures, numbers=(3, 4)),
        html.P(ask.word("not_why"), className="dim"),
    ]


def _head(ask: Ask) -> list[str]:
    names = ("rank", "problem", "repeats_of", "by_chance", "excess", "cost", "state")
    return [ask.word(name) for name in names]


def _line(ask: Ask, subjects: Subjects, row: dict[str, Any], *, is_link: bool = False) -> list[Any]:
    name = f"{subjects.of(row)} · {subjects.fault(row)}"
    return [
        "" if row["problem_rank"] is None else f"{row['problem_rank']}",
        dcc.Link(name, href=ask.link(f"{PATH}/{row['problem_id']}")) if is_link else name,
        f"{row['repeat_count']}/{row['index_count']}",
        f"{row['expected_repeats']:.2f}",
        f"{row['excess']:.1f} ({row['excess_lo']:.1f}–{row['excess_hi']:.1f})",
        "" if row["cost_cny"] is None else f"¥{row['cost_cny']:,.2f}",
        subjects.state(row),
    ]


def _total(ask: Ask, row: dict[str, Any]) -> str:
    told = ask.word(
        "repeats_total",
        site=row["site_id"],
        days=row["window_days"],
        repeats=row["repeat_count"],
        n=row["index_count"],
        expected=f"{row['expected_repeats']:.0f}",
        excess=f"{row['excess']:.0f}",
        lo=f"{row['excess_lo']:.0f}",
        hi=f"{row['excess_hi']:.0f}",
        problems=row["problem_count"],
    )
    if row["back_share"] is None or row["chance_share"] is None:
        return told
    usual = ask.word(
        "repeats_usual",
        days=row["window_days"],
        share=f"{row['back_share']:.1%}",
        chance=f"{row['chance_share']:.1%}",
    )
    return f"{told} {usual}"
