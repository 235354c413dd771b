"""Exports as files: encodings, titles above the header, Chinese columns, honest refusals."""

import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from pull_stores import open_warehouse, settings_for, utc

from assets import quarantine_view
from assets.personal import MASK
from assets.pull import balance_errors, pull
from config.errors import ConfigError, SourceError

MAPPING = """
null_values: ["-"]
tables:
  tickets:
    file: "报修*.csv"
    columns:
      ticket_id: 工单号
      title: 故障描述
      priority: {from: 级别, values: {紧急: P1, 一般: P3}}
      channel: {from: 来源, values: {微信: wechat}, otherwise: other}
      work_class: {value: repair}
      is_onsite_required: {from: 上门, values: {是: "true", 否: "false"}}
      reported_at: 报修时间
time_columns:
  file: "报修*.csv"
  ticket_id: 工单号
  engineer: 维修人
  events: {reported: 报修时间, accepted: 接单时间, restored: 完成时间}
"""
HEADER = "工单号,故障描述,级别,来源,上门,报修时间,接单时间,完成时间,维修人"
LINE_1 = (
    '0001,"打印机,卡纸",紧急,微信,是,2026-03-01 08:00,2026/3/1 08:05:30,2026年3月1日 09:00,张工'
)
LINE_2 = "0002,电脑蓝屏,一般,自助机,否,2026-03-31 23:59,-,,"


@pytest.fixture
def folder(tmp_path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def write(folder):
    def write(name: str, *lines: str, encoding: str = "utf-8") -> None:
        (folder / name).write_text("\r\n".join(lines) + "\r\n", encoding=encoding, newline="")

    return write


@pytest.fixture
def opened(tmp_path, folder):
    def opened(mapping: str = MAPPING, url: str | None = None):
        path = tmp_path / "mapping.yml"
        path.write_text(mapping, encoding="utf-8")
        settings = settings_for(tmp_path / "home", url or str(folder), system="files", mapping=path)
        return open_warehouse(settings), settings

    return opened


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_any_usual_encoding_reads_alike(write, opened, encoding):
    write("报修2026.csv", HEADER, LINE_1, LINE_2, encoding=encoding)
    con, settings = opened()
    report = pull(con, settings)
    rows = con.execute(
        "select ticket_id, title, priority, channel, is_onsite_required, reported_at, work_class "
        "from raw.tickets order by 1"
    ).fetchall()
    assert rows == [
        (
            "0001",
            "打印机,卡纸",
            "P1",
            "wechat",
            True,
            utc("2026-03-01 00:00:00").replace(tzinfo=None),
            "repair",
        ),
        (
            "0002",
            "电脑蓝屏",
            "P3",
            "other",
            False,
            utc("2026-03-31 15:59:00").replace(tzinfo=None),
            "repair",
        ),
    ]
    assert balance_errors(con, report.load_id) == []


def test_time_columns_become_events_where_there_is_a_time(write, opened):
    write("报修1.csv", HEADER, LINE_1)
    write("报修2.csv", HEADER, LINE_2)
    con, settings = opened()
    pull(con, settings)
    rows = con.execute(
        "select event_id, type, engineer_id, strftime(e.at, '%d %H:%M:%S') "
        "from raw.ticket_events as e order by event_id"
    ).fetchall()
    assert rows == [
        ("0001:accepted", "accepted", "张工", "01 00:05:30"),
        ("0001:reported", "reported", None, "01 00:00:00"),
        ("0001:restored", "restored", "张工", "01 01:00:00"),
        ("0002:reported", "reported", None, "31 15:59:00"),
    ]


def test_an_untranslated_value_and_an_unreadable_time_are_held(write, opened):
    write(
        "报修.csv", HEADER, LINE_1.replace("紧急", "特急"), LINE_2.replace("2026-03-31", "三月底")
    )
    con, settings = opened()
    report = pull(con, settings)
    held = con.execute(
        "select row_key, reasons from raw.quarantine where table_name = 'tickets' order by 1"
    ).fetchall()
    assert held == [
        ("main|0001", ["不在值列表中:列 priority 只能是 P1、P2、P3、P4、P5"]),
        ("main|0002", ["类型不符:列 reported_at 的值不是时间"]),
    ]
    assert balance_errors(con, report.load_id) == []
    write("报修.csv", HEADER, LINE_1, LINE_2)
    report = pull(con, settings)
    assert next(one for one in report.loads if one.table == "tickets").released == 2


def test_a_workbook_with_a_title_and_native_dates_reads_alike(folder, opened):
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("工单")
    sheet.append(["某医院 2026 年报修明细"])
    sheet.append([])
    sheet.append(["工单号", "报修时间 ", "启用", "编号"])
    sheet.append(["0001", datetime(2026, 3, 1, 8, 30, 15), date(2026, 3, 2), 1001])  # noqa: DTZ001
    sheet.append([None, None, None, None])
    sheet.append(["0002", "2026-03-02 09:00", None, "A7"])
    book.save(folder / "台账.xlsx")
    con, settings = opened(
        "tables:\n"
        "  tickets:\n"
        "    file: 台账.xlsx\n"
        "    sheet: 工单\n"
        "    skip_rows: 2\n"
        "    columns: {ticket_id: 工单号, reported_at: 报修时间, ticket_no: 编号}\n"
        "  assets:\n"
        "    file: 台账.xlsx\n"
        "    sheet: 工单\n"
        "    skip_rows: 2\n"
        "    columns: {asset_id: 工单号, accepted_on: 启用}\n"
    )
    pull(con, settings)
    rows = con.execute("select ticket_id, ticket_no, reported_at from raw.tickets order by 1")
    assert rows.fetchall() == [
        ("0001", "1001", utc("2026-03-01 00:30:15").replace(tzinfo=None)),
        ("0002", "A7", utc("2026-03-02 01:00:00").replace(tzinfo=None)),
    ]
    dates = con.execute("select accepted_on from raw.assets order by asset_id").fetchall()
    assert dates == [(date(2026, 3, 2),), (None,)]


def test_one_file_may_be_the_source_and_the_mapping_leave_it_out(write, folder, opened):
    write("a.csv", "no,at", "1,2026-03-01 08:00")
    mapping = "tables:\n  tickets:\n    columns: {ticket_id: no, reported_at: at}\n"
    con, settings = opened(mapping, str(folder / "a.csv"))
    pull(con, settings)
    assert con.execute("select count(*) from raw.tickets").fetchone() == (1,)


def test_the_last_row_of_a_key_is_chosen_by_number_not_by_spelling(write, opened):
    write("a.csv", "no,at,step", "1,2026-03-01 08:00,9", "1,2026-03-01 09:00,10")
    con, settings = opened(
        "tables:\n  tickets:\n    file: a.csv\n    one_row_per: {key: [no], order_by: [step]}\n"
        "    columns: {ticket_id: no, reported_at: at}\n"
    )
    pull(con, settings)
    assert con.execute("select reported_at::text from raw.tickets").fetchall() == [
        ("2026-03-01 01:00:00",)
    ]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (MAPPING.replace("故障描述", "描述"), "文件 报修.csv 里没有列「描述」"),
        (MAPPING.replace("报修*.csv", "维修*.csv"), "里没有文件 维修*.csv"),
        (MAPPING.replace("tickets:", "orders:", 1), "mapping.yml:4 的「orders」不是接口约定里的表"),
        (MAPPING.replace("title:", "subject:"), "mapping.yml:8 的「subject」不是表 tickets 的列"),
        (MAPPING.replace("accepted:", "taken:"), "「taken」不是事件类型"),
        (MAPPING.replace("work_class: {value: repair}", "work_class: {}"), "须写 from"),
        (
            MAPPING.replace("reported_at: 报修时间\ntime", "fault_family_code: 级别\ntime"),
            "必需的列",
        ),
        ("tables: {}", "没有工单表 tickets"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_line(write, opened, mapping, message):
    write("报修.csv", HEADER, LINE_1)
    con, settings = opened(mapping)
    with pytest.raises((ConfigError, SourceError)) as caught:
        pull(con, settings)
    assert message in str(caught.value)


def test_a_damaged_line_is_held_with_its_text_and_the_others_arrive(write, opened):
    broken = '0003,"没有结束的引号,一般,微信,是,2026-03-01 08:00,,,'
    wide = "0004,多,一般,微信,是,2026-03-01 08:00,,,张工,多出一格"
    write("报修.csv", HEADER, broken, LINE_1, wide, LINE_2)
    con, settings = opened()
    report = pull(con, settings)
    assert con.execute("select ticket_id from raw.tickets order by 1").fetchall() == [
        ("0001",),
        ("0002",),
    ]
    held = con.execute(
        "select reasons, row_json from raw.quarantine where table_name = 'tickets' order by 2"
    ).fetchall()
    assert [json.loads(row)["_unread"] for _, row in held] == [broken, wide]
    assert all("行已损坏:引号或列数不对,原文保留在隔离区" in reasons for reasons, _ in held)
    assert balance_errors(con, report.load_id) == []


def test_files_that_cannot_be_read_are_named(folder, write, opened):
    con, settings = opened()
    with pytest.raises(SourceError, match=r"没有文件 报修\*\.csv"):
        pull(con, settings)
    (folder / "报修.xlsx").write_bytes(b"PK not a workbook")
    con, settings = opened(MAPPING.replace("*.csv", "*.xlsx"))
    with pytest.raises(SourceError, match="不是有效的 xlsx"):
        pull(con, settings)
    (folder / "报修.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"cut")
    con, settings = opened(MAPPING.replace("*.csv", "*.xls"))
    with pytest.raises(SourceError, match="另存为 xlsx"):
        pull(con, settings)
    (folder / "报修.csv").write_bytes(b"%PDF-1.7")
    con, settings = opened()
    with pytest.raises(SourceError, match="其实是PDF"):
        pull(con, settings)
    (folder / "报修.csv").unlink()
    con, settings = opened(url=str(folder / "none"))
    with pytest.raises(SourceError, match="找不到数据源 main 的目录"):
        pull(con, settings)


def test_a_files_source_without_mapping_says_what_to_write(tmp_path, folder):
    settings = settings_for(tmp_path / "home", str(folder), system="files")
    with pytest.raises(ConfigError, match="mapping"):
        pull(open_warehouse(settings), settings)


def test_a_held_row_tells_its_line_and_raw_cells_and_hides_personal_ones(write, opened):
    note = '"两行的\n说明"'
    write(
        "报修.csv",
        HEADER,
        f"0001,{note},一般,微信,是,2026-03-01 08:00,,,张工",
        "",
        "0002,卡纸,一般,微信,是,昨天,-,,李工",
    )
    con, settings = opened()
    pull(con, settings)
    [held] = quarantine_view.rows(con, "tickets")
    [origin] = held.origins
    # The note takes two lines and a blank one follows: the count of records would say 3.
    assert (origin.file, origin.sheet, origin.line) == ("报修.csv", "", 5)
    assert dict(origin.cells)["报修时间"] == "昨天"
    assert dict(origin.cells)["接单时间"] == "-"
    assert dict(origin.cells)["维修人"] == MASK
    [held] = quarantine_view.rows(con, "tickets", is_open=True)
    assert dict(held.origins[0].cells)["维修人"] == "李工"
    write("报修.csv", HEADER, "", "", "0002,卡纸,一般,微信,是,昨天,-,,李工")
    before = held.quarantine_id
    pull(con, settings)
    [held] = quarantine_view.rows(con, "tickets")
    # It has moved, and is the same held row.
    assert (held.quarantine_id, held.origins[0].line) == (before, 4)


def test_a_held_row_of_a_workbook_tells_sheet_and_row(folder, opened):
    book = openpyxl.Workbook()
    book.active.title = "三月"
    for row in (["三月"], ["no", "at"], ["1", "2026-03-01 08:00"], [], ["2", "昨天"]):
        book.active.append(row)
    book.save(folder / "a.xlsx")
    con, settings = opened(
        "tables:\n  tickets:\n    skip_rows: 1\n    columns: {ticket_id: no, reported_at: at}\n",
        str(folder / "a.xlsx"),
    )
    pull(con, settings)
    [held] = quarantine_view.rows(con, "tickets")
    assert held.origins[0].text("en") == "a.xlsx [三月] line 5"
    assert held.origins[0].cells == (("no", "2"), ("at", "昨天"))


def test_a_file_whose_lines_end_differently_loses_no_row(folder, opened):
    text = "三月,\nno,at\r\n1,2026-03-01 08:00\r\n2,2026-03-02 08:00\r\n"
    (folder / "a.csv").write_bytes(text.encode())
    con, settings = opened(
        "tables:\n  tickets:\n    skip_rows: 1\n    columns: {ticket_id: no, reported_at: at}\n",
        str(folder / "a.csv"),
    )
    pull(con, settings)
    assert con.execute("select count(*) from raw.tickets").fetchone() == (2,)


def test_a_damaged_line_does_not_cost_the_notes_of_several_lines(folder, opened):
    text = 'no,at,note\r\n1,2026-03-01 08:00,"a\nb"\r\n2,2026-03-02 08:00,x,too,many\r\n'
    (folder / "a.csv").write_bytes(text.encode())
    con, settings = opened(
        "tables:\n  tickets:\n    columns: {ticket_id: no, reported_at: at, title: note}\n",
        str(folder / "a.csv"),
    )
    pull(con, settings)
    assert con.execute("select title from raw.tickets").fetchall() == [("a\nb",)]
    [held] = quarantine_view.rows(con, "tickets", is_open=True)
    [origin] = held.origins
    assert origin.line == 4
    assert origin.cells == (("整行", "2,2026-03-02 08:00,x,too,many"),)
