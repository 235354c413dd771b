"""The mapping assistant: exports as hospitals have them become mappings that work at once."""

import csv
import json
import random
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
import yaml
from pull_stores import open_warehouse, proposed
from typer.testing import CliRunner

from assets.pull import balance_errors, pull
from assets.sources.profile.vocabulary import load_vocabulary
from config.errors import ConfigError, SourceError
from pipelines.cli import app

START = datetime(2026, 3, 5, 8, 5)  # noqa: DTZ001 - a wall clock, as in the file
HEADER_1 = ["序号", "工单编号", "报修信息", None, None, "处理时间", None, None, None, None,
            "维修人员", "紧急程度", "状态", "故障现象",
            "维修费用\N{FULLWIDTH LEFT PARENTHESIS}元\N{FULLWIDTH RIGHT PARENTHESIS}"]  # fmt: skip
HEADER_2 = [None, None, "报修科室", "报修人", "报修时间", "派单时间", "接单时间", "到场时间",
            "完成时间", "验收时间", None, None, None, None, None]  # fmt: skip
MINUTES = (3, 8, 20, 80, 300)


def chinese(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日 {at.hour}:{at.minute:02}"


def wide_workbook(path: Path) -> None:
    """A month of tickets: title, merged header in two rows, a blank row, a total, a footer."""
    book = openpyxl.Workbook()
    book.active.title = "填表说明"
    book.active.append(["本表每月由信息科导出"])
    sheet = book.create_sheet("3月")
    sheet.append(["某某医院信息科 2026年3月 报修明细表"])
    sheet.merge_cells("A1:O1")
    sheet.append([])
    sheet.append(HEADER_1)
    sheet.append(HEADER_2)
    for cells in ("C3:E3", "F3:J3", *(f"{letter}3:{letter}4" for letter in "ABKLMNO")):
        sheet.merge_cells(cells)
    for n in range(40):
        at = START + timedelta(hours=5 * n)
        times: list[object] = [at + timedelta(minutes=m) for m in MINUTES]
        if n % 8 == 0:
            times[-1] = "-"
        sheet.append(
            [n + 1, f"BX{n:06}", ("急诊科", "内科三病区")[n % 2], "某某",
             at if n % 2 else chinese(at), *times, ("张三", "张 三", "李四")[n % 3],
             ("紧急", "一般")[n % 2], "已取消" if n == 5 else "已完成", "打印机卡纸", n * 10.5]
        )  # fmt: skip
        if n == 20:
            sheet.append([])
    sheet.append(["合  计", *[None] * 13, 8190])
    sheet.append(["制表人\N{FULLWIDTH COLON}某某", None, None, "审核人:"])
    book.save(path)


def gbk_log(path: Path) -> None:
    """A log of states without a report's or an end's column, parted by semicolons, in GBK."""
    steps = (("待派单", 0), ("已派单", 3), ("已接单", 8), ("等待配件", 30), ("处理中", 60),
             ("已完成", 90), ("已验收", 200))  # fmt: skip
    rows = []
    for n in range(30):
        for state, minutes in steps:
            at = START + timedelta(hours=n, minutes=minutes)
            when = f"{at.year}/{at.month}/{at.day} {at:%H:%M}"
            who = "张三" if minutes else "/"
            rows.append([f"LC{n:04}", when, state, who, "急诊科", "换硒鼓;急"])
    random.Random(3).shuffle(rows)  # noqa: S311 - any order will do
    with path.open("w", encoding="gbk", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["流程编号", "操作时间", "当前状态", "处理人", "报修科室", "报修内容"])
        writer.writerows(rows)


def test_a_wide_workbook_becomes_tickets_and_events(tmp_path):
    file = tmp_path / "报修.xlsx"
    wide_workbook(file)
    found, settings = proposed(tmp_path, file)
    assert (found.sheet, found.others) == ("3月", ("填表说明",))
    assert (found.accounts[0].found, found.accounts[0].blank, found.accounts[0].left_out) == (
        43,
        1,
        2,
    )
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert con.execute("select count(*) from raw.quarantine").fetchone() == (0,)
    counts = con.execute("select type, count(*) from raw.ticket_events group by 1 order by 1")
    assert dict(counts.fetchall()) == {
        "reported": 40, "dispatched": 40, "accepted": 40, "arrived": 40, "restored": 40,
        "verified": 35,
    }  # fmt: skip
    first = con.execute(
        "select reported_at::text, department_id, urgency, title from raw.tickets order by 1"
    ).fetchmany(2)
    assert first == [
        ("2026-03-05 00:05:00", "D002", "high", "打印机卡纸"),
        ("2026-03-05 05:05:00", "D001", "normal", "打印机卡纸"),
    ]
    assert con.execute("select sum(amount_cny)::text from raw.ticket_costs").fetchone() == (
        "8190.00",
    )
    outcome = "select ticket_id, outcome_code from raw.tickets where outcome_code is not null"
    assert con.execute(outcome).fetchall() == [("BX000005", "cancelled")]


def test_names_written_by_hand_get_ids_and_spellings_are_joined(tmp_path):
    file = tmp_path / "报修.xlsx"
    wide_workbook(file)
    found, settings = proposed(tmp_path, file)
    con = open_warehouse(settings)
    pull(con, settings)
    names = con.execute("select engineer_id, name from raw.engineers order by 1").fetchall()
    assert names == [("E001", "张三"), ("E002", "李四")]
    departments = con.execute("select name from raw.departments order by 1").fetchall()
    assert departments == [("内科三病区",), ("急诊科",)]
    used = con.execute("select distinct engineer_id from raw.ticket_events order by 1 nulls first")
    assert used.fetchall() == [(None,), ("E001",), ("E002",)]
    assert any("合并为同一个编号" in one.zh for one in found.proposal.questions)


def test_a_log_without_report_or_end_gives_both(tmp_path):
    file = tmp_path / "流程.csv"
    gbk_log(file)
    found, settings = proposed(tmp_path, file)
    assert found.proposal.is_log
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert con.execute("select count(*) from raw.quarantine").fetchone() == (0,)
    events = con.execute(
        "select type, strftime(e.at + interval 8 hour, '%H:%M'), reason_code, engineer_id "
        "from raw.ticket_events as e where ticket_id = 'LC0000' order by e.at, seq"
    ).fetchall()
    assert events == [
        ("reported", "08:05", None, None),
        ("dispatched", "08:08", None, "E001"),
        ("accepted", "08:13", None, "E001"),
        ("paused", "08:35", "waiting_part", "E001"),
        ("resumed", "09:05", None, "E001"),
        ("restored", "09:35", None, "E001"),
        ("verified", "11:25", None, "E001"),
    ]
    reported = con.execute("select min(reported_at)::text, count(*) from raw.tickets").fetchone()
    assert reported == ("2026-03-05 00:05:00", 30)
    assert any("取每张工单第一行" in one.zh for one in found.proposal.questions)


def test_the_public_incident_log_gives_its_figures_by_the_proposal_alone(real_data, tmp_path):
    with zipfile.ZipFile(real_data / "uci_incident" / "incident_event_log.zip") as archive:
        archive.extractall(tmp_path)
    file = tmp_path / "incident_event_log.csv"
    found, settings = proposed(tmp_path, file)
    doubts = " ".join(one.zh for one in found.proposal.questions)
    assert "-100" in doubts
    settings = settings.model_copy(
        update={"sources": (settings.sources[0].model_copy(update={"timezone": "UTC"}),)}
    )
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    counts = con.execute(
        "select type, count(*), count(distinct ticket_id) from raw.ticket_events "
        "group by 1 order by 1"
    ).fetchall()
    assert counts == [
        ("accepted", 24920, 24918),
        ("closed", 24985, 24918),
        ("paused", 6398, 5825),
        ("reopened", 332, 276),
        ("reported", 24918, 24918),
        ("restored", 25751, 24905),
        ("resumed", 6398, 5825),
        ("transferred", 23321, 11344),
    ]
    hours = (
        "with spans as (select epoch({pick}(e.at) - any_value(t.reported_at)) / 3600 as hours "
        "from raw.tickets as t join raw.ticket_events as e using (site_id, ticket_id) "
        "where e.type = '{kind}' and e.at >= t.reported_at group by t.ticket_id) "
        "select count(*), round(avg(hours), 4), round(quantile_disc(hours, 0.5), 4) from spans"
    )
    restored = con.execute(hours.format(pick="max", kind="restored")).fetchone()
    assert restored == (24905, 167.2801, 16.0833)
    restored = con.execute(hours.format(pick="min", kind="restored")).fetchone()
    assert restored == (24905, 162.9236, 13.8833)
    accepted = con.execute(hours.format(pick="min", kind="accepted")).fetchone()
    assert accepted == (24918, 43.606, 0.35)
    met = con.execute(
        "select priority, count(*) filter (is_met), count(*) from raw.tickets "
        "join raw.ticket_targets using (site_id, ticket_id) group by 1 order by 1"
    ).fetchall()
    assert met == [("P1", 5, 270), ("P2", 2, 408), ("P3", 15145, 23466), ("P4", 651, 774)]


def test_the_command_writes_the_mapping_and_says_what_to_type_next(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSPULSE_HOME", str(tmp_path / "home"))
    file, target = tmp_path / "报修.xlsx", tmp_path / "mapping.yml"
    wide_workbook(file)
    result = CliRunner().invoke(app, ["sources", "map", str(file), "--out", str(target)])
    assert result.exit_code == 0, result.output
    assert "请核对" in result.output
    assert "试读 tickets:40 行。" in result.output
    assert result.output.rstrip().splitlines()[-1] == "opspulse sources check"
    written = yaml.safe_load(target.read_text(encoding="utf-8"))
    assert written["tables"]["tickets"]["leave_out"] == ["合计", "制表人"]
    again = CliRunner().invoke(app, ["sources", "map", str(file), "--out", str(target)])
    assert isinstance(again.exception, ConfigError)
    assert "没有覆盖" in str(again.exception)


def test_day_and_month_that_cannot_be_told_apart_are_asked(tmp_path):
    file = tmp_path / "a.csv"
    lines = [f"{n},0{n}/0{n + 1}/2026 08:00" for n in range(1, 8)]
    file.write_text("\n".join(["工单号,报修时间", *lines]), encoding="utf-8")
    found, _ = proposed(tmp_path, file)
    assert found.proposal.mapping["datetime_formats"] == ["%d/%m/%Y %H:%M"]
    assert any("分不清日和月" in one.zh for one in found.proposal.questions)


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("29/2/2024 01:16", "2024-02-28 17:16:00"),
        ("2026年3月5日 8:05", "2026-03-05 00:05:00"),
        ("2026年3月5日8时5分", "2026-03-05 00:05:00"),
        ("2026/3/5 下午 3:05:00", "2026-03-05 07:05:00"),
        ("2026.3.5 8:05", "2026-03-05 00:05:00"),
        ("20260305080500", "2026-03-05 00:05:00"),
        ("46086.3368055556", "2026-03-05 00:05:00"),
        ("2026-03-05T08:05:00", "2026-03-05 00:05:00"),
    ],
)
def test_times_as_exports_write_them(tmp_path, written, utc):
    file = tmp_path / "a.csv"
    file.write_text(f"工单号,报修时间\n1,{written}\n", encoding="utf-8")
    _, settings = proposed(tmp_path, file)
    con = open_warehouse(settings)
    pull(con, settings)
    assert con.execute("select reported_at::text from raw.tickets").fetchall() == [(utc,)]


def test_sheets_of_one_form_are_read_together(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "说明"
    for month in (1, 2, 3):
        sheet = book.create_sheet(f"{month}月")
        sheet.append(["工单号", "报修时间", "故障现象"])
        sheet.append([f"{month}01", f"2026-0{month}-05 08:00", "卡纸"])
    book.save(tmp_path / "年.xlsx")
    found, settings = proposed(tmp_path, tmp_path / "年.xlsx")
    assert found.sheet == "*月"
    con = open_warehouse(settings)
    pull(con, settings)
    rows = con.execute("select ticket_id from raw.tickets order by 1").fetchall()
    assert rows == [("101",), ("201",), ("301",)]


def test_the_hospitals_own_words_are_known(tmp_path):
    (tmp_path / "headers.yml").write_text("headers: {ticket_id: [报障条码]}\n", encoding="utf-8")
    assert load_vocabulary(tmp_path).headers["ticket_id"][0] == "报障条码"
    (tmp_path / "headers.yml").write_text("header: {}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"headers\.yml:1"):
        load_vocabulary(tmp_path)


def test_a_file_without_a_header_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(SourceError, match="没有找到表头"):
        proposed(tmp_path, file)


def test_the_books_of_the_last_run_are_shown(tmp_path, monkeypatch):
    file = tmp_path / "in" / "报修.xlsx"
    file.parent.mkdir()
    wide_workbook(file)
    _, settings = proposed(tmp_path, file)
    con = open_warehouse(settings)
    pull(con, settings)
    con.close()
    monkeypatch.setenv("OPSPULSE_HOME", str(settings.home))
    monkeypatch.setenv("OPSPULSE_SOURCE_URL", "sqlite:///unused")
    result = CliRunner().invoke(app, ["sources", "files", "--json"])
    [told] = json.loads(result.output)
    assert (told["file"], told["found"], told["blank"], told["left_out"]) == ("报修.xlsx", 43, 1, 2)
    shown = CliRunner().invoke(app, ["sources", "files"]).output
    assert "合计页脚" in shown


def test_an_export_with_too_many_columns_or_a_huge_cell_does_not_hang(tmp_path):
    file = tmp_path / "a.csv"
    names = ",".join(f"x{n}" for n in range(3000))
    file.write_text(f"工单号,报修时间,{names}\n", encoding="utf-8")
    with pytest.raises(SourceError, match="有 3002 列"):
        proposed(tmp_path, file)
    huge = "长" * 200_000
    file.write_text(
        f"工单号,报修时间\n1,2026-03-05 08:05\n2,2026-03-05 08:06\n3,{huge}\n", encoding="utf-8"
    )
    found, _ = proposed(tmp_path, file)
    assert found.proposal.roles["event.reported"] == "报修时间"
