"""Which column of an export plays which role: by its header, checked against its values.

Holds the score and the assignment. The roles are the keys of `headers` in
`config/defaults/headers.yml`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from assets.sources.files.mapping import parts
from assets.sources.profile.columns import Column
from assets.sources.profile.vocabulary import comparable

_SURE = 0.9
_POSSIBLE = 0.55
_CLOSE = 0.12
_UNFIT = 0.2
_MOSTLY = 0.6
_NEARLY_ALL = 0.9
# A few amounts may be words (待定): those rows are held and told. An order must hold throughout.
_NUMERIC = {"amount_cny": _MOSTLY, "purchase_cny": _MOSTLY, "useful_life_years": _MOSTLY,
            "log.order": _NEARLY_ALL}  # fmt: skip
_DAYS = ("_on", "_until")
_SHORTEST_ASCII = 4
_SHORTEST = 2
# 报修信息 over 时间 is the 报修时间.
_FILLERS = re.compile(r"(信息|情况|登记|记录)(?=.)")


@dataclass(frozen=True)
class Match:
    """One role with its column, how sure that is (0 to 1), and other columns that might be it."""

    role: str
    column: Column
    score: float
    others: tuple[str, ...]

    @property
    def is_sure(self) -> bool:
        """Whether nobody needs to look at it."""
        return self.score >= _SURE and not self.others


def is_day(role: str) -> bool:
    """Tell whether a role is a day, as columns of the contract are called."""
    return role.endswith(_DAYS)


def assign(columns: Sequence[Column], headers: Mapping[str, Sequence[str]]) -> dict[str, Match]:
    """Give every role at most one column and every column at most one role, best scores first."""
    scored = sorted(
        (
            (_score(column, role, words), role, column)
            for role, words in headers.items()
            for column in columns
        ),
        key=lambda one: -one[0],
    )
    taken: dict[str, tuple[float, Column]] = {}
    used: set[str] = set()
    for score, role, column in scored:
        if score < _POSSIBLE or role in taken or column.header in used:
            continue
        taken[role] = (score, column)
        used.add(column.header)
    return {
        role: Match(
            role,
            column,
            score,
            tuple(
                other.header
                for rival, name, other in scored
                if name == role
                and rival >= max(_POSSIBLE, score - _CLOSE)
                and other.header not in used
            ),
        )
        for role, (score, column) in taken.items()
    }


def _score(column: Column, role: str, words: Sequence[str]) -> float:
    if not column.filled:
        return 0.0
    likeness = max(
        (
            _likeness(comparable(name), word, n)
            for name in _called(column.header)
            for n, word in enumerate(words)
        ),
        default=0.0,
    )
    return likeness if _fits(column, role) else likeness * _UNFIT


def _called(header: str) -> tuple[str, ...]:
    """Return what a column is called, its heading's filler words with and without.

    Of a day and a time that is also the heading that both have.
    """
    both = parts(header)
    if len(both) > 1:
        pairs = takewhile(lambda pair: pair[0] == pair[1], zip(*both, strict=False))
        both = (*both, "".join(letter for letter, _ in pairs))
    return (*both, *(_FILLERS.sub("", name) for name in both))


def _likeness(header: str, word: str, rank: int) -> float:
    if header == word:
        return 1.0 - 0.001 * rank
    shortest = _SHORTEST_ASCII if word.isascii() or header.isascii() else _SHORTEST
    if word in header and len(word) >= shortest:
        # The end of a Chinese compound says what it is: 维修完成时间 is a 完成时间.
        at_end = 0.05 if header.endswith(word) else 0.0
        return 0.5 + at_end + 0.34 * len(word) / len(header)
    if header in word and len(header) >= shortest:
        return 0.45 + 0.34 * len(header) / len(word)
    return 0.0


def _fits(column: Column, role: str) -> bool:
    if role.startswith("event.") or role in ("log.at", "rated_at") or is_day(role):
        return column.instants >= _MOSTLY
    if role in _NUMERIC:
        return column.numbers >= _NUMERIC[role] and column.instants < _NEARLY_ALL
    if role == "ticket_id":
        return column.filled >= column.rows / 2 and not _is_time(column)
    return not _is_time(column)


def _is_time(column: Column) -> bool:
    return column.instants >= _NEARLY_ALL and bool(column.formats)
