"""The life of one device on its card: states, down time, reports, maintenance, parts.

Holds the timeline and the same as lists; what is in it was read by `assets.device_card`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dash import html

from assets.device_card import Card
from dashboards.pages import charts, device_charts, parts
from dashboards.pages.ask import Ask


def life(ask: Ask, shown: Card) -> list[Any]:
    """Return the timeline as a chart, and below it as lists to unfold."""
    as_of = ask.now
    lanes = {
        ask.label("asset_state", state): [
            (_at(ask, row["from_second"], as_of), _at(ask, row["to_second"], as_of),
             ask.label("asset_state", state))
            for row in shown.states if row["asset_state"] == state
        ]
        for state in dict.fromkeys(row["asset_state"] for row in shown.states)
    }  # fmt: skip
    lanes |= {
        ask.word("down"): [
            (_at(ask, row["from_second"], as_of), _at(ask, row["to_second"], as_of),
             ask.word("down"))
            for row in shown.downtime
        ]
    }  # fmt: skip
    failures = [row for row in shown.tickets if row["is_use_failure"] and not row["is_void"]]
    others = [row for row in shown.tickets if not row["is_use_failure"] and not row["is_void"]]
    points = {
        ask.word("failure"): _points(ask, ((row["reported_at"], _fault(ask, row))
                                            for row in failures), as_of),
        ask.word("other_tickets"): _points(ask, ((row["reported_at"], _fault(ask, row))
                                                 for row in others), as_of),
        ask.word("maintenance"): [(_noon(row["done_on"] or row["due_on"]), _service(ask, row))
                                  for row in shown.maintenance],
        ask.word("part_changes"): [(_noon(row["issued_on"]), _part(row)) for row in shown.parts],
    }  # fmt: skip
    filled = {name: found for name, found in points.items() if found}
    stretches = {name: found for name, found in lanes.items() if found}
    if not filled and not stretches:
        return [html.P(ask.word("no_life"))]
    return [charts.graph(device_charts.life(stretches, filled)), *_lists(ask, shown)]


def _at(ask: Ask, second: int | None, as_of: datetime) -> datetime:
    return min(ask.local(second) or as_of, as_of)


def _noon(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001 - the hospital's own clock


def _points(
    ask: Ask, rows: Iterable[tuple[datetime, str]], as_of: datetime
) -> list[tuple[datetime, str]]:
    return [(ask.local(at) or as_of, text) for at, text in rows]


def _fault(ask: Ask, row: dict[str, Any]) -> str:
    what = ask.label("fault_family", row["fault_family"]) or ask.label(
        "work_class", row["work_class"]
    )
    return f"{row['ticket_no'] or row['ticket_id']} {what}"


def _service(ask: Ask, row: dict[str, Any]) -> str:
    kind = ask.label("pm_kind", row["pm_kind"])
    return f"{kind} {parts.day(row['due_on'])} {ask.word('pm_' + row['outcome'])}"


def _part(row: dict[str, Any]) -> str:
    return f"{row['part_name']} × {row['quantity']:,.0f}"


def _lists(ask: Ask, shown: Card) -> list[Any]:
    """Return the same as words: states, maintenance, parts."""
    states = [
        [
            ask.label("asset_state", row["asset_state"]),
            ask.minute(row["from_second"]),
            ask.minute(row["to_second"]) or ask.word("until_now"),
            ask.word("from_register") if row["is_ledger"] else "",
        ]
        for row in shown.states
    ]
    done = [
        [ask.label("pm_kind", row["pm_kind"]), parts.day(row["due_on"]), parts.day(row["done_on"]),
         ask.word("pm_" + row["outcome"])]
        for row in reversed(shown.maintenance)
    ]  # fmt: skip
    changed = [
        [parts.day(row["issued_on"]), row["part_name"], f"{row['quantity']:,.0f}",
         row["ticket_no"] or ""]
        for row in reversed(shown.parts)
    ]  # fmt: skip
    return [
        *_folded(ask, "states", ("state", "from", "until", "basis_of"), states, ()),
        *_folded(ask, "maintenance", ("kind_of_service", "due", "done", "state"), done, ()),
        *_folded(ask, "part_changes", ("issued", "part", "pieces", "ticket"), changed, (2,)),
    ]


def _folded(
    ask: Ask, title: str, head: tuple[str, ...], rows: list[list[Any]], numbers: tuple[int, ...]
) -> list[Any]:
    if not rows:
        return []
    summary = html.Summary(f"{ask.word(title)} ({len(rows)})")
    return [html.Details([summary, parts.table([ask.word(one) for one in head], rows,
                                               numbers=numbers)])]  # fmt: skip
