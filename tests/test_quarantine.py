"""Rows without their parent are held and released, and the department gets a file to fix from."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from pull_stores import Store, open_warehouse, settings_for, ticket, utc
from typer.testing import CliRunner

from assets import parents, quarantine_view
from assets.personal import MASK, PERSONAL
from assets.pull import balance_errors, pull
from assets.sources.contract import tables
from config.errors import ConfigError, StateError
from config.settings import Settings
from exports.tables import write_tables
from pipelines import cli_quarantine

NO_TICKET = "找不到上级:ticket_id 在 tickets 表中不存在"
NAMES = ("tickets", "ticket_events", "ticket_costs", "parts", "stock_moves", "engineers")


def event(number: int, ticket_id: str, at: str = "2026-03-01 00:00:00") -> dict[str, Any]:
    return {
        "event_id": f"E{number}",
        "ticket_id": ticket_id,
        "at": utc(at),
        "type": "reported",
        "recorded_at": utc(at),
    }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", NAMES, keyed=False)
    yield store
    store.close()


@pytest.fixture
def settings(tmp_path: Path, store: Store) -> Settings:
    return settings_for(tmp_path / "home", store.url)


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    con = open_warehouse(settings)
    yield con
    con.close()


def pulled(con: duckdb.DuckDBPyConnection, settings: Settings, **how: Any) -> dict[str, Any]:
    report = pull(con, settings, **how)
    assert balance_errors(con, report.load_id) == []
    return {load.table: load for load in report.loads}


def held(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = con.execute("select row_key, reasons from raw.quarantine where status = 'held'")
    return dict(rows.fetchall())


# --- late parents --------------------------------------------------------------------------------


def test_an_event_waits_for_its_ticket_and_is_released_by_itself(con, settings, store) -> None:
    store.add({"tickets": [ticket(1)], "ticket_events": [event(1, "T00001"), event(2, "T00002")]})
    load = pulled(con, settings)["ticket_events"]
    assert (load.accepted, load.quarantined, load.held) == (1, 1, 1)
    assert held(con) == {"main|E2": [NO_TICKET]}
    assert pulled(con, settings)["ticket_events"].held == 1

    # long after the event has left the window of the newest rows
    store.add({"tickets": [ticket(3, "2026-05-01 00:00:00")]})
    store.add({"ticket_events": [event(3, "T00003", "2026-05-01 00:00:00")]})
    assert pulled(con, settings)["ticket_events"].held == 1
    store.add({"tickets": [ticket(2, "2026-05-02 00:00:00")]})
    load = pulled(con, settings)["ticket_events"]
    assert (load.released, load.accepted, load.held) == (1, 1, 0)
    assert con.execute("select count(*) from raw.ticket_events").fetchone() == (3,)
    assert con.execute("select status from raw.quarantine").fetchall() == [("released",)]


def test_an_event_whose_ticket_vanishes_is_held_as_a_fresh_pull_would(
    con, settings, store, tmp_path
) -> None:
    store.add({"tickets": [ticket(1), ticket(2)]})
    store.add({"ticket_events": [event(1, "T00001"), event(2, "T00002")]})
    assert pulled(con, settings)["ticket_events"].held == 0
    store.run("delete from tickets where ticket_id = 'T00002'")
    assert pulled(con, settings)["ticket_events"].held == 1
    fresh_settings = settings_for(tmp_path / "fresh", store.url)
    fresh = open_warehouse(fresh_settings)
    pulled(fresh, fresh_settings)
    assert held(con) == held(fresh) == {"main|E2": [NO_TICKET]}
    fresh.close()


def test_events_of_a_ticket_in_quarantine_wait_in_raw(con, settings, store) -> None:
    store.add({"tickets": [ticket(1), ticket(2, priority="?")]})
    store.add({"ticket_events": [event(1, "T00002")]})
    loads = pulled(con, settings)
    assert (loads["tickets"].held, loads["ticket_events"].held) == (1, 0)


def test_a_row_without_parent_lists_its_other_faults_too(con, settings, store) -> None:
    store.add({"tickets": [ticket(1)], "ticket_events": [event(1, "T00009")]})
    store.run("update ticket_events set type = 'started'")
    pulled(con, settings)
    [reasons] = held(con).values()
    assert len(reasons) == 2
    assert NO_TICKET in reasons


def test_money_is_never_held_for_want_of_a_ticket(con, settings, store) -> None:
    store.add({"tickets": [ticket(1)], "ticket_costs": [{"cost_id": "C", "ticket_id": "T9"}]})
    assert pulled(con, settings)["ticket_costs"].held == 0
    assert "ticket_costs" not in parents.PARENTS


def test_an_empty_parent_table_and_a_flood_of_orphans_hold_nothing(
    con, settings, store, monkeypatch
) -> None:
    move = {"part_id": "P1", "store_id": "S", "at": utc("2026-03-01 00:00:00"), "kind": "in"}
    store.add({"tickets": [ticket(1)], "stock_moves": [{**move, "move_id": "M", "quantity": 1}]})
    assert pulled(con, settings)["stock_moves"].held == 0
    monkeypatch.setattr(parents, "MOST_ORPHANS", 1)
    store.add({"ticket_events": [event(number, "T00009") for number in (1, 2)]})
    assert pulled(con, settings)["ticket_events"].held == 0


def test_every_parent_is_named_by_a_column_of_the_contract() -> None:
    for child, (column, parent) in parents.PARENTS.items():
        names = list(tables())
        assert tables()[child].column(column).is_required
        assert tables()[parent].key == ("site_id", column)
        assert names.index(parent) < names.index(child)


# --- what people are shown -----------------------------------------------------------------------


def spoil(store: Store) -> None:
    """Three bad tickets: one with two faults, all with words that speak of a person."""
    rows = [ticket(n, requester_ref="张三", description="请打 13800138000") for n in (1, 2, 3, 4)]
    store.add({"tickets": rows})
    store.run(
        "update tickets set priority = '=1+1' where ticket_id in ('T00002', 'T00003')",
        "update tickets set channel = 'fax', ticket_no = '00012345678901234567' "
        "where ticket_id = 'T00003'",
        "update tickets set reported_at = '昨天' where ticket_id = 'T00004'",
    )


def test_counts_are_by_table_and_reason(con, settings, store) -> None:
    spoil(store)
    pulled(con, settings)
    counts = quarantine_view.counts(con)
    assert [(one.table, one.rows) for one in counts] == [("tickets", 2), *[("tickets", 1)] * 2]
    assert counts[0].reason.startswith("不在值列表中:列 priority")
    assert quarantine_view.counts(con, "ticket_events") == []


def test_personal_values_are_hidden_unless_asked_for(con, settings, store) -> None:
    spoil(store)
    pulled(con, settings)
    closed = {one.row_key: one for one in quarantine_view.rows(con)}["main|T00003"]
    assert closed.values["requester_ref"] == closed.values["description"] == MASK
    assert (closed.values["priority"], closed.values["channel"]) == ("=1+1", "fax")
    shown = quarantine_view.row(con, closed.quarantine_id[:8], is_open=True)
    assert (shown.values["requester_ref"], len(shown.reasons)) == ("张三", 2)
    for text in ("000000", "ab"):
        with pytest.raises(ConfigError):
            quarantine_view.row(con, text)


def test_personal_columns_are_columns_of_the_contract() -> None:
    for table, column in PERSONAL:
        assert column in tables()[table].column_names


def test_a_table_file_keeps_every_text_as_text(tmp_path: Path) -> None:
    rows = [["=1+1", "0012", None], ["a\x00b", "字" * 40_000, ""]]
    sheet = ("t", ["甲", "乙", "丙"], rows)
    book = openpyxl.load_workbook(write_tables(tmp_path / "q.xlsx", [sheet]))
    cells = [[cell.value for cell in row] for row in book["t"].iter_rows(min_row=2)]
    assert cells[0] == ["=1+1", "0012", None]
    assert book["t"]["A2"].data_type == "s"
    assert (cells[1][0], len(cells[1][1])) == ("ab", 32_767)
    with write_tables(tmp_path / "q.csv", [sheet]).open(encoding="utf-8-sig") as file:
        assert list(csv.reader(file))[1] == ["'=1+1", "0012", ""]
    with pytest.raises(ConfigError, match=r"\.xlsx"):
        write_tables(tmp_path / "q.pdf", [sheet])
    assert list(tmp_path.glob("*.part")) == []


def test_before_any_load_the_command_says_that_there_is_nothing_yet(settings, monkeypatch) -> None:
    open_warehouse(settings).close()
    monkeypatch.setattr(cli_quarantine, "installed", lambda: settings)
    for arguments in (["list"], ["export", "--to", "x.csv"]):
        with pytest.raises(StateError, match="还没有拉取过任何数据"):
            CliRunner().invoke(cli_quarantine.app, arguments, catch_exceptions=False)


def test_the_command_lists_shows_and_exports(con, settings, store, tmp_path, monkeypatch) -> None:
    spoil(store)
    pulled(con, settings)
    con.close()
    monkeypatch.setattr(cli_quarantine, "installed", lambda: settings)
    call = CliRunner()

    def run(*arguments: str) -> str:
        done = call.invoke(cli_quarantine.app, list(arguments), catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    everything = run("list")
    assert "不在值列表中" in everything
    assert "共隔离 3 行。" in everything
    monkeypatch.setattr(cli_quarantine, "_MOST_SHOWN", 2)
    assert "共隔离 3 行,另有 1 行没有列出" in run("list")
    listed = json.loads(run("list", "--table", "tickets", "--json"))
    assert sum(one["rows"] for one in listed["counts"]) == 4
    assert len(listed["rows"]) == 3
    row_id = next(one["id"] for one in listed["rows"] if one["key"] == "main|T00003")
    # what `show` is to be given stands in the list without any option
    assert all(one["id"][:10] in everything for one in listed["rows"])
    hidden, shown = run("show", row_id[:10]), run("show", row_id[:10], "--with-personal")
    assert "00012345678901234567" in hidden
    assert ("张三" in hidden, "张三" in shown) == (False, True)
    file = tmp_path / "fix.xlsx"
    assert "已导出 3 行" in run("export", "--to", str(file))
    sheet = openpyxl.load_workbook(file)["tickets"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:4] == ["编号", "表", "主键", "原因"]
    assert {row[heads.index("description")].value for row in sheet.iter_rows(min_row=2)} == {MASK}
    assert "已导出 3 行" in run("export", "--to", str(tmp_path / "fix.csv"), "--table", "tickets")
    assert "张三" not in (tmp_path / "fix.csv").read_text(encoding="utf-8-sig")
    store.run("delete from tickets where ticket_id <> 'T00001'")
    again = open_warehouse(settings)
    pulled(again, settings)
    again.close()
    assert "隔离区是空的" in run("list")
