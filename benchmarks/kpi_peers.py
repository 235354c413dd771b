"""Each KPI from core to number: ours against vectorised pandas and PostgreSQL, side by side.

Holds the three runners, the comparison of every figure and the timing. Ours is `metrics.read` of
the statistics compared, with their intervals and states, plus the share of one KPI by one dimension
in building the kpi layer: that time over the number of such tables that the registry offers, for
the layer is built once for all of them, while a peer starts from core for each. The peers' clocks
start with their tables in memory, or loaded, indexed and analysed. Run through `python -m
benchmarks kpi`, or alone: `python -m benchmarks.kpi_peers HOME` for a warehouse whose core and kpi
are built.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psycopg

from assets import metrics, models, warehouse
from assets.metric_periods import periods
from benchmarks.memory import peak_mib
from benchmarks.peers import frames, postgres
from benchmarks.peers.inputs import KPIS, TABLES, Kpi
from benchmarks.report import Result, median
from config.settings import Settings, load_settings

SERVER = os.environ.get("OPSPULSE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
DATABASE = "opspulse_bench_kpi"
_TOLERANCE = 1e-9
# What takes longer is not repeated.
_LONG_SECONDS = 20
_KEYS = {"fault_family": "fault_family_code"}
_TYPES = {"VARCHAR": "text", "TIMESTAMP": "timestamp", "BOOLEAN": "boolean", "DATE": "date"}

Figures = dict[tuple[date, str], tuple[float, ...]]


def ours(con: duckdb.DuckDBPyConnection, kpi: Kpi) -> pd.DataFrame:
    """Read the KPI as every surface does."""
    wanted = list(dict.fromkeys(statistic for statistic, _ in kpi.figures))
    return metrics.read(con, kpi.metric_id, grain=kpi.grain, by=[kpi.by], statistics=wanted)


def of_reading(frame: pd.DataFrame, kpi: Kpi) -> Figures:
    """Bring our reading into the form that is compared."""
    code = f"{kpi.by}_code"
    found: dict[tuple[date, str], list[float]] = {}
    by_statistic = dict(tuple(frame.groupby("statistic")))
    for statistic, column in kpi.figures:
        part = by_statistic[statistic]
        days = pd.to_datetime(part["period_start"]).dt.date
        for day, key, value in zip(days, part[code], part[column], strict=True):
            found.setdefault((day, _name(key)), []).append(float(value))
    return {key: tuple(values) for key, values in found.items()}


def _name(key: Any) -> str:
    return "" if key is None or pd.isna(key) else str(key)


def of_frame(found: pd.DataFrame) -> Figures:
    """Bring a peer's frame into the form that is compared."""
    days = pd.to_datetime(found["period"]).dt.date
    rows = found.drop(columns=["period", "key"]).itertuples(index=False)
    return {
        (day, _name(key)): tuple(float(value) for value in row)
        for day, key, row in zip(days, found["key"], rows, strict=True)
    }


def differences(mine: Figures, theirs: Figures) -> list[str]:
    """Say where two results differ; figures of nothing but zeros may be missing."""
    found = []
    for key in sorted({*mine, *theirs}):
        width = len(mine.get(key) or theirs[key])
        a, b = mine.get(key, (0.0,) * width), theirs.get(key, (0.0,) * width)
        if not all(math.isclose(x, y, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
                   for x, y in zip(a, b, strict=True)):  # fmt: skip
            found.append(f"{key}: {a} against {b}")
    return found


def period_frames(con: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    """Return the periods of both grains, as our reader cuts them."""
    context = con.execute("select as_of, as_of_on, timezone from kpi.run_context").fetchone()
    first = con.execute("select min(data_from_on) from kpi.dim_sites").fetchone()
    if context is None or first is None:
        raise ValueError("the warehouse holds no built kpi layer")
    as_of, as_of_on, zone = context
    found = {}
    for grain in ("month", "day"):
        cut = periods(grain, first[0], as_of_on, zone=zone, as_of=as_of, data_from=first[0])
        found[grain] = pd.DataFrame(
            {
                "start": pd.to_datetime([period.start for period in cut]),
                "end": pd.to_datetime([period.end for period in cut]),
                "first_second": [max(period.first_second, period.data_second) for period in cut],
                "last_second": [period.last_second for period in cut],
                "level_second": [period.level_second for period in cut],
            }
        )
    return found


def timed(action: Callable[[], Any], repeats: int) -> tuple[Any, float, float]:
    """Run some times; the last result, the median of the wall clock, the median of our CPU."""
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        found = action()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        if walls[-1] > _LONG_SECONDS:
            break
    return found, statistics.median(walls), statistics.median(cpus)


@contextmanager
def loaded(
    con: duckdb.DuckDBPyConnection, cut: dict[str, pd.DataFrame]
) -> Iterator[psycopg.Connection]:
    """Fill a PostgreSQL database with the peers' tables; dropped afterwards."""
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as admin:
        admin.execute(f"drop database if exists {DATABASE} with (force)")
        admin.execute(f"create database {DATABASE}")
        try:
            with psycopg.connect(f"{SERVER}/{DATABASE}", autocommit=True) as server:
                _fill(con, server, cut)
                yield server
        finally:
            admin.execute(f"drop database {DATABASE} with (force)")


def _fill(
    con: duckdb.DuckDBPyConnection, server: psycopg.Connection, cut: dict[str, pd.DataFrame]
) -> None:
    for name, columns in TABLES.items():
        described = con.execute(f"describe select {columns} from core.{name}").fetchall()
        spec = ", ".join(f"{row[0]} {_TYPES.get(row[1], row[1])}" for row in described)
        server.execute(f"create table {name} ({spec})")
        rows = con.execute(f"select {columns} from core.{name}")
        with server.cursor().copy(f"copy {name} from stdin") as copy:
            while batch := rows.fetchmany(50_000):
                for row in batch:
                    copy.write_row(row)
    server.execute(
        "create table periods (grain text, start date, stop date, first_second bigint, "
        "last_second bigint, last_at timestamp)"
    )
    for grain, frame in cut.items():
        for row in frame.itertuples():
            last_at = datetime.fromtimestamp(row.level_second, UTC).replace(tzinfo=None)
            server.execute(
                "insert into periods values (%s, %s, %s, %s, %s, %s)",
                [
                    grain,
                    row.start.date(),
                    row.end.date(),
                    row.first_second,
                    row.last_second,
                    last_at,
                ],
            )
    for statement in (*postgres.INDEXES, "vacuum analyze", *postgres.SESSION):
        server.execute(statement)


def compare(home: Path, repeats: int) -> dict[str, Any]:
    """Time every KPI three ways and assert that the figures agree.

    Returns:
        ``share`` (seconds of building kpi over the number of KPIs by one dimension), ``kpis`` (name
        → seconds of ours, pandas, postgres), peak memory of this process before pandas holds its
        tables, in GiB.
    """
    settings = load_settings({"OPSPULSE_HOME": str(home), "OPSPULSE_SOURCE_URL": "sqlite:///none"})
    con = warehouse.connect(settings.warehouse_path, settings)
    share = _share(con, settings, repeats)
    found: dict[str, dict[str, float]] = {}
    results = {}
    for kpi in KPIS:
        frame, wall, cpu = timed(lambda kpi=kpi: ours(con, kpi), repeats)  # type: ignore[misc]
        results[kpi.name] = of_reading(frame, kpi)
        found[kpi.name] = {"ours": wall, "ours_cpu": cpu}
    memory = peak_mib() / 1024
    cut = period_frames(con)
    with loaded(con, cut) as server:
        for kpi in KPIS:
            rows, wall, _ = timed(
                lambda kpi=kpi: server.execute(postgres.KPIS[kpi.name]).fetchall(),
                repeats,  # type: ignore[misc]
            )
            found[kpi.name]["postgres"] = wall
            theirs = {(row[0], _name(row[1])): tuple(map(float, row[2:])) for row in rows}
            _agree(kpi, "postgres", results[kpi.name], theirs)
    tables = {name: con.execute(f"select {c} from core.{name}").df() for name, c in TABLES.items()}
    for kpi in KPIS:
        function = frames.KPIS[kpi.name]
        frame, wall, cpu = timed(lambda: function(tables, cut[kpi.grain]), repeats)  # noqa: B023
        found[kpi.name] |= {"pandas": wall, "pandas_cpu": cpu}
        _agree(kpi, "pandas", results[kpi.name], of_frame(frame))
    con.close()
    return {"share": share, "gib": memory, "kpis": found}


def _agree(kpi: Kpi, peer: str, mine: Figures, theirs: Figures) -> None:
    wrong = differences(mine, theirs)
    if wrong:
        raise AssertionError(f"{kpi.name}: {peer} differs in {len(wrong)}: {wrong[:5]}")


def _share(con: duckdb.DuckDBPyConnection, settings: Settings, repeats: int) -> float:
    """Build the kpi layer as a full build does; seconds for each KPI by one dimension."""
    specs = [spec for spec in models.discover() if spec.schema == "kpi"]
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        with warehouse.transaction(con):
            models.build(con, specs)
        seconds.append(time.perf_counter() - started)
    tables = sum(1 + len(metric.dimensions) for metric in metrics.registry().values())
    return statistics.median(seconds) / tables


def results(home: Path, repeats: int) -> list[Result]:
    """Compare in a process of its own; each KPI's ratio, their median and the worst."""
    command = [sys.executable, "-m", "benchmarks.kpi_peers", str(home), str(repeats)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures = json.loads(done.stdout)
    print(json.dumps(figures), flush=True)
    share, found = figures["share"], []
    for peer, bar in (("pandas", 1 / 3), ("postgres", 1 / 5)):
        ratios = {
            name: (seconds["ours"] + share) / seconds[peer]
            for name, seconds in figures["kpis"].items()
        }
        every = list(ratios.values())
        found += [median(f"KPI {name}: ours ÷ {peer}", bar, "×", [r]) for name, r in ratios.items()]
        found.append(median(f"all KPIs compared: ours ÷ {peer}, median", bar, "×", every))
        found.append(median(f"all KPIs compared: ours ÷ {peer}, worst", bar, "×", [max(every)]))
    found.append(median("all KPIs compared: peak memory of ours", 4, "GiB", [figures["gib"]]))
    return found


if __name__ == "__main__":
    print(json.dumps(compare(Path(sys.argv[1]), int(sys.argv[2]))))
