"""The learnt model: a linear classifier over features, that keeps silent where it is not sure.

Holds what a model is, how it answers, and its file. How one is learnt is in `learning`; only that
needs scikit-learn. A file holds numbers and words, nothing that runs when it is read.

Confidence is the probability that the best code is right, read from how far it leads before the
second: a logistic curve that was fitted where the model had not seen the codes. Below the
threshold the model abstains.
"""

import io
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from scipy import sparse

from assets.texts.features import Cutter, features
from config.errors import StateError

FORMAT = 1
_BATCH = 5_000


@dataclass(frozen=True)
class Answer:
    """What a model says of one text: its best code, the confidence, and whether it stands by it."""

    code: str
    confidence: float
    is_sure: bool


@dataclass(frozen=True, eq=False)
class Linear:
    """Vocabulary, weights and codes: `weights` has one row per feature, one column per code."""

    vocabulary: tuple[str, ...]
    idf: "np.ndarray[Any, Any]"
    weights: "np.ndarray[Any, Any]"
    bias: "np.ndarray[Any, Any]"
    codes: tuple[str, ...]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {feature: place for place, feature in enumerate(self.vocabulary)}

    def matrix(self, texts: Sequence[str], cut: Cutter) -> "sparse.csr_matrix":
        """Return the weighted features, one row of length one per normal text."""
        found = (features(text, cut) for text in texts)
        return weighted(counted_matrix(found, self._places), self.idf)

    def scores(self, matrix: "sparse.csr_matrix") -> "np.ndarray[Any, Any]":
        """Return the score of every code (columns) for every text (rows)."""
        found: np.ndarray[Any, Any] = np.asarray(matrix @ self.weights) + self.bias
        return found


def counted_matrix(
    lists: Iterable[Sequence[str]], places: Mapping[str, int]
) -> "sparse.csr_matrix":
    """Return how often each known feature (columns) occurs in each list (rows)."""
    indices: list[int] = []
    ends = [0]
    for found in lists:
        indices += [place for feature in found if (place := places.get(feature)) is not None]
        ends.append(len(indices))
    counted = sparse.csr_matrix(
        (np.ones(len(indices), np.float32), np.array(indices, np.int32), np.array(ends)),
        (len(ends) - 1, len(places)),
    )
    counted.sum_duplicates()
    return counted


def weighted(counted: "sparse.csr_matrix", idf: "np.ndarray[Any, Any]") -> "sparse.csr_matrix":
    """Return 1 + log(count), times idf, each row of length one (Salton & Buckley 1988, ltc)."""
    data = (1 + np.log(counted.data)) * idf[counted.indices]
    made = sparse.csr_matrix((data, counted.indices, counted.indptr), counted.shape)
    square = made.multiply(made).sum(axis=1)
    length = np.sqrt(np.asarray(square).ravel())
    length[length == 0] = 1
    made.data = (made.data / np.repeat(length, np.diff(made.indptr))).astype(np.float32)
    return made


def best_two(scores: "np.ndarray[Any, Any]") -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """Return the place of the best code and its lead before the second, per row."""
    best = scores.argmax(axis=1)
    rows = np.arange(len(scores))
    top = scores[rows, best]
    rest = scores.copy()
    rest[rows, best] = -np.inf
    return best, (top - rest.max(axis=1)).astype(float)


@dataclass(frozen=True, eq=False)
class Model:
    """A classifier with its calibration, its threshold and where it comes from.

    Attributes:
        slope: of the logistic curve from lead to confidence.
        offset: of the same curve.
        threshold: lowest confidence at which the model stands by its code; above 1: never.
        about: when and from what it was learnt, and what it reached on the hold-out.
    """

    linear: Linear
    slope: float
    offset: float
    threshold: float
    about: dict[str, Any]

    def answer(self, texts: Sequence[str], cut: Cutter) -> list[Answer]:
        """Return an answer for every normal text, in their order."""
        answers: list[Answer] = []
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            matrix = self.linear.matrix(batch, cut)
            best, lead = best_two(self.linear.scores(matrix))
            sure = confidence(lead, self.slope, self.offset)
            # a text without a known feature says nothing
            sure[np.diff(matrix.indptr) == 0] = 0
            answers += [
                Answer(self.linear.codes[place], p, p >= self.threshold)
                for place, p in zip(best, sure.round(4).tolist(), strict=True)
            ]
        return answers

    @cached_property
    def version(self) -> str:
        """First digits of the hash of everything that decides its answers."""
        return sha256(_packed(self)).hexdigest()[:16]


def confidence(lead: "np.ndarray[Any, Any]", slope: float, offset: float) -> "np.ndarray[Any, Any]":
    """Return the probability that the best code is right, from its lead."""
    return np.asarray(1 / (1 + np.exp(-(slope * lead + offset))))


def save(model: Model, path: Path) -> None:
    """Write a model's file; it is there whole or not at all, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_packed(model))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StateError(f"无法写入文本模型 {path}。", "请检查磁盘是否已满或只读。") from error


def load(path: Path) -> Model | None:
    """Read a model's file; None if there is none that this program can use.

    A damaged file is none: the next learning replaces it.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            head = json.loads(str(found["head"]))
            if head["format"] != FORMAT:
                return None
            linear = Linear(
                tuple(head["vocabulary"]), found["idf"], found["weights"], found["bias"],
                tuple(head["codes"]),
            )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return Model(linear, head["slope"], head["offset"], head["threshold"], head["about"])


def _packed(model: Model) -> bytes:
    """Return the file's bytes, equal for equal models."""
    linear = model.linear
    head = {
        "format": FORMAT,
        "vocabulary": linear.vocabulary,
        "codes": linear.codes,
        "slope": model.slope,
        "offset": model.offset,
        "threshold": model.threshold,
        "about": model.about,
    }
    if not all(math.isfinite(n) for n in (model.slope, model.offset, model.threshold)):
        raise ValueError("a model's numbers are finite")
    buffer = io.BytesIO()
    text = np.array(json.dumps(head, ensure_ascii=False, sort_keys=True))
    np.savez(buffer, head=text, idf=linear.idf, weights=linear.weights, bias=linear.bias)
    return buffer.getvalue()
