"""Repeats against chance: golden numbers by hand, and a short slice of the long proofs."""

import numpy as np
import pytest
from scipy import stats

from assets.analysis.recurrence import exceeding, repeats_p
from assets.analysis.repeat_groups import subgroups
from assets.analysis.repeat_history import History, history
from assets.analysis.repeat_rates import Model
from benchmarks.simulated_devices import VARIATION, called, hospital, naive_repeat_rate

SEEDS = range(1, 13)


def seen(started: list[float], restored: list[float], days: float = 100) -> History:
    """Failures of one device and family."""
    return history(
        np.array([days]),
        np.zeros(1, dtype=np.int64),
        np.zeros(len(started), dtype=np.int64),
        np.zeros(len(started), dtype=np.int64),
        np.array(started),
        np.array(restored),
        30.0,
    )


def test_a_failure_is_fresh_or_a_repeat_and_time_is_outside_or_inside() -> None:
    # inside: 0–20 (the next report ends it), 20–51 (a window of 30 after a day), 90–100
    found = seen([0, 20, 90], [1, 21, 91])
    assert (found.fresh.tolist(), found.repeats.tolist()) == ([2], [1])
    assert found.outside.tolist() == [100 - 20 - 31 - 10]
    assert found.watched.tolist() == [30, 30, 9]
    assert found.came_back.tolist() == [True, False, False]


def test_an_open_failure_is_watched_by_nobody() -> None:
    found = seen([0, 95], [1, np.nan])
    assert found.watched.tolist() == [30, 0]
    assert found.came_back.tolist() == [False, False]
    assert found.outside.tolist() == [100 - 31 - 5]


def test_failures_out_of_their_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        seen([20, 0], [21, 1])


def test_repeats_of_a_known_rate_are_negative_binomial() -> None:
    # a rate of 0.002 a day known for certain: p = 1 − exp(−0.06)
    shape = np.full(3, 1e7)
    found = repeats_p(np.array([0, 5, 3]), np.array([2, 1, 4]), shape, shape / 0.002, window=30.0)
    p = -np.expm1(-0.06)
    assert found[0] == 1
    assert found[1] == pytest.approx(p**5, rel=1e-4)
    assert found[2] == pytest.approx(stats.nbinom.sf(2, 4, 1 - p), rel=1e-4)


def test_repeats_of_an_unsure_rate_are_the_mean_over_it() -> None:
    # E[(1 − e^−λW)²] = 1 − 2·b/(b + W) + b/(b + 2W) for one beginning and an exponential rate
    found = repeats_p(np.array([2]), np.array([1]), np.array([1.0]), np.array([100.0]), 30.0)
    assert found[0] == pytest.approx(1 - 200 / 130 + 100 / 160, rel=1e-5)


def test_a_count_over_an_unsure_mean_is_negative_binomial() -> None:
    found = exceeding(np.array([0.0, 5.0]), np.array([2.0, 2.0]), np.array([1.0, 1.0]))
    assert found[0] == 1
    assert found[1] == pytest.approx(stats.nbinom.sf(4, 4, 4 / 6), rel=1e-9)


def test_a_chain_does_not_raise_the_rate_it_is_held_against() -> None:
    quiet, loud = hospital(5), hospital(5, problems=(8,) * 10)
    spread = [called(one).excess for one in (quiet, loud)]
    assert spread[1].expected / spread[0].expected < 1.05
    assert spread[1].observed - spread[0].observed >= 10 * 6


def test_equal_devices_are_found_equal_and_unequal_ones_unequal() -> None:
    found = [_spread(variation) for variation in (0.0, VARIATION)]
    assert found[0] < 0.03
    assert found[1] == pytest.approx(VARIATION**2, abs=0.03)


def _spread(variation: float) -> float:
    return float(np.mean([_model(seed, variation).spread for seed in SEEDS]))


def _model(seed: int, variation: float) -> Model:
    one = hospital(seed, variation=variation)
    return Model(
        history(
            np.full(one.classes.size, 365.0), one.classes, one.cell // 5, one.cell % 5,
            one.at, one.at + 0.05, 30.0,
        )
    )  # fmt: skip


def test_a_model_is_held_against_the_rest_of_its_class() -> None:
    one = hospital(3)
    model = _model(3, 0.0)
    labels = np.where(np.arange(one.classes.size) % 2, "B", "A")
    found = subgroups(model, labels)
    assert float(found.fresh.sum()) == float(model.seen.fresh.sum())
    assert float(found.expected.sum()) == pytest.approx(float(found.fresh.sum()), rel=0.05)


@pytest.mark.parametrize("variation", [0.0, VARIATION])
def test_by_chance_alone_hardly_a_problem_is_called(variation: float) -> None:
    found = [called(hospital(seed, variation=variation)) for seed in SEEDS]
    covering = [low <= 0 <= high for low, high in (one.excess.interval for one in found)]
    assert sum(covering) >= len(SEEDS) - 2
    assert sum(bool(one.cells) for one in found) <= 2


@pytest.mark.parametrize(
    ("size", "variation", "share"),
    [(6, 0.0, 0.90), (6, VARIATION, 0.75), (8, 0.0, 0.95), (8, VARIATION, 0.90)],
)
def test_planted_problems_are_found(size: int, variation: float, share: float) -> None:
    found = planted = wrong = total = 0
    for seed in SEEDS:
        one = hospital(seed, variation=variation, problems=(size,) * 10)
        cells = called(one).cells
        found += len(cells & one.planted)
        planted += len(one.planted)
        wrong += len(cells - one.planted)
        total += len(cells)
    assert found >= share * planted
    assert wrong <= 0.1 * total


def test_chance_brings_36_percent_of_all_reports_back_within_30_days() -> None:
    assert naive_repeat_rate(1) == pytest.approx(0.362, abs=0.01)
