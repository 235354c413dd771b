"""One engineer's score: what it is made of, the tickets that moved it most, and the whole ledger.

Holds the page's tables. Who may see it is decided by `assets.score.reading`; each look at a person
stands in the audit log.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import html

from assets.score import approval, reading
from assets.score.desk import Desk
from assets.score.periods import name_of
from assets.score.sentences import why
from assets.score.words import BANDS, COMPONENTS, RULE_ROWS, notes, points_text, state_text
from dashboards import access
from dashboards.pages import grid, parts
from dashboards.pages.ask import Ask

_MOST_TOLD = 10
Row = dict[str, Any]


def render(
    ask: Ask, viewer: reading.Viewer, kind: str, first: date, engineer: str, desk: Desk | None
) -> list[Any]:
    """Return an engineer's page of a period; ``desk`` is where its bonus was approved.

    Raises:
        ConfigError: the engineer is not the reader's to see.
        StateError: there is no such score.
    """
    ledger = reading.ledger_rows(
        ask.con, viewer, kind, first, engineer, closed=ask.settings.scores_path
    )
    [own, *_] = [
        row
        for row in reading.totals(ask.con, viewer, kind, first)
        if row["engineer_id"] == engineer
    ]
    access.note(ask.settings, "viewed_engineer", engineer)
    zh = ask.lang != "en"
    made = reading.components(ask.con, viewer, kind, first, engineer)
    total = sum(row["points"] for row in ledger)
    return [
        html.H1(f"{own['name']} · {name_of(kind, first)} · {points_text(own)}"),
        html.P("；".join(
            [f"{ask.word('band')}:{BANDS[own['band']][not zh]}", *notes(own, zh=zh)]
        )),
        *_group(ask, viewer, kind, first, engineer),
        *(_bonus(ask, desk, kind, first, (own["site_id"], engineer)) if desk else ()),
        _components(ask, made, ledger),
        *_most(ask, ledger),
        html.H2(ask.word("ledger")),
        html.P(ask.word("ledger_sum", n=len(ledger), total=f"{total:.9f}",
                        version=ledger[0]["rule_version"])),
        *_grid(ask, ledger, f"{engineer} {name_of(kind, first)}"),
    ]  # fmt: skip


def _group(ask: Ask, viewer: reading.Viewer, kind: str, first: date, engineer: str) -> list[Any]:
    """Return the group's quartiles without names; nothing where the group is too small."""
    found = reading.distribution(ask.con, viewer, kind, first, engineer)
    if not found:
        return []
    low, middle, high = found["quartiles"]
    told = ask.word("group_is", n=found["count"], low=low, middle=middle, high=high)
    return [html.P(told)]


def _bonus(ask: Ask, desk: Desk, kind: str, first: date, person: tuple[str, str]) -> list[Any]:
    """Return the engineer's amount of an approved pool."""
    own = reading.Viewer("engineer", person[1], person[0])
    found = approval.current(desk, own, kind, first)
    return [
        html.P(ask.word("own_bonus", amount=f"{row['amount_cny']:,.2f}"))
        for row in (found.amounts if found else ())
    ]


def _components(ask: Ask, made: Sequence[Row], ledger: Sequence[Row]) -> Any:
    """Return what the score is made of; weights are those that count now, spread where some do not.

    The points of the last three columns add up to the score.
    """
    head = ("component", "state", "cases", "estimate", "floor_goal", "of_hundred", "weight_now",
            "of_cases", "of_rules", "points")  # fmt: skip
    return parts.table(
        [ask.word(name) for name in head],
        [_component(ask, part, ledger) for part in made],
        numbers=(2, 3, 4, 5, 6, 7, 9),
    )


def _component(ask: Ask, part: Row, ledger: Sequence[Row]) -> list[Any]:
    zh = ask.lang != "en"
    own = [row for row in ledger if row["component"] == part["component"]]
    cells = [COMPONENTS[part["component"]][not zh], state_text(part, zh=zh), part["case_count"]]
    if not part["share"]:
        return [*cells, *[""] * 3, "0%", *[""] * 3]
    cases = sum(row["points"] for row in own if row["rule_row"] is None)
    rules = " ".join(
        f"{RULE_ROWS[row['rule_row']][not zh]} {row['points']:+.3f}"
        for row in own
        if row["rule_row"] is not None and row["points"]
    )
    goal = _value(part, part["goal"])
    return [
        *cells,
        _value(part, part["value"]),
        f"→ {goal}" if part["component"] == "volume" else f"{_value(part, part['floor'])} → {goal}",
        f"{part['points']:.1f}",
        f"{part['share']:.1%}",
        f"{cases:+.3f}",
        rules,
        f"{part['points'] * part['share']:.3f}",
    ]


def _value(part: Row, value: float) -> str:
    """Return a component's value in its own unit: units an hour, marks, or a percentage."""
    if part["component"] == "volume":
        return f"{value:.3f}/h"
    return f"{value:.2f}" if part["component"] == "satisfaction" else f"{value:.1%}"


def _most(ask: Ask, ledger: Sequence[Row]) -> list[Any]:
    """Return the tickets that gained and that cost most, with the sentence that says why."""
    cases = sorted(
        (row for row in ledger if row["rule_row"] is None), key=lambda one: one["points"]
    )
    best = [row for row in reversed(cases) if row["points"] > 0][:_MOST_TOLD]
    worst = [row for row in cases if row["points"] < 0][:_MOST_TOLD]
    head = [ask.word(name) for name in ("row_number", "points", "component", "ticket", "because")]
    return [
        part
        for title, rows in (("most_gained", best), ("most_lost", worst))
        for part in (
            html.H2(ask.word(title)),
            parts.table(head, [_case(ask, row) for row in rows], numbers=(0, 1)),
        )
    ]


def _case(ask: Ask, row: Row) -> list[Any]:
    subject: Any = row["subject_id"]
    if row["ticket_id"]:
        subject = parts.ticket(ask, {**row, "ticket_no": None})
    return [
        row["ledger_id"] or "—",
        f"{row['points']:+.3f}",
        COMPONENTS[row["component"]][ask.lang == "en"],
        subject,
        why(row, ask.lang),
    ]


def _grid(ask: Ask, ledger: Sequence[Row], name: str) -> list[Any]:
    """Return every row, the heaviest first."""
    rows = sorted(ledger, key=lambda one: -abs(one["points"]))
    return grid.rows(
        ask,
        [
            {
                "ledger_id": row["ledger_id"],
                "points": float(round(row["points"], 6)),
                "component": COMPONENTS[row["component"]][ask.lang == "en"],
                "subject_id": row["subject_id"] or "",
                "because": why(row, ask.lang),
                "evidence": " ".join(row["evidence"]),
            }
            for row in rows
        ],
        [{"site": row["site_id"], "asset": None, "ticket": row["ticket_id"]} for row in rows],
        name=name,
    )
