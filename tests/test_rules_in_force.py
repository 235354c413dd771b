"""Which rules a ticket keeps, what an unknown day spoils, and the clocks of vendors and loaners."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from handmade import life, local, settings, warehouse_of

from assets import metric_calendars, metrics, rule_tables, warehouse
from config.errors import ConfigError
from config.rules import load_rules

MINUTE, HOUR = 60, 3600
WORKDAY = (
    "versions:\n  base:\n    targets:\n      restore:\n"
    '        normal: {"*": {target_minutes: 480, calendar: workday}}\n'
)


def folder(home: Path, **files: str) -> Path:
    home.mkdir(exist_ok=True)
    for name, text in files.items():
        (home / f"{name}.yml").write_text(text, encoding="utf-8")
    return home


def ticket(ticket_id: str, reported: str, urgency: str = "normal", **more: Any) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "reported_at": local(reported),
        "work_class": "repair",
        "urgency": urgency,
        **more,
    }


def clock(con: duckdb.DuckDBPyConnection, ticket_id: str, name: str, columns: str) -> Any:
    row = con.execute(
        f"select {columns} from core.clocks where ticket_id = ? and clock = ?", [ticket_id, name]
    ).fetchone()
    return row if row is None or len(row) > 1 else row[0]


# Versions


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Rules that change at 08:30:00 on 15 June, and reports a second before, at, and elsewhere."""
    rules = folder(
        tmp_path_factory.mktemp("switched"),
        sla="versions:\n  new:\n    effective_from: 2026-06-15 08:30\n"
        "    urgency_of_priority: {P3: high}\n    targets:\n      accept:\n"
        "        high: {'*': {target_minutes: 10, calendar: 24x7}}\n",
        pauses="versions:\n  new:\n    effective_from: 2026-06-15 08:30\n"
        "    clocks: {restore: {waiting_part: null}}\n    evidence: {is_call_evidence: false}\n",
        duties="versions:\n  new:\n    effective_from: 2026-06-15 08:30\n"
        "    visit: {default: required}\n",
        calendars="calendars:\n  repair_7d:\n    versions:\n"
        "      summer: {effective_from: 2026-06-16, hours: ['08:00-12:00', '14:00-18:00']}\n",
    )
    reports = {"old": "08:29:59", "new": "08:30:00"}
    tickets = [
        ticket(name, f"2026-06-15 {at}", "high", fault_family_code="wifi")
        for name, at in reports.items()
    ]
    events = [
        step
        for name, at in reports.items()
        for step in life(
            name,
            (f"2026-06-15 {at}", "reported"),
            ("2026-06-15 09:00", "paused:waiting_part"),
            ("2026-06-15 11:00", "resumed"),
            ("2026-06-15 12:00", "restored"),
        )
    ]
    # the same instant as "new", where the clock on the wall is two hours behind
    tickets.append(ticket("west", "2026-06-15 08:30:00", "high", site_id="H2"))
    tickets += [
        ticket(f"P3-{name}", f"2026-06-15 {at}", urgency=None, priority="P3")  # type: ignore[arg-type]
        for name, at in reports.items()
    ]
    tickets.append(ticket("noon", "2026-06-15 11:00"))
    events += life("noon", ("2026-06-15 11:00", "reported"), ("2026-06-16 15:00", "restored"))
    rows = {
        "tickets": tickets,
        "ticket_events": events,
        "sites": [
            {"site_id": "H1", "timezone": "Asia/Shanghai"},
            {"site_id": "H2", "timezone": "Asia/Urumqi"},
        ],
    }
    return warehouse_of(rows, local("2026-06-20 00:00"), rules_dir=rules)


def test_a_target_switches_at_its_instant_on_the_sites_own_clock(
    switched: duckdb.DuckDBPyConnection,
) -> None:
    found = {
        name: clock(switched, name, "accept", "target_seconds, calendar_id")
        for name in ("old", "new", "west")
    }
    assert found == {
        "old": (15 * MINUTE, "repair_7d"),
        "new": (10 * MINUTE, "24x7"),
        "west": (15 * MINUTE, "repair_7d"),
    }


def test_pauses_duties_and_urgencies_switch_at_the_same_instant(
    switched: duckdb.DuckDBPyConnection,
) -> None:
    assert clock(switched, "old", "restore", "net_seconds") == 1 * HOUR + 30 * MINUTE + 1
    assert clock(switched, "new", "restore", "net_seconds") == 3 * HOUR + 30 * MINUTE
    duties = dict(
        switched.execute("select ticket_id, visit_duty from core.ticket_duties").fetchall()
    )
    assert (duties["old"], duties["new"], duties["west"]) == ("either", "required", "either")
    assert clock(switched, "P3-old", "accept", "target_seconds") == 30 * MINUTE
    assert clock(switched, "P3-new", "accept", "target_seconds") == 10 * MINUTE


def test_other_hours_count_from_their_day_on_even_within_one_ticket(
    switched: duckdb.DuckDBPyConnection,
) -> None:
    # 15 June 11–18 by the old hours; 16 June 8–12 and 14–15 by the new
    assert clock(switched, "noon", "restore", "net_seconds") == (7 + 4 + 1) * HOUR


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("versions:\n  a: {clocks: {}}\n", "pauses.yml:2 ", "effective_from"),
        ("versions:\n  a:\n    effective_from: soon\n", "pauses.yml:3 ", "YYYY-MM-DD HH:MM"),
        (
            "versions:\n  a:\n    effective_from: 2027-01-01T00:00:00+08:00\n",
            "pauses.yml:3 ",
            "不带时区",
        ),
        (
            "versions:\n  a: {effective_from: 2027-01-01}\n  b: {effective_from: 2027-01-01}\n",
            "pauses.yml:3 ",
            "相同",
        ),
        (
            "versions:\n  a:\n    effective_from: 2027-01-01\n    clocks:\n"
            "      restore:\n        waiting_prt: {cap_hours: 4}\n",
            "pauses.yml:6 ",
            "「waiting_part」",
        ),
        (
            "versions:\n  a:\n    effective_from: 2027-01-01\n    clocks:\n"
            "      restore: {waiting_part: {cap_hour: 4}}\n",
            "pauses.yml:5 ",
            "「cap_hours」",
        ),
        ("clocks: {restore: {approval: {cap_hours: 0}}}\n", "pauses.yml:1 ", "大于 0"),
    ],
)
def test_a_wrong_version_is_told_with_file_line_and_the_nearest_known_key(
    tmp_path: Path, text: str, where: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_rules(folder(tmp_path, pauses=text))
    assert where in str(caught.value)
    assert words in str(caught.value)


def test_what_nothing_defines_is_told_with_the_name_that_was_meant(tmp_path: Path) -> None:
    text = "visit:\n  rules:\n    net: {zh: 网, en: Net, duty: required, fault_groups: [netwrk]}\n"
    with pytest.raises(ConfigError, match="「network」") as caught:
        load_rules(folder(tmp_path, duties=text))
    assert "duties.yml:3 " in str(caught.value)
    with pytest.raises(ConfigError, match="「statutory」"):
        load_rules(folder(tmp_path, duties="{}\n", thresholds="age_cohort_preset: statutry\n"))
    with pytest.raises(ConfigError, match=r"calendars\.yml"):
        load_rules(folder(tmp_path, thresholds="{}\n", calender="{}\n"))


def test_thresholds_are_those_in_force_at_as_of_and_presets_have_names(tmp_path: Path) -> None:
    rules = load_rules(
        folder(
            tmp_path,
            thresholds="versions:\n  later:\n    effective_from: 2026-07-01\n    min_events: 9\n"
            "    age_cohort_preset: statutory\n",
        )
    )
    before, after = datetime(2026, 6, 30, 23, 59), datetime(2026, 7, 1)  # noqa: DTZ001 - local
    assert [rules.on(at).thresholds.min_events for at in (before, after)] == [5, 9]
    assert list(rules.on(before).labels["age_cohort"]) == ["0-1", "1-3", "3-5", "5-8", "8+"]
    names = rules.on(after).labels["age_cohort"]
    assert [name.zh for name in names.values()] == ["0–5 年", "5–6 年", "6–10 年", "10 年以上"]


def test_unchanged_rules_leave_unchanged_tables_whatever_the_day(tmp_path: Path) -> None:
    con = warehouse.connect(":memory:", settings(tmp_path))
    contents = []
    for as_of in (local("2026-06-20 00:00"), local("2029-12-31 00:00")):
        rule_tables.load(
            con, load_rules(None), settings(tmp_path), rule_tables.RunContext(as_of, is_demo=False)
        )
        names = con.execute(
            "select table_name from duckdb_tables() where starts_with(table_name, 'rule_')"
        ).fetchall()
        contents.append({n: con.execute(f"from core.{n}").fetchall() for (n,) in names})
    assert contents[0] == contents[1]


# Unknown days


@pytest.fixture(scope="module")
def gap(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Holidays known to the end of 2026 and for 2028, not for 2027."""
    rules = folder(
        tmp_path_factory.mktemp("gap"),
        sla=WORKDAY,
        calendars="holidays: {complete_years: [2028]}\n",
    )
    lives = {
        "before": ("2026-12-30 09:00", "2026-12-31 10:00", "normal"),
        "into": ("2026-12-31 17:00", "2027-01-04 09:00", "normal"),
        "across": ("2026-12-31 17:00", "2028-01-04 09:00", "normal"),
        "after": ("2028-02-01 09:00", "2028-02-01 11:00", "normal"),
        "always": ("2027-06-01 09:00", "2027-06-01 10:00", "critical"),
    }
    rows = {
        "tickets": [ticket(name, start, urgency) for name, (start, _, urgency) in lives.items()],
        "ticket_events": [
            step
            for name, (start, end, _) in lives.items()
            for step in life(name, (start, "reported"), (end, "restored"))
        ],
    }
    return warehouse_of(rows, local("2028-02-10 00:00"), rules_dir=rules)


def test_only_the_clocks_that_touch_an_unknown_day_are_unreliable(
    gap: duckdb.DuckDBPyConnection,
) -> None:
    found = {
        name: clock(gap, name, "restore", "is_reliable, net_seconds")
        for name in ("before", "into", "across", "after", "always")
    }
    assert found == {
        "before": (True, 11 * HOUR),
        "into": (False, None),
        "across": (False, None),
        "after": (True, 2 * HOUR),
        "always": (True, 1 * HOUR),
    }


def test_only_the_periods_of_such_clocks_lose_their_share_and_the_file_is_named(
    gap: duckdb.DuckDBPyConnection,
) -> None:
    rows = metrics.read_rows(gap, "sla_attainment", by=["clock"])
    states = {
        str(row["period_start"])[:7]: (row["state"], row["value"])
        for row in rows
        if row["clock_code"] == "restore" and row["statistic"] == "net"
    }
    assert states["2026-12"] == ("small_sample", 0.0)  # 11 h against 8 h
    assert states["2027-01"] == ("unreliable", None)
    assert states["2027-06"] == ("small_sample", 1.0)
    assert states["2028-01"] == ("unreliable", None)
    assert states["2028-02"] == ("small_sample", 1.0)
    accept = {row["state"] for row in rows if row["clock_code"] == "accept"}
    assert accept == {"small_sample"}
    (phrase,) = metric_calendars.gaps(gap, metrics.registry()["sla_attainment"])
    assert "2027 年节假日" in phrase
    assert "config/calendars.yml" in phrase


def test_nobody_can_say_when_a_clock_is_due_beyond_the_known_days(tmp_path: Path) -> None:
    con = warehouse_of(
        {
            "tickets": [ticket("late", "2026-12-31 17:00"), ticket("soon", "2026-12-31 09:00")],
            "ticket_events": life("late", ("2026-12-31 17:00", "reported"))
            + life("soon", ("2026-12-31 09:00", "reported")),
        },
        local("2026-12-31 17:30"),
        rules_dir=folder(tmp_path, sla=WORKDAY),
    )
    assert clock(con, "late", "restore", "is_reliable, net_seconds, due_at") == (
        True,
        30 * MINUTE,
        None,
    )
    # eight hours from nine: breached at five, half an hour ago
    assert clock(con, "soon", "restore", "breached_at") == local("2026-12-31 17:00")


# Vendors and loaners


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    rules = folder(
        tmp_path_factory.mktemp("away"),
        duties="loaner:\n  rules:\n    away: {zh: 特急且送修, en: Away, urgencies: [critical], "
        "is_sent_to_vendor: true}\n",
    )
    day = "2026-06-0"
    events = (
        life(
            "twice",
            (f"{day}1 09:00", "reported"),
            (f"{day}1 10:00", "sent_to_vendor"),
            (f"{day}1 12:00", "paused:approval"),
            (f"{day}1 14:00", "resumed"),
            (f"{day}2 10:00", "vendor_returned"),
            (f"{day}2 12:00", "sent_to_vendor"),
            (f"{day}2 13:00", "vendor_returned"),
            (f"{day}2 14:00", "restored"),
        )
        + life("out", (f"{day}1 09:00", "reported"), (f"{day}1 10:00", "sent_to_vendor"))
        + life(
            "unstamped",
            (f"{day}1 09:00", "reported"),
            (f"{day}1 10:00", "sent_to_vendor"),
            (f"{day}1 20:00", "restored"),
        )
        + life("here", (f"{day}1 09:00", "reported"))
    )
    rows = {
        "tickets": [
            ticket("twice", f"{day}1 09:00", "critical"),
            ticket("out", f"{day}1 09:00", "critical"),
            ticket("unstamped", f"{day}1 09:00", "low"),
            ticket("here", f"{day}1 09:00"),
        ],
        "ticket_events": events,
        "loans": [
            {
                "loan_id": "L1",
                "asset_id": "S",
                "ticket_id": "twice",
                "lent_at": local(f"{day}1 09:40"),
            }
        ],
    }
    return warehouse_of(rows, local(f"{day}2 20:00"), rules_dir=rules)


def test_the_vendor_clock_runs_while_the_device_is_away(away: duckdb.DuckDBPyConnection) -> None:
    found = clock(
        away, "twice", "vendor", "start_at, stop_at, net_seconds, gross_seconds, is_met_net"
    )
    # away 24 h and 1 h; two hours of approval are taken off, the two hours at home never count
    assert found == (
        local("2026-06-01 10:00"),
        local("2026-06-02 13:00"),
        23 * HOUR,
        25 * HOUR,
        True,
    )
    # the resumption after the approval does not bring the device back
    assert clock(away, "twice", "restore", "net_seconds, gross_seconds") == (4 * HOUR, 29 * HOUR)
    start = local("2026-06-01 10:00")
    assert clock(away, "out", "vendor", "stop_at, net_seconds, due_at") == (
        None,
        34 * HOUR,
        start + timedelta(minutes=2880),
    )
    assert clock(away, "unstamped", "vendor", "is_missing, is_counted, net_seconds") == (
        True,
        False,
        10 * HOUR,
    )
    assert clock(away, "here", "vendor", "*") is None


def test_the_loaner_clock_runs_until_lent_and_an_owed_one_is_breached_open(
    away: duckdb.DuckDBPyConnection,
) -> None:
    assert clock(away, "twice", "loaner", "net_seconds, is_met_net") == (40 * MINUTE, True)
    assert clock(away, "out", "loaner", "stop_at, breached_at, is_counted, is_met_net") == (
        None,
        local("2026-06-01 10:00"),
        True,
        False,
    )
    # nothing was lent and no rule owes one
    assert clock(away, "unstamped", "loaner", "*") is None
    assert clock(away, "here", "loaner", "*") is None


# The guide


def test_every_rule_file_of_the_guide_loads_and_says_something(tmp_path: Path) -> None:
    guide = Path("docs/user-guide.zh-CN.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n# var/config/(\w+)\.yml[^\n]*\n(.*?)```", guide, re.DOTALL)
    assert {name for name, _ in examples} == {"sla", "pauses", "calendars", "duties"}
    fingerprints = {load_rules(None).fingerprint}
    for name, text in examples:
        fingerprints.add(load_rules(folder(tmp_path / name, **{name: text})).fingerprint)
    assert len(fingerprints) == 1 + len(examples)
