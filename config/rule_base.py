"""What every rule file is made of: the contract's value lists, strict parts, names.

Holds the building blocks only. The files themselves are in `rule_models`, `sla_models` and
`threshold_models`.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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
STANDARD = "standard"
MISSING = "missing"
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[Decimal, Field(gt=0, le=1)]


class Part(BaseModel):
    """A strict, frozen part of a rule file; what is wrong in it is told without its value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RuleFile(Part):
    """A rule file, with the name of its edition."""

    version: str = Field(min_length=1)


class Label(Part):
    """A name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
