"""The tiny hospital's workbook: every cell is the metrics' number, every check holds, no leaks."""

import html
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from workbook_reader import table

from assets import metrics, snapshots
from config.settings import Settings
from exports.month import write_month

MONTH, START = "2026-10", "2026-10-01"


@pytest.fixture(scope="module")
def home(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home whose snapshot is the tiny hospital's, with a place of its own for workbooks."""
    folder = tmp_path_factory.mktemp("export") / "home"
    folder.mkdir()
    (folder / "snapshots").symlink_to(tiny_hospital.snapshots_dir)
    return tiny_hospital.model_copy(update={"home": folder})


@pytest.fixture(scope="module")
def head(home: Settings) -> Path:
    return write_month(home, MONTH)


def _expected(settings: Settings, role: str) -> Iterator[tuple[str, str, Any]]:
    """Yield id, statistic's words and the value of every workbook KPI, straight from the reader."""
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    with snapshots.opened(snapshot, settings) as con:
        for metric in metrics.registry().values():
            if "workbook" not in metric.surfaces or role not in metric.roles:
                continue
            frame = metrics.read(con, metric.id, grain="month", role=role)
            rows = frame[frame["period_start"].astype(str) == START]
            for row in rows.to_dict("records"):
                shape = metric.statistics[row["statistic"]]
                value = row["value"]
                if pd.isna(value):
                    value = metrics.format_value(
                        metric, row["statistic"], None, state=row["state"], lo=row["lo"]
                    )
                elif shape.format == "duration":
                    value = value / 86_400
                yield metric.id, shape.zh, value


@pytest.mark.parametrize("edition", ["head", "finance"])
def test_every_cell_of_the_summary_is_the_metrics_number(home: Settings, edition: str) -> None:
    book = openpyxl.load_workbook(write_month(home, MONTH, edition), data_only=True)
    cells = {(row["标识"], row["口径(单位)"]): row["本月"] for row in table(book["01汇总"])}
    wanted = {(metric, words): value for metric, words, value in _expected(home, edition)}
    assert len(wanted) > 50
    shown = {key: cells[key] for key in wanted}
    assert shown == {
        key: value if isinstance(value, str) else pytest.approx(value, rel=1e-12, abs=1e-12)
        for key, value in wanted.items()
    }


@pytest.mark.parametrize("month", ["2026-09", "2026-10"])
def test_every_check_holds_in_every_month_of_the_demo(home: Settings, month: str) -> None:
    for edition in ("head", "finance"):
        path = write_month(home, month, edition)
        rows = table(openpyxl.load_workbook(path, data_only=True)["90勾稽"])
        assert {row["结论"] for row in rows if row["结论"]} == {"✔"}
        assert rows[-1]["检查项"] == "全部通过"


def test_live_kpis_are_formulas_over_rows(head: Path) -> None:
    book = openpyxl.load_workbook(head)
    by_id = {
        (row[17].value, row[3].value): row[4].value
        for row in book["01汇总"].iter_rows(min_row=5)
        if row[17].value
    }
    assert str(by_id["reports", "数量"]).startswith("=COUNTIFS(明细_报修时间")
    assert "AVERAGEIFS(明细_恢复时长" in str(by_id["restore_time", "平均"])
    assert by_id["repair_cost", "元"] == "=ROUND(SUM(费用_金额),2)"
    assert isinstance(by_id["restore_time", "KM P90"], float | int)


def test_the_finance_edition_names_no_engineer_of_the_hospital(home: Settings) -> None:
    snapshot = snapshots.current(home)
    assert snapshot is not None
    with snapshots.opened(snapshot, home) as con:
        people = metrics.detail_rows(con, "dim_engineers", role="head")
    assert len(people) >= 3
    with zipfile.ZipFile(write_month(home, MONTH, "finance")) as archive:
        text = html.unescape(
            "".join(archive.read(name).decode("utf-8") for name in archive.namelist())
        )
    for person in people:
        assert person["name"] not in text
        assert f">{person['engineer_id']}<" not in text


def test_a_demo_workbook_says_it_is_one(head: Path) -> None:
    book = openpyxl.load_workbook(head)
    assert book["封面"]["A6"].value == "「演示数据」"
