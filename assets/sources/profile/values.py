"""Translating what an export writes into the contract's lists: values, states, people.

Holds the look-ups in the vocabulary, and ids for names that are written as free text. What is not
found is returned as such, to be asked.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count as numbers_from

from assets.sources.profile.columns import Column
from assets.sources.profile.vocabulary import Vocabulary, comparable

_SHORTEST = 2
_CJK = re.compile(r"[\u4e00-\u9fff]")
_SEVERAL = "、,\N{FULLWIDTH COMMA};\N{FULLWIDTH SEMICOLON}/&+"
# A name in Latin letters may hold these itself: Smith, John.
_WITHIN_NAMES = ",/"
_MOST_NAMES = 2000
_SHARE_OF_NAMES = 0.3
_PAUSED = "paused."
_ENTERED = {"dispatched": "dispatched", "arrived": "arrived", "verified": "verified",
            "cancelled": "cancelled"}  # fmt: skip


@dataclass(frozen=True)
class Translation:
    """Values found in the vocabulary, those that were not, and the share of rows translated."""

    values: dict[str, str]
    unknown: tuple[str, ...]
    share: float


def translate(column: Column, words: dict[str, str], sentinels: frozenset[str]) -> Translation:
    """Translate a column's values; a value holding exactly one known word counts as that word."""
    found: dict[str, str] = {}
    unknown: list[str] = []
    done = total = 0
    for value, count in column.values:
        if value.strip() in sentinels:
            continue
        total += count
        meaning = _meaning(value, words)
        if meaning is None:
            unknown.append(value.strip())
        else:
            found[value.strip()] = meaning
            done += count
    return Translation(found, tuple(unknown), done / total if total else 0.0)


def _meaning(value: str, words: dict[str, str]) -> str | None:
    plain = comparable(value)
    if plain in words:
        return words[plain]
    inside = {
        meaning
        for word, meaning in words.items()
        if len(word) >= _SHORTEST and not word.isascii() and word in plain
    }
    return next(iter(inside)) if len(inside) == 1 else None


def states(
    column: Column, vocabulary: Vocabulary, sentinels: frozenset[str]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the lists of a status log, and the states that no word explains."""
    found = translate(column, vocabulary.states, sentinels)
    lists: dict[str, object] = {}
    plain: dict[str, list[str]] = {}
    paused: dict[str, str] = {}
    entered: dict[str, str] = {}
    for state, meaning in found.values.items():
        if meaning.startswith(_PAUSED):
            paused[state] = meaning.removeprefix(_PAUSED)
        elif meaning in _ENTERED:
            entered[state] = _ENTERED[meaning]
        else:
            plain.setdefault(meaning, []).append(state)
    for name in ("new", "working"):
        if plain.get(name):
            lists[name] = plain[name]
    if paused:
        lists["paused"] = paused
    for name in ("restored", "closed"):
        if plain.get(name):
            lists[name] = plain[name]
    if entered:
        lists["entered"] = entered
    return lists, found.unknown


def people(
    column: Column,
    letter: str,
    sentinels: frozenset[str],
    marks: str = "",
    given: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return name → id for a column of names written by hand; {} if it holds codes already.

    Spellings that differ in blanks or letter width only get one id. Ids are numbered by how often
    a name occurs; a name that was ``given`` an id keeps it. ``marks`` part the people of one cell.
    """
    counts: Counter[str] = Counter()
    for value, count in column.values:
        if value.strip() not in sentinels:
            counts.update(dict.fromkeys(_parted(value, marks), count))
    values = [name for name, _ in counts.most_common()]
    named = [value for value in values if _CJK.search(value)]
    if column.distinct > _MOST_NAMES or len(named) < _SHARE_OF_NAMES * max(len(values), 1):
        return {}
    ids = {_folded(name): one for name, one in (given or {}).items()}
    free = (one for n in numbers_from(1) if (one := f"{letter}{n:03}") not in set(ids.values()))
    found: dict[str, str] = {}
    for value in values:
        plain = _folded(value)
        if plain not in ids:
            ids[plain] = next(free)
        found[value] = ids[plain]
    # The shortest spelling of each leads: it becomes the name that is shown.
    return dict(sorted(found.items(), key=lambda pair: (pair[1], len(pair[0]), pair[0])))


def spellings(known: dict[str, str]) -> list[list[str]]:
    """Return the groups of names that were given one id."""
    groups: dict[str, list[str]] = {}
    for name, one in known.items():
        groups.setdefault(one, []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def similar(known: dict[str, str]) -> list[tuple[str, str]]:
    """Return pairs of names that may be one: the same but for an ending such as 科 or 病区."""
    first: dict[str, str] = {}
    for name, one in known.items():
        first.setdefault(one, name)
    bare: dict[str, str] = {}
    pairs = []
    for name in first.values():
        stem = re.sub(r"(科室|科|室|病区|病房|部|处|师傅|老师|工程师|工)$", "", _folded(name))
        if len(stem) >= _SHORTEST and stem in bare:
            pairs.append((bare[stem], name))
        bare.setdefault(stem, name)
    return pairs


def several(column: Column, sentinels: frozenset[str]) -> tuple[str, list[str]]:
    """Return the marks between the people of one cell, and the values that hold several."""
    values = [value for value, _ in column.values if value.strip() not in sentinels]
    marks = "".join(
        mark
        for mark in _SEVERAL
        if any(len(_parted(value, mark)) > 1 for value in values)
        and (mark not in _WITHIN_NAMES or all(_CJK.search(v) for v in values if mark in v))
    )
    return marks, [value for value in values if len(_parted(value, marks)) > 1]


def _parted(value: str, marks: str) -> list[str]:
    found = re.split(f"[{re.escape(marks)}]", value) if marks else [value]
    return [name.strip() for name in found if name.strip()]


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def listed(values: Sequence[str], most: int = 8) -> str:
    """Return values for a sentence, the first ones and how many there are."""
    shown = "、".join(values[:most])
    return f"{shown} 等 {len(values)} 个" if len(values) > most else shown
