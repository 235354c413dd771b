"""The engineer's score and the bonus: the shape of `score.yml`.

Holds weights, floors and goals of the components, shares of credit and terms of the bonus, with the
checks within one version. What they do to tickets is in `assets/core`, to points in `assets/score`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from config.rule_base import Part, RuleFile

Component = Literal[
    "volume", "timeliness", "quality", "satisfaction", "records", "prevention"
]  # fmt: skip
COMPONENTS: tuple[Component, ...] = (
    "volume", "timeliness", "quality", "satisfaction", "records", "prevention",
)  # fmt: skip
Positive = Annotated[Decimal, Field(gt=0)]
Weight = Annotated[Decimal, Field(ge=0)]
ExemptCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
CreditShare = Annotated[Decimal, Field(ge=0, lt=1)]
_WHOLE = 100


class VolumeRule(Part):
    """Units of work per available hour; the goal is the role's median times ``goal_share``."""

    goal_share: Positive
    min_hours: int = Field(gt=0)


class SelfCreatedRule(Part):
    """Tickets that an engineer opened and resolved without anybody else."""

    needs_confirmation: bool


class WatchRule(Part):
    """When a sign of a manoeuvre is shown: beyond chance, much more than colleagues, and often."""

    probability: Decimal = Field(gt=Decimal("0.9"), lt=1)
    least_ratio: Decimal = Field(ge=1)
    least_hits: int = Field(gt=0)


class Anchored(Part):
    """A component between a floor (0 points) and a goal (100), from ``min_n`` cases on."""

    floor: Decimal = Field(ge=0)
    goal: Decimal
    min_n: int = Field(gt=0)

    @field_validator("goal")
    @classmethod
    def _is_above_the_floor(cls, goal: Decimal, info: ValidationInfo) -> Decimal:
        if goal <= info.data.get("floor", Decimal(0)):
            raise ValueError("应大于 floor")
        return goal


class TimelinessRule(Anchored):
    """Clocks that were met, each from its own start."""

    parts: dict[Literal["ack", "arrive", "restore"], Weight]
    late_pass: Decimal = Field(gt=0, le=1)


class QualityRule(Anchored):
    """Repairs that held. ``decay``: up to so many days after, so much of a penalty."""

    parts: dict[Literal["recurrence", "first_fix", "reopen"], Weight]
    decay: tuple[
        tuple[Annotated[int, Field(gt=0)], CreditShare | Literal[1]],
        tuple[Annotated[int, Field(gt=0)], CreditShare],
    ]
    reopen_days: int = Field(gt=0)

    @field_validator("decay")
    @classmethod
    def _fades(cls, decay: tuple[tuple[int, Decimal], tuple[int, Decimal]]) -> object:
        (near, full), (far, less) = decay
        if near >= far or full < less:
            raise ValueError("的天数应由小到大,扣分应由大到小")
        return decay


class SatisfactionRule(Anchored):
    """Marks by people who were served."""

    parts: dict[Literal["response_speed", "professionalism", "communication", "overall"], Weight]
    pull_ratings: int = Field(gt=0)


class RecordsRule(Anchored):
    """Reports that are complete, and articles that others used."""

    parts: dict[Literal["asset_bound", "complete", "reuse"], Weight]
    reuse_goal: int = Field(gt=0)


class PreventionRule(Anchored):
    """Preventive work done on time, and problems that were fixed for good."""

    parts: dict[Literal["pm_on_time", "fixes"], Weight]
    fix_goal: int = Field(default=1, gt=0)


class ShrinkageRule(Part):
    """How many cases the group's mean is worth."""

    cases: Literal["auto"] | Annotated[int, Field(gt=0)]
    default: int = Field(gt=0)
    least: int = Field(gt=0)
    most: int = Field(gt=0)


class BandRule(Part):
    """How sure a band must be."""

    probability: Decimal = Field(gt=Decimal("0.5"), lt=1)
    draws: int = Field(ge=200, le=20_000)


class CreditRule(Part):
    """Shares of one ticket, in the order in which they are taken."""

    vendor: CreditShare
    triage: CreditShare
    previous_with_work: CreditShare
    first_repair: CreditShare
    helpers: CreditShare
    resolver_at_least: CreditShare
    effort_at_least: CreditShare
    held_back: CreditShare
    held_back_days: int = Field(gt=0)


class AppealRule(Part):
    """How long an engineer may object to a closed month, and how soon they are answered.

    In working days of ``calendar``.
    """

    calendar: str
    window_workdays: int = Field(gt=0)
    accept_workdays: int = Field(gt=0)
    decide_workdays: int = Field(gt=0)


class BonusRule(Part):
    """How a pool is divided."""

    mode: Literal["base_plus_score", "share", "tier"]
    base_share: Decimal = Field(ge=0, le=1)
    pivot: Positive
    low: Positive
    high: Positive
    grades: dict[str, Positive]
    tiers: dict[Literal["above", "normal", "below"], Positive]


class ScoreRules(RuleFile):
    """`score.yml`: one version of it.

    Closed months keep their content for ever: a new field needs a default.
    """

    peer_group: tuple[Literal["role", "grade"], ...] = Field(min_length=1)
    min_group: int = Field(ge=2)
    history_months: int = Field(gt=0)
    weights: dict[Component, Weight]
    volume: VolumeRule
    self_created: SelfCreatedRule
    timeliness: TimelinessRule
    quality: QualityRule
    satisfaction: SatisfactionRule
    records: RecordsRule
    prevention: PreventionRule
    shrinkage: ShrinkageRule
    bands: BandRule
    watch: WatchRule
    credit: CreditRule
    exempt_codes: tuple[ExemptCode, ...]
    appeal: AppealRule
    newcomer_months: int = Field(ge=0)
    bonus: BonusRule

    @field_validator("weights")
    @classmethod
    def _weights_sum_to_a_hundred(cls, weights: dict[str, Decimal]) -> dict[str, Decimal]:
        if sum(weights.values()) != _WHOLE:
            raise ValueError(f"的合计应为 {_WHOLE},现在是 {sum(weights.values())}")
        return weights

    @field_validator("timeliness", "quality", "satisfaction", "records", "prevention")
    @classmethod
    def _has_a_part(cls, rule: Anchored) -> Anchored:
        if not sum(getattr(rule, "parts").values()):  # noqa: B009 - each of them has parts
            raise ValueError("的 parts 至少一项应大于 0")
        return rule


def is_month_start(moment: datetime) -> bool:
    """Tell whether a local moment is the first of a month: where a version of the score begins."""
    return (moment.day, moment.hour, moment.minute, moment.second) == (1, 0, 0, 0)
