"""Workbooks in LibreOffice: its own figures, verdicts that turn, pages as they print."""

import re
import subprocess
import zipfile
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
from conftest import missing
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from workbook_month import publish
from workbook_reader import convert, differing, formulas, recalculated, table

from config.settings import Settings
from exports.month import write_month

MONTH = "2026-10"


class Change(NamedTuple):
    """One cell that somebody edits, and the checks that must turn, no others."""

    sheet: str
    head: str
    row: int
    value: float | str
    turned: set[str]


CHANGES = {
    "an amount": Change("03维修费用明细", "金额", 5, 100.11, {"维修费用 · 元:汇总 = 指标表"}),
    "a part issued": Change(
        "04备件收发存", "− 出库", 5, 4,
        {"备件结存 · 数量:汇总 = 指标表", "备件结存 · 金额(元):汇总 = 指标表"},
    ),
    "a reopening": Change("明细", "重开次数", 7, 2, {"重开率 · 重开次数:汇总 = 指标表"}),
    "a ticket that left": Change(
        "明细_在手", "− 恢复", 6, 0,
        {"期初在手 + 新进入 + 重开返回 − 恢复 − 取消合并 = 期末在手", "不平衡的工单数 = 0"},
    ),
    "a ticket in hand": Change(
        "明细_在手", "= 期末在手", 9, 0,
        {"期初在手 + 新进入 + 重开返回 − 恢复 − 取消合并 = 期末在手", "不平衡的工单数 = 0",
         "期末在手 = 本月末积压指标", "在手积压 · 数量:汇总 = 指标表"},
    ),
    "a clock": Change(
        "明细_时限", "净达标", 5, "否", {"SLA 达标率 · 净(扣除等待):汇总 = 指标表"}
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_month(publish(tmp_path_factory.mktemp("month")), MONTH)


@pytest.fixture(scope="module")
def tiny_path(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny hospital's month, exported beside its home, which other tests share."""
    home = tmp_path_factory.mktemp("export") / "home"
    home.mkdir()
    (home / "snapshots").symlink_to(tiny_hospital.snapshots_dir)
    return write_month(tiny_hospital.model_copy(update={"home": home}), MONTH)


def _edited(path: Path, change: Change, target: Path) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book[change.sheet]
    column = next(cell.column for cell in sheet[4] if cell.value == change.head)
    assert sheet.cell(change.row, column).value not in (None, change.value)
    sheet.cell(change.row, column).value = change.value
    book.save(target)
    return target


def _with_wrong_cache(path: Path, target: Path) -> Path:
    """Copy a workbook with −7 planted as the cached value wherever 1107.30 is."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, source.read(name).replace(b"<v>1107.30</v>", b"<v>-7</v>"))
    assert openpyxl.load_workbook(target, data_only=True)["02费用汇总"]["E9"].value == -7
    return target


@pytest.fixture(scope="module")
def calculated(
    path: Path, soffice: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Workbook]:
    """The workbook as it is, with a wrong cache, and with each change: all in one LibreOffice."""
    folder = tmp_path_factory.mktemp("office")
    files = {
        "itself": path,
        "wrong cache": _with_wrong_cache(path, folder / "wrong.xlsx"),
        **{
            name: _edited(path, change, folder / f"changed{number}.xlsx")
            for number, (name, change) in enumerate(CHANGES.items())
        },
    }
    return dict(zip(files, recalculated(soffice, list(files.values()), folder), strict=True))


def verdicts(book: Workbook) -> dict[str, str]:
    return {row["检查项"]: row["结论"] for row in table(book["90勾稽"]) if row["结论"]}


def test_every_cached_value_is_what_libreoffice_calculates(
    path: Path, calculated: dict[str, Workbook]
) -> None:
    assert len(list(formulas(path))) > 250
    assert differing(path, calculated["itself"]) == []
    assert set(verdicts(calculated["itself"]).values()) == {"✔"}


def test_libreoffice_does_not_just_keep_what_we_wrote(calculated: dict[str, Workbook]) -> None:
    assert calculated["wrong cache"]["02费用汇总"]["E9"].value == 1107.3


@pytest.mark.parametrize("name", CHANGES)
def test_changing_one_row_turns_the_right_checks(
    name: str, calculated: dict[str, Workbook]
) -> None:
    book = calculated[name]
    failed = {check for check, verdict in verdicts(book).items() if verdict == "✘"}
    assert failed == CHANGES[name].turned
    assert book["封面"]["E11"].value == "有差异,不得定稿"


def test_a_changed_amount_takes_its_words_away(calculated: dict[str, Workbook]) -> None:
    assert calculated["itself"]["02费用汇总"]["B10"].value == "壹仟壹佰零柒元叁角整"
    assert calculated["an amount"]["02费用汇总"]["B10"].value == "金额已改动,请重新导出"


def test_the_demos_workbook_calculates_to_the_same_and_holds(
    tiny_path: Path, soffice: Path, tmp_path: Path
) -> None:
    (theirs,) = recalculated(soffice, [tiny_path], tmp_path)
    assert differing(tiny_path, theirs) == []
    assert len(verdicts(theirs)) > 30
    assert set(verdicts(theirs).values()) == {"✔"}


def _page_texts(pdf: Path) -> list[str]:
    try:
        made = subprocess.run(
            ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
        )
    except FileNotFoundError:
        missing("no pdftotext (poppler-utils)")
    return made.stdout.split("\f")[:-1]


def test_the_printed_pages_show_every_sheet_without_a_cell_too_narrow(
    tiny_path: Path, soffice: Path, tmp_path: Path
) -> None:
    (pdf,) = convert(soffice, [tiny_path], tmp_path, "pdf")
    pages = _page_texts(pdf)
    text = "".join(pages)
    assert "###" not in text
    assert re.search("#(DIV|REF|NAME|VALUE|N/A)", text) is None
    counts = {
        name: sum(bool(re.search(rf"^\s*{name}\s+第", page, re.M)) for page in pages)
        for name in openpyxl.load_workbook(tiny_path).sheetnames
    }
    assert min(counts.values()) > 0, counts
    assert (counts["封面"], counts["目录"], counts["09SLA与时效"]) == (1, 1, 1)
    for number, page in enumerate(pages, start=1):
        assert re.search(rf"第\s*{number}\s*页\s*共\s*{len(pages)}\s*页", page)
        assert "演示数据" in page


def test_the_summary_prints_no_smaller_than_paper_is_read(path: Path) -> None:
    """A4 across holds 143 digits at full size: what is printed stays above seven tenths."""
    sheet = openpyxl.load_workbook(path)["01汇总"]
    last = range_boundaries(sheet.print_area.split("!")[-1])[2]
    assert sheet.cell(4, last).value == "取数"
    letters = [get_column_letter(column) for column in range(1, last + 1)]
    assert sum(sheet.column_dimensions[letter].width for letter in letters) < 143 / 0.7
