"""Numbers that decide what is shown, flagged or grouped: the shape of `thresholds.yml`.

Holds limits, age bands and their presets, and the targets of metrics. Targets of single clocks are
in `sla_models`.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from config.cause_models import CauseRule
from config.flow_models import FlowRule
from config.recurrence_models import RecurrenceRule
from config.rule_base import (
    REST,
    STANDARD,
    Code,
    Criticality,
    OutcomeCode,
    Part,
    RuleFile,
    Share,
    WorkClass,
)


class CommonCauseRule(Part):
    """How many tickets of one zone and fault family in how many minutes are one event."""

    window_minutes: int = Field(gt=0)
    min_tickets: int = Field(ge=2)


class AgeCohort(Part):
    """Device age in years, half-open; ``to_years`` None is open."""

    from_years: int = Field(ge=0)
    to_years: int | None = None


class BacklogBucket(Part):
    """Age of an open ticket in hours, half-open; ``to_hours`` None is open."""

    from_hours: int = Field(ge=0)
    to_hours: int | None = None


class StalenessRule(Part):
    """After how many intervals a tile turns amber, and grey."""

    amber_factor: int = Field(gt=0)
    grey_factor: int = Field(gt=0)


class StockRule(Part):
    """When a demand was met at once, and how parts are classed.

    ``abc_shares``: cumulative shares of the year's value that end class A and B. ``xyz_variation``:
    coefficients of variation of the monthly use that end class X and Y.
    """

    filled_within_minutes: int = Field(ge=0)
    dead_after_months: int = Field(gt=0)
    abc_shares: tuple[Share, Share]
    xyz_variation: tuple[Decimal, Decimal]

    @field_validator("abc_shares", "xyz_variation")
    @classmethod
    def _ascend(cls, limits: tuple[Decimal, Decimal]) -> tuple[Decimal, Decimal]:
        if not 0 < limits[0] < limits[1]:
            raise ValueError("的两个界限应为正数且由小到大")
        return limits


class KnowledgeRule(Part):
    """How long an article holds, and who counts as able to look after something."""

    article_valid_months: int = Field(gt=0)
    qualified_tickets: int = Field(gt=0)
    critical: tuple[Criticality, ...] = Field(min_length=1)
    uncovered_share: Share


class TrainingRule(Part):
    """Which tickets training would have spared, and the days looked at before and after one."""

    work_classes: tuple[WorkClass, ...]
    outcomes: tuple[OutcomeCode, ...]
    causes: tuple[Code, ...]
    window_days: int = Field(gt=0)


_UNIT_SECONDS = {"min": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(min|h|d)")


def _in_base_unit(value: Any) -> Any:
    """Turn ``4h`` into seconds; a number stays as it is."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        return Decimal(match[1]) * _UNIT_SECONDS[match[2]]
    if isinstance(value, str):
        raise ValueError("应为数字,或带单位的时长,如 30min、4h、2d")
    return value


# A share between 0 and 1, a number, or a duration: in the unit of the metric's value.
Target = Annotated[Decimal, BeforeValidator(_in_base_unit), Field(ge=0)]


class Thresholds(RuleFile):
    """`thresholds.yml`."""

    min_events: int = Field(ge=0)
    min_denominator: int = Field(ge=0)
    common_cause: CommonCauseRule
    forgotten_working_hours: int = Field(gt=0)
    forgotten_calendar: str
    completion_grace_days: int = Field(ge=0)
    due_soon_share: Share
    degraded_weight: Decimal = Field(ge=0, le=1)
    age_cohorts: dict[str, AgeCohort]
    age_cohort_presets: dict[Code, dict[str, AgeCohort]] = Field(default={})
    age_cohort_preset: str = STANDARD
    backlog_age_buckets: dict[str, BacklogBucket]
    wall_staleness: StalenessRule
    planned_calendars: dict[str, str]
    criticality_weights: dict[Criticality, Decimal]
    stock: StockRule
    knowledge: KnowledgeRule
    training: TrainingRule
    repeat_visit_days: int = Field(gt=0)
    flow: FlowRule
    recurrence: RecurrenceRule
    causes: CauseRule
    # metric → statistic → what it should reach; without a target nothing is coloured
    targets: dict[Code, dict[Code, Target]] = Field(default={})

    @field_validator("age_cohorts")
    @classmethod
    def _cohorts_join(cls, cohorts: dict[str, AgeCohort]) -> dict[str, AgeCohort]:
        ordered = dict(sorted(cohorts.items(), key=lambda item: item[1].from_years))
        _require_seamless([(c.from_years, c.to_years) for c in ordered.values()])
        return ordered

    @field_validator("age_cohort_presets")
    @classmethod
    def _presets_join(
        cls, presets: dict[str, dict[str, AgeCohort]]
    ) -> dict[str, dict[str, AgeCohort]]:
        if STANDARD in presets:
            raise ValueError(f"中不能有「{STANDARD}」:它就是 age_cohorts")
        return {code: cls._cohorts_join(cohorts) for code, cohorts in presets.items()}

    @property
    def cohorts(self) -> dict[str, AgeCohort]:
        """The age cohorts of the chosen preset, youngest first."""
        return self.age_cohort_presets.get(self.age_cohort_preset, self.age_cohorts)

    @field_validator("backlog_age_buckets")
    @classmethod
    def _buckets_join(cls, buckets: dict[str, BacklogBucket]) -> dict[str, BacklogBucket]:
        ordered = dict(sorted(buckets.items(), key=lambda item: item[1].from_hours))
        _require_seamless([(b.from_hours, b.to_hours) for b in ordered.values()])
        return ordered

    @field_validator("planned_calendars")
    @classmethod
    def _has_default(cls, calendars: dict[str, str]) -> dict[str, str]:
        if REST not in calendars:
            raise ValueError("缺少默认项「*」")
        return calendars


def _require_seamless(bands: Sequence[tuple[int, int | None]]) -> None:
    """Raise ValueError unless ascending bands begin at 0, join seamlessly and end open."""
    expected: int | None = 0
    for start, end in bands:
        if start != expected or (end is not None and end <= start):
            raise ValueError("的各段应从 0 起首尾相接、互不重叠")
        expected = end
    if expected is not None:
        raise ValueError("的最后一段应不设上限")
