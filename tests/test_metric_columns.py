"""A metric whose column no source yields is 「未接入」, in the check and on every surface alike."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from handmade import local, warehouse_of
from pull_stores import Store, open_warehouse, settings_for, ticket, utc

from assets import metric_gaps, metric_needs, metrics, models, rule_tables, warehouse
from assets.metric_registry import built_in
from assets.pull import pull
from assets.sources.contract import tables
from assets.sources.examine import examine
from assets.sources.unfilled import unfilled
from config.rules import load_rules
from pipelines import source_report

NAMES = ("tickets", "ticket_events", "calls", "loans", "ticket_costs")
START, END = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    rows = {
        "tickets": [ticket(1, outcome_code="repaired", resolution_mode="remote")],
        "ticket_events": [
            {"event_id": f"E{number}", "ticket_id": "T00001", "at": utc(at), "type": kind,
             "recorded_at": utc(at), "engineer_id": "E1"}
            for number, (kind, at) in enumerate(
                [("reported", "2026-03-01 00:00:00"), ("accepted", "2026-03-01 00:10:00"),
                 ("restored", "2026-03-01 02:00:00")]
            )
        ],
        "calls": [{"call_id": "C1", "at": utc("2026-03-02 01:00:00"),
                   "answered_at": utc("2026-03-02 01:00:20")}],
        "loans": [{"loan_id": "L1", "lent_at": utc("2026-03-02 01:00:00"),
                   "due_at": utc("2026-03-03 01:00:00")}],
        "ticket_costs": [{"cost_id": "K1", "ticket_id": "T00001", "kind": "external",
                          "amount_cny": 120, "occurred_on": date(2026, 3, 2)}],
    }  # fmt: skip
    return Store(f"sqlite:///{tmp_path / 'his.db'}", NAMES).add(rows)


class Seen:
    """What the check says of a store, and the numbers of a warehouse that has pulled it."""

    def __init__(self, store: Store, home: Path, **source: object) -> None:
        settings = settings_for(home, store.url, **source)
        self.con = open_warehouse(settings)
        self.found = [examine(self.con, settings.sources[0], settings)]
        pull(self.con, settings)
        with warehouse.transaction(self.con):
            context = rule_tables.RunContext(local("2026-04-02 08:00"), is_demo=False)
            rule_tables.load(self.con, load_rules(None), settings, context)
            models.build(self.con, models.discover())
        empty = {one.name: unfilled(one.system) for one in settings.sources}
        metric_gaps.build(self.con, built_in().values(), empty)

    def states(self, metric_id: str) -> dict[str, str]:
        """Return statistic → state of March."""
        frame = metrics.read(self.con, metric_id, start=START, end=END)
        return dict(zip(frame["statistic"], frame["state"], strict=True))


def test_with_all_its_columns_a_metric_has_numbers(store, tmp_path):
    seen = Seen(store, tmp_path / "home")
    assert set(seen.states("remote_share").values()) == {"small_sample"}
    assert "remote_share" not in source_report.unconnected(seen.found)
    assert source_report.partly(seen.found) == {}


@pytest.mark.parametrize(
    ("metric_id", "column"),
    [
        ("remote_share", "tickets.resolution_mode"),
        ("no_fault_found", "tickets.outcome_code"),
        ("call_answer_time", "calls.answered_at"),
        ("loans_overdue", "loans.returned_at"),
        ("misdispatch", "ticket_events.reason_code"),
        ("service_cost", "ticket_costs.occurred_on"),
    ],
)
def test_without_a_column_it_needs_a_metric_is_not_connected(store, tmp_path, metric_id, column):
    table, _, name = column.partition(".")
    store.run(f"alter table {table} drop column {name}")
    seen = Seen(store, tmp_path / "home")
    assert set(seen.states(metric_id).values()) == {"not_connected"}
    frame = metrics.read(seen.con, metric_id, start=START, end=END)
    assert frame["value"].isna().all()
    assert source_report.unconnected(seen.found)[metric_id][1] == [column]
    told = source_report.kpi_fields(seen.found)
    assert metric_id not in told["available"]
    assert told["not_connected"][metric_id] == [column]


def test_a_single_statistic_without_its_column_is_not_connected_alone(store, tmp_path):
    store.run("alter table loans drop column due_at")
    seen = Seen(store, tmp_path / "home")
    states = seen.states("loans_overdue")
    assert states == {"out": "ok", "overdue": "not_connected", "max_days": "not_connected"}
    assert source_report.partly(seen.found) == {
        "loans_overdue": {"max_days": ["loans.due_at"], "overdue": ["loans.due_at"]}
    }
    assert "loans_overdue" in source_report.kpi_fields(seen.found)["available"]


def test_a_funnel_without_ratings_ends_before_the_rating(store, tmp_path):
    seen = Seen(store, tmp_path / "home")
    for metric_id in ("ticket_funnel", "funnel_drop_off", "funnel_times"):
        states = seen.states(metric_id)
        assert states.pop("rated") == "not_connected"
        assert "not_connected" not in states.values()


def test_check_and_surfaces_agree_on_every_metric(store, tmp_path):
    for column in ("tickets.work_class", "ticket_events.engineer_id", "ticket_costs.amount_cny"):
        table, _, name = column.partition(".")
        store.run(f"alter table {table} drop column {name}")
    seen = Seen(store, tmp_path / "home")
    told = set(source_report.unconnected(seen.found))
    shown = {
        metric_id
        for metric_id in built_in()
        if set(seen.states(metric_id).values()) == {"not_connected"}
    }
    assert shown == told
    assert {"asset_bound", "service_cost", "repair_cost"} <= told
    # one of two columns is enough to know who has a ticket
    assert "engineers_engaged" not in told
    store.run("alter table ticket_events drop column to_engineer_id")
    again = Seen(store, tmp_path / "again")
    assert set(again.states("engineers_engaged").values()) == {"not_connected"}


def test_what_a_connector_always_leaves_empty_is_missing_too(read_glpi):
    assert ("tickets", "resolution_mode") in unfilled("glpi")
    assert ("tickets", "outcome_code") not in unfilled("glpi")
    pulled = read_glpi({"glpi_tickets": [{"id": 1, "date": "2026-03-01 08:00:00"}]})
    found = [examine(pulled.con, pulled.settings.sources[0], pulled.settings)]
    [tickets] = [table for table in found[0].tables if table.name == "tickets"]
    assert "resolution_mode" in tickets.missing
    assert source_report.unconnected(found)["remote_share"][1] == ["tickets.resolution_mode"]


def test_needs_follow_null_through_the_models_and_stop_where_the_sql_answers():
    known = {metric.id: metric_needs.needs(metric) for metric in built_in().values()}
    assert known["remote_conversion"] == {"": {"tickets.triage_mode"}}
    # a ticket without a due event has its own answer in the models: nothing is needed
    assert known["restore_time"] == known["reports"] == {}
    # 服务口碑 is read without the single aspects, each aspect is not
    assert known["satisfaction"]["response_speed"] == {"ratings.response_speed"}


def test_every_needed_column_stands_in_the_contract_and_in_a_source_of_its_metric():
    for metric in built_in().values():
        for statistic, columns in metric_needs.needs(metric).items():
            for name in (one for text in columns for one in text.split(metric_needs.OR)):
                table, _, column = name.partition(".")
                assert not tables()[table].column(column).is_required, (metric.id, name)
                # a single statistic may stand on a table that the metric can do without
                assert statistic or table in (*metric.sources, "parts"), (metric.id, name)


def test_needs_are_worked_out_again_only_when_a_definition_changes(monkeypatch):
    con: duckdb.DuckDBPyConnection = warehouse_of({"tickets": []}, local("2026-04-02 08:00"))
    chosen = [built_in()["remote_share"]]
    metric_gaps.build(con, chosen, {})
    before = con.execute("from increments.metric_needs").fetchall()
    monkeypatch.setattr(metric_needs, "needs", lambda _metric: {"": {"tickets.channel"}})
    metric_gaps.build(con, chosen, {})
    assert con.execute("from increments.metric_needs").fetchall() == before
    metric_gaps.build(con, [chosen[0].model_copy(update={"where": "true"})], {})
    assert con.execute("select needed from increments.metric_needs").fetchall() == [
        ("tickets.channel",)
    ]
    # the form of a table that nobody has noted is taken to be whole
    assert con.execute("from kpi.metric_gaps").fetchall() == []
