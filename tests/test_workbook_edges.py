"""Workbooks of sources that yield little, of several sites, of months in which nothing happened."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from workbook_month import ROWS, TICKETS, publish
from workbook_reader import differing, recalculated, table

from exports.month import write_month

Rows = dict[str, list[dict[str, Any]]]


def _minimal() -> Rows:
    return {"tickets": [{key: TICKETS[1][key] for key in ("ticket_id", "reported_at")}]}


def _quiet() -> Rows:
    """A ticket two months before, and not one event, cost or part."""
    return {"tickets": [{**TICKETS[0], "reported_at": "2026-08-05 02:00"}], "ticket_events": []}


def _two_sites() -> Rows:
    """The same hospital twice, every key again in the second site."""
    sites = [{"site_id": "H1", "name": "本部"}, {"site_id": "H2", "name": "东院"}]
    second = {name: [{**row, "site_id": "H2"} for row in rows] for name, rows in ROWS.items()}
    return {name: [*rows, *second[name]] for name, rows in ROWS.items()} | {"sites": sites}


def _gaps() -> Rows:
    rows = deepcopy(ROWS)
    rows["parts"][0]["unit_price_cny"] = None
    rows["ticket_costs"][0]["amount_cny"] = None
    rows["ticket_costs"][1]["occurred_on"] = None
    return rows


CASES = {"minimal": _minimal, "quiet": _quiet, "two sites": _two_sites, "gaps": _gaps}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        name: write_month(publish(tmp_path_factory.mktemp("edge"), rows=make()), "2026-10").rename(
            tmp_path_factory.mktemp("book") / f"{number}.xlsx"
        )
        for number, (name, make) in enumerate(CASES.items())
    }


@pytest.fixture(scope="module")
def books(paths: dict[str, Path]) -> dict[str, Workbook]:
    return {name: openpyxl.load_workbook(path, data_only=True) for name, path in paths.items()}


def this_month(book: Workbook) -> dict[tuple[str, str], Any]:
    return {(row["标识"], row["口径(单位)"]): row["本月"] for row in table(book["01汇总"])}


@pytest.mark.parametrize("name", CASES)
def test_every_check_that_can_be_made_holds(name: str, books: dict[str, Workbook]) -> None:
    verdicts = [row["结论"] for row in table(books[name]["90勾稽"]) if row["结论"]]
    assert verdicts
    assert set(verdicts) == {"✔"}


def test_libreoffice_calculates_all_of_them_to_the_same(
    paths: dict[str, Path], soffice: Path, tmp_path: Path
) -> None:
    calculated = recalculated(soffice, list(paths.values()), tmp_path)
    for path, theirs in zip(paths.values(), calculated, strict=True):
        assert differing(path, theirs) == []


def test_a_source_with_tickets_only_says_what_is_not_connected(books: dict[str, Workbook]) -> None:
    numbers = this_month(books["minimal"])
    assert numbers["reports", "数量"] == 1
    for metric, statistic in (
        ("report_rate", "每日 %"), ("repair_cost", "元"), ("stock_on_hand", "数量"),
        ("restore_time", "平均"), ("parts_below_min", "种"),
    ):  # fmt: skip
        assert numbers[metric, statistic] == "未接入"
    assert books["minimal"]["04备件收发存"]["A5"].value == "未接入备件台账。"
    assert books["minimal"]["02费用汇总"]["B7"].value == "零元整"


def test_a_month_in_which_nothing_happened_is_zeros_not_gaps(books: dict[str, Workbook]) -> None:
    book = books["quiet"]
    assert this_month(book)["reports", "数量"] == 0
    assert book["03维修费用明细"]["A5"].value == "本月没有维修费用。"
    assert book["明细_时限"]["A5"].value == "本月没有计入的时限。"


def test_several_sites_get_a_column_and_are_counted_together(books: dict[str, Workbook]) -> None:
    book = books["two sites"]
    assert [row["院区"] for row in table(book["明细"])].count("东院") == 5
    numbers = this_month(book)
    assert (numbers["reports", "数量"], numbers["repair_cost", "元"]) == (8, 2214.6)
    assert numbers["parts_below_min", "种"] == 2  # one in each site
    assert len(table(book["04备件收发存"])) == 4 + 2  # the total and the note about rounding


def test_what_has_no_price_or_amount_says_so_and_adds_nothing(books: dict[str, Workbook]) -> None:
    book = books["gaps"]
    screw, toner = table(book["04备件收发存"])[:2]
    assert (screw["单价"], screw["= 期末金额"], toner["= 期末金额"]) == ("未定价", "未定价", 1110)
    assert this_month(book)["stock_on_hand", "金额(元)"] == "不可信"
    costs = table(book["03维修费用明细"])
    assert costs[0]["金额"] == "未填"
    assert this_month(book)["repair_cost", "元"] == 1007
