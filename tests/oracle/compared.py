"""Groups compared by failures: the ratio to what was expected, and rates without their luck.

Holds measures whose groups depend on each other; those that stand alone are in `equipment`. Means
and variances in exact fractions, the χ² tail by recurrence.
"""

import math
from collections import defaultdict
from fractions import Fraction
from typing import Any

from oracle import rules
from oracle.equipment import DAY, _per_time, _rate, _rates, _sums
from oracle.figures import Figure, Figures, Measure, Rows
from oracle.hospital import Hospital, Period
from oracle.statistics import garwood

_SCALES = {"per_100_device_years": 100 * 365 * DAY, "daily_pct": 100 * DAY}
_all = _rate(_rates, lambda _: True)
_bound = _rate(_rates, lambda one: one.asset is not None)


def _expected_rows(hospital: Hospital, period: Period) -> Rows:
    rows = [(cut, row) for cut, row in _bound.rows(hospital, period) if row[0] != "down"]
    by_class: dict[Any, list[Any]] = defaultdict(list)
    for cut, row in rows:
        by_class[cut["asset_class"]].append(row)
    rates = {}
    for name, of_class in by_class.items():
        failures, up, _, _ = _sums(of_class)
        rates[name] = Fraction(failures, up) if up else Fraction(0)
    for cut, (kind, value, _) in rows:
        yield cut, (kind, value, value * rates[cut["asset_class"]] if kind == "up" else 0)


def _ratio(rows: list[Any]) -> Figures:
    failures, up, _, _ = _sums(rows)
    expected = sum((row[2] for row in rows), Fraction(0))
    if not up:
        return {name: Figure(None, failures) for name in ("ratio", "expected")}
    found = {"expected": Figure(expected, failures), "ratio": Figure(None, failures)}
    if expected:
        low, high = (float(end / float(expected)) for end in garwood(failures))
        found["ratio"] = Figure(failures / expected, failures, low, high)
    return found


def chi_square_tail(degrees: int, value: float) -> float:
    """Return P(χ² > value): Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ / Γ(a + 1) from a = ½ or 1."""
    x = value / 2
    if not x:
        return 1.0
    a, tail = (0.5, math.erfc(math.sqrt(x))) if degrees % 2 else (1.0, math.exp(-x))
    while a < degrees / 2:
        tail += math.exp(a * math.log(x) - x - math.lgamma(a + 1))
        a += 1
    return tail


def _between(sums: list[tuple[int, int]]) -> tuple[Fraction, Fraction]:
    """Return the common rate and the variance between groups, 0 unless they differ for certain."""
    failures, seconds = (sum(pair[part] for pair in sums) for part in (0, 1))
    mean = Fraction(failures, seconds)
    if len(sums) < 2 or not failures:
        return mean, Fraction(0)
    unlike = sum((x - mean * e) ** 2 / (mean * e) for x, e in sums)
    spread = sum(e * (Fraction(x, e) - mean) ** 2 for x, e in sums) / seconds
    variance = max(Fraction(0), spread - mean * len(sums) / seconds)
    is_proven = chi_square_tail(len(sums) - 1, float(unlike)) < 0.05
    return mean, variance if is_proven else Fraction(0)


class Shrunk(Measure):
    """Rates of groups, drawn to their mean by how much the groups differ."""

    def answer(
        self, hospital: Hospital, period: Period, *dimensions: str
    ) -> dict[tuple[Any, ...], Figures]:
        """Return the figures of every group, made from all of them."""
        groups: dict[Any, list[Any]] = defaultdict(list)
        for cut, row in self.rows(hospital, period):
            if row[0] != "down":
                groups[tuple(cut[name] for name in dimensions)].append(row)
        sums = {key: _sums(rows)[:2] for key, rows in groups.items()}
        known = [(x, e) for x, e in sums.values() if e]
        mean, variance = _between(known) if known else (Fraction(0), Fraction(0))
        rates = {}
        for key, (x, e) in sums.items():
            if e:
                weight = variance / (variance + mean / e) if variance else Fraction(0)
                rates[key] = mean + weight * (Fraction(x, e) - mean)
        least = rules.THRESHOLDS["min_events"]
        leaders = [rate for key, rate in rates.items() if sums[key][0] >= least]
        found = {}
        for key, (x, e) in sums.items():
            rate = rates.get(key)
            is_ranked = rate in leaders and x >= least and variance
            rank = 1 + sum(other > rate for other in leaders) if is_ranked else None
            found[key] = {
                **{
                    name: Figure(None if rate is None else rate * scale, x)
                    for name, scale in _SCALES.items()
                },
                "raw": _per_time(x, e, 100 * 365 * DAY),
                "rank": Figure(None if rank is None else Fraction(rank), x),
            }
        return found


MEASURES = {
    "failure_ratio": Measure(_expected_rows, _ratio),
    "shrunk_failure_rate": Shrunk(_all.rows, lambda _: {}),
}
