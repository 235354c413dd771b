"""The long proofs of the engineer's score: bands of equal and worse engineers, sums of ledgers.

Holds the proofs of `make verify-score`; a short slice of each runs in the tests.
"""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np

from assets import models, rule_tables, warehouse
from assets.pull import pull
from assets.score import ledger, tables
from assets.score.compute import Scores, score
from assets.score.periods import periods
from benchmarks import gaming_proofs
from benchmarks.proofs import Proof
from benchmarks.synthetic_scores import department
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.spec import DemoSpec

DEPARTMENTS, QUARTERS, PLANTED, HOSPITALS = 200, 67, 200, 20
MONTH_BAR, QUARTER_BAR, FOUND_BAR = 0.07, 0.11, 0.80
# By how much less often the planted engineer meets clocks, repairs and reports: 8 points and more.
_WORSE = 0.054
_MUCH = 8.0
_EXACT = 1e-9
_ROOMS = ("config", "assets", "demo")


def _scored(seed: int, kind: str, worse: float = 0.0) -> Scores:
    facts, rules = department(seed, worse=worse), load_rules(None).score
    first = date(2026, 3, 1) if kind == "month" else date(2026, 1, 1)
    [period] = [one for one in periods(facts, 12, 13) if (one.kind, one.first) == (kind, first)]
    return score(facts, period, rules)


def _told_apart(kind: str, departments: int, bar: float) -> Proof:
    bands = [band for seed in range(departments) for band in _scored(seed, kind).band]
    share = float(np.mean([band != "normal" for band in bands]))
    return Proof(
        f"equal engineers told apart in a {kind}", f"≤ {bar:.0%}", f"0–{departments - 1}",
        len(bands), f"{share:.1%}", share <= bar, _ROOMS,
    )  # fmt: skip


def _found() -> Proof:
    found, gaps = [], []
    for seed in range(PLANTED):
        scores = _scored(seed, "quarter", _WORSE)
        found.append(scores.band[0] == "below")
        gaps.append(float(np.mean(scores.points[1:]) - scores.points[0]))
    share, gap = float(np.mean(found)), float(np.mean(gaps))
    return Proof(
        "a planted engineer whose published score is 8 points lower is told apart in a quarter",
        f"≥ {FOUND_BAR:.0%}", f"0–{PLANTED - 1}", PLANTED,
        f"{share:.1%} at a mean gap of {gap:.1f} points", share >= FOUND_BAR and gap >= _MUCH,
        _ROOMS,
    )  # fmt: skip


def _gap(seed: int) -> tuple[int, float, int]:
    """Return the scores of one tiny hospital, the largest gap of a ledger, and wrong credits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'store.sqlite'}"
        settings = Settings(home=folder / "home", sources=(SourceSettings(url=url),))
        ensure_home(settings)
        store.create(url, DemoSpec(size="tiny", seed=seed, until=date(2026, 11, 1)))
        con = warehouse.connect(settings.warehouse_path, settings)
        report = pull(con, settings)
        rules = load_rules(None)
        with warehouse.transaction(con):
            context = rule_tables.RunContext(report.as_of, report.is_demo)
            rule_tables.load(con, rules, settings, context)
            models.build(con, models.discover())
            count = tables.build(con, rules)
        worst = 0.0
        for kind, first in con.execute(
            "select distinct period, period_on from kpi.score_totals"
        ).fetchall():
            sql = (
                "select max(abs(cast(total as double) - points)) from (select site_id, period, "
                f"period_on, engineer_id, sum(points) as total from "
                f"({ledger.ledger_sql(rules.score, kind, first)}) group by all) "
                "right join kpi.score_totals as t "
                "using (site_id, period, period_on, engineer_id) "
                f"where t.period = '{kind}' and t.period_on = date '{first}'"
            )
            [(found,)] = con.execute(sql).fetchall()
            worst = max(worst, found if found is not None else float("inf"))
        [(wrong,)] = con.execute(
            "select count(*) from (select sum(credit_bp) as total from core.ticket_credits "
            "group by site_id, ticket_id) where total != 10000"
        ).fetchall()
        con.close()
    return count, worst, wrong


def _added_up() -> Proof:
    counts, gaps, wrong = zip(*(_gap(seed) for seed in range(1, HOSPITALS + 1)), strict=True)
    return Proof(
        "Σ ledger = score, and Σ credit = 10 000 bp, in tiny hospitals", f"≤ {_EXACT:g}; 0 wrong",
        f"1–{HOSPITALS}", sum(counts), f"largest gap {max(gaps):.1e}; {sum(wrong)} wrong",
        max(gaps) <= _EXACT and not sum(wrong), _ROOMS,
    )  # fmt: skip


def prove() -> list[Proof]:
    """Return all proofs of the score."""
    return [
        _told_apart("month", DEPARTMENTS, MONTH_BAR),
        _told_apart("quarter", QUARTERS, QUARTER_BAR),
        _found(),
        _added_up(),
        *gaming_proofs.prove(),
    ]
