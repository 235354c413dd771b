"""Sources open read-only, in one transaction, and fail in words that hold no password."""

import logging
import os
import sqlite3
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from pull_stores import Store, contents, open_warehouse, settings_for, ticket, utc

from assets.pull import pull
from assets.sources import contract
from assets.sources.address import parse
from assets.sources.connect import reading
from assets.sources.store import statements
from assets.sources.systems import folder
from config.errors import ConfigError, SourceError
from config.settings import SourceSettings

SECRET = "Sehr-geheim'77"  # noqa: S105 - planted, to be looked for
SECRET_IN_URL = "Sehr-geheim%2777"  # noqa: S105 - the same, as a URL spells it


def fails(tmp_path, url: str, **source) -> str:
    """Return everything a user or a log could see of the failure to read this source."""
    settings = settings_for(tmp_path / "home", url, **{"retries": 0, **source})
    con = open_warehouse(settings)
    with pytest.raises((SourceError, ConfigError)) as caught:
        pull(con, settings)
    seen = [str(caught.value), repr(caught.value), repr(settings)]
    cause = caught.value.__cause__ or (
        None if caught.value.__suppress_context__ else caught.value.__context__
    )
    while cause is not None:
        seen.append(str(cause))
        cause = cause.__cause__
    assert SECRET not in "".join(seen)
    assert "geheim" not in "".join(seen)
    assert caught.value.remedy
    return str(caught.value)


def test_every_canonical_table_has_its_select_with_the_contracts_columns():
    sql = statements(folder("opspulse"))
    assert list(sql) == list(contract.tables())
    con = duckdb.connect()
    con.execute("create schema source")
    for name, table in contract.tables().items():
        columns = ", ".join(f'"{column}" text' for column in table.column_names)
        con.execute(f"create table source.{name} ({columns})")
        found = [row[0] for row in con.execute(f"describe {sql[name]}").fetchall()]
        assert found == list(table.column_names)


@pytest.mark.parametrize(
    ("url", "kind", "shown"),
    [
        ("postgresql://u:p%40s@10.0.0.8/his", "postgres", "10.0.0.8:5432/his"),
        ("postgres://u@h:5433/his?sslmode=require", "postgres", "h:5433/his"),
        ("mariadb://u:p@h/his", "mysql", "h:3306/his"),
        ("mariadb+pymysql://u:p%40s@h/his", "alchemy", "h:3306/his"),
        ("mssql://u:p%40s@h/his?driver=x", "alchemy", "h:1433/his"),
        ("oracle+oracledb://u:p%40s@h/?service_name=his", "alchemy", "h:1521"),
        ("sqlite:////data/a b.db", "sqlite", "/data/a b.db"),
    ],
)
def test_addresses_are_taken_apart(url, kind, shown):
    place = parse(SourceSettings(url=url))
    assert (place.kind, place.shown) == (kind, shown)
    assert "p@s" not in repr(place)


def test_an_unknown_kind_of_database_is_refused_with_the_known_ones(tmp_path):
    text = fails(tmp_path, f"mongodb://u:{SECRET_IN_URL}@h/x")
    assert "不支持" in text
    assert "postgresql://" in text


def test_a_missing_file_and_a_file_that_is_no_database_are_named(tmp_path):
    assert "找不到 SQLite 数据库文件" in fails(tmp_path, f"sqlite:///{tmp_path / 'none.db'}")
    (tmp_path / "text.db").write_text("not a database" * 100)
    assert "不是完好的数据库文件" in fails(tmp_path, f"sqlite:///{tmp_path / 'text.db'}")


def test_an_unknown_system_is_refused_with_the_known_ones(tmp_path):
    text = fails(tmp_path, f"sqlite:///{tmp_path / 'his.db'}", system="zammad")
    assert "没有名为 zammad 的来源系统" in text
    assert "opspulse" in text


def test_an_unreachable_server_is_named_without_its_password(tmp_path):
    for scheme in ("postgresql", "mysql"):
        text = fails(tmp_path, f"{scheme}://reader:{SECRET_IN_URL}@127.0.0.1:1/his")
        assert "数据源 main(127.0.0.1:1/his)连接不上" in text
        text = fails(tmp_path, f"{scheme}://reader:{SECRET_IN_URL}@no-such-host.invalid/his")
        assert "找不到" in text


def test_a_store_without_tickets_is_refused(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["departments"])
    assert "没有一个数据源给出工单表 tickets" in fails(tmp_path, store.url)


def test_a_missing_required_column_is_named_with_its_table(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets", "calls"])
    store.run("alter table calls drop column at")
    assert "的表 calls 缺少必需的列 at" in fails(tmp_path, store.url)


def test_missing_optional_columns_read_as_unknown(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"])
    store.run(
        "create view small as select 1",
        "drop table tickets",
        "create table tickets (ticket_id text, reported_at text, extra text)",
        "insert into tickets values ('T1', '2026-03-01 08:00:00', 'x')",
    )
    settings = settings_for(tmp_path / "home", store.url, site_id="east")
    con = open_warehouse(settings)
    for _ in range(2):
        report = pull(con, settings)
    row = con.execute("select site_id, ticket_id, priority, updated_at from raw.tickets").fetchall()
    assert row == [("east", "T1", None, None)]
    assert [load.table for load in report.loads] == ["tickets"]


def test_a_view_serves_as_a_table(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"]).add({"tickets": [ticket(1)]})
    store.run(
        "alter table tickets rename to repairs", "create view tickets as select * from repairs"
    )
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    assert len(contents(con, "tickets")) == 1


def reads_one_state(tmp_path, store: Store) -> bool:
    """Tell whether what is written during a reading stays out of it."""
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    with reading(con, settings.sources[0], settings) as reader:
        before = reader.count("tickets")
        store.add({"tickets": [ticket(2)], "calls": [{"call_id": "1", "at": utc("2026-03-01")}]})
        after = reader.count("tickets")
        landed = len(con.execute(reader.select("tickets")).fetchall())
        calls = reader.count("calls")
    with reading(con, settings.sources[0], settings) as reader:
        assert reader.count("calls") == 1
    store.close()
    return (before, after, landed, calls) == (1, 1, 1, 0)


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_all_tables_of_one_pull_are_of_one_state(tmp_path, journal):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets", "calls"])
    store.run(f"pragma journal_mode = {journal}")
    assert reads_one_state(tmp_path, store)


def test_all_tables_of_one_pull_from_postgres_are_of_one_state(tmp_path, postgres_url):
    assert reads_one_state(tmp_path, Store(postgres_url, ["tickets", "calls"]))


def test_all_tables_of_one_pull_from_mariadb_are_of_one_state(tmp_path, mariadb_url):
    assert reads_one_state(tmp_path, Store(mariadb_url, ["tickets", "calls"]))


def test_copies_that_a_killed_process_left_are_removed(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"])
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    left, recent = settings.temp_dir / "source-left", settings.temp_dir / "source-recent"
    for copies in (left, recent):
        copies.mkdir()
        (copies / "copy.sqlite").write_bytes(b"x")
    os.utime(left, (0, 0))
    pull(con, settings)
    assert [path.name for path in settings.temp_dir.glob("source-*")] == ["source-recent"]


def test_the_store_cannot_be_written(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"]).add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    source = settings.sources[0]
    with pytest.raises(duckdb.InvalidInputException), reading(con, source, settings):
        con.execute("delete from source_main.main.tickets")
    with sqlite3.connect(tmp_path / "his.db") as db:
        assert db.execute("select count(*) from tickets").fetchone() == (1,)


def test_postgres_refusals_are_told_apart_and_hold_no_password(tmp_path, postgres_url, caplog):
    caplog.set_level(logging.DEBUG)
    server, _, name = postgres_url.rpartition("/")
    host = server.rpartition("@")[2]
    store = Store(postgres_url, ["tickets"])
    role, spelt = f"opspulse_reader_{name[-6:]}", SECRET.replace("'", "''")
    store.run(f"create role {role} login password '{spelt}'")
    try:
        reader = f"postgresql://{role}:{SECRET_IN_URL}@{host}"
        assert "没有名为 nodb 的数据库" in fails(tmp_path, f"{reader}/nodb")
        assert "没有读取权限" in fails(tmp_path, f"{reader}/{name}")
        nobody = f"postgresql://nobody_here:{SECRET_IN_URL}@{host}/{name}"
        assert "拒绝登录" in fails(tmp_path, nobody)
    finally:
        store.run(f"drop role {role}")
        store.close()
    assert "geheim" not in caplog.text


def test_mariadb_refusals_are_told_apart_and_hold_no_password(tmp_path, mariadb_url):
    server = mariadb_url.rpartition("/")[0]
    host = server.rpartition("@")[2]
    assert "拒绝登录" in fails(tmp_path, f"mysql://nobody_here:{SECRET_IN_URL}@{host}/his")
    assert "没有名为 nodb 的数据库" in fails(tmp_path, f"{server}/nodb")


def read_and_die(con, settings, store: Store, kill: str) -> None:
    with reading(con, settings.sources[0], settings) as reader:
        reader.count("tickets")
        store.run(*[row[0] for row in store.rows(kill)])
        con.execute(reader.select("tickets")).fetchall()


def dies_half_way(tmp_path, store: Store, kill: str) -> None:
    """Kill the server's side of a reading; raw must stay as it was and the next pull succeed."""
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    before = contents(con, "tickets")
    with pytest.raises(SourceError, match="稍后重试"):
        read_and_die(con, settings, store, kill)
    assert contents(con, "tickets") == before
    store.add({"tickets": [ticket(2)]})
    assert pull(con, settings).loads[0].accepted == 1
    store.close()


def test_a_postgres_connection_that_dies_harms_nothing(tmp_path, postgres_url):
    dies_half_way(
        tmp_path,
        Store(postgres_url, ["tickets"]),
        "select 'select pg_terminate_backend(' || pid || ')' from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()",
    )


def test_a_mariadb_connection_that_dies_harms_nothing(tmp_path, mariadb_url):
    dies_half_way(
        tmp_path,
        Store(mariadb_url, ["tickets"]),
        "select concat('kill ', id) from information_schema.processlist "
        "where db = database() and id <> connection_id()",
    )


def test_money_without_precision_is_refused_by_name(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets", "ticket_costs"])
    store.run("alter table ticket_costs alter column amount_cny type numeric")
    text = fails(tmp_path, postgres_url)
    store.close()
    assert "ticket_costs 中金额列 amount_cny" in text
    assert "整张表拒收" in text


def test_postgres_infinity_is_no_time(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets"]).add({"tickets": [ticket(1), ticket(2)]})
    store.run("update tickets set reported_at = 'infinity' where ticket_id = 'T00002'")
    settings = settings_for(tmp_path / "home", postgres_url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.close()
    assert len(contents(con, "tickets")) == 1
    reasons = con.execute("select reasons from raw.quarantine").fetchall()
    assert reasons == [(["类型不符:列 reported_at 的值不是时间"],)]


def test_mariadbs_two_kinds_of_time_are_both_understood(tmp_path, mariadb_url):
    store = Store(mariadb_url, ["tickets"])
    store.run(
        "alter table tickets modify updated_at timestamp null",
        "set session time_zone = '+08:00'",
    )
    with store.engine.begin() as connection:
        connection.exec_driver_sql("set session time_zone = '+08:00'")
        connection.exec_driver_sql(
            "insert into tickets (site_id, ticket_id, reported_at, updated_at) values "
            "('main', 'T1', '2026-03-01 08:00:00', '2026-03-01 08:00:00')"
        )
    settings = settings_for(tmp_path / "home", mariadb_url)
    con = open_warehouse(settings)
    pull(con, settings)
    midnight = utc("2026-03-01 00:00:00").replace(tzinfo=None)
    row = con.execute("select reported_at, updated_at from raw.tickets").fetchall()
    assert row == [(midnight, midnight)]
    with store.engine.begin() as connection:
        connection.exec_driver_sql("set session time_zone = '+08:00'")
        connection.exec_driver_sql(
            "insert into tickets (site_id, ticket_id, reported_at, updated_at) values "
            "('main', 'T2', '2026-03-02 08:00:00', '2026-03-02 08:00:00')"
        )
    report = pull(con, settings)
    store.close()
    assert report.loads[0].accepted == 1


def test_mariadbs_tiny_two_is_no_boolean(tmp_path, mariadb_url):
    store = Store(mariadb_url, ["tickets"]).add({"tickets": [ticket(1), ticket(2)]})
    store.run("update tickets set is_onsite_required = 2 where ticket_id = 'T00002'")
    settings = settings_for(tmp_path / "home", mariadb_url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.close()
    reasons = con.execute("select reasons from raw.quarantine").fetchall()
    assert reasons == [(["类型不符:列 is_onsite_required 的值不是是或否"],)]


def test_mariadb_keys_that_its_collation_confuses_stay_apart(tmp_path, mariadb_url):
    store = Store(mariadb_url, ["tickets"], keyed=False)
    store.add({"tickets": [ticket(1, ticket_id=key) for key in ("abc", "ABC", "abc ")]})
    settings = settings_for(tmp_path / "home", mariadb_url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.close()
    keys = con.execute("select ticket_id from raw.tickets order by 1").fetchall()
    assert keys == [("ABC",), ("abc",), ("abc ",)]


def test_large_numbers_and_prices_survive(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets", "ticket_costs"]).add({"tickets": [ticket(1)]})
    store.add(
        {
            "ticket_costs": [
                {
                    "cost_id": "99999999999999999999",
                    "unit_price_cny": Decimal("0.035001"),
                    "amount_cny": Decimal("999999999999.99"),
                }
            ]
        }
    )
    settings = settings_for(tmp_path / "home", postgres_url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.close()
    row = con.execute("select cost_id, unit_price_cny, amount_cny from raw.ticket_costs").fetchone()
    assert row == ("99999999999999999999", Decimal("0.035001"), Decimal("999999999999.99"))


def test_nothing_of_a_reading_stays_behind(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets"])
    settings = settings_for(tmp_path / "home", postgres_url)
    con = open_warehouse(settings)
    pull(con, settings)
    assert con.execute("select count(*) from duckdb_secrets()").fetchone() == (0,)
    names = {
        row[0] for row in con.execute("select database_name from duckdb_databases()").fetchall()
    }
    assert not any(name.startswith("source") for name in names)
    store.close()
    assert not list(Path(settings.temp_dir).glob("*.csv"))
