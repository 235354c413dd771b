"""A table whose form changes in the source stands still, says so, and goes on when it is mended."""

import csv
import json
from datetime import datetime

import openpyxl
import pytest
from glpi_pulled import ticket as glpi_ticket
from pull_stores import Store, open_warehouse, settings_for, ticket, utc
from typer.testing import CliRunner

from assets import drift, metrics, models, rule_tables, warehouse
from assets.dag.raw import noted
from assets.pull import balance_errors, pull, pull_live
from config.errors import ConfigError, SourceError
from config.rules import load_rules
from pipelines.cli import app


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def any_store(request, tmp_path):
    """The same two tables in each kind of store."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'his.db'}"
    else:
        url = request.getfixturevalue(f"{request.param}_url")
    store = Store(url, ("tickets", "ticket_events"))
    yield store
    store.close()


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ("tickets", "ticket_events"))
    yield store
    store.close()


def rows(con, sql):
    return con.execute(sql).fetchall()


def stopped(con):
    return rows(
        con,
        "select table_name, because from raw.table_shape where because is not null order by all",
    )


def test_a_vanished_column_stops_its_table_and_no_other(tmp_path, any_store):
    any_store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", any_store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    any_store.run("alter table tickets drop column priority")
    any_store.add({"ticket_events": [event(1)]})
    any_store.run("update tickets set title = 'changed'")
    report = pull(con, settings)
    assert stopped(con) == [("tickets", "缺少原有的列 priority")]
    assert rows(con, "select title, priority from raw.tickets") == [("打印机卡纸 1", "P3")]
    assert [load.table for load in report.loads] == ["ticket_events"]
    assert balance_errors(con, report.load_id) == []
    assert rows(con, "select count(*) from raw.connected_tables") == [(2,)]
    assert rows(con, "select stopped_at = (select min(as_of) from raw.loads) from raw.table_shape "
                "where table_name = 'tickets'") == [(True,)]  # fmt: skip


def event(number, **values):
    at = utc("2026-03-01 00:00:00")
    row = {"event_id": f"E{number}", "ticket_id": "T00001", "seq": number, "at": at}
    return {**row, "type": "reported", "recorded_at": at, **values}


@pytest.mark.parametrize(
    ("kind", "change", "because"),
    [
        ("postgres", "alter column reported_at type text", "列 reported_at 由带时区的时间变为文本"),
        (
            "postgres",
            "alter column reported_at type timestamp",
            "列 reported_at 由带时区的时间变为时间",
        ),
        ("mariadb", "modify is_onsite_required varchar(9)", "列 is_onsite_required 由数字变为文本"),
    ],
)
def test_another_kind_of_value_stops_the_table(tmp_path, request, kind, change, because):
    store = Store(request.getfixturevalue(f"{kind}_url"), ("tickets",))
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.run(f"alter table tickets {change}")
    pull(con, settings)
    assert stopped(con) == [("tickets", because)]
    store.close()


def test_a_wider_number_is_no_change_of_kind():
    assert drift.kind("INTEGER") == drift.kind("BIGINT") == drift.kind("DECIMAL(18,2)") == "数字"
    assert drift.kind("DOUBLE") != drift.kind("DECIMAL(18,2)")
    assert drift.kind("TIMESTAMP_NS") == drift.kind("TIMESTAMP")
    assert drift.kind("TIMESTAMP WITH TIME ZONE") != drift.kind("TIMESTAMP")


def test_a_vanished_table_keeps_its_rows_and_stays_connected(tmp_path, store):
    store.add({"tickets": [ticket(1)], "ticket_events": [event(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.run("drop table ticket_events")
    pull(con, settings)
    assert stopped(con) == [("ticket_events", "来源里没有这张表了")]
    assert rows(con, "select count(*) from raw.ticket_events where not _is_deleted") == [(1,)]


def test_an_added_column_is_noted_once_and_stops_nothing(tmp_path, store):
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.run("alter table tickets add column ward_code text")
    pull(con, settings)
    pull(con, settings)
    noted = "select source, table_name, column_name from raw.added_columns"
    assert rows(con, noted) == [("main", "tickets", "ward_code")]
    assert stopped(con) == []


def test_a_new_heading_in_an_export_is_noted_by_the_run_that_meets_it(tmp_path):
    def export(name, *more):
        with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["工单号", "报修时间", "备注", *(one for one, _ in more)],
                 [name, "2026-03-01 08:00", "急", *(value for _, value in more)]]
            )  # fmt: skip

    (tmp_path / "m.yml").write_text(
        "tables: {tickets: {file: '*.csv', columns: {ticket_id: 工单号, reported_at: 报修时间}}}"
    )
    export("3月.csv")
    settings = settings_for(
        tmp_path / "home", str(tmp_path), system="files", mapping=tmp_path / "m.yml"
    )
    con = open_warehouse(settings)
    assert noted(con, pull(con, settings)) == []
    export("4月.csv", ("设备序列号", "SN1"))
    said = [zh for zh, _ in noted(con, pull(con, settings))]
    assert said == ["数据源 main 的表 tickets 新增了列 设备序列号,没有读,其余照常。"]
    (tmp_path / "4月.csv").unlink()
    assert [zh for zh, _ in noted(con, pull(con, settings))] == [
        "数据源 main 的表 tickets 删除了 1 行:保留并标记,不再参与计算。"
    ]
    assert stopped(con) == []


def test_a_new_column_of_a_glpi_table_is_noted(read_glpi):
    glpi = read_glpi({"glpi_tickets": [glpi_ticket(1)]})
    glpi.glpi.run("alter table glpi_tickets add column ward_code text")
    said = [zh for zh, _ in noted(glpi.con, glpi.pull())]
    assert said
    assert all("新增了列 glpi_tickets.ward_code" in one for one in said)


def test_a_mended_source_goes_on_by_itself(tmp_path, store):
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.run("alter table tickets rename column priority to prio")
    pull(con, settings)
    store.run("alter table tickets rename column prio to priority")
    store.add({"tickets": [ticket(2)]})
    pull(con, settings)
    assert stopped(con) == []
    assert rows(con, "select count(*) from raw.tickets") == [(2,)]


def test_a_first_load_without_a_required_column_is_refused_by_name(tmp_path, store):
    store.run("alter table tickets drop column reported_at")
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    with pytest.raises(ConfigError, match="缺少必需的列 reported_at"):
        pull(con, settings)


def test_the_light_path_leaves_a_changed_table_alone(tmp_path, store):
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    con.close()
    store.run("alter table tickets drop column priority", "update tickets set title = 'changed'")
    memory = warehouse.connect(":memory:", settings)
    pull_live(memory, settings.warehouse_path, settings)
    assert rows(memory, "select count(*) from raw.tickets where title = 'changed'") == [(0,)]


def test_numbers_of_a_stopped_table_say_since_when(tmp_path, store):
    store.add({"tickets": [ticket(1)], "ticket_events": [event(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    con.execute("update raw.loads set as_of = timestamp '2026-03-02 01:30:00'")
    store.run("alter table tickets drop column priority")
    pull(con, settings)
    as_of = datetime(2026, 4, 10, 0, 0)  # noqa: DTZ001 - naive UTC
    with warehouse.transaction(con):
        rule_tables.load(con, load_rules(None), settings, rule_tables.RunContext(as_of, False))
        models.build(con, models.discover())
    frame = metrics.read(con, "reports", grain="month")
    shown = {
        f"{row.period_start:%Y-%m}": (row.state, row.value)
        for row in frame[frame["statistic"] == "count"].itertuples()
    }
    assert shown["2026-03"] == ("stopped:2026-03-02 09:30", 1.0)
    state, value = shown["2026-04"]
    assert (state, value != value) == ("stopped:2026-03-02 09:30", True)  # noqa: PLR0124 - NaN
    assert metrics.state_word(state) == "数据停在 2026-03-02 09:30"
    assert metrics.state_word(state, "en") == "data stopped at 2026-03-02 09:30"


def test_accepting_the_new_form_takes_the_table_whole(tmp_path, store, monkeypatch):
    store.add({"tickets": [ticket(1)]})
    monkeypatch.setenv("OPSPULSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", store.url)
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.run("alter table tickets drop column priority")
    pull(con, settings)
    con.close()
    done = CliRunner().invoke(app, ["sources", "accept", "tickets"])
    assert done.exit_code == 0, done.output
    con = open_warehouse(settings)
    pull(con, settings)
    assert stopped(con) == []
    assert rows(con, "select title, priority from raw.tickets") == [("打印机卡纸 1", None)]
    columns = rows(con, "select columns from raw.table_shape where table_name = 'tickets'")[0][0]
    assert "priority" not in json.loads(columns)
    con.close()
    unknown = CliRunner().invoke(app, ["sources", "accept", "loans"])
    assert isinstance(unknown.exception, ConfigError)


FILES_MAPPING = """
tables:
  tickets:
    file: 报修*.csv
    skip_rows: 1
    columns: {ticket_id: 工单号, title: 故障, work_class: {value: repair}, reported_at: 报修时间}
  ticket_costs:
    file: 费用*.csv
    columns: {cost_id: 单号, ticket_id: 单号, kind: {value: external}, amount_cny: 金额}
time_columns:
  file: 报修*.csv
  skip_rows: 1
  ticket_id: 工单号
  events: {reported: 报修时间, restored: 完成时间}
"""


@pytest.fixture
def exports(tmp_path):
    """A folder with a month of tickets and of costs, pulled once; and how to write more."""
    folder = tmp_path / "exports"
    folder.mkdir()

    def write(name, *lines):
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    write("报修3月.csv", "3月报修", "工单号,故障,报修时间,完成时间",
          "T1,卡纸,2026-03-01 08:00,2026-03-01 09:00")  # fmt: skip
    write("费用.csv", "单号,金额", "T1,12.50")
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(FILES_MAPPING, encoding="utf-8")
    settings = settings_for(tmp_path / "home", str(folder), system="files", mapping=mapping)
    con = open_warehouse(settings)
    pull(con, settings)
    return con, settings, write


def test_a_later_file_with_more_title_rows_is_simply_read(exports):
    con, settings, write = exports
    write("报修4月.csv", "某某医院", "4月报修", "导出:2026-05-01,,",
          "工单号,报修时间,完成时间,故障",
          "T2,2026-04-01 08:00,2026-04-01 09:30,黑屏")  # fmt: skip
    report = pull(con, settings)
    assert stopped(con) == []
    assert balance_errors(con, report.load_id) == []
    assert rows(con, "select ticket_id, title from raw.tickets order by 1") == [
        ("T1", "卡纸"),
        ("T2", "黑屏"),
    ]
    assert rows(con, "select count(*) from raw.quarantine") == [(0,)]


def test_a_changed_header_of_one_file_stops_its_tables_and_no_other(exports):
    con, settings, write = exports
    write("报修4月.csv", "4月报修", "工单号,故障,报修时间,修好时间",
          "T2,黑屏,2026-04-01 08:00,2026-04-01 09:30")  # fmt: skip
    write("费用.csv", "单号,金额", "T1,15.00")
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert stopped(con) == [("ticket_events", "文件 报修4月.csv 里没有列「完成时间」")]
    assert rows(con, "select amount_cny::text from raw.ticket_costs") == [("15.00",)]
    assert rows(con, "select count(*) from raw.tickets") == [(2,)]
    assert rows(con, "select count(*) from raw.ticket_events where not _is_deleted") == [(2,)]
    write("报修4月.csv", "4月报修", "工单号,故障,报修时间,完成时间",
          "T2,黑屏,2026-04-01 08:00,2026-04-01 09:30")  # fmt: skip
    pull(con, settings)
    assert stopped(con) == []
    assert rows(con, "select count(*) from raw.ticket_events") == [(4,)]


def test_a_workbook_without_the_sheet_stops_its_tables_and_no_other(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    book = openpyxl.Workbook()
    book.active.title = "工单"
    book.active.append(["工单号", "报修时间"])
    book.active.append(["T1", "2026-03-01 08:00"])
    book.create_sheet("费用").append(["单号", "金额"])
    book["费用"].append(["T1", 12.5])
    book.save(folder / "a.xlsx")
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(
        "tables:\n  tickets:\n    sheet: 工单\n"
        "    columns: {ticket_id: 工单号, reported_at: 报修时间}\n"
        "  ticket_costs:\n    sheet: 费用\n"
        "    columns: {cost_id: 单号, ticket_id: 单号, kind: {value: part}, amount_cny: 金额}\n",
        encoding="utf-8",
    )
    url = str(folder / "a.xlsx")
    settings = settings_for(tmp_path / "home", url, system="files", mapping=mapping)
    con = open_warehouse(settings)
    pull(con, settings)
    book["费用"].title = "收费"
    book["工单"].append(["T2", "2026-03-02 08:00"])
    book.save(folder / "a.xlsx")
    pull(con, settings)
    assert [name for name, _ in stopped(con)] == ["ticket_costs"]
    assert "没有工作表 费用" in stopped(con)[0][1]
    assert rows(con, "select count(*) from raw.tickets") == [(2,)]
    assert rows(con, "select count(*) from raw.ticket_costs where not _is_deleted") == [(1,)]


def test_a_form_that_no_run_could_take_is_not_accepted(tmp_path, store, monkeypatch):
    store.add({"tickets": [ticket(1)]})
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    pull(con, settings)
    store.run("alter table tickets rename column reported_at to reported")
    pull(con, settings)
    con.close()
    monkeypatch.setattr("pipelines.cli_sources_accept.installed", lambda: settings)
    refused = CliRunner().invoke(app, ["sources", "accept", "tickets"])
    assert isinstance(refused.exception, ConfigError)
    assert "缺少必需的列 reported_at" in str(refused.exception)
    assert "没有接受表 tickets 的新结构" in str(refused.exception)
    con = open_warehouse(settings)
    pull(con, settings)
    assert stopped(con) == [("tickets", "缺少原有的列 reported_at")]


FILES = """
tables:
  tickets:
    file: 报修.csv
    columns: {ticket_id: 工单号, title: 故障, reported_at: 报修时间, work_class: {value: repair}}
  assets:
    file: 台账.csv
    columns: {asset_id: 资产编号, name: 设备名称}
time_columns: {file: 报修.csv, ticket_id: 工单号, events: {reported: 报修时间}}
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    rows = "工单号,故障,报修时间\n1,卡纸,2026-03-01 08:00\n"
    (folder / "报修.csv").write_text(rows, encoding="utf-8")
    (folder / "台账.csv").write_text("资产编号,设备名称\nA1,打印机\n", encoding="utf-8")
    (tmp_path / "mapping.yml").write_text(FILES, encoding="utf-8")
    return folder


def test_a_missing_file_stops_its_own_table_and_no_other(tmp_path, folder):
    settings = settings_for(
        tmp_path / "home", str(folder), system="files", mapping=tmp_path / "mapping.yml"
    )
    con = open_warehouse(settings)
    pull(con, settings)
    kept = (folder / "台账.csv").rename(tmp_path / "away.csv")
    (folder / "报修.csv").write_text(
        "工单号,故障,报修时间\n1,黑屏,2026-03-01 08:00\n", encoding="utf-8"
    )
    report = pull(con, settings)
    [(table, because)] = stopped(con)
    assert table == "assets"
    assert "没有文件 台账.csv" in because
    assert {load.table for load in report.loads} == {"tickets", "ticket_events"}
    assert rows(con, "select title from raw.tickets") == [("黑屏",)]
    assert rows(con, "select asset_id from raw.assets where not _is_deleted") == [("A1",)]
    kept.rename(folder / "台账.csv")
    pull(con, settings)
    assert stopped(con) == []


def test_a_folder_without_any_of_the_files_is_refused_as_a_source_that_cannot_be_read(
    tmp_path, folder
):
    settings = settings_for(
        tmp_path / "home", str(folder), system="files", mapping=tmp_path / "mapping.yml"
    )
    con = open_warehouse(settings)
    pull(con, settings)
    for name in ("报修.csv", "台账.csv"):
        (folder / name).unlink()
    with pytest.raises(SourceError, match="没有文件"):
        pull(con, settings)
    assert stopped(con) == []


def test_accepting_a_table_whose_mapping_names_a_vanished_header_says_what_to_mend(
    tmp_path, folder, monkeypatch
):
    settings = settings_for(
        tmp_path / "home", str(folder), system="files", mapping=tmp_path / "mapping.yml"
    )
    con = open_warehouse(settings)
    pull(con, settings)
    (folder / "台账.csv").write_text("资产编号,名称\nA1,打印机\n", encoding="utf-8")
    pull(con, settings)
    con.close()
    monkeypatch.setattr("pipelines.cli_sources_accept.installed", lambda: settings)
    refused = CliRunner().invoke(app, ["sources", "accept", "assets"])
    assert isinstance(refused.exception, ConfigError)
    assert "没有列「设备名称」" in str(refused.exception)
    assert "改正列对应关系" in str(refused.exception)
    mended = FILES.replace("name: 设备名称", "name: 名称")
    (tmp_path / "mapping.yml").write_text(mended, encoding="utf-8")
    assert CliRunner().invoke(app, ["sources", "accept", "assets"]).exit_code == 0
    con = open_warehouse(settings)
    pull(con, settings)
    assert stopped(con) == []
