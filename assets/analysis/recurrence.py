"""Repeated failures against chance: the excess of a site, and how rare a count of repeats is.

Under a Poisson process a repair is followed by a failure of the family within t days with
1 − exp(−λt), λ the device's own rate shrunk to its class (`repeat_rates`). Holds the sum of that,
the excess with its interval, and p values of counts. Which of many counts are called is
`discovery`.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from assets.analysis.repeat_history import FloatArray, History, IntArray, summed
from assets.analysis.repeat_rates import TINY, Model, Rates

_STEP = 1e-4
_NODES = 24
_Z = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Excess:
    """Repeats of a site beyond chance.

    Attributes:
        observed: restored failures that came back.
        expected: how many chance gives.
        deviation: standard error of the difference.
        by_failure: the chance of each failure to come back within the days watched.
    """

    observed: float
    expected: float
    deviation: float
    by_failure: FloatArray

    @property
    def value(self) -> float:
        """Observed less expected."""
        return self.observed - self.expected

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, two-sided."""
        return self.value - _Z * self.deviation, self.value + _Z * self.deviation


def excess(model: Model) -> Excess:
    """Return Σ observed − Σ expected repeats of one site, with its interval.

    A window that still runs counts with the days watched, on both sides. The variance is the sum
    over devices of squared influences: a device's own difference, less what its fresh failures do
    to the rates and the spread that all are held against. Simulated, the sum is unbiased within
    1 % of the expectation and the interval covers in 93–96 % (`benchmarks.recurrence_runs`).
    """
    seen, rates = model.seen, model.rates
    chance = rates.chance(seen, seen.watched)
    difference = seen.by_cell(seen.came_back - chance)
    on_rate = _slope(seen, replace(rates, mean=rates.mean * (1 + _STEP)), chance)
    on_spread = _slope(seen, replace(rates, spread=rates.spread + _STEP), chance)
    groups = int(model.number.max(initial=-1)) + 1
    learnt = model.moved(summed(model.number, on_rate, groups), float(on_spread.sum()))
    influence = seen.by_device(difference) - learnt
    devices = seen.days.size
    # as in any clustered variance: what was fitted is missing from the residuals
    lost = max(devices - groups - 1, 1) / max(devices, 1)
    return Excess(
        observed=float(seen.came_back.sum()),
        expected=float(chance.sum()),
        deviation=float(np.sqrt((influence**2).sum() / lost)),
        by_failure=chance,
    )


def _slope(seen: History, moved: Rates, chance: FloatArray) -> FloatArray:
    """Return per cell how its expectation answers to a step in one input."""
    return seen.by_cell(moved.chance(seen, seen.watched) - chance) / _STEP


def repeats_p(
    repeats: IntArray, chains: IntArray, shape: FloatArray, rate: FloatArray, window: float
) -> FloatArray:
    """Return P(so many repeats or more | so many chains began), one element per cell.

    Each failure is followed within the window with p = 1 − exp(−λW), so the repeats of ``chains``
    beginnings are negative binomial: P(≥ r) = I_p(r, chains). The mean is taken over λ ~
    gamma(shape, rate); as I_p grows like p^r, it is taken under gamma(shape + r, rate), where the
    rest of the integrand is smooth. A chain cut short by the present only makes p larger.

    Args:
        repeats: failures within the window after another.
        chains: beginnings, at least 1.
        shape: of the rate's gamma distribution.
        rate: of the same, in days.
        window: W in days.
    """
    found = np.ones(repeats.size)
    some = np.flatnonzero(repeats > 0)
    if not some.size:
        return found
    r = repeats[some].astype(np.float64)[:, None]
    a, b = shape[some][:, None], rate[some][:, None]
    points, weights = np.polynomial.legendre.leggauss(_NODES)
    nodes = special.gammaincinv(a + r, (points + 1) / 2) / b
    tail = special.betainc(r, np.maximum(chains[some], 1)[:, None], -np.expm1(-nodes * window))
    log_scale = special.gammaln(a + r) - special.gammaln(a) - r * np.log(b)
    with np.errstate(divide="ignore"):
        parts = np.exp(log_scale + np.log(tail) - r * np.log(nodes))
    found[some] = np.minimum((parts * weights / 2).sum(axis=1), 1.0)
    return found


def exceeding(count: FloatArray, expected: FloatArray, variance: FloatArray) -> FloatArray:
    """Return P(so many failures or more) where their rate is only known with a variance.

    Failures are Poisson, their mean gamma with ``expected`` and ``variance``: negative binomial.
    A mean of 0 gives 1.
    """
    mean = np.maximum(expected, TINY)
    shape = mean**2 / np.maximum(variance, TINY * mean)
    share = mean / (mean + shape)
    tail = special.betainc(np.maximum(count, 1), shape, share)
    return np.where((count > 0) & (expected > 0), tail, 1.0)
