"""Fault texts: how fast a model is learnt and texts are read, and how well on real orders.

`make bench` measures the speed, `make verify-texts` the quality; `python -m benchmarks.fault_texts`
does both and writes `docs/fault-texts.md`. The 100 000 texts are made
from the demo's sentences with places, haste, slips and people in them; nearly all are distinct. The
quality is measured on the work orders of the excavators where they lie beside the checkout.
"""

# ruff: noqa: E501 - lines of a page

import csv
import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from assets.analysis.agreement import kappa
from assets.analysis.proportions import wilson
from assets.texts.learning import learn
from assets.texts.reading import Reader
from benchmarks.memory import peak_mib
from benchmarks.proofs import ROOT, Proof
from benchmarks.report import Result, median
from config.rules import load_rules
from demo.catalogue import load
from demo.chance import Chance
from demo.wording import Wording

TEXTS = 100_000
LEARN_SECONDS, LEARN_GIB, READ_PER_SECOND = 60, 2.0, 20_000
EXCAVATORS = ROOT.parent / "shared" / "data" / "excavators" / "excavators-cleaned.csv"
PAGE = ROOT / "docs" / "fault-texts.md"
LEARNT_SHARE = 0.7
_TURNS = 5
COVERAGE_AT_LEAST = 0.80


def made(n: int, seed: int) -> tuple[list[str], list[str]]:
    """Return n texts as wards write them, and their families."""
    catalogue, draw = load(), random.Random(seed)  # noqa: S311 - must repeat
    wording = Wording(Chance(seed))
    families, places = list(catalogue.families.values()), catalogue.departments
    devices, texts, codes = [kind.name for kind in catalogue.classes], [], []
    while len(texts) < n:
        family = draw.choice(families)
        place, device = draw.choice(places).name, draw.choice(devices)
        _, text = wording.said(draw.choice(family.texts), place, device)
        texts.append(f"{text} {draw.choice(places).name}{draw.randrange(1, 30)}号{device}")
        codes.append(family.code)
    return texts, codes


def speed() -> dict[str, Any]:
    """Learn from 100 000 texts and read as many others, in this process.

    Processor seconds of one core, which other work on the machine does not stretch, and GiB.
    """
    rules = load_rules(None).texts
    texts, codes = made(TEXTS, 1)
    reader = Reader(rules, [])
    started = time.process_time()
    learnt = learn([text for _, text in reader.clean(texts)], codes, reader.cut, rules.learning)
    seconds = time.process_time() - started
    gib = peak_mib() / 1024
    if learnt is None:
        raise RuntimeError("nothing was learnt")
    rates = []
    for turn in range(_TURNS):
        others, _ = made(TEXTS // _TURNS, 100 + turn)
        started = time.process_time()
        reader.read(others, learnt.model)
        rates.append(len(others) / (time.process_time() - started))
    return {
        "distinct": len(set(texts)),
        "learn_seconds": round(seconds, 1),
        "learn_gib": round(gib, 2),
        "read_per_second": round(statistics.median(rates)),
    }


def quality() -> dict[str, Any]:
    """Learn from the first 70 % of the excavators' orders by date, and name the last 30 %.

    Beside it: TF-IDF over words and logistic regression as scikit-learn has them by default.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.metrics import f1_score  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    with EXCAVATORS.open(encoding="utf-8", errors="replace") as file:
        rows = [row for row in csv.DictReader(file) if row["MajorSystem"] not in ("", "NA")]
    rows.sort(key=lambda row: row["BscStartDate"])
    raw = [row["OriginalShorttext"] for row in rows]
    codes = [row["MajorSystem"] for row in rows]
    cut = int(len(rows) * LEARNT_SHARE)
    rules = load_rules(None).texts
    reader = Reader(rules, [])
    normal = [text for _, text in reader.clean(raw)]
    learnt = learn(normal[:cut], codes[:cut], reader.cut, rules.learning)
    if learnt is None:
        raise RuntimeError("nothing was learnt")
    answers = learnt.model.answer(normal[cut:], reader.cut)
    usual = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(raw[:cut], codes[:cut])
    theirs = [str(code) for code in usual.predict(raw[cut:])]
    sure = usual.predict_proba(raw[cut:]).max(axis=1)
    truth, said = codes[cut:], [answer.code for answer in answers]
    mine = [place for place, answer in enumerate(answers) if answer.is_sure]
    surest = sorted(range(len(truth)), key=lambda place: -sure[place])[: len(mine)]

    def f1(codes_said: list[str], places: Any) -> float:
        pairs = [(truth[place], codes_said[place]) for place in places]
        score = f1_score(*zip(*pairs, strict=True), average="macro", zero_division=0)
        return round(float(score), 4)

    pairs = Counter((truth[place], said[place]) for place in mine)
    right = sum(count for (a, b), count in pairs.items() if a == b)
    everywhere = range(len(truth))
    return {
        "learnt": cut, "tested": len(truth), "from": rows[cut]["BscStartDate"],
        "answered": len(mine), "abstained": len(truth) - len(mine), "right": right,
        "coverage": round(len(mine) / len(truth), 4),
        "precision": [right / len(mine), *(n or 0 for n in wilson(right, len(mine)))],
        "kappa": [round(n, 4) for n in kappa(pairs) or ()],
        "f1_answered": f1(said, mine), "f1_all": f1(said, everywhere),
        "usual_f1_all": f1(theirs, everywhere), "usual_f1_same_texts": f1(theirs, mine),
        "usual_f1_its_surest": f1(theirs, surest),
    }  # fmt: skip


def _fast() -> dict[str, Any]:
    """Return the speed as a process of its own measures it: its memory is nobody else's."""
    command = [sys.executable, "-m", "benchmarks.fault_texts", "speed"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(repeats: int) -> list[Result]:
    """Learning, its memory, and reading as seconds for 20 000 texts."""
    runs = [_fast() for _ in range(repeats)]
    reading = [READ_PER_SECOND / run["read_per_second"] for run in runs]
    return [
        median(f"{TEXTS} fault texts learnt (CPU)", LEARN_SECONDS, "s",
               [run["learn_seconds"] for run in runs]),
        median(f"{TEXTS} fault texts learnt: peak memory", LEARN_GIB, "GiB",
               [run["learn_gib"] for run in runs]),
        median(f"{READ_PER_SECOND} fault texts scrubbed and read (CPU)", 1, "s", reading),
    ]  # fmt: skip


def prove() -> list[Proof]:
    """Hold the model against the usual one on the excavators' later orders."""
    if not EXCAVATORS.exists():
        raise SystemExit(f"{EXCAVATORS} is not there: the work orders lie beside the checkout")
    good, rooms = quality(), ("assets/texts", "assets/analysis")
    ours, theirs = good["f1_answered"], good["usual_f1_same_texts"]
    low = good["precision"][1]
    return [
        Proof("fault texts, real orders: share answered", f"≥ {COVERAGE_AT_LEAST:.0%}", "by date",
              good["tested"], f"{good['coverage']:.1%}", good["coverage"] >= COVERAGE_AT_LEAST,
              rooms),
        Proof("fault texts, real orders: macro-F1 of the answers, ours and TF-IDF with logistic "
              "regression", "ours ≥ the usual", "by date", good["answered"],
              f"{ours:.3f} and {theirs:.3f}", ours >= theirs, rooms),
        Proof("fault texts, real orders: answers that are right", "told with its interval",
              "by date", good["answered"], f"{good['precision'][0]:.1%} (from {low:.1%})",
              True, rooms),
    ]  # fmt: skip


def page(fast: dict[str, Any], good: dict[str, Any]) -> str:
    """Return the page of both."""
    precision, low, high = good["precision"]
    value, lo, hi = good["kappa"]
    return f"""# Fault texts: how well and how fast they are read

Written by `python -m benchmarks.fault_texts`. How texts are read, and why so: [0027](decisions/0027-fault-texts.md).

## Real work orders

Excavators, `OriginalShorttext` → `MajorSystem` (coded orders only): learnt from the first {good["learnt"]} by date, tested on the last
{good["tested"]} (from {good["from"]} on). The threshold was chosen within the first part. "Usual": scikit-learn's `TfidfVectorizer()` over words and
`LogisticRegression()`, both as they come.

| figure | ours | usual |
|---|---|---|
| coverage (answered of {good["tested"]}) | {good["coverage"]:.1%} ({good["answered"]}) | no abstention |
| abstentions | {good["abstained"]} | – |
| macro-F1 of the texts that ours answers | {good["f1_answered"]:.4f} | {good["usual_f1_same_texts"]:.4f} |
| macro-F1 of as many texts, each its surest | {good["f1_answered"]:.4f} | {good["usual_f1_its_surest"]:.4f} |
| macro-F1 of all texts, abstention ignored | {good["f1_all"]:.4f} | {good["usual_f1_all"]:.4f} |
| right answers (95 % interval) | {precision:.1%} ({low:.1%}–{high:.1%}) | – |
| Cohen's κ of the answers (95 % interval) | {value:.3f} ({lo:.3f}–{hi:.3f}) | – |

## Speed

{TEXTS:,} generated Chinese texts of 26 families, {fast["distinct"]:,} of them distinct, with people, slips and error codes in them.
Processor time of one core: the machine was shared while it was measured.

| figure | bar | measured |
|---|---|---|
| learnt, scrubbing and hold-out included | ≤ {LEARN_SECONDS} s | {fast["learn_seconds"]} s |
| memory of the process while learning | ≤ {LEARN_GIB:.0f} GiB | {fast["learn_gib"]} GiB |
| read (scrub, normal form, rules, model), median of five | ≥ {READ_PER_SECOND:,} texts/s | {fast["read_per_second"]:,} texts/s |
"""


def main() -> None:
    """Measure the speed in a process of its own, the quality here, and write the page."""
    if sys.argv[1:] == ["speed"]:
        print(json.dumps(speed()))
        return
    fast = _fast()
    print(json.dumps(fast))
    good = quality()
    print(json.dumps(good))
    Path(PAGE).write_text(page(fast, good), encoding="utf-8")


if __name__ == "__main__":
    main()
