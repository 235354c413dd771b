"""The KPI stage at scale: full builds of core and kpi at growing sizes, and 1 000 changes followed.

Holds the data and the child processes in which the stage runs, so that peak memory is its own. Ten
hospitals are simulated over a year (110 000 tickets); larger inputs repeat them in `raw` under
further site ids, which spares hours of simulation and changes nothing that the stage could notice:
no model looks across sites. With ``OPSPULSE_BENCH_STORE`` (a demo store's SQLite file) that store
is the base instead. Run through `python -m benchmarks stage` (up to 1.1 M tickets), `stage11`
(11 M) and `kpi` (against the peers, see `kpi_peers`).
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
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from assets import models, replaced, rule_tables, warehouse
from assets.increments import Refresh
from assets.pull import pull
from assets.snapshots import publish
from assets.sources.contract import tables
from benchmarks import kpi_peers
from benchmarks.memory import peak_mib
from benchmarks.report import Result, median
from config.rules import load_rules
from config.settings import Settings, load_settings
from demo import store
from demo.spec import DemoSpec

UNTIL = date(2026, 11, 1)
HOSPITALS, DAYS = 10, 365
CHANGES = 1000
# What the engine may take of the 4 GiB and 8 GiB that are promised.
LIMITS = {1: "1200MB", 10: "2400MB", 100: "4800MB"}


def _settings(home: Path, url: str, copies: int) -> Settings:
    settings = load_settings({"OPSPULSE_HOME": str(home), "OPSPULSE_SOURCE_URL": url})
    return settings.model_copy(update={"memory_limit": LIMITS[copies]})


@contextmanager
def prepared(copies: int) -> Iterator[Path]:
    """Yield a home whose `raw` holds the hospitals, each of them ``copies`` times."""
    folder = Path(tempfile.mkdtemp(prefix="opspulse-bench-"))
    try:
        given = os.environ.get("OPSPULSE_BENCH_STORE")
        path = Path(given) if given else folder / "store.sqlite"
        if not given:
            store.create(f"sqlite:///{path}", DemoSpec(UNTIL, hospitals=HOSPITALS, days=DAYS))
        home = folder / "home"
        home.mkdir()
        settings = _settings(home, f"sqlite:///{path}", copies)
        con = warehouse.connect(settings.warehouse_path, settings)
        pull(con, settings)
        _repeat(con, copies)
        con.close()
        yield home
    finally:
        shutil.rmtree(folder)


@contextmanager
def built(copies: int) -> Iterator[Path]:
    """Yield a home with every layer built that may be written to.

    ``OPSPULSE_BENCH_HOME`` names a home whose warehouse stands already: that one is copied.
    """
    given = os.environ.get("OPSPULSE_BENCH_HOME")
    if not given:
        with prepared(copies) as home:
            child(home, copies, "full")
            yield home
        return
    folder = Path(tempfile.mkdtemp(prefix="opspulse-bench-"))
    try:
        shutil.copyfile(Path(given) / "warehouse.duckdb", folder / "warehouse.duckdb")
        yield folder
    finally:
        shutil.rmtree(folder)


def _repeat(con: duckdb.DuckDBPyConnection, copies: int) -> None:
    """Add the rows of every site again, under further ids."""
    for number in range(1, copies):
        with warehouse.transaction(con):
            for name in tables():
                con.execute(
                    f"insert into raw.{name} select * replace (site_id || '-{number}' as site_id) "
                    f"from raw.{name} where not contains(site_id, '-')"
                )
    con.execute("checkpoint")


def _last_load(con: duckdb.DuckDBPyConnection) -> tuple[int, datetime]:
    rows = con.execute("select max(load_id), max(as_of) from raw.loads").fetchall()
    return int(rows[0][0]), rows[0][1]


def _change(con: duckdb.DuckDBPyConnection, count: int) -> None:
    """What a pull leaves after some minutes: changed tickets, new events, the books."""
    last_id, last = _last_load(con)
    load_id, as_of = last_id + 1, last + timedelta(minutes=5)
    at = f"timestamp '{as_of:%Y-%m-%d %H:%M:%S}'"
    with warehouse.transaction(con):
        con.execute(
            "create or replace temp table changed as select * replace (outcome_code as title, "
            f"{at} as updated_at, {load_id} as _load_id, hash(ticket_id, {load_id}) as _hash) "
            f"from (from raw.tickets order by reported_at desc limit {3 * count}) "
            f"using sample {count} rows"
        )
        replaced.keep(con, "tickets", tables()["tickets"].key, "changed")
        con.execute("delete from raw.tickets as t using changed as c "
                    "where t.site_id = c.site_id and t.ticket_id = c.ticket_id")  # fmt: skip
        con.execute("insert into raw.tickets from changed")
        con.execute(
            "insert into raw.ticket_events by name select site_id, ticket_id, 99 as seq, "
            f"'X{load_id}-' || ticket_id as event_id, {at} as at, {at} as recorded_at, "
            "case hash(ticket_id) % 3 when 0 then 'reopened' when 1 then 'restored' else 'chased' "
            f"end as type, _source, hash(ticket_id, {load_id}) as _hash, {load_id} as _load_id, "
            "false as _is_deleted from changed"
        )
        con.execute(
            "insert into raw.loads by name select * replace "
            f"({load_id} as load_id, {at} as as_of) from raw.loads "
            f"where load_id = {last_id}"
        )


def _stage(
    con: duckdb.DuckDBPyConnection, settings: Settings, as_of: datetime
) -> tuple[Refresh, list[str]]:
    """Build or follow; the tables that were made anew."""
    following, remade = Refresh(con), []
    for layer in models.SCHEMAS:
        with warehouse.transaction(con):
            if layer == "core":
                context = rule_tables.RunContext(as_of, is_demo=True)
                rule_tables.load(con, load_rules(None), settings, context)
            specs = [spec for spec in models.discover() if spec.schema == layer]
            remade += [spec.key for spec in following.layer(layer, specs).remade]
    return following, remade


def run_child(home: Path, copies: int, what: str) -> None:
    """In the child: run the stage and print seconds, CPU seconds and peak memory."""
    settings = _settings(home, "sqlite:///none", copies)
    con = warehouse.connect(settings.warehouse_path, settings)
    models.discover()
    if what == "follow":
        _change(con, CHANGES)
    _, as_of = _last_load(con)
    wall, cpu = time.perf_counter(), time.process_time()
    following, remade = _stage(con, settings, as_of)
    figures = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    peak = peak_mib() / 1024
    publish(con, settings, following.differences())
    figures |= {"published": time.perf_counter() - wall, "gib": peak, "remade": len(remade)}
    print(json.dumps(figures))


def child(home: Path, copies: int, what: str) -> dict[str, float]:
    """Run the stage in a process of its own."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.kpi_stage", str(home), str(copies), what]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    figures["process"] = time.perf_counter() - started
    print(f"{what}, {copies} × {HOSPITALS} hospitals: {figures}", flush=True)
    return figures


def _full(home: Path, copies: int, repeats: int) -> list[dict[str, float]]:
    found = []
    for _ in range(repeats):
        settings = _settings(home, "sqlite:///none", copies)
        con = warehouse.connect(settings.warehouse_path, settings)
        con.execute(f"drop schema if exists {replaced.SCHEMA} cascade")
        con.close()
        found.append(child(home, copies, "full"))
    return found


def measure(repeats: int) -> list[Result]:
    """Full builds at 110 000 and 1.1 million tickets; then 1 000 changes at the larger."""
    with prepared(1) as home:
        small = _full(home, 1, repeats)
    with prepared(10) as home:
        large = _full(home, 10, repeats)
        follow = [child(home, 10, "follow") for _ in range(repeats)]
    pairs = list(zip(small, large, strict=True))
    after = list(zip(follow, large, strict=True))
    what = f"KPI stage after {CHANGES} changes at 1.1 M tickets"
    return [
        median("KPI stage, full build of 1.1 M tickets", 600, "s", [f["seconds"] for f in large]),
        median("KPI stage, 1.1 M tickets: peak memory", 4, "GiB", [f["gib"] for f in large]),
        median("KPI stage, 1.1 M ÷ 110 k tickets: time", 12, "×",
               [b["seconds"] / a["seconds"] for a, b in pairs]),
        median("KPI stage, 1.1 M ÷ 110 k tickets: CPU", 12, "×",
               [b["cpu"] / a["cpu"] for a, b in pairs]),
        median(f"{what}: CPU ÷ full", 0.1, "×", [f["cpu"] / w["cpu"] for f, w in after]),
        median(f"{what}: process and publishing ÷ full", 0.2, "×",
               [f["process"] / w["process"] for f, w in after]),
        median(f"{what}: process and publishing", 30, "s", [f["process"] for f in follow]),
    ]  # fmt: skip


def measure_eleven(_repeats: int) -> list[Result]:
    """One full build at 1.1 million and one at 11 million tickets."""
    with prepared(10) as home:
        large = _full(home, 10, 1)[0]
    with prepared(100) as home:
        huge = _full(home, 100, 1)[0]
    return [
        median("KPI stage, 11 M ÷ 1.1 M tickets: time", 12, "×",
               [huge["seconds"] / large["seconds"]]),
        median("KPI stage, 11 M ÷ 1.1 M tickets: CPU", 12, "×", [huge["cpu"] / large["cpu"]]),
        median("KPI stage, 11 M tickets: peak memory", 8, "GiB", [huge["gib"]]),
    ]  # fmt: skip


def measure_peers(repeats: int) -> list[Result]:
    """Each KPI of 1.1 million tickets against pandas and PostgreSQL; the table of all KPIs too."""
    with prepared(10) as home:
        _full(home, 10, 1)
        return kpi_peers.results(home, repeats)


if __name__ == "__main__":
    run_child(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
