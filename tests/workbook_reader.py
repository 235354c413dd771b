"""Reading workbooks back in tests: by cell, by LibreOffice's own calculation, as pages.

Holds helpers only; what must be true of a workbook stands in the tests.
"""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

# Without it LibreOffice keeps the cached values of numeric cells and proves nothing.
HARD_RECALC = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
 oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
TIMEOUT_SECONDS = 120


def convert(soffice: Path, paths: Sequence[Path], folder: Path, target: str) -> list[Path]:
    """Convert workbooks with LibreOffice, everything recalculated, into a folder of their own."""
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(HARD_RECALC, encoding="utf-8")
    out = folder / "out"
    subprocess.run(
        [
            str(soffice), "--headless", f"-env:UserInstallation=file://{user.parent}",
            "--convert-to", target, "--outdir", str(out), *map(str, paths),
        ],
        check=True, capture_output=True, timeout=TIMEOUT_SECONDS,
    )  # fmt: skip
    made = [out / f"{path.stem}.{target.partition(':')[0]}" for path in paths]
    assert all(path.exists() for path in made), "LibreOffice wrote nothing"
    return made


def recalculated(soffice: Path, paths: Sequence[Path], folder: Path) -> list[Workbook]:
    """Return the workbooks' values as LibreOffice calculates them afresh."""
    made = convert(soffice, paths, folder, "xlsx:Calc MS Excel 2007 XML")
    return [openpyxl.load_workbook(path, data_only=True) for path in made]


def formulas(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield sheet, cell and text of every formula."""
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield sheet.title, cell.coordinate, str(cell.value)


def differing(path: Path, theirs: Workbook) -> list[tuple[Any, ...]]:
    """Return every formula whose cached value is not what LibreOffice calculates."""
    ours, found = openpyxl.load_workbook(path, data_only=True), []
    for sheet, cell, text in formulas(path):
        left, right = ours[sheet][cell].value, theirs[sheet][cell].value
        is_number = isinstance(left, int | float) and isinstance(right, int | float)
        if is_number and left == pytest.approx(right, rel=1e-9, abs=1e-9):
            continue
        if (left or None) != (right or None):
            found.append((sheet, cell, text, left, right))
    return found


def table(sheet: Worksheet, head_row: int = 4) -> list[dict[str, Any]]:
    """Return the rows below the column heads as dictionaries, up to the first blank one."""
    heads = [cell.value for cell in sheet[head_row]]
    rows = []
    for values in sheet.iter_rows(min_row=head_row + 1, values_only=True):
        if all(value in (None, "") for value in values):
            break
        rows.append(dict(zip(heads, values, strict=False)))
    return rows
