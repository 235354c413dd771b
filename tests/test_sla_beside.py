"""What stands beside SLA attainment: the source's claim, clocks not due yet, time by reason.

Figures worked by hand.
"""

from datetime import date
from typing import Any

import pandas as pd
import pytest
from handmade import life, local, warehouse_of

from assets import metrics

MARCH: dict[str, Any] = {"start": date(2026, 3, 1), "end": date(2026, 4, 1)}


def one(frame: pd.DataFrame, statistic: str) -> Any:
    """The single row of a statistic."""
    rows = frame[frame["statistic"] == statistic]
    assert len(rows) == 1, frame
    return rows.iloc[0]


def repair(number: int, when: str, **more: Any) -> dict[str, Any]:
    return {"ticket_id": f"T{number}", "reported_at": local(when), "work_class": "repair",
            "urgency": "critical", "department_id": "D1", **more}  # fmt: skip


def claim(number: int, clock: str, is_met: bool | None) -> dict[str, Any]:
    return {"ticket_id": f"T{number}", "clock": clock, "is_met": is_met}


@pytest.fixture(scope="module")
def claimed() -> Any:
    """Three tickets of March, one of April; all restored within the hour."""
    days = {1: "2026-03-02", 2: "2026-03-03", 3: "2026-03-31", 4: "2026-04-01"}
    events = [
        event
        for n, day in days.items()
        for event in life(f"T{n}", (f"{day} 09:00", "reported"), (f"{day} 10:00", "restored"))
    ]
    claims = [
        claim(1, "restore", True), claim(1, "accept", False), claim(2, "restore", False),
        claim(3, "restore", None), claim(4, "restore", True), claim(9, "restore", True),
    ]  # fmt: skip
    tickets = [repair(n, f"{day} 09:00", outcome_code="merged" if n == 2 else None)
               for n, day in days.items()]  # fmt: skip
    return warehouse_of(
        {"tickets": tickets, "ticket_events": events, "ticket_targets": claims},
        local("2026-04-02 00:00"),
    )


def test_the_sources_verdicts_are_counted_by_the_month_of_the_report(claimed: Any) -> None:
    """Judged in March: T1 twice, T2 once; T3 is not judged, T9 is no ticket."""
    frame = metrics.read(claimed, "sla_claimed", **MARCH)
    share = one(frame, "claimed")
    assert (share.value, share.numerator, share.n) == (0.333333, 1, 3)
    assert one(frame, "unjudged").value == 1
    april = metrics.read(claimed, "sla_claimed", start=date(2026, 4, 1), end=date(2026, 5, 1))
    assert (one(april, "claimed").value, one(april, "claimed").n) == (1, 1)


def test_the_claim_is_cut_by_clock_and_never_mixed_with_our_own(claimed: Any) -> None:
    frame = metrics.read(claimed, "sla_claimed", by=["clock"], **MARCH)
    shares = frame[frame["statistic"] == "claimed"]
    assert dict(zip(shares["clock_code"], shares["value"], strict=True)) == {
        "accept": 0,
        "restore": 0.5,
    }
    # ours: T2 is void and has no clock; T1 and T3 were restored in time
    own = one(metrics.read(claimed, "sla_attainment", where={"clock": "restore"}, **MARCH), "net")
    assert (own.value, own.n) == (1, 2)


def test_a_group_without_any_verdict_has_no_share_and_its_count(claimed: Any) -> None:
    frame = metrics.read(claimed, "sla_claimed", grain="day",
                         start=date(2026, 3, 31), end=date(2026, 4, 1))  # fmt: skip
    assert pd.isna(one(frame, "claimed").value)
    assert (one(frame, "claimed").state, one(frame, "unjudged").value) == ("no_data", 1)


def test_a_source_that_claims_nothing_is_not_connected() -> None:
    con = warehouse_of({"tickets": [repair(1, "2026-03-02 09:00")]}, local("2026-03-20 00:00"))
    frame = metrics.read(con, "sla_claimed", **MARCH)
    assert set(frame["state"]) == {"not_connected"}


def seconds(frame: pd.DataFrame) -> dict[str, int]:
    """Seconds by statistic, without those that are zero."""
    values = zip(frame["statistic"], frame["value"], strict=True)
    return {name: int(value) for name, value in values if value}


def test_net_and_the_pauses_by_reason_sum_to_gross() -> None:
    """A vendor for two days, in them a wait for approval of an hour; then a part for five hours."""
    events = life(
        "T1", ("2026-03-02 09:00", "reported"), ("2026-03-02 10:00", "sent_to_vendor"),
        ("2026-03-03 08:00", "paused:approval"), ("2026-03-03 09:00", "resumed"),
        ("2026-03-04 10:00", "vendor_returned"), ("2026-03-04 11:00", "paused:waiting_part"),
        ("2026-03-04 16:00", "resumed"), ("2026-03-04 17:00", "restored"),
        ("2026-03-04 20:00", "reopened"), ("2026-03-04 20:30", "restored"),
    )  # fmt: skip
    rows = {"tickets": [repair(1, "2026-03-02 09:00")], "ticket_events": events}
    con = warehouse_of(rows, local("2026-03-05 00:00"))
    asked = {"where": {"clock": "restore"}, **MARCH}
    # 56 hours from the report to the first restoration and half an hour after the reopening
    assert con.execute(
        "select calendar_id from kpi.fact_clocks where clock = 'restore'"
    ).fetchall() == [("24x7",)]
    assert seconds(metrics.read(con, "sla_time", **asked)) == {
        "gross": 56 * 3600 + 1800,
        "vendor": 48 * 3600,
        "waiting_part": 5 * 3600,
        "net": 3 * 3600 + 1800,
    }


def test_a_pause_beyond_its_cap_or_without_evidence_takes_nothing_off() -> None:
    events = [
        *life("T1", ("2026-03-02 00:00", "reported"), ("2026-03-02 01:00", "paused:approval"),
              ("2026-03-07 01:00", "resumed"), ("2026-03-07 02:00", "restored")),
        *life("T2", ("2026-03-02 00:00", "reported"), ("2026-03-02 01:00", "paused:waiting_user"),
              ("2026-03-02 03:00", "resumed"), ("2026-03-02 04:00", "restored")),
    ]  # fmt: skip
    rows = {
        "tickets": [repair(n, "2026-03-02 00:00") for n in (1, 2)],
        "ticket_events": events,
    }
    con = warehouse_of(rows, local("2026-03-08 00:00"))
    # five days of waiting for approval are believed for three
    found = seconds(metrics.read(con, "sla_time", where={"clock": "restore"}, **MARCH))
    assert found == {"gross": 126 * 3600, "approval": 72 * 3600, "net": 54 * 3600}


def test_a_clock_is_pending_until_it_stops_or_is_breached() -> None:
    """Critical: T1 is restored in time, T2 runs over its target, T3 is fresh at as-of."""
    events = [
        *life("T1", ("2026-03-02 23:30", "reported"), ("2026-03-03 00:10", "restored")),
        *life("T2", ("2026-03-02 23:30", "reported")),
        *life("T3", ("2026-03-03 23:50", "reported")),
    ]
    whens = {1: "2026-03-02 23:30", 2: "2026-03-02 23:30", 3: "2026-03-03 23:50"}
    rows = {
        "tickets": [repair(n, when) for n, when in whens.items()],
        "ticket_events": events,
    }
    con = warehouse_of(rows, local("2026-03-04 00:00"))
    frame = metrics.read(con, "sla_pending", grain="day", where={"clock": "restore"},
                         start=date(2026, 3, 2), end=date(2026, 3, 4))  # fmt: skip
    counts = frame[frame["statistic"] == "count"]
    assert counts["value"].tolist() == [2, 1]
    assert set(frame.loc[frame["statistic"] == "unknown", "value"]) == {0}
    # at as-of: what is counted and what is pending are all clocks there are
    own = metrics.read(con, "sla_attainment", where={"clock": "restore"}, grain="total")
    assert one(own, "net").n + counts["value"].tolist()[-1] == 3
