"""Sites: every model built some sites at a time is, row for row, the one that is built whole."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from conftest import build_settings

from assets import model_slices, models, rule_tables, warehouse
from assets.pull import pull
from config.errors import CheckFailedError
from config.rules import load_rules
from demo import store
from demo.spec import DemoSpec


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Two small hospitals with bad rows, built whole."""
    folder = tmp_path_factory.mktemp("slices")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    spec = DemoSpec(date(2026, 3, 1), size="tiny", hospitals=2, days=20, has_dirt=True)
    store.create(url, spec)
    settings = build_settings(folder / "home", url)
    con = warehouse.connect(settings.warehouse_path, settings)
    report = pull(con, settings)
    with warehouse.transaction(con):
        context = rule_tables.RunContext(report.as_of, is_demo=True)
        rule_tables.load(con, load_rules(None), settings, context)
        models.build(con, models.discover())
    yield con
    con.close()


def sites_apart(monkeypatch: pytest.MonkeyPatch, con: duckdb.DuckDBPyConnection) -> None:
    """Leave room for one ticket, so that each site is built alone."""
    monkeypatch.setattr(model_slices, "BYTES_PER_TICKET", warehouse.memory_limit(con))


def test_sites_built_one_by_one_give_every_table_of_a_whole_build(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {}
    for spec in models.discover():
        rows[spec.key] = con.execute(f"from {spec.key}").fetchall()
    sites_apart(monkeypatch, con)
    con.execute("begin")
    counted = models.build(con, models.discover())
    differing = [key for key, was in rows.items() if con.execute(f"from {key}").fetchall() != was]
    con.execute("rollback")
    assert differing == []
    assert counted == {key: len(was) for key, was in rows.items()}


def test_groups_of_sites_leave_none_out_and_none_twice(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert model_slices.sites_at_once(con) == ("true",)
    sites_apart(monkeypatch, con)
    groups = model_slices.sites_at_once(con)
    sites = ("A", "H01", "H01-1", "H02", "H03", "儿科")
    asked = ", ".join(f"(site_id >= '' and {group})::integer" for group in groups)
    rows = con.execute(
        f"select {asked} from (select unnest($1) as site_id)", [list(sites)]
    ).fetchall()
    assert [row.index(1) for row in rows] == [0, 0, 0, 1, 1, 1]
    assert all(sum(row) == 1 for row in rows)


def test_a_site_is_cut_out_of_every_input_under_the_name_that_the_text_uses() -> None:
    sql = "select t.a from core.tickets as t inner join raw.calls on t.a = calls.a, core.rule_x"
    assert model_slices.cut_to_sites(sql, ["core.tickets", "raw.calls"], "site_id < 'H2'") == (
        "select t.a from (from core.tickets where site_id < 'H2') as t inner join "
        "(from raw.calls where site_id < 'H2') as calls on t.a = calls.a, core.rule_x"
    )


def test_a_grain_that_repeats_within_a_site_is_refused_when_sites_are_apart(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites_apart(monkeypatch, con)
    con.execute("begin")
    con.execute("insert into raw.tickets select * from raw.tickets where site_id = 'H02'")
    spec = next(spec for spec in models.discover() if spec.key == "core.tickets")
    with pytest.raises(CheckFailedError, match="粒度"):
        models.build(con, [spec])
    con.execute("rollback")
