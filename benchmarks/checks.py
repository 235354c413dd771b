"""What the checks cost: on a day's changes of one hospital, and as a share of a run of 1 M tickets.

Holds both data sets and the child processes. The import of Great Expectations is paid before the
clock starts. Run through `python -m benchmarks checks`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg

from assets import models, rule_tables, warehouse
from assets.pull import PullReport, Rejection, pull
from assets.snapshots import publish
from assets.sources.contract import INSTANT, Table, tables
from benchmarks.report import Result, median
from config.rules import load_rules
from config.settings import Settings, load_settings
from data_checks import validate
from data_checks.dag import LoadChecks

TICKETS = 1_000_000
SERVER = os.environ.get("OPSPULSE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
DATABASE = "opspulse_bench_checks"
_STEPS = ("reported", "dispatched", "accepted", "restored", "closed")
_ZONE = "Asia/Shanghai"


class Timed(LoadChecks):
    """The checks of a load with a stop-watch."""

    seconds = 0.0

    def __call__(self, table: str, frame: Any) -> list[Rejection]:
        """Check rows and add the time."""
        started = time.perf_counter()
        try:
            return super().__call__(table, frame)
        finally:
            self.seconds += time.perf_counter() - started

    def results(self, con: duckdb.DuckDBPyConnection, report: PullReport) -> list[Any]:
        """Ask everything else and add the time."""
        started = time.perf_counter()
        try:
            return super().results(con, report)
        finally:
            self.seconds += time.perf_counter() - started


def _checked_pull(con: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[Timed, PullReport]:
    validate._definition()
    checks = Timed(datetime.now(UTC).replace(tzinfo=None), zone=_ZONE)
    report = pull(con, settings, validate=checks, on_restart=checks.restart, on_merged=checks.keep)
    checks.results(con, report)
    return checks, report


def _forget_a_day(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Delete what happened on the last day from raw, so that the next pull brings it again."""
    times = [column.name for column in table.columns if column.type == INSTANT]
    times = [table.cursor] if table.cursor else times
    if not times:
        return 0
    recent = " or ".join(
        f'"{name}" > (select max(as_of) from raw.loads) - interval 1 day' for name in times
    )
    row = con.execute(f"delete from raw.{table.name} where {recent}").fetchone()
    con.execute("update raw.table_state set content = null where table_name = $1", [table.name])
    return int(row[0]) if row else 0


def day() -> dict[str, float]:
    """In the child: a pull that brings one day of the hospital, and what its checks take."""
    settings = load_settings(os.environ)
    settings.home.mkdir(parents=True, exist_ok=True)
    con = warehouse.connect(settings.warehouse_path, settings)
    pull(con, settings)
    rows = sum(_forget_a_day(con, table) for table in tables().values())
    checks, _ = _checked_pull(con, settings)
    return {"seconds": checks.seconds, "rows": rows}


def million() -> dict[str, float]:
    """In the child: pull, check, compute and publish; the share of the checks."""
    settings = load_settings(os.environ)
    settings.home.mkdir(parents=True, exist_ok=True)
    validate._definition()
    started = time.perf_counter()
    con = warehouse.connect(settings.warehouse_path, settings)
    checks, report = _checked_pull(con, settings)
    pulled = time.perf_counter() - started
    with warehouse.transaction(con):
        context = rule_tables.RunContext(report.as_of, is_demo=False)
        rule_tables.load(con, load_rules(None), settings, context)
        models.build(con, models.discover())
    publish(con, settings)
    whole = time.perf_counter() - started
    return {"seconds": checks.seconds, "pull": pulled, "whole": whole}


def _child(url: str, what: str) -> dict[str, float]:
    home = tempfile.mkdtemp(prefix="opspulse-bench-")
    environment = os.environ | {"OPSPULSE_HOME": home, "OPSPULSE_SOURCE_URL": url}
    command = [sys.executable, "-m", "benchmarks.checks", what]
    try:
        done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    finally:
        shutil.rmtree(home)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    print(what, figures, flush=True)
    return figures


@contextmanager
def _hospital() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="opspulse-bench-"))
    url = f"sqlite:///{folder / 'store.sqlite'}"
    command = [sys.executable, "-m", "pipelines.cli", "demo", "create", "--to", url]
    try:
        subprocess.run(command, check=True, capture_output=True)
        yield url
    finally:
        shutil.rmtree(folder)


_KINDS = {"TIMESTAMP": "timestamptz", "BIGINT": "bigint", "BOOLEAN": "boolean", "DATE": "date"}
# Five years of reports; each ticket with its five steps, ten minutes apart.
_REPORTED = "timestamptz '2021-01-01' + n * interval '150 s'"
_VALUES = {
    "tickets": {
        "site_id": "'H1'", "ticket_id": "'T' || n", "ticket_no": "lpad(n::text, 12, '0')",
        "channel": "(array['wechat','phone','oa'])[1 + n % 3]", "work_class": "'repair'",
        "title": "'打印机卡纸 ' || n % 1000", "fault_family_code": "'paper_jam'",
        "outcome_code": "'repaired'", "urgency": "'normal'", "priority": "'P' || 1 + n % 5",
        "department_id": "'D' || n % 60", "asset_id": "'A' || n % 20000",
        "reported_at": _REPORTED, "updated_at": _REPORTED,
    },
    "ticket_events": {
        "site_id": "'H1'", "event_id": "'V' || n || '-' || step", "ticket_id": "'T' || n",
        "seq": "step", "type": f"(array{list(_STEPS)!r})[step]", "engineer_id": "'E' || n % 40",
        "at": f"{_REPORTED} + (step - 1) * interval '10 min'",
        "recorded_at": f"{_REPORTED} + (step - 1) * interval '10 min'",
    },
    "assets": {
        "site_id": "'H1'", "asset_id": "'A' || n", "asset_class": "'打印机'",
        "model": "'M' || n % 50", "department_id": "'D' || n % 60",
        "accepted_on": "date '2020-01-01'",
    },
    "departments": {"site_id": "'H1'", "department_id": "'D' || n", "name": "'科室 ' || n"},
    "engineers": {"site_id": "'H1'", "engineer_id": "'E' || n", "name": "'工程师 ' || n"},
}  # fmt: skip
_FROM = {
    "tickets": f"generate_series(1, {TICKETS}) as n",
    "ticket_events": f"generate_series(1, {TICKETS}) as n, generate_series(1, 5) as step",
    "assets": "generate_series(0, 19999) as n",
    "departments": "generate_series(0, 59) as n",
    "engineers": "generate_series(0, 39) as n",
}


def _kind(contract_type: str) -> str:
    if contract_type.startswith("DECIMAL"):
        return contract_type.replace("DECIMAL", "numeric")
    return _KINDS.get(contract_type, "text")


@contextmanager
def _million_tickets() -> Iterator[str]:
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as admin:
        admin.execute(f"drop database if exists {DATABASE} with (force)")
        admin.execute(f"create database {DATABASE}")
        try:
            with psycopg.connect(f"{SERVER}/{DATABASE}", autocommit=True) as con:
                for name, values in _VALUES.items():
                    spec = ", ".join(f"{c.name} {_kind(c.type)}" for c in tables()[name].columns)
                    con.execute(f"create table {name} ({spec})")
                    con.execute(
                        f"insert into {name} ({', '.join(values)}) "
                        f"select {', '.join(values.values())} from {_FROM[name]}"
                    )
            yield f"{SERVER}/{DATABASE}"
        finally:
            admin.execute(f"drop database {DATABASE} with (force)")


def measure(repeats: int) -> list[Result]:
    """Measure the day several times; the million once for every two of them."""
    with _hospital() as url:
        days = [_child(url, "day")["seconds"] for _ in range(repeats)]
    with _million_tickets() as url:
        whole = [_child(url, "million") for _ in range(max(1, repeats // 2))]
    return [
        median("checks on a day's changes of one hospital, import excluded", 6, "s", days),
        median(
            "checks on 1 M tickets and 5 M events ÷ pull, check, compute, publish",
            1 / 3,
            "×",
            [one["seconds"] / one["whole"] for one in whole],
        ),
    ]


if __name__ == "__main__":
    print(json.dumps({"day": day, "million": million}[sys.argv[1]]()))
