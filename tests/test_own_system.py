"""A vendor's database is read through SELECTs that the hospital wrote, beside its rules.

Holds the example that a hospital copies, run on the servers it is written for, and what is refused
of such a folder.
"""

import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pull_stores import Store, driven, open_warehouse, settings_for, ticket

from assets.pull import balance_errors, pull
from assets.sources.examine import examine
from assets.warehouse import connect
from config.errors import ConfigError, SourceError
from config.settings import Settings, SourceSettings

EXAMPLE = Path(__file__).parents[1] / "config" / "examples" / "sources" / "vendor"
SCHEMA = "HIS-维修"
ORDERS = 300


def tables(quote: str, schema: str, amount: str) -> list[str]:
    """Return what makes the vendor's two tables, with `ORDERS` orders in the first."""
    q = quote
    at = "timestamp '2026-01-01 00:00:00'"
    return [
        f"create table {schema}{q}T_RepairOrder{q} ({q}OrderNo{q} varchar(30) primary key, "
        f"{q}Dept{q} varchar(9), {q}DeviceCode{q} varchar(9), {q}Fault{q} varchar(99), "
        f"{q}Status{q} int, {q}ReportTime{q} timestamp null, {q}SendTime{q} timestamp null, "
        f"{q}ArriveTime{q} timestamp null, {q}FinishTime{q} timestamp null, {q}Fee{q} {amount}, "
        f"{q}LastUpdate{q} timestamp null, {q}病人姓名{q} varchar(20))",
        f"create table {schema}{q}Parts-Used{q} ({q}Line No{q} varchar(9) primary key, "
        f"{q}OrderNo{q} varchar(30), {q}Price{q} {amount}, {q}Qty{q} {amount}, {q}UsedOn{q} date)",
        f"insert into {schema}{q}Parts-Used{q} values "
        f"('L1', '20260000000000000007', 0.035, 100, '2026-01-02'), "
        f"('L2', '20260000000000000008', 12.5, 2, '2026-01-02')",
        *(
            f"insert into {schema}{q}T_RepairOrder{q} values ('{20260000000000000000 + n}', "
            f"'D{n % 7}', 'A{n % 50}', '卡纸', {9 if n % 100 == 0 else 1}, {at} + {hours(n, 0)}, "
            f"{at} + {hours(n, 5)}, null, {at} + {hours(n, 95)}, {n}.05, "
            f"{at} + {hours(n, 95)}, 'x')"
            for n in range(1, ORDERS + 1)
        ),
    ]


def hours(number: int, minutes: int) -> str:
    return f"interval '{number * 180 + minutes}' minute"


def own(settings: Settings, name: str = "vendor") -> Path:
    """Copy the example to where a hospital puts it."""
    settings.own_sources_dir.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copytree(EXAMPLE, settings.own_sources_dir / name))


@pytest.fixture(params=["postgres", "mariadb", "postgres through SQLAlchemy"])
def vendor(request, tmp_path):
    """The vendor's database on a server, an account that may only read, and the settings."""
    kind = request.param.partition(" ")[0]
    url = request.getfixturevalue(f"{kind}_url")
    store = Store(url, ())
    if kind == "postgres":
        store.run(f'create schema "{SCHEMA}"', *tables('"', f'"{SCHEMA}".', "numeric"))
        url += f"?schema={SCHEMA}"
    else:
        store.run("set time_zone = '+08:00'", *tables("`", "", "decimal(12,3)"))
    url = driven(url) if "SQLAlchemy" in request.param else url
    settings = settings_for(tmp_path / "home", url, system="vendor")
    own(settings)
    yield store, settings
    store.close()


def test_a_vendors_own_tables_become_tickets_events_and_costs_and_follow_what_changes(vendor):
    store, settings = vendor
    found = examine(connect(":memory:", settings), settings.sources[0], settings)
    assert found.error is None
    assert {one.name: one.rows for one in found.tables} == {
        "tickets": 300, "ticket_events": 900, "ticket_costs": 302,
    }  # fmt: skip
    assert [flaw.zh for flaw in found.all_flaws() if flaw.is_bad] == []
    con = open_warehouse(settings)
    first = pull(con, settings)
    assert balance_errors(con, first.load_id) == []
    row = con.execute(
        "select reported_at, department_id, outcome_code, site_id from raw.tickets "
        "where ticket_id = '20260000000000000100'"
    ).fetchone()
    # 12.5 days after local midnight in Shanghai
    assert row == (datetime(2026, 1, 13, 4), "D2", "cancelled", "main")  # noqa: DTZ001 - naive UTC
    costs = con.execute(
        "select kind, sum(amount_cny) from raw.ticket_costs group by all order by 1"
    )
    # Σ n + 0.05 over 300 orders, less the parts of two of them
    assert costs.fetchall() == [("external", Decimal("45136.50")), ("part", Decimal("28.50"))]
    dot = f'"{SCHEMA}".' if store.engine.dialect.name == "postgresql" else ""
    q = '"' if dot else "`"
    store.run(
        f"update {dot}{q}T_RepairOrder{q} set {q}Fault{q} = '定影器', "
        f"{q}LastUpdate{q} = timestamp '2026-02-20 08:00:00' "
        f"where {q}OrderNo{q} = '20260000000000000001'"
    )
    second = pull(con, settings)
    assert balance_errors(con, second.load_id) == []
    pulled = {load.table: (load.pulled, load.accepted) for load in second.loads}
    assert pulled["tickets"][0] < 20  # the overlap of a day, not all 300
    assert pulled["tickets"][1] == 1
    con.close()


def test_a_number_without_precision_is_exact_and_what_is_finer_than_a_fen_is_held(
    postgres_url, tmp_path
):
    store = Store(postgres_url, ())
    store.run(*tables('"', "", "numeric"))
    for fee, order in (("1000000.001", "00001"), ("12345678.91", "00002")):
        store.run(
            f"""update "T_RepairOrder" set "Fee" = {fee} where right("OrderNo", 5) = '{order}'"""
        )
    settings = settings_for(tmp_path / "home", postgres_url, system="vendor")
    own(settings)
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    kept = con.execute("select amount_cny from raw.ticket_costs where ticket_id like '%00002'")
    assert kept.fetchall() == [(Decimal("12345678.91"),)]
    held = con.execute("select row_key from raw.quarantine").fetchall()
    assert held == [("main|20260000000000000001-fee",)]
    store.close()


def test_money_that_is_floating_point_in_the_store_is_refused_by_name(postgres_url, tmp_path):
    store = Store(postgres_url, ())
    store.run(*tables('"', "", "double precision"))
    settings = settings_for(tmp_path / "home", postgres_url, system="vendor")
    own(settings)
    with pytest.raises(ConfigError, match="T_RepairOrder 中金额列 Fee 在来源里就是浮点数"):
        pull(open_warehouse(settings), settings)
    store.close()


def test_a_second_database_may_have_devices_and_no_tickets(tmp_path):
    tickets = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"]).add({"tickets": [ticket(1)]})
    devices = Store(f"sqlite:///{tmp_path / 'assets.db'}", ["assets"])
    devices.add({"assets": [{"asset_id": "A1", "name": "呼吸机"}]})
    sources = [SourceSettings(name=name, url=one.url)
               for name, one in (("his", tickets), ("assets", devices))]  # fmt: skip
    settings = Settings(home=tmp_path / "home", sources=tuple(sources))
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert con.execute("select name, _source from raw.assets").fetchall() == [("呼吸机", "assets")]


def test_a_schema_without_the_vendors_tables_names_them(postgres_url, tmp_path):
    settings = settings_for(tmp_path / "home", postgres_url, system="vendor")
    own(settings)
    with pytest.raises(SourceError, match="找不到 Parts-Used、T_RepairOrder"):
        pull(open_warehouse(settings), settings)


GOOD = "select o.OrderNo as ticket_id, o.ReportTime as reported_at from source.T_RepairOrder as o"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("ticket.sql", GOOD, "ticket.sql:1 文件名 ticket 不是接口约定的表。是不是想写 tickets?"),
        ("tickets.sql", GOOD.replace("reported_at", "report_at"),
         "tickets.sql:1 表 tickets 的列以接口约定为准:没有「report_at」。是不是想写 reported_at?"),
        ("tickets.sql", "\nselect * from source.T_RepairOrder", "不能写 *,请逐列写出"),
        ("tickets.sql", GOOD.replace("T_RepairOrder", "T_RepairOrders"),
         "没有「source.T_RepairOrders AS o」(不加引号)。是不是想写 T_RepairOrder?"),
        ("tickets.sql", "select content as ticket_id from read_text('/etc/passwd')",
         "只能读 columns.yml 写明的表"),
        ("tickets.sql", f"{GOOD}; drop table source.T_RepairOrder", "应当正好有一条 SELECT"),
        ("tickets.sql", "select from where", "不是能读懂的 SQL"),
        ("tickets.sql", f"-- 工单表\n{GOOD}", "tickets.sql:1 开头的「-- 」行应是 YAML"),
        ("tickets.sql", "-- since: {table: T_RepairOrder, column: Updated}\n" + GOOD,
         "since 写的 T_RepairOrder.Updated 不在 columns.yml 里"),
        ("columns.yml", "tables:\n  A-B: {text: x}", "columns.yml:2 表名 A-B 不能直接写在 SQL 里"),
        ("columns.yml", "tables:\n  AB: {money: x}", "columns.yml:2 表 AB 的类型 money 不存在"),
        ("columns.yml", "tables: [", "不是能读懂的 YAML"),
    ],
)  # fmt: skip
def test_a_wrong_folder_is_refused_with_file_and_line(tmp_path, name, text, said):
    settings = settings_for(tmp_path / "home", f"sqlite:///{tmp_path / 'v.db'}", system="vendor")
    (own(settings) / name).write_text(text, encoding="utf-8")
    found = examine(connect(":memory:", settings), settings.sources[0], settings)
    assert isinstance(found.error, ConfigError)
    assert said in str(found.error)


def test_declared_columns_and_tables_that_the_store_lacks_are_named_by_the_check(
    postgres_url, tmp_path
):
    store = Store(postgres_url, ())
    store.run(*tables('"', "", "numeric(12,2)"), 'drop table "Parts-Used"')
    settings = settings_for(tmp_path / "home", postgres_url, system="vendor")
    described = own(settings) / "columns.yml"
    text = described.read_text(encoding="utf-8").replace("Dept DeviceCode", "dept DeviceCode")
    described.write_text(text, encoding="utf-8")
    found = examine(connect(":memory:", settings), settings.sources[0], settings)
    said = [flaw.zh for flaw in found.all_flaws() if flaw.is_bad]
    assert any("表 T_RepairOrder 里没有,按空读:dept。" in one for one in said)
    assert any("columns.yml 写的表 Parts-Used 来源里没有" in one for one in said)
    store.close()


def test_sql_that_the_engine_refuses_is_told_with_its_file(postgres_url, tmp_path):
    store = Store(postgres_url, ())
    store.run(*tables('"', "", "numeric(12,2)"))
    settings = settings_for(tmp_path / "home", postgres_url, system="vendor")
    (own(settings) / "tickets.sql").write_text(GOOD.replace("o.ReportTime", "o.ReportedTime"))
    found = examine(connect(":memory:", settings), settings.sources[0], settings)
    assert "tickets.sql 不能执行:Binder Error" in str(found.error)
    assert "ReportedTime" in str(found.error)
    store.close()


def test_an_own_folder_cannot_hide_one_of_the_programs(tmp_path):
    settings = settings_for(tmp_path / "home", f"sqlite:///{tmp_path / 'v.db'}", system="glpi")
    own(settings, "glpi")
    found = examine(connect(":memory:", settings), settings.sources[0], settings)
    assert "与程序自带的来源系统 glpi 同名" in str(found.error)
