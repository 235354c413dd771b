"""The shape of the rule files: one typed, frozen model per file in `config/defaults`.

Holds calendars, pauses, duties, taxonomy, prices and labels with the checks within one file; the
SLA matrix is in `sla_models`, thresholds in `threshold_models`. Reading, merging and checks across
files live in `rule_files` and `rules`; working calendars in `calendars`.
"""

from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator

from config.calendars import CalendarRule, HolidayRule
from config.rule_base import (
    MISSING,
    REST,
    Clock,
    Code,
    EventType,
    Label,
    OutcomeCode,
    Part,
    PauseReason,
    Priority,
    RuleFile,
    ServiceImpact,
    Urgency,
    WorkClass,
)


class CalendarsFile(RuleFile):
    """`calendars.yml`."""

    calendars: dict[str, CalendarRule]
    holidays: HolidayRule = HolidayRule()


class PauseRule(Part):
    """How far one pause may stop a clock; ``cap_hours`` None means without limit."""

    cap_hours: Decimal | None = Field(default=None, gt=0)
    evidence_required: bool = False


class EvidenceRule(Part):
    """What proves that a wait for the user was one."""

    event_types: tuple[EventType, ...] = ()
    is_call_evidence: bool = True


class PauseRules(RuleFile):
    """`pauses.yml`: clock → pause reason → rule. A reason that is not listed stops nothing."""

    clocks: dict[Clock, dict[PauseReason, PauseRule]]
    evidence: EvidenceRule = EvidenceRule()


class TicketCondition(Part):
    """Which tickets a rule means: every condition that is set must hold, a list means one of it.

    ``repeat_within_days``: the same device was reported for the same fault family up to so many
    days before.
    """

    fault_groups: tuple[Code, ...] | None = None
    fault_families: tuple[Code, ...] | None = None
    work_classes: tuple[WorkClass, ...] | None = None
    priorities: tuple[Priority, ...] | None = None
    urgencies: tuple[Urgency, ...] | None = None
    service_impacts: tuple[ServiceImpact, ...] | None = None
    asset_classes: tuple[str, ...] | None = None
    is_sensitive_area: bool | None = None
    prefers_onsite: bool | None = None
    is_reopened: bool | None = None
    is_sent_to_vendor: bool | None = None
    repeat_within_days: int | None = Field(default=None, gt=0)


class VisitRule(Label, TicketCondition):
    """Tickets that must, or should rather not, be visited."""

    duty: Literal["required", "remote_preferred"]


class LoanerRule(Label, TicketCondition):
    """Tickets whose ward is owed a spare machine."""


class VisitDuties(Part):
    """Visits: a rule that requires one wins over a rule that prefers remote help."""

    default: Literal["required", "remote_preferred", "either"]
    rules: dict[Code, VisitRule]


class LoanerDuties(Part):
    """Spare machines."""

    rules: dict[Code, LoanerRule]


class DutyRules(RuleFile):
    """`duties.yml`: what a ticket owes the ward beside its clocks."""

    visit: VisitDuties
    loaner: LoanerDuties


class FaultFamily(Label):
    """A fault family: its group and what it means for a ticket that does not say."""

    group: Code
    default_service_impact: ServiceImpact
    is_consumable: bool = False
    is_user_help: bool = False


class Cause(Label):
    """A cause: its category of 人机料法环测, what it did, what proves it and who can tell.

    ``mechanism``: what usually happened to the thing, as distinct from what is seen (the fault
    family) and from why. ``question``: whose answer is evidence. ``owner``: the role that answers.
    """

    category: Code
    mechanism: Code | None = None
    question: Label | None = None
    owner: Label | None = None


class FailureRule(Part):
    """Which tickets are failures; see `taxonomy.yml`."""

    work_classes: tuple[WorkClass, ...]
    excluded_outcomes: tuple[OutcomeCode, ...]
    inherent_excluded_outcomes: tuple[OutcomeCode, ...]
    inherent_excludes_consumable: bool
    planned_work_classes: tuple[WorkClass, ...]


class TaxonomyRules(RuleFile):
    """`taxonomy.yml`."""

    groups: dict[Code, Label]
    families: dict[Code, FaultFamily]
    mechanisms: dict[Code, Label]
    cause_categories: dict[Code, Label]
    causes: dict[Code, Cause]
    failure: FailureRule


class LabelsFile(RuleFile):
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
