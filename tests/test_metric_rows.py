"""The rows behind a number are those that it counted."""

from datetime import date

import pytest
from handmade import life, local, warehouse_of

from assets import metrics
from assets.metric_rows import behind
from config.errors import ConfigError

MARCH = (date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture(scope="module")
def con():
    tickets = [
        {"ticket_id": f"T{n}", "ticket_no": f"WX{n}", "work_class": "repair", "asset_id": "A1",
         "reported_at": local(f"2026-0{month}-02 08:00"), "outcome_code": outcome}
        for n, (month, outcome) in enumerate(
            [(2, None), (3, None), (3, "user_error"), (3, "cancelled"), (4, None)], start=1
        )
    ]  # fmt: skip
    events = [
        *life("T1", ("2026-02-02 08:00", "reported"), ("2026-03-05 08:00", "restored")),
        *life("T2", ("2026-03-02 08:00", "reported"), ("2026-03-02 09:00", "restored")),
        *life("T3", ("2026-03-02 08:00", "reported")),
        *life("T4", ("2026-03-02 08:00", "reported"), ("2026-03-02 09:00", "cancelled")),
        *life("T5", ("2026-04-02 08:00", "reported")),
    ]
    assets = [{"asset_id": "A1", "asset_class": "printer", "accepted_on": "2024-01-01"}]
    return warehouse_of(
        {"tickets": tickets, "ticket_events": events, "assets": assets}, local("2026-04-20 00:00")
    )


def of(con, metric_id, role="head"):
    period = metrics.periods_of("month", metrics.context(con), *MARCH)[0]
    return behind(con, metric_id, period, role=role)


@pytest.mark.parametrize(
    ("metric_id", "numbers"),
    [
        ("reports", ["WX2", "WX3", "WX4"]),
        ("restore_time", ["WX1", "WX2"]),
        ("completion_rate", ["WX2", "WX3"]),
        ("no_fault_found", ["WX3"]),
    ],
)
def test_a_metrics_rows_are_the_tickets_it_counts(con, metric_id, numbers):
    rows = of(con, metric_id)
    assert sorted(row["ticket_no"] for row in rows.shown) == numbers
    assert rows.total == len(numbers)


def test_a_backlogs_rows_are_open_at_the_periods_last_instant(con):
    rows = of(con, "backlog")
    assert [row["ticket_id"] for row in rows.shown] == ["T3"]


def test_a_role_without_the_right_sees_no_row(con):
    with pytest.raises(ConfigError, match="无权查看明细"):
        of(con, "hands_on_time", role="finance")


def test_a_number_without_a_list_of_rows_has_none(con):
    assert of(con, "stock_on_hand") is None


def test_as_many_rows_as_the_count(con):
    frame = metrics.read(con, "reports", start=MARCH[0], end=MARCH[1])
    assert frame["value"].tolist() == [of(con, "reports").total]
