"""Intervals and tests do what they promise: exact coverage, and error rates over simulated months.

Coverage is a sum of probabilities, not a simulation; error rates come from fixed seeds. Intervals
of whole hospitals are proved behind `make verify`.
"""

import numpy as np
import pytest
from scipy import stats

from assets.analysis import discovery, intervals, shrinkage, trend

MONTHS = 2000
FLEETS = 400


def test_garwood_covers_at_least_95_percent_for_every_mean_from_02_to_200() -> None:
    counts = np.arange(500)
    low, high = intervals.poisson(counts, 1)
    # Coverage falls where the mean passes a bound: just there it is worst.
    edges = np.r_[low, high]
    edges = edges[(edges > 0.2) & (edges < 200)]
    means = np.r_[np.geomspace(0.2, 200, 4000), edges * (1 - 1e-12), edges * (1 + 1e-12)]
    covered = (low <= means[:, None]) & (means[:, None] <= high)
    coverage = (stats.poisson.pmf(counts, means[:, None]) * covered).sum(axis=1)
    assert means.min() == 0.2
    assert coverage.min() >= 0.95


def test_wilson_covers_95_percent_on_average_for_every_n_from_20_to_100_and_beyond() -> None:
    shares = np.linspace(0.02, 0.98, 241)[:, None]
    means = []
    for cases in [*range(20, 101), 150, 200, 300]:
        hits = np.arange(cases + 1)
        low, high = intervals.wilson(hits, cases)
        covered = (low <= shares) & (shares <= high)
        means.append((stats.binom.pmf(hits, cases, shares) * covered).sum(axis=1).mean())
    assert min(means) >= 0.94
    assert max(means) <= 0.965


@pytest.mark.parametrize(
    "exposure",
    [
        pytest.param([100, 150, 200, 250, 120, 80, 160, 90], id="engineers of a hospital"),
        pytest.param([21] * 8, id="a month of few tickets"),
        pytest.param([20, 25, 30, 400, 500], id="apprentices beside old hands"),
    ],
)
def test_equal_engineers_are_called_unequal_in_at_most_7_5_percent_of_2000_months(
    exposure: list[float],
) -> None:
    random = np.random.default_rng(2026)
    time = np.array(exposure, dtype=float)
    months = random.poisson(0.1 * time, size=(MONTHS, time.size))
    rejected = [shrinkage.heterogeneity(month, time) < shrinkage.SIGNIFICANCE for month in months]
    assert np.mean(rejected) <= 0.075


def fleets(beta: float, seed: int) -> trend.Trends:
    """Four hundred fleets of ten machines over a thousand days with 50 to 59 pooled failures."""
    random = np.random.default_rng(seed)
    sizes = np.arange(FLEETS) % 10 + 50
    machine = np.concatenate(
        [10 * fleet + random.integers(0, 10, size) for fleet, size in enumerate(sizes)]
    )
    # given their number, the failures of a power law fall like T·U^(1/β)
    times = 1000 * (1 - random.random(machine.size)) ** (1 / beta)
    groups = np.repeat(np.arange(FLEETS), 10)
    return trend.power_law_by_group(groups, np.full(groups.size, 1000.0), machine, times)


def test_a_wearing_fleet_is_found_in_80_percent_and_a_steady_one_alarms_in_7() -> None:
    worse, steady = fleets(1.5, 15), fleets(1.0, 10)
    assert worse.n.min() >= 50
    assert np.mean(worse.p_worse < 0.05) >= 0.80
    assert np.mean(steady.p_worse < 0.05) <= 0.07


def test_the_trend_of_many_groups_at_once_is_that_of_each_alone() -> None:
    random = np.random.default_rng(4)
    groups, ends = np.repeat(np.arange(6), 5), random.uniform(500, 2000, 30)
    machine = np.sort(random.integers(0, 25, 80))
    times = ends[machine] * (1 - random.random(80))
    together = trend.power_law_by_group(groups, ends, machine, times)
    for number, label in enumerate(together.labels[:5]):
        own = np.flatnonzero(groups == label)
        alone = trend.power_law([times[machine == one] for one in own], ends[own])
        for name in ("n", "laplace", "laplace_p", "statistic", "p_worse", "p_better", "beta",
                     "unbiased", "lo", "hi"):  # fmt: skip
            assert getattr(together, name)[number] == pytest.approx(getattr(alone, name))
    assert together.n[5] == 0
    assert np.isnan(together.beta[5])


def test_of_fifty_equal_departments_none_is_called_different_in_95_percent_of_months() -> None:
    random = np.random.default_rng(50)
    months = random.random((MONTHS, 50))  # p values of equal departments
    alarms = [discovery.discoveries(month).any() for month in months]
    assert np.mean(alarms) <= 0.06
    assert np.mean((months < 0.05).any(axis=1)) > 0.9, "without control nearly every month alarms"


def test_a_group_that_could_not_be_tested_is_no_discovery_and_no_test() -> None:
    tested = [0.001, 0.02, 0.9]
    with_gap = discovery.adjusted([0.001, np.nan, 0.02, 0.9])
    assert np.isnan(with_gap[1])
    assert with_gap[[0, 2, 3]].tolist() == discovery.adjusted(tested).tolist()
    assert discovery.discoveries([np.nan, 0.001]).tolist() == [False, True]
    assert discovery.adjusted([np.nan]).size == 1
    with pytest.raises(ValueError, match="between 0 and 1"):
        discovery.adjusted([1.5])


def test_thousands_of_groups_are_judged_at_once() -> None:
    random = np.random.default_rng(9)
    systems = np.repeat(np.arange(20_000), 3)
    times = 1000 * (1 - random.random(systems.size))
    found = trend.power_law_by_group(
        np.arange(20_000) // 4, np.full(20_000, 1000.0), systems, times
    )
    assert found.n.tolist() == [12] * 5000
    assert np.mean(found.p_worse < 0.05) == pytest.approx(0.05, abs=0.015)
