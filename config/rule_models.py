"""The shape of the rule files: one typed, frozen model per file in `config/defaults`.

Holds field names, value lists and the checks within one file. Reading, merging and checks across
files live in `rules`; working calendars in `calendars`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from config.calendars import CalendarRule, HolidayRule

Clock = Literal["accept", "arrive", "restore", "vendor", "loaner"]
Urgency = Literal["critical", "high", "normal", "low"]
UrgencyOrRest = Literal["critical", "high", "normal", "low", "*"]
Priority = Literal["P1", "P2", "P3", "P4", "P5"]
PauseReason = Literal["waiting_part", "waiting_user", "approval", "vendor", "force_majeure"]
ServiceImpact = Literal["down", "degraded", "none"]
Criticality = Literal["A", "B", "C"]
EventType = Literal[
    "reported", "created", "dispatched", "accepted", "arrived", "work_started", "paused",
    "resumed", "transferred", "coworker_joined", "sent_to_vendor", "vendor_returned", "restored",
    "verified", "closed", "reopened", "cancelled", "merged", "chased",
]  # fmt: skip
WorkClass = Literal[
    "repair", "service_request", "consult", "consumable", "bug", "change", "policy_change", "pm",
    "calibration", "project", "recall",
]  # fmt: skip
OutcomeCode = Literal[
    "repaired", "replaced", "user_error", "no_fault_found", "cancelled", "merged", "duplicate",
]  # fmt: skip
REST = "*"
MISSING = "missing"
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Cell = tuple[Clock, UrgencyOrRest, str]
Share = Annotated[Decimal, Field(gt=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class _File(_Part):
    version: str = Field(min_length=1)


class Label(_Part):
    """A name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class CalendarsFile(_File):
    """`calendars.yml`."""

    calendars: dict[str, CalendarRule]
    holidays: HolidayRule = HolidayRule()


class SlaTarget(_Part):
    """How long a clock may run, and on which calendar."""

    target_minutes: int = Field(gt=0)
    calendar: str


class SlaVersion(_Part):
    """Targets from a local date on: clock → urgency → fault group → target."""

    effective_from: date
    targets: dict[Clock, dict[UrgencyOrRest, dict[str, SlaTarget]]]

    def cells(self) -> Iterator[tuple[Cell, SlaTarget]]:
        """Yield the targets that this version itself states."""
        for clock, by_urgency in self.targets.items():
            for urgency, by_group in by_urgency.items():
                for group, target in by_group.items():
                    yield (clock, urgency, group), target


@dataclass(frozen=True)
class SlaRow:
    """One cell of the SLA matrix while one version is in force.

    ``urgency`` and ``group`` may be ``*``: every value without a row of its own.
    ``effective_until`` is exclusive, None for the newest version.
    """

    version_id: str
    effective_from: date
    effective_until: date | None
    clock: Clock
    urgency: UrgencyOrRest
    group: str
    target_minutes: int
    calendar_id: str


class SlaRules(_File):
    """`sla.yml`: the matrix urgency × fault group × clock in versions."""

    urgency_of_priority: dict[Priority, Urgency]
    versions: dict[str, SlaVersion] = Field(min_length=1)

    @field_validator("versions")
    @classmethod
    def _dates_differ(cls, versions: dict[str, SlaVersion]) -> dict[str, SlaVersion]:
        if len({version.effective_from for version in versions.values()}) < len(versions):
            raise ValueError("中有两个版本的 effective_from 相同")
        return versions

    def rows(self) -> tuple[SlaRow, ...]:
        """Return the whole matrix of every version, oldest first, inherited cells included."""
        ordered = sorted(self.versions.items(), key=lambda item: item[1].effective_from)
        ends = [version.effective_from for _, version in ordered[1:]]
        cells: dict[Cell, SlaTarget] = {}
        rows: list[SlaRow] = []
        for (version_id, version), end in zip(ordered, [*ends, None], strict=True):
            cells.update(version.cells())
            rows += [
                SlaRow(
                    version_id,
                    version.effective_from,
                    end,
                    *cell,
                    target_minutes=target.target_minutes,
                    calendar_id=target.calendar,
                )
                for cell, target in sorted(cells.items(), key=lambda item: item[0])
            ]
        return tuple(rows)

    def target(
        self, clock: Clock, urgency: str | None, group: str | None, on: date
    ) -> SlaRow | None:
        """Return the row for a ticket reported on a local date, None when no target is set.

        The most exact row wins: urgency and group, urgency, group, the default.
        """
        in_force: dict[tuple[str | None, str | None], SlaRow] = {
            (row.urgency, row.group): row
            for row in self.rows()
            if row.clock == clock
            and row.effective_from <= on
            and (row.effective_until is None or on < row.effective_until)
        }
        wanted = ((urgency, group), (urgency, REST), (REST, group), (REST, REST))
        return next((in_force[key] for key in wanted if key in in_force), None)


class PauseRule(_Part):
    """How far one pause may stop a clock; ``cap_hours`` None means without limit."""

    cap_hours: Decimal | None = Field(default=None, gt=0)
    evidence_required: bool = False


class EvidenceRule(_Part):
    """What proves that a wait for the user was one."""

    event_types: tuple[EventType, ...] = ()
    is_call_evidence: bool = True


class PauseRules(_File):
    """`pauses.yml`: clock → pause reason → rule. A reason that is not listed stops nothing."""

    clocks: dict[Clock, dict[PauseReason, PauseRule]]
    evidence: EvidenceRule = EvidenceRule()


class FaultFamily(Label):
    """A fault family: its group and what it means for a ticket that does not say."""

    group: Code
    default_service_impact: ServiceImpact
    is_consumable: bool = False
    is_user_help: bool = False


class Cause(Label):
    """A cause code and its category of 人机料法环测."""

    category: Code


class FailureRule(_Part):
    """Which tickets are failures; see `taxonomy.yml`."""

    work_classes: tuple[WorkClass, ...]
    excluded_outcomes: tuple[OutcomeCode, ...]
    inherent_excluded_outcomes: tuple[OutcomeCode, ...]
    inherent_excludes_consumable: bool
    planned_work_classes: tuple[WorkClass, ...]


class TaxonomyRules(_File):
    """`taxonomy.yml`."""

    groups: dict[Code, Label]
    families: dict[Code, FaultFamily]
    cause_categories: dict[Code, Label]
    causes: dict[Code, Cause]
    failure: FailureRule


class CommonCauseRule(_Part):
    """How many tickets of one zone and fault family in how many minutes are one event."""

    window_minutes: int = Field(gt=0)
    min_tickets: int = Field(ge=2)


class AgeCohort(_Part):
    """Device age in years, half-open; ``to_years`` None is open."""

    from_years: int = Field(ge=0)
    to_years: int | None = None


class BacklogBucket(_Part):
    """Age of an open ticket in hours, half-open; ``to_hours`` None is open."""

    from_hours: int = Field(ge=0)
    to_hours: int | None = None


class StalenessRule(_Part):
    """After how many intervals a tile turns amber, and grey."""

    amber_factor: int = Field(gt=0)
    grey_factor: int = Field(gt=0)


class Thresholds(_File):
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
    backlog_age_buckets: dict[str, BacklogBucket]
    wall_staleness: StalenessRule
    planned_calendars: dict[str, str]
    criticality_weights: dict[Criticality, Decimal]

    @field_validator("age_cohorts")
    @classmethod
    def _cohorts_join(cls, cohorts: dict[str, AgeCohort]) -> dict[str, AgeCohort]:
        ordered = dict(sorted(cohorts.items(), key=lambda item: item[1].from_years))
        _require_seamless([(c.from_years, c.to_years) for c in ordered.values()])
        return ordered

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


class ReplacementRule(_Part):
    """When a device is proposed for replacement; shares of its replacement price."""

    yearly_cost_share: Share
    cumulative_cost_share: Decimal = Field(gt=0)
    signs_needed: int = Field(ge=1)


class Prices(_File):
    """`prices.yml`: CNY with tax; ``*`` in the labour rates is every grade without its own."""

    labour_rate_cny_per_hour: dict[str, Annotated[Decimal, Field(ge=0, decimal_places=6)]]
    statutory_life_years: dict[str, Annotated[int, Field(gt=0)]]
    replacement: ReplacementRule


class LabelsFile(_File):
    """`labels.yml`: kind → code → names."""

    labels: dict[str, dict[str, Label]]

    @field_validator("labels")
    @classmethod
    def _names_a_missing_value(
        cls, labels: dict[str, dict[str, Label]]
    ) -> dict[str, dict[str, Label]]:
        if REST not in labels.get(MISSING, {}):
            raise ValueError(f"缺少「{MISSING}」的「{REST}」项")
        return labels
