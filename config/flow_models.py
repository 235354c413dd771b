"""Numbers behind the flow of tickets, people's load and units of work: the shape of `flow`.

Holds the part of `thresholds.yml` that judges acceptance, first-time fixes, hand-overs,
utilisation, queues and what a ticket weighs. Targets of clocks are in `sla_models`.
"""

from decimal import Decimal

from pydantic import Field

from config.rule_base import Part, Priority, Share


class WorkUnitRule(Part):
    """How a ticket's weight is made: see `thresholds.yml`, `flow.work_units`.

    ``min_cell_tickets``: a kind of work with fewer inherits the level above; ``pull_tickets``: how
    many tickets' weight that level has in every other. ``floor`` and ``cap`` clip the weight before
    the factors of a visit, of odd hours and of priorities.
    """

    min_cell_tickets: int = Field(gt=0)
    pull_tickets: int = Field(ge=0)
    floor: Decimal = Field(gt=0)
    cap: Decimal = Field(gt=0)
    consumable_cap: Decimal = Field(gt=0)
    visit_factor: Decimal = Field(gt=0)
    off_hours_factor: Decimal = Field(gt=0)
    off_hours_calendar: str
    priority_factors: dict[Priority, Decimal]


class StrainRule(Part):
    """When a person's load is a sign of strain, and how many signs are a warning."""

    days: int = Field(gt=0)
    off_hours_share: Share
    overtime_share: Share
    held_ratio: Decimal = Field(ge=1)
    run_days: int = Field(gt=1)
    warning_signs: int = Field(gt=0, le=4)


class FlowRule(Part):
    """When an acceptance is nobody's, a fix the first, a queue long enough to learn from."""

    auto_accept_seconds: int = Field(ge=0)
    idle_after_accept_minutes: int = Field(gt=0)
    parked_minutes: int = Field(gt=0)
    pressed_minutes: int = Field(gt=0)
    batched_seconds: int = Field(gt=0)
    first_fix_days: int = Field(gt=0)
    shadow_reopen_hours: int = Field(gt=0)
    handover_hours: int = Field(gt=0)
    observation_days: int = Field(gt=0)
    baseline_days: int = Field(gt=0)
    utilisation_band: tuple[Share, Share]
    overload_share: Share
    strain: StrainRule
    similar_days: int = Field(gt=0)
    min_similar: int = Field(gt=0)
    capacity_days: int = Field(gt=0)
    work_units: WorkUnitRule
