"""`make verify`: the long proofs, in shards, with fixed seeds.

Holds the proofs themselves; a short slice of each runs in the tests. Run one shard as
`python -m benchmarks.verify SHARD`.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from assets import metrics, models, rule_tables, warehouse
from assets.pull import pull
from assets.snapshots import current, opened
from benchmarks import (
    cause_hospitals,
    cause_trials,
    fault_texts,
    mutated_files,
    proxy_runs,
    pull_postgres,
    recurrence_runs,
    score_proofs,
    wall_soak,
)
from benchmarks.needed import needed
from benchmarks.proofs import ROOT, Proof, write
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from dashboards.wall_service import WallService
from demo import live, store
from demo.spec import DemoSpec
from pipelines.run import execute

UNTIL = date(2026, 11, 1)
HOSPITALS = 94  # 43 models each: 4 042 intervals
ORACLE_SEEDS = 20
KILLS = 20
PATIENCE_SECONDS = 600
SOAK_SECONDS = 600
SCALE_ROWS = 11_000_000
SCALE_GIB = 2.0
# Each of one source builds every layer some ten times, by following and whole.
LAW_EXAMPLES = 40
COVERED_AT_LEAST = 0.94
_COUNTED = ("sites", "departments", "assets", "asset_states", "tickets", "ticket_events")
_READ_BY_EVERY_RATE = (
    "kpi.run_context", "kpi.connected_tables", "kpi.stopped_tables", "kpi.failed_gates",
    "kpi.fact_exposure", "kpi.poisson_bounds", "kpi.dim_sites", "kpi.dim_labels", "kpi.targets",
    "kpi.calendar_midnights", "kpi.own_metrics",
)  # fmt: skip
_WORKERS = 2
GROWTH_MIB = 64
SAMPLED_EVERY = 500
_COMPUTING = ("config", "assets", "demo")
_EVERYTHING = ("config", "assets", "data_checks", "demo", "pipelines")


def _settings(folder: Path) -> Settings:
    url = f"sqlite:///{folder / 'store.sqlite'}"
    settings = Settings(home=folder / "home", sources=(SourceSettings(url=url),))
    ensure_home(settings)
    return settings


def _covered(seed: int) -> list[bool]:
    """Whether each model's interval covers its planted hazard, in one hospital of two years."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings, truth_path = _settings(folder), folder / "truth.json"
        url = settings.sources[0].url.get_secret_value()
        store.create(url, DemoSpec(seed=seed, until=UNTIL), truth_path=truth_path)
        con = warehouse.connect(settings.warehouse_path, settings)
        report = pull(con, settings, tables=_COUNTED)
        with warehouse.transaction(con):
            context = rule_tables.RunContext(report.as_of, report.is_demo)
            rule_tables.load(con, load_rules(None), settings, context)
            models.build(con, _needed("use_failure_rate"))
        frame = metrics.read(con, "use_failure_rate", grain="total", by=["asset_class", "model"])
        con.close()
        truth = json.loads(truth_path.read_text(encoding="utf-8"))
    rows = frame[frame["statistic"] == "daily_pct"].set_index(["asset_class_code", "model_code"])
    covered = []
    for model in next(iter(truth["sites"].values()))["models"]:
        row = rows.loc[(model["asset_class"], model["model"])]
        planted = 100 * model["use"]["hazard_in_service"] / model["in_service_days"]
        covered.append(bool(row["lo"] <= planted <= row["hi"]))
    return covered


def _needed(metric_id: str) -> list[models.TableSpec]:
    """Return the tables that reading one rate needs, in their order: a third of all work."""
    return needed({f"kpi.{metrics.registry()[metric_id].fact}", *_READ_BY_EVERY_RATE})


def stats() -> list[Proof]:
    """Coverage of the failure-rate interval over many simulated hospitals."""
    covered: list[bool] = []
    with multiprocessing.get_context("spawn").Pool(_WORKERS, maxtasksperchild=4) as pool:
        for number, one in enumerate(pool.imap(_covered, range(1, HOSPITALS + 1)), start=1):
            covered += one
            print(f"hospital {number}: {sum(covered)} of {len(covered)} covered", flush=True)
    share = sum(covered) / len(covered)
    return [
        Proof(
            "planted failure rates inside the 95 % interval",
            f"≥ {100 * COVERED_AT_LEAST:.0f} %",
            f"1–{HOSPITALS}",
            len(covered),
            f"{100 * share:.1f} %",
            share >= COVERED_AT_LEAST,
            _COMPUTING,
        )
    ]


def oracle() -> list[Proof]:
    """Every KPI recomputed by the oracle, over many hospitals with bad rows and every check on."""
    environment = os.environ | {
        "OPSPULSE_ORACLE_SEEDS": str(ORACLE_SEEDS),
        "OPSPULSE_ORACLE_CHECKED": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/test_oracle.py"],
        check=False, cwd=ROOT, env=environment,
    )  # fmt: skip
    return [
        Proof(
            "every KPI equals the oracle's, which shares no code",
            "all",
            f"11–{10 + ORACLE_SEEDS}",
            ORACLE_SEEDS,
            "all" if done.returncode == 0 else "failed",
            done.returncode == 0,
            _EVERYTHING,
        )
    ]


def _content(settings: Settings) -> str:
    snapshot = current(settings)
    if snapshot is None:
        return ""
    with opened(snapshot, settings) as con:
        metrics.read(con, "reports")
    return snapshot.content_hash


def _die(settings: Settings, after: float) -> bool:
    """Start a run and kill it after some seconds; whether it was still running."""
    environment = os.environ | {
        "OPSPULSE_HOME": str(settings.home),
        "OPSPULSE_SOURCE_URL": settings.sources[0].url.get_secret_value(),
    }
    command = [sys.executable, "-m", "pipelines.cli", "run"]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True
    return False


def faults() -> list[Proof]:
    """Kill the run at random moments: the old snapshot serves, the next run ends the same."""
    generator = random.Random(2026)  # noqa: S311 - fixed moments, not secrets
    good = killed = 0
    for number in range(KILLS):
        with tempfile.TemporaryDirectory() as name:
            settings = _settings(Path(name))
            url = settings.sources[0].url.get_secret_value()
            store.create(url, DemoSpec(size="tiny", until=UNTIL, seed=number + 1))
            execute(settings, "refresh", ephemeral=True)
            before = _content(settings)
            live.advance(url, datetime(2026, 11, 2, 3, tzinfo=UTC))
            twin = settings.model_copy(update={"home": Path(name) / "twin"})
            ensure_home(twin)
            # The undisturbed run, timed as a process: moments reach from its start to its end.
            started = time.monotonic()
            _die(twin, PATIENCE_SECONDS)
            lasts = time.monotonic() - started
            was_killed = _die(settings, generator.uniform(0.02, 0.98) * lasts)
            killed += was_killed
            serves = not was_killed or _content(settings) in (before, _content(twin))
            execute(settings, "refresh", ephemeral=True)
            good += serves and _content(settings) == _content(twin)
            print(f"kill {number + 1}: {good} good, {killed} killed in time", flush=True)
    return [
        Proof(
            "killed at a random moment, the next run ends as an undisturbed one",
            "all",
            "2026",
            KILLS,
            f"{good} of {KILLS} ({killed} were still running)",
            good == KILLS,
            _EVERYTHING,
        )
    ]


def soak() -> list[Proof]:
    """Poll the wall while snapshots change under it: no error, bounded memory.

    Snapshots come from another process, as they do in an installation, so the memory is the wall's.
    """
    with tempfile.TemporaryDirectory() as name:
        settings = _settings(Path(name))
        url = settings.sources[0].url.get_secret_value()
        store.create(url, DemoSpec(size="tiny", until=UNTIL))
        execute(settings, "refresh", ephemeral=True)
        service, seen = WallService(settings), set()
        sizes, answers = array("d"), 0
        writer = multiprocessing.get_context("spawn").Process(
            target=_keep_publishing, args=(settings, url), daemon=True
        )
        writer.start()
        ends = time.monotonic() + SOAK_SECONDS
        try:
            while time.monotonic() < ends:
                service.answer("zh", datetime.now(UTC).replace(tzinfo=None))
                snapshot = current(settings)
                seen.add(snapshot.id if snapshot else "")
                answers += 1
                # Few samples in a plain array: the measurement must not grow what it measures.
                if answers % SAMPLED_EVERY == 0:
                    sizes.append(_resident_mib())
            is_alive = writer.is_alive()
        finally:
            writer.kill()
            writer.join()
    growth = statistics.median(sizes[-len(sizes) // 4 :]) - statistics.median(
        sizes[len(sizes) // 4 : len(sizes) // 2]
    )
    return [
        Proof(
            "the wall's document under constant publishing",
            f"no error, < {GROWTH_MIB} MiB growth from the second to the last quarter",
            "2026",
            answers,
            f"{len(seen)} snapshots, no error, {growth:.0f} MiB",
            growth < GROWTH_MIB and is_alive,
            ("dashboards", "assets"),
        )
    ]


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _keep_publishing(settings: Settings, url: str) -> None:
    hour = 0
    while True:
        hour += 1
        live.advance(url, datetime(2026, 11, 1 + hour // 24, hour % 24, tzinfo=UTC))
        execute(settings, "refresh", ephemeral=True)


def scale() -> list[Proof]:
    """Pull eleven million tickets within the memory that is promised."""
    pull_postgres.ROWS = SCALE_ROWS
    with pull_postgres.filled_database() as url:
        figures = pull_postgres.child(url, "pull")
    return [
        Proof(
            "pull of 11 M PostgreSQL tickets",
            f"≤ {SCALE_GIB:g} GiB",
            "none",
            SCALE_ROWS,
            f"{figures['seconds']:.0f} s, {figures['gib']:.2f} GiB",
            figures["gib"] <= SCALE_GIB,
            ("assets",),
        )
    ]


def laws() -> list[Proof]:
    """The laws of the pull over many histories, and the real log pulled after each of 50 slices."""
    chosen = ["tests/test_pull_laws.py", "tests/test_real_log.py"]
    return [
        _law(
            "any history, followed by runs, ends like a fresh whole one; "
            "50 slices as the whole log",
            chosen,
        ),
        _law(
            "any history of two sources of one site ends like a fresh pull, balanced at each",
            ["tests/test_two_sources_laws.py"],
        ),
    ]


def _law(name: str, chosen: list[str]) -> Proof:
    """Run tests of laws over many histories."""
    # With CI=true a log that is not there fails instead of being skipped: nothing is proved by it.
    environment = os.environ | {"OPSPULSE_PULL_EVERY": "1", "CI": "true"}
    environment["OPSPULSE_LAW_EXAMPLES"] = str(LAW_EXAMPLES)
    command = [sys.executable, "-m", "pytest", "-q", *chosen]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment)
    holds = done.returncode == 0
    told = "all" if holds else "failed"
    return Proof(name, "all", "derandomised", LAW_EXAMPLES, told, holds, _EVERYTHING)


SHARDS: dict[str, Callable[[], list[Proof]]] = {
    "stats": stats,
    "oracle": oracle,
    "faults": faults,
    "soak": soak,
    "scale": scale,
    "laws": laws,
    "files": mutated_files.prove,
    "proxy": proxy_runs.prove,
    "score": score_proofs.prove,
    "causes": lambda: [*cause_trials.prove(), *cause_hospitals.prove()],
    "texts": fault_texts.prove,
    "recurrence": recurrence_runs.prove,
    "wall": wall_soak.prove,
}


def main() -> int:
    """Run one shard and record its proofs; 1 when one does not hold."""
    parser = argparse.ArgumentParser(description="OpsPulse long proofs")
    parser.add_argument("shard", choices=sorted(SHARDS))
    proofs = SHARDS[parser.parse_args().shard]()
    write(proofs)
    for proof in proofs:
        print(f"{proof.name}: {proof.result} (bar {proof.bar})", flush=True)
    return 0 if all(proof.holds for proof in proofs) else 1


if __name__ == "__main__":
    sys.exit(main())
