"""The toolbox against its golden numbers, known limits and laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.analysis import (
    competing,
    funnel,
    intervals,
    lifetime,
    recurrent,
    runs,
    shrinkage,
    spc,
    standardisation,
    trend,
)
from assets.analysis.survival import kaplan_meier

EVENTS = [0, 1, 2, 5, 40, 9, 1]
EXPOSURE = [10, 20, 50, 100, 300, 30, 5]
FAILURES = [5, 40, 43, 175, 389, 712, 747, 795, 1299, 1478]


def test_marshalls_moments_give_the_golden_rates() -> None:
    found = shrinkage.gamma_poisson(EVENTS, EXPOSURE)
    assert found.mean == pytest.approx(0.112621, abs=5e-7)
    assert found.variance == pytest.approx(0.0025106, abs=5e-8)
    golden = [0.0921, 0.0933, 0.0743, 0.0694, 0.1306, 0.1877, 0.1214]
    assert found.rates.tolist() == pytest.approx(golden, abs=5e-5)


def test_groups_that_differ_by_chance_all_get_the_common_rate() -> None:
    found = shrinkage.gamma_poisson([10, 12, 9, 11], [100, 100, 100, 100])
    assert found.is_chance
    assert found.rates.tolist() == [0.105] * 4
    assert found.p_value > 0.5


def test_a_group_without_exposure_has_no_rate_and_changes_no_other() -> None:
    found = shrinkage.gamma_poisson([*EVENTS, 0], [*EXPOSURE, 0])
    assert np.isnan(found.rates[-1])
    assert found.rates[:-1].tolist() == shrinkage.gamma_poisson(EVENTS, EXPOSURE).rates.tolist()


def test_equal_groups_are_called_unequal_in_few_of_two_thousand_months() -> None:
    random = np.random.default_rng(2026)
    time = np.array([100, 150, 200, 250, 120, 80, 160, 90.0])
    rejected = [
        shrinkage.heterogeneity(random.poisson(0.1 * time), time) < shrinkage.SIGNIFICANCE
        for _ in range(2000)
    ]
    assert np.mean(rejected) <= 0.075


def test_beta_binomial_gives_the_golden_shares() -> None:
    shares = shrinkage.beta_binomial([3, 10, 101], [3, 10, 112], 0.9, 20)
    assert shares.tolist() == pytest.approx([0.9130, 0.9333, 0.9015], abs=5e-5)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 500)), min_size=2, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_shrunk_rate_lies_between_its_own_and_the_common_one(groups) -> None:
    counts, times = (np.array(column, dtype=float) for column in zip(*groups, strict=True))
    found = shrinkage.gamma_poisson(counts, times)
    raw = counts / times
    low, high = np.minimum(raw, found.mean), np.maximum(raw, found.mean)
    assert (found.rates >= low - 1e-12).all()
    assert (found.rates <= high + 1e-12).all()


def test_trend_tests_give_the_golden_figures() -> None:
    found = trend.power_law([FAILURES], [1500])
    assert found.laplace == pytest.approx(-1.327, abs=5e-4)
    assert found.laplace_p == pytest.approx(0.185, abs=5e-4)
    assert found.statistic == pytest.approx(37.23, abs=5e-3)
    assert found.p_better == pytest.approx(0.011, abs=5e-4)
    assert found.beta == pytest.approx(0.537, abs=5e-4)
    assert (found.lo, found.hi) == pytest.approx((0.258, 0.918), abs=5e-4)
    assert found.unbiased == pytest.approx(0.4835, abs=5e-5)
    assert found.scale == pytest.approx(0.1967, abs=5e-5)


def _power_law_fleet(random: np.random.Generator, beta: float) -> trend.Trend:
    """Ten machines of one kind over three years, about six failures each."""
    series = [np.sort(1000 * random.random(random.poisson(6)) ** (1 / beta)) for _ in range(10)]
    return trend.power_law([one[one > 0] for one in series], [1000] * 10)


def test_a_wearing_fleet_is_found_and_a_steady_one_left_alone() -> None:
    random = np.random.default_rng(400)
    worse = [_power_law_fleet(random, 1.5).p_worse < 0.05 for _ in range(400)]
    steady = [_power_law_fleet(random, 1.0).p_worse < 0.05 for _ in range(400)]
    assert np.mean(worse) >= 0.80
    assert np.mean(steady) <= 0.07


def test_no_failure_has_no_trend() -> None:
    with pytest.raises(ValueError, match="no trend"):
        trend.power_law([[]], [100])


def test_the_mean_cumulative_function_counts_per_machine_at_risk() -> None:
    # machine 0: fails at 2 and 5, seen to 10; machine 1: at 5, seen to 6; machine 2: seen to 4
    found = recurrent.mean_cumulative([0, 0, 1], [2, 5, 5], [0, 0, 0], [10, 6, 4])
    assert found.times.tolist() == [2, 5]
    assert found.at_risk.tolist() == [3, 2]
    assert found.mean.tolist() == pytest.approx([1 / 3, 1 / 3 + 1])
    assert (found.lo <= found.mean).all()
    assert (found.hi >= found.mean).all()


def test_a_machine_seen_from_later_is_not_at_risk_before() -> None:
    found = recurrent.mean_cumulative([0], [3], [0, 5], [10, 10])
    assert found.at_risk.tolist() == [1]


def test_robust_bounds_cover_the_truth_in_most_fleets() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        counts = random.poisson(4 * random.gamma(4, 0.25, size=40))
        units = np.repeat(np.arange(40), counts)
        times = random.random(units.size)
        found = recurrent.mean_cumulative(units, times, np.zeros(40), np.ones(40))
        covered += bool(found.lo[-1] <= 4 <= found.hi[-1])
    assert covered >= 180


def test_competing_ends_add_up_to_all_that_ended() -> None:
    found = competing.aalen_johansen([1, 2, 3, 3, 4, 5], [1, 2, 1, 0, 0, 1])
    assert found.at(1, 1) == pytest.approx(1 / 6)
    assert found.at(2, 2) == pytest.approx(1 / 6)
    assert found.at(1, 3) == pytest.approx(1 / 6 + 4 / 6 * 1 / 4)
    total = sum(curve[-1] for curve in found.incidence.values())
    assert total == pytest.approx(1 - found.survival[-1])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_with_one_kind_of_end_the_incidence_is_one_minus_kaplan_meier(ends) -> None:
    times, kinds = zip(*ends, strict=True)
    one = [min(kind, 1) for kind in kinds]
    found = competing.aalen_johansen(times, one)
    curve = kaplan_meier(times, np.array(one) > 0)
    if curve.times.size:
        assert found.incidence[1].tolist() == pytest.approx((1 - curve.survival).tolist())
        both = competing.aalen_johansen(times, kinds)
        total = np.sum(list(both.incidence.values()), axis=0)
        assert total.tolist() == pytest.approx((1 - both.survival).tolist())


def test_two_departments_of_equal_care_differ_in_crude_rate_and_not_when_standardised() -> None:
    counts, time = [[90, 1], [10, 9]], [[900, 100], [100, 900]]  # printers 0.1, monitors 0.01
    found = standardisation.indirect(counts, time)
    assert found.expected.tolist() == pytest.approx([91, 19])
    assert found.ratio.tolist() == pytest.approx([1, 1])
    assert (found.lo < 1).all()
    assert (found.hi > 1).all()
    direct = standardisation.direct(counts, time, [0.5, 0.5])
    assert direct.rate.tolist() == pytest.approx([0.055, 0.055])


@given(st.integers(0, 50), st.integers(1, 10_000))
@settings(max_examples=60, deadline=None)
def test_direct_standardisation_over_one_stratum_is_garwoods_interval(count, time) -> None:
    found = standardisation.direct([[count]], [[time]], [1.0])
    low, high = intervals.poisson(count, time)
    assert found.lo[0] == pytest.approx(float(low))
    assert found.hi[0] == pytest.approx(float(high))


def test_funnel_limits_narrow_with_size_and_hold_their_level() -> None:
    sizes = np.array([50.0, 200.0, 2000.0])
    low, high = funnel.rate_limits(0.1, sizes, funnel.ACTION)
    assert (np.diff(high) < 0).all()
    assert (np.diff(low) > 0).all()
    assert (low < 0.1).all()
    random = np.random.default_rng(1)
    rates = random.poisson(0.1 * sizes, size=(20_000, 3)) / sizes
    outside = ((rates < low) | (rates > high)).mean(axis=0)
    assert (outside <= 0.004).all()


def test_a_funnel_limit_is_interpolated_between_the_two_counts_around_it() -> None:
    # Binomial(10, 0.9): F(6) = 0.012795, F(7) = 0.070191; r = 7
    low, high = funnel.share_limits(0.9, [10], funnel.WARNING)
    assert low[0] == pytest.approx((7 - (0.070191 - 0.025) / (0.070191 - 0.012795)) / 10, abs=1e-5)
    assert high[0] <= 1


def test_a_weibull_fit_finds_wear_out_with_half_of_the_parts_still_at_work() -> None:
    random = np.random.default_rng(12)
    lives = 400 * random.weibull(2.5, 600)
    ended = lives < 350
    found = lifetime.weibull(np.minimum(lives, 350), ended)
    assert found is not None
    assert found.shape == pytest.approx(2.5, abs=0.25)
    assert found.scale == pytest.approx(400, rel=0.05)
    assert found.quantile(0.5) == pytest.approx(400 * np.log(2) ** (1 / 2.5), rel=0.05)
    assert lifetime.weibull([1, 2, 3], [True, True, False]) is None


def test_the_p_chart_of_shares_stays_between_zero_and_one() -> None:
    chart = spc.laney_p([9, 10, 8, 10, 9], [10] * 5)
    assert float(chart.centre) == pytest.approx(0.92)
    assert chart.upper.max() <= 1
    assert chart.lower.min() >= 0
    with pytest.raises(ValueError, match="more hits"):
        spc.laney_p([3], [2])


def test_nine_points_on_one_side_are_a_shift_and_six_rising_a_drift() -> None:
    shift = runs.find([*([-0.1, 0.1] * 4), *([0.5] * 9)])
    assert np.flatnonzero(shift.shifted).tolist() == [15, 16]
    drift = runs.find([0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3])
    assert np.flatnonzero(drift.drifting).tolist() == [6]
    assert runs.find([0, 3.2, np.nan]).beyond.tolist() == [False, True, False]


def test_few_crossings_are_a_signal_and_noise_is_not() -> None:
    halves = runs.find([-1.0] * 12 + [1.0] * 12)
    assert (halves.longest_run, halves.run_limit) == (12, 8)
    assert (halves.crossings, halves.is_signal) == (1, True)
    random = np.random.default_rng(5)
    signals = [runs.find(random.normal(size=24)).is_signal for _ in range(400)]
    assert np.mean(signals) < 0.1
