"""What happens exactly at midnight belongs to the new day, in levels as in flows."""

from collections.abc import Iterator

import duckdb
import pytest
from handmade import life, local, warehouse_of

from assets import metrics

TICKETS = [
    {"ticket_id": name, "reported_at": local(when), "work_class": "repair", "department_id": "D1"}
    for name, when in (("T1", "2026-03-02 08:00"), ("T2", "2026-03-04 00:00"))
]
EVENTS = [
    # restored at the very midnight at which the second is reported
    *life("T1", ("2026-03-02 08:00", "reported"), ("2026-03-04 00:00", "restored")),
    *life("T2", ("2026-03-04 00:00", "reported"), ("2026-03-05 12:00", "restored")),
]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    built = warehouse_of({"tickets": TICKETS, "ticket_events": EVENTS}, local("2026-03-06 00:00"))
    yield built
    built.close()


def days(con: duckdb.DuckDBPyConnection, metric: str, statistic: str) -> list[float]:
    frame = metrics.read(con, metric, grain="day")
    return frame[frame["statistic"] == statistic]["value"].tolist()


def test_a_days_backlog_is_that_before_plus_what_came_in_less_what_went_out(con) -> None:
    assert days(con, "net_inflow", "inflow") == [1, 0, 1, 0]
    assert days(con, "net_inflow", "outflow") == [0, 0, 1, 1]
    # the one restored at midnight is still open when the third day ends
    assert days(con, "backlog", "count") == [1, 1, 1, 0]


def test_what_is_restored_at_midnight_was_open_at_the_days_begin_and_is_finished_in_it(con) -> None:
    frame = metrics.read(con, "completion_rate", grain="day")
    flow = frame[frame["statistic"] == "flow"]
    assert list(zip(flow["numerator"], flow["denominator"], strict=True)) == [
        (0, 1), (0, 1), (1, 2), (1, 1),
    ]  # fmt: skip
