"""Rules of money, stock, knowledge and training → `core.rule_*` tables for the cost models.

Holds the translation of `prices.yml` and of those parts of `thresholds.yml` into rows. Labour rates
keep their versions, so that a raise does not price the year before; everything else is read as it
stands at as-of. What the rules do to costs lives in `assets/core`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from config.rules import Rules

Create = Callable[[duckdb.DuckDBPyConnection, str, str, Iterable[Sequence[Any]]], None]
_MICRO = Decimal(1_000_000)
_SECONDS_PER_MINUTE = 60
_REST = "*"


def create(con: duckdb.DuckDBPyConnection, rules: Rules, make: Create) -> None:
    """Lay down the tables; ``make`` creates one from its name, columns and rows."""
    _create_prices(con, rules, make)
    _create_signs(con, rules, make)
    make(
        con,
        "rule_cost_terms",
        "yearly_cost_share decimal(6, 4), cumulative_cost_share decimal(6, 4), "
        "signs_needed bigint, residual_share decimal(6, 4), filled_within_seconds bigint, "
        "dead_after_months bigint, abc_first decimal(6, 4), abc_second decimal(6, 4), "
        "xyz_first decimal(6, 4), xyz_second decimal(6, 4), article_valid_months integer, "
        "qualified_tickets bigint, uncovered_share decimal(6, 4), training_window_days bigint, "
        "repeat_visit_days bigint, has_offer boolean, offer_mono_price_cny decimal(18, 6), "
        "offer_colour_price_cny decimal(18, 6), offer_minimum_cny decimal(14, 2), "
        "labour_cny_per_hour decimal(18, 6)",
        [_terms(rules)],
    )


def _terms(rules: Rules) -> tuple[Any, ...]:
    prices, limits = rules.prices, rules.thresholds
    offer = prices.print_offer
    return (
        prices.replacement.yearly_cost_share,
        prices.replacement.cumulative_cost_share,
        prices.replacement.signs_needed,
        prices.depreciation.residual_share,
        limits.stock.filled_within_minutes * _SECONDS_PER_MINUTE,
        limits.stock.dead_after_months,
        *limits.stock.abc_shares,
        *limits.stock.xyz_variation,
        limits.knowledge.article_valid_months,
        limits.knowledge.qualified_tickets,
        limits.knowledge.uncovered_share,
        limits.training.window_days,
        limits.repeat_visit_days,
        offer is not None,
        offer.mono_price_cny if offer else None,
        offer.colour_price_cny if offer else None,
        offer.minimum_cny_per_month if offer else None,
        prices.labour_rate_cny_per_hour.get(_REST),
    )


def _rates(rules: Rules) -> Iterator[tuple[Any, ...]]:
    for version, start, end in rules.price_versions.spans():
        for grade, rate in version.content.labour_rate_cny_per_hour.items():
            yield grade, int(rate * _MICRO), start.date(), end.date()


def _create_prices(con: duckdb.DuckDBPyConnection, rules: Rules, make: Create) -> None:
    prices = rules.prices
    make(con, "rule_labour_rates", "grade text, micro_cny bigint, from_on date, to_on date",
         _rates(rules))  # fmt: skip
    make(
        con,
        "rule_asset_lives",
        "asset_class text, life_years bigint",
        [
            (asset_class, prices.statutory_life_years[kind])
            for asset_class, kind in prices.depreciation.statutory_kind.items()
        ],
    )
    make(con, "rule_ownership_on_books", "ownership text",
         [(name,) for name in prices.depreciation.ownership_on_books])  # fmt: skip
    make(con, "rule_replacement_prices", "code text, price_cny decimal(14, 2)",
         prices.replacement.price_cny.items())  # fmt: skip
    make(con, "rule_parts_end", "model text, ends_on date",
         prices.replacement.parts_end_on.items())  # fmt: skip
    make(
        con,
        "rule_downtime_rates",
        "asset_class text, micro_cny bigint",
        [(name, int(rate * _MICRO)) for name, rate in prices.downtime_rate_cny_per_hour.items()],
    )
    make(
        con,
        "rule_warranty_offers",
        "asset_class text, from_year bigint, to_year bigint, price_cny decimal(14, 2), "
        "deductible_share decimal(6, 4)",
        [
            (name, one.from_year, one.to_year, one.price_cny, one.deductible_share)
            for name, one in prices.warranty_offers.items()
        ],
    )


def _create_signs(con: duckdb.DuckDBPyConnection, rules: Rules, make: Create) -> None:
    """Lay down what marks a ticket that training would spare, and what is critical."""
    training = rules.thresholds.training
    signs = {
        "work_class": training.work_classes,
        "outcome": training.outcomes,
        "cause": training.causes,
    }
    make(con, "rule_training_signs", "sign text, code text",
         [(sign, code) for sign, codes in signs.items() for code in codes])  # fmt: skip
    families = rules.taxonomy.families.items()
    make(con, "rule_user_help_families", "fault_family_code text",
         [(code,) for code, family in families if family.is_user_help])  # fmt: skip
    make(con, "rule_critical", "criticality text",
         [(one,) for one in rules.thresholds.knowledge.critical])  # fmt: skip
