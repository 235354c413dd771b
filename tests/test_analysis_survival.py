"""Kaplan–Meier against the golden table, and its laws with and without open tickets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.analysis import quantiles, survival

GOLDEN_TIMES = [1, 2, 3, 4, 5, 8, 8, 10]
GOLDEN_ENDED = [True, True, True, False, True, True, False, False]
CASES = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


def test_the_golden_table_comes_out_and_the_median_is_5() -> None:
    curve = survival.kaplan_meier(GOLDEN_TIMES, GOLDEN_ENDED)
    assert curve.times.tolist() == [1, 2, 3, 5, 8]
    assert curve.survival.round(5).tolist() == [0.875, 0.75, 0.625, 0.46875, 0.3125]
    assert curve.at_risk.tolist() == [8, 7, 6, 4, 3]
    assert (curve.n, curve.n_observed) == (8, 5)
    assert curve.quantile(0.5) == 5
    assert curve.quantile(0.9) is None


def test_the_mean_of_finished_tickets_alone_is_too_optimistic() -> None:
    finished = [t for t, ended in zip(GOLDEN_TIMES, GOLDEN_ENDED, strict=True) if ended]
    assert np.mean(finished) == 3.8
    assert survival.kaplan_meier(GOLDEN_TIMES, GOLDEN_ENDED).quantile(0.5) == 5


def test_who_is_censored_at_a_time_was_at_risk_at_that_time() -> None:
    curve = survival.kaplan_meier([8, 8], [False, True])
    assert (curve.at_risk.tolist(), curve.survival.tolist()) == ([2], [0.5])


def test_only_open_tickets_give_no_quantile() -> None:
    curve = survival.kaplan_meier([3, 9], [False, False])
    assert curve.quantile(0.1) is None
    assert curve.survival_at(9) == 1
    assert survival.kaplan_meier([], []).quantile(0.5) is None


def test_survival_drops_at_the_observed_time_itself() -> None:
    curve = survival.kaplan_meier(GOLDEN_TIMES, GOLDEN_ENDED)
    assert curve.survival_at(0.5) == 1
    assert curve.survival_at(4.99) == 0.625
    assert curve.survival_at(5) == 0.46875


def test_negative_missing_and_unequal_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="negative or missing"):
        survival.kaplan_meier([-1], [True])
    with pytest.raises(ValueError, match="negative or missing"):
        survival.kaplan_meier([float("nan")], [True])
    with pytest.raises(ValueError, match="same length"):
        survival.kaplan_meier([1, 2], [True])
    with pytest.raises(ValueError, match="p must"):
        survival.kaplan_meier([1], [True]).quantile(0)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**50), min_size=1, max_size=80), st.floats(0.01, 1))
def test_without_open_tickets_it_is_the_empirical_distribution(values: list[int], p: float) -> None:
    curve = survival.kaplan_meier(values, [True] * len(values))
    expected = [sum(value > t for value in values) / len(values) for t in curve.times]
    assert curve.survival.tolist() == pytest.approx(expected, abs=1e-12)
    assert curve.quantile(p) == quantiles.nearest_rank(values, p)


@settings(deadline=None)
@given(CASES)
def test_the_curve_only_falls_and_stays_between_0_and_1(cases: list[tuple[int, bool]]) -> None:
    curve = survival.kaplan_meier([t for t, _ in cases], [ended for _, ended in cases])
    steps = np.r_[1.0, curve.survival]
    assert (np.diff(steps) < 0).all()
    assert steps.min() >= 0
    assert curve.n_observed == curve.events.sum()


@settings(deadline=None)
@given(CASES, st.integers(0, 59))
def test_a_ticket_still_open_never_makes_times_look_shorter(
    cases: list[tuple[int, bool]], which: int
) -> None:
    times = [t for t, _ in cases]
    ended = [True] * len(cases)
    reopened = [index != which % len(cases) for index in range(len(cases))]
    before = survival.kaplan_meier(times, ended).quantile(0.5)
    after = survival.kaplan_meier(times, reopened).quantile(0.5)
    assert before is not None
    assert after is None or after >= before


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 20), st.booleans()), max_size=80))
def test_groups_at_once_equal_each_group_alone(rows: list[tuple[str, int, bool]]) -> None:
    groups = np.array([row[0] for row in rows], dtype=str)
    times = np.array([row[1] for row in rows], dtype=np.int64)
    ended = np.array([row[2] for row in rows], dtype=bool)
    labels, table = survival.quantiles_by_group(groups, times, ended, (0.5, 0.9))
    assert labels.tolist() == sorted(set(groups.tolist()))
    for label, line in zip(labels, table, strict=True):
        own = survival.kaplan_meier(times[groups == label], ended[groups == label])
        alone = [own.quantile(0.5), own.quantile(0.9)]
        together = [None if np.isnan(value) else value for value in line]
        assert together == alone
