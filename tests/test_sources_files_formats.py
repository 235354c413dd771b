"""Exports as they come: real xls, HTML and XML under that name, merged headers, broken quotes."""

import shutil
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from pull_stores import open_warehouse, settings_for

from assets.pull import balance_errors, pull
from assets.sources.files import accounts, headers
from assets.sources.files.sniff import kind
from config.errors import ConfigError, SourceError

HEADER = ["工单号", "故障描述", "报修时间", "费用"]
ROWS = [
    ["0001", "卡纸,换纸", "2026-03-01 08:00", "12.50"],
    ["0002", "第一行\n第二行", "2026-03-02 09:00", "0"],
]
EXPECTED = [
    ("0001", "卡纸,换纸", "2026-03-01 00:00:00", "12.50"),
    ("0002", "第一行\n第二行", "2026-03-02 01:00:00", "0.00"),
]
MAPPING = """
tables:
  tickets:
    {place}
    columns: {{ticket_id: 工单号, title: 故障描述, reported_at: 报修时间}}
  ticket_costs:
    {place}
    columns: {{cost_id: 工单号, ticket_id: 工单号, amount_cny: 费用}}
"""


@pytest.fixture
def read(tmp_path):
    """Pull a file and return its tickets with their costs, and the warehouse."""

    def read(path: Path, *place: str):
        mapping = tmp_path / "mapping.yml"
        mapping.write_text(MAPPING.format(place="\n    ".join(place)), encoding="utf-8")
        settings = settings_for(tmp_path / "home", str(path), system="files", mapping=mapping)
        con = open_warehouse(settings)
        report = pull(con, settings)
        assert balance_errors(con, report.load_id) == []
        rows = con.execute(
            "select ticket_id, title, reported_at::text, amount_cny::text from raw.tickets "
            "left join raw.ticket_costs using (site_id, ticket_id) order by 1"
        ).fetchall()
        return rows, con

    return read


def workbook(path: Path, rows: list[list[object]], title: str = "工单") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def html(encoding: str) -> bytes:
    rows = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [HEADER, *ROWS]
    )
    menu = "<table><tr><td>导航</td></tr></table>"
    text = f"<html><head><meta charset='{encoding}'></head>{menu}<table>{rows}</table></html>"
    return text.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_html_under_the_name_xls_is_read_as_what_it_is(tmp_path, read, encoding):
    path = tmp_path / "导出.xls"
    path.write_bytes(html(encoding))
    assert kind(path) == "html"
    assert read(path)[0] == EXPECTED


def test_the_xml_of_excel_2003_is_read(tmp_path, read):
    cells = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in row) + "</Row>"
        for row in [HEADER, *ROWS]
    )
    path = tmp_path / "导出.xls"
    path.write_text(
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="工单"><Table>'
        f"{cells}</Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"没有工作表 别的.*工单"):
        read(path, "sheet: 别的")
    assert read(path, "sheet: 工单")[0] == EXPECTED


def test_a_real_xls_gives_the_rows_of_its_xlsx(tmp_path, read, soffice):
    rows = [[*row[:2], datetime.fromisoformat(row[2]), float(row[3])] for row in ROWS]
    new = workbook(tmp_path / "导出.xlsx", [HEADER, *rows])
    profile = f"-env:UserInstallation=file://{tmp_path / 'office'}"
    target = ["--convert-to", "xls:MS Excel 97", "--outdir", str(tmp_path)]
    subprocess.run(
        [soffice, "--headless", profile, *target, new],
        check=True,
        capture_output=True,
        timeout=120,
    )
    # The name does not matter.
    renamed = tmp_path / "导出.csv"
    shutil.move(tmp_path / "导出.xls", renamed)
    assert kind(renamed) == "xls"
    assert read(renamed)[0] == EXPECTED


def test_titles_merged_headers_totals_and_page_headers_are_survived(tmp_path, read):
    path = workbook(
        tmp_path / "报修.xlsx",
        [
            ["某医院 2026 年 3 月报修明细"],
            ["工单号", "内容", None, "费用"],
            [None, "故障描述", "报修时间", None],
            ["0001", "卡纸,换纸", datetime.fromisoformat("2026-03-01 08:00"), 12.5],
            [None, None, None, None],
            ["工单号", "故障描述", "报修时间", "费用"],
            ["0002", "第一行\n第二行", "2026-03-02 09:00", 0],
            ["合  计", None, None, 12.5],
            ["合计\N{FULLWIDTH COLON}2 单", None, None, None],
        ],
    )
    rows, con = read(path, "skip_rows: 1", "header_rows: 2", "leave_out: [合计]")
    assert rows == EXPECTED
    assert accounts.kept(con) == [
        accounts.FileAccount("main", "报修.xlsx", "工单", 6, 1, 2, 1, 0, 0, 2)
    ]


def test_a_total_that_nobody_named_is_held_and_not_lost(tmp_path, read):
    path = workbook(tmp_path / "a.xlsx", [HEADER, *ROWS, [None, "合计", None, "12.5"]])
    rows, con = read(path)
    assert rows == EXPECTED
    held = con.execute("select table_name from raw.quarantine order by 1").fetchall()
    assert held == [("ticket_costs",), ("tickets",)]


def test_a_formula_that_was_never_calculated_is_refused_with_its_cell(tmp_path, read):
    path = workbook(tmp_path / "a.xlsx", [HEADER, ["0001", "卡纸", "2026-03-01 08:00", "=6*2"]])
    with pytest.raises(SourceError, match=r"单元格 D2 是公式.*保存一次"):
        read(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, read):
    path = workbook(tmp_path / "a.xlsx", [HEADER, *ROWS])
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/media/bomb.bin", "w") as bomb,
    ):
        for _ in range(100):
            bomb.write(b"\0" * (1 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(SourceError, match=r"解压后有 100 MiB.*没有读取"):
        read(path)


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_below(tmp_path, read):
    lines = [",".join(HEADER)]
    lines += [f"{n:04},{'5' if n == 3 else ''}寸屏,2026-03-01 08:00,{n}" for n in range(1, 200)]
    lines[3] = '0003,"5寸屏,2026-03-01 08:00,3'
    lines[9] = '0009,5"寸屏",2026-03-01 08:00,9'
    path = tmp_path / "a.csv"
    path.write_text("\r\n".join([*lines, ""]), encoding="gbk", newline="")
    rows, con = read(path)
    found = {row[0] for row in rows}
    missing = {f"{n:04}" for n in range(1, 200)} - found
    held = con.execute(
        "select json_extract_string(row_json, '$._unread') from raw.quarantine "
        "where table_name = 'tickets' order by 1"
    ).fetchall()
    assert {text[:4] for (text,) in held} == missing
    assert "0003" in missing
    assert len(missing) <= 2


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_and_short_rows(tmp_path, read, delimiter):
    path = tmp_path / "a.csv"
    lines = [
        HEADER,
        ["0001", "卡纸,换纸", "2026-03-01 08:00", "12.50"],
        ["0002", "", "2026-03-02 09:00"],
    ]
    path.write_text("\n".join(delimiter.join(line) for line in lines) + "\n", encoding="utf-8")
    rows, _ = read(path)
    assert rows == [EXPECTED[0], ("0002", None, "2026-03-02 01:00:00", None)]


def test_files_of_a_folder_come_together_and_lock_files_stay_aside(tmp_path, read):
    folder = tmp_path / "exports"
    (folder / "2026").mkdir(parents=True)
    workbook(folder / "2026" / "3月.xlsx", [HEADER, ROWS[0]])
    (folder / "4月[1].csv").write_text(
        f"{','.join(HEADER)}\n0002,x,2026-03-02 09:00,0\n", encoding="gbk"
    )
    (folder / "2026" / "~$3月.xlsx").write_bytes(b"lock")
    rows, con = read(folder, "file: '**/*月*'")
    assert [row[0] for row in rows] == ["0001", "0002"]
    assert [one.file for one in accounts.kept(con)] == ["3月.xlsx", "4月[1].csv"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "是空的"),
        (b"\x89PNG\r\n", "其实是图片"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "打开密码"),
        (b"a,b\n1,\x00\x00\n", "二进制内容"),
        (b"\xef\xbb\xbfa,b\n\xff\xfe,1\n", "标明是 UTF-8"),
        (b"a,b\n\xff\xff\xff,1\n", "既不是 UTF-8 也不是 GB18030"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path, read, content, message):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        read(path)


def test_headers_of_two_rows_get_one_name_each():
    rows = [
        ["序号", "报修", None, "处理", None, None, "备注"],
        [None, "时 间", "人", "时间", "人\n员", None, None],
    ]
    assert headers.names(rows) == ["序号", "报修时间", "人", "处理时间", "人员", "列F", "备注"]
    assert headers.names([["a", "a", None]]) == ["a", "a_2", "列C"]


def test_cells_of_millions_of_characters_are_held_shortened_and_the_rest_arrives(tmp_path, read):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(3):  # the engine's message about the line may end within a character
        huge = "a" * n + "长" * 1_500_000
        lines = [
            ",".join(HEADER),
            f"9{n},{huge},2026-03-01 08:00,1",
            f"000{n},卡纸,2026-03-01 08:00,2",
        ]
        (folder / f"{n}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    rows, con = read(folder, "file: '*.csv'")
    assert [row[0] for row in rows] == ["0000", "0001", "0002"]
    held = con.execute(
        "select max(length(row_json)), count(*) from raw.quarantine where table_name = 'tickets'"
    ).fetchone()
    assert held[1] == 3
    assert held[0] < 10_000
