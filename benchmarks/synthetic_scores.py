"""Departments in numbers: a year of sums per engineer with known true values, for tests of bands.

Holds the drawing of facts only; what is expected of the scores stands in the tests.
"""

from datetime import date, datetime

import numpy as np

from assets.metric_periods import add_months
from assets.score.facts import Facts
from config.score_models import COMPONENTS

MONTHS = 15
TICKETS_A_MONTH = 112
_NAMES = ("count", "weight", "square", "total", "total_square", "product_square", "excess")
_HOURS = 160 * 3600.0
# Case values that are hit or missed; share of a component's cases in all tickets.
TRUE = {"timeliness": 0.90, "quality": 0.92, "records": 0.85, "prevention": 0.95}
_SHARES = {
    "timeliness": 1.0,
    "quality": 0.6,
    "records": 1.0,
    "satisfaction": 0.3,
    "prevention": 0.1,
}


def department(seed: int, size: int = 8, worse: float = 0.0) -> Facts:
    """Return fifteen months of ``size`` equal engineers; the first is worse by ``worse`` rates."""
    rng = np.random.default_rng(seed)
    shape = (MONTHS, size)
    sums = {name: {one: np.zeros(shape) for one in COMPONENTS} for name in _NAMES}
    tickets = rng.poisson(TICKETS_A_MONTH, shape)
    for at in np.ndindex(shape):
        lag = worse if at[1] == 0 else 0.0
        units = np.clip(rng.lognormal(-0.2, 0.7, tickets[at]), 0.25, 8)
        _put(sums, "volume", at, np.ones_like(units), units)
        for component, share in _SHARES.items():
            count = rng.binomial(tickets[at], share)
            weights = np.sqrt(units[:count])
            if component == "satisfaction":
                values = np.clip(rng.normal(4.5 - 2 * lag, 0.6, count), 1, 5)
            else:
                values = (rng.random(count) < TRUE[component] - lag).astype(float)
            _put(sums, component, at, weights, values)
    first = date(2025, 1, 1)
    return Facts(
        datetime(2026, 6, 1),  # noqa: DTZ001 - naive UTC
        [add_months(first, number) for number in range(MONTHS)],
        [("H1", f"E{number:02}") for number in range(size)],
        sums,
        role=np.full(shape, "engineer", dtype="U60"),
        grade=np.full(shape, "", dtype="U60"),
        is_there=np.ones(shape, dtype=bool),
        hired_on=[None] * size,
        hours=np.full(shape, _HOURS),
        roster=np.full(shape, _HOURS),
        leave=np.zeros(shape),
        articles={},
        fixes={},
        connected=frozenset({"engineer_time", "ticket_events", "ratings", "tickets", "pm_records"}),
    )


def _put(sums, component, at, weights, values) -> None:
    sums["count"][component][at] = len(values)
    sums["weight"][component][at] = weights.sum()
    sums["square"][component][at] = (weights**2).sum()
    sums["total"][component][at] = (weights * values).sum()
    sums["total_square"][component][at] = (weights * values**2).sum()
    sums["product_square"][component][at] = ((weights * values) ** 2).sum()
