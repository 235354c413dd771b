"""Exports that are no plain tickets: a register of devices, and ratings beside the tickets."""

import csv
import json
from pathlib import Path

import pytest
import yaml
from pull_stores import open_warehouse, proposed
from typer.testing import CliRunner

from assets.pull import balance_errors, pull
from config.errors import ConfigError
from config.settings import Settings
from pipelines.cli import app

REGISTER = [
    "资产编号",
    "设备名称",
    "型号",
    "购置金额",
    "启用日期",
    "科室",
    "序列号",
    "资产来源",
    "备注",
]
DEVICES = [
    ["ZC001", "打印机", "HP 1020", "\uffe51,234.50", "2020-03-05", "急诊科", "SN1", "自购", ""],
    ["ZC002", "电脑", "M720", "4500元", "2021/4/1", "内科三病区", "SN2", "捐赠", "旧"],
    ["ZC003", "电脑", "M720", "4,500.00", "2021/4/1", "急诊科", "SN3", "租赁", ""],
]
TICKETS = ["工单号", "故障现象", "报修时间", "完成时间", "报修科室", "设备编号"]
ROWS = [
    ["W1", "卡纸", "2026-03-01 08:00", "2026-03-01 09:00", "内科三病区", "ZC002"],
    ["W2", "黑屏", "2026-03-02 08:00", "2026-03-02 09:00", "急诊科", "ZC001"],
    ["W3", "黑屏", "2026-03-03 08:00", "2026-03-03 09:00", "内科三病区", "ZC002"],
]


def table(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_a_register_of_devices_is_proposed_as_assets(tmp_path):
    found, _ = proposed(tmp_path, table(tmp_path / "a" / "台账.csv", REGISTER, DEVICES))
    assert found.proposal.is_register
    assert list(found.proposal.mapping["tables"]) == ["assets"]
    columns = found.proposal.mapping["tables"]["assets"]["columns"]
    assert {name: columns[name] for name in ("asset_id", "name", "model", "accepted_on")} == {
        "asset_id": "资产编号", "name": "设备名称", "model": "型号", "accepted_on": "启用日期",
    }  # fmt: skip
    assert columns["purchase_cny"]["number"] == {"grouped_by": ",", "leave_out": ["\uffe5", "元"]}
    assert columns["ownership"]["values"] == {"自购": "own", "捐赠": "donated", "租赁": "lease"}
    assert "time_columns" not in found.proposal.mapping
    assert found.proposal.unused == ["备注"]


def test_a_register_beside_tickets_shares_their_ids_of_departments(tmp_path, monkeypatch):
    tickets = table(tmp_path / "t" / "报修.csv", TICKETS, ROWS)
    register = table(tmp_path / "a" / "台账.csv", REGISTER, DEVICES)
    _, settings = proposed(tmp_path, tickets)
    monkeypatch.setattr("pipelines.cli_sources_map.installed", lambda: settings)
    target = tmp_path / "assets.yml"
    told = CliRunner().invoke(
        app, ["sources", "map", str(register), "--out", str(target), "--json"]
    )
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert (answer["shape"], [(t["table"], t["rows"], t["held"]) for t in answer["tables"]]) == (
        "register", [("assets", 3, 0)],
    )  # fmt: skip
    names = yaml.safe_load(target.read_text(encoding="utf-8"))["names"]["departments"]
    # By how often the tickets name them; the register would have turned them round.
    assert names == {"内科三病区": "D001", "急诊科": "D002"}
    first = settings.sources[0]
    second = first.model_copy(
        update={"name": "assets", "url": type(first.url)(str(register.parent)), "mapping": target}
    )
    both = Settings(home=settings.home, sources=(first, second))
    con = open_warehouse(both)
    report = pull(con, both)
    assert balance_errors(con, report.load_id) == []
    assert con.execute("select count(*) from raw.quarantine").fetchone() == (0,)
    joined = con.execute(
        "select t.ticket_id, a.name, a.purchase_cny::text, d.name from raw.tickets as t "
        "join raw.assets as a using (site_id, asset_id) "
        "join raw.departments as d on a.department_id = d.department_id order by 1"
    ).fetchall()
    assert joined == [
        ("W1", "电脑", "4500.00", "内科三病区"),
        ("W2", "打印机", "1234.50", "急诊科"),
        ("W3", "电脑", "4500.00", "内科三病区"),
    ]


def test_a_register_alone_is_refused_for_want_of_tickets_and_check_says_so(tmp_path, monkeypatch):
    _, settings = proposed(tmp_path, table(tmp_path / "a" / "台账.csv", REGISTER, DEVICES))
    with pytest.raises(ConfigError, match="没有一个数据源给出工单表 tickets"):
        pull(open_warehouse(settings), settings)
    monkeypatch.setattr("pipelines.cli_sources.installed", lambda: settings)
    shown = CliRunner().invoke(app, ["sources", "check"])
    assert shown.exit_code == ConfigError.exit_code
    assert "没有一个数据源给出工单表 tickets" in shown.output


def test_tickets_that_name_device_and_model_stay_tickets(tmp_path):
    header = [*TICKETS, "设备名称", "型号", "启用日期", "序列号"]
    rows = [[*row, "打印机", "HP", "2020-03-05", f"SN{n}"] for n, row in enumerate(ROWS)]
    found, _ = proposed(tmp_path, table(tmp_path / "报修.csv", header, rows))
    assert not found.proposal.is_register
    assert "tickets" in found.proposal.mapping["tables"]


@pytest.mark.parametrize(
    ("written", "marks", "scale"),
    [
        (["非常满意", "不满意", "一般"], ["5.00", "2.00", "3.00"], "5.00"),
        (["5", "4.5", "3"], ["5.00", "4.50", "3.00"], "5.00"),
        (["98", "60", "0"], ["98.00", "60.00", None], "100.00"),
        (["★★★★★", "★★", ""], ["5.00", "2.00", None], "5.00"),
    ],
)
def test_satisfaction_becomes_ratings_on_its_scale(tmp_path, written, marks, scale):
    rows = [[*row, mark] for row, mark in zip(ROWS, written, strict=True)]
    found, settings = proposed(
        tmp_path, table(tmp_path / "t" / "报修.csv", [*TICKETS, "满意度"], rows)
    )
    con = open_warehouse(settings)
    pull(con, settings)
    read = con.execute(
        "select ticket_id, overall::text, scale_max::text, rated_at::text from raw.ratings "
        "order by 1"
    ).fetchall()
    assert [(row[1], row[2]) for row in read] == [(mark, scale) for mark in marks]
    assert read[0][3] == "2026-03-01 01:00:00"
    said = "".join(one.zh for one in found.proposal.questions)
    assert "自动给的好评" in said
    assert "没有「满意度」的评价时间,用「完成时间」代替" in said


def test_the_rating_has_its_own_time_which_is_the_verification_too(tmp_path):
    rows = [[*row, "满意", f"2026-03-0{n + 1} 18:00"] for n, row in enumerate(ROWS)]
    found, settings = proposed(
        tmp_path, table(tmp_path / "t" / "报修.csv", [*TICKETS, "满意度", "评价时间"], rows)
    )
    assert found.proposal.mapping["tables"]["ratings"]["columns"]["rated_at"] == "评价时间"
    assert found.proposal.mapping["time_columns"]["events"]["verified"] == "评价时间"
    con = open_warehouse(settings)
    pull(con, settings)
    assert con.execute("select min(rated_at)::text from raw.ratings").fetchone() == (
        "2026-03-01 10:00:00",
    )


def test_a_rating_nobody_understands_is_left_out_with_what_it_may_become(tmp_path):
    rows = [[*row, mark] for row, mark in zip(ROWS, ["甲", "乙", "丙"], strict=True)]
    found, _ = proposed(tmp_path, table(tmp_path / "报修.csv", [*TICKETS, "满意度"], rows))
    assert "ratings" not in found.proposal.mapping["tables"]
    said = [one.zh for one in found.proposal.questions if "满意度" in one.zh]
    assert len(said) == 1
    assert "甲" in said[0]
    assert "ratings 表" in said[0]
    assert "满意度" in found.proposal.unused
