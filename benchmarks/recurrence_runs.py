"""Repeats against chance over many seeds: devices as arrays, and whole simulated hospitals.

Holds the bars and the counting. The simulated devices are in `simulated_devices`; the hospitals go
the whole way from a store to `kpi.detail_problems`.
"""

import json
import multiprocessing
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from assets import models, rule_tables, warehouse
from assets.pull import pull
from assets.recurrence import chances
from benchmarks.proofs import Proof
from benchmarks.simulated_devices import VARIATION, called, hospital, naive_repeat_rate
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.spec import DemoSpec

SEEDS = range(1, 201)
PLANTED_SEEDS = range(1, 101)
HOSPITALS = range(1, 21)
UNTIL = date(2026, 11, 1)
DAYS = 365
PROBLEMS = 10
COVERED_AT_LEAST, CALLED_AT_MOST = 183, 16
FALSE_AT_MOST = 0.1
NAIVE, NAIVE_WITHIN = 0.362, 0.01
_WORKERS = 2
_LAWS = (("equal devices", 0.0, "gamma"), ("devices of CV 45 % (gamma)", VARIATION, "gamma"),
         ("devices of CV 45 % (lognormal)", VARIATION, "lognormal"))  # fmt: skip
_BARS = ((6, 0.0, 0.90), (6, VARIATION, 0.75), (8, 0.0, 0.95), (8, VARIATION, 0.90))
_TABLES = (
    "core.chain_members",
    "core.place_links",
    "core.lot_issues",
    "core.lot_links",
    "kpi.detail_chains",
)
_ROOMS = ("config", "assets", "demo")


def prove() -> list[Proof]:
    """Return every proof of the shard."""
    return [*_chance(), _naive(), *_planted(), *_hospitals()]


def _chance() -> Iterator[Proof]:
    for name, variation, law in _LAWS:
        covered = wrong = 0
        for seed in SEEDS:
            found = called(hospital(seed, variation=variation, law=law))
            low, high = found.excess.interval
            covered += low <= 0 <= high
            wrong += bool(found.cells)
        yield _proof(
            f"null hospitals, {name}: the interval of the excess covers no excess",
            f"≥ {COVERED_AT_LEAST} of {len(SEEDS)}", len(SEEDS), f"{covered} of {len(SEEDS)}",
            covered >= COVERED_AT_LEAST,
        )  # fmt: skip
        yield _proof(
            f"null hospitals, {name}: any problem called", "≤ 8 %", len(SEEDS),
            f"{100 * wrong / len(SEEDS):.1f} %", wrong <= CALLED_AT_MOST,
        )  # fmt: skip


def _naive() -> Proof:
    rate = statistics.fmean(naive_repeat_rate(seed) for seed in SEEDS)
    return _proof(
        "what chance gives on equal devices: any report on the same device within 30 days",
        "36.2 % ± 1", len(SEEDS), f"{100 * rate:.1f} %", abs(rate - NAIVE) <= NAIVE_WITHIN,
    )  # fmt: skip


def _planted() -> Iterator[Proof]:
    for size, variation, bar in _BARS:
        hits: Counter[str] = Counter()
        for seed in PLANTED_SEEDS:
            one = hospital(seed, variation=variation, problems=(size,) * PROBLEMS)
            cells = called(one).cells
            hits.update(
                found=len(cells & one.planted), planted=len(one.planted),
                wrong=len(cells - one.planted), called=len(cells),
            )  # fmt: skip
        what = "equal devices" if not variation else "devices of CV 45 %"
        yield from _shares(f"planted problems of {size} failures, {what}", hits, bar)


def _shares(name: str, hits: Counter[str], bar: float) -> Iterator[Proof]:
    found = hits["found"] / hits["planted"]
    wrong = hits["wrong"] / max(hits["called"], 1)
    yield _proof(
        f"{name}: found", f"≥ {100 * bar:.0f} %", hits["planted"], f"{100 * found:.1f} %",
        found >= bar,
    )  # fmt: skip
    yield _proof(
        f"{name}: called and not planted", f"≤ {100 * FALSE_AT_MOST:.0f} %", hits["called"],
        f"{100 * wrong:.1f} %", wrong <= FALSE_AT_MOST,
    )  # fmt: skip


def _proof(name: str, bar: str, n: int, result: str, holds: bool) -> Proof:
    print(f"{name}: {result} (bar {bar})", flush=True)
    return Proof(name, bar, "fixed", n, result, holds, _ROOMS)


# -- whole hospitals ------------------------------------------------------------------------------


def _hospitals() -> Iterator[Proof]:
    hits: Counter[str] = Counter()
    with multiprocessing.get_context("spawn").Pool(_WORKERS, maxtasksperchild=2) as pool:
        for number, one in enumerate(pool.imap(hospital_with_problems, HOSPITALS), start=1):
            hits.update(one)
            print(f"hospital {number}: {dict(hits)}", flush=True)
    for size, bar in ((6, 0.90), (8, 0.95)):
        found, planted = hits[f"found_{size}"], hits[f"planted_{size}"]
        yield _proof(
            f"{len(HOSPITALS)} hospitals, problems of {size} failures: found",
            f"≥ {100 * bar:.0f} %", planted, f"{100 * found / planted:.1f} %",
            found >= bar * planted,
        )  # fmt: skip
    wrong = hits["wrong"] / max(hits["called"], 1)
    yield _proof(
        f"{len(HOSPITALS)} hospitals: devices called that nothing was planted on",
        f"≤ {100 * FALSE_AT_MOST:.0f} %", hits["called"], f"{100 * wrong:.1f} %",
        wrong <= FALSE_AT_MOST,
    )  # fmt: skip


def hospital_with_problems(seed: int) -> dict[str, int]:
    """Return what of one simulated hospital's planted problems was found, from the store on.

    A planted problem counts once it has its number of failures; whatever else repeats by design
    (stories, relapses after bad repairs) is planted as well when it is called.
    """
    spec = DemoSpec(UNTIL, seed, days=DAYS, problems=PROBLEMS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'store.sqlite'}"
        settings = Settings(home=folder / "home", sources=(SourceSettings(url=url),))
        ensure_home(settings)
        store.create(url, spec, truth_path=folder / "truth.json")
        con = warehouse.connect(settings.warehouse_path, settings)
        report = pull(con, settings)
        with warehouse.transaction(con):
            context = rule_tables.RunContext(report.as_of, report.is_demo)
            rule_tables.load(con, load_rules(None), settings, context)
            models.build(con, _needed())
        chances.build(con)
        rows = con.execute(
            "select asset_id, fault_family from kpi.detail_problems "
            "where is_problem and problem_kind = 'asset'"
        ).fetchall()
        con.close()
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return _judged({(asset, family) for asset, family in rows}, truth)


def _judged(cells: set[tuple[str, str]], truth: dict[str, object]) -> dict[str, int]:
    [site] = truth["sites"].values()  # type: ignore[attr-defined]
    hits: Counter[str] = Counter(called=len(cells))
    for one in site["problems"]:
        size = len(one["ticket_ids"])
        if size < one["failures"]:
            continue
        hits[f"planted_{size}"] += 1
        hits[f"found_{size}"] += (one["asset_id"], one["fault_family_code"]) in cells
    stories = [*site["problems"], *site["repeat_chains"]]
    stories += [one for one in site["bad_repairs"] if one["repeat_ticket_ids"]]
    known = {(one["asset_id"], one["fault_family_code"]) for one in stories}
    hits["wrong"] = len(cells - known)
    return dict(hits)


def _needed() -> list[models.TableSpec]:
    """Return the tables that the problems need, in their order."""
    wanted, chosen = set(_TABLES), []
    for spec in reversed(models.discover()):
        if spec.key in wanted:
            chosen.append(spec)
            wanted |= set(spec.depends_on)
    return chosen[::-1]
