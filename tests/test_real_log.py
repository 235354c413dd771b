"""A log nobody here wrote: the UCI incident log gives its independently counted figures.

The expected figures were computed with Python's csv module alone (see the data's own README).
Events are ordered by (sys_updated_at, sys_mod_count); quantiles are nearest rank.
"""

import os
import random
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pandas as pd
import pytest

from assets import metrics, models, rule_tables, warehouse
from assets.pull import pull
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home

MAPPING = Path(__file__).parent.parent / "config" / "examples" / "uci_incident.yml"
LOG = "incident_event_log.csv"
AS_OF = datetime(2017, 3, 1)  # noqa: DTZ001 - naive UTC inside; after the log's last event
PREFIX_ROWS = 119_998
# The long proof pulls after every slice.
SLICES, PULL_EVERY = 50, int(os.environ.get("OPSPULSE_PULL_EVERY", "25"))
ALL = {"grain": "total", "start": date(2016, 1, 1)}


def installation(folder: Path) -> Settings:
    """A home that reads the log in ``folder/log`` through the shipped mapping."""
    source = SourceSettings(
        name="main", system="files", url=str(folder / "log"), timezone="UTC", mapping=MAPPING
    )
    settings = Settings(home=folder / "home", timezone="UTC", sources=(source,))
    ensure_home(settings)
    return settings


def compute(
    settings: Settings, schemas: tuple[str, ...] = models.SCHEMAS
) -> duckdb.DuckDBPyConnection:
    """Pull what lies there now and build the models of these layers at a fixed as-of."""
    con = warehouse.connect(settings.warehouse_path, settings)
    pull(con, settings)
    with warehouse.transaction(con):
        context = rule_tables.RunContext(AS_OF, is_demo=False)
        rule_tables.load(con, load_rules(None), settings, context)
        models.build(con, [spec for spec in models.discover() if spec.schema in schemas])
    return con


def core_content(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Rows and order-independent hash of every core model."""
    found = {}
    for spec in models.discover():
        if spec.schema == "core":
            row = con.execute(f"select count(*), bit_xor(hash(t)) from {spec.key} as t").fetchone()
            assert row is not None
            found[spec.key] = row
    return found


@pytest.fixture(scope="module")
def lines(real_data: Path) -> list[str]:
    """The log's lines, the header first."""
    with ZipFile(real_data / "uci_incident" / "incident_event_log.zip") as archive:
        return archive.read(LOG).decode("utf-8").splitlines(keepends=True)


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str], Path | None], Path]:
    def to_folder(content: list[str], folder: Path | None = None) -> Path:
        place = folder or tmp_path_factory.mktemp("uci")
        (place / "log").mkdir(exist_ok=True)
        (place / "log" / LOG).write_text("".join(content), encoding="utf-8")
        return place

    return to_folder


@pytest.fixture(scope="module")
def whole(
    lines: list[str], write: Callable[[list[str], Path | None], Path]
) -> duckdb.DuckDBPyConnection:
    return compute(installation(write(lines, None)))


def value(frame: pd.DataFrame, statistic: str, column: str = "value") -> float:
    return float(frame.loc[frame["statistic"] == statistic, column].iloc[0])


def hours(frame: pd.DataFrame, statistic: str) -> float:
    return round(value(frame, statistic) / 3600, 4)


def test_every_incident_is_a_ticket_and_all_of_them_are_closed(
    whole: duckdb.DuckDBPyConnection,
) -> None:
    assert value(metrics.read(whole, "reports", **ALL), "count") == 24_918
    assert value(metrics.read(whole, "backlog", **ALL), "count") == 0


def test_reopenings_and_changes_of_group_are_counted_from_the_events(
    whole: duckdb.DuckDBPyConnection,
) -> None:
    reopens = metrics.read(whole, "reopens", **ALL)
    assert (value(reopens, "tickets"), value(reopens, "count")) == (276, 332)
    transfers = metrics.read(whole, "transfers", **ALL)
    assert (value(transfers, "tickets"), value(transfers, "count")) == (11_344, 23_321)
    assert value(transfers, "mean") == 0.93591


def test_hours_to_the_last_restoration(whole: duckdb.DuckDBPyConnection) -> None:
    frame = metrics.read(whole, "restore_time", **ALL)
    assert value(frame, "mean", "n") == 24_905
    assert [hours(frame, name) for name in ("mean", "median", "p90")] == [
        167.2801,
        16.0833,
        361.15,
    ]


def test_hours_to_the_first_restoration(whole: duckdb.DuckDBPyConnection) -> None:
    frame = metrics.read(whole, "first_restore_time", **ALL)
    assert value(frame, "mean", "n") == 24_905
    assert [hours(frame, name) for name in ("mean", "median", "p90")] == [
        162.9236,
        13.8833,
        350.65,
    ]


def test_hours_to_the_first_action_without_the_rows_that_cannot_be(
    whole: duckdb.DuckDBPyConnection,
) -> None:
    frame = metrics.read(whole, "time_to_accept", **ALL)
    assert (hours(frame, "median"), hours(frame, "mean")) == (0.35, 43.606)
    least = whole.execute("select min(accept_seconds) from core.tickets").fetchone()
    assert least == (0,)


def test_what_the_source_claims_of_its_own_target_is_kept_beside_ours(
    whole: duckdb.DuckDBPyConnection,
) -> None:
    claimed = whole.execute(
        "select count_if(is_met), count(*) from raw.ticket_targets where clock = 'restore'"
    ).fetchone()
    assert claimed == (15_803, 24_918)
    frame = metrics.read(whole, "sla_claimed", **ALL)
    assert (value(frame, "claimed", "numerator"), value(frame, "claimed", "n")) == claimed
    assert (value(frame, "claimed"), value(frame, "unjudged")) == (0.634200, 0)
    months = metrics.read(whole, "sla_claimed", start=date(2016, 2, 1), end=date(2016, 6, 1))
    months = months[months["statistic"] == "claimed"]
    assert months["n"].tolist() == [207, 8995, 7934, 7508]
    # our own clock, by our own targets, on the same incidents
    own = metrics.read(whole, "sla_attainment", where={"clock": "restore"}, **ALL)
    assert (value(own, "net"), value(own, "net", "n")) == (0.526979, 24_908)


def test_incidents_per_month_are_those_of_the_sources_zone(
    whole: duckdb.DuckDBPyConnection,
) -> None:
    frame = metrics.read(whole, "reports", start=date(2016, 2, 1), end=date(2016, 6, 1))
    assert frame["value"].tolist() == [207, 8995, 7934, 7508]


def test_priorities_are_those_of_the_last_row(whole: duckdb.DuckDBPyConnection) -> None:
    frame = metrics.read(whole, "reports", by=["priority"], **ALL)
    counts = dict(zip(frame["priority_code"], frame["value"], strict=True))
    assert counts == {"P1": 270, "P2": 408, "P3": 23_466, "P4": 774}


def test_the_five_states_without_meaning_are_held_with_their_reason(
    whole: duckdb.DuckDBPyConnection,
) -> None:
    held = whole.execute("select count(*) from raw.quarantine where status = 'held'").fetchone()
    assert held == (5,)


def test_the_prefix_and_then_the_whole_log_end_as_the_whole_log_at_once(
    whole: duckdb.DuckDBPyConnection,
    lines: list[str],
    write: Callable[[list[str], Path | None], Path],
) -> None:
    place = write(lines[: PREFIX_ROWS + 1], None)
    settings = installation(place)
    first = compute(settings)
    assert value(metrics.read(first, "reports", **ALL), "count") == 20_769
    first.close()
    write(lines, place)
    assert core_content(compute(settings, ("core",))) == core_content(whole)


def test_a_shuffled_log_ends_as_the_log_in_order(
    whole: duckdb.DuckDBPyConnection,
    lines: list[str],
    write: Callable[[list[str], Path | None], Path],
) -> None:
    body = lines[1:]
    random.Random(498).shuffle(body)  # noqa: S311 - a fixed order, not a secret
    shuffled = compute(installation(write([lines[0], *body], None)), ("core",))
    assert core_content(shuffled) == core_content(whole)


def test_fifty_slices_with_repeats_end_as_the_whole_log_at_once(
    whole: duckdb.DuckDBPyConnection,
    lines: list[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "log").mkdir()
    settings = installation(tmp_path)
    chance, body, size = random.Random(50), lines[1:], -(-len(lines[1:]) // SLICES)  # noqa: S311 - fixed
    for number in range(SLICES):
        new = body[number * size : (number + 1) * size]
        repeats = chance.sample(body[: number * size], 200) if number else []
        path = tmp_path / "log" / f"incident_event_log-{chance.randrange(10**6):06d}.csv"
        path.write_text("".join([lines[0], *new, *repeats]), encoding="utf-8")
        if number % PULL_EVERY == PULL_EVERY - 1 and number < SLICES - 1:
            con = warehouse.connect(settings.warehouse_path, settings)
            pull(con, settings)
            con.close()
    assert core_content(compute(settings, ("core",))) == core_content(whole)
