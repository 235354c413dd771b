"""Clocks: working calendars with make-up days, pauses, breaches, holders; worked by hand."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from handmade import life, local, warehouse_of

MINUTE, HOUR = 60, 3600


def rules_with(folder: Path, calendar: str, minutes: int = 240) -> Path:
    """Write rules in which every restore target has one calendar and one length."""
    target = f"{{target_minutes: {minutes}, calendar: {calendar}}}"
    rows = "".join(
        f'        {urgency}: {{"*": {target}, network: {target}, software: {target}, '
        f"supplies: {target}, help: {target}}}\n"
        for urgency in ("critical", "high", "normal", "low", '"*"')
    )
    (folder / "sla.yml").write_text(
        "versions:\n  base:\n    targets:\n      restore:\n" + rows, encoding="utf-8"
    )
    return folder


def restore_clock(events: list[dict[str, Any]], as_of: str, rules: Path) -> tuple[Any, ...]:
    """Net, gross, elapsed, breach and due of ticket T's restore clock."""
    rows = {
        "tickets": [
            {"ticket_id": "T", "reported_at": events[0]["at"], "work_class": "repair",
             "urgency": "normal"}
        ],
        "ticket_events": events,
    }  # fmt: skip
    con = warehouse_of(rows, local(as_of), rules_dir=rules)
    row = con.execute(
        "select net_seconds, gross_seconds, elapsed_seconds, breached_at, due_at, is_reliable, "
        "is_met_net, is_met_gross from core.clocks where clock = 'restore'"
    ).fetchone()
    assert row is not None
    return row


def test_friday_evening_to_monday_morning_is_ten_working_minutes(tmp_path: Path) -> None:
    events = life("T", ("2026-03-06 17:55", "reported"), ("2026-03-09 08:05", "restored"))
    row = restore_clock(events, "2026-03-10 00:00", rules_with(tmp_path, "workday"))
    assert row[:3] == (10 * MINUTE, 10 * MINUTE, 62 * HOUR + 10 * MINUTE)


@pytest.mark.parametrize("calendar", ["workday", "24x7"])
def test_an_hour_on_a_make_up_sunday_is_sixty_minutes(tmp_path: Path, calendar: str) -> None:
    # Sunday 2026-01-04 is a workday: it makes up for the New Year holiday.
    events = life("T", ("2026-01-04 10:00", "reported"), ("2026-01-04 11:00", "restored"))
    row = restore_clock(events, "2026-01-05 00:00", rules_with(tmp_path, calendar))
    assert row[0] == 60 * MINUTE


def test_an_hour_on_an_ordinary_sunday_is_no_working_time(tmp_path: Path) -> None:
    events = life("T", ("2026-01-11 10:00", "reported"), ("2026-01-11 11:00", "restored"))
    row = restore_clock(events, "2026-01-12 00:00", rules_with(tmp_path, "workday"))
    assert row[:3] == (0, 0, HOUR)


def test_a_day_without_a_known_holiday_list_makes_the_clock_unreliable(tmp_path: Path) -> None:
    events = life("T", ("2031-03-07 10:00", "reported"), ("2031-03-07 11:00", "restored"))
    row = restore_clock(events, "2031-03-08 00:00", rules_with(tmp_path, "workday"))
    assert (row[0], row[1], row[5]) == (None, None, False)


def test_overlapping_pauses_count_once(tmp_path: Path) -> None:
    events = life(
        "T",
        ("2026-03-06 09:00", "reported"),
        ("2026-03-06 10:00", "paused:waiting_part"),
        ("2026-03-06 10:30", "sent_to_vendor"),
        ("2026-03-06 11:00", "vendor_returned"),
        ("2026-03-06 12:00", "restored"),
    )
    row = restore_clock(events, "2026-03-07 00:00", rules_with(tmp_path, "24x7"))
    assert row[:2] == (2 * HOUR, 3 * HOUR)


def test_a_pause_from_before_the_report_is_clipped_to_the_clock(tmp_path: Path) -> None:
    events = life(
        "T",
        ("2026-03-06 09:00", "reported"),
        ("2026-03-06 08:00", "paused:waiting_part"),
        ("2026-03-06 09:20", "resumed"),
        ("2026-03-06 10:00", "restored"),
    )
    row = restore_clock(events, "2026-03-07 00:00", rules_with(tmp_path, "24x7"))
    assert row[:2] == (40 * MINUTE, 60 * MINUTE)


def test_waiting_for_the_user_stops_the_clock_only_with_evidence(tmp_path: Path) -> None:
    def net(*evidence: tuple[str, str]) -> int:
        steps = [
            ("2026-03-06 09:00", "reported"),
            ("2026-03-06 09:10", "paused:waiting_user"),
            *evidence,
            ("2026-03-06 10:10", "resumed"),
            ("2026-03-06 10:30", "restored"),
        ]
        rules = rules_with(tmp_path, "24x7")
        return int(restore_clock(life("T", *steps), "2026-03-07 00:00", rules)[0])

    assert net() == 90 * MINUTE
    assert net(("2026-03-06 09:30", "chased")) == 30 * MINUTE


def test_one_pause_stops_the_clock_no_longer_than_its_cap(tmp_path: Path) -> None:
    # waiting_part is capped at 240 h: 300 h of waiting leave 60 h on the clock.
    events = life(
        "T",
        ("2026-03-01 00:00", "reported"),
        ("2026-03-01 00:00", "paused:waiting_part"),
        ("2026-03-13 12:00", "resumed"),
        ("2026-03-13 13:00", "restored"),
    )
    row = restore_clock(events, "2026-03-14 00:00", rules_with(tmp_path, "24x7"))
    assert row[0] == 61 * HOUR


def test_the_breach_is_the_instant_at_which_net_time_reaches_the_target(tmp_path: Path) -> None:
    # 240 min of target; 2 h run, 1 h part, 2 h run to 14:00 = breach; restored at 15:00.
    events = life(
        "T",
        ("2026-03-06 09:00", "reported"),
        ("2026-03-06 11:00", "paused:waiting_part"),
        ("2026-03-06 12:00", "resumed"),
        ("2026-03-06 15:00", "restored"),
    )
    row = restore_clock(events, "2026-03-07 00:00", rules_with(tmp_path, "24x7"))
    assert row[3] == local("2026-03-06 14:00")
    assert row[6:] == (False, False)


def test_reaching_the_target_exactly_is_no_breach(tmp_path: Path) -> None:
    events = life("T", ("2026-03-06 09:00", "reported"), ("2026-03-06 13:00", "restored"))
    row = restore_clock(events, "2026-03-07 00:00", rules_with(tmp_path, "24x7"))
    assert (row[3], row[6]) == (None, True)


def test_an_open_ticket_beyond_its_target_is_breached_now(tmp_path: Path) -> None:
    events = life("T", ("2026-03-06 09:00", "reported"))
    row = restore_clock(events, "2026-03-06 14:00", rules_with(tmp_path, "24x7"))
    assert (row[3], row[4], row[6]) == (local("2026-03-06 13:00"), None, False)


def test_an_open_ticket_is_due_across_the_night_of_its_calendar(tmp_path: Path) -> None:
    # 17:00 reported, repair_7d ends at 18:00: 1 h today, 3 h tomorrow from 08:00.
    events = life("T", ("2026-03-06 17:00", "reported"))
    row = restore_clock(events, "2026-03-06 17:30", rules_with(tmp_path, "repair_7d"))
    assert (row[3], row[4]) == (None, local("2026-03-07 11:00"))


def test_after_a_reopening_the_same_clock_resumes(tmp_path: Path) -> None:
    events = life(
        "T",
        ("2026-03-06 09:00", "reported"),
        ("2026-03-06 10:00", "restored"),
        ("2026-03-06 11:00", "verified"),
        ("2026-03-06 15:00", "reopened"),
        ("2026-03-06 16:30", "restored"),
        ("2026-03-06 18:00", "closed"),
    )
    row = restore_clock(events, "2026-03-07 00:00", rules_with(tmp_path, "24x7"))
    assert row[:3] == (150 * MINUTE, 150 * MINUTE, 450 * MINUTE)


def spans_of(events: list[dict[str, Any]], as_of: str) -> dict[str, int]:
    tickets = [{"ticket_id": "T", "reported_at": events[0]["at"], "work_class": "repair"}]
    con = warehouse_of({"tickets": tickets, "ticket_events": events}, local(as_of))
    return dict(
        con.execute(
            "select engineer_id, sum(seconds_between(from_at, to_at))::bigint "
            "from core.holder_spans group by engineer_id"
        ).fetchall()
    )


def test_a_transfer_leaves_one_ward_clock_and_a_clock_for_each_holder() -> None:
    events = life(
        "T",
        ("2026-03-06 09:00", "reported"),
        ("2026-03-06 09:00", "accepted@A"),
        ("2026-03-06 11:00", "transferred:skill@A>B"),
        ("2026-03-06 12:00", "restored@B"),
    )
    assert spans_of(events, "2026-03-07 00:00") == {"A": 2 * HOUR, "B": HOUR}
    tickets = [{"ticket_id": "T", "reported_at": events[0]["at"], "work_class": "repair"}]
    con = warehouse_of({"tickets": tickets, "ticket_events": events}, local("2026-03-07 00:00"))
    assert con.execute("select restore_seconds from core.tickets").fetchone() == (3 * HOUR,)


def test_the_holder_before_a_reopening_holds_again() -> None:
    events = life(
        "T",
        ("2026-03-06 09:00", "reported"),
        ("2026-03-06 09:00", "accepted@A"),
        ("2026-03-06 10:00", "restored@A"),
        ("2026-03-06 12:00", "reopened"),
    )
    assert spans_of(events, "2026-03-06 13:00") == {"A": 2 * HOUR}


def test_mis_sorted_events_are_kept_flagged_and_left_out_of_durations() -> None:
    events = life(
        "T",
        ("2026-03-06 09:00", "reported"),
        ("2026-03-06 09:30", "restored@A"),
        ("2026-03-06 10:00", "accepted@A"),
    )
    tickets = [{"ticket_id": "T", "reported_at": events[0]["at"], "work_class": "repair"}]
    con = warehouse_of({"tickets": tickets, "ticket_events": events}, local("2026-03-07 00:00"))
    row = con.execute(
        "select restore_seconds, accept_seconds, is_open, out_of_order_count from core.tickets"
    ).fetchone()
    assert row == (None, HOUR, True, 1)
    shown = con.execute(
        "select row_count, total_count from kpi.data_quality where measure = 'out_of_order_events'"
    ).fetchone()
    assert shown == (1, 3)


def test_an_arrival_stamped_by_a_slow_clock_is_flagged_not_lost() -> None:
    # the engineer's device is 37 s behind: the arrival lies before the acceptance
    events = life(
        "T",
        ("2026-03-06 09:00:00", "reported"),
        ("2026-03-06 09:10:00", "accepted@A"),
        ("2026-03-06 09:09:23", "arrived@A"),
        ("2026-03-06 10:00:00", "restored@A"),
    )
    tickets = [
        {"ticket_id": "T", "reported_at": events[0]["at"], "work_class": "repair",
         "is_onsite_required": True}
    ]  # fmt: skip
    con = warehouse_of({"tickets": tickets, "ticket_events": events}, local("2026-03-07 00:00"))
    flagged = con.execute("select type from core.ticket_events where is_out_of_order").fetchall()
    assert flagged == [("arrived",)]
    assert con.execute("select response_seconds, restore_seconds from core.tickets").fetchone() == (
        None,
        HOUR,
    )


def test_events_after_as_of_do_not_exist_yet() -> None:
    events = life("T", ("2026-03-06 09:00", "reported"), ("2026-03-06 12:00", "restored"))
    tickets = [{"ticket_id": "T", "reported_at": events[0]["at"], "work_class": "repair"}]
    con = warehouse_of({"tickets": tickets, "ticket_events": events}, local("2026-03-06 11:00"))
    assert con.execute("select is_open, restored_at from core.tickets").fetchone() == (True, None)


def test_the_local_day_of_an_event_near_midnight_is_the_hospitals() -> None:
    reported = local("2026-03-01 00:10")
    assert reported == datetime(2026, 2, 28, 16, 10)  # noqa: DTZ001 - naive UTC inside
    tickets = [{"ticket_id": "T", "reported_at": reported}]
    con = warehouse_of({"tickets": tickets}, local("2026-03-02 00:00"))
    days = con.execute("select cast(reported_on as text) from core.tickets").fetchall()
    assert days == [("2026-03-01",)]
