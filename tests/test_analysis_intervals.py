"""Exact intervals against golden figures, and the laws they must obey for every input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assets.analysis import intervals

COUNTS = st.integers(0, 5000)
EXPOSURES = st.floats(0.01, 1e7)


@pytest.mark.parametrize(
    ("x", "exposure", "low", "high"),
    [
        (0, 1, 0, 3.6889),
        (3, 1000, 0.000619, 0.008767),
        (10, 3650, 0.001314, 0.005038),
        (900, 60_300, 0.013966, 0.015933),
    ],
)
def test_garwood_gives_the_golden_bounds(x: int, exposure: float, low: float, high: float) -> None:
    lo, hi = intervals.poisson(x, exposure)
    assert float(lo) == pytest.approx(low, abs=5e-7)
    assert float(hi) == pytest.approx(high, abs=5e-5 if x == 0 else 5e-7)


def test_2010_devices_with_900_reports_in_30_days_report_at_1_4925_percent_a_day() -> None:
    exposure = 2010 * 30
    lo, hi = intervals.poisson(900, exposure)
    assert round(100 * 900 / exposure, 4) == 1.4925
    assert (round(100 * float(lo), 3), round(100 * float(hi), 3)) == (1.397, 1.593)
    assert round(900 / exposure * 365 * 100, 1) == 544.8


def test_an_asset_without_failure_in_a_year_has_a_finite_lower_mtbf_bound() -> None:
    assert float(intervals.mtbf_lower(0, 365)) == pytest.approx(121.84, abs=0.005)
    assert float(intervals.mtbf_lower(1, 365)) == pytest.approx(76.94, abs=0.005)
    lo, hi = intervals.mtbf(0, 365)
    assert float(lo) == pytest.approx(365 / 3.68888, abs=0.001)
    assert np.isinf(hi)


def test_without_exposure_nothing_is_claimed() -> None:
    for bounds in (
        intervals.poisson(0, 0),
        intervals.mtbf(2, 0),
        intervals.wilson(0, 0),
        (intervals.mtbf_lower(0, 0),),
    ):
        assert all(np.isnan(bound) for bound in bounds)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 5, 0, 0.4345),
        (5, 5, 0.5655, 1),
        (3, 3, 0.4385, 1),
        (8, 10, 0.4902, 0.9433),
        (45, 50, 0.7864, 0.9565),
        (970, 1000, 0.9575, 0.9789),
    ],
)
def test_wilson_gives_the_golden_bounds(k: int, n: int, low: float, high: float) -> None:
    lo, hi = intervals.wilson(k, n)
    assert (round(float(lo), 4), round(float(hi), 4)) == (low, high)


def test_halved_failures_are_proven_with_many_events_and_not_with_few() -> None:
    result = intervals.rate_ratio([60, 12], [6030, 900], [30, 4], [6030, 900])
    assert result.ratio.round(3).tolist() == [0.5, 0.333]
    assert result.lo.round(3).tolist() == [0.311, 0.078]
    assert result.hi.round(2).tolist() == [0.79, 1.10]
    assert result.hi[0].round(3) == 0.787
    assert result.p_value.round(4).tolist() == [0.0021, 0.0768]


def test_a_rate_ratio_without_events_before_has_no_upper_end() -> None:
    result = intervals.rate_ratio([0, 0, 3], [10, 10, 10], [2, 0, 0], [10, 10, 10])
    assert np.isinf(result.ratio[0])
    assert np.isinf(result.hi[0])
    assert np.isnan(result.ratio[1])
    assert (result.lo[1], result.hi[1], result.p_value[1]) == (0, np.inf, 1)
    assert (result.ratio[2], result.lo[2]) == (0, 0)
    assert all(np.isnan(part) for part in intervals.rate_ratio(1, 0, 1, 10))


def test_negative_numbers_and_impossible_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        intervals.poisson(-1, 10)
    with pytest.raises(ValueError, match="more hits"):
        intervals.wilson(6, 5)
    with pytest.raises(ValueError, match="level"):
        intervals.poisson(1, 10, level=1.0)


def test_garwood_covers_every_true_rate_in_at_least_95_percent_of_cases() -> None:
    means = np.r_[np.linspace(0.01, 10, 400), np.linspace(10, 400, 200)]
    counts = np.arange(0, 700)
    lo, hi = intervals.poisson(counts, 1)
    covered = (lo[None, :] <= means[:, None]) & (means[:, None] <= hi[None, :])
    coverage = (stats.poisson.pmf(counts[None, :], means[:, None]) * covered).sum(axis=1)
    assert coverage.min() >= 0.95
    assert coverage[means > 100].max() < 0.965


@pytest.mark.parametrize("cases", [20, 30, 50, 100, 500])
def test_wilson_covers_the_truth_in_about_95_percent_of_cases_on_average(cases: int) -> None:
    hits, shares = np.arange(cases + 1), np.linspace(0.02, 0.98, 97)[:, None]
    lo, hi = intervals.wilson(hits, cases)
    covered = (lo <= shares) & (shares <= hi)
    coverage = (stats.binom.pmf(hits, cases, shares) * covered).sum(axis=1)
    assert 0.94 <= coverage.mean() <= 0.965


def test_a_one_sided_mtbf_bound_is_exceeded_by_the_truth_in_95_percent_of_cases() -> None:
    true_mtbf = np.linspace(5, 500, 200)
    counts = np.arange(0, 400)
    bound = intervals.mtbf_lower(counts, 365)
    chances = stats.poisson.pmf(counts[None, :], 365 / true_mtbf[:, None])
    assert (chances * (bound[None, :] <= true_mtbf[:, None])).sum(axis=1).min() >= 0.95


def test_an_exact_rate_comparison_raises_at_most_5_percent_false_alarms() -> None:
    for mean1, mean2 in ((3, 3), (10, 5), (40, 80)):
        x1, x2 = np.meshgrid(np.arange(0, 200), np.arange(0, 250), indexing="ij")
        chance = stats.poisson.pmf(x1, mean1) * stats.poisson.pmf(x2, mean2)
        result = intervals.rate_ratio(x1, mean1, x2, mean2)
        assert chance[result.p_value < 0.05].sum() <= 0.05


@settings(deadline=None)
@given(COUNTS, EXPOSURES)
def test_the_interval_of_a_rate_contains_the_rate(x: int, exposure: float) -> None:
    lo, hi = intervals.poisson(x, exposure)
    assert lo <= x / exposure < hi
    assert (lo == 0) == (x == 0)


@settings(deadline=None)
@given(COUNTS, EXPOSURES)
def test_one_more_event_moves_both_bounds_up(x: int, exposure: float) -> None:
    lo, hi = intervals.poisson([x, x + 1], exposure)
    assert lo[0] < lo[1]
    assert hi[0] < hi[1]


@settings(deadline=None)
@given(COUNTS, EXPOSURES)
def test_the_mtbf_interval_is_the_rate_interval_turned_over(x: int, exposure: float) -> None:
    lo, hi = intervals.poisson(x, exposure)
    longest, shortest = intervals.mtbf(x, exposure)[1], intervals.mtbf(x, exposure)[0]
    assert shortest == pytest.approx(1 / float(hi))
    assert (np.isinf(longest) and x == 0) or longest == pytest.approx(1 / float(lo))
    assert intervals.mtbf_lower(x, exposure) > shortest


@settings(deadline=None)
@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_within_0_and_1_and_mirrors(case: tuple[int, int]) -> None:
    k, n = case
    lo, hi = intervals.wilson(k, n)
    assert 0 <= lo <= k / n <= hi <= 1
    mirrored_lo, mirrored_hi = intervals.wilson(n - k, n)
    assert float(lo) == pytest.approx(1 - float(mirrored_hi), abs=1e-12)
    assert float(hi) == pytest.approx(1 - float(mirrored_lo), abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 300), st.floats(1, 1e5), st.integers(0, 300), st.floats(1, 1e5))
def test_a_rate_ratio_is_significant_exactly_when_its_interval_leaves_1_out(
    x1: int, t1: float, x2: int, t2: float
) -> None:
    result = intervals.rate_ratio(x1, t1, x2, t2)
    if abs(float(result.p_value) - 0.05) > 1e-9:
        assert (result.p_value < 0.05) == (result.lo > 1 or result.hi < 1)
    turned = intervals.rate_ratio(x2, t2, x1, t1)
    assert turned.p_value == pytest.approx(float(result.p_value), abs=1e-9)
    if x1 and x2:
        assert result.lo <= result.ratio <= result.hi
        assert float(turned.lo) == pytest.approx(1 / float(result.hi), rel=1e-6)
