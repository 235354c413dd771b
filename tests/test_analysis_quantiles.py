"""Nearest ranks: always an element, exact on integers, never interpolated."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.analysis import quantiles

INTEGERS = st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=60)
SHARES = st.floats(0.001, 1)


def test_the_median_of_an_even_number_of_values_is_the_lower_one() -> None:
    assert quantiles.nearest_rank([4, 1, 3, 2], 0.5) == 2


def test_ninety_percent_of_ten_values_is_the_ninth() -> None:
    values = list(range(10, 110, 10))
    assert quantiles.nearest_rank(values, 0.9) == 90
    assert quantiles.nearest_rank(values, 0.7) == 70
    assert quantiles.nearest_rank(values, 0.91) == 100
    assert quantiles.nearest_rank(values, 1) == 100


def test_nothing_has_no_quantile() -> None:
    assert quantiles.nearest_rank([], 0.5) is None


def test_seconds_stay_whole_and_money_stays_decimal() -> None:
    big = 2**53 + 1
    assert quantiles.nearest_rank([big, big], 0.5) == big
    assert isinstance(quantiles.nearest_rank([1, 2, 3], 0.5), int)
    money = quantiles.nearest_rank([Decimal("0.30"), Decimal("0.10"), Decimal("0.20")], 0.5)
    assert money == Decimal("0.20")


def test_missing_values_and_impossible_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        quantiles.nearest_rank([1.0, float("nan")], 0.5)
    with pytest.raises(ValueError, match="p must"):
        quantiles.nearest_rank([1, 2], 0)
    with pytest.raises(ValueError, match="one-dimensional"):
        quantiles.nearest_rank([[1, 2]], 0.5)


@settings(deadline=None)
@given(INTEGERS, SHARES)
def test_it_is_the_smallest_element_with_enough_values_at_or_below(
    values: list[int], p: float
) -> None:
    found = quantiles.nearest_rank(values, p)
    assert found in values
    needed = p * len(values) - 1e-9
    assert sum(value <= found for value in values) >= needed
    below = [value for value in values if value < found]
    assert not below or len(below) < needed


@settings(deadline=None)
@given(INTEGERS, SHARES, SHARES)
def test_a_larger_share_never_gives_a_smaller_value(values: list[int], p: float, q: float) -> None:
    low, high = sorted((p, q))
    assert quantiles.nearest_rank(values, low) <= quantiles.nearest_rank(values, high)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 99)), max_size=60))
def test_groups_at_once_equal_each_group_alone(rows: list[tuple[str, int]]) -> None:
    labels, values = [row[0] for row in rows], np.array([row[1] for row in rows], dtype=np.int64)
    found, table = quantiles.nearest_rank_by_group(labels, values, (0.1, 0.5, 0.9))
    assert list(found) == sorted(set(labels))
    for label, line in zip(found, table, strict=True):
        own = values[np.array(labels) == label]
        assert line.tolist() == [quantiles.nearest_rank(own, p) for p in (0.1, 0.5, 0.9)]


def test_five_thousand_groups_keep_exact_integers() -> None:
    values = np.arange(50_000, dtype=np.int64) + 2**60
    _, table = quantiles.nearest_rank_by_group(np.arange(50_000) % 5000, values, (0.5,))
    assert table.dtype == np.int64
    assert table[7, 0] == 2**60 + 7 + 4 * 5000
