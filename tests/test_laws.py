"""The laws of the numbers: they hold on a dirty hospital, and a wrong table stops publication."""

import random
import time
from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
import duckdb
import pytest
from conftest import build_settings
from handmade import local, warehouse_of
from test_demo_truth import UNTIL

from assets import models, rule_tables, warehouse
from assets.dag.schema import SNAPSHOT, model_key
from assets.pull import pull
from assets.snapshots import current
from config.rules import load_rules
from config.settings import Settings
from data_checks import dag
from data_checks.laws import Breach, broken, laws
from demo import store
from demo.spec import DemoSpec
from pipelines.build import build_defs


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A tiny hospital with bad rows, computed."""
    folder = tmp_path_factory.mktemp("laws")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    store.create(url, DemoSpec(until=UNTIL, size="tiny", has_dirt=True))
    settings = build_settings(folder / "home", url)
    con = warehouse.connect(settings.warehouse_path, settings)
    report = pull(con, settings, validate=None)
    with warehouse.transaction(con):
        context = rule_tables.RunContext(report.as_of, report.is_demo)
        rule_tables.load(con, load_rules(None), settings, context)
        models.build(con, models.discover())
    con.close()
    return settings


@pytest.fixture(scope="module")
def opened(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    con = warehouse.connect(built.warehouse_path, built)
    yield con
    con.close()


@pytest.fixture
def con(opened: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built warehouse in a transaction that is rolled back: a test may spoil it."""
    opened.begin()
    yield opened
    opened.rollback()


def test_every_law_holds_on_a_dirty_hospital_within_a_second(
    con: duckdb.DuckDBPyConnection,
) -> None:
    bad = con.execute("select count(*) from raw.quarantine where status = 'held'").fetchone()
    assert bad is not None
    assert bad[0] > 0
    started = time.process_time()
    assert [breach.sentence() for breach in broken(con)] == []
    assert time.process_time() - started < 1


# What is done to a table → the laws that notice it.
TAMPERED = [
    (
        "delete from kpi.fact_status_spans where rowid in (select min(rowid) "
        "from kpi.fact_status_spans where to_second - from_second > 86400)",
        {"ticket_balance", "time_in_backlog"},
    ),
    (
        "update kpi.fact_status_spans set to_second = to_second + 1 where rowid in "
        "(select max(rowid) from kpi.fact_status_spans where to_second is not null)",
        {"time_in_backlog"},
    ),
    (
        "insert into kpi.fact_status_spans select * from kpi.fact_status_spans "
        "where to_second is null limit 1",
        {"ticket_balance", "time_in_backlog"},
    ),
    ("delete from core.tickets where is_open", {"ticket_balance", "time_in_backlog"}),
    (
        "update kpi.fact_stock set net_quantity = net_quantity + 0.001 "
        "where rowid = (select min(rowid) from kpi.fact_stock)",
        {"stock_balance"},
    ),
    (
        "delete from raw.stock_moves where kind = 'out' and rowid = "
        "(select min(rowid) from raw.stock_moves where kind = 'out' and quantity > 0)",
        {"stock_balance"},
    ),
    (
        "update kpi.fact_exposure set to_second = to_second - 1 "
        "where rowid = (select min(rowid) from kpi.fact_exposure)",
        {"exposure_time"},
    ),
    (
        "delete from kpi.fact_exposure where asset_id = (select min(asset_id) "
        "from kpi.fact_exposure where from_second = (select min(from_second) "
        "from kpi.fact_exposure))",
        {"asset_balance", "exposure_time"},
    ),
    (
        "update kpi.fact_restorations set repair_seconds = repair_seconds + 1, "
        "restore_seconds = restore_seconds + 1 where ticket_id = "
        "(select min(ticket_id) from kpi.fact_restorations)",
        {"restore_split"},
    ),
    (
        "delete from kpi.fact_restorations where rowid = 0",
        {"restore_split"},
    ),
    (
        "insert into core.asset_intervals select * from core.asset_intervals limit 1",
        {"asset_balance"},
    ),
]


@pytest.mark.parametrize(("tampering", "noticed"), TAMPERED)
def test_a_law_fails_when_its_table_is_tampered_with(
    con: duckdb.DuckDBPyConnection, tampering: str, noticed: set[str]
) -> None:
    con.execute(tampering)
    assert {breach.law.name for breach in broken(con)} >= noticed


def test_every_law_is_seen_to_fail() -> None:
    assert {name for _, noticed in TAMPERED for name in noticed} == {law.name for law in laws()}


STEPS = (
    "reported", "created", "dispatched", "accepted", "arrived", "work_started", "paused",
    "resumed", "transferred", "coworker_joined", "sent_to_vendor", "vendor_returned", "restored",
    "restored", "verified", "closed", "reopened", "reopened", "cancelled", "merged", "chased",
)  # fmt: skip


def test_no_order_of_events_breaks_a_law() -> None:
    """Six hundred tickets whose events come in any order, before the report and after the end."""
    draw = random.Random(2026)  # noqa: S311 - fixed, no secret
    start = local("2026-03-20 08:00")
    tickets, events = [], []
    for number in range(600):
        name = f"T{number}"
        reported_at = start + timedelta(minutes=draw.randrange(40_000))
        tickets.append(
            {
                "ticket_id": name,
                "work_class": "repair",
                "reported_at": reported_at,
                "outcome_code": draw.choice((None, None, "repaired", "duplicate", "cancelled")),
                "master_ticket_id": draw.choice((None, None, None, "T0")),
            }
        )
        events += [
            {
                "event_id": f"{name}-{step}",
                "ticket_id": name,
                "seq": draw.choice((None, step)),
                "at": reported_at + timedelta(minutes=draw.randrange(-60, 6_000) // 20 * 20),
                "type": draw.choice(STEPS),
            }
            for step in range(draw.randrange(9))
        ]
    as_of = local("2026-04-14 09:17")
    con = warehouse_of({"tickets": tickets, "ticket_events": events}, as_of)
    assert [breach.sentence() for breach in broken(con)] == []


def test_the_sentence_names_the_law_and_both_sides(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("update kpi.fact_stock set net_quantity = net_quantity + 1 where on_date = "
                "(select max(on_date) from kpi.fact_stock)")  # fmt: skip
    [breach] = broken(con)
    assert breach.law.zh in breach.sentence()
    assert breach.first["closing"] - breach.first["expected"] == 1


def test_a_broken_law_stops_publication_by_name(
    tiny_copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current(tiny_copy)
    true_laws = dag.broken

    def tampered(con: duckdb.DuckDBPyConnection) -> list[Breach]:
        con.execute("update kpi.fact_exposure set to_second = to_second + 60 where rowid = 0")
        return true_laws(con)

    monkeypatch.setattr(dag, "broken", tampered)
    job = build_defs(settings=tiny_copy).resolve_implicit_global_asset_job_def()
    kpi = [model_key(spec) for spec in models.discover() if spec.schema == "kpi"]
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            asset_selection=[*kpi, SNAPSHOT], instance=instance, raise_on_error=False
        )
    [told] = result.get_asset_check_evaluations()
    assert not told.passed
    assert "在用台时 = 各段在用时间之和" in (told.description or "")
    assert not result.success
    assert current(tiny_copy) == before
