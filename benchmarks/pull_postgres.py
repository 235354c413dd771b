"""Pulling three million tickets from PostgreSQL against binary COPY of the same columns.

Holds the data set, the peer (COPY to nowhere) and the child processes in which our side runs, so
that peak memory is that of one pull. Run through `python -m benchmarks pull`, the
increment of some thousand changes by `python -m benchmarks increment`.
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
from pathlib import Path

import duckdb
import psycopg

from assets import warehouse
from assets.landing import read_source
from assets.pull import pull
from assets.sources.connect import reading
from assets.sources.contract import tables
from benchmarks.memory import peak_mib
from benchmarks.report import Result, median
from config.settings import Settings, load_settings

ROWS = 3_000_000
CHANGED = 4000
SERVER = os.environ.get("OPSPULSE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
DATABASE = "opspulse_bench"
_TYPES = {"TEXT": "text", "TIMESTAMP": "timestamptz", "BOOLEAN": "boolean"}
_VALUES = {
    "site_id": "'H1'",
    "ticket_id": "'T' || n",
    "ticket_no": "lpad(n::text, 20, '0')",
    "channel": "(array['wechat','phone','oa'])[1 + n % 3]",
    "work_class": "(array['repair','consumable','consult'])[1 + n % 3]",
    "title": "'打印机卡纸 ' || n % 1000",
    "description": "'门诊收费处打印机反复卡纸,已重启仍未恢复,请尽快到场处理。编号 ' || n % 5000",
    "fault_family_code": "(array['paper_jam','toner','slow'])[1 + n % 3]",
    "urgency": "(array['critical','high','normal','low'])[1 + n % 4]",
    "priority": "'P' || 1 + n % 5",
    "department_id": "'D' || n % 60",
    "asset_id": "'A' || n % 20000",
    "reported_at": "timestamptz '2024-01-01' + n * interval '20 s'",
    "is_onsite_required": "n % 2 = 0",
    "updated_at": "timestamptz '2024-01-01' + n * interval '20 s'",
}


@contextmanager
def filled_database() -> Iterator[str]:
    """Create the database with the tickets, yield its URL, drop it."""
    columns = tables()["tickets"].columns
    spec = ", ".join(f"{column.name} {_TYPES[column.type]}" for column in columns)
    values = ", ".join(_VALUES.get(column.name, "null") for column in columns)
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as admin:
        admin.execute(f"drop database if exists {DATABASE} with (force)")
        admin.execute(f"create database {DATABASE}")
        try:
            with psycopg.connect(f"{SERVER}/{DATABASE}", autocommit=True) as con:
                con.execute(f"create table tickets ({spec})")
                con.execute(
                    f"insert into tickets select {values} from generate_series(1, {ROWS}) as n"
                )
                con.execute("create index on tickets (updated_at)")
                con.execute("vacuum analyze tickets")
            yield f"{SERVER}/{DATABASE}"
        finally:
            admin.execute(f"drop database {DATABASE} with (force)")


def copy_seconds(url: str) -> float:
    """The peer: the same columns as binary COPY into /dev/null."""
    names = ", ".join(tables()["tickets"].column_names)
    command = ["psql", url, "-qc", f"copy (select {names} from tickets) to stdout (format binary)"]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def child(url: str, what: str) -> dict[str, float]:
    """Run one side of ours in a fresh process and home; seconds and peak memory in GiB."""
    home = tempfile.mkdtemp(prefix="opspulse-bench-")
    command = [sys.executable, "-m", "benchmarks.pull_postgres", what]
    environment = os.environ | {"OPSPULSE_HOME": home, "OPSPULSE_SOURCE_URL": url}
    try:
        done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    finally:
        shutil.rmtree(home)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run_child(what: str) -> None:
    """In the child: time the landing alone, or the whole pull, and print the figures."""
    settings = load_settings(os.environ)
    Path(settings.home).mkdir(parents=True, exist_ok=True)
    con = warehouse.connect(settings.warehouse_path, settings)
    started = time.perf_counter()
    if what == "landing":
        from assets import raw_tables  # noqa: PLC0415 - only this side needs it

        raw_tables.ensure(con)
        with warehouse.frugal(con, settings):
            started = time.perf_counter()
            read_source(con, settings.sources[0], settings, full=True, names=None)
    elif what == "transfer":
        started = _transfer(con, settings)
    elif what == "increment":
        started = _increment(con, settings)
    else:
        pull(con, settings)
    seconds = time.perf_counter() - started
    peak = peak_mib() / 1024
    print(json.dumps({"seconds": seconds, "gib": peak}))


def _transfer(con: duckdb.DuckDBPyConnection, settings: Settings) -> float:
    """Copy the tickets as they arrive into a temporary table; return when that began."""
    with warehouse.frugal(con, settings):
        started = time.perf_counter()
        with reading(con, settings.sources[0], settings) as reader:
            con.execute(f"create temp table arrived as {reader.select('tickets')}")
    return started


def _increment(con: duckdb.DuckDBPyConnection, settings: Settings) -> float:
    """Pull everything, change some tickets at the source, pull again; when the second began."""
    pull(con, settings)
    with psycopg.connect(settings.sources[0].url.get_secret_value(), autocommit=True) as store:
        store.execute(
            "update tickets set title = title || '*', updated_at = updated_at + interval '1 s' "
            "where ticket_id in (select 'T' || n from "
            f"generate_series({ROWS - CHANGED + 1}, {ROWS}) as n)"
        )
    started = time.perf_counter()
    pull(con, settings)
    return started


def measure_increment(repeats: int) -> list[Result]:
    """Return the time of an incremental pull over that of the full one, of the same database."""
    shares = []
    with filled_database() as url:
        copy_seconds(url)
        for number in range(repeats):
            whole, newest = child(url, "pull"), child(url, "increment")
            print(f"run {number + 1}: pull {whole}, increment {newest}", flush=True)
            shares.append(newest["seconds"] / whole["seconds"])
    what = f"{CHANGED} changed of {ROWS / 1_000_000:g} M PostgreSQL tickets: increment ÷ whole pull"
    return [median(what, 0.1, "×", shares)]


def measure(repeats: int) -> list[Result]:
    """Interleave peer and ours; return ratios and memory."""
    landing, whole, memory = [], [], []
    with filled_database() as url:
        copy_seconds(url)
        for number in range(repeats):
            copied = copy_seconds(url)
            landed, pulled = child(url, "landing"), child(url, "pull")
            print(f"run {number + 1}: copy {copied:.2f} s, landing {landed}, pull {pulled}",
                  flush=True)  # fmt: skip
            landing.append(landed["seconds"] / copied)
            whole.append(pulled["seconds"] / copied)
            memory.append(pulled["gib"])
    rows = f"{ROWS / 1_000_000:g} M PostgreSQL tickets"
    return [
        median(f"{rows}: transfer into staging ÷ binary COPY", 1.5, "×", landing),
        median(f"{rows}: whole pull ÷ binary COPY", 2.5, "×", whole),
        median(f"{rows}: peak memory of the pull", 1.0, "GiB", memory),
    ]


if __name__ == "__main__":
    run_child(sys.argv[1])
