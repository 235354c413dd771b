"""Make or buy and dependence on few people: golden numbers and laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.analysis.dependence import bus_factor, concentration, gini
from assets.analysis.make_or_buy import Contract, Own, break_even, tornado, warranty_value


def test_break_even_with_and_without_a_minimum() -> None:
    """300 + 0.02x = 0.05x at 10 000 pages; = 360 at 3 000, where the contract is still flat."""
    assert break_even(Own(300, 0.02), Contract(0.05)) == [pytest.approx(10_000)]
    assert break_even(Own(300, 0.02), Contract(0.05, 360)) == [
        pytest.approx(3_000),
        pytest.approx(10_000),
    ]
    assert break_even(Own(300, 0.06), Contract(0.05)) == []
    assert break_even(Own(0, 0.05), Contract(0.05)) == []


@given(
    st.floats(0, 5_000), st.floats(0.001, 1), st.floats(0.001, 1), st.floats(0, 5_000),
)  # fmt: skip
def test_at_a_break_even_both_cost_the_same_and_the_sign_turns_there(
    fixed: float, variable: float, price: float, minimum: float
) -> None:
    own, contract = Own(fixed, variable), Contract(price, minimum)
    for units in break_even(own, contract):
        scale = max(1.0, own.cost(units))
        assert own.cost(units) == pytest.approx(contract.cost(units), rel=1e-6, abs=1e-6 * scale)


def test_a_tornado_puts_what_moves_the_result_most_on_top() -> None:
    rows = tornado(lambda x: 3 * x["a"] - x["b"] + 0 * x["c"], {"a": 10, "b": 50, "c": 7}, 0.1)
    assert [(row.name, row.low, row.high) for row in rows] == [
        ("b", pytest.approx(-15), pytest.approx(-25)),
        ("a", pytest.approx(-23), pytest.approx(-17)),
    ]


def test_a_warranty_is_worth_the_failures_of_its_years() -> None:
    rates = {(0.0, 1.0): 0.5, (1.0, 3.0): 0.2, (3.0, 5.0): 0.4}
    value = warranty_value(rates, 300, from_year=0, to_year=5, deductible=0.1)
    assert value == pytest.approx((0.5 + 2 * 0.2 + 2 * 0.4) * 300 * 0.9)
    assert warranty_value(rates, 300, from_year=2, to_year=4) == pytest.approx(0.6 * 300)
    assert warranty_value(rates, 300, from_year=4, to_year=6) is None


def test_the_bus_factor_is_the_smallest_set_that_uncovers_more_than_the_share() -> None:
    pairs = [{"a", "b"}, {"a", "c"}, {"b", "c"}]
    assert bus_factor(pairs) == 3  # two uncover one pair only, and 2 of 3 are needed
    assert bus_factor([{"a"}, {"a"}, {"b", "c"}]) == 1
    assert bus_factor([set(), set(), {"a"}]) == 0
    assert bus_factor([{"a", "b"}], 0.5) == 2
    assert bus_factor([]) is None


def test_beyond_exact_search_the_greedy_answer_is_still_enough() -> None:
    teams = [{f"p{n}", f"p{n + 1}", f"p{n + 2}"} for n in range(0, 90, 3)]
    assert bus_factor(teams) == 16 * 3


def test_gini_and_concentration_of_known_shares() -> None:
    assert gini([1, 1, 1, 1]) == 0
    assert gini([0, 0, 0, 12]) == pytest.approx(0.75)
    assert gini([5, 10]) == pytest.approx(1 / 6)
    assert concentration([5, 10]) == pytest.approx(5 / 9)
    assert concentration([3]) == 1


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_gini_lies_between_equal_and_one_and_hhi_above_one_over_n(amounts: list[float]) -> None:
    assert -1e-9 <= gini(amounts) < 1
    assert 1 / len(amounts) - 1e-9 <= concentration(amounts) <= 1 + 1e-9
