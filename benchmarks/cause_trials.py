"""Planted fixes, placebos and causes by the hundred: what the statistics of causes must withstand.

Holds the trials at function level; `verify causes` runs them whole and writes the proof, the tests
run a slice. The statistics themselves are in `assets.analysis`.
"""

from collections.abc import Callable

import numpy as np

from assets.analysis.baselines import shrunk
from assets.analysis.fishbone import ranked
from assets.analysis.verification import Side, Verdict, compared, controlled, verdict
from benchmarks.proofs import Proof

TRIALS = 200
UNITS = 100
FIXES_AT_LEAST = 189
PLACEBOS_AT_MOST = 13
CAUSES = 120
TOP = 3
TOP_AT_LEAST = 0.90
SEED = 2026
# How different the hundred units are (coefficient of variation) and how often each failed.
_CASES = ((0.0, 5.0), (0.0, 20.0), (0.2, 20.0), (0.45, 5.0), (0.45, 20.0), (1.0, 20.0))
# How coders write everyday causes of one fault, and how badly: uncoded, or another cause at random.
_USUAL = np.array([34, 9, 14, 5, 3, 8, 6, 4, 7, 3, 2, 5], dtype=np.float64)
_UNCODED, _MISCODED = 0.25, 0.20
_ELSEWHERE = 300


def _proven(first: Side, second: Side) -> bool:
    return verdict(compared(first, second), is_lower_claimed=True) is Verdict.PROVEN


def fixes(generator: np.random.Generator, trials: int = TRIALS) -> int:
    """Return in how many trials a fix 100 → 50 on equal exposure is 成立."""
    pairs = generator.poisson((100, 50), (trials, 2))
    return sum(_proven(Side(before, 1), Side(after, 1)) for before, after in pairs)


def placebos(generator: np.random.Generator, trials: int = TRIALS) -> int:
    """Return in how many trials nothing, 100 → 100, is 成立."""
    pairs = generator.poisson(100, (trials, 2))
    return sum(_proven(Side(before, 1), Side(after, 1)) for before, after in pairs)


def _units(
    generator: np.random.Generator, variation: float, mean: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the rates and counts of a hundred units, and which was picked: the worst."""
    shape = 1 / variation**2 if variation else 0
    rates = generator.gamma(shape, mean / shape, UNITS) if shape else np.full(UNITS, mean)
    counts = generator.poisson(rates)
    return rates, counts, int(counts.argmax())


def placebos_on_the_worst(
    generator: np.random.Generator, variation: float, mean: float, trials: int = TRIALS
) -> int:
    """Return in how many trials nothing, tried on the worst of a hundred units, is 成立."""
    found = 0
    for _ in range(trials):
        rates, counts, worst = _units(generator, variation, mean)
        after = Side(generator.poisson(rates[worst]), 1)
        found += _proven(shrunk(counts, np.ones(UNITS), worst), after)
    return found


def controlled_placebos_on_the_worst(
    generator: np.random.Generator, variation: float, mean: float, trials: int = TRIALS
) -> int:
    """Return the same where everything falls by 30 % by itself and the others are the control."""
    found = 0
    for _ in range(trials):
        rates, counts, worst = _units(generator, variation, mean)
        later = generator.poisson(0.7 * rates)
        others = np.arange(UNITS) != worst
        effect = controlled(
            shrunk(counts, np.ones(UNITS), worst),
            Side(later[worst], 1),
            Side(counts[others].sum(), UNITS - 1),
            Side(later[others].sum(), UNITS - 1),
        )
        found += verdict(effect, is_lower_claimed=True) is Verdict.PROVEN
    return found


def causes_in_the_top(generator: np.random.Generator, causes: int = CAUSES) -> int:
    """Return how many planted causes stand among the first three of their problem's fishbone.

    A problem of 6 to 15 failures, half to nine tenths of them from the planted cause, the rest from
    everyday causes; a quarter of all tickets uncoded, a fifth of the coded ones wrong.
    """
    usual, found = _USUAL / _USUAL.sum(), 0
    for _ in range(causes):
        size = int(generator.integers(6, 16))
        planted = int(generator.integers(usual.size))
        is_planted = generator.random(size) < generator.uniform(0.5, 0.9)
        true = np.where(is_planted, planted, generator.choice(usual.size, size, p=usual))
        here = _coded(generator, true, usual.size)
        elsewhere = _coded(generator, generator.choice(usual.size, _ELSEWHERE, p=usual), usual.size)
        found += bool(here[planted]) and bool(ranked(here, elsewhere).rank[planted] <= TOP)
    return found


def _coded(generator: np.random.Generator, true: np.ndarray, kinds: int) -> np.ndarray:
    is_wrong = generator.random(true.size) < _MISCODED
    written = np.where(is_wrong, generator.integers(kinds, size=true.size), true)
    kept = written[generator.random(true.size) >= _UNCODED]
    return np.bincount(kept, minlength=kinds)


def prove() -> list[Proof]:
    """Run every trial whole, each from its own fixed seed."""
    rooms = ("assets/analysis",)

    def proof(name: str, bar: str, n: int, found: int, *, holds: bool) -> Proof:
        return Proof(name, bar, str(SEED), n, f"{found} of {n}", holds, rooms)

    def seeded(trial: Callable[..., int], *case: float) -> int:
        return trial(np.random.default_rng(SEED), *case)

    fixed, idle = seeded(fixes), seeded(placebos)
    proofs = [
        proof("真因验证: a planted fix 100 → 50 is 成立", f"≥ {FIXES_AT_LEAST}", TRIALS, fixed,
              holds=fixed >= FIXES_AT_LEAST),
        proof("真因验证: a placebo is 成立", f"≤ {PLACEBOS_AT_MOST}", TRIALS, idle,
              holds=idle <= PLACEBOS_AT_MOST),
    ]  # fmt: skip
    for variation, mean in _CASES:
        case = f"{UNITS} units of CV {variation:.0%}, {mean:g} failures each"
        for words, trial in (
            ("a placebo on the worst", placebos_on_the_worst),
            ("the same beside a control while all fall by 30 %", controlled_placebos_on_the_worst),
        ):
            found = seeded(trial, variation, mean)
            proofs.append(
                proof(f"真因验证: {words} of {case}", f"≤ {PLACEBOS_AT_MOST}", TRIALS, found,
                      holds=found <= PLACEBOS_AT_MOST)
            )  # fmt: skip
    ranked_first = seeded(causes_in_the_top)
    proofs.append(
        proof("planted causes in the top three of their fishbone", f"≥ {TOP_AT_LEAST:.0%}", CAUSES,
              ranked_first, holds=ranked_first >= TOP_AT_LEAST * CAUSES)
    )  # fmt: skip
    return proofs
