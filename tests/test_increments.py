"""Increments: what follows the changes is, row for row, what a full build gives."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import duckdb
import pytest
import sqlglot
from changing_store import ChangingStore
from following_home import Home
from sqlglot import exp

from assets import increments, model_links, models


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("following"))
    home.pull()
    assert len(home.refresh()) == len(models.discover())
    yield home
    home.con.close()


def one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_changes_every_table_is_that_of_a_full_build(home: Home, seed: int) -> None:
    ChangingStore(home.path, seed).live(changes=40, hours=40)
    home.pull(full=seed == 2)
    assert home.refresh() == []
    assert home.differing() == []


def test_an_event_that_moves_to_another_ticket_changes_both(home: Home) -> None:
    accepted = "select count(*) from core.ticket_facts where accepted_at is not null"
    before = one(home.con, accepted)
    with sqlite3.connect(home.path) as db:
        db.execute(
            "with accepts as (select event_id, ticket_id from ticket_events "
            "where type = 'accepted' group by ticket_id having count(*) = 1 limit 2) "
            "update ticket_events set recorded_at = (select now_at from demo_clock), "
            "ticket_id = (select max(ticket_id) from accepts) "
            "where event_id in (select event_id from accepts)"
        )
    home.pull()
    assert home.refresh() == []
    assert one(home.con, accepted) == before - 1


def test_time_alone_moves_what_time_moves(home: Home) -> None:
    running = "select sum(elapsed_seconds) from core.clocks where stop_at is null"
    clocks = one(home.con, "select count(*) from core.clocks where stop_at is null")
    before = one(home.con, running)
    home.later += timedelta(hours=1)
    assert home.refresh() == []
    assert one(home.con, running) == before + 3600 * clocks


SOME = ("core.sites", "core.departments", "core.assets")


@pytest.mark.parametrize(
    ("doubt", "is_whole"),
    [
        ("select 1", False),
        ("update raw.tickets set _hash = _hash + 1 where rowid = 0", True),
        ("delete from raw.tickets where rowid = 0", True),
        ("update increments.state set fingerprint = '?'", True),
        ("update increments.state set as_of = as_of + interval 9 day", True),
        ("update core.rule_thresholds set completion_grace_days = 99", True),
        ("delete from increments.state", True),
    ],
)
def test_whatever_the_books_cannot_tell_ends_in_a_full_build(
    home: Home, doubt: str, *, is_whole: bool
) -> None:
    chosen = [spec for spec in models.discover() if spec.key in SOME]
    home.con.execute("begin")
    try:
        home.load_rules()
        home.con.execute(doubt)
        remade = increments.Refresh(home.con).layer("core", chosen).remade
    finally:
        home.con.execute("rollback")
    assert list(remade) == (chosen if is_whole else [])


def test_a_layer_that_was_left_behind_is_built_whole(home: Home) -> None:
    chosen = [spec for spec in models.discover() if spec.key == "kpi.dim_sites"]
    home.con.execute("begin")
    try:
        home.later += timedelta(hours=1)
        home.load_rules()
        increments.Refresh(home.con).layer("core", [])
        later = increments.Refresh(home.con)
        later.layer("core", [])
        assert later.layer("kpi", chosen).remade == tuple(chosen)
    finally:
        home.con.execute("rollback")


def test_a_loan_is_met_by_its_ticket_for_its_device_is_another() -> None:
    [downtime] = [spec for spec in models.discover() if spec.key == "core.downtime"]
    assert "core.stand_ins" not in model_links.carriers(downtime)
    assert model_links.links(downtime, "core.stand_ins") == (
        model_links.Link("core.tickets", (("site_id", "site_id"), ("ticket_id", "ticket_id"))),
    )


def test_a_refresh_without_any_change_moves_nothing(home: Home) -> None:
    home.pull()
    home.refresh()
    assert home.refresh() == []
    assert home.differing() == []


def test_every_input_without_the_key_is_looked_up_by_an_equality() -> None:
    by_key = {spec.key: spec for spec in models.discover()}
    links = model_links.links(by_key["kpi.fact_tickets"], "core.engineers")
    assert links == (
        model_links.Link(
            "core.holder_spans", (("site_id", "site_id"), ("engineer_id", "engineer_id"))
        ),
    )
    spans = model_links.links(by_key["core.downtime"], "core.pause_spans")
    assert spans is not None
    assert {(link.via, link.pairs) for link in spans} == {
        ("core.tickets", (("site_id", "site_id"), ("ticket_id", "ticket_id")))
    }


def test_a_model_with_a_key_partitions_and_groups_by_it() -> None:
    for spec in models.discover():
        if not spec.by:
            continue
        tree = sqlglot.parse_one(spec.sql, dialect="duckdb")
        cut = set(model_links.carriers(spec))
        for window in tree.find_all(exp.Window):
            named = [window.args["alias"]] if window.args.get("alias") else []
            parts = window.args.get("partition_by") or []
            if not parts and named:
                continue  # its definition is visited by itself
            # a ticket has one asset: what is cut by tickets is cut by assets
            is_finer = {"site_id", "ticket_id"} <= _names(parts)
            is_whole = not cut & _read_by(window, tree)
            assert is_finer or is_whole or set(spec.by) <= _names(parts), (spec.key, window.sql())
        for group in tree.find_all(exp.Group):
            is_whole = not cut & _read_by(group, tree)
            assert is_whole or set(spec.by) <= _names(group.expressions), (spec.key, group.sql())


def test_a_dispatch_is_weighed_anew_when_the_work_in_hand_then_changes(home: Home) -> None:
    """Restorations of long ago are taken back: the tickets were held at every dispatch since."""
    loads = "select sum(chosen_load + least_load) from core.dispatch_choices"
    home.pull()
    home.refresh()
    before = one(home.con, loads)
    with sqlite3.connect(home.path) as db:
        db.execute(
            "delete from ticket_events where type in ('restored', 'verified', 'closed') "
            "and ticket_id in (select ticket_id from ticket_events where type = 'restored' "
            "order by at limit 9)"
        )
    home.pull(full=True)
    assert home.refresh() == []
    assert one(home.con, loads) > before + 9
    assert home.differing() == []


def _read_by(node: exp.Expression, tree: exp.Expression) -> set[str]:
    """Return the tables from which the SELECT around a node takes its rows, through its CTEs."""
    ctes = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
    select = node.find_ancestor(exp.Select)
    assert select is not None
    waiting, found = list(select.find_all(exp.Table)), set()
    while waiting:
        table = waiting.pop()
        if table.db:
            found.add(f"{table.db}.{table.name}")
        elif table.name in ctes:
            waiting += list(ctes.pop(table.name).find_all(exp.Table))
    return found


def _names(expressions: list[exp.Expression]) -> set[str]:
    return {column.name for part in expressions for column in part.find_all(exp.Column)}
