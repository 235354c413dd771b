"""Whole and poor GLPI databases, old and new: what lacks is unknown, increments lose nothing."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from glpi_pulled import USUAL, Pulled, ticket
from glpi_store import Glpi

from assets.sources import contract, html_text
from assets.sources.foreign import SQL_TYPES
from assets.sources.layout import PLACEHOLDER, layout, parse
from assets.sources.systems import folder
from config.errors import ConfigError, SourceError
from config.settings import load_settings

EXAMPLE = Path(__file__).parents[1] / "config" / "examples" / "glpi.yml"


def test_every_select_yields_the_contracts_columns_from_empty_relations():
    found = layout(folder("glpi"))
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
    options = layout(folder("glpi")).options
    assert source.options == {name: option.default for name, option in options.items()}
    guide = (EXAMPLE.parents[2] / "docs" / "user-guide.zh-CN.md").read_text(encoding="utf-8")
    for name, option in options.items():
        line = next(line for line in guide.splitlines() if line.startswith(f"| `{name}`"))
        assert all(f"`{value}`" in line for value in option.values)


def test_a_whole_glpi_yields_every_table_of_the_folder(read_glpi):
    glpi = read_glpi({"glpi_tickets": [ticket(1)]}, names=layout(folder("glpi")).columns)
    connected = {row[0] for row in glpi.rows("select table_name from raw.connected_tables")}
    assert connected == set(layout(folder("glpi")).statements)


def test_a_database_with_tickets_only_is_read_and_the_rest_is_not_connected(read_glpi):
    glpi = read_glpi({"glpi_tickets": [ticket(1)]}, names=["glpi_tickets"])
    connected = glpi.rows("select table_name from raw.connected_tables order by 1")
    assert connected == [("ticket_targets",), ("tickets",)]
    assert glpi.rows("select title from raw.tickets") == [("打印机 1",)]


def test_tables_that_the_account_may_not_read_are_not_connected(mariadb_url, tmp_path):
    glpi = Glpi(mariadb_url, {*USUAL, "glpi_ticketcosts"}).add({"glpi_tickets": [ticket(1)]})
    server, _, name = mariadb_url.rpartition("/")
    account = f"reader_{name[-8:]}"
    glpi.run(
        f"create user {account} identified by 'secret'",
        f"grant select on {name}.glpi_tickets to {account}",
        f"grant select on {name}.glpi_logs to {account}",
    )
    try:
        glpi.url = f"mysql://{account}:secret@{server.rpartition('@')[2]}/{name}"
        pulled = Pulled(glpi, tmp_path / "home")
        pulled.pull()
        connected = pulled.rows("select table_name from raw.connected_tables order by 1")
        assert connected == [("ticket_events",), ("ticket_targets",), ("tickets",)]
    finally:
        glpi.url = mariadb_url
        glpi.run(f"drop user {account}")


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


def test_a_header_that_does_not_say_what_it_needs_needs_what_it_reads(tmp_path):
    text = "-- description: x\nselect 1 as a from source.orders as o join source.lines using (id)"
    (tmp_path / "tickets.sql").write_text(text)
    assert parse(tmp_path / "tickets.sql").needs == ("orders", "lines")
