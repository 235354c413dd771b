"""备件 · 备机 · 巡检: what is on the shelf, what is lent, what is due.

Holds which numbers and lists stand here. Numbers are metrics; the rows are read by
`assets.service.store`.
"""

from typing import Any

from dash import html

from assets.service.store import due, loans_out
from dashboards.pages import numbers, parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/stock", "page_stock"
ROLES = ("head", "finance", "engineer")
_MOST_ROWS = 40
_PARTS: tuple[numbers.Wanted, ...] = (
    ("stock_on_hand", ()),
    ("parts_below_min", ()),
    ("stock_turnover", ("turns_per_year", "days_of_supply")),
    ("stock_outs", ()),
    ("days_out_of_stock", ()),
    ("parts_used", ("quantity", "value_cny")),
    ("dead_stock", ()),
)
# The parts below their limit stand first: the cut is in the order of its first column.
_OF_PART = (
    ("parts_below_min", "count"),
    ("stock_on_hand", "quantity"),
    ("stock_turnover", "days_of_supply"),
    ("stock_turnover", "turns_per_year"),
    ("stock_outs", "unmet"),
    ("parts_used", "quantity"),
)
_LOANERS: tuple[numbers.Wanted, ...] = (
    ("loans_overdue", ()),
    ("loan_return_time", ("median", "p90")),
    ("loaner_turnover", ()),
)
_PLANS: tuple[numbers.Wanted, ...] = (
    ("pm_on_time", ()),
    ("due_soon", ()),
    ("calibration_valid", ()),
)


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    return [
        html.H1(ask.word(TITLE)),
        parts.filters(ask),
        html.H2(ask.word("stock_parts")),
        numbers.table(ask, _PARTS),
        html.H3(ask.word("stock_each_part")),
        numbers.cut(ask, "part", _OF_PART),
        html.H2(ask.word("stock_loaners")),
        numbers.table(ask, _LOANERS),
        *_loans(ask),
        html.H2(ask.word("stock_plans")),
        numbers.table(ask, _PLANS),
        numbers.cut(ask, "pm_kind", (("pm_on_time", "on_time"), ("pm_on_time", "missed"),
                                     ("pm_on_time", "due"))),
        *_due(ask),
    ]  # fmt: skip


def _loans(ask: Ask) -> list[Any]:
    if "loans" not in ask.context.connected:
        return []
    found = loans_out(ask.con, ask.viewer, lang=ask.lang)
    lines = [
        [
            one.asset_id, one.asset_class, one.department, f"{one.lent_on}", str(one.due_on or "—"),
            "" if one.overdue_days is None else f"■ {one.overdue_days}",
        ]
        for one in found[:_MOST_ROWS]
    ]  # fmt: skip
    head = ("device", "asset_class", "department", "lent_on", "due_on", "overdue_days")
    return [
        html.H3(ask.word("loans_out", n=len(found))),
        parts.table([ask.word(name) for name in head], lines, numbers=(5,), wide=(1, 3))
        if lines
        else html.P(ask.word("no_loans")),
    ]


def _due(ask: Ask) -> list[Any]:
    if "pm_plans" not in ask.context.connected:
        return []
    found = due(ask.con, ask.viewer, lang=ask.lang)
    lines = [
        [
            one.kind, one.device, one.asset_class, one.department, f"{one.due_on}",
            f"■ {one.overdue_days}" if one.overdue_days else "",
        ]
        for one in found[:_MOST_ROWS]
    ]  # fmt: skip
    head = ("kind", "device", "asset_class", "department", "due_on", "overdue_days")
    late = sum(1 for one in found if one.overdue_days)
    return [
        html.H3(ask.word("due_list", n=len(found), late=late, shown=len(lines))),
        parts.table([ask.word(name) for name in head], lines, numbers=(5,), wide=(2,))
        if lines
        else html.P(ask.word("no_plan_due")),
    ]
