"""The golden numbers of the statistical toolbox: one test for each row of the table.

The rows are named as they stand there (domain 02, § 2.0.11). Laws and edge cases of each method are
in its own file; here nothing but the figures that were worked by hand.
"""

import numpy as np
import pytest

from assets.analysis import funnel, intervals, lifetime, recurrent, shrinkage, spc, survival, trend

COUNTS = [30, 28, 35, 31, 29, 60, 33, 27, 30, 32]
DEVICES = [2010] * 3 + [2012] * 3 + [2015] * 4
FAILURES = [5, 40, 43, 175, 389, 712, 747, 795, 1299, 1478]


def test_row_garwood_exact_poisson() -> None:
    low, high = intervals.poisson([0, 3, 10, 900], [1, 1000, 3650, 60_300])
    assert low.tolist() == pytest.approx([0, 0.000619, 0.001314, 0.013966], abs=5e-7)
    assert high.tolist() == pytest.approx([3.6889, 0.008767, 0.005038, 0.015933], abs=5e-5)
    assert high[1:].tolist() == pytest.approx([0.008767, 0.005038, 0.015933], abs=5e-7)
    assert [round(3 / 1000, 4), round(10 / 3650, 6)] == [0.0030, 0.002740]
    assert round(900 / 60_300, 6) == 0.014925


def test_row_mtbf_bounds_time_truncated() -> None:
    assert intervals.mtbf_lower([0, 1], 365).round(2).tolist() == [121.84, 76.94]


def test_row_wilson() -> None:
    low, high = intervals.wilson([0, 5, 3, 8, 45, 970], [5, 5, 3, 10, 50, 1000])
    assert low.round(4).tolist() == [0, 0.5655, 0.4385, 0.4902, 0.7864, 0.9575]
    assert high.round(4).tolist() == [0.4345, 1, 1, 0.9433, 0.9565, 0.9789]


def test_row_kaplan_meier() -> None:
    ended = [True, True, True, False, True, True, False, False]
    curve = survival.kaplan_meier([1, 2, 3, 4, 5, 8, 8, 10], ended)
    assert [curve.survival_at(t) for t in (1, 2, 3, 5, 8)] == pytest.approx(
        [0.875, 0.75, 0.625, 0.46875, 0.3125]
    )
    assert curve.quantile(0.5) == 5
    assert np.mean([1, 2, 3, 5, 8]) == 3.8


def test_row_rate_ratio_before_and_after() -> None:
    found = intervals.rate_ratio([60, 12], [6030, 900], [30, 4], [6030, 900])
    assert found.ratio.round(3).tolist() == [0.5, 0.333]
    assert found.lo.round(3).tolist() == [0.311, 0.078]
    assert [found.hi[0].round(3), found.hi[1].round(2)] == [0.787, 1.10]
    assert [found.p_value[0].round(4), found.p_value[1].round(3)] == [0.0021, 0.077]
    assert found.hi[1] > 1, "12 against 4 is not proven"


def test_row_eb_gamma_poisson_marshall_moments() -> None:
    found = shrinkage.gamma_poisson([0, 1, 2, 5, 40, 9, 1], [10, 20, 50, 100, 300, 30, 5])
    assert round(found.mean, 6) == 0.112621
    assert round(found.variance, 7) == 0.0025106
    assert found.rates.round(4).tolist() == [
        0.0921, 0.0933, 0.0743, 0.0694, 0.1306, 0.1877, 0.1214,
    ]  # fmt: skip
    equal = shrinkage.gamma_poisson([10, 12, 9, 11], [100] * 4)
    assert equal.is_chance
    assert set(equal.rates.tolist()) == {0.105}


def test_row_eb_beta_binomial() -> None:
    found = shrinkage.beta_binomial([3, 10, 101], [3, 10, 112], 0.9, 20)
    assert found.round(4).tolist() == [0.9130, 0.9333, 0.9015]


def test_row_u_and_p_charts_with_laneys_sigma_z() -> None:
    chart = spc.laney_u(COUNTS, DEVICES)
    assert round(float(chart.centre), 6) == 0.016645
    assert round(float(chart.sigma_z), 4) == 1.4311
    assert round(float(chart.upper[0]), 5) == 0.02900
    assert round(float(chart.classic_upper[0]), 5) == 0.02528
    assert round(float(chart.z[5]), 2) == 4.58
    assert np.flatnonzero(chart.is_out).tolist() == [5]
    assert np.flatnonzero(chart.rates > chart.classic_upper).tolist() == [5]
    assert chart.is_provisional, "limits are not locked before twenty points"


def test_row_laplace_mil_hdbk_189_crow_amsaa() -> None:
    found = trend.power_law([FAILURES], [1500])
    assert (round(found.laplace, 3), round(found.laplace_p, 3)) == (-1.327, 0.185)
    assert (round(found.statistic, 2), round(found.p_better, 3)) == (37.23, 0.011)
    assert (round(found.beta, 3), round(found.lo, 3), round(found.hi, 3)) == (0.537, 0.258, 0.918)
    assert (round(found.unbiased, 4), round(found.scale, 4)) == (0.4835, 0.1967)


def test_row_weibull_for_parts() -> None:
    # Deciles of a Weibull law with shape 2 and scale 100, the last three still in use at 120.
    ages = 100 * np.sqrt(-np.log1p(-np.arange(0.05, 1, 0.1)))
    found = lifetime.weibull(np.minimum(ages, 120), ages <= 120)
    assert found is not None
    assert found.shape > 1.5
    assert found.scale == pytest.approx(100, rel=0.1)
    assert lifetime.weibull([10, 20], [True, False]) is None


def test_row_mcf_nelson_aalen_for_recurrent_events() -> None:
    found = recurrent.mean_cumulative([0, 0, 1], [2, 5, 5], [0, 0, 0], [10, 6, 4 + 1])
    assert found.at_risk.tolist() == [3, 3]
    assert found.mean.tolist() == pytest.approx([1 / 3, 1])


def test_row_funnel_plot() -> None:
    low, high = funnel.share_limits(0.9, [10], funnel.WARNING)
    assert low[0] == pytest.approx((7 - (0.070191 - 0.025) / (0.070191 - 0.012795)) / 10, abs=1e-5)
    assert 0.99 < high[0] <= 1
