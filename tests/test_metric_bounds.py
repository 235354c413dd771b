"""The stored bounds of counts: the same figures as computed ones, and what happens beyond them."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from handmade import local, warehouse_of

from assets.analysis import intervals
from assets.metric_bounds import STORED_UP_TO, bounds

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    rows = {"tickets": [{"ticket_id": "T1", "reported_at": local("2026-03-01 00:00")}]}
    return warehouse_of(rows, local("2026-03-31 00:00"))


def test_the_stored_bounds_are_the_golden_numbers(con: duckdb.DuckDBPyConnection) -> None:
    """Garwood over 1, 1 000 and 60 300 days; the MTBF of no failure in 365 days."""
    found = bounds(con, [0, 3, 10, 900])
    assert (found[0].lo, round(found[0].hi, 4)) == (0.0, 3.6889)
    assert (round(found[3].lo / 1000, 6), round(found[3].hi / 1000, 6)) == (0.000619, 0.008767)
    assert (round(found[900].lo / 60300, 6), round(found[900].hi / 60300, 6)) == (
        0.013966,
        0.015933,
    )
    assert round(365 / found[0].most, 2) == 121.84


def test_stored_computed_and_absent_bounds_are_one(con: duckdb.DuckDBPyConnection) -> None:
    """The table, the counts beyond it, and a snapshot that has no table give the same numbers."""
    counts = [0, 1, 4, 977, STORED_UP_TO, STORED_UP_TO + 1, 1_100_000]
    found = bounds(con, counts)
    assert found == bounds(duckdb.connect(), counts)
    low, high = intervals.poisson(counts, 1)
    assert [found[count].lo for count in counts] == low.tolist()
    assert [found[count].hi for count in counts] == high.tolist()


def test_a_command_that_shows_numbers_imports_neither_scipy_nor_pandas_nor_dagster() -> None:
    """The modules of `kpi show` and of `explain`, in a fresh interpreter."""
    code = (
        "import sys, pipelines.cli, assets.metrics, assets.metric_rows, assets.snapshots; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'scipy', 'pandas', 'dagster', 'dash', 'openpyxl', 'great_expectations'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
