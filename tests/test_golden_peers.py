"""The toolbox beside other people's: statsmodels and lifelines give the same figures.

Both are in the tests' environment only; nothing of the program imports them. What has no peer there
is held by its golden numbers.
"""

import numpy as np
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter, NelsonAalenFitter, WeibullFitter
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson, test_poisson_2indep

from assets.analysis import (
    competing,
    discovery,
    intervals,
    lifetime,
    recurrent,
    standardisation,
    survival,
)

# pytest would take it for a test of ours
compare_rates = test_poisson_2indep
compare_rates.__test__ = False
del test_poisson_2indep

RANDOM = np.random.default_rng(16)
TIMES = RANDOM.integers(1, 60, 200)
ENDED = RANDOM.random(200) < 0.7


def test_garwood_is_statsmodels_exact_interval() -> None:
    counts = np.r_[0:40, 900]
    low, high = intervals.poisson(counts, 30.5)
    for count, ours in zip(counts.tolist(), zip(low, high, strict=True), strict=True):
        theirs = confint_poisson(count, 30.5, method="exact-c")
        assert np.nan_to_num(theirs).tolist() == pytest.approx([float(b) for b in ours], rel=1e-9)


def test_wilson_is_statsmodels_and_the_same_at_both_ends() -> None:
    hits = np.arange(0, 51)
    theirs = proportion_confint(hits, 50, method="wilson")
    ours = intervals.wilson(hits, 50)
    for own, other in zip(ours, theirs, strict=True):
        assert own == pytest.approx(np.asarray(other), abs=1e-12)


def test_the_p_value_of_a_rate_ratio_is_the_doubled_tail_of_the_conditional_test() -> None:
    for x1, t1, x2, t2 in ((60, 6030, 30, 6030), (12, 900, 4, 900), (3, 100, 9, 150)):
        sides = [
            compare_rates(x2, t2, x1, t1, method="exact-cond", alternative=side).pvalue
            for side in ("larger", "smaller")
        ]
        found = intervals.rate_ratio(x1, t1, x2, t2)
        assert float(found.p_value) == pytest.approx(min(1, 2 * min(sides)), rel=1e-9)


def test_kaplan_meier_and_its_bounds_are_lifelines_and_statsmodels() -> None:
    curve = survival.kaplan_meier(TIMES, ENDED)
    fitted = KaplanMeierFitter().fit(TIMES, ENDED)
    theirs = fitted.survival_function_at_times(curve.times).to_numpy()
    assert curve.survival == pytest.approx(theirs, abs=1e-12)
    low, high = curve.bounds()
    bounds = fitted.confidence_interval_.loc[curve.times].to_numpy()
    is_inner = curve.survival > 0
    assert low[is_inner] == pytest.approx(bounds[is_inner, 0], abs=1e-9)
    assert high[is_inner] == pytest.approx(bounds[is_inner, 1], abs=1e-9)
    other = SurvfuncRight(TIMES, ENDED.astype(int))
    assert curve.survival == pytest.approx(other.surv_prob, abs=1e-12)
    assert curve.quantile(0.5) == other.quantile(0.5)
    assert ((low <= curve.survival) & (curve.survival <= high)).all()


def test_bounds_of_a_curve_that_ends_at_zero_end_at_zero() -> None:
    low, high = survival.kaplan_meier([1, 2], [True, True]).bounds()
    assert (low[-1], high[-1]) == (0, 0)
    assert 0 < low[0] < 0.5 < high[0] < 1
    with pytest.raises(ValueError, match="level"):
        survival.kaplan_meier([1], [True]).bounds(1)


def test_aalen_johansen_is_lifelines() -> None:
    ends = np.where(ENDED, RANDOM.integers(1, 3, 200), 0)
    # lifelines breaks ties at random, so the times are made distinct
    times = TIMES + np.linspace(0, 0.5, 200)
    found = competing.aalen_johansen(times, ends)
    for kind in (1, 2):
        fitted = AalenJohansenFitter(calculate_variance=False).fit(
            times, ends, event_of_interest=kind
        )
        theirs = fitted.cumulative_density_.iloc[:, 0]
        assert [found.at(kind, t) for t in theirs.index] == pytest.approx(theirs.to_list())


def test_the_mcf_of_machines_that_fail_once_is_nelson_aalen() -> None:
    times = TIMES + np.linspace(0, 0.5, 200)
    failed = np.flatnonzero(ENDED)
    found = recurrent.mean_cumulative(failed, times[failed], np.zeros(200), times)
    fitted = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(times, ENDED)
    theirs = fitted.cumulative_hazard_.iloc[:, 0].loc[found.times]
    assert found.mean == pytest.approx(theirs.to_numpy(), abs=1e-12)


def test_the_weibull_fit_is_lifelines() -> None:
    ages = 300 * RANDOM.weibull(1.8, 150)
    failed = ages < 350
    found = lifetime.weibull(np.minimum(ages, 350), failed)
    fitted = WeibullFitter().fit(np.minimum(ages, 350), failed)
    assert found is not None
    assert found.shape == pytest.approx(fitted.rho_, rel=1e-3)
    assert found.scale == pytest.approx(fitted.lambda_, rel=1e-3)
    assert found.quantile(0.5) == pytest.approx(fitted.median_survival_time_, rel=1e-3)


def test_false_discovery_control_is_statsmodels() -> None:
    values = RANDOM.random(80) ** 2
    for ours, theirs in (("bh", "fdr_bh"), ("by", "fdr_by")):
        reject, adjusted, *_ = multipletests(values, alpha=0.1, method=theirs)
        assert discovery.adjusted(values, ours) == pytest.approx(adjusted, abs=1e-12)
        assert discovery.discoveries(values, 0.1, ours).tolist() == reject.tolist()


def test_indirect_standardisation_is_an_exact_poisson_interval_of_the_expected_count() -> None:
    counts, time = [[9, 4], [2, 11]], [[100, 50], [80, 60]]
    found = standardisation.indirect(counts, time)
    for group in (0, 1):
        theirs = confint_poisson(sum(counts[group]), float(found.expected[group]), method="exact-c")
        assert (found.lo[group], found.hi[group]) == pytest.approx(theirs, rel=1e-9)
