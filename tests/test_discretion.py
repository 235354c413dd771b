"""What people said of one person is shown only when enough of them said it."""

from collections.abc import Iterator

import duckdb
import pytest
from handmade import life, local, warehouse_of

from assets import metrics

# E1 has five answers, E2 has four
HOLDERS = {f"T{number}": "E1" if number <= 5 else "E2" for number in range(1, 10)}
TICKETS = [
    {"ticket_id": name, "reported_at": local("2026-03-02 08:00"), "work_class": "repair",
     "department_id": "D1"}
    for name in HOLDERS
]  # fmt: skip
EVENTS = [
    event
    for name, holder in HOLDERS.items()
    for event in life(name, ("2026-03-02 08:00", "reported"),
                      ("2026-03-02 08:10", f"accepted@{holder}"),
                      ("2026-03-02 09:00", f"restored@{holder}"))
]  # fmt: skip
RATINGS = [
    {"rating_id": f"R{name}", "ticket_id": name, "scale_max": 5, "overall": 5,
     "asked_at": local("2026-03-02 10:00"), "rated_at": local("2026-03-02 11:00")}
    for name in HOLDERS
]  # fmt: skip


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    rows = {"tickets": TICKETS, "ticket_events": EVENTS, "ratings": RATINGS,
            "engineers": [{"engineer_id": name} for name in ("E1", "E2")]}  # fmt: skip
    built = warehouse_of(rows, local("2026-03-06 00:00"))
    yield built
    built.close()


def told(con: duckdb.DuckDBPyConnection, statistic: str, **asked: object) -> list[tuple]:
    rows = metrics.read_rows(con, "satisfaction", **asked)
    return [
        (row.get("engineer_code"), row["value"], row["hi"], row["numerator"], row["n"])
        for row in rows
        if row["statistic"] == statistic
    ]


def test_a_person_with_fewer_than_five_answers_has_a_number_of_them_and_no_mark(con) -> None:
    share = told(con, "top_share", by=["engineer"])
    assert share[0][:2] == ("E1", 1.0)
    assert share[1] == ("E2", None, None, None, 4)
    assert [row[1] for row in told(con, "overall", by=["engineer"])] == [5.0, None]
    assert [row[1] for row in told(con, "counted", by=["engineer"])] == [5.0, 4.0]


def test_asking_for_one_person_alone_or_cutting_finer_shows_no_more(con) -> None:
    assert told(con, "top_share", where={"engineer": "E2"})[0][1] is None
    assert told(con, "top_share", by=["engineer", "department"])[1][1] is None


def test_what_is_of_no_person_is_shown_as_ever(con) -> None:
    assert told(con, "top_share")[0][1] == 1.0
