"""Numbers behind repeated faults: the shape of `recurrence` in `thresholds.yml`.

Holds the windows within which a fault counts as the same one come back, and what makes a chain a
problem. What flow and queues need is in `flow_models`.
"""

from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from config.rule_base import Part


class RecurrenceWindows(Part):
    """Days in service after a restoration; ``medium`` is the one that links a chain."""

    short: int = Field(gt=0)
    medium: int = Field(gt=0)
    long: int = Field(gt=0)

    @model_validator(mode="after")
    def _ascend(self) -> Self:
        if not self.short < self.medium < self.long:
            raise ValueError("的三个观察期应由短到长:short < medium < long")
        return self


class RecurrenceRule(Part):
    """When failures are one chain, when a chain is over, and when it is a problem.

    ``silent_days``: in service for so long without another failure, a chain is closed by silence.
    ``swap_days``: a device of the same class that came so close to another's leaving stands in its
    place. ``fleet_min_devices``: a problem of a model touches at least so many devices.
    ``false_discovery_rate``: share of the problems called that may be chance.
    """

    windows_days: RecurrenceWindows
    silent_days: int = Field(gt=0)
    swap_days: int = Field(gt=0)
    fleet_min_devices: int = Field(ge=2)
    false_discovery_rate: Decimal = Field(gt=0, lt=1)
