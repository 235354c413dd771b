"""Damaged exports end as rows that are all accounted for, or as one sentence; never otherwise."""

import pytest

from benchmarks.mutated_files import MOST_MIB, SEED, measure

CASES = 20


@pytest.fixture(scope="module")
def measured():
    return measure(SEED, CASES)


def test_no_mutated_file_ends_in_a_traceback_or_loses_a_row(measured):
    outcomes, _ = measured
    assert [one for one in outcomes if one.problem] == []
    assert len(outcomes) == CASES
    # Neither everything refused nor everything swallowed.
    assert 8 <= sum(one.is_read for one in outcomes) <= 16


def test_a_refusal_names_the_file_and_what_to_do(measured):
    outcomes, _ = measured
    for one in outcomes:
        if not one.is_read:
            assert f"export{one.number}." in one.said
            assert "请" in one.said


def test_reading_mutated_files_stays_within_the_promised_memory(measured):
    _, peak = measured
    assert 50 < peak < MOST_MIB
