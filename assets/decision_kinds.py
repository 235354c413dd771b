"""What people can decide in OpsPulse: one typed payload for each kind of decision.

Holds the shapes and nothing that stores them: `decisions` appends and reads. A new kind is a class
here and a line in `KINDS`. A kind that is in use is only ever widened by fields with a default:
decisions are kept for ever and must be readable for ever.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
# Texts in a decision have passed `texts.scrub`: no name, no number of a person.
ScrubbedText = Annotated[str, Field(max_length=500)]


# What people write about their own measures: no text of a ticket.
ShortText = Annotated[str, Field(min_length=1, max_length=200)]


# Why somebody judges as they do; scrubbed like any text.
LONGEST_REASON = 500
Reason = Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class Payload(BaseModel):
    """What was decided, beside who, when and about what. Errors never repeat a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class FaultCode(Payload):
    """A person has named the fault family of a ticket; the subject is the ticket's id.

    Attributes:
        code: the fault family that holds from now on.
        code_suggested: what the program had proposed, None if it abstained.
        confidence: of the proposal, 0 to 1.
        text: the ticket's text, normalised and scrubbed: what the code was read from.
    """

    code: Code
    code_suggested: Code | None = None
    confidence: Decimal | None = Field(default=None, ge=0, le=1)
    text: ScrubbedText = ""


class FaultCodeRejected(Payload):
    """A person says that a proposal is wrong without knowing better; the subject is the ticket."""

    code_suggested: Code
    text: ScrubbedText = ""


class FaultPhrase(Payload):
    """A phrase that names a fault family wherever it stands; the subject is the phrase.

    Attributes:
        code: the family; None takes the phrase back.
    """

    code: Code | None


class Improvement(Payload):
    """A measure of a quality circle; the subject is its id.

    Attributes:
        topic: 主题.
        measure: what is done.
        cause_code: the cause that it is against.
        metric_id: the number that it is to move.
        scope: where, as `dimension:code;…`; ``control_scope``: compared with, alike.
        target_value: what is hoped for.
        owner_engineer_id: who answers for it.
        started_on: first day; ``selected_on``: the day on which the place was picked.
    """

    topic: ShortText
    measure: ShortText
    cause_code: Code | None = None
    metric_id: Code = "use_failure_rate"
    scope: ShortText
    control_scope: ShortText | None = None
    target_value: Decimal | None = None
    owner_engineer_id: ShortText | None = None
    started_on: date
    selected_on: date | None = None


class ImprovementClosed(Payload):
    """A measure is closed: it is standard now, and watched; the subject is the measure's id."""

    ended_on: date


class RepeatExemption(Payload):
    """Somebody asks that a repair is not charged with the failure behind it.

    The subject is the repair's ticket.

    Attributes:
        code: why, one of `score.yml` exempt_codes.
        reason: what shows it.
    """

    code: Code
    reason: Reason


class RepeatExemptionApproved(Payload):
    """A second person agrees; ``request_id`` is the decision that asked."""

    request_id: int


class RepeatExemptionRejected(Payload):
    """A second person does not agree."""

    request_id: int
    reason: Reason


class AppealSubmitted(Payload):
    """提交: an engineer objects to rows of a closed month; the subject is the appeal's id.

    Attributes:
        month_on: first day of the month.
        engineer_id: whose ledger; ``rows``: the numbers of its rows.
        reason: why they are wrong.
        evidence: what shows it, such as event or file numbers.
    """

    month_on: date
    engineer_id: ShortText
    rows: Annotated[tuple[int, ...], Field(min_length=1, max_length=100)]
    reason: Reason
    evidence: tuple[ShortText, ...] = ()


class AppealAccepted(Payload):
    """受理: somebody looks into it."""


class RowCorrection(Payload):
    """What a ledger row should be worth, in points of the score."""

    ledger_id: int
    points: Decimal


class AppealDecided(Payload):
    """成立 or 不成立, by neither the subject nor the scorer; upheld, with what each row becomes."""

    is_upheld: bool
    reason: Reason
    corrections: tuple[RowCorrection, ...] = ()


class Amount(Payload):
    """What one engineer gets of a bonus."""

    site_id: ShortText
    engineer_id: ShortText
    cents: int = Field(ge=0)


class BonusDrafted(Payload):
    """A pool divided, not approved yet; the subject is the period, such as ``2026-09``.

    Attributes:
        pool_cents: what is divided; the amounts add up to it.
        mode: how; ``rule_hash``: under which rules.
        closings: the versions of closed months that it rests on.
    """

    pool_cents: int = Field(ge=0)
    mode: Code
    rule_hash: ShortText
    closings: tuple[int, ...]
    amounts: tuple[Amount, ...]


class BonusApproved(Payload):
    """The head approves a draft: its amounts are frozen; ``draft_id`` is the decision."""

    draft_id: int


KINDS: dict[str, type[Payload]] = {
    "repeat_exemption": RepeatExemption,
    "repeat_exemption_approved": RepeatExemptionApproved,
    "repeat_exemption_rejected": RepeatExemptionRejected,
    "appeal_submitted": AppealSubmitted,
    "appeal_accepted": AppealAccepted,
    "appeal_decided": AppealDecided,
    "bonus_drafted": BonusDrafted,
    "bonus_approved": BonusApproved,
    "fault_code": FaultCode,
    "fault_code_rejected": FaultCodeRejected,
    "fault_phrase": FaultPhrase,
    "improvement": Improvement,
    "improvement_closed": ImprovementClosed,
}
