"""Exports whose rows say things together: day and time apart, several people, a sheet a month."""

import subprocess
from datetime import datetime, time
from pathlib import Path

import openpyxl
import pytest
from pull_stores import open_warehouse, proposed

from assets.pull import balance_errors, pull
from assets.sources.files.sniff import kind
from assets.sources.profile.sheets import find as find_place
from assets.sources.profile.vocabulary import load_vocabulary

HEADER_1 = ["单号", "报修", None, "完成", None, "维修人员", "故障现象"]
HEADER_2 = [None, "日期", "时间", "日期", "时间", None, None]
PEOPLE = ("张三、李四", "王五/张三", "李四", "张 三")


def month(book: openpyxl.Workbook, number: int) -> None:
    """A month of eight tickets: day and time in cells of their own, the header in two rows."""
    sheet = book.create_sheet(f"{number}月")
    sheet.append([f"{number}月报修明细"])
    sheet.append(HEADER_1)
    sheet.append(HEADER_2)
    for cells in ("B2:C2", "D2:E2"):
        sheet.merge_cells(cells)
    for n in range(8):
        day = datetime(2026, number, 5 + n)  # noqa: DTZ001 - a wall clock, as in the file
        sheet.append(
            [f"{number}{n:02}", day, time(8, 5), day, time(17, 40, 30), PEOPLE[n % 4], "卡"]
        )


@pytest.fixture(scope="module")
def books(tmp_path_factory, soffice) -> dict[str, Path]:
    """The same workbook of three months and an explanation, as xlsx and as a real xls."""
    folder = tmp_path_factory.mktemp("books")
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["每月一张表"])
    for number in (1, 2, 3):
        month(book, number)
    # Nobody sees it, so no pattern reads it.
    month(book, 4)
    book["4月"].sheet_state = "hidden"
    new = folder / "xlsx" / "年.xlsx"
    new.parent.mkdir()
    book.save(new)
    profile = f"-env:UserInstallation=file://{folder / 'office'}"
    target = ["--convert-to", "xls:MS Excel 97", "--outdir", str(folder / "xls")]
    subprocess.run(
        [soffice, "--headless", profile, *target, new], check=True, capture_output=True, timeout=120
    )
    return {"xlsx": new, "xls": folder / "xls" / "年.xls"}


@pytest.mark.parametrize("form", ["xlsx", "xls"])
def test_months_of_days_times_and_several_people_are_read_by_the_proposal_alone(
    books, tmp_path, form
):
    file = books[form]
    assert kind(file) == form
    found, settings = proposed(tmp_path, file)
    assert (found.sheet, found.others) == ("*月", ("说明",))
    assert [account.sheet for account in found.accounts] == ["1月", "2月", "3月"]
    assert found.proposal.mapping["time_columns"]["engineers_parted_by"] == "、/"
    assert found.proposal.roles["event.reported"] == "报修日期 + 报修时间"
    assert found.proposal.roles["event.restored"] == "完成日期 + 完成时间"
    assert any("其余记为协同" in one.zh for one in found.proposal.questions)
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert con.execute("select count(*) from raw.quarantine").fetchone() == (0,)
    tickets = con.execute(
        "select count(*), min(reported_at)::text, max(reported_at)::text from raw.tickets"
    ).fetchone()
    assert tickets == (24, "2026-01-05 00:05:00", "2026-03-12 00:05:00")
    names = dict(con.execute("select engineer_id, name from raw.engineers").fetchall())
    assert sorted(names.values()) == ["张三", "李四", "王五"]
    events = con.execute(
        "select type, e.at::text, engineer_id from raw.ticket_events as e "
        "where ticket_id in ('100', '101', '102') order by ticket_id, seq"
    ).fetchall()
    assert [(kind_, at, names.get(who)) for kind_, at, who in events] == [
        ("reported", "2026-01-05 00:05:00", None),
        ("coworker_joined", "2026-01-05 09:40:30", "李四"),
        ("restored", "2026-01-05 09:40:30", "张三"),
        ("reported", "2026-01-06 00:05:00", None),
        ("coworker_joined", "2026-01-06 09:40:30", "张三"),
        ("restored", "2026-01-06 09:40:30", "王五"),
        ("reported", "2026-01-07 00:05:00", None),
        ("restored", "2026-01-07 09:40:30", "李四"),
    ]
    again = pull(con, settings, full=True)
    assert sum(load.accepted + load.deleted for load in again.loads) == 0


def pulled(tmp_path, text: str):
    file = tmp_path / "in" / "a.csv"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    found, settings = proposed(tmp_path, file)
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    return found, con


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        ("2026年3月5日", "8时5分", "2026-03-05 00:05:00"),
        ("2026/3/5", "下午 3:05", "2026-03-05 07:05:00"),
        ("2026.3.5", "8:05", "2026-03-05 00:05:00"),
        ("46086", "0.336805555555556", "2026-03-05 00:05:00"),
        ("2026-03-05 00:00:00", "1899-12-30 08:05:00", "2026-03-05 00:05:00"),
        ("29/2/2024", "01:16:07", "2024-02-28 17:16:07"),
    ],
)
def test_a_day_and_a_time_apart_are_one_instant(tmp_path, day, clock, utc):
    found, con = pulled(tmp_path, f"工单号,报修日期,报修时刻\n1,{day},{clock}\n")
    assert found.proposal.roles["event.reported"] == "报修日期 + 报修时刻"
    assert con.execute("select reported_at::text from raw.tickets").fetchall() == [(utc,)]


def test_a_day_without_its_time_is_held_and_not_taken_for_midnight(tmp_path):
    lines = [
        "工单号,报修日期,时间",
        *(f"{n},2026-03-0{n},08:0{n}" for n in range(1, 9)),
        "9,2026-03-09,",
    ]
    found, con = pulled(tmp_path, "\n".join(lines))
    assert found.proposal.roles["event.reported"] == "报修日期 + 时间"
    held = con.execute(
        "select row_json ->> 'reported_at' from raw.quarantine where table_name = 'tickets'"
    ).fetchall()
    assert held == [("2026-03-09 (缺时间)",)]
    assert con.execute("select count(*) from raw.tickets").fetchone() == (8,)


def test_a_day_and_a_clock_that_name_different_things_stay_apart(tmp_path):
    lines = [
        "工单号,报修时间,出厂日期,时间要求",
        *(f"{n},2026-03-0{n} 08:00,2020-01-0{n},12:00" for n in range(1, 9)),
    ]
    found, _ = pulled(tmp_path, "\n".join(lines))
    assert found.proposal.roles["event.reported"] == "报修时间"
    assert "出厂日期" in found.proposal.unused


def test_people_who_join_in_a_log_join_once_at_their_first_row(tmp_path):
    lines = ["流程编号,操作日期,操作时间,当前状态,处理人"]
    for n in range(1, 6):
        for state, clock, who in (
            ("待派单", "08:00", "/"),
            ("已接单", "08:10", "张三"),
            ("处理中", "08:30", "张三,李四"),
            ("已完成", "09:00", "李四,张三,王五"),
        ):
            lines.append(f'LC{n},2026-03-0{n},{clock},{state},"{who}"')
    found, con = pulled(tmp_path, "\n".join(lines))
    assert found.proposal.is_log
    names = dict(con.execute("select engineer_id, name from raw.engineers").fetchall())
    events = con.execute(
        "select type, strftime(e.at + interval 8 hour, '%H:%M'), engineer_id "
        "from raw.ticket_events as e where ticket_id = 'LC1' order by e.at, seq, engineer_id"
    ).fetchall()
    assert sorted((at, kind_, names.get(who, "")) for kind_, at, who in events) == [
        ("08:00", "reported", ""),
        ("08:10", "accepted", "张三"),
        ("08:30", "coworker_joined", "李四"),
        ("09:00", "coworker_joined", "张三"),
        ("09:00", "coworker_joined", "王五"),
        ("09:00", "restored", "李四"),
    ]


def test_names_in_latin_letters_keep_their_comma(tmp_path):
    lines = [
        "工单号,报修时间,工程师",
        *(f'{n},2026-03-0{n} 08:00,"Smith, John"' for n in range(1, 9)),
    ]
    found, _ = pulled(tmp_path, "\n".join(lines))
    assert "engineers_parted_by" not in found.proposal.mapping["time_columns"]


def test_equal_rows_of_two_sheets_are_two_where_the_content_is_the_key(tmp_path):
    book = openpyxl.Workbook()
    for name in ("1月", "2月"):
        sheet = book.create_sheet(name)
        sheet.append(["报修时间", "故障现象"])
        sheet.append(["2026-03-05 08:00", "卡纸"])
    del book["Sheet"]
    (tmp_path / "in").mkdir()
    book.save(tmp_path / "in" / "年.xlsx")
    _, settings = proposed(tmp_path, tmp_path / "in" / "年.xlsx")
    con = open_warehouse(settings)
    pull(con, settings)
    assert con.execute("select count(*) from raw.tickets").fetchone() == (2,)


def test_a_heading_parted_into_day_and_time_below_gives_the_times(tmp_path):
    file = tmp_path / "两行表头.csv"
    file.write_text(
        "报修时间,,完成时间,\n日期,时间,日期,时间\n"
        "2026-03-05,08:05,2026-03-05,17:40\n2026-03-06,09:10,2026-03-06,09:55\n",
        encoding="utf-8",
    )
    found, settings = proposed(tmp_path, file)
    assert (found.place.skip_rows, found.place.header_rows) == (0, 2)
    assert found.proposal.mapping["time_columns"]["events"] == {
        "reported": "报修时间日期 + 报修时间时间",
        "restored": "完成时间日期 + 完成时间时间",
    }
    con = open_warehouse(settings)
    pull(con, settings)
    events = con.execute(
        "select e.type, e.at::text from raw.ticket_events as e order by 2"
    ).fetchall()
    assert events == [
        ("reported", "2026-03-05 00:05:00"),
        ("restored", "2026-03-05 09:40:00"),
        ("reported", "2026-03-06 01:10:00"),
        ("restored", "2026-03-06 01:55:00"),
    ]


@pytest.mark.parametrize(
    ("upper", "lower", "names"),
    [
        ("工单号,报修时间,,完成时间,", ",日期,时间,日期,时间", "工单号 报修时间日期 报修时间时间 "
         "完成时间日期 完成时间时间"),
        ("工单号,报修时间,,状态", ",年月日,时分,", "工单号 报修时间年月日 报修时间时分 状态"),
        ("报修,,,完成,,", "时间,科室,人员,时间,科室,人员", "报修时间 报修科室 报修人员 完成时间 "
         "完成科室 完成人员"),
        ("时间,报修,", ",科室,电话", "时间 科室 电话"),
    ],
)  # fmt: skip
def test_merged_headers_name_every_column_by_heading_and_part(upper, lower, names):
    found = find_place([upper.split(","), lower.split(",")], load_vocabulary(None))
    assert (found.header_rows, list(found.names)) == (2, names.split())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("科室,设备,,状态", "内科,打印机,打印机,已完成"),
        ("工单号,报修时间,,完成时间", "A1,2026-03-05,,2026-03-06"),
        ("单号,科室,故障现象", "丙,内科,卡纸"),
    ],
)
def test_a_row_of_data_is_no_half_of_a_header(first, second):
    found = find_place([first.split(","), second.split(",")], load_vocabulary(None))
    assert (found.skip_rows, found.header_rows) == (0, 1)


def test_a_device_name_is_no_kind_of_fault_and_is_asked_about(tmp_path):
    file = tmp_path / "设备.csv"
    file.write_text(
        "单号,报修时间,完成时间,设备名称\nA1,2026-03-05 08:05,2026-03-05 09:05,激光打印机\n"
        "A2,2026-03-06 08:05,2026-03-06 09:05,输液泵\n",
        encoding="utf-8",
    )
    found, _ = proposed(tmp_path, file)
    columns = found.proposal.mapping["tables"]["tickets"]["columns"]
    assert "fault_family_code" not in columns
    assert columns["title"] == "设备名称"
    asked = [one.zh for one in found.proposal.questions if "「设备名称」" in one.zh]
    assert len(asked) == 1
    assert "既不是故障类型" in asked[0]
    assert "没有找到设备编号" in asked[0]


def test_a_heading_with_a_filler_word_over_day_and_time_is_the_time_of_report(tmp_path):
    file = tmp_path / "信息.csv"
    file.write_text(
        "单号,报修信息,,,完成时间\n,科室,日期,时间,\n"
        "A1,内科,2026-03-05,08:05,2026-03-05 09:05\nA2,外科,2026-03-06,08:05,2026-03-06 09:05\n",
        encoding="utf-8",
    )
    found, _ = proposed(tmp_path, file)
    assert found.proposal.roles["event.reported"] == "报修信息日期 + 报修信息时间"
    assert not any("没有找到报修时间" in one.zh for one in found.proposal.questions)
