"""Whom an engineer is compared with: role and grade, the role, or all, whichever is large enough.

Holds the choice of the group in a period and the same group's past.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.score.facts import Facts

BoolArray = NDArray[np.bool_]
_LEVELS = (("role", "grade"), ("role",), ())


@dataclass(frozen=True, eq=False)
class Group:
    """Engineers compared with one another in a period.

    Attributes:
        name: role and grade, role, or empty for all of the site.
        members: places of the engineers.
        wider: masks of months × engineers with the same posting, this group's first, then the
            larger ones that contain it.
    """

    name: str
    members: NDArray[np.intp]
    wider: tuple[BoolArray, ...]


def groups(facts: Facts, months: slice, by: Sequence[str], least: int) -> list[Group]:
    """Return the groups of a period; every engineer who was there is in exactly one.

    Args:
        facts: months × engineers.
        months: the period; an engineer's posting is that of their first month in it.
        by: columns that part groups: role, or role and grade.
        least: a group with fewer falls back to the wider one.
    """
    there = facts.is_there[months]
    first = np.argmax(there, axis=0) + months.start
    present = [int(place) for place in np.flatnonzero(there.any(axis=0))]
    levels = [level for level in _LEVELS if set(level) <= set(by)]
    taken: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    keys = {
        place: [_key(facts, int(first[place]), place, one) for one in levels] for place in present
    }
    sizes: dict[tuple[int, tuple[str, ...]], int] = {}
    for found in keys.values():
        for level, key in enumerate(found):
            sizes[level, key] = sizes.get((level, key), 0) + 1
    for place, found in keys.items():
        large = [n for n, key in enumerate(found) if sizes[n, key] >= least]
        level = large[0] if large else len(levels) - 1
        taken.setdefault((level, found[level]), []).append(place)
    return [
        Group(
            " · ".join(word for word in key[1:] if word),
            np.array(members, dtype=np.intp),
            tuple(
                _mask(facts, levels[wide], keys[members[0]][wide])
                for wide in range(level, len(levels))
            ),
        )
        for (level, key), members in sorted(taken.items())
    ]


def _key(facts: Facts, month: int, place: int, level: Sequence[str]) -> tuple[str, ...]:
    posting = {"role": facts.role, "grade": facts.grade}
    return (facts.people[place][0], *(str(posting[name][month, place]) for name in level))


def _mask(facts: Facts, level: Sequence[str], key: tuple[str, ...]) -> BoolArray:
    """Return where an engineer's posting in a month is the group's."""
    sites = np.array([site for site, _ in facts.people])
    mask = np.broadcast_to(sites == key[0], facts.role.shape)
    for name, word in zip(level, key[1:], strict=True):
        mask = mask & ({"role": facts.role, "grade": facts.grade}[name] == word)
    return np.asarray(mask, dtype=bool)
