"""What a change of rules changes: exactly the tickets it should, recomputed here.

The history is drawn at random and the expected tickets come from plain Python that walks the
working days; nothing of the product's clocks is used for them.
"""

import csv
import hashlib
import json
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from handmade import life, local, settings, warehouse_of
from typer.testing import CliRunner

from assets.rule_diff import Change, Difference, compare
from config.rule_sources import rule_source
from config.rules import load_rules
from pipelines.cli import app

AS_OF = "2026-06-18 00:00"
JUNE = (date(2026, 6, 1), date(2026, 7, 1))
TARGETS = {"critical": 120, "high": 240, "normal": 480, "low": 1440}
FAMILIES = {"network_down": "network", "his_error": "software", "no_power": "computing"}
TICKETS = 240
SEED = 20_260_610
# The base rules of this file: every restore target on workdays 08–18.
BASE = "versions:\n  base:\n    targets:\n      restore:\n" + "".join(
    f'        {urgency}: {{"*": {{target_minutes: {minutes}, calendar: workday}}, '
    f"network: {{target_minutes: {minutes}, calendar: workday}}, "
    f"software: {{target_minutes: {minutes}, calendar: workday}}, "
    f"supplies: {{target_minutes: {minutes}, calendar: workday}}, "
    f"help: {{target_minutes: {minutes}, calendar: workday}}}}\n"
    for urgency, minutes in TARGETS.items()
)


@dataclass(frozen=True)
class Case:
    """A ticket as the test knows it, on the hospital's own clock."""

    id: str
    urgency: str
    family: str
    reported: datetime
    paused: datetime | None
    reason: str | None
    has_evidence: bool
    resumed: datetime | None
    restored: datetime | None


def drawn() -> list[Case]:
    """Return the same random tickets every time."""
    dice = random.Random(SEED)  # noqa: S311 - a test's own dice
    cases = []
    for number in range(TICKETS):
        reported = datetime(2026, 6, 1) + timedelta(minutes=dice.randrange(16 * 1440))  # noqa: DTZ001 - local
        paused = resumed = None
        reason = dice.choice([None, "waiting_part", "waiting_user", "approval"])
        last = reported
        if reason:
            paused = reported + timedelta(minutes=dice.randrange(1, 600))
            resumed = last = paused + timedelta(minutes=dice.randrange(1, 3000))
        restored = last + timedelta(minutes=dice.randrange(1, 2000))
        end = datetime.fromisoformat(AS_OF)
        cases.append(
            Case(
                f"T{number:03d}",
                dice.choice(list(TARGETS)),
                dice.choice(list(FAMILIES)),
                reported,
                paused if paused and paused < end else None,
                reason,
                dice.random() < 0.5,
                resumed if resumed and resumed < end else None,
                restored if restored < end else None,
            )
        )
    return cases


def worked(start: datetime, end: datetime, days_off: frozenset[date] = frozenset()) -> int:
    """Return the seconds of Monday–Friday 08–18 between two moments, walking day by day."""
    total = 0
    day = start.date()
    while day <= end.date():
        if day.isoweekday() <= 5 and day not in days_off:
            opens = datetime.combine(day, time(8))
            total += max(
                0, int((min(end, opens + timedelta(hours=10)) - max(start, opens)).total_seconds())
            )
        day += timedelta(days=1)
    return total


def stretches(
    case: Case, caps: dict[str, int], *, needs_evidence: bool
) -> list[tuple[datetime, datetime]]:
    """Return when the restore clock ran; caps are hours by reason."""
    end = case.restored or datetime.fromisoformat(AS_OF)
    if case.paused is None or case.reason is None:
        return [(case.reported, end)]
    if case.reason == "waiting_user" and needs_evidence and not case.has_evidence:
        return [(case.reported, end)]
    stop = min(case.resumed or end, case.paused + timedelta(hours=caps[case.reason]))
    return [(case.reported, case.paused), (stop, end)]


CAPS = {"waiting_part": 240, "waiting_user": 72, "approval": 72}


def net(
    case: Case,
    days_off: frozenset[date] = frozenset(),
    caps: dict[str, int] = CAPS,
    *,
    needs_evidence: bool = True,
) -> int:
    """Return the net working seconds of the restore clock."""
    runs = stretches(case, caps, needs_evidence=needs_evidence)
    return sum(worked(start, end, days_off) for start, end in runs)


def rows_of(cases: list[Case]) -> dict[str, list[dict[str, Any]]]:
    tickets, events = [], []
    for case in cases:
        steps = [(str(case.reported), "reported")]
        if case.paused:
            steps.append((str(case.paused), f"paused:{case.reason}"))
            chased = case.paused + timedelta(seconds=30)
            if case.has_evidence and chased < datetime.fromisoformat(AS_OF):
                steps.append((str(chased), "chased"))
        if case.resumed:
            steps.append((str(case.resumed), "resumed"))
        if case.restored:
            steps.append((str(case.restored), "restored"))
        events += life(case.id, *steps)
        tickets.append(
            {
                "ticket_id": case.id,
                "ticket_no": f"NO-{case.id}",
                "reported_at": local(str(case.reported)),
                "work_class": "repair",
                "urgency": case.urgency,
                "fault_family_code": case.family,
            }
        )
    return {"tickets": tickets, "ticket_events": events}


class History:
    """One hospital on disk, and the comparison of rules over it."""

    def __init__(self, home: Path) -> None:
        self.home, self.cases = home, drawn()
        self.settings = settings(home)
        self.rules("base", sla=BASE)
        con = warehouse_of(rows_of(self.cases), local(AS_OF), home=home)
        con.execute(f"attach '{self.settings.warehouse_path}' as disk")
        con.execute("copy from database memory to disk")
        con.close()

    def rules(self, name: str, **files: str) -> Path:
        """Write a folder of rule files."""
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        for section, text in files.items():
            (folder / f"{section}.yml").write_text(text, encoding="utf-8")
        return folder

    def compared(self, after: Path, month: tuple[date, date] | None = JUNE) -> Difference:
        """Compare the base rules with others."""
        return compare(self.settings, load_rules(self.home / "base"), load_rules(after), month)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return History(tmp_path_factory.mktemp("history"))


def by_ticket(found: Difference, clock: str = "restore") -> dict[str, Change]:
    return {one.ticket_id: one for one in found.changes if one.clock == clock}


def seconds(case: Case, days_off: frozenset[date] = frozenset()) -> tuple[int, int]:
    """Return net and gross working seconds of the restore clock."""
    end = case.restored or datetime.fromisoformat(AS_OF)
    return net(case, days_off), worked(case.reported, end, days_off)


def moved_by(history: History, days_off: frozenset[date]) -> dict[str, Case]:
    """Return the tickets whose restore clock counts otherwise with these days off."""
    return {case.id: case for case in history.cases if seconds(case) != seconds(case, days_off)}


def test_one_day_off_changes_the_clocks_that_ran_on_it_and_no_other(history: History) -> None:
    off = frozenset({date(2026, 6, 10)})
    after = history.rules("day", sla=BASE, calendars="holidays:\n  days_off: {2026-06-10: 院庆}\n")
    found = history.compared(after)
    expected = moved_by(history, off)
    assert 10 < len(expected) < TICKETS // 2
    assert {(one.ticket_id, one.clock) for one in found.changes} == {
        (ticket, "restore") for ticket in expected
    }
    for ticket, one in by_ticket(found).items():
        before, after_it = seconds(expected[ticket]), seconds(expected[ticket], off)
        for position, name in enumerate(("net_seconds", "gross_seconds")):
            told = [(side or {}).get(name) for side in (one.before, one.after)]
            moved = before[position] != after_it[position]
            assert told == ([before[position], after_it[position]] if moved else [None, None])
    tally = next(one for one in found.tallies if one.item == "restore.net")
    for share, days_off in ((tally.before, frozenset[date]()), (tally.after, off)):
        met = [net(case, days_off) <= TARGETS[case.urgency] * 60 for case in history.cases]
        counted = [
            is_met
            for is_met, case in zip(met, history.cases, strict=True)
            if case.restored or not is_met
        ]
        assert share == (sum(counted), len(counted))


def test_one_target_changes_the_tickets_of_its_cell_and_no_other(history: History) -> None:
    tighter = BASE + (
        "  tighter:\n    effective_from: 2026-06-08 09:30\n    targets:\n      restore:\n"
        "        high: {network: {target_minutes: 60, calendar: workday}}\n"
    )
    found = history.compared(history.rules("target", sla=tighter))
    since = datetime(2026, 6, 8, 9, 30)  # noqa: DTZ001 - local
    cell = [
        case
        for case in history.cases
        if case.urgency == "high" and FAMILIES[case.family] == "network" and case.reported >= since
    ]
    assert len(cell) > 5
    changed = by_ticket(found)
    assert set(changed) == {case.id for case in cell}
    assert {one.ticket_id for one in found.changes} == set(changed)
    for case in cell:
        one = changed[case.id]
        assert one.before is not None
        assert one.after is not None
        assert (one.before["target_seconds"], one.after["target_seconds"]) == (14_400, 3_600)
        flips = 3_600 < net(case) <= 14_400
        assert ("is_met_net" in one.after) == flips, case
        if flips:
            assert (one.before["is_met_net"], one.after["is_met_net"]) == (True, False)


@pytest.mark.parametrize(
    ("text", "caps", "needs_evidence"),
    [
        ("clocks: {restore: {waiting_part: {cap_hours: 4}}}", CAPS | {"waiting_part": 4}, True),
        ("clocks: {restore: {waiting_user: {evidence_required: false}}}", CAPS, False),
        ("clocks: {restore: {approval: null}}", CAPS | {"approval": 0}, True),
    ],
)
def test_one_pause_rule_changes_the_tickets_that_paused_so_and_no_other(
    history: History, text: str, caps: dict[str, int], *, needs_evidence: bool
) -> None:
    found = history.compared(history.rules("pause", sla=BASE, pauses=text))
    expected = {
        case.id: (net(case), after)
        for case in history.cases
        if (after := net(case, frozenset(), caps, needs_evidence=needs_evidence)) != net(case)
    }
    assert len(expected) > 5
    shown = {
        key: (one.before["net_seconds"], one.after["net_seconds"])
        for key, one in by_ticket(found).items()
        if one.before and one.after and "net_seconds" in one.after
    }
    assert shown == expected
    # nothing else moves: a clock that rests at as-of may tell so without other seconds
    assert {
        one.ticket_id for one in found.changes if set(one.after or {}) - {"is_paused", "due_at"}
    } == set(expected)


def test_a_visit_rule_changes_the_flag_of_its_family_alone(history: History) -> None:
    after = history.rules(
        "visit",
        sla=BASE,
        duties="visit:\n  rules:\n    errors: {zh: 报错, en: Errors, duty: required, "
        "fault_families: [his_error]}\n",
    )
    found = history.compared(after)
    assert found.rebuilt == ("core.ticket_duties", *found.rebuilt[1:])
    flagged = {one.ticket_id for one in found.changes if one.clock is None}
    # a critical one had to be visited before: only its list of rules grows
    assert flagged == {case.id for case in history.cases if case.family == "his_error"}
    becoming = {one.ticket_id for one in found.changes if (one.after or {}).get("visit_duty")}
    assert becoming == {
        case.id
        for case in history.cases
        if case.family == "his_error" and case.urgency != "critical"
    }


def test_the_same_rules_change_nothing_and_another_month_lists_nothing(history: History) -> None:
    same = history.compared(history.home / "base")
    assert (same.changes, same.rebuilt) == ((), ())
    day = history.rules("day", sla=BASE, calendars="holidays:\n  days_off: {2026-06-10: 院庆}\n")
    assert history.compared(day, (date(2026, 5, 1), date(2026, 6, 1))).changes == ()


def test_the_command_tells_values_tickets_and_kpis_and_leaves_the_warehouse_alone(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPULSE_HOME", str(history.home))
    history.rules("config", sla=BASE)
    new = history.home / "calendars-2026.yml"
    new.write_text("holidays:\n  days_off: {2026-06-10: 院庆}\n", encoding="utf-8")
    before = hashlib.sha256(history.settings.warehouse_path.read_bytes()).hexdigest()
    table = history.home / "diff.csv"
    command = ["rules", "diff", "current", str(new), "--month", "2026-06"]
    done = CliRunner().invoke(app, [*command, "--json", "--csv", str(table)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["rules"] == [
        {
            "section": "calendars",
            "key": "holidays.days_off.2026-06-10",
            "before": None,
            "after": "院庆",
            "before_at": None,
            "after_at": f"{new}:2",
        }
    ]
    off = frozenset({date(2026, 6, 10)})
    expected = {f"NO-{ticket}" for ticket in moved_by(history, off)}
    assert {one["ticket_no"] for one in told["changes"]} == expected
    assert told["tickets"] == len(expected)
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert {row["工单"] for row in csv.DictReader(file)} == expected
    shown = CliRunner().invoke(app, command)
    assert f"{len(expected)} 张" in shown.output
    assert "restore.net" in shown.output
    assert hashlib.sha256(history.settings.warehouse_path.read_bytes()).hexdigest() == before


def test_show_names_file_and_line_and_check_lists_every_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSPULSE_HOME", str(tmp_path))
    own = tmp_path / "config"
    own.mkdir()
    (own / "pauses.yml").write_text(
        "versions:\n  short:\n    effective_from: 2027-01-01\n"
        "    clocks: {restore: {vendor: null}}\n",
        encoding="utf-8",
    )
    run = CliRunner().invoke
    files = json.loads(run(app, ["rules", "show", "--json"]).stdout)["files"]
    pauses = next(one for one in files if one["section"] == "pauses")
    assert pauses["versions"] == {"short": "2027-01-01"}
    assert pauses["own"] == str(own / "pauses.yml")
    values = json.loads(run(app, ["rules", "show", "pauses", "--json"]).stdout)["values"]
    assert {
        "key": "versions.short.effective_from",
        "value": "2027-01-01",
        "at": f"{own / 'pauses.yml'}:3",
    } in values
    assert run(app, ["rules", "check"]).exit_code == 0
    (own / "sla.yml").write_text("urgency_of_prority: {}\n", encoding="utf-8")
    (own / "thresholds.yml").write_text("min_events: many\nmin_denominatr: 3\n", encoding="utf-8")
    wrong = run(app, ["rules", "check"])
    assert wrong.exit_code == 2
    assert "sla.yml:1 " in wrong.output
    assert "是否应为「urgency_of_priority」" in wrong.output
    assert "thresholds.yml:1 " in wrong.output
    assert "thresholds.yml:2 " in wrong.output
    assert "是否应为「min_denominator」" in wrong.output
    assert len(rule_source("current", own).findings()) == 3
