"""The u chart with Laney's correction against the golden chart, and its laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.analysis import spc

COUNTS = [30, 28, 35, 31, 29, 60, 33, 27, 30, 32]
DEVICES = [2010] * 3 + [2012] * 3 + [2015] * 4


def test_the_golden_chart_comes_out() -> None:
    chart = spc.laney_u(COUNTS, DEVICES)
    assert float(chart.centre) == pytest.approx(0.016645, abs=5e-7)
    assert float(chart.sigma_z) == pytest.approx(1.4311, abs=5e-5)
    assert chart.upper[0] == pytest.approx(0.02900, abs=5e-6)
    assert chart.classic_upper[0] == pytest.approx(0.02528, abs=5e-6)
    assert chart.z[5] == pytest.approx(4.58, abs=0.005)
    assert np.flatnonzero(chart.is_out).tolist() == [5]
    assert np.flatnonzero(chart.rates > chart.classic_upper).tolist() == [5]


def test_fewer_than_twenty_points_are_flagged_provisional() -> None:
    assert spc.laney_u(COUNTS, DEVICES).is_provisional
    assert not spc.laney_u(COUNTS * 2, DEVICES * 2).is_provisional


def test_a_period_without_exposure_is_skipped_and_not_zero() -> None:
    chart = spc.laney_u([*COUNTS[:4], 0, *COUNTS[4:]], [*DEVICES[:4], 0, *DEVICES[4:]])
    assert np.isnan(chart.rates[4])
    assert not chart.is_out[4]
    assert int(chart.point_count) == 10
    assert float(chart.sigma_z) == pytest.approx(1.4311, abs=5e-5)


def test_no_events_give_limits_at_zero_and_no_finding() -> None:
    chart = spc.laney_u([0, 0, 0], [10, 10, 10])
    assert (float(chart.centre), float(chart.sigma_z)) == (0, 1)
    assert chart.upper.tolist() == [0, 0, 0]
    assert not chart.is_out.any()


def test_no_exposure_at_all_gives_no_centre() -> None:
    chart = spc.laney_u([0, 0], [0, 0])
    assert np.isnan(chart.centre)
    assert not chart.is_out.any()


def test_overdispersed_days_alarm_far_less_than_on_the_classic_chart() -> None:
    random = np.random.default_rng(7)
    devices = np.full((200, 60), 2000.0)
    rates = 0.015 * random.gamma(25, 1 / 25, size=devices.shape)
    chart = spc.laney_u(random.poisson(rates * devices), devices)
    classic = (chart.rates > chart.classic_upper) | (chart.rates < chart.classic_lower)
    assert classic.mean() > 0.02
    assert chart.is_out.mean() < 0.01


def test_many_charts_at_once_equal_each_alone() -> None:
    random = np.random.default_rng(3)
    exposure = random.integers(0, 4, size=(50, 24)) * 100.0
    counts = np.where(exposure > 0, random.poisson(2, size=exposure.shape), 0)
    together = spc.laney_u(counts, exposure)
    for row in range(50):
        alone = spc.laney_u(counts[row], exposure[row])
        assert together.sigma_z[row] == alone.sigma_z
        np.testing.assert_array_equal(together.upper[row], alone.upper)


def test_negative_missing_and_unequal_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="negative or missing"):
        spc.laney_u([1, -1], [1, 1])
    with pytest.raises(ValueError, match="negative or missing"):
        spc.laney_u([1, float("nan")], [1, 1])
    with pytest.raises(ValueError, match="same shape"):
        spc.laney_u([1, 2], [1])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5000)), min_size=2, max_size=40),
    st.integers(2, 20),
)
def test_counting_in_another_unit_changes_no_finding(
    points: list[tuple[int, int]], factor: int
) -> None:
    counts = np.array([point[0] for point in points])
    size = np.array([point[1] for point in points])
    chart, scaled = spc.laney_u(counts, size), spc.laney_u(counts, size * factor)
    assert scaled.z == pytest.approx(chart.z, abs=1e-9)
    assert scaled.upper * factor == pytest.approx(chart.upper, rel=1e-9)
    assert (chart.lower >= 0).all()
    assert (chart.lower <= chart.centre).all()
