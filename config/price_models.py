"""Prices and lives used in cost figures: the shape of `prices.yml`, CNY with tax.

Holds rates, replacement signs, depreciation and offers to compare with. No price is invented: what
is not given is not priced. What the figures mean is in `assets/kpi` and `assets/decisions`.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from config.rule_base import Part, RuleFile, Share

Ownership = Literal["own", "lease", "placed", "donated", "trial"]
Rate = Annotated[Decimal, Field(ge=0, decimal_places=6)]
Money = Annotated[Decimal, Field(ge=0, decimal_places=2)]


class ReplacementRule(Part):
    """When a device is proposed for replacement; shares of its replacement price."""

    yearly_cost_share: Share
    cumulative_cost_share: Decimal = Field(gt=0)
    signs_needed: int = Field(ge=1)
    price_cny: dict[str, Money] = Field(default={})
    parts_end_on: dict[str, date] = Field(default={})


class DepreciationRule(Part):
    """Straight-line depreciation: the statutory kind of an asset class, and what is on the books.

    A device whose register states a useful life keeps that one.
    """

    statutory_kind: dict[str, str]
    ownership_on_books: tuple[Ownership, ...]
    residual_share: Decimal = Field(ge=0, lt=1)


class PrintOffer(Part):
    """A vendor's offer per machine: prices of a page and the least charge of a month."""

    mono_price_cny: Rate
    colour_price_cny: Rate = Decimal(0)
    minimum_cny_per_month: Money = Decimal(0)


class WarrantyOffer(Part):
    """What an extended warranty of one device costs, and the share of a repair that stays ours."""

    from_year: int = Field(ge=0)
    to_year: int = Field(gt=0)
    price_cny: Money
    deductible_share: Decimal = Field(default=Decimal(0), ge=0, lt=1)

    @field_validator("to_year")
    @classmethod
    def _ends_after_it_begins(cls, end: int, info: ValidationInfo) -> int:
        if end <= info.data.get("from_year", 0):
            raise ValueError("应大于 from_year")
        return end


class Prices(RuleFile):
    """`prices.yml`: CNY with tax; ``*`` is every grade or asset class without its own."""

    labour_rate_cny_per_hour: dict[str, Rate]
    statutory_life_years: dict[str, Annotated[int, Field(gt=0)]]
    replacement: ReplacementRule
    depreciation: DepreciationRule
    downtime_rate_cny_per_hour: dict[str, Rate] = Field(default={})
    print_offer: PrintOffer | None = None
    warranty_offers: dict[str, WarrantyOffer] = Field(default={})

    @field_validator("depreciation")
    @classmethod
    def _kinds_have_a_life(cls, rule: DepreciationRule, info: ValidationInfo) -> DepreciationRule:
        unknown = set(rule.statutory_kind.values()) - set(info.data.get("statutory_life_years", {}))
        if unknown:
            raise ValueError(f"中的类别「{'、'.join(sorted(unknown))}」没有折旧年限")
        return rule
