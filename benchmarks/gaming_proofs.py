"""Does a manoeuvre pay, and is it seen: the same departments with and without six of them.

Holds the proofs; a short slice runs in the tests. A pair of departments has the same rows but for
what `demo.manoeuvres` rewrote: six of eight engineers play, each another move, at the shares that
`SHARES` names. Scores and signs come from the real pull, models and rules.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
from scipy import stats

from assets import rule_tables, warehouse
from assets.models import build
from assets.pull import pull
from assets.score import fixes
from assets.score.tables import scored
from assets.score.watch import compared
from benchmarks.needed import needed
from benchmarks.plain_hospital import AS_OF, ENGINEERS, LAST, QUARTER, PlainHospital, own_draw
from benchmarks.proofs import Proof
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.catalogue import load
from demo.clock import midnight
from demo.manoeuvres import SHARES, Manoeuvres
from demo.spec import DemoSpec
from demo.tables import RowSet

SEEDS, A_TIME = 100, 5
RISE_BAR, FOUND_BAR, FALSE_BAR = 0.5, 0.80, 1.0
# By which signs a manoeuvre is found.
FOUND_BY = {
    "splitting": ("split", "self_created"),
    "cherry_picking": ("picking",),
    "parking": ("parking",),
    "early_close": ("early_close",),
    "dumping": ("dumping",),
    "user_error": ("user_error",),
}
READ = (
    "kpi.fact_score_cases", "kpi.fact_engineer_months", "kpi.fact_article_reuses",
    "kpi.connected_tables", "kpi.run_context", "kpi.fact_ticket_watch", "kpi.fact_job_watch",
    "kpi.dim_engineers", "kpi.improvements",
)  # fmt: skip
_ROOMS = ("config", "assets", "demo", "benchmarks")
_PLAYED = "-P"


@dataclass
class Outcome:
    """What became of pairs of departments.

    Attributes:
        rises: by manoeuvre, points with it less points without, one per pair.
        found: by manoeuvre, whether one of its signs was shown.
        false_alarms: signs shown in each department where nobody plays.
        false_beside: signs shown of honest engineers where others play.
    """

    rises: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    found: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    false_alarms: list[int] = field(default_factory=list)
    false_beside: list[int] = field(default_factory=list)


def played(seeds: Sequence[int], outcome: Outcome | None = None) -> Outcome:
    """Return the outcome of one pair of departments for each seed, added to ``outcome``."""
    outcome = outcome or Outcome()
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'store.sqlite'}"
        settings = Settings(home=Path(name) / "home", sources=(SourceSettings(url=url),))
        ensure_home(settings)
        store.create_from(url, DemoSpec(until=AS_OF, days=1), _departments(seeds))
        con = _built(settings)
        try:
            _judge(con, seeds, outcome)
        finally:
            con.close()
    return outcome


def _departments(seeds: Sequence[int]) -> Iterator[RowSet]:
    """Yield each department honest, then with its manoeuvres, under a name of its own."""
    minutes = {code: family.minutes for code, family in load().families.items()}
    quarter = midnight(QUARTER), midnight(LAST)
    for seed in seeds:
        rows = PlainHospital(seed, _site(seed)).rows
        yield rows
        Manoeuvres(rows, own_draw(seed, _site(seed)), quarter, minutes).plant(ENGINEERS)
        for table in rows:
            for row in table:
                row[0] = _site(seed) + _PLAYED
        yield rows


def _site(seed: int) -> str:
    return f"S{seed:04}"


def _built(settings: Settings) -> duckdb.DuckDBPyConnection:
    con = warehouse.connect(settings.warehouse_path, settings)
    report = pull(con, settings)
    with warehouse.transaction(con):
        context = rule_tables.RunContext(report.as_of, report.is_demo)
        rule_tables.load(con, load_rules(None), settings, context)
        build(con, needed(READ))
        fixes.build(con, QUARTER)
    return con


def _judge(con: duckdb.DuckDBPyConnection, seeds: Sequence[int], outcome: Outcome) -> None:
    rules = load_rules(None)
    points: dict[tuple[str, str], float] = {}
    for facts, _, scores in scored(con, rules.score_versions, only=("quarter", QUARTER)):
        points = {one: float(total) for one, total in zip(facts.people, scores.points, strict=True)}
    shown: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for sign in compared(con, QUARTER, rules.score.watch):
        if sign.is_shown:
            shown[sign.site_id].add((sign.engineer_id, sign.detector.code))
    honest = set(ENGINEERS[len(SHARES) :])
    for seed in seeds:
        site, other = _site(seed), _site(seed) + _PLAYED
        outcome.false_alarms.append(len(shown[site]))
        outcome.false_beside.append(sum(engineer in honest for engineer, _ in shown[other]))
        for name, engineer in zip(SHARES, ENGINEERS, strict=False):
            outcome.rises[name].append(points[other, engineer] - points[site, engineer])
            signs = {(engineer, code) for code in FOUND_BY[name]}
            outcome.found[name].append(bool(signs & shown[other]))


def rise(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of paired differences and its upper 95 % limit (one-sided, Student's t)."""
    mean, error = float(np.mean(values)), float(stats.sem(values))
    return mean, mean + float(stats.t.ppf(0.95, len(values) - 1)) * error


def prove() -> list[Proof]:
    """Return the proofs over all seeds."""
    outcome = Outcome()
    for start in range(1, SEEDS + 1, A_TIME):
        played(range(start, start + A_TIME), outcome)
        print(f"departments {start + A_TIME - 1}: {_told(outcome)}", flush=True)
    return judged(outcome, f"1–{SEEDS}")


def judged(outcome: Outcome, seeds: str) -> list[Proof]:
    """Return the proofs that an outcome gives; ``seeds`` names its departments."""
    proofs = []
    for name, share in SHARES.items():
        count = len(outcome.rises[name])
        mean, upper = rise(outcome.rises[name])
        found = float(np.mean(outcome.found[name]))
        proofs += [
            Proof(
                f"{name} of {share:.0%} of the tickets: rise of the total",
                f"upper 95 % limit ≤ {RISE_BAR:g} point", seeds, count,
                f"{mean:+.2f}, upper limit {upper:+.2f}", upper <= RISE_BAR, _ROOMS,
            ),
            Proof(
                f"{name} of {share:.0%} of the tickets: found in a quarter",
                f"≥ {FOUND_BAR:.0%}", seeds, count, f"{found:.0%}", found >= FOUND_BAR, _ROOMS,
            ),
        ]  # fmt: skip
    alarms = outcome.false_alarms
    over = sum(one > FALSE_BAR for one in alarms)
    proofs.append(
        Proof(
            "all detectors together: false alarms per department and quarter",
            f"≤ {FALSE_BAR:g} on average and in 95 % of the departments", seeds, len(alarms),
            f"{np.mean(alarms):.2f} on average, at most {max(alarms)}; more than one in {over} of "
            f"{len(alarms)}; {np.mean(outcome.false_beside):.2f} on the two who do not play "
            "beside six who do",
            float(np.mean(alarms)) <= FALSE_BAR and over <= 0.05 * len(alarms), _ROOMS,
        )
    )  # fmt: skip
    return proofs


def _told(outcome: Outcome) -> str:
    parts = [f"{name} {np.mean(values):+.2f} ({np.mean(outcome.found[name]):.0%})"
             for name, values in outcome.rises.items()]  # fmt: skip
    return ", ".join([*parts, f"false {np.mean(outcome.false_alarms):.2f}"])


if __name__ == "__main__":
    print(_told(played(range(1, 4))))
