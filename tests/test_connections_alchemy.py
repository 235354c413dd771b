"""Any SQLAlchemy URL is read in bounded memory and exactly, or says what it needs.

Holds the stores reached through a driver. That they give the scanners' rows is proved in
`test_sources_same`; SQL Server and Oracle have no server here, so of them only types and sentences.
"""

import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from pull_stores import Store, driven, open_warehouse, settings_for, ticket, utc
from sqlalchemy.dialects import mssql, mysql, oracle

from assets.pull import pull
from assets.sources import dialects
from assets.sources.alchemy import BATCH_ROWS
from assets.sources.arrow import Lane, batch
from assets.sources.connect import reading
from config.errors import ConfigError, SourceError


def test_a_numeric_without_precision_is_exact_through_sqlalchemy(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets", "ticket_costs"]).add({"tickets": [ticket(1)]})
    store.run("alter table ticket_costs alter column amount_cny type numeric")
    store.add({"ticket_costs": [{"cost_id": "C1", "amount_cny": Decimal("999999999999.99")}]})
    settings = settings_for(tmp_path / "home", driven(postgres_url))
    con = open_warehouse(settings)
    pull(con, settings)
    store.close()
    assert con.execute("select amount_cny from raw.ticket_costs").fetchall() == [
        (Decimal("999999999999.99"),)
    ]


def test_mariadbs_two_kinds_of_time_are_both_understood_by_the_driver(tmp_path, mariadb_url):
    store = Store(mariadb_url, ["tickets"])
    store.run("alter table tickets modify updated_at timestamp null")
    settings = settings_for(tmp_path / "home", driven(mariadb_url))
    con = open_warehouse(settings)
    for day in (1, 2):
        with store.engine.begin() as connection:
            connection.exec_driver_sql("set session time_zone = '+08:00'")
            connection.exec_driver_sql(
                "insert into tickets (site_id, ticket_id, reported_at, updated_at) values "
                f"('main', 'T{day}', '2026-03-0{day} 08:00:00', '2026-03-0{day} 08:00:00')"
            )
        report = pull(con, settings)
    store.close()
    assert report.loads[0].accepted == 1
    rows = con.execute("select reported_at, updated_at from raw.tickets order by 1").fetchall()
    assert rows == [(datetime(2026, 3, day), datetime(2026, 3, day)) for day in (1, 2)]  # noqa: DTZ001


def test_only_the_newest_rows_of_the_needed_columns_cross_the_wire(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets"])
    store.run("alter table tickets add column secret_note text")
    store.add({"tickets": [ticket(n, f"2026-03-{n:02d} 00:00:00") for n in range(1, 29)]})
    settings = settings_for(tmp_path / "home", driven(postgres_url))
    con = open_warehouse(settings)
    with reading(con, settings.sources[0], settings) as reader:
        assert "secret_note" in reader.columns("tickets")
        reader.select("tickets", utc("2026-03-27 00:00:00").replace(tzinfo=None))
        landed = con.execute(
            "select table_name, column_count from duckdb_tables() where table_name like 'stored%'"
        ).fetchall()
        rows = con.execute(f"select count(*) from {landed[0][0]}").fetchone()
    store.close()
    assert [columns for _, columns in landed] == [26]
    assert rows == (2,)


def test_all_tables_of_one_reading_through_a_driver_are_of_one_state(tmp_path, mariadb_url):
    store = Store(mariadb_url, ["tickets", "calls"]).add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", driven(mariadb_url))
    con = open_warehouse(settings)
    with reading(con, settings.sources[0], settings) as reader:
        assert reader.count("tickets") == 1
        store.add({"tickets": [ticket(2)], "calls": [{"call_id": "1", "at": utc("2026-03-01")}]})
        assert (reader.count("tickets"), reader.count("calls")) == (1, 0)
        assert len(con.execute(reader.select("tickets")).fetchall()) == 1
    store.close()


@pytest.mark.parametrize("name", ["postgres_url", "mariadb_url"])
def test_a_driver_cannot_write_either(tmp_path, name, request):
    store = Store(request.getfixturevalue(name), ["tickets"]).add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", driven(store.url))
    con = open_warehouse(settings)
    with (
        pytest.raises(SourceError),
        reading(con, settings.sources[0], settings) as reader,
    ):
        reader._base.ask("delete from tickets")
    assert store.rows("select count(*) from tickets") == [(1,)]
    store.close()


def test_a_large_table_lands_in_bounded_memory(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets"])
    store.run(
        "insert into tickets (site_id, ticket_id, title, reported_at, updated_at) select 'main', "
        "'T' || n, repeat('打印机', 30), now(), now() from generate_series(1, 30000) as n"
    )
    settings = settings_for(tmp_path / "home", driven(postgres_url))
    con = open_warehouse(settings)
    tracemalloc.start()
    try:
        with reading(con, settings.sources[0], settings) as reader:
            count = con.execute(f"select count(*) from ({reader.select('tickets')})").fetchone()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    store.close()
    assert count == (30000,)
    # one batch of 26 columns; all three together would be more than 60 MB
    assert peak < 4_000 * BATCH_ROWS


@pytest.mark.parametrize(
    ("url", "install"),
    [
        ("mssql+pyodbc://u:geheim@h/his?driver=x", "opspulse[sqlserver]"),
        ("oracle://u:geheim@h/?service_name=his", "opspulse[oracle]"),
        ("firebird+nodriver://u:geheim@h/his", "不认识"),
        ("postgresql+pg8000://u:geheim@h/his", "pg8000"),
    ],
)
def test_a_missing_driver_names_what_to_install(tmp_path, url, install):
    settings = settings_for(tmp_path / "home", url)
    con = open_warehouse(settings)
    with pytest.raises(ConfigError) as caught:
        pull(con, settings)
    assert install in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "dialect", "expected_type"),
    [
        (mssql.MONEY(), "mssql", "VARCHAR"),
        (mssql.DATETIMEOFFSET(), "mssql", "TIMESTAMP WITH TIME ZONE"),
        (mssql.DATETIME2(), "mssql", "TIMESTAMP"),
        (mssql.BIT(), "mssql", "BOOLEAN"),
        (mssql.NVARCHAR(50), "mssql", "VARCHAR"),
        (mssql.UNIQUEIDENTIFIER(), "mssql", "VARCHAR"),
        (oracle.NUMBER(14, 2), "oracle", "DECIMAL(14,2)"),
        (oracle.NUMBER(), "oracle", "VARCHAR"),
        (oracle.BINARY_DOUBLE(), "oracle", "DOUBLE"),
        (oracle.DATE(), "oracle", "TIMESTAMP"),
        (oracle.TIMESTAMP(timezone=True), "oracle", "TIMESTAMP WITH TIME ZONE"),
        (oracle.TIMESTAMP(local_timezone=True), "oracle", "TIMESTAMP WITH TIME ZONE"),
        (mysql.BIGINT(unsigned=True), "mysql", "DECIMAL(20,0)"),
        (mysql.BIT(1), "mysql", "BOOLEAN"),
        (mysql.YEAR(), "mysql", "BIGINT"),
    ],
)
def test_types_of_other_databases_arrive_exact(kind, dialect, expected_type):
    assert dialects.lane("c", kind, dialect).type == expected_type


def test_oracles_zoned_instants_are_asked_for_in_utc():
    lane = dialects.lane("at", oracle.TIMESTAMP(timezone=True), "oracle")
    assert lane.is_utc
    assert "sys_extract_utc" in str(sa.select(dialects.selected(lane, "oracle")))


def test_values_of_drivers_become_exact_values(tmp_path):
    con = open_warehouse(settings_for(tmp_path / "home", "sqlite:///x"))
    zoned = "TIMESTAMP WITH TIME ZONE"
    moment = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC)
    lanes = [
        Lane("amount", "DECIMAL(18,6)"),
        Lane("flag", "BOOLEAN"),
        Lane("at", zoned),
        Lane("utc", zoned, is_utc=True),
        Lane("wall", "TIMESTAMP"),
        Lane("day", "DATE"),
        Lane("data", "VARCHAR"),
        Lane("old", "BIGINT"),
    ]
    rows = [
        (Decimal("0.035001"), b"\x01", moment, moment.replace(tzinfo=None),
         moment.replace(tzinfo=None), moment.date(), {"科室": 1}, Decimal(7)),
        (None,) * 8,
        (Decimal("-999999999999.999999"), b"\x00", moment, moment, "0000-00-00 00:00:00",
         "0000-00-00", b"\xe5\x8d\xa1", -1),
    ]  # fmt: skip
    arriving = batch(lanes, rows)  # noqa: F841 - DuckDB finds it by its name
    values = ", ".join(lane.value() for lane in lanes)
    found = con.execute(f"select {values} from arriving").fetchall()
    naive = moment.replace(tzinfo=None)
    assert found == [
        (Decimal("0.035001"), True, moment, moment, naive, naive.date(), '{"科室": 1}', 7),
        (None,) * 8,
        (Decimal("-999999999999.999999"), False, moment, moment, None, None, "卡", -1),
    ]
