"""Does a manoeuvre pay, and is it seen: the same departments with and without six of them.

Holds the proofs; a short slice runs in the tests. A pair of departments has the same rows but for
what `demo.manoeuvres` rewrote: six of eight engineers play, each another move, at the shares that
`SHARES` names. Scores and signs come from the real pull, models and rules.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
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
from benchmarks.proofs import ROOT, Proof, room_hash
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.catalogue import load
from demo.clock import midnight
from demo.manoeuvres import SHARES, Manoeuvres
from demo.spec import DemoSpec
from demo.tables import RowSet

SEEDS, A_TIME = 100, 5
# Hours of work: a proof that was cut short goes on where it stopped.
KEPT = ROOT / "var" / "verify" / "gaming_pairs.jsonl"
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
    "kpi.dim_engineers", "kpi.improvements", "kpi.fact_score_evidence",
)  # fmt: skip
_ROOMS = ("config", "assets", "demo", "benchmarks")
_PLAYED = "-P"


@dataclass(frozen=True)
class Pair:
    """What became of one pair of departments.

    Attributes:
        rises: by manoeuvre, points with it less points without.
        found: by manoeuvre, whether one of its signs was shown.
        false_alarms: signs shown where nobody plays.
        false_beside: signs shown of honest engineers where others play.
    """

    rises: dict[str, float]
    found: dict[str, bool]
    false_alarms: int
    false_beside: int


def played(seeds: Sequence[int]) -> list[Pair]:
    """Return what became of one pair of departments for each seed, in their order."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'store.sqlite'}"
        settings = Settings(home=Path(name) / "home", sources=(SourceSettings(url=url),))
        ensure_home(settings)
        store.create_from(url, DemoSpec(until=AS_OF, days=1), _departments(seeds))
        con = _built(settings)
        try:
            return _judged(con, seeds)
        finally:
            con.close()


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


def _judged(con: duckdb.DuckDBPyConnection, seeds: Sequence[int]) -> list[Pair]:
    rules = load_rules(None)
    points: dict[tuple[str, str], float] = {}
    for facts, _, scores in scored(con, rules.score_versions, only=("quarter", QUARTER)):
        points = {one: float(total) for one, total in zip(facts.people, scores.points, strict=True)}
    shown: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for sign in compared(con, QUARTER, rules.score.watch):
        if sign.is_shown:
            shown[sign.site_id].add((sign.engineer_id, sign.detector.code))
    honest = set(ENGINEERS[len(SHARES) :])
    pairs = []
    for seed in seeds:
        site, other = _site(seed), _site(seed) + _PLAYED
        players = dict(zip(SHARES, ENGINEERS, strict=False))
        pairs.append(
            Pair(
                rises={
                    name: points[other, engineer] - points[site, engineer]
                    for name, engineer in players.items()
                },
                found={
                    name: any((engineer, code) in shown[other] for code in FOUND_BY[name])
                    for name, engineer in players.items()
                },
                false_alarms=len(shown[site]),
                false_beside=sum(engineer in honest for engineer, _ in shown[other]),
            )
        )
    return pairs


def rise(values: Sequence[float]) -> tuple[float, float]:
    """Return the mean of paired differences and its upper 95 % limit (one-sided, Student's t)."""
    mean, error = float(np.mean(values)), float(stats.sem(values))
    return mean, mean + float(stats.t.ppf(0.95, len(values) - 1)) * error


def prove(kept: Path = KEPT) -> list[Proof]:
    """Return the proofs over all seeds; pairs that this code has played already are not repeated.

    Args:
        kept: file of the pairs played, a line each; of other code they do not count.
    """
    mark = room_hash(_ROOMS)
    pairs = _read(kept, mark)
    left = [seed for seed in range(1, SEEDS + 1) if seed not in pairs]
    for start in range(0, len(left), A_TIME):
        seeds = left[start : start + A_TIME]
        for seed, pair in zip(seeds, played(seeds), strict=True):
            pairs[seed] = pair
            _keep(kept, mark, seed, pair)
        print(f"departments {seeds[-1]}: {_told(list(pairs.values()))}", flush=True)
    return judged([pairs[seed] for seed in sorted(pairs)], f"1–{SEEDS}")


def _read(path: Path, mark: str) -> dict[int, Pair]:
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {one["seed"]: Pair(**one["pair"]) for one in lines if one["code"] == mark}


def _keep(path: Path, mark: str, seed: int, pair: Pair) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"code": mark, "seed": seed, "pair": asdict(pair)}) + "\n")


def judged(pairs: Sequence[Pair], seeds: str) -> list[Proof]:
    """Return the proofs that pairs give; ``seeds`` names their departments."""
    proofs = []
    for name, share in SHARES.items():
        count = len(pairs)
        mean, upper = rise([one.rises[name] for one in pairs])
        found = float(np.mean([one.found[name] for one in pairs]))
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
    alarms = [one.false_alarms for one in pairs]
    beside = float(np.mean([one.false_beside for one in pairs]))
    over = sum(one > FALSE_BAR for one in alarms)
    proofs.append(
        Proof(
            "all detectors together: false alarms per department and quarter",
            f"≤ {FALSE_BAR:g} on average and in 95 % of the departments", seeds, len(alarms),
            f"{np.mean(alarms):.2f} on average, at most {max(alarms)}; more than one in {over} of "
            f"{len(alarms)}; {beside:.2f} on the two who do not play "
            "beside six who do",
            float(np.mean(alarms)) <= FALSE_BAR and over <= 0.05 * len(alarms), _ROOMS,
        )
    )  # fmt: skip
    return proofs


def _told(pairs: Sequence[Pair]) -> str:
    parts = [
        f"{name} {np.mean([one.rises[name] for one in pairs]):+.2f} "
        f"({np.mean([one.found[name] for one in pairs]):.0%})"
        for name in SHARES
    ]
    return ", ".join([*parts, f"false {np.mean([one.false_alarms for one in pairs]):.2f}"])


if __name__ == "__main__":
    print(_told(played(range(1, 4))))
