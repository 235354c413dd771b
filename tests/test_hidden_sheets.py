"""Hidden worksheets that fit the mapping: never read unasked, and never passed over in silence."""

import json
import subprocess
from pathlib import Path

import openpyxl
import pytest
from pull_stores import open_warehouse, proposed, settings_for
from typer.testing import CliRunner

from assets.dag.raw import noted
from assets.pull import pull
from assets.sources.examine import examine
from assets.sources.files import accounts
from assets.warehouse import connect
from config.errors import ConfigError
from pipelines.cli import app

HEADER = ["工单号", "故障现象", "报修时间", "完成时间"]
MAPPING = """
tables:
  tickets:
    {place}
    columns:
      {{ticket_id: 工单号, title: 故障现象, reported_at: 报修时间, work_class: {{value: repair}}}}
time_columns:
  {below}
  ticket_id: 工单号
  events: {{reported: 报修时间, restored: 完成时间}}
"""
UNREAD = "文件 报修.xlsx 的工作表「4月」是隐藏的,没有读"


def months(path: Path, hidden: tuple[str, ...] = ("4月",)) -> Path:
    """Three sheets of two tickets; the hidden ones as Excel and WPS write them."""
    book = openpyxl.Workbook()
    book.active.title = "3月"
    for name in ("4月", "5月"):
        book.create_sheet(name)
    for sheet in book:
        sheet.append(HEADER)
        month = f"2026-0{sheet.title[0]}"
        sheet.append([f"{sheet.title[0]}01", "卡纸", f"{month}-01 08:00", f"{month}-01 09:00"])
        sheet.append([f"{sheet.title[0]}02", "黑屏", f"{month}-02 08:00", f"{month}-02 10:00"])
        if sheet.title in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


@pytest.fixture
def source(tmp_path):
    def source(path: Path, *place: str):
        mapping = tmp_path / "mapping.yml"
        text = MAPPING.format(place="\n    ".join(place), below="\n  ".join(place))
        mapping.write_text(text, encoding="utf-8")
        return settings_for(tmp_path / "home", str(path), system="files", mapping=mapping)

    return source


def tickets(con) -> list[str]:
    return [
        row[0] for row in con.execute("select ticket_id from raw.tickets order by 1").fetchall()
    ]


def test_a_hidden_sheet_that_fits_the_pattern_is_named_by_the_run_and_its_books(tmp_path, source):
    settings = source(months(tmp_path / "报修.xlsx"), 'sheet: "*月"')
    con = open_warehouse(settings)
    [(zh, en)] = noted(con, pull(con, settings))
    assert tickets(con) == ["301", "302", "501", "502"]
    assert zh.startswith(UNREAD)
    assert "is hidden and was not read" in en
    told = [(one.sheet, one.kept, one.is_hidden) for one in accounts.kept(con)]
    assert told == [("3月", 2, False), ("4月", 0, True), ("5月", 2, False)]


def test_with_hidden_reads_it_and_an_exact_name_does_too(tmp_path, source):
    path = months(tmp_path / "报修.xlsx")
    settings = source(path, 'sheet: "*月"', "with_hidden: true")
    con = open_warehouse(settings)
    assert noted(con, pull(con, settings)) == []
    assert tickets(con) == ["301", "302", "401", "402", "501", "502"]
    con.close()
    settings = source(path, "sheet: 4月")
    con = connect(":memory:", settings)
    pull(con, settings)
    assert tickets(con) == ["401", "402"]


def test_a_pattern_that_only_hidden_sheets_fit_says_so(tmp_path, source):
    settings = source(months(tmp_path / "报修.xlsx", ("3月", "4月")), 'sheet: "[34]月"')
    con = open_warehouse(settings)
    with pytest.raises(ConfigError, match=r"都是隐藏的:3月、4月.*with_hidden"):
        pull(con, settings)


def test_sources_check_warns_of_a_hidden_sheet(tmp_path, source):
    settings = source(months(tmp_path / "报修.xlsx"), 'sheet: "*月"')
    found = examine(connect(":memory:", settings), settings.sources[0], settings)
    [flaw] = [one for one in found.all_flaws() if UNREAD in one.zh]
    assert not flaw.is_bad


def test_the_assistant_names_hidden_sheets_beside_those_it_left_aside(tmp_path):
    path = months(tmp_path / "报修.xlsx")
    found, _ = proposed(tmp_path, path)
    assert (found.sheet, found.hidden, found.others) == ("*月", ("4月",), ())
    target = str(tmp_path / "m.yml")
    said = CliRunner().invoke(app, ["sources", "map", str(path), "--out", target]).output
    assert "隐藏的工作表没有读:4月" in "".join(said.split("\n"))
    told = CliRunner().invoke(
        app, ["sources", "map", str(path), "--json", "--out", str(tmp_path / "n.yml")]
    )
    assert json.loads(told.stdout)["hidden"] == ["4月"]


def test_sources_files_names_it(tmp_path, source, monkeypatch):
    settings = source(months(tmp_path / "报修.xlsx"), 'sheet: "*月"')
    con = open_warehouse(settings)
    pull(con, settings)
    con.close()
    monkeypatch.setattr("pipelines.cli_sources_files.installed", lambda: settings)
    shown = CliRunner().invoke(app, ["sources", "files"])
    assert shown.exit_code == 0, shown.output
    assert UNREAD in "".join(shown.output.split("\n"))


def test_hidden_sheets_of_an_xls_are_found_too(tmp_path, source, soffice):
    months(tmp_path / "报修.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path / 'office'}"
    target = ["--convert-to", "xls:MS Excel 97", "--outdir", str(tmp_path)]
    subprocess.run(
        [soffice, "--headless", profile, *target, tmp_path / "报修.xlsx"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    settings = source(tmp_path / "报修.xls", 'sheet: "*月"')
    con = open_warehouse(settings)
    [(zh, _)] = noted(con, pull(con, settings))
    assert tickets(con) == ["301", "302", "501", "502"]
    assert "报修.xls 的工作表「4月」是隐藏的" in zh


def test_a_hidden_sheet_in_the_xml_of_excel_2003_is_found_too(tmp_path, source):
    def sheet(name: str, key: str, options: str = "") -> str:
        lines = [HEADER, [key, "卡纸", "2026-03-01 08:00", "2026-03-01 09:00"]]
        rows = "".join(
            "<Row>" + "".join(f"<Cell><Data ss:Type='String'>{c}</Data></Cell>" for c in line)
            + "</Row>"
            for line in lines
        )  # fmt: skip
        return f"<Worksheet ss:Name='{name}'><Table>{rows}</Table>{options}</Worksheet>"

    hidden = (
        "<WorksheetOptions xmlns='urn:schemas-microsoft-com:office:excel'>"
        "<Visible>SheetHidden</Visible></WorksheetOptions>"
    )
    path = tmp_path / "报修.xls"
    path.write_text(
        "<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet' "
        "xmlns:ss='urn:schemas-microsoft-com:office:spreadsheet'>"
        f"{sheet('3月', '301')}{sheet('4月', '401', hidden)}{sheet('5月', '501')}</Workbook>",
        encoding="utf-8",
    )
    settings = source(path, 'sheet: "*月"')
    con = open_warehouse(settings)
    [(zh, _)] = noted(con, pull(con, settings))
    assert tickets(con) == ["301", "501"]
    assert "「4月」是隐藏的" in zh
