"""Learning a model from the department's coded history, and measuring it on what it had not seen.

Holds the fit, the calibration, the choice of the threshold and the quality on a time-ordered
hold-out. Only this module needs scikit-learn, and loads it when something is learnt.

The history is cut by time: the first 70 % are learnt, the last 30 % held out. On the first half of
the hold-out the threshold is chosen, on the second half it is judged, so that the figures that are
shown were chosen by nobody. The model in force is then learnt from everything, with the curve and
the threshold of the whole hold-out. Everything is seeded: equal histories give equal models.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assets.analysis.agreement import kappa
from assets.analysis.proportions import wilson
from assets.texts.features import Cutter, features
from assets.texts.model import (
    Answer,
    Linear,
    Model,
    best_two,
    confidence,
    counted_matrix,
    weighted,
)
from config.text_models import LearningRule

LEARNT_SHARE = 0.7
NEVER = 2.0
_C = 1.0
_TOLERANCE = 1e-2
_STEPS = 300
_MOST_FEATURES = 60_000
_FEW = 20


@dataclass(frozen=True)
class Quality:
    """What a model reached on texts that it had not seen; shares with their 95 % intervals.

    Attributes:
        n: texts judged.
        answered: of these, those it did not abstain on.
        right: of the answered, those where it agrees with the engineer's code.
        kappa: Cohen's κ of the answered ones, with its interval.
    """

    n: int
    answered: int
    right: int
    kappa: tuple[float, float, float] | None

    @property
    def coverage(self) -> tuple[float, float, float]:
        """Share of texts that it answers, and its interval."""
        return _share(self.answered, self.n)

    @property
    def precision(self) -> tuple[float, float, float]:
        """Share of answers that are right, and its interval."""
        return _share(self.right, self.answered)


@dataclass(frozen=True, eq=False)
class Learnt:
    """A model, its quality, and what it said of the held-out texts before it saw their codes.

    Attributes:
        first_held: place of the first held-out text in the history.
        held: the answers, one for each text from there on.
    """

    model: Model
    quality: Quality
    first_held: int
    held: list[Answer]


def learn(
    texts: Sequence[str], codes: Sequence[str], cut: Cutter, rule: LearningRule,
    about: dict[str, Any] | None = None,
) -> Learnt | None:  # fmt: skip
    """Learn from a history in the order of time; None if it is too small or knows one code only.

    Args:
        texts: normal texts.
        codes: their fault families, as the engineers coded them.
        cut: cuts words.
        rule: how much it takes, and the precision that decides the threshold.
        about: kept with the model.
    """
    first_held = int(len(texts) * LEARNT_SHARE)
    if len(texts) < rule.min_texts or len(texts) - first_held < _FEW:
        return None
    early = _fit(texts[:first_held], codes[:first_held], cut, rule.min_per_family)
    linear = _fit(texts, codes, cut, rule.min_per_family)
    if early is None or linear is None:
        return None
    best, lead = best_two(early.scores(early.matrix(texts[first_held:], cut)))
    said = [early.codes[place] for place in best]
    is_right = np.array([a == b for a, b in zip(said, codes[first_held:], strict=True)])
    wanted = float(rule.precision)
    half = len(is_right) // 2
    choice = _chosen(lead[:half], is_right[:half], wanted)
    quality = _judged(said[half:], codes[first_held + half :], lead[half:], choice)
    curve = _chosen(lead, is_right, wanted)
    sure = confidence(lead, curve[0], curve[1]).round(4)
    held = [Answer(code, float(p), bool(p >= curve[2])) for code, p in zip(said, sure, strict=True)]
    model = Model(linear, *curve, {**(about or {}), **described(quality), "texts": len(texts)})
    return Learnt(model, quality, first_held, held)


def described(quality: Quality) -> dict[str, Any]:
    """Return a quality as plain numbers, rounded to what they can carry."""
    parts = {
        "coverage": quality.coverage,
        "precision": quality.precision,
        "kappa": quality.kappa,
    }
    told = {name: [round(n, 4) for n in part] if part else None for name, part in parts.items()}
    return {"n": quality.n, "answered": quality.answered, "right": quality.right, **told}


def _fit(
    texts: Sequence[str], codes: Sequence[str], cut: Cutter, min_per_family: int
) -> Linear | None:
    """Fit one linear support vector machine per code against the rest."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - takes a second to load

    counts = Counter(codes)
    # equal texts with equal codes are one row of that weight: histories repeat themselves
    rows = Counter(
        (text, code)
        for text, code in zip(texts, codes, strict=True)
        if counts[code] >= min_per_family
    )
    if len({code for _, code in rows}) <= 1:
        return None
    lists = {text: features(text, cut) for text, _ in rows}
    vocabulary = _vocabulary(lists.values())
    places = {feature: place for place, feature in enumerate(vocabulary)}
    counted = counted_matrix([lists[text] for text, _ in rows], places)
    present = np.bincount(counted.indices, minlength=len(vocabulary))
    idf = (np.log((1 + len(rows)) / (1 + present)) + 1).astype(np.float32)
    target = [code for _, code in rows]
    machine = LinearSVC(C=_C, tol=_TOLERANCE, max_iter=_STEPS, dual=True, random_state=0)
    machine.fit(weighted(counted, idf), target, sample_weight=np.sqrt(list(rows.values())))
    names = tuple(str(code) for code in machine.classes_)
    weights, bias = machine.coef_.T, machine.intercept_
    if len(names) == 2:  # noqa: PLR2004 - scikit-learn gives one column for two classes
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return Linear(
        vocabulary, idf, np.ascontiguousarray(weights, np.float32), bias.astype(np.float32), names
    )


def _vocabulary(lists: Any) -> tuple[str, ...]:
    """Return the features that occur in two texts or more, the most frequent if there are many.

    What occurs once teaches nothing, and may be somebody's name.
    """
    counts = Counter(feature for found in lists for feature in set(found))
    often = sorted((-n, feature) for feature, n in counts.items() if n > 1)[:_MOST_FEATURES]
    return tuple(sorted(feature for _, feature in often))


def _chosen(
    lead: "np.ndarray[Any, Any]", is_right: "np.ndarray[Any, Any]", precision: float
) -> tuple[float, float, float]:
    """Return slope and offset of the curve, and the lowest confidence that is precise enough.

    The curve is Platt's (1999), with his smoothed targets, fitted by Newton's method. The threshold
    is the lowest one above which the share of right answers reaches the precision; `NEVER` if none
    does.
    """
    slope, offset = _platt(lead, is_right)
    sure = confidence(lead, slope, offset).round(4)
    order = np.argsort(-sure, kind="stable")
    share = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    ranked = sure[order]
    # texts of equal confidence stand or fall together
    is_last = np.append(ranked[1:] < ranked[:-1], True)
    fits = np.flatnonzero((share >= precision) & is_last)
    return slope, offset, float(ranked[fits[-1]]) if len(fits) else NEVER


def _platt(lead: "np.ndarray[Any, Any]", is_right: "np.ndarray[Any, Any]") -> tuple[float, float]:
    right, wrong = int(is_right.sum()), int((~is_right).sum())
    target = np.where(is_right, (right + 1) / (right + 2), 1 / (wrong + 2))
    design = np.column_stack([lead, np.ones_like(lead)]).astype(float)
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, design.T @ (target - p))
        beta = beta + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-8:  # noqa: PLR2004
            break
    return round(float(beta[0]), 6), round(float(beta[1]), 6)


def _judged(
    said: Sequence[str], codes: Sequence[str], lead: "np.ndarray[Any, Any]",
    choice: tuple[float, float, float],
) -> Quality:  # fmt: skip
    slope, offset, threshold = choice
    sure = confidence(lead, slope, offset).round(4) >= threshold
    pairs = [(a, b) for a, b, is_sure in zip(codes, said, sure, strict=True) if is_sure]
    right = sum(a == b for a, b in pairs)
    return Quality(len(codes), len(pairs), right, kappa(Counter(pairs)))


def _share(part: int, whole: int) -> tuple[float, float, float]:
    lo, hi = wilson(part, whole)
    if lo is None or hi is None:
        return (math.nan, 0.0, 1.0)
    return part / whole, lo, hi
