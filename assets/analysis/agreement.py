"""Agreement of two people, or of a person and a rule, who give codes to the same things.

Holds Cohen's κ with its interval: agreement beyond what the frequencies of the codes would give by
chance. What is compared with what is decided where it is read.
"""

import math
from collections import Counter
from collections.abc import Mapping
from statistics import NormalDist

from assets.analysis.proportions import LEVEL, half_tail


def kappa(
    counts: Mapping[tuple[str, str], int], level: float = LEVEL
) -> tuple[float, float, float] | None:
    """Return κ and the ends of its interval; None where it does not exist.

    κ = (p_o − p_e) / (1 − p_e). It does not exist without a case, or where both give one and the
    same code throughout. The interval is the normal one with the variance of Fleiss, Cohen &
    Everitt 1969 (equation 13), cut at −1 and 1; where all agree it has no width and says little.

    Args:
        counts: (code of the first, code of the second) → cases.
        level: confidence, two-sided.
    """
    n = sum(counts.values())
    if not n:
        return None
    first, second = Counter[str](), Counter[str]()
    for (a, b), count in counts.items():
        first[a] += count
        second[b] += count
    agreed = sum(count for (a, b), count in counts.items() if a == b) / n
    by_chance = sum(count * second[code] for code, count in first.items()) / n**2
    if by_chance == 1:
        return None
    value = (agreed - by_chance) / (1 - by_chance)
    spread = 0.0
    for (a, b), count in counts.items():
        if a == b:
            spread += count / n * (1 - (first[a] + second[a]) / n * (1 - value)) ** 2
        else:
            spread += count / n * ((second[a] + first[b]) / n * (1 - value)) ** 2
    spread -= (value - by_chance * (1 - value)) ** 2
    error = math.sqrt(max(spread, 0.0) / n) / (1 - by_chance)
    z = NormalDist().inv_cdf(1 - half_tail(level))
    return value, max(-1.0, value - z * error), min(1.0, value + z * error)
