"""The place of a moment among instants, counted by division, is the one that counting gives."""

from bisect import bisect_left

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.metric_places import place

STEPS = st.lists(st.sampled_from([1, 3600, 82800, 86400, 90000, 2678400]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(first=st.integers(-100_000, 100_000), steps=STEPS, shift=st.integers(-2, 2))
def test_any_moment_has_as_many_instants_before_it_as_counted(
    first: int, steps: list[int], shift: int
) -> None:
    instants = [first]
    for step in steps:
        instants.append(instants[-1] + step)
    moments = [first - 10**6, instants[-1] + 10**6, *(one + shift for one in instants)]
    rows = ", ".join(f"({one}::bigint)" for one in moments)
    found = duckdb.sql(f"select {place('m', instants)} from (values {rows}) as v (m)").fetchall()
    assert [row[0] for row in found] == [bisect_left(instants, one) for one in moments]


def test_a_year_of_days_with_summer_time_is_three_stretches() -> None:
    days = [0]
    for number in range(1, 366):
        days.append(days[-1] + (82_800 if number == 88 else 90_000 if number == 304 else 86_400))
    assert place("m", days).count("case") < 7
