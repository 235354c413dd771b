"""Devices that fail by chance alone, or with planted problems: arrays in, no database.

Holds the simulation and the counting of what the statistics of repeats make of it. The proofs over
many seeds are in `recurrence_runs`, a short slice of them in the tests.
"""

from dataclasses import dataclass

import numpy as np

from assets.analysis import discovery
from assets.analysis.recurrence import Excess, excess, repeats_p
from assets.analysis.repeat_history import FloatArray, IntArray, history
from assets.analysis.repeat_rates import Model

DEVICES, DAYS, WINDOW = 2010, 365.0, 30.0
REPORTS_PER_DAY, FAILURES_PER_DAY = 0.015, 0.0075
VARIATION = 0.45
FALSE_SHARE = 0.05
_REPAIR_DAYS = 0.05
_GAP_DAYS = 10.0
_CLASS_SHARES = np.array([30, 15, 15, 10, 8, 6, 6, 4, 4, 2]) / 100
_FAMILY_SHARES = np.array([0.35, 0.25, 0.2, 0.12, 0.08])


@dataclass(frozen=True, eq=False)
class Hospital:
    """Failures by cell (device × family) in the order of time; which cells have a problem."""

    classes: IntArray
    cell: IntArray
    at: FloatArray
    planted: frozenset[int]


@dataclass(frozen=True, eq=False)
class Called:
    """What was made of a hospital."""

    excess: Excess
    cells: frozenset[int]


def hospital(
    seed: int, *, variation: float = 0.0, law: str = "gamma", problems: tuple[int, ...] = ()
) -> Hospital:
    """Simulate a year of independent failures, and problems of so many failures each.

    Args:
        seed: of everything.
        variation: coefficient of variation of the devices' rates.
        law: of these rates, ``gamma`` or ``lognormal``.
        problems: failures of each planted problem, some ten days apart.
    """
    rng = np.random.default_rng(seed)
    families = _FAMILY_SHARES.size
    classes = rng.choice(_CLASS_SHARES.size, DEVICES, p=_CLASS_SHARES)
    rates = np.outer(_frailty(rng, variation, law), _FAMILY_SHARES * FAILURES_PER_DAY)
    cell = np.repeat(np.arange(DEVICES * families), rng.poisson(rates * DAYS).ravel())
    at = rng.uniform(0, DAYS, cell.size)
    planted = rng.choice(DEVICES * families, len(problems), replace=False)
    for place, size in zip(planted, problems, strict=True):
        gaps = rng.exponential(_GAP_DAYS, size - 1)
        first = rng.uniform(0, max(DAYS - gaps.sum(), 0.0))
        cell = np.r_[cell, np.full(size, place)]
        at = np.r_[at, np.minimum(first + np.r_[0, np.cumsum(gaps)], DAYS - 2 * _REPAIR_DAYS)]
    order = np.lexsort((at, cell))
    return Hospital(classes, cell[order], at[order], frozenset(planted.tolist()))


def _frailty(rng: np.random.Generator, variation: float, law: str) -> FloatArray:
    if not variation:
        return np.ones(DEVICES)
    if law == "gamma":
        return rng.gamma(1 / variation**2, variation**2, DEVICES)
    sigma = np.sqrt(np.log1p(variation**2))
    return rng.lognormal(-(sigma**2) / 2, sigma, DEVICES)


def called(found: Hospital) -> Called:
    """Return the hospital's excess and the cells called a problem."""
    families = _FAMILY_SHARES.size
    seen = history(
        np.full(DEVICES, DAYS),
        found.classes,
        found.cell // families,
        found.cell % families,
        found.at,
        found.at + _REPAIR_DAYS,
        WINDOW,
    )
    model = Model(seen)
    shape, rate = model.rates.predictive()
    p_value = repeats_p(
        seen.repeats.astype(np.int64), seen.fresh.astype(np.int64), shape, rate, WINDOW
    )
    is_called = discovery.discoveries(p_value, FALSE_SHARE)
    cells = (seen.device_of * families + seen.family_of)[is_called]
    return Called(excess(model), frozenset(cells.tolist()))


def naive_repeat_rate(seed: int) -> float:
    """Return the share of reports on equal devices with another report within the window.

    Any report on the same device, windows seen in full: 1 − exp(−0.015 · 30) = 36.2 % by chance.
    """
    rng = np.random.default_rng(seed)
    device = np.repeat(np.arange(DEVICES), rng.poisson(REPORTS_PER_DAY * DAYS, DEVICES))
    at = rng.uniform(0, DAYS, device.size)
    order = np.lexsort((at, device))
    device, at = device[order], at[order]
    follows = np.zeros(device.size, dtype=bool)
    follows[:-1] = (device[1:] == device[:-1]) & (np.diff(at) <= WINDOW)
    return float(follows[at <= DAYS - WINDOW].mean())
