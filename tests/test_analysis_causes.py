"""真因验证, fishbone, Pareto and the circle's formulas: golden numbers, laws, planted trials."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assets.analysis import associations, baselines, circle_targets, pareto, verdict_dates
from assets.analysis.fishbone import ranked
from assets.analysis.intervals import RateRatio
from assets.analysis.verification import (
    Side,
    Verdict,
    compared,
    controlled,
    prevented,
    ratio_of_ratios,
    verdict,
)
from benchmarks import cause_trials

SLICE = 60


def test_sixty_to_thirty_on_equal_exposure_is_proven() -> None:
    effect = compared(Side(60, 1), Side(30, 1))
    assert round(float(effect.p_value), 4) == 0.0021
    assert verdict(effect, is_lower_claimed=True) is Verdict.PROVEN
    assert verdict(effect, is_lower_claimed=False) is Verdict.REFUTED


def test_twelve_to_four_is_not_enough_to_tell() -> None:
    effect = compared(Side(12, 900), Side(4, 900))
    assert round(float(effect.p_value), 3) == 0.077
    assert verdict(effect, is_lower_claimed=True) is Verdict.OPEN


def test_a_difference_that_matters_to_nobody_is_no_success_however_significant() -> None:
    effect = compared(Side(100_000, 1), Side(95_000, 1))
    assert float(effect.p_value) < 1e-6
    assert verdict(effect, is_lower_claimed=True) is Verdict.REFUTED


def test_what_cannot_be_compared_stays_open() -> None:
    effect = compared(Side(3, 0), Side(4, 9))
    assert verdict(effect, is_lower_claimed=True) is Verdict.OPEN


def test_the_exposed_who_fail_more_are_proven_by_the_claim_of_a_rise() -> None:
    effect = compared(Side(30, 1_000), Side(60, 1_000))
    assert verdict(effect, is_lower_claimed=False) is Verdict.PROVEN
    assert verdict(effect, is_lower_claimed=True) is Verdict.REFUTED


def test_a_fall_that_the_control_shares_is_no_effect() -> None:
    alone = compared(Side(60, 1), Side(30, 1))
    beside = controlled(Side(60, 1), Side(30, 1), Side(600, 10), Side(300, 10))
    assert verdict(alone, is_lower_claimed=True) is Verdict.PROVEN
    assert float(beside.ratio) == pytest.approx(1.0)
    assert verdict(beside, is_lower_claimed=True) is Verdict.OPEN


def test_with_equal_exposures_the_interval_is_that_of_fishers_exact_test() -> None:
    table = [[60, 30], [61, 67]]
    found = ratio_of_ratios([60, 30, 61, 67], [1, 1, 1, 1])
    # scipy's odds ratio reads the table's rows the other way round: exposed over not exposed
    theirs = stats.contingency.odds_ratio([table[1], table[0]][::-1])
    interval = theirs.confidence_interval()
    assert float(found.lo) == pytest.approx(1 / interval.high, rel=1e-6)
    assert float(found.hi) == pytest.approx(1 / interval.low, rel=1e-6)


@given(
    st.lists(st.integers(0, 30), min_size=4, max_size=4),
    st.lists(st.floats(0.1, 50), min_size=4, max_size=4),
)
def test_the_p_value_is_small_exactly_when_the_interval_leaves_one_out(
    counts: list[int], exposure: list[float]
) -> None:
    found = ratio_of_ratios(counts, exposure)
    is_out = bool(found.lo > 1 + 1e-9) or bool(found.hi < 1 - 1e-9)
    is_in = bool(found.lo < 1 - 1e-9) and bool(found.hi > 1 + 1e-9)
    assert not is_out or found.p_value <= 0.05 + 1e-9
    assert not is_in or found.p_value >= 0.05 - 1e-9
    if min(counts) > 0:
        assert found.lo <= found.ratio <= found.hi


@given(st.floats(0.2, 900), st.floats(0.2, 900))
def test_a_fraction_of_an_event_is_rounded_down_at_its_rate(count: float, exposure: float) -> None:
    side = Side(count, exposure).whole()
    assert side.count == int(count + 1e-9)
    if side.count:
        assert side.rate == pytest.approx(count / exposure)


def test_many_tables_at_once_are_the_same_as_one_by_one() -> None:
    counts = np.array([[12, 3, 0, 40], [4, 9, 0, 10], [20, 0, 5, 41], [30, 0, 7, 39]])
    together = ratio_of_ratios(counts, np.ones((4, 4)))
    for case in range(4):
        alone = ratio_of_ratios(counts[:, case], np.ones(4))
        for one, many in zip(alone, together, strict=True):
            np.testing.assert_allclose(one, many[case], rtol=1e-9)


def test_prevented_failures_follow_the_ratio_and_its_bounds() -> None:
    effect = RateRatio(*(np.array(value) for value in (0.5, 0.3, 0.8, 0.01)))
    assert prevented(60, effect) == (
        pytest.approx(30), pytest.approx(12), pytest.approx(42)
    )  # fmt: skip


# -- baselines ------------------------------------------------------------------------------------


def test_units_that_differ_by_chance_only_share_one_baseline() -> None:
    counts = np.random.default_rng(3).poisson(20, 100)
    worst = int(counts.argmax())
    side = baselines.shrunk(counts, np.ones(100), worst)
    assert (side.count, side.exposure) == (counts.sum(), 100)


def test_a_unit_among_truly_different_ones_keeps_most_of_its_own_rate() -> None:
    counts = np.array([10] * 50 + [60])
    side = baselines.shrunk(counts, np.ones(51), 50)
    assert 40 < side.rate < 60
    assert side.count > 60  # its own events, and what the others are worth


def test_events_that_clump_are_worth_fewer() -> None:
    chi, freedom = baselines.pearson([0, 0, 0, 0, 0, 0, 0, 0, 0, 40], np.ones(10))
    assert (chi, freedom) == (pytest.approx(360), 9)
    assert float(baselines.dispersion(chi, freedom)) == pytest.approx(40)
    assert float(baselines.dispersion(9.5, 9)) == 1
    wide = compared(Side(60, 1).scaled(4), Side(30, 1).scaled(4))
    assert float(wide.ratio) == pytest.approx(0.5)
    assert verdict(wide, is_lower_claimed=True) is Verdict.OPEN


# -- from when a verdict can be had ---------------------------------------------------------------


def test_after_the_least_exposure_no_failure_at_all_is_just_proof() -> None:
    before = Side(12, 900)
    needed = verdict_dates.least_exposure(before)
    assert verdict(compared(before, Side(0, 1.001 * needed)), is_lower_claimed=True) == "proven"
    assert verdict(compared(before, Side(0, 0.999 * needed)), is_lower_claimed=True) == "open"
    assert verdict_dates.least_exposure(Side(0, 900)) == float("inf")


def test_the_likely_exposure_gives_the_promised_chance_of_proof() -> None:
    before = 60.0
    needed = verdict_dates.likely_exposure(Side(before, 1), 0.5)
    generator = np.random.default_rng(5)
    trials = [
        verdict(
            compared(
                Side(generator.poisson(before), 1),
                Side(generator.poisson(0.5 * before * needed), needed),
            ),
            is_lower_claimed=True,
        )
        for _ in range(1_000)
    ]
    assert 0.74 <= sum(one is Verdict.PROVEN for one in trials) / 1_000 <= 0.86
    assert verdict_dates.likely_exposure(Side(5, 1), 0.5) == float("inf")


@given(st.floats(20, 500), st.floats(0.2, 3))
def test_the_detectable_ratio_is_that_of_the_sample(count: float, exposure: float) -> None:
    side = Side(count, 1)
    ratio = verdict_dates.detectable_ratio(side, exposure)
    if ratio > 0:
        assert verdict_dates.likely_exposure(side, ratio) == pytest.approx(exposure, rel=1e-3)


def test_a_verdict_waits_for_maturation_and_for_the_sample() -> None:
    assert verdict_dates.days_until(90, 10, 30) == 39
    assert verdict_dates.days_until(0, 10, 30) == 30
    assert verdict_dates.days_until(float("inf"), 10, 30) is None
    assert verdict_dates.days_until(90, 0, 30) is None


# -- the circle's arithmetic ----------------------------------------------------------------------


def test_target_achievement_and_progress_are_the_golden_ones() -> None:
    target = circle_targets.target_value("5.47", "0.78", "0.70")
    assert round(target, 3) == Decimal("2.483")
    achieved = circle_targets.achievement("5.47", "2.60", round(target, 3))
    assert achieved is not None
    assert round(100 * achieved, 1) == Decimal("96.1")
    gone = circle_targets.progress("5.47", "2.60")
    assert gone is not None
    assert round(100 * gone, 1) == Decimal("52.5")


def test_without_a_start_or_a_distance_there_is_no_rate() -> None:
    assert circle_targets.progress(0, 3) is None
    assert circle_targets.achievement(3, 2, 3) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        circle_targets.target_value(5, 2, "0.5")


def test_the_vital_few_reach_the_line_and_the_rest_category_stands_last() -> None:
    found = pareto.pareto([50, 20, 12, 10, 8], [True, False, False, False, False])
    assert list(found.order) == [1, 2, 3, 4, 0]
    assert list(np.round(found.cumulative, 2)) == [0.2, 0.32, 0.42, 0.5, 1.0]
    assert list(found.is_vital) == [True, True, True, True, False]
    plain = pareto.pareto([5, 50, 30, 15])
    assert list(plain.order) == [1, 2, 3, 0]
    assert list(plain.is_vital) == [True, True, False, False]
    assert np.isnan(pareto.pareto([0, 0]).shares).all()


# -- associations and fishbones -------------------------------------------------------------------


def test_one_bad_model_stands_out_and_the_equal_ones_do_not() -> None:
    found = associations.rates_against_rest([60, 20, 21, 19], [1_000] * 4)
    assert float(found.ratio[0]) == pytest.approx(3.0)
    assert found.adjusted_p[0] < 0.001 < found.adjusted_p[1:].min()
    clumped = associations.rates_against_rest([60, 20, 21, 19], [1_000] * 4, 10.0)
    assert float(clumped.ratio[0]) == pytest.approx(3.0)
    assert clumped.adjusted_p[0] > 0.05


def test_a_lot_whose_repairs_come_back_stands_out() -> None:
    found = associations.shares_against_rest([12, 4, 5, 0], [20, 40, 50, 0])
    assert found.adjusted_p[0] < 0.001
    assert float(found.ratio[0]) == pytest.approx((12 / 8) / (9 / 81))
    assert np.isnan(found.ratio[3])


def test_pairs_within_the_window_are_as_many_as_chance_puts_there() -> None:
    generator = np.random.default_rng(7)
    first, second = (generator.random((4_000, count)) * 365 for count in (3, 2))
    gaps = second[:, None, :] - first[:, :, None]
    seen = float(((gaps > 0) & (gaps <= 14)).sum()) / 4_000
    assert float(associations.pairs_expected(3, 2, 14, 365)) == pytest.approx(seen, rel=0.05)
    assert float(associations.pairs_expected(3, 2, 14, 0)) == 0
    p_value, _ = associations.more_than_expected([20, 3, 0], [4.0, 3.0, 0.0])
    assert p_value[0] < 1e-6
    assert p_value[1] == pytest.approx(stats.poisson.sf(2, 3))
    assert np.isnan(p_value[2])


def test_a_cause_that_is_coded_everywhere_is_no_suspect() -> None:
    bones = ranked([6, 5, 0], [300, 10, 90])
    assert list(bones.rank) == [2, 1, 3]
    assert bones.expected[1] == pytest.approx(11 * 10 / 400)
    assert bones.adjusted_p[1] < 0.001
    assert bones.p_value[0] > 0.05


def test_without_anything_to_compare_with_the_counts_rank() -> None:
    bones = ranked([2, 5, 0], [0, 0, 0])
    assert list(bones.rank) == [2, 1, 3]
    assert np.isnan(bones.p_value).all()


# -- planted trials: a slice, the whole in `make verify` ------------------------------------------


def test_planted_fixes_are_proven_and_placebos_are_not() -> None:
    generator = np.random.default_rng(11)
    assert cause_trials.fixes(generator) >= cause_trials.FIXES_AT_LEAST
    assert cause_trials.placebos(generator) <= cause_trials.PLACEBOS_AT_MOST


@pytest.mark.parametrize("variation", [0.0, 0.45])
def test_a_placebo_on_the_worst_of_a_hundred_is_no_success(variation: float) -> None:
    generator = np.random.default_rng(13)
    found = cause_trials.placebos_on_the_worst(generator, variation, 20)
    assert found <= cause_trials.PLACEBOS_AT_MOST
    beside = cause_trials.controlled_placebos_on_the_worst(generator, variation, 20, SLICE)
    assert beside <= cause_trials.PLACEBOS_AT_MOST * SLICE / cause_trials.TRIALS + 1


def test_planted_causes_stand_in_the_top_three_of_their_fishbone() -> None:
    found = cause_trials.causes_in_the_top(np.random.default_rng(17))
    assert found >= cause_trials.TOP_AT_LEAST * cause_trials.CAUSES


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_ranks_are_a_permutation(seed: int) -> None:
    generator = np.random.default_rng(seed)
    bones = ranked(generator.integers(0, 9, 8), generator.integers(0, 99, 8))
    assert sorted(bones.rank) == list(range(1, 9))
