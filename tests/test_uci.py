"""A real event log of 141,712 rows gives the figures that were found by hand, in any order."""

import random
import shutil
import zipfile
from itertools import islice
from pathlib import Path

import pytest
from pull_stores import open_warehouse, settings_for

from assets.pull import balance_errors, pull
from config.settings import Settings

MAPPING = Path(__file__).parents[1] / "config" / "examples" / "uci_incident.yml"
LOG = "incident_event_log.csv"
TABLES = ("tickets", "ticket_events", "ticket_targets")
PREFIX_ROWS = 119_998

# Hours between the report and an event, over the tickets that have it: count, mean, median, p90
# by nearest rank.
HOURS = """
with reached as (
    select t.ticket_id, {pick}(e.at) as reached_at, any_value(t.reported_at) as reported_at
    from raw.tickets as t
    join raw.ticket_events as e using (site_id, ticket_id)
    where e.type = '{kind}' and {condition}
    group by t.ticket_id
), spans as (
    select epoch(reached_at - reported_at) / 3600 as hours from reached
)
select
    count(*),
    round(avg(hours), 4),
    round(quantile_disc(hours, 0.5), 4),
    round(quantile_disc(hours, 0.9), 4),
    round(min(hours), 4)
from spans
"""


@pytest.fixture(scope="module")
def log(real_data, tmp_path_factory) -> Path:
    """The unpacked event log."""
    folder = tmp_path_factory.mktemp("uci")
    with zipfile.ZipFile(real_data / "uci_incident" / "incident_event_log.zip") as archive:
        archive.extract(LOG, folder)
    return folder / LOG


def uci_settings(home: Path, folder: Path) -> Settings:
    return settings_for(home, str(folder), system="files", timezone="UTC", mapping=MAPPING)


def fingerprints(con) -> dict[str, tuple[int, str]]:
    """Return each raw table's size and content hash, whatever load its rows came with."""
    return {
        name: con.execute(
            f"select count(*), md5(string_agg(_hash || _is_deleted::text, '' order by _hash)) "
            f"from raw.{name}"
        ).fetchone()
        for name in TABLES
    }


@pytest.fixture(scope="module")
def whole(log, tmp_path_factory):
    """The warehouse after one pull of the whole log."""
    settings = uci_settings(tmp_path_factory.mktemp("whole"), log.parent)
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    yield con
    con.close()


def rows(con, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


def hours(con, kind: str, pick: str, condition: str = "true") -> tuple:
    return rows(con, HOURS.format(kind=kind, pick=pick, condition=condition))[0]


def test_every_incident_is_a_ticket_with_one_report(whole):
    assert rows(whole, "select count(*), min(reported_at)::text from raw.tickets") == [
        (24918, "2016-02-29 01:16:00")
    ]
    unequal = (
        "select count(*) from raw.tickets as t join raw.ticket_events as e "
        "using (site_id, ticket_id) where e.type = 'reported' and e.at <> t.reported_at"
    )
    assert rows(whole, unequal) == [(0,)]


def test_events_have_the_counts_found_by_hand(whole):
    counts = rows(
        whole,
        "select type, count(*), count(distinct ticket_id) from raw.ticket_events "
        "group by type order by type",
    )
    assert counts == [
        # two tickets moved before their report and again after it
        ("accepted", 24920, 24918),
        ("closed", 24985, 24918),
        ("paused", 6398, 5825),
        ("reopened", 332, 276),
        ("reported", 24918, 24918),
        ("restored", 25751, 24905),
        ("resumed", 6398, 5825),
        ("transferred", 23321, 11344),
    ]


def test_hours_to_restoration_are_those_found_by_hand(whole):
    assert hours(whole, "restored", "max")[:4] == (24905, 167.2801, 16.0833, 361.15)
    assert hours(whole, "restored", "min")[:4] == (24905, 162.9236, 13.8833, 350.65)


def test_hours_to_acceptance_are_those_found_by_hand(whole):
    found = hours(whole, "accepted", "min", "e.at >= t.reported_at")
    assert (found[0], found[1], found[2], found[4]) == (24918, 43.606, 0.35, 0.0)
    early = hours(whole, "accepted", "min")
    assert early[4] == -2.45


def test_promises_and_priorities_come_from_the_last_row(whole):
    met = rows(
        whole,
        "select t.priority, count(*) filter (g.is_met), count(*) from raw.tickets as t "
        "join raw.ticket_targets as g using (site_id, ticket_id) group by 1 order by 1",
    )
    assert met == [("P1", 5, 270), ("P2", 2, 408), ("P3", 15145, 23466), ("P4", 651, 774)]


def test_the_unknown_state_is_held_with_its_reason(whole):
    held = rows(
        whole,
        "select row_json ->> 'ticket_id', count(*), any_value(reasons[1]) from raw.quarantine "
        "where status = 'held' group by 1 order by 1",
    )
    assert [row[:2] for row in held] == [("INC0028089", 2), ("INC0030413", 3)]
    assert held[0][2].startswith("不在值列表中:列 type 只能是 reported、created")


def test_assets_and_locations_unknown_in_the_log_are_null(whole):
    assert rows(whole, "select count(asset_id) from raw.tickets")[0][0] < 60
    assert rows(whole, "select count(*) from raw.tickets where department_id = '?'") == [(0,)]


def test_a_prefix_first_and_the_whole_log_later_equals_one_shot(whole, log, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    settings = uci_settings(tmp_path / "home", folder)
    con = open_warehouse(settings)
    with log.open("rb") as lines:
        (folder / LOG).write_bytes(b"".join(islice(lines, PREFIX_ROWS + 1)))
    first = pull(con, settings)
    assert first.loads[0].accepted == 20769
    shutil.copy(log, folder / LOG)
    second = pull(con, settings)
    assert balance_errors(con, second.load_id) == []
    assert fingerprints(con) == fingerprints(whole)
    assert sum(load.deleted for load in second.loads) == 0


def test_a_shuffled_log_equals_the_log_in_order(whole, log, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    header, *lines = log.read_bytes().splitlines(keepends=True)
    random.Random(7).shuffle(lines)  # noqa: S311 - any order will do
    (folder / LOG).write_bytes(header + b"".join(lines))
    settings = uci_settings(tmp_path / "home", folder)
    con = open_warehouse(settings)
    pull(con, settings)
    assert fingerprints(con) == fingerprints(whole)
