"""What may not happen to who opens a workbook: a text that calculates, a damaged file, a leak.

Five hundred hostile texts go where people type: numbers of tickets and invoices, models, parts,
departments, cost centres. A mark in every column that finance may not see must be in no part of the
file, hidden ones included.
"""

import csv
import html
import itertools
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from test_month_close import LATE, LATER
from workbook_month import ROWS, _cost, publish
from workbook_reader import differing, formulas, recalculated

from config.settings import Settings
from exports import closing
from exports.month import write_month
from exports.tables import write_tables
from exports.workbook.writer import clean_text, legal_text

MONTH = "2026-10"
STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "'=", " =", "＝", "=+-", "{=", '"=', "_x003D_",
          "\x00=", "\x1f@", "&#61;", "]]>=", "</v>", "\ufeff=")  # fmt: skip
BODIES = (
    "1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x/?"&A1,"点")', "SUM(A1:A9)*0", "WEBSERVICE(A1)",
    "DDE(\"cmd\";\"/C calc\";\"A\")", "IMPORTXML(A1)", "-5℃", "1.23E+19", "00012345678901234567",
    "2026-10-01", "#REF!", "TRUE", "'Sheet'!A1", "$A$1", "%0A", "&A &P", "<script>", "😀" * 40,
    "长" * 300, "\u202egnp.exe", "a\x0bb\x0cc", "\ud83d", "_x000D_", "\uffff|",
)  # fmt: skip
HOSTILE = tuple("".join(pair) for pair in itertools.product(STARTS, BODIES))
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings)"
    r"\.xml|xl/theme/theme1\.xml|xl/_rels/workbook\.xml\.rels|xl/worksheets/sheet\d+\.xml"
    r"|xl/worksheets/_rels/sheet\d+\.xml\.rels|xl/drawings/(_rels/)?drawing\d+\.xml(\.rels)?"
    r"|xl/charts/chart\d+\.xml"
)
# In no edition of finance: what is written about a fault and by whom, who reported and repaired.
HIDDEN: dict[str, tuple[str, ...]] = {
    "tickets": ("title", "description", "requester_ref", "second_visit_reason", "resolution_text"),
    "ticket_events": ("note",),
    "engineers": ("name", "skills"),
    "departments": ("campus", "department_type"),
    "assets": ("name", "serial_no", "building"),
    "stores": ("name",),
    "stock_moves": ("lot_no",),
    "sites": ("level",),
}


def _texts() -> list[str]:
    """What can be stored at all: a lone surrogate and NUL cannot."""
    return [text.replace("\x00", "").replace("\ud83d", "") for text in HOSTILE]


def _hostile_rows() -> dict[str, list[dict[str, Any]]]:
    texts = _texts()
    tickets = [
        {**row, "ticket_no": text} for row, text in zip(ROWS["tickets"], texts, strict=False)
    ]
    departments = [{**row, "name": texts[number]} for number, row in enumerate(ROWS["departments"])]
    assets = [{**row, "model": texts[9], "tag": texts[34]} for row in ROWS["assets"]]
    parts = [
        {"part_id": f"X{number}", "part_no": text, "name": text, "unit": text[:3],
         "unit_price_cny": "1.00"}
        for number, text in enumerate(texts)
    ]  # fmt: skip
    costs = [
        _cost(f"K{number}", "1.00", invoice_no=text, vendor_id=text, part_id=f"X{number}",
              cost_centre=text if number % 25 == 0 else "101")
        for number, text in enumerate(texts)
    ]  # fmt: skip
    return {**ROWS, "tickets": tickets, "departments": departments, "assets": assets,
            "parts": parts, "ticket_costs": costs}  # fmt: skip


def parts_of(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def cells_of(book: Any) -> dict[tuple[str, str], Any]:
    return {
        (sheet.title, cell.coordinate): cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = publish(tmp_path_factory.mktemp("hostile"), rows=_hostile_rows())
    return {edition: write_month(home, MONTH, edition) for edition in ("head", "finance")}


def test_there_are_five_hundred_of_them() -> None:
    assert len(set(HOSTILE)) == 500


@pytest.mark.parametrize("edition", ["head", "finance"])
def test_no_hostile_text_becomes_a_formula_and_each_stays_as_it_was(
    edition: str, hostile: dict[str, Path]
) -> None:
    path = hostile[edition]
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book["03维修费用明细"][4]]
    place = heads.index("发票号")
    invoices = [
        row[place] for row in book["03维修费用明细"].iter_rows(min_row=5, max_row=504)
    ]  # fmt: skip
    assert {cell.data_type for cell in invoices} == {"s"}
    kept = {cell.value for cell in invoices}
    assert kept == {clean_text(text) for text in _texts()}
    for _, _, formula in formulas(path):
        assert not re.search(r"cmd|HYPERLINK|WEBSERVICE|DDE|IMPORTXML|\[\d+\]", formula)
    risky = [cell for cell in invoices if str(cell.value).startswith(("=", "+", "-", "@", "\t"))]
    assert len(risky) > 150
    assert all(cell.quotePrefix for cell in risky)


def test_libreoffice_opens_them_and_changes_nothing(
    hostile: dict[str, Path], soffice: Path, tmp_path: Path
) -> None:
    path = hostile["finance"]
    (theirs,) = recalculated(soffice, [path], tmp_path)
    assert differing(path, theirs) == []
    ours = openpyxl.load_workbook(path, data_only=True)
    assert theirs.sheetnames == ours.sheetnames
    sheet = "03维修费用明细"
    mine, found = cells_of(ours), cells_of(theirs)
    assert sum(1 for key in found if key[0] == sheet) == sum(1 for key in mine if key[0] == sheet)


@pytest.mark.parametrize("edition", ["head", "finance"])
def test_the_file_has_known_parts_only_and_leads_nowhere(
    edition: str, hostile: dict[str, Path]
) -> None:
    parts = parts_of(hostile[edition])
    assert [name for name in parts if not PARTS.fullmatch(name)] == []
    for name, text in parts.items():
        assert 'TargetMode="External"' not in text, name
    links = "".join(text for name, text in parts.items() if "/_rels/" in name)
    assert not re.search(r'Target="[a-z]+:', links)
    core = parts["docProps/core.xml"]
    assert re.findall(r"<dc:creator[^>]*>(.*?)<", core) == ["OpsPulse 运维脉搏"]
    assert re.findall(r"<cp:lastModifiedBy>(.*?)<", core) == [
        "OpsPulse 运维脉搏"
    ]  # fmt: skip


def test_the_same_hostile_snapshot_gives_the_same_bytes(
    hostile: dict[str, Path], tmp_path: Path
) -> None:
    again = publish(tmp_path / "home", rows=_hostile_rows())
    for edition, path in hostile.items():
        assert write_month(again, MONTH, edition).read_bytes() == path.read_bytes()


def test_a_text_of_32767_characters_fits_and_one_more_is_cut_as_excel_counts() -> None:
    assert clean_text("x" * 32_767) == "x" * 32_767
    assert len(clean_text("x" * 32_768)) == 32_767
    # Excel counts UTF-16 units, two for an emoji, and an emoji is not cut in half
    assert clean_text("😀" * 20_000) == "😀" * 16_383
    # the six characters of an escape are one to Excel, and never cut
    escaped = clean_text("_x000D_" * 6_000)
    assert escaped == "_x005F_x000D_" * 4_681
    assert len(escaped.replace("_x005F_", "_")) == 32_767


def test_csv_beside_it_is_neutralised(tmp_path: Path) -> None:
    texts = [text for text in _texts() if text]
    path = write_tables(tmp_path / "a.csv", [("表", ["文本"], [[text] for text in texts])])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = [row[0] for row in csv.reader(file)][1:]
    assert len(read) == len(texts)
    assert not [text for text in read if text[0] in "=+-@\t\r\n＝＋－＠"]
    assert [text.removeprefix("'") for text in read] == [
        legal_text(text).removeprefix("'") for text in texts
    ]


def _marked(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {**row, **{column: f"LEAK-{name}-{column}" for column in HIDDEN.get(name, ())}}
            for row in table
        ]
        for name, table in rows.items()
    }


@pytest.fixture(scope="module")
def finance(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, list[Path]]:
    """Finance's closed October, and November with its restatements, of a hospital full of marks."""
    home = tmp_path_factory.mktemp("marked")
    settings = publish(home, rows=_marked(ROWS))
    closing.close(settings, MONTH, "U07")
    publish(home, rows=_marked(LATE), as_of=LATER)
    return settings, [write_month(settings, month, "finance") for month in (MONTH, "2026-11")]


def test_no_part_of_finances_file_holds_what_it_may_not_see(
    finance: tuple[Settings, list[Path]],
) -> None:
    settings, paths = finance
    for path in paths:
        for name, text in parts_of(path).items():
            plain = html.unescape(text)
            assert "LEAK-" not in plain, name
            assert 'state="hidden"' not in plain, name
            assert "veryHidden" not in plain, name
            assert "<comment" not in plain, name
    assert "WX-T5" in "".join(parts_of(paths[1]).values())
    head = "".join(parts_of(write_month(settings, MONTH, "head")).values())
    assert "LEAK-engineers-name" in head
