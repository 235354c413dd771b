"""What one device cost and is worth, on its card; nothing of it for who may not see costs.

Holds two tables; the sums were made by `assets.device_card`.
"""

from decimal import Decimal
from typing import Any

from dash import html

from assets.device_card import Card
from dashboards.pages import parts
from dashboards.pages.ask import Ask

_YEAR_KINDS = ("part", "labour", "external", "freight", "loaner", "consumable")


def money(ask: Ask, shown: Card) -> list[Any]:
    """Return cost by year and value; nothing for who may not see costs."""
    spent = shown.money
    if spent is None:
        return []
    heading = html.H2(ask.word("cost_and_value"))
    if "ticket_costs" not in ask.context.connected:
        return [heading, html.P(ask.word("replace_not_connected"))]
    kinds = [kind for kind in _YEAR_KINDS if any(row["kind"] == kind for row in spent.years)]
    by_year: dict[int, dict[str, Decimal]] = {}
    for row in spent.years:
        by_year.setdefault(row["year"], {})[row["kind"]] = row["amount_cny"] or Decimal(0)
    lines = [
        [str(year), *(_cny(sums.get(kind)) for kind in kinds), _cny(sum(sums.values(), Decimal(0)))]
        for year, sums in sorted(by_year.items(), reverse=True)
    ]
    totals = [sum((sums.get(kind, Decimal(0)) for sums in by_year.values()), Decimal(0))
              for kind in kinds]  # fmt: skip
    lines.append([ask.word("in_total"), *map(_cny, totals), _cny(sum(totals, Decimal(0)))])
    head = [ask.word("year"), *(_kind(ask, kind) for kind in kinds), ask.word("in_total")]
    table = parts.table(head, lines, numbers=range(1, len(head)))
    return [
        heading,
        table if spent.years else html.P(ask.word("no_cost")),
        _value(ask, shown),
    ]


def _kind(ask: Ask, kind: str) -> str:
    return ask.word("consumables") if kind == "consumable" else ask.label("cost_kind", kind)


def _cny(value: Decimal | None) -> str:
    return "" if value is None else f"¥{value:,.2f}"


def _value(ask: Ask, shown: Card) -> Any:
    master, spent = shown.master, shown.money
    judged = spent.judged if spent else None
    if spent is None or judged is None:
        return html.P(ask.word("off_the_books"))
    life = f"{judged['used_months']} / {master['life_months']}" if master["life_months"] else ""
    return parts.pairs(
        [
            (ask.word("acquisition"), _cny(master["cost_cny"])),
            (ask.word("book_value"), _cny(judged["book_value_cny"])),
            (ask.word("months_of_life"), life),
            (ask.word("year_cost"), _cny(judged["service_year_cny"])),
            (ask.word("price_new"), _cny(master["replacement_cny"])),
            (ask.word("tco"), _cny(judged["tco_cny"])),
            (ask.word("missed_claims_cny"), _cny(spent.missed_claims_cny)),
        ]
    )
