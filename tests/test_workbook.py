"""The monthly workbook of a month written by hand: figures, formulas, texts, set-up."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook
from workbook_month import INVOICE, LONG_ID, RISKY, publish
from workbook_reader import table

from exports.month import write_month

EVERY_SHEET = [
    "封面", "目录", "01汇总", "02费用汇总", "03维修费用明细", "04备件收发存",
    "05备件核对", "06打印计费", "07设备台账变动", "09SLA与时效", "明细",
    "明细_在手", "明细_时限", "90勾稽", "91口径说明", "92数据质量", "93月结与重述",
]  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_month(publish(tmp_path_factory.mktemp("month")), "2026-10")


@pytest.fixture(scope="module")
def values(path: Path) -> Workbook:
    return openpyxl.load_workbook(path, data_only=True)


@pytest.fixture(scope="module")
def written(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def kpi(values: Workbook, metric: str, statistic: str) -> dict[str, Any]:
    rows = table(values["01汇总"])
    found = [row for row in rows if (row["标识"], row["口径(单位)"]) == (metric, statistic)]
    assert len(found) == 1
    return found[0]


def test_the_sheets_stand_in_the_plans_order(values: Workbook) -> None:
    assert values.sheetnames == EVERY_SHEET


@pytest.mark.parametrize(
    ("metric", "statistic", "figure", "source"),
    [
        ("reports", "数量", 4, "公式"),
        ("tickets_completed", "数量", 3, "公式"),
        ("backlog", "数量", 1, "公式"),
        ("completion_rate", "甲 · 按报修月", 0.666667, "公式"),  # T2, T3 of T2, T3, T5
        ("completion_rate", "乙 · 按流量", 0.75, "公式"),  # 3 restored of 1 carried + 3 reported
        ("reopens", "重开率", 0.333333, "公式"),
        ("restore_time", "平均", 0.75, "公式"),  # (48 h + 2 h + 4 h) / 3 = 18 h
        ("first_restore_time", "平均", 17 / 24, "公式"),  # (48 h + 2 h + 1 h) / 3
        ("time_to_accept", "平均", 0.5 / 24, "公式"),  # (20 + 30 + 40 min) / 3
        ("restore_time", "中位", 4 / 24, "模型值"),
        ("repair_cost", "元", 1107.30, "公式"),
        ("stock_on_hand", "数量", 103, "公式"),
        ("stock_on_hand", "金额(元)", 1113.40, "公式"),  # 97 × 0.035 + 6 × 185
        ("parts_below_min", "种", 1, "公式"),
        ("calls", "数量", "未接入", "—"),
        ("stability", "平均间隔小时", "≥201.7", "—"),  # 744 h / 3.689
    ],
)
def test_the_summary_shows_the_figures_worked_by_hand(
    values: Workbook, metric: str, statistic: str, figure: float | str, source: str
) -> None:
    row = kpi(values, metric, statistic)
    wanted = figure if isinstance(figure, str) else pytest.approx(figure, abs=1e-9)
    assert row["本月"] == wanted
    assert row["取数"] == source


def test_a_month_that_data_cover_in_part_is_not_compared_as_an_amount(values: Workbook) -> None:
    reports = kpi(values, "reports", "数量")
    assert (reports["上月"], reports["环比"], reports["去年同月"]) == (1, "不满月", "—")
    assert reports["本年累计"] == 5
    assert kpi(values, "stock_on_hand", "数量")["环比"] == pytest.approx(0.03)
    assert kpi(values, "completion_rate", "乙 · 按流量")["环比"] == pytest.approx(75)  # points


def test_small_samples_say_so_and_carry_their_interval(values: Workbook) -> None:
    row = kpi(values, "reopens", "重开率")
    assert (row["状态"], row["样本 n"]) == ("样本不足", 3)
    assert (row["95% 下限"], row["95% 上限"]) == (0.061492, 0.79234)  # Wilson 1 of 3


def test_costs_are_cut_without_confusing_codes_that_look_alike(values: Workbook) -> None:
    rows = table(values["02费用汇总"])
    sums = {row["成本中心 / 类别"]: row["合计"] for row in rows[:5]}
    assert sums == {"0101": 0.2, "101": 100.1, "D1 急诊科": 1000, "未归属": 7, "合计": 1107.3}
    assert rows[2]["30218 专用材料费"] == 1000
    assert rows[3]["未归属"] == 7
    assert rows[5]["30213 维修（护）费"] == "壹仟壹佰零柒元叁角整"


def test_the_stock_ledger_balances_in_pieces_and_to_the_cent(values: Workbook) -> None:
    screw, toner, total = table(values["04备件收发存"])[:3]
    assert [screw[key] for key in ("期初数量", "+ 入库", "− 出库", "= 期末数量")] == [100, 0, 3, 97]
    # 3.50 − 0.11 (0.105) is 3.39, 97 × 0.035 is 3.395: the cent stands in its own column
    assert [screw[key] for key in ("期初金额", "− 出库金额", "尾差", "= 期末金额")] == [
        3.5, 0.11, 0.01, 3.4,
    ]  # fmt: skip
    assert (screw["低于下限"], toner["低于下限"]) == ("是", "否")
    assert (toner["± 退库调拨盘点"], toner["= 期末数量"], total["= 期末金额"]) == (1, 6, 1113.4)


def test_every_ticket_of_the_month_has_one_row(values: Workbook) -> None:
    rows = {row["工单号"]: row for row in table(values["明细"])}
    assert list(rows) == ["WX-T1", "WX-T2", "WX-T3", "WX-T4", "WX-T5"]
    assert rows["WX-T2"]["报修时间"] == datetime(2026, 10, 5, 10, 0)  # noqa: DTZ001 - local
    assert rows["WX-T2"]["到场时长"] == timedelta(minutes=30)
    assert rows["WX-T1"]["恢复时长"] == timedelta(hours=48)
    assert (rows["WX-T4"]["有效"], rows["WX-T3"]["重开次数"]) == ("否", 1)
    assert rows["WX-T1"]["工程师"] == "欧阳工"


def test_what_moved_in_hand_balances_for_every_ticket(values: Workbook) -> None:
    moves = ["期初在手", "+ 新进入", "+ 重开返回", "− 恢复", "− 取消合并", "= 期末在手"]
    rows = {row["工单号"]: [row[key] for key in moves] for row in table(values["明细_在手"])}
    assert rows == {
        "WX-T1": [1, 0, 0, 1, 0, 0],
        "WX-T2": [0, 1, 0, 1, 0, 0],
        "WX-T3": [0, 1, 1, 2, 0, 0],
        "WX-T4": [0, 1, 0, 0, 1, 0],
        "WX-T5": [0, 1, 0, 0, 0, 1],
    }


def test_clocks_are_counted_by_clock_and_urgency(values: Workbook) -> None:
    rows = {(row["时限"], row["紧急程度"]): row for row in table(values["09SLA与时效"])[:9]}
    assert rows["接单", "全部"]["计入数"] == 3
    assert rows["接单", "全部"]["净达标率"] == 0.666667
    assert (rows["接单", "特急"]["净达标率"], rows["接单", "一般"]["净达标率"]) == (0, 1)
    assert rows["到场", "特急"]["净达标率"] == "—"
    assert values["09SLA与时效"]["A1"].value == "SLA 与时效"


def test_every_check_holds(values: Workbook) -> None:
    rows = table(values["90勾稽"])
    verdicts = [row["结论"] for row in rows if row["结论"]]
    assert len(verdicts) == 40
    assert set(verdicts) == {"✔"}
    assert rows[-1]["检查项"] == "全部通过"


def test_ids_stay_text_with_all_their_digits(written: Workbook) -> None:
    sheet = written["03维修费用明细"]
    heads = {cell.value: cell.column for cell in sheet[4]}
    for head, text in (("资产编号", LONG_ID), ("发票号", INVOICE)):
        cell = sheet.cell(5, heads[head])
        assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")
    money = sheet.cell(5, heads["金额"])
    assert (money.value, money.number_format) == (100.1, "#,##0.00")


def test_a_text_that_looks_like_a_formula_stays_a_text(written: Workbook) -> None:
    risky = written["明细"]["B7"]
    assert (risky.value, risky.data_type, risky.quotePrefix) == (RISKY, "s", True)
    cold = written["明细"]["E5"]
    assert (cold.value, cold.quotePrefix) == ("-5℃ 冷藏 型", True)  # the control character is gone


def test_no_free_text_and_nobody_who_reported_is_in_the_workbook(values: Workbook) -> None:
    text = "".join(
        str(value) for sheet in values for row in sheet.iter_rows(values_only=True) for value in row
    )
    for private in ("张三", "13800000000", "描述不应出现", "REQ-77"):
        assert private not in text


def test_pandas_reads_what_the_formulas_give(path: Path) -> None:
    frame = pd.read_excel(path, sheet_name="01汇总", header=3)
    assert frame.loc[frame["标识"] == "reports", "本月"].tolist() == [4]


def test_the_cover_says_what_the_workbook_rests_on(values: Workbook) -> None:
    cells = [cell for row in values["封面"].iter_rows(values_only=True) for cell in row if cell]
    pairs = dict(pairwise(cells))
    assert pairs["统计期间"] == "2026-10-01 — 2026-10-31"
    assert (pairs["版本"], pairs["状态"], pairs["勾稽结论"]) == ("v1", "初稿", "全部通过")
    assert pairs["数据截至(快照时间)"] == "2026-11-10 00:00:00"
    assert pairs["快照编号"].startswith("20261109T160000-")
    assert {"编制人", "审核人", "批准人", "签字", "日期"} <= set(cells)
    assert not any("演示数据" in str(cell) for cell in cells)


def test_the_contents_lead_to_every_sheet_with_its_rows(written: Workbook) -> None:
    rows = {row[1].value: row for row in written["目录"].iter_rows(min_row=5, max_row=21)}
    assert list(rows) == EVERY_SHEET
    assert rows["明细"][1].hyperlink.location == "'明细'!A1"
    assert (rows["明细"][3].value, rows["03维修费用明细"][3].value) == (5, 4)


def test_every_sheet_is_ready_to_print(written: Workbook) -> None:
    for sheet in written:
        setup = sheet.page_setup
        assert (setup.paperSize, setup.orientation, setup.fitToWidth) == (9, "landscape", 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
        assert sheet.oddFooter.left.text == "&A"
        assert not sheet.merged_cells.ranges
        assert sheet.print_area
    for name in EVERY_SHEET[1:]:
        sheet = written[name]
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref
        assert sheet.print_title_rows == "$1:$4"
        last = [row[0] for row in sheet.iter_rows(values_only=True) if row[0]][-1]
        assert "制表" in last
        assert "审核" in last
        assert "负责人" in last


def test_the_file_tells_no_machine_and_no_clock(written: Workbook) -> None:
    properties = written.properties
    assert properties.creator == properties.lastModifiedBy == "OpsPulse 运维脉搏"
    assert properties.created == properties.modified == datetime(2026, 11, 9, 16)  # noqa: DTZ001
    assert written.calculation.fullCalcOnLoad


def test_the_chart_is_native_and_carries_its_points(written: Workbook) -> None:
    (chart,) = written["09SLA与时效"]._charts
    net, gross = chart.series
    assert [point.v for point in net.val.numRef.numCache.pt] == [0.666667, 1, 0.666667]
    assert [point.v for point in net.cat.strRef.strCache.pt] == ["接单", "到场", "恢复"]
    colours = [series.graphicalProperties.solidFill.srgbClr for series in (net, gross)]
    assert colours == ["0B6BA8", "C9D5DD"]


def test_the_definitions_are_the_registrys_words_in_both_languages(values: Workbook) -> None:
    rows = table(values["91口径说明"])
    mtbf = next(row for row in rows if "mtbf" in row["指标 / 标识"])
    assert mtbf["公式"] == "(在用台时 − 停机台时) ÷ 使用故障次数"
    assert mtbf["Formula (en)"] == "(in-service time - down time) / failures in use"
    assert len(rows) - 1 == len({row["标识"] for row in table(values["01汇总"]) if row["标识"]})


def test_data_quality_tells_what_is_not_connected(values: Workbook) -> None:
    rows = list(values["92数据质量"].iter_rows(min_row=5, values_only=True))
    words = {row[1]: row[2] for row in rows if row[2] in ("已接入", "未接入")}
    assert (words["tickets"], words["calls"]) == ("已接入", "未接入")
    assert ("隔离中的行", "—", 0, 0, "—") in rows
