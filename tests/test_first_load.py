"""A first load goes into its final shape in one pass, and leaves what the ordinary way leaves."""

import duckdb
import pytest
from pull_stores import Store, contents, open_warehouse, settings_for, ticket

from assets import first_load
from assets.merge import Rejection
from assets.pull import balance_errors, pull


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ("tickets",), keyed=False)
    yield store
    store.close()


def pulled(tmp_path, store, name, *, validate=None, full=False):
    """Pull into a fresh home; return (connection, report, the SQL that was run)."""
    settings = settings_for(tmp_path / name, store.url)
    con = open_warehouse(settings)
    return con, pull(con, settings, validate=validate, full=full)


@pytest.fixture
def adopted(monkeypatch):
    """The names of the tables that went in by the short cut."""
    names, adopt = [], first_load.adopt

    def noted(con, landed, *rest):
        names.append(landed.table.name)
        return adopt(con, landed, *rest)

    monkeypatch.setattr(first_load, "adopt", noted)
    return names


def test_the_short_cut_leaves_the_same_rows_books_and_watermark(tmp_path, store, adopted):
    store.add({"tickets": [ticket(n) for n in range(50)]})
    quick, report = pulled(tmp_path, store, "quick")
    assert adopted == ["tickets"]
    plain, other = pulled(tmp_path, store, "plain", full=True)
    assert adopted == ["tickets"]
    assert contents(quick, "tickets") == contents(plain, "tickets")
    assert report.loads == other.loads
    books = "select watermark, content, copies from raw.table_state where table_name = 'tickets'"
    assert quick.execute(books).fetchall() == plain.execute(books).fetchall()
    shape = "select column_name, data_type, column_default from duckdb_columns() " \
        "where table_name = 'tickets' order by column_index"  # fmt: skip
    assert quick.execute(shape).fetchall() == plain.execute(shape).fetchall()
    assert balance_errors(quick, report.load_id) == []


def test_a_second_pull_after_the_short_cut_accepts_only_what_changed(tmp_path, store, adopted):
    store.add({"tickets": [ticket(n) for n in range(50)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.run("update tickets set title = 'changed' where ticket_id = 'T00049'")
    store.add({"tickets": [ticket(50)]})
    load = next(one for one in pull(con, settings).loads if one.table == "tickets")
    assert (load.accepted, load.present, adopted) == (2, 51, ["tickets"])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("reported_at = 'soon'", "类型不符:列 reported_at 的值不是时间"),
        ("ticket_id = 'T00001'", "主键重复:同一主键有多行,内容不同"),
    ],
)
def test_an_unfit_row_sends_the_table_the_ordinary_way(tmp_path, store, adopted, fault, reason):
    store.add({"tickets": [ticket(n) for n in range(1, 6)]})
    store.run(f"update tickets set {fault} where ticket_id = 'T00003'")
    con, report = pulled(tmp_path, store, "home")
    assert adopted == []
    held = con.execute("select reasons, row_json from raw.quarantine").fetchall()
    assert {tuple(reasons) for reasons, _ in held} == {(reason,)}
    assert all("T0000" in row for _, row in held)
    assert balance_errors(con, report.load_id) == []
    assert leftovers(con) == []


def test_a_row_that_a_rule_refuses_is_held_with_its_original_values(tmp_path, store, adopted):
    store.add({"tickets": [ticket(n) for n in range(1, 6)]})

    def refuse_third(table, frame):
        found = frame.index[frame["ticket_id"] == "T00003"]
        return [Rejection(int(row), "third", "第三张") for row in found]

    con, report = pulled(tmp_path, store, "home", validate=refuse_third)
    assert adopted == []
    ((reasons, row),) = con.execute("select reasons, row_json from raw.quarantine").fetchall()
    assert reasons == ["第三张"]
    plain, _ = pulled(tmp_path, store, "plain", validate=refuse_third, full=True)
    assert plain.execute("select row_json from raw.quarantine").fetchall() == [(row,)]
    assert balance_errors(con, report.load_id) == []
    assert leftovers(con) == []


def test_what_a_killed_first_load_left_is_dropped_by_the_next_pull(tmp_path, store, adopted):
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    con.execute("create schema raw")
    con.execute("create table raw.landed__main__assets as select 1 as half")
    pull(con, settings)
    assert adopted == ["tickets"]
    assert leftovers(con) == []


def leftovers(con: duckdb.DuckDBPyConnection) -> list[tuple[str]]:
    return con.execute(
        "select table_name from duckdb_tables() where table_name like 'landed%'"
    ).fetchall()
