"""Two sources of one site: what both say alike is one thing, what contradicts is held by name."""

import pytest
from pull_stores import Store, all_contents, open_warehouse, ticket

from assets import merge
from assets.pull import balance_errors, pull
from assets.sources.examine import Examination, TableFacts
from config.errors import CheckFailedError
from config.settings import Settings, SourceSettings
from pipelines import source_report


@pytest.fixture
def two(tmp_path):
    """The IT department's store, the equipment department's, and an installation of both."""
    stores = {
        name: Store(f"sqlite:///{tmp_path / name}.db", ["tickets", "departments"])
        for name in ("it", "equipment")
    }
    sources = [SourceSettings(name=name, url=store.url) for name, store in stores.items()]
    stores["it"].add({
        "tickets": [ticket(1)],
        "departments": [{"department_id": "D1", "name": "心内科", "campus": "东院"},
                        {"department_id": "D2", "name": "骨科"}],
    })  # fmt: skip
    stores["equipment"].add({
        "tickets": [ticket(2)],
        "departments": [{"department_id": "D1", "name": "心内科"},
                        {"department_id": "D2", "name": "儿科"},
                        {"department_id": "D3", "name": "检验科"}],
    })  # fmt: skip
    yield stores, Settings(home=tmp_path / "home", sources=tuple(sources))
    for store in stores.values():
        store.close()


def test_what_another_source_says_too_is_no_conflict_and_what_contradicts_it_is_held(two):
    stores, settings = two
    con = open_warehouse(settings)
    for _ in range(2):
        report = pull(con, settings)
        assert balance_errors(con, report.load_id) == []
    departments = con.execute(
        "select department_id, name, campus, _source from raw.departments order by all"
    ).fetchall()
    assert departments == [("D1", "心内科", "东院", "it"), ("D2", "骨科", None, "it"),
                           ("D3", "检验科", None, "equipment")]  # fmt: skip
    assert con.execute("select count(*) from raw.tickets").fetchall() == [(2,)]
    held = con.execute("select row_key, reasons from raw.quarantine where status = 'held'")
    assert held.fetchall() == [("main|D2", ["主键冲突:数据源 it 已有相同主键、内容不同的记录"])]
    # the first source lets go: the same words of the second serve, though it has not changed
    stores["it"].run("delete from departments")
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    there = "select department_id, name from raw.departments where not _is_deleted order by all"
    assert con.execute(there).fetchall() == [("D1", "心内科"), ("D2", "儿科"), ("D3", "检验科")]
    assert con.execute("select count(*) from raw.quarantine where status = 'held'").fetchall() == [
        (0,)
    ]


def test_it_does_not_matter_which_of_two_sources_had_a_key_first(two, tmp_path):
    stores, settings = two
    con = open_warehouse(settings)
    pull(con, settings)
    stores["it"].add({"departments": [{"department_id": "D3", "name": "检验中心"}],
                      "tickets": [ticket(2, title="呼吸机")]})  # fmt: skip
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    fresh_settings = settings.model_copy(update={"home": tmp_path / "fresh"})
    fresh = open_warehouse(fresh_settings)
    pull(fresh, fresh_settings)
    assert all_contents(con) == all_contents(fresh)
    held = "select row_key, reasons from raw.quarantine where status = 'held' order by all"
    assert con.execute(held).fetchall() == fresh.execute(held).fetchall()
    who = "select title, _source from raw.tickets where ticket_id = 'T00002' and not _is_deleted"
    assert con.execute(who).fetchall() == [("呼吸机", "it")]
    # and when it lets go, the other's row is no longer held
    stores["it"].run("delete from tickets where ticket_id = 'T00002'")
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert con.execute(who).fetchall() == [("打印机卡纸 2", "equipment")]


def test_a_row_that_stands_twice_in_the_second_source_is_held_once_and_its_copy_counted(two):
    _, settings = two
    doubled = Store(f"sqlite:///{settings.home.parent / 'doubled.db'}", ["tickets"], keyed=False)
    doubled.add({"tickets": [ticket(1, title="呼吸机")] * 2})
    second = SourceSettings(name="equipment", url=doubled.url)
    chosen = settings.model_copy(update={"sources": (settings.sources[0], second)})
    con = open_warehouse(chosen)
    report = pull(con, chosen)
    assert balance_errors(con, report.load_id) == []
    [told] = [one for one in report.loads if (one.source, one.table) == ("equipment", "tickets")]
    assert (told.pulled, told.unchanged, told.quarantined, told.held) == (2, 1, 1, 1)
    doubled.close()


def test_two_systems_that_number_alike_are_refused_with_the_remedy(two, monkeypatch):
    stores, settings = two
    monkeypatch.setattr(merge, "UNFIT_LIMIT", 1)
    stores["equipment"].add({"tickets": [ticket(1, title="呼吸机"), ticket(3)]})
    stores["it"].add({"tickets": [ticket(3, title="打印机")]})
    with pytest.raises(CheckFailedError, match="给其中一个写不同的 site_id"):
        pull(open_warehouse(settings), settings)


def test_check_names_the_tables_that_sources_of_one_site_share(two):
    _, settings = two
    east = SourceSettings(name="east", url="x", site_id="east")
    tables = (TableFacts("tickets"), TableFacts("departments"))
    found = [Examination(one, tables=tables) for one in (*settings.sources, east)]
    [(zh, en)] = source_report.shared(found)
    assert "数据源 it、equipment 的 site_id 都是 main,都给出 tickets、departments" in zh
    assert "it, equipment share the site_id main" in en
