"""Whole and poor GLPI databases, old and new: what lacks is unknown, increments lose nothing."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from glpi_pulled import USUAL, Pulled, status, ticket
from glpi_store import Glpi
from pull_stores import all_contents

from assets.sources import contract, html_text
from assets.sources.foreign import SQL_TYPES
from assets.sources.layout import layout, parse
from assets.sources.store import PLACEHOLDER
from config.errors import ConfigError, SourceError
from config.settings import load_settings

EXAMPLE = Path(__file__).parents[1] / "config" / "examples" / "glpi.yml"


def test_every_select_yields_the_contracts_columns_from_empty_relations():
    found = layout("glpi")
    con = duckdb.connect()
    html_text.install(con)
    assert set(found.statements) <= set(contract.tables())
    for name, statement in found.statements.items():
        # the least that a store may have: no table at all
        sql = PLACEHOLDER.sub(
            lambda match: (
                "(select "
                + ", ".join(
                    f'null::{SQL_TYPES[kind]} as "{column}"'
                    for column, kind in found.columns[match[1]].items()
                )
                + " where false)"
            ),
            statement.sql,
        )
        columns = [row[0] for row in con.execute(f"describe {sql}").fetchall()]
        assert columns == list(contract.tables()[name].column_names), name


PLACES = {
    "glpi_tickets": [ticket(1, locations_id=2, entities_id=3), ticket(2, entities_id=0)],
    "glpi_tickets_users": [{"tickets_id": 2, "users_id": 9, "type": 1}],
    "glpi_groups_tickets": [{"tickets_id": 1, "groups_id": 6, "type": 1}],
    "glpi_users": [{"id": 9, "name": "n", "locations_id": 1, "groups_id": 7}],
    "glpi_locations": [
        {"id": 1, "name": "东院", "completename": "东院"},
        {"id": 2, "name": "三楼", "completename": "东院 &#62; 三楼", "locations_id": 1},
    ],
    "glpi_groups": [
        {"id": 6, "name": "心内科", "completename": "心内科", "is_requester": 1},
        {"id": 7, "name": "急诊", "completename": "急诊", "is_requester": 1},
        {"id": 8, "name": "信息科", "completename": "信息科", "is_requester": 0},
    ],
    "glpi_entities": [
        {"id": 0, "name": "某医院", "completename": "某医院", "entities_id": -1},
        {"id": 3, "name": "西院", "completename": "某医院 > 西院", "entities_id": 0},
    ],
}


@pytest.mark.parametrize(
    ("choice", "of_tickets", "departments"),
    [
        (
            "location",
            ["location-2", "location-1"],
            [
                ("location-1", "东院", None, "东院"),
                ("location-2", "东院 > 三楼", "location-1", "东院"),
            ],
        ),
        (
            "group",
            ["group-6", "group-7"],
            [("group-6", "心内科", None, None), ("group-7", "急诊", None, None)],
        ),
        (
            "entity",
            ["entity-3", "entity-0"],
            [("entity-0", "某医院", None, None), ("entity-3", "某医院 > 西院", "entity-0", None)],
        ),
    ],
)
def test_what_a_department_is_can_be_chosen(read_glpi, choice, of_tickets, departments):
    glpi = read_glpi(PLACES, options={"department_by": choice})
    found = glpi.rows("select department_id from raw.tickets order by ticket_id")
    assert [row[0] for row in found] == of_tickets
    columns = "department_id, name, parent_id, campus"
    assert glpi.rows(f"select {columns} from raw.departments order by 1") == departments
    assert glpi.rows("select site_id, name from raw.sites") == [("main", "某医院")]


def test_an_unknown_option_or_value_is_refused_with_those_that_exist(read_glpi):
    with pytest.raises(ConfigError, match="不能是 floor") as caught:
        read_glpi(PLACES, options={"department_by": "floor"})
    assert "location、group、entity" in caught.value.remedy


def test_the_example_a_hospital_copies_is_valid_and_names_every_option():
    env = {"OPSPULSE_CONFIG": str(EXAMPLE), "OPSPULSE_SOURCE_URL": "mysql://opspulse@db/glpi"}
    (source,) = load_settings(env).sources
    assert source.system == "glpi"
    options = layout("glpi").options
    assert source.options == {name: option.default for name, option in options.items()}
    guide = (EXAMPLE.parents[2] / "docs" / "user-guide.zh-CN.md").read_text(encoding="utf-8")
    for name, option in options.items():
        line = next(line for line in guide.splitlines() if line.startswith(f"| `{name}`"))
        assert all(f"`{value}`" in line for value in option.values)


def test_a_whole_glpi_yields_every_table_of_the_folder(read_glpi):
    glpi = read_glpi({"glpi_tickets": [ticket(1)]}, names=layout("glpi").columns)
    connected = {row[0] for row in glpi.rows("select table_name from raw.connected_tables")}
    assert connected == set(layout("glpi").statements)


def test_a_database_with_tickets_only_is_read_and_the_rest_is_not_connected(read_glpi):
    glpi = read_glpi({"glpi_tickets": [ticket(1)]}, names=["glpi_tickets"])
    connected = glpi.rows("select table_name from raw.connected_tables order by 1")
    assert connected == [("ticket_targets",), ("tickets",)]
    assert glpi.rows("select title from raw.tickets") == [("打印机 1",)]


def test_a_database_that_is_no_glpi_is_refused(read_glpi):
    with pytest.raises(SourceError, match="没有工单表"):
        read_glpi({}, names=["glpi_users"])


def test_columns_that_this_version_lacks_are_unknown(mariadb_url, tmp_path):
    names = ("glpi_itilcategories", "glpi_computers", "glpi_groups_items")
    glpi = Glpi(mariadb_url, {*USUAL, *names})
    glpi.run(
        "alter table glpi_itilcategories drop column code",
        "alter table glpi_computers drop column groups_id",
        "alter table glpi_tickets drop column takeintoaccountdate",
    )
    glpi.add({"glpi_tickets": [ticket(1)], "glpi_computers": [{"id": 1, "name": "PC"}]})
    glpi.add({"glpi_groups_items": [{"itemtype": "Computer", "items_id": 1, "groups_id": 6}]})
    pulled = Pulled(glpi, tmp_path / "home", options={"department_by": "group"})
    pulled.pull()
    assert pulled.rows("select asset_id, department_id from raw.assets") == [
        ("Computer-1", "group-6")
    ]
    assert [event[0] for event in pulled.events()] == ["reported"]


def test_a_column_that_vanishes_later_stops_its_table_instead_of_emptying_it(mariadb_url, tmp_path):
    glpi = Glpi(mariadb_url, USUAL).add({"glpi_tickets": [ticket(1, content="卡纸")]})
    pulled = Pulled(glpi, tmp_path / "home")
    pulled.pull()
    glpi.run("alter table glpi_tickets drop column content")
    pulled.pull(full=True)
    assert pulled.rows("select description from raw.tickets") == [("卡纸",)]
    because = "select because from raw.table_shape where table_name = 'tickets'"
    assert pulled.rows(because) == [("缺少原有的列 glpi_tickets.content",)]


@pytest.mark.parametrize(
    ("kind", "options", "hour"),
    [
        ("timestamp null", {}, 0),
        ("datetime", {}, 0),
        # GLPI wrote 08:00 of Shanghai through a connection that believed it to be UTC
        ("timestamp null", {"timestamps": "local"}, -8),
    ],
)
def test_an_instant_is_the_same_whatever_its_columns_type(
    mariadb_url, tmp_path, kind, options, hour
):
    glpi = Glpi(mariadb_url, USUAL)
    glpi.run(f"alter table glpi_tickets modify date {kind}, modify date_mod {kind}")
    glpi.add({"glpi_tickets": [ticket(1)]})
    pulled = Pulled(glpi, tmp_path / "home", options=options)
    pulled.pull()
    expected = datetime(2026, 3, 2, 0 if hour == 0 else 16, 0)  # noqa: DTZ001 - raw is naive UTC
    if hour:
        expected = expected.replace(day=1)
    assert pulled.rows("select reported_at from raw.tickets") == [(expected,)]


def moved(at: str, *changes: str, **columns: object) -> list[str]:
    """Return the statements with which GLPI moves ticket 1 on at 09:00 of a day in March 2026."""
    moment = f"'2026-03-{at} 09:00:00'"
    set_columns = ", ".join(f"{name} = {value}" for name, value in columns.items())
    return [
        *(
            "insert into glpi_logs (itemtype, items_id, date_mod, itemtype_link, linked_action, "
            f"id_search_option, old_value, new_value) values ('Ticket', 1, {moment}, {change})"
            for change in changes
        ),
        f"update glpi_tickets set {set_columns}, date_mod = {moment} where id = 1",
    ]


def opened(number: int, at: str) -> str:
    """Return the statement that opens a ticket, with every date of it ``at``."""
    columns = "id, name, date, date_creation, date_mod, status, type"
    return (
        f"insert into glpi_tickets ({columns}) values "
        f"({number}, '单 {number}', '{at}', '{at}', '{at}', 1, 1)"
    )


MOVES = (
    moved("05", "'User', 15, 5, '', 'a (21)'", status=2, takeintoaccountdate="'2026-03-05 09:00'"),
    moved("07", "'', 0, 12, '2', '5'", status=5, solvedate="'2026-03-07 09:00'"),
    # reopened and handed over: GLPI forgets the solving
    moved(
        "09",
        "'', 0, 12, '5', '2'",
        "'User', 15, 5, '', 'b (22)'",
        "'User', 16, 0, 'a (21)', ''",
        status=2,
        solvedate="null",
    ),
    [opened(9, "2026-03-10 09:00:00")],
    # into the bin
    ["update glpi_tickets set is_deleted = 1, date_mod = '2026-03-11 09:00:00' where id = 2"],
    # behind the watermark
    [opened(10, "2026-01-10 09:00:00")],
    ["delete from glpi_tickets where id = 3", "delete from glpi_logs where items_id = 3"],
)


def test_any_chain_of_increments_ends_as_one_whole_pull(mariadb_url, tmp_path):
    glpi = Glpi(mariadb_url, USUAL).add(
        {
            "glpi_tickets": [ticket(number) for number in (1, 2, 3)],
            "glpi_logs": [status(number, number, "09:00:00", 1, 2) for number in (2, 3)],
            "glpi_users": [{"id": 21, "name": "a"}, {"id": 22, "name": "b"}],
        }
    )
    steps = Pulled(glpi, tmp_path / "steps", overlap_hours=0)
    steps.pull()
    for number, statements in enumerate(MOVES):
        glpi.run(*statements)
        steps.pull()
        if number % 3 == 0:
            whole = Pulled(glpi, tmp_path / f"whole{number}")
            whole.pull()
            assert {
                name: [row for row in rows if not row[-1]]
                for name, rows in all_contents(steps.con).items()
            } == all_contents(whole.con)
            whole.con.close()
    assert [event[0] for event in steps.events()] == [
        "reported",
        "dispatched",
        "accepted",
        "restored",
        "reopened",
        "transferred",
    ]
    steps.con.close()


def test_a_header_must_say_what_it_needs(tmp_path):
    (tmp_path / "tickets.sql").write_text("-- description: x\nselect 1")
    with pytest.raises(ValueError, match="neither needs nor needs_one_of"):
        parse(tmp_path / "tickets.sql")
