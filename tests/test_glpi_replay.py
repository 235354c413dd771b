"""A GLPI that wrote every date and status itself: our figures are GLPI's own, month by month.

What is expected comes from GLPI's columns through Python's csv module alone; what is compared
comes through MariaDB, the pull and the core models. GLPI's rules: averages by the month of solving,
late when solved after ``time_to_resolve``.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from glpi_store import ZONE, load_replay

from assets import metrics, models, rule_tables, warehouse
from assets.pull import balance_errors, pull
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home

AS_OF = datetime(2026, 11, 23)  # noqa: DTZ001 - naive UTC inside; after GLPI's last entry
ALL = {"grain": "total", "start": date(2016, 1, 1)}
# GLPI's clock runs day and night, and every pending ticket stops it.
TARGET_CELLS = ", ".join(
    f"{urgency}: {{'*': {{target_minutes: 7200, calendar: 24x7}}}}"
    for urgency in ("critical", "high", "normal", "low", "'*'")
)
SLA = f"versions: {{base: {{targets: {{restore: {{{TARGET_CELLS}}}}}}}}}"
PAUSES = "clocks: {restore: {waiting_part: {cap_hours: 100000}}}"


@pytest.fixture(scope="module")
def settings(
    fresh_mariadb, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    home = tmp_path_factory.mktemp("glpi") / "home"
    with fresh_mariadb() as url:
        load_replay(url, real_data / "glpi_replay")
        source = SourceSettings(
            system="glpi", url=url, timezone=ZONE, options={"pending_reason": "waiting_part"}
        )
        made = Settings(home=home, timezone=ZONE, sources=(source,))
        ensure_home(made)
        (made.rules_dir / "sla.yml").write_text(SLA, encoding="utf-8")
        (made.rules_dir / "pauses.yml").write_text(PAUSES, encoding="utf-8")
        yield made


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse after one pull, with every model built."""
    with warehouse.connect(settings.warehouse_path, settings) as con:
        report = pull(con, settings)
        assert balance_errors(con, report.load_id) == []
        with warehouse.transaction(con):
            context = rule_tables.RunContext(AS_OF, is_demo=False)
            rule_tables.load(con, load_rules(settings.rules_dir), settings, context)
            models.build(con, models.discover())
        yield con


def glpi_rows(folder: Path, table: str) -> list[dict[str, str]]:
    csv.field_size_limit(10**9)
    with (folder / "glpi_replay" / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def tickets(real_data: Path) -> list[dict[str, str]]:
    return glpi_rows(real_data, "glpi_tickets")


@pytest.fixture(scope="module")
def histories(real_data: Path) -> dict[str, list[tuple[datetime, int, int]]]:
    """Ticket → its changes of status in order: when, from, to."""
    found: dict[str, list[tuple[datetime, int, int]]] = defaultdict(list)
    for row in sorted(glpi_rows(real_data, "glpi_logs"), key=lambda row: int(row["id"])):
        if row["id_search_option"] == "12" and row["linked_action"] == "0":
            at = datetime.fromisoformat(row["date_mod"])
            found[row["items_id"]].append((at, int(row["old_value"]), int(row["new_value"])))
    return found


def seconds(ticket: dict[str, str]) -> int:
    """Seconds from opening to solving, by the calendar."""
    solved, opened = (datetime.fromisoformat(ticket[name]) for name in ("solvedate", "date"))
    return int((solved - opened).total_seconds())


def pending(history: list[tuple[datetime, int, int]]) -> int:
    """Seconds spent in status 4."""
    spent, since = 0.0, None
    for at, old, new in history:
        if old == 4 and since is not None:
            spent, since = spent + (at - since).total_seconds(), None
        if new == 4:
            since = at
    assert since is None
    return int(spent)


def per_month(values: Iterator[tuple[str, float]]) -> dict[str, float]:
    """Sum by month; the month is the beginning of a timestamp as GLPI shows it."""
    sums: dict[str, float] = defaultdict(float)
    for at, value in values:
        sums[at[:7]] += value
    return dict(sums)


def by_month(con: duckdb.DuckDBPyConnection, month: str, value: str, joined: str = "") -> dict:
    rows = con.execute(
        f"select strftime({month}, '%Y-%m') as month, {value} from core.tickets as t {joined} "
        "where month is not null group by month"
    ).fetchall()
    return dict(rows)


def total(con: duckdb.DuckDBPyConnection, sql: str) -> tuple:
    row = con.execute(sql).fetchone()
    assert row is not None
    return row


RESTORE = "join core.clocks as k on t.ticket_id = k.ticket_id and k.clock = 'restore'"
TARGET = "join raw.ticket_targets as g on t.ticket_id = g.ticket_id and g.clock = 'restore'"


def test_opened_solved_and_closed_tickets_by_month_are_glpis(con, tickets):
    for column, day in (
        ("date", "reported_on"),
        ("solvedate", "restored_on"),
        ("closedate", f"local_date(closed_at, '{ZONE}')"),
    ):
        expected = per_month((ticket[column], 1) for ticket in tickets)
        assert by_month(con, day, "count(*)") == expected
        assert sum(expected.values()) == 3351


def test_late_tickets_by_month_of_solving_are_glpis(con, tickets):
    late = per_month((t["solvedate"], t["solvedate"] > t["time_to_resolve"]) for t in tickets)
    assert by_month(con, "restored_on", "count_if(not g.is_met)", TARGET) == late
    assert sum(late.values()) == 670
    assert total(con, "select count_if(is_met) from raw.ticket_targets") == (2681,)


def test_mean_times_by_month_of_solving_are_glpis(con, tickets, histories):
    solved = per_month((t["solvedate"], 1) for t in tickets)
    columns = {
        "sum(k.elapsed_seconds)": seconds,
        "sum(k.elapsed_seconds - (k.gross_seconds - k.net_seconds))": lambda t: (
            seconds(t) - pending(histories[t["id"]])
        ),
        "sum(k.net_seconds)": lambda t: int(t["solve_delay_stat"]),
    }
    means = []
    for value, expected in columns.items():
        sums = per_month((t["solvedate"], expected(t)) for t in tickets)
        found = by_month(con, "restored_on", value, RESTORE)
        assert found == sums
        assert {m: s / solved[m] for m, s in found.items()} == {
            month: sums[month] / solved[month] for month in solved
        }
        means.append(round(sum(sums.values()) / len(tickets) / 3600, 2))
    # calendar, net of pending, and net of the time spent solved before a reopening too
    assert means == [180.70, 116.69, 113.10]


def test_every_tickets_net_time_is_the_delay_that_glpi_worked_out(con, tickets):
    rows = con.execute("select ticket_id, net_seconds from core.clocks where clock = 'restore'")
    assert dict(rows.fetchall()) == {t["id"]: int(t["solve_delay_stat"]) for t in tickets}


def test_time_taken_into_account_is_glpis(con, tickets):
    rows = con.execute("select ticket_id, accept_seconds from core.tickets")
    # GLPI shows one second where it was none
    found = {ticket: max(1, value) for ticket, value in rows.fetchall()}
    assert found == {t["id"]: int(t["takeintoaccount_delay_stat"]) for t in tickets}


def test_the_registrys_numbers_are_the_same(con, tickets):
    solved = per_month((t["solvedate"], 1) for t in tickets)
    sums = per_month((t["solvedate"], seconds(t)) for t in tickets)
    frame = metrics.read(con, "restore_time", start=date(2016, 2, 1), end=date(2017, 3, 1))
    means = frame[frame["statistic"] == "mean"].dropna(subset=["value"])
    found = {f"{row.period_start:%Y-%m}": (row.n, round(row.value)) for row in means.itertuples()}
    assert found == {m: (solved[m], round(sums[m] / solved[m])) for m in solved}
    reopens = metrics.read(con, "reopens", **ALL).set_index("statistic")["value"]
    assert (reopens["tickets"], reopens["count"]) == (275, 331)


def test_what_glpi_forgets_of_a_reopening_is_kept(con, tickets):
    kept = total(
        con,
        "select count(*), count(distinct ticket_id), count(note) from raw.ticket_events "
        "where type = 'reopened'",
    )
    assert kept == (331, 275, 331)
    # GLPI itself shows one solving date; the first ones are in the events only
    again = total(con, "select count(*) from core.tickets where first_restored_at < restored_at")
    assert again == (275,)
    assert all(ticket["status"] == "6" for ticket in tickets)


def hands(rows: list[dict[str, str]]) -> list[str]:
    """Tell what each submitted form did to one ticket: an independent reading of its history."""
    forms: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        forms[row["date_mod"]].append(row)
    ever: set[tuple[str, str]] = set()
    now: set[tuple[str, str]] = set()
    found = []
    for _, form in sorted(forms.items()):
        added = {(r["itemtype_link"], r["new_value"]) for r in form if r["linked_action"] == "15"}
        gone = {(r["itemtype_link"], r["old_value"]) for r in form if r["linked_action"] == "16"}
        gone &= ever | added
        has_user = any(kind == "User" for kind, _ in added)
        if added and not ever:
            found.append("dispatched")
        elif added and (gone or not now):
            found.append("transferred")
        elif has_user and not any(kind == "User" for kind, _ in now):
            found.append("first of the group")
        elif has_user:
            found.append("coworker_joined")
        ever |= added
        now = (now | added) - gone
    return found


def test_assignments_are_those_of_an_independent_reading_of_the_history(con, real_data):
    logs: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in glpi_rows(real_data, "glpi_logs"):
        is_added = row["linked_action"] == "15" and row["id_search_option"] in ("5", "8")
        is_gone = row["linked_action"] == "16" and row["itemtype_link"] in ("User", "Group")
        if is_added or is_gone:
            logs[row["items_id"]].append(row)
    expected = Counter(kind for rows in logs.values() for kind in hands(rows))
    rows = con.execute(
        "select type, count(*) from raw.ticket_events where event_id like 'L%' and type in "
        "('dispatched', 'transferred', 'coworker_joined', 'accepted') group by type"
    ).fetchall()
    found = Counter(dict(rows))
    first = expected.pop("first of the group")
    assert found["accepted"] + found["dispatched"] == first + expected.pop("dispatched")
    assert {kind: found[kind] for kind in expected} == dict(expected)


def test_everyone_who_was_assigned_is_an_engineer(con):
    strangers = total(
        con,
        "select count(*) from raw.ticket_events as e anti join raw.engineers as n "
        "on coalesce(e.to_engineer_id, e.engineer_id) = n.engineer_id "
        "where coalesce(e.to_engineer_id, e.engineer_id) is not null",
    )
    assert strangers == (0,)
    assert total(con, "select count(*) from raw.engineers where name like 'Resolver %'")[0] > 100


def test_places_and_categories_are_the_tickets_own(con, tickets, real_data):
    places = {row["id"]: row["completename"] for row in glpi_rows(real_data, "glpi_locations")}
    rows = con.execute(
        "select d.name, count(*) from raw.tickets as t "
        "join raw.departments as d using (site_id, department_id) group by all"
    ).fetchall()
    expected: dict[str, int] = defaultdict(int)
    for ticket in tickets:
        if ticket["locations_id"] != "0":
            expected[places[ticket["locations_id"]]] += 1
    assert dict(rows) == expected
    families = total(con, "select count(distinct fault_family_code) from raw.tickets")
    assert families == (len({ticket["itilcategories_id"] for ticket in tickets} - {"0"}),)


def test_a_pull_in_increments_ends_as_one_pull(settings, con, real_data):
    """Everything is pulled again with a small overlap after tickets have moved on."""
    later = pull(con, settings)
    assert {load.table: load.accepted for load in later.loads if load.accepted} == {}
    read = {load.table: load.pulled for load in later.loads}
    assert read["tickets"] < 100
    assert read["ticket_events"] < 1000


def test_tables_that_this_glpi_lacks_are_not_connected(con):
    rows = con.execute("select table_name from raw.connected_tables").fetchall()
    assert {row[0] for row in rows} == {
        "sites",
        "departments",
        "engineers",
        "tickets",
        "ticket_events",
        "ticket_targets",
    }
    cost = metrics.read(con, "repair_cost", **ALL)
    assert set(cost["state"]) == {"not_connected"}
