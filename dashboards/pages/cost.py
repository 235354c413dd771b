"""费用与外包: what service costs and where, own work against a vendor's, money left on the table.

Holds which numbers and comparisons stand here. Numbers are metrics, make or buy is
`assets.decision_costs`, what is at a vendor is read by `assets.service.outside`.
"""

from typing import Any

from dash import html

from assets.decision_costs import print_choice, warranty_choice
from assets.service.outside import away
from dashboards.pages import numbers, parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/cost", "page_cost"
ROLES = ("head", "finance")
_MOST_ROWS = 40
_COSTS: tuple[numbers.Wanted, ...] = (
    ("service_cost", ()),
    ("repair_cost", ()),
    ("cost_of_service_ratio", ()),
    ("missed_warranty_claims", ()),
    ("warranty_cover", ("share", "ending_soon")),
)
_OUTSIDE: tuple[numbers.Wanted, ...] = (
    ("vendor_cost", ()),
    ("vendor_share", ()),
    ("vendor_time", ("median", "p90", "km_median", "km_p90")),
)
_PAGES: tuple[numbers.Wanted, ...] = (("page_cost", ()), ("print_pages", ()), ("print_bills", ()))
_OF_CLASS = (
    ("service_cost", "cny"),
    ("service_cost", "per_ticket"),
    ("vendor_cost", "cny"),
    ("missed_warranty_claims", "cny"),
)
_OF_MODEL = (
    ("page_cost", "own_pages"),
    ("page_cost", "own_per_100_cny"),
    ("page_cost", "contract_per_100_cny"),
)


def render(ask: Ask) -> list[Any]:
    """Return the page."""
    return [
        html.H1(ask.word(TITLE)),
        parts.filters(ask),
        html.H2(ask.word("cost_all")),
        numbers.table(ask, _COSTS),
        html.H3(ask.word("cost_kinds")),
        numbers.cut(ask, "cost_kind", (("service_cost", "cny"), ("repair_cost", "cny"))),
        html.H3(ask.word("cost_classes")),
        numbers.cut(ask, "asset_class", _OF_CLASS),
        html.H2(ask.word("cost_outside")),
        numbers.table(ask, _OUTSIDE),
        *_away(ask),
        html.H2(ask.word("cost_pages")),
        numbers.table(ask, _PAGES),
        numbers.cut(ask, "model", _OF_MODEL),
        html.H2(ask.word("make_or_buy")),
        *_printers(ask),
        *_warranties(ask),
    ]


def _away(ask: Ask) -> list[Any]:
    found = away(ask.con, ask.viewer, lang=ask.lang)
    lines = [
        [
            one.ticket_no, one.asset, one.asset_class, one.department, f"{one.sent_on}",
            f"{one.days:.1f}", f"{ask.minute(one.due_at)}" if one.due_at else "—",
            f"■ {ask.word('late')}" if one.is_late else "",
        ]
        for one in found[:_MOST_ROWS]
    ]  # fmt: skip
    late = sum(1 for one in found if one.is_late)
    head = ("ticket", "device", "asset_class", "department", "sent_on", "days", "due_at", "state")
    return [
        html.H3(ask.word("away_list", n=len(found), late=late)),
        parts.table([ask.word(name) for name in head], lines, numbers=(5,), wide=(2, 3))
        if lines
        else html.P(ask.word("nothing_away")),
    ]


def _printers(ask: Ask) -> list[Any]:
    """Return K29 for printers: a machine's year, own and under contract, and where they cross."""
    rows = ask.reading.kept(
        ("print_choice", ask.viewer.data_role),
        lambda: print_choice(ask.con, role=ask.viewer.data_role),
    )
    if not rows:
        return [html.P(ask.word("no_printers"))]
    lines = [
        [
            row["model"] or "—",
            f"{row['machines']:,}",
            f"{row['pages']:,.0f}",
            f"¥{row['own_cny']:,.2f}",
            _money(row["contract_cny"]),
            f"¥{row['own_cny_per_page']:,.3f}",
            _money(row["contract_cny_per_page"], 3),
            " / ".join(f"{pages:,.0f}" for pages in row["break_even_pages"]) or "—",
            _cheaper(ask, row),
            ask.word(f"input_{row['tornado'][0].name}") if row["tornado"] else "—",
        ]
        for row in rows
    ]
    head = ("model", "machines", "pages_year", "own_year", "contract_year", "own_page",
            "contract_page", "break_even", "cheaper", "hangs_on")  # fmt: skip
    has_price = any(row["contract_cny"] is not None for row in rows)
    return [
        html.H3(ask.word("print_choice")),
        parts.table([ask.word(name) for name in head], lines, numbers=(1, 2, 3, 4, 5, 6, 7),
                    wide=(5, 6, 9)),
        html.P(ask.word("print_choice_why" if has_price else "no_offer"), className="note"),
    ]  # fmt: skip


def _cheaper(ask: Ask, row: dict[str, Any]) -> str:
    if row["contract_cny"] is None:
        return "—"
    return ask.word("own" if row["own_cny"] < row["contract_cny"] else "contract")


def _money(value: float | None, digits: int = 2) -> str:
    return "—" if value is None else f"¥{value:,.{digits}f}"


def _warranties(ask: Ask) -> list[Any]:
    """Return K29 for warranties: what the covered failures are expected to cost, with interval."""
    rows = ask.reading.kept(
        ("warranty_choice", ask.viewer.data_role),
        lambda: warranty_choice(ask.con, role=ask.viewer.data_role),
    )
    if not rows:
        return []
    names = dict(ask.choices("asset_class"))
    lines = [
        [
            names.get(row["asset_class"], row["asset_class"]),
            ask.word("years_span", start=row["from_year"] + 1, end=row["to_year"]),
            f"{row['failures']:,}",
            f"{row['device_years']:,.1f}",
            _money(row["expected_cny"]),
            "" if row["lo_cny"] is None else f"{row['lo_cny']:,.2f}–{row['hi_cny']:,.2f}",
            _money(row["price_cny"]),
            _worth(ask, row),
        ]
        for row in rows
    ]
    head = ("asset_class", "covered", "failures_n", "device_years", "worth", "interval", "price",
            "state")  # fmt: skip
    return [
        html.H3(ask.word("warranty_choice")),
        parts.table([ask.word(name) for name in head], lines, numbers=(2, 3, 4, 5, 6), wide=(2, 3)),
        html.P(ask.word("warranty_choice_why"), className="note"),
    ]


def _worth(ask: Ask, row: dict[str, Any]) -> str:
    if row["expected_cny"] is None:
        return ask.word("worth_unknown")
    if row["is_worth_it"] is None:
        return ask.word("no_price")
    if not row["is_proven"]:
        return ask.word("worth_unproven")
    return ask.word("worth_it" if row["is_worth_it"] else "not_worth_it")
