"""A ward's queue, devices and answers, worked out by hand; and nobody else's."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from handmade import life, local, warehouse_of

from assets.analysis.intervals import poisson
from assets.viewers import Viewer
from assets.wards import beside, dossier, waiting
from assets.wards.answer import answer
from assets.wards.place import Ward, ward_of, wards, year_to
from config.errors import ConfigError, RefusedError

AS_OF = "2026-03-20 10:00"  # a Friday
HEAD = Viewer("head")
OWN = Viewer("department", department_id="D1")
MONTH = date(2026, 3, 1)
READ = (
    "kpi.dim_departments", "kpi.dim_workdays", "kpi.dim_labels", "kpi.dim_assets",
    "kpi.detail_queue", "kpi.flow_terms", "kpi.run_context", "kpi.fact_tickets",
    "kpi.fact_failures", "kpi.fact_exposure", "kpi.fact_recurrence", "kpi.fact_clocks",
    "kpi.fact_restorations", "kpi.fact_ratings", "kpi.fact_first_fixes", "kpi.fact_downtime",
    "kpi.poisson_bounds", "kpi.dim_sites", "kpi.connected_tables", "kpi.stopped_tables",
    "kpi.failed_gates", "kpi.targets",
)  # fmt: skip


def _day(day: datetime, place: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """One of a day's two tickets: both reported at nine, accepted at 10:30 and at 11:30.

    The first is D1's and takes an hour from its report, the second D2's and takes three.
    """
    text = f"{day:%Y-%m-%d}"
    name = f"T{day:%m%d}{place}"
    row = {"ticket_id": name, "reported_at": local(f"{text} 09:0{place}"), "work_class": "repair",
           "fault_family_code": "screen", "priority": "P3", "urgency": "normal",
           "department_id": "D1" if place == 0 else "D2", "asset_id": f"A{place}",
           "service_impact": "down", "outcome_code": "repaired"}  # fmt: skip
    taken = f"{text} 1{place}:30"
    done = f"{text} 1{place}:45"
    return row, life(name, (f"{text} 09:0{place}", "reported"), (taken, "accepted@E1"),
                     (taken, "arrived@E1"), (done, "restored@E1"))  # fmt: skip


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    day, tickets, events = datetime(2026, 1, 5), [], []  # noqa: DTZ001 - the hospital's own clock
    while day < datetime(2026, 3, 20):  # noqa: DTZ001
        for place in (0, 1):
            row, steps = _day(day, place)
            tickets.append(row)
            events += steps
        day += timedelta(days=1)
    for number, (department, when) in enumerate((("D2", "09:30"), ("D1", "09:40"))):
        name = f"W{number}"
        tickets.append({**tickets[0], "ticket_id": name, "department_id": department,
                        "reported_at": local(f"2026-03-20 {when}"),
                        "outcome_code": None})  # fmt: skip
        events += life(name, (f"2026-03-20 {when}", "reported"))
    tickets.append({**tickets[0], "ticket_id": "OLD", "reported_at": local("2026-03-19 08:00"),
                    "outcome_code": None, "asset_id": None})  # fmt: skip
    events += life("OLD", ("2026-03-19 08:00", "reported"), ("2026-03-19 08:10", "accepted@E1"))
    built = warehouse_of(
        {
            "sites": [{"name": "院", "timezone": "Asia/Shanghai"}],
            "departments": [
                {"department_id": f"D{n}", "name": f"科{n}", "zone": "东", "department_type": kind}
                for n, kind in ((1, "病区"), (2, "病区"), (3, "门诊"))
            ],
            "engineers": [{"engineer_id": "E1", "name": "李工"}],
            "assets": [
                {"asset_id": f"A{n}", "tag": f"ZC-{n}", "asset_class": "打印机", "model": f"M{n}",
                 "department_id": f"D{n + 1}", "accepted_on": date(2025, 1, 1)}
                for n in (0, 1)
            ],
            "tickets": tickets,
            "ticket_events": events,
        },
        local(AS_OF),
        only=READ,
    )  # fmt: skip
    yield built
    built.close()


def _ward(con: duckdb.DuckDBPyConnection, code: str = "D1") -> Ward:
    return ward_of(con, HEAD, code)


def test_a_waiting_ticket_is_told_when_the_queue_was_that_far_on_past_days_alike(
    con: duckdb.DuckDBPyConnection,
) -> None:
    second, old = waiting.open_tickets(con, OWN, _ward(con))
    assert (second.row["position"], second.row["queue_length"]) == (2, 2)
    assert second.accepted is not None
    # each working day the second acceptance after ten o'clock came at 11:30
    workdays = con.execute(
        "select count(*) from kpi.dim_workdays where on_date between '2026-01-05' and '2026-03-19'"
    ).fetchone()
    assert workdays is not None
    # from the 5th on, but the first start that has an acceptance behind it is the 6th's
    assert second.accepted.cases == workdays[0] - 1
    assert second.accepted.from_at == second.accepted.to_at == local("2026-03-20 11:30")
    assert (old.row["position"], old.accepted) == (None, None)


def test_with_too_few_days_there_is_no_estimate(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("begin")
    con.execute("update kpi.flow_terms set min_similar = 99")
    [second, _] = waiting.open_tickets(con, OWN, _ward(con))
    con.execute("rollback")
    assert second.accepted is not None
    assert (second.accepted.from_at, second.accepted.to_at) == (None, None)
    assert second.accepted.cases > 0


def test_the_rule_is_held_against_what_came_and_an_overdue_ticket_counts_as_missed(
    con: duckdb.DuckDBPyConnection,
) -> None:
    # D1's own take 1 h 45, D2's 2 h 44 of one kind: four in five are done by the longer
    found = waiting.held(con, OWN, _ward(con))
    # the first ten days' reports found fewer than twenty done; W1 may still make it; OLD is late
    days = (date(2026, 3, 20) - date(2026, 1, 5)).days
    assert (found.cases, found.hits) == (days - 10 + 1, days - 10)
    assert found.lo is not None
    assert found.hi is not None
    assert found.lo < found.hits / found.cases < found.hi


def test_devices_stand_by_failures_over_their_time_in_the_ward(
    con: duckdb.DuckDBPyConnection,
) -> None:
    period = year_to(con, MONTH)
    [device] = dossier.devices(con, OWN, _ward(con), period)
    assert (device.tag, device.failures) == ("ZC-0", 74)
    years = (period.last_second - max(period.first_second, period.data_second)) / 86_400 / 365
    assert device.years == pytest.approx(years)
    assert device.rate == pytest.approx(74 / years)
    low, high = poisson(74, years)
    assert (device.lo, device.hi) == pytest.approx((float(low), float(high)))
    assert device.usual == pytest.approx((74 + 75) / (2 * years))
    assert device.verdict == "alike"


def test_late_work_is_what_the_same_mix_gives_in_departments_alike(
    con: duckdb.DuckDBPyConnection,
) -> None:
    alike, found = beside.late(con, OWN, _ward(con), year_to(con, MONTH))
    assert (alike.others, alike.kind) == (2, None)  # one other ward only: all stand in
    restore = next(one for one in found if one.clock == "accept" and not one.is_gross)
    both = con.execute(
        "select department_id, count(*), count_if(not is_met_net) from kpi.fact_clocks "
        "where clock = 'accept' and is_counted and fault_family = 'screen' "
        "group by all order by all"
    ).fetchall()
    (_, cases, late), (_, other_cases, other_late) = both
    assert (restore.cases, restore.late) == (cases, late)
    assert restore.expected == pytest.approx(cases * (late + other_late) / (cases + other_cases))


def test_a_ward_sees_itself_and_nothing_else(con: duckdb.DuckDBPyConnection) -> None:
    assert [one.department_id for one in wards(con, OWN)] == ["D1"]
    assert [one.department_id for one in wards(con, HEAD)] == ["D1", "D2", "D3"]
    other = _ward(con, "D2")
    period = year_to(con, MONTH)
    for ask in (
        lambda: ward_of(con, OWN, "D2"),
        lambda: ward_of(con, OWN, "H1/D2"),
        lambda: ward_of(con, OWN, "nothing"),
        lambda: waiting.open_tickets(con, OWN, other),
        lambda: waiting.held(con, OWN, other),
        lambda: dossier.devices(con, OWN, other, period),
        lambda: dossier.repeats(con, OWN, other, period),
        lambda: beside.late(con, OWN, other, period),
        lambda: beside.models(con, OWN, other, period),
        lambda: answer(con, OWN, other, MONTH),
        lambda: wards(con, Viewer("engineer", engineer_id="E1")),
        lambda: ward_of(con, Viewer("department"), ""),
    ):
        with pytest.raises(RefusedError):
            ask()
    with pytest.raises(ConfigError, match="没有编号"):
        ward_of(con, HEAD, "nothing")
    with pytest.raises(RefusedError):
        ward_of(con, Viewer("department", site_id="H2", department_id="D1"), "D1")
