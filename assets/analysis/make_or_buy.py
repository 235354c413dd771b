"""Own or contract: cost curves, where they cross, and what the answer hangs on.

Holds arithmetic on plain numbers: a fixed and a variable part against prices with a minimum charge,
expected repair cost under warranty, and one-at-a-time sensitivity (tornado). Where the numbers come
from is in `decision_costs`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Own:
    """Cost of a year with own machines: what does not depend on use, and what each unit adds."""

    fixed: float
    variable: float

    def cost(self, units: float) -> float:
        """Return the cost of so many units."""
        return self.fixed + self.variable * units


@dataclass(frozen=True)
class Contract:
    """Cost of a year under contract: each unit its price, at least the minimum."""

    price: float
    minimum: float = 0.0

    def cost(self, units: float) -> float:
        """Return the cost of so many units."""
        return max(self.minimum, self.price * units)


def break_even(own: Own, contract: Contract) -> list[float]:
    """Return the units above 0, ascending, at which both cost the same; none where one is cheaper.

    The contract is flat up to minimum ÷ price and rises from there, so there are at most two: own
    becomes cheaper where its curve goes below, dearer where it comes back.
    """
    corner = contract.minimum / contract.price if contract.price else float("inf")
    found = []
    if own.variable > 0:
        flat = (contract.minimum - own.fixed) / own.variable
        if 0 < flat <= corner:
            found.append(flat)
    if contract.price != own.variable:
        steep = own.fixed / (contract.price - own.variable)
        if steep > 0 and steep >= corner and steep not in found:
            found.append(steep)
    return sorted(found)


@dataclass(frozen=True)
class Swing:
    """What the result is when one input is lower or higher and all others stay."""

    name: str
    low_input: float
    high_input: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """How far the result moves."""
        return abs(self.high - self.low)


def tornado(
    model: Callable[[Mapping[str, float]], float], inputs: Mapping[str, float], share: float = 0.2
) -> list[Swing]:
    """Return one row per input that moves the result, widest first: each at ± ``share`` of itself.

    Args:
        model: inputs → result.
        inputs: the base case.
        share: how far each input swings, in (0, 1).
    """
    rows = []
    for name, value in inputs.items():
        low, high = value * (1 - share), value * (1 + share)
        rows.append(
            Swing(name, low, high, model({**inputs, name: low}), model({**inputs, name: high}))
        )
    return sorted((row for row in rows if row.width), key=lambda row: (-row.width, row.name))


def warranty_value(
    rates: Mapping[tuple[float, float], float],
    cost_per_failure: float,
    *,
    from_year: float,
    to_year: float,
    deductible: float = 0.0,
) -> float | None:
    """Return what the failures of the covered years are expected to cost: Σ λ(age)·E[cost]·(1−d).

    Args:
        rates: age band in years [from, to) → failures a year.
        cost_per_failure: mean cost of one, at own expense.
        from_year: age at which the warranty begins.
        to_year: age at which it ends.
        deductible: share that stays ours.

    Returns:
        None where a covered year lies in no band with a known rate.
    """
    failures = covered = 0.0
    for (start, end), rate in rates.items():
        years = min(end, to_year) - max(start, from_year)
        if years > 0:
            failures += years * rate
            covered += years
    if covered + 1e-9 < to_year - from_year:
        return None
    return failures * cost_per_failure * (1 - deductible)
