"""The commands that prepare decisions: repair or replace, own or per-page printing, a warranty.

Holds options, columns and words. The judgements are made by ``assets.replacement`` and
``assets.decision_costs`` from the current snapshot; nothing is computed here.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import cli_output
from pipelines.cli_asked import span_of
from pipelines.cli_kpi import opened_snapshot
from pipelines.cli_output import command
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    from config.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="决策:更换、打印外包、延保。 Decisions: replace, print, warranty.",
)

ROLE = "head"
On = Annotated[
    str | None, typer.Option(help="截至哪一天 YYYY-MM-DD,默认数据当天。 As of which day.")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
# How many of an estimate's inputs are named: those that move it most.
_MOST_SWINGS = 2
_INPUTS = {
    "pages": ("印量", "pages"),
    "price_cny": ("合同单价", "contract price"),
    "depreciation_cny": ("折旧", "depreciation"),
    "downtime_cny": ("停机损失", "downtime"),
    "consumables_cny": ("耗材", "supplies"),
    "repair_cny": ("维修", "repairs"),
    "labour_cny": ("人工", "labour"),
    "failure_rate": ("故障率", "failure rate"),
    "cost_per_failure_cny": ("单次维修费", "cost of a failure"),
}
_WORTH = {True: ("划算", "worth it"), False: ("不划算", "not worth it")}


@command(
    app,
    "建议更换的设备:费用、账面净值与理由。",
    "Devices to replace: cost, book value and reasons.",
)
def replace(on: On = None, *, as_json: AsJson = False) -> None:
    """Print the devices with as many signs as the rules ask for."""
    from assets.replacement import devices

    settings = installed()
    day = _day(on)
    with opened_snapshot(settings) as (snapshot, con):
        rows = devices(con, role=ROLE, on=day, lang=settings.language)
    zh = settings.language == "zh"
    _print(
        settings,
        rows,
        ["设备", "型号", "近 12 个月", "累计", "净值", "重置价", "理由"]
        if zh
        else ["device", "model", "12 months", "so far", "book value", "new", "reasons"],
        [
            [
                row["asset_id"],
                row["model"],
                *(
                    _money(row[name])
                    for name in (
                        "service_year_cny", "service_cny", "book_value_cny", "replacement_cny",
                    )
                ),
                "；".join(row["reasons"]),
            ]
            for row in rows
        ],
        is_demo=snapshot.is_demo,
        as_json=as_json,
        nothing=("没有设备达到更换条件。", "No device has enough signs."),
    )  # fmt: skip


@command(
    app,
    "自有打印机与按页外包:每台每年成本、盈亏平衡印量、敏感性。",
    "Own printers against a price per page: yearly cost, break-even, sensitivity.",
    name="print",
)
def print_offer(*, as_json: AsJson = False) -> None:
    """Print per model what a machine costs a year, own and under contract."""
    from assets.decision_costs import print_choice

    settings = installed()
    with opened_snapshot(settings) as (snapshot, con):
        rows = print_choice(con, role=ROLE)
    zh = settings.language == "zh"
    _print(
        settings,
        rows,
        ["型号", "台数", "页/台年", "自有 ¥/台年", "外包 ¥/台年", "平衡印量", "哪个省", "最敏感"]
        if zh
        else ["model", "machines", "pages", "own", "contract", "break-even", "cheaper", "swings"],
        [
            [
                row["model"],
                row["machines"],
                f"{row['pages']:,.0f}",
                _money(row["own_cny"]),
                _money(row["contract_cny"]),
                " ".join(f"{pages:,.0f}" for pages in row["break_even_pages"]) or None,
                _cheaper(row, zh=zh),
                _swings(row["tornado"], zh=zh),
            ]
            for row in rows
        ],
        is_demo=snapshot.is_demo,
        as_json=as_json,
        nothing=("没有带计数器读数的自有打印机。", "No own printer has readings."),
    )
    if rows and rows[0]["contract_cny"] is None and not as_json:
        cli_output.say(
            "没有外包报价:请在 config/prices.yml 填写 print_offer。",
            "There is no offer: give print_offer in config/prices.yml.",
            settings.language,
        )


@command(
    app,
    "延保是否划算:预期维修费与报价、敏感性。",
    "Is an extended warranty worth its price: expected repairs, offer, sensitivity.",
)
def warranty(*, as_json: AsJson = False) -> None:
    """Print per class of device what the failures under a warranty are expected to cost."""
    from assets.decision_costs import warranty_choice

    settings = installed()
    with opened_snapshot(settings) as (snapshot, con):
        rows = warranty_choice(con, role=ROLE)
    zh = settings.language == "zh"
    _print(
        settings,
        rows,
        ["类别", "保修年段", "故障数", "台年", "单次维修费", "预期费用", "95 % 区间", "报价",
         "结论", "最敏感"]
        if zh
        else ["class", "years", "failures", "device-years", "cost of one", "expected",
              "95 % interval", "offer", "verdict", "swings"],
        [
            [
                row["asset_class"],
                f"{row['from_year']}–{row['to_year']}",
                row["failures"],
                f"{row['device_years']:,.1f}",
                _money(row["cost_per_failure_cny"]),
                _money(row["expected_cny"]),
                _span(row["lo_cny"], row["hi_cny"]),
                _money(row["price_cny"]),
                _verdict(row, zh=zh),
                _swings(row["tornado"], zh=zh) if row["price_cny"] is not None else None,
            ]
            for row in rows
        ],
        is_demo=snapshot.is_demo,
        as_json=as_json,
        nothing=("台账里没有启用日期,无法按机龄估算。", "The register has no days of acceptance."),
    )  # fmt: skip


def _print(
    settings: "Settings",
    rows: list[dict[str, Any]],
    columns: Sequence[str],
    shown: Sequence[Sequence[object]],
    *,
    is_demo: bool,
    as_json: bool,
    nothing: tuple[str, str],
) -> None:
    cli_output.mark_demo(is_demo, settings.language, to_err=as_json)
    if as_json:
        cli_output.print_json([_plain(row) for row in rows])
    elif rows:
        cli_output.print_table(columns, shown)
    else:
        cli_output.say(*nothing, settings.language)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its swings as plain values."""
    swings = [vars(one) for one in row.get("tornado", ())]
    return row | {"tornado": swings} if "tornado" in row else row


def _cheaper(row: dict[str, Any], *, zh: bool) -> str | None:
    if row["contract_cny"] is None:
        return None
    if row["own_cny"] <= row["contract_cny"]:
        return "自有" if zh else "own"
    return "外包" if zh else "contract"


def _verdict(row: dict[str, Any], *, zh: bool) -> str | None:
    """Say worth it or not; 未能证明 where the price lies within what chance allows."""
    if row["is_worth_it"] is None:
        return None
    if not row["is_proven"]:
        return "未能证明" if zh else "not proven"
    return _WORTH[row["is_worth_it"]][not zh]


def _span(low: float | None, high: float | None) -> str | None:
    return None if low is None or high is None else f"{low:,.0f}–{high:,.0f}"


def _swings(tornado: Sequence[Any], *, zh: bool) -> str | None:
    """Name the inputs that move the difference most, and whether one of them turns it round."""
    widest = sorted(tornado, key=lambda one: -one.width)[:_MOST_SWINGS]
    texts = []
    for one in widest:
        name = _INPUTS.get(one.name, (one.name, one.name))[not zh]
        texts.append(f"{name} ±20%: {one.low:+,.0f} … {one.high:+,.0f}")
    return "；".join(texts) or None


def _money(value: Any) -> str | None:
    return None if value is None else f"¥{value:,.2f}"


def _day(text: str | None) -> date | None:
    return span_of(text, None)[0]
