"""How much of a service hangs on few people: bus factor, Gini, Herfindahl–Hirschman.

Holds the measures on plain numbers and sets. Who counts as able to look after what is decided by
the caller.
"""

from collections.abc import Collection, Hashable, Sequence
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

# Beyond so many combinations of people the exact search gives way to the greedy one.
_MOST_COMBINATIONS = 200_000


def bus_factor(holders: Sequence[Collection[Hashable]], share: float = 0.5) -> int | None:
    """Return the size of the smallest set of people whose leave uncovers more than ``share``.

    A thing is uncovered when nobody is left who can look after it; 0 when too many already are.
    Exact as long as the combinations of people allow it, then greedy (an upper bound). None without
    anything to cover.

    Args:
        holders: per thing the people who can look after it.
        share: of the things, in (0, 1).
    """
    if not holders:
        return None
    groups = [frozenset(group) for group in holders]
    needed = int(share * len(groups)) + 1
    people = sorted({person for group in groups for person in group}, key=str)
    for size in range(len(people) + 1):
        if comb(len(people), size) > _MOST_COMBINATIONS:
            return _greedy(groups, needed)
        teams = map(frozenset, combinations(people, size))
        if any(_uncovered(groups, gone) >= needed for gone in teams):
            return size
    return None


def _uncovered(groups: Sequence[frozenset[Hashable]], gone: frozenset[Hashable]) -> int:
    return sum(group <= gone for group in groups)


def _greedy(groups: Sequence[frozenset[Hashable]], needed: int) -> int:
    """Remove, again and again, all who stand behind the thing nearest to being uncovered."""
    gone: frozenset[Hashable] = frozenset()
    while _uncovered(groups, gone) < needed:
        open_groups = [group - gone for group in groups if not group <= gone]
        gone |= min(open_groups, key=lambda group: (len(group), sorted(map(str, group))))
    return len(gone)


def gini(amounts: ArrayLike) -> float:
    """Return Gini's coefficient: 0 when all have the same, towards 1 when one has everything.

    G = Σ (2i − n − 1)·xᵢ / (n·Σx) over ascending x. NaN without any amount. Source: Gini 1912.
    """
    values = np.sort(np.asarray(amounts, dtype=np.float64))
    if not values.size or not values.sum():
        return float("nan")
    ranks = 2 * np.arange(1, values.size + 1) - values.size - 1
    return float((ranks * values).sum() / (values.size * values.sum()))


def concentration(amounts: ArrayLike) -> float:
    """Return the Herfindahl–Hirschman index Σ (x/Σx)²: 1/n when all have the same, 1 for one."""
    values = np.asarray(amounts, dtype=np.float64)
    total = values.sum() if values.size else 0.0
    return float(((values / total) ** 2).sum()) if total else float("nan")
