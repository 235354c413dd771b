"""Finance's further ledgers: print bills, parts charged and issued, the register, cuts of costs.

October by hand. Printer A2 rolls over from 99 980 to 130 at 100 000 (150 pages), A3's counter is
replaced (100 + 50 pages, least charge 30.00); the vendor billed 43.22 too much, to the cent. Ticket
T2 was charged two pieces and drew three. One of four devices came, one was retired.
"""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from handmade import local
from openpyxl.workbook import Workbook
from workbook_month import LONG_ID, MOVES, ROWS, publish
from workbook_reader import differing, recalculated, table

from exports.month import write_month

MONTH = "2026-10"


def _reading(asset: str, meter: str, when: str, value: int, **more: Any) -> dict[str, Any]:
    return {"asset_id": asset, "meter": meter, "read_at": local(when), "value": value, **more}


PRINTERS = {
    **ROWS,
    "assets": [
        {**ROWS["assets"][0], "purchase_cny": "1000.10"},
        {"asset_id": "A2", "tag": "P-2", "asset_class": "打印机", "accepted_on": "2025-01-01",
         "purchase_cny": "2000.20", "retired_on": "2026-10-20", "department_id": "D1"},
        {"asset_id": "A3", "tag": "P-3", "asset_class": "打印机", "accepted_on": "2026-10-01",
         "purchase_cny": "300.05", "department_id": "D1"},
        {"asset_id": "A4", "tag": "P-4", "asset_class": "扫描枪", "accepted_on": "2026-11-01",
         "purchase_cny": "9.99", "department_id": "D1"},
    ],
    "stock_moves": [{**move, "ticket_id": "T2"} if move["move_id"] == "M2" else move
                    for move in MOVES],
    "meter_readings": [
        _reading("A2", "mono_pages", "2026-09-30 16:00", 99_980),
        _reading("A2", "mono_pages", "2026-10-31 16:00", 130),
        _reading("A2", "colour_pages", "2026-09-30 16:00", 100),
        _reading("A2", "colour_pages", "2026-10-31 16:00", 200),
        _reading("A3", "mono_pages", "2026-09-30 16:00", 1000),
        _reading("A3", "mono_pages", "2026-10-10 16:00", 1100),
        _reading("A3", "mono_pages", "2026-10-10 17:00", 0, is_replaced=True),
        _reading("A3", "mono_pages", "2026-10-31 16:00", 50),
    ],
    "print_contracts": [
        {"contract_id": "PC1", "asset_id": "A2", "starts_on": "2025-01-01", "vendor_id": "V1",
         "mono_price_cny": "0.045", "colour_price_cny": "0.32", "rollover_at": 100_000},
        {"contract_id": "PC1", "asset_id": "A3", "starts_on": "2025-01-01", "vendor_id": "V1",
         "mono_price_cny": "0.045", "minimum_cny": 30},
    ],
    "vendor_bills": [
        {"bill_id": "B1", "contract_id": "PC1", "month": "2026-10", "amount_cny": "111.97"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_month(publish(tmp_path_factory.mktemp("ledgers"), rows=PRINTERS), MONTH, "finance")


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path, data_only=True)


def test_pages_over_a_rollover_and_a_replaced_counter_are_priced_and_the_bill_is_checked(
    book: Workbook,
) -> None:
    """150 × 0.045 + 100 × 0.32 = 38.75, and the least charge of 30.00 of the other."""
    contract, total = table(book["06打印计费"])[:2]
    assert (contract["合同"], contract["黑白页"], contract["彩色页"]) == ("PC1", 300, 100)
    assert (contract["按印量应付"], contract["供应商账单"]) == (68.75, 111.97)
    assert (contract["账单 − 应付"], contract["结论"]) == (43.22, "多收")
    assert total["账单 − 应付"] == 43.22
    printers = [
        tuple(cell.value for cell in row[:6])
        for row in book["06打印计费"].iter_rows(min_row=9, max_row=10)
    ]
    assert printers == [("PC1", "P-2", "急诊科", 150, 100, 38.75),
                        ("PC1", "P-3", "急诊科", 150, 0, 6.75)]  # fmt: skip


def test_a_ticket_that_drew_more_than_it_was_charged_stands_first(book: Workbook) -> None:
    ticket, total = table(book["05备件核对"])[:2]
    assert (ticket["工单号"], ticket["费用单数量"], ticket["出库数量"]) == ("WX-T2", 2, 3)
    assert (ticket["出库未入费用"], ticket["费用无出库"], ticket["一致"]) == (1, 0, "否")
    assert (total["出库数量"], total["出库未入费用"]) == (3, 1)


def test_the_register_goes_from_opening_to_closing_by_class(book: Workbook) -> None:
    printers, total = table(book["07设备台账变动"])[:2]
    assert printers["设备类别"] == "打印机"
    for row in (printers, total):
        assert [row[h] for h in ("期初(台)", "+ 新增", "− 报废", "= 期末(台)")] == [2, 1, 1, 2]
        money = [row[h] for h in ("期初原值", "+ 新增原值", "− 报废原值", "= 期末原值")]
        assert money == [3000.3, 300.05, 2000.2, 1300.15]


def test_costs_are_cut_by_department_vendor_and_device_each_with_its_unassigned_row(
    book: Workbook,
) -> None:
    rows = [(row[0].value, row[-2].value) for row in book["02费用汇总"].iter_rows() if row[0].value]
    place = {text: number for number, (text, _) in enumerate(rows)}
    assert rows[place["按科室"] + 1 : place["按科室"] + 4] == [
        ("急诊科", 1107.3), ("未归属", 0), ("合计", 1107.3)
    ]  # fmt: skip
    assert rows[place["按供应商"] + 1 : place["按供应商"] + 3] == [
        ("未归属", 1107.3),
        ("合计", 1107.3),
    ]
    assert rows[place["按设备"] + 1 : place["按设备"] + 4] == [
        (LONG_ID, 1107.3), ("未归属", 0), ("合计", 1107.3)
    ]  # fmt: skip


CHANGED = {
    "a page": ("06打印计费", "D9", 151, {"各打印机黑白页之和 = 合同黑白页"}),
    "a difference": ("06打印计费", "H5", 43.21, {"应付 + 差额 = 供应商账单"}),
    "a piece": ("05备件核对", "F5", 4, {"工单费用数量 + 未入费用 − 无出库 = 出库数量"}),
    "a device": ("07设备台账变动", "C5", 2, {"期初 + 新增 − 报废 = 期末(台)"}),
    "its cost": ("07设备台账变动", "G5", 300.06, {"期初 + 新增 − 报废 = 期末(原值)"}),
    "a department": ("03维修费用明细", "D5", "别处", {"Σ 费用明细 = 按科室合计"}),
    "a vendor": ("03维修费用明细", "N5", "V9", {"Σ 费用明细 = 按供应商合计"}),
    "a number": ("03维修费用明细", "E5", LONG_ID[:-1] + "8", {"Σ 费用明细 = 按设备合计"}),
}  # fmt: skip


def test_libreoffice_agrees_and_one_change_turns_exactly_its_check(
    path: Path, soffice: Path, tmp_path: Path
) -> None:
    files = [path]
    for number, (sheet, cell, value, _) in enumerate(CHANGED.values()):
        edited = openpyxl.load_workbook(path)
        assert edited[sheet][cell].value not in (None, value)
        edited[sheet][cell].value = value
        files.append(tmp_path / f"{number}.xlsx")
        edited.save(files[-1])
    same, *changed = recalculated(soffice, files, tmp_path)
    assert differing(path, same) == []
    turned = [
        {row["检查项"] for row in table(one["90勾稽"]) if row["结论"] == "✘"} for one in changed
    ]
    assert dict(zip(CHANGED, turned, strict=True)) == {
        name: failed for name, (_, _, _, failed) in CHANGED.items()
    }
