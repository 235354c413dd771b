"""The Simpson guard: do the strata say the same as the crude comparison?

Holds the indirectly standardised ratio of groups, one cell at a time and without numpy, for the
command and the findings; many groups with intervals are in `standardisation`. A group that looks
worse than the whole only because it has more of what is always slow, or always breaks, is told.
"""

from collections.abc import Hashable, Mapping
from typing import NamedTuple

Cell = tuple[Hashable, Hashable]  # group, stratum


class Comparison(NamedTuple):
    """Of one group against all: ``crude`` and ``standardised`` ratio, 1 being the same as all."""

    crude: float
    standardised: float

    @property
    def is_flipped(self) -> bool:
        """Whether the crude ratio says more and the standardised less, or the other way round."""
        return (self.crude - 1) * (self.standardised - 1) < 0


def against_all(cells: Mapping[Cell, tuple[float, float]]) -> dict[Hashable, Comparison]:
    """Return each group's ratio to all groups together, crude and standardised.

    Standardised: observed ÷ Σ over strata of the group's denominator × the stratum's ratio in all
    groups (indirect standardisation, the ratio known as SMR; catalogue K01).

    Args:
        cells: numerator and denominator by group and stratum; events over exposure, hits over
            cases. Groups with nothing expected are left out.
    """
    strata: dict[Hashable, list[float]] = {}
    for (_, stratum), (events, size) in cells.items():
        total = strata.setdefault(stratum, [0.0, 0.0])
        total[0] += events
        total[1] += size
    all_events = sum(events for events, _ in strata.values())
    all_size = sum(size for _, size in strata.values())
    sums: dict[Hashable, list[float]] = {}
    for (group, stratum), (events, size) in cells.items():
        known, whole = strata[stratum]
        mine = sums.setdefault(group, [0.0, 0.0, 0.0])
        mine[0] += events
        mine[1] += size
        mine[2] += size * known / whole if whole else 0.0
    return {
        group: Comparison(events / size * all_size / all_events, events / expected)
        for group, (events, size, expected) in sums.items()
        if size > 0 and expected > 0
    }


def between(
    cells: Mapping[Cell, tuple[float, float]], before: Hashable, after: Hashable
) -> Comparison | None:
    """Return how ``after`` compares with ``before``, crude and standardised; None without either.

    Both groups are standardised on what they share: the strata of the two together.
    """
    pair = {cell: sums for cell, sums in cells.items() if cell[0] in (before, after)}
    found = against_all(pair)
    if before not in found or after not in found:
        return None
    old, new = found[before], found[after]
    if not old.crude or not old.standardised:
        return None
    return Comparison(new.crude / old.crude, new.standardised / old.standardised)
