"""Workbooks as files: names, versions, bytes, errors, editions."""

import html
import re
import shutil
import zipfile
from pathlib import Path

import handmade
import openpyxl
import pytest
from handmade import life, local
from workbook_month import COSTS, ROWS, publish

from assets import snapshots
from config import theme
from config.errors import ConfigError, StateError
from config.settings import Settings
from exports.month import month_file, write_month
from exports.workbook.cover import STAMP_CELLS
from exports.workbook.editions import EDITIONS

NAME = "演示医院_信息科_运维月报_2026-10"


def contents(path: Path) -> str:
    """Every part of the file as text: cells, names, properties."""
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(name).decode("utf-8") for name in archive.namelist()]
    return html.unescape("\n".join(parts))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The month's snapshot, published once; tests that write take ``month``."""
    return publish(tmp_path_factory.mktemp("published"))


@pytest.fixture
def month(published: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(published.home, tmp_path / "home")
    return published.model_copy(update={"home": tmp_path / "home"})


def test_the_same_snapshot_gives_the_same_bytes_under_the_same_name(month: Settings) -> None:
    first = write_month(month, "2026-10")
    content = first.read_bytes()
    first.unlink()
    again = write_month(month, "2026-10")
    assert first.name == again.name == f"{NAME}_v1.xlsx"
    assert again.read_bytes() == content
    assert write_month(month, "2026-10") == again
    assert [path.name for path in month.exports_dir.iterdir()] == [again.name]


def test_publishing_the_same_contents_again_changes_no_byte(month: Settings) -> None:
    first = write_month(month, "2026-10").read_bytes()
    assert write_month(publish(month.home), "2026-10").read_bytes() == first


def test_other_contents_are_the_next_version_and_the_first_stays(month: Settings) -> None:
    first = write_month(month, "2026-10")
    content = first.read_bytes()
    later = [*COSTS, {**COSTS[0], "cost_id": "K9", "occurred_on": "2026-10-09"}]
    settings = publish(month.home, rows=ROWS | {"ticket_costs": later}, as_of="2026-11-11 00:00")
    second = write_month(settings, "2026-10")
    assert second.name == f"{NAME}_v2.xlsx"
    assert first.read_bytes() == content
    assert openpyxl.load_workbook(second)["封面"]["E7"].value == "v2"
    assert write_month(settings, "2026-10") == second


def test_a_later_snapshot_that_changes_nothing_of_the_month_keeps_its_file(month: Settings) -> None:
    """A ticket that is still open has an age, which is of the day: here all are closed."""
    others = [event for event in ROWS["ticket_events"] if event["ticket_id"] != "T5"]
    whole = life("T5", ("2026-10-30 09:00", "reported"), ("2026-10-31 09:00", "restored@E1"))
    closed = {"tickets": ROWS["tickets"], "ticket_events": [*others, *whole]}
    first = month_file(publish(month.home, rows=ROWS | closed), "2026-10")
    content = first.path.read_bytes()
    new = {**ROWS["tickets"][0], "ticket_id": "T99", "reported_at": local("2026-11-10 09:00")}
    closed["tickets"] = [*ROWS["tickets"], new]
    later = publish(month.home, rows=ROWS | closed, as_of="2026-11-10 12:00")
    again = month_file(later, "2026-10")
    assert (first.is_kept, again.is_kept) == (False, True)
    assert again.path == first.path
    assert again.path.read_bytes() == content
    assert [path.name for path in later.exports_dir.iterdir()] == [f"{NAME}_v1.xlsx"]


def test_a_file_that_somebody_changed_is_not_taken_for_the_report(month: Settings) -> None:
    first = write_month(month, "2026-10")
    book = openpyxl.load_workbook(first)
    book["封面"]["C7"] = "改过"
    book.save(first)
    assert write_month(month, "2026-10").name == f"{NAME}_v2.xlsx"
    (month.exports_dir / f"{NAME}_v2.xlsx").write_bytes(b"half a file")
    assert write_month(month, "2026-10").name == f"{NAME}_v3.xlsx"


def test_the_stamp_is_the_version_and_the_snapshot_of_the_cover(month: Settings) -> None:
    sheet = openpyxl.load_workbook(write_month(month, "2026-10"))["封面"]
    snapshot = snapshots.current(month)
    assert snapshot
    assert [sheet[cell].value for cell in STAMP_CELLS] == [
        "v1", "2026-11-10 00:00:00", snapshot.id, snapshot.content_hash,
    ]  # fmt: skip


def test_a_month_that_is_not_over_says_how_far_it_goes(month: Settings) -> None:
    sheet = openpyxl.load_workbook(write_month(month, "2026-11"))["01汇总"]
    assert "2026年11月(截至 11-10 00:00)" in sheet["A2"].value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-12", "2026-12 还没有开始,无法导出。"),
        ("2027-01", "2027-01 还没有开始,无法导出。"),
        ("2026-08", "2026-08 没有数据,无法导出。"),
        ("2026-13", "「2026-13」不是月份。"),
        ("10月", "「10月」不是月份。"),
    ],
)
def test_a_month_that_cannot_be_exported_is_refused_in_a_sentence(
    month: Settings, text: str, problem: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        write_month(month, text)
    assert refusal.value.problem == problem
    assert refusal.value.remedy
    assert not list(month.exports_dir.glob("*"))


def test_an_unknown_edition_is_refused_with_the_known_ones(month: Settings) -> None:
    with pytest.raises(ConfigError) as refusal:
        write_month(month, "2026-10", "boss")
    assert refusal.value.remedy == "可用的有:head、finance。"


def test_without_a_snapshot_there_is_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(StateError) as refusal:
        write_month(handmade.settings(tmp_path), "2026-10")
    assert refusal.value.remedy == "请先运行 opspulse run。"


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(month: Settings) -> None:
    month.exports_dir.write_text("a file stands where the folder should be", encoding="utf-8")
    with pytest.raises(StateError) as refusal:
        write_month(month, "2026-10")
    assert "无法在" in refusal.value.problem


def test_the_finance_edition_holds_no_person_and_no_ticket_list(month: Settings) -> None:
    path = write_month(month, "2026-10", "finance")
    assert path.name == f"{NAME}_财务版_v1.xlsx"
    assert openpyxl.load_workbook(path).sheetnames == [
        "封面", "目录", "01汇总", "02费用汇总", "03维修费用明细", "04备件收发存",
        "05备件核对", "06打印计费", "07设备台账变动", "90勾稽",
        "91口径说明", "92数据质量", "93月结与重述",
    ]  # fmt: skip
    text = contents(path)
    for leak in ("欧阳", "E1<", ">工程师<", ">班组<", "张三", "REQ-77", "明细_报修时间"):
        assert leak not in text
    assert "欧阳工" in contents(write_month(month, "2026-10", "head"))


def test_every_column_of_an_edition_is_on_its_allow_list(month: Settings) -> None:
    """A column that nobody allowed is not written, whatever the sheet's module offers."""
    book = openpyxl.load_workbook(write_month(month, "2026-10", "head"))
    for key, sheet in (("tickets", "明细"), ("flows", "明细_在手"), ("clocks", "明细_时限"),
                       ("costs", "03维修费用明细"), ("stock", "04备件收发存")):  # fmt: skip
        heads = [cell.value for cell in book[sheet][4]]
        # one site only: its column is left out
        assert len(heads) == len(EDITIONS["head"].columns[key]) - 1


def test_a_demo_says_so_on_every_sheet_and_every_page(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_month(publish(tmp_path, is_demo=True), "2026-10"))
    red = f"FF{theme.PAPER_BAD.lstrip('#')}"
    for sheet in book:
        assert "演示数据" in sheet.oddHeader.right.text
        cells = [cell for row in sheet.iter_rows(max_row=8) for cell in row]
        marks = [cell for cell in cells if "演示数据" in str(cell.value or "")]
        assert marks, sheet.title
        assert {cell.font.color.rgb for cell in marks} == {red}


def test_in_english_headings_and_sheet_names_are_english(month: Settings) -> None:
    english = month.model_copy(update={"language": "en"})
    book = openpyxl.load_workbook(write_month(english, "2026-10"), data_only=True)
    assert book.sheetnames[2:4] == ["01 Summary", "02 Costs"]
    assert book["90 Reconciliation"]["G5"].value == "✔"
    assert book["Cover"]["C10"].value.startswith("20261109T160000-")
    heads = [cell.value for sheet in book.worksheets[1:] for cell in sheet[4] if cell.value]
    chinese = [head for head in heads if re.search("[\u4e00-\u9fff]", head)]
    assert chinese == ["30213 维修（护）费", "30218 专用材料费"]  # the source's own words
