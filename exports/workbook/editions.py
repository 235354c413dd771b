"""Which sheets and which columns an edition holds: allow-lists, so nothing new leaks by itself.

Holds the sheets' names, order and purposes, and the editions. What stands in a sheet is decided by
its module; what a role may read at all is decided in `assets.metrics`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from config.errors import ConfigError
from exports.workbook.words import Words


@dataclass(frozen=True)
class SheetSpec:
    """A sheet's names and what it is for."""

    zh: str
    en: str
    purpose_zh: str
    purpose_en: str


SHEETS: dict[str, SheetSpec] = {
    "cover": SheetSpec("封面", "Cover", "期间、版本、快照与签字", "Period, version, signatures"),
    "contents": SheetSpec("目录", "Contents", "各表用途与行数", "Purpose and rows of each sheet"),
    "summary": SheetSpec(
        "01汇总",
        "01 Summary",
        "全部指标:本月、上月、同比、累计、区间",
        "Every KPI with comparisons",
    ),
    "cost_summary": SheetSpec(
        "02费用汇总", "02 Costs", "成本中心 × 经济分类,含大写合计", "Cost centre × economic class"
    ),
    "costs": SheetSpec(
        "03维修费用明细", "03 Cost lines", "本月每一笔维修费用", "Every cost line of the month"
    ),
    "stock": SheetSpec(
        "04备件收发存", "04 Spare parts", "期初 + 入 − 出 ± 调整 = 期末", "Stock ledger per part"
    ),
    "parts_match": SheetSpec(
        "05备件核对", "05 Parts matched", "工单上的备件 = 出库的备件", "Parts charged and issued"
    ),
    "printing": SheetSpec(
        "06打印计费", "06 Printing", "印量 × 单价与供应商账单的差额", "Pages, price and bill"
    ),
    "assets": SheetSpec(
        "07设备台账变动", "07 Assets", "期初 + 新增 − 报废 = 期末", "Opening, new, retired, closing"
    ),
    "sla": SheetSpec(
        "09SLA与时效", "09 SLA", "时限 × 紧急程度的达标情况", "Attainment by clock and urgency"
    ),
    "tickets": SheetSpec("明细", "Tickets", "与本月有关的每一张工单", "Every ticket of the month"),
    "flows": SheetSpec(
        "明细_在手", "Tickets open", "每张工单的期初、进、出、期末", "Opening, in, out, closing"
    ),
    "clocks": SheetSpec(
        "明细_时限", "Clocks", "本月计入的每一个时限", "Every clock counted in the month"
    ),
    "reconcile": SheetSpec(
        "90勾稽", "90 Reconciliation", "左值、右值、差额与结论", "Left, right, difference, verdict"
    ),
    "definitions": SheetSpec(
        "91口径说明", "91 Definitions", "每个指标的定义与注意事项", "Definitions and caveats"
    ),
    "quality": SheetSpec(
        "92数据质量", "92 Data quality", "接入情况、隔离与缺口", "Feeds, quarantine and gaps"
    ),
    "closed": SheetSpec(
        "93月结与重述", "93 Closed", "上月冻结值、以后的重述与原因", "Frozen numbers, restatements"
    ),
}

_COSTS = (
    "occurred_on", "cost_id", "ticket_no", "site", "department", "asset_tag", "asset_class",
    "model", "kind", "part", "quantity", "unit_price", "amount", "tax", "vendor", "invoice_no",
    "warranty", "cost_centre", "economic_class",
)  # fmt: skip
_STOCK = (
    "site", "part_no", "name", "part_class", "unit", "price", "opening", "received", "issued",
    "adjusted", "closing", "opening_cny", "received_cny", "issued_cny", "adjusted_cny",
    "rounding_cny", "closing_cny", "minimum", "below",
)  # fmt: skip
_PARTS_MATCH = (
    "ticket_no", "site", "department", "restored", "charged", "issued", "unbooked", "unissued",
    "agreed",
)  # fmt: skip
_PRINTING = (
    "contract", "site", "vendor", "mono", "colour", "expected", "billed", "difference", "verdict",
)  # fmt: skip
_ASSETS = (
    "asset_class", "opening", "new", "retired", "closing", "opening_cny", "new_cny",
    "retired_cny", "closing_cny",
)  # fmt: skip
_LEDGERS = {"parts_match": _PARTS_MATCH, "printing": _PRINTING, "assets": _ASSETS}
_TICKETS = (
    "ticket_no", "site", "department", "asset_tag", "asset_class", "model", "fault_family",
    "work_class", "channel", "priority", "urgency", "reported", "accepted", "arrived", "restored",
    "finished", "accept_time", "response_time", "restore_time", "valid", "failure", "reopens",
    "transfers", "outcome", "team", "engineer",
)  # fmt: skip
_FLOWS = (
    "ticket_no", "site", "department", "created", "reported", "restored", "valid", "due_time",
    "first_restore", "on_time", "carried", "opening", "entered", "reentered", "left", "voided",
    "closing",
)  # fmt: skip
_CLOCKS = (
    "ticket_no", "site", "department", "clock", "urgency", "priority", "period_on", "target",
    "net", "gross", "met_net", "met_gross",
)  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """One reader's workbook: its role at the metrics, its sheets, the columns of row sheets."""

    key: str
    zh: str
    en: str
    role: str
    sheets: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]

    def allows(self, sheet: str, column: str) -> bool:
        """Tell whether a column of a sheet with rows may stand in this edition."""
        return column in self.columns.get(sheet, ())


EDITIONS: dict[str, Edition] = {
    "head": Edition(
        "head",
        "科室版",
        "Head's edition",
        "head",
        tuple(SHEETS),
        {"costs": _COSTS, "stock": _STOCK, "tickets": _TICKETS, "flows": _FLOWS,
         "clocks": _CLOCKS, **_LEDGERS},
    ),
    "finance": Edition(
        "finance",
        "财务版",
        "Finance edition",
        "finance",
        ("cover", "contents", "summary", "cost_summary", "costs", "stock", "parts_match",
         "printing", "assets", "reconcile",
         "definitions", "quality", "closed"),
        {"costs": _COSTS, "stock": _STOCK, **_LEDGERS},
    ),
}  # fmt: skip


def edition_of(key: str) -> Edition:
    """Return an edition.

    Raises:
        ConfigError: there is none of that name.
    """
    if key not in EDITIONS:
        raise ConfigError(f"没有「{key}」这个版本的工作簿。", f"可用的有:{'、'.join(EDITIONS)}。")
    return EDITIONS[key]


def sheet_names(edition: Edition, words: Words) -> dict[str, str]:
    """Return the names of an edition's sheets by key, in order."""
    return {key: words(SHEETS[key].zh, SHEETS[key].en) for key in edition.sheets}
