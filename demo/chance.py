"""Seeded chance: the few draws the simulation needs, from named streams that repeat everywhere.

Holds ``Chance``, a thin layer over ``random.Random`` (whose generator is the same on every platform
and version). Only this class draws; nothing in the room uses global random state or hashes.
"""

from collections.abc import Mapping, Sequence
from math import exp
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance(Random):
    """A stream of draws named by its seed text."""

    def hits(self, probability: float) -> bool:
        """Return True with the given probability."""
        return self.random() < probability

    def around(self, median: float, sigma: float = 0.5) -> float:
        """Return a log-normal draw with the given median, cut at seven times the median."""
        return min(7.0 * median, median * exp(self.gauss(0.0, sigma)))

    def seconds(self, median_minutes: float, sigma: float = 0.5) -> int:
        """Return a log-normal length in whole seconds, at least one."""
        return max(1, int(self.around(median_minutes * 60, sigma)))

    def weighted(self, weights: Mapping[str, float]) -> str:
        """Return a key, with chances in proportion to the values."""
        return self.choices(list(weights), list(weights.values()))[0]

    def one(self, values: Sequence[T]) -> T:
        """Return one of the values, each as likely."""
        return values[int(self.random() * len(values))]

    def poisson(self, mean: float) -> int:
        """Return a Poisson count (small means: by products)."""
        limit, product, count = exp(-mean), self.random(), 0
        while product > limit:
            product *= self.random()
            count += 1
        return count


def stream(seed: int, *names: object) -> Chance:
    """Return the stream of that name. Equal names and seeds give equal draws."""
    return Chance(":".join([str(seed), *map(str, names)]))
