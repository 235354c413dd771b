"""The scores at scale: 800 engineers × 12 months over 1.1 million tickets, a page, a closing.

Holds what is measured of them. The hospitals are those of `kpi_stage`. Run through
`python -m benchmarks score`.
"""

import time
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets import snapshots, warehouse
from assets.identity.users import User
from assets.score import archive, closing, ledger, reading, tables
from assets.score.reading import Viewer
from benchmarks import kpi_stage
from benchmarks.accounts import asked, session_of
from benchmarks.report import Result, median
from config.rules import load_rules
from config.settings import Settings, ensure_home
from dashboards.app import create_app

COPIES = 10
ENGINEERS, MONTHS = 800, 12
_PAGES = 20
HEAD = Viewer("head")


def measure(repeats: int) -> list[Result]:
    """Scores with all ledgers of twelve months, one engineer's page, and the closing of a month."""
    with kpi_stage.built(COPIES) as home:
        settings = kpi_stage._settings(home, "sqlite:///none", COPIES)
        con = warehouse.connect(settings.warehouse_path, settings)
        made = [_scored(con) for _ in range(repeats)]
        engineers, tickets = made[-1][2:]
        print(f"{engineers} engineers, {tickets} tickets", flush=True)
        closed = [_closed(con, home / f"scores{number}.db") for number in range(repeats)]
        ensure_home(settings)
        snapshot = snapshots.publish(con, settings)
        con.close()
        pages = _pages(settings, snapshot)
        drawn = _drawn(settings, snapshot)
    what = f"Scores and ledgers of {engineers} engineers × {MONTHS} months, 1.1 M tickets"
    return [
        median(what, 30, "s", [scores + ledgers for scores, ledgers, *_ in made]),
        median("Scores: an engineer's page (score, components, ledger, group)", 300, "ms", pages),
        median("Scores: the same page as the browser asks for it, drawn", 300, "ms", drawn),
        median("Scores: closing a month of 1.1 M tickets a year", 60, "s", closed),
    ]


def _scored(con: duckdb.DuckDBPyConnection) -> tuple[float, float, int, int]:
    """Return the seconds of scores and of ledgers, and how many engineers and tickets."""
    rules = load_rules(None)
    started = time.perf_counter()
    with warehouse.transaction(con):
        tables.build(con, rules)
    between = time.perf_counter()
    months = reading.periods(con, "month")[-MONTHS:]
    for month in months:
        # every row is made; only their number and sum leave the engine
        con.execute(
            f"select count(*), sum(points) from ({ledger.ledger_sql(rules.score, 'month', month)})"
        ).fetchall()
    ended = time.perf_counter()
    [(engineers, tickets)] = con.execute(
        "select (select count(*) from (select distinct site_id, engineer_id from "
        "kpi.score_totals)), (select count(*) from core.tickets)"
    ).fetchall()
    return between - started, ended - between, engineers, tickets


def _closed(con: duckdb.DuckDBPyConnection, path: Path) -> float:
    ripe = [row for row in reading.periods(con, "month") if _is_final(con, row)]
    started = time.perf_counter()
    closing.close(con, path, ripe[-1], "bench")
    took = time.perf_counter() - started
    assert len(archive.closings(path)) == 1  # noqa: S101 - a measurement of nothing is none
    return took


def _is_final(con: duckdb.DuckDBPyConnection, month: date) -> bool:
    return all(row["is_final"] for row in reading.totals(con, HEAD, "month", month))


def _some(con: duckdb.DuckDBPyConnection) -> tuple[date, list[dict[str, Any]]]:
    """Return a month and engineers from the best to the last."""
    month = reading.periods(con, "month")[-2]
    rows = reading.totals(con, HEAD, "month", month)
    return month, rows[:: max(1, len(rows) // _PAGES)][:_PAGES]


def _pages(settings: Settings, snapshot: snapshots.Snapshot) -> list[float]:
    """Return the milliseconds of what the page of each of some engineers reads."""
    found = []
    with snapshots.opened(snapshot, settings) as con:
        month, rows = _some(con)
        for row in rows:
            viewer = Viewer("engineer", row["engineer_id"], row["site_id"])
            asking = (con, viewer, "month", month)
            started = time.perf_counter()
            reading.totals(*asking)
            reading.components(*asking, row["engineer_id"])
            reading.ledger_rows(*asking, row["engineer_id"], closed=settings.scores_path)
            reading.distribution(*asking, row["engineer_id"])
            found.append((time.perf_counter() - started) * 1000)
    return found


def _drawn(settings: Settings, snapshot: snapshots.Snapshot) -> list[float]:
    """Return the milliseconds of each of these pages, asked for by the engineer who signed in."""
    found = []
    with snapshots.opened(snapshot, settings) as con:
        month, rows = _some(con)
    client = create_app(settings).server.test_client()
    for number, row in enumerate(rows):
        own = {"site_id": row["site_id"], "engineer_id": row["engineer_id"]}
        session = session_of(settings, User(f"engineer{number}", "engineer", "工程师", **own))
        started = time.perf_counter()
        page = asked(client, session, f"/scores/{row['engineer_id']}", f"?month={month:%Y-%m}")
        found.append((time.perf_counter() - started) * 1000)
        assert "rows-grid" in str(page)  # noqa: S101 - a refusal would be fast
    return found
