"""Kinds of metric that compare groups by failures: fairly by class mix, and free of luck.

Holds the ratio to what a hospital-average fleet of the same classes would fail, and the rates drawn
towards their common mean, by which alone groups may be ranked. Plain rates are in `metric_rates`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assets import metric_sql
from assets.analysis.shrinkage import gamma_poisson
from assets.analysis.standardisation import indirect
from assets.metric_bounds import Bounds, bounds
from assets.metric_number import Key, Limits, Number, by_key, key_of, order_of, rounded, small
from assets.metric_query import Query
from assets.metric_rates import rate_number
from assets.metric_registry import dimensions

Sums = tuple[int, int]  # failures, in-service seconds
Cell = tuple[Key, Any]  # a group, and a class of device in it
_LEAST_GROUPS = 2
_RANK, _RAW = "rank", "raw"


def failure_ratio(query: Query, limits: Limits) -> list[Number]:
    """Observed ÷ expected failures: expected if every class failed as it does in the hospital.

    The hospital is every device of the period, whatever the question is filtered by; what the
    filter leaves out is one more group.
    """
    cells = _cells(query)
    numbers = []
    for period in query.periods:
        of_period = {cell: sums for cell, sums in cells.items() if cell[0][0] == period.start}
        groups = sorted({key for key, _ in of_period}, key=order_of)
        classes = sorted({kind for _, kind in of_period}, key=lambda one: order_of((one,)))
        if not groups:
            continue
        counts, times = (
            [[of_period.get((key, kind), (0, 0))[part] for kind in classes] for key in groups]
            for part in (0, 1)
        )
        fit = indirect(counts, times)
        for place, key in enumerate(groups):
            if len(key) == len(query.keys) + 1:
                figures = (fit.ratio[place], fit.lo[place], fit.hi[place], fit.expected[place])
                sums = (sum(counts[place]), sum(times[place]))
                numbers += _against(query, key, sums, [float(x) for x in figures], limits)
    return numbers


def _against(
    query: Query, key: Key, sums: Sums, figures: Sequence[float], limits: Limits
) -> list[Number]:
    shapes, (ratio, low, high, expected) = query.metric.statistics, figures
    observed, seconds = sums
    state = small(observed, limits.min_events) if expected else "no_data"
    if not seconds:
        return [
            Number(key, name, None, numerator=observed, n=observed, state="not_connected")
            for name in shapes
        ]
    ends = (low, high) if expected else (None, None)
    lo, hi = (rounded(end, shapes["ratio"].precision) for end in ends)
    value = rounded(ratio, shapes["ratio"].precision)
    of = rounded(expected, 6)
    awaited = rounded(expected, shapes["expected"].precision)
    return [
        Number(key, "ratio", value, lo, hi, observed, of, observed, state),
        Number(key, "expected", awaited, n=observed, state="ok"),
    ]


def _cells(query: Query) -> dict[Cell, Sums]:
    """Return failures and seconds of every group and class; rows beside the filter are one group.

    That group's key has one part more than the others.
    """
    known = dimensions()
    split = known["asset_class"]
    others = [known[name] for name in query.metric.dimensions if known[name].column in query.where]
    wide = replace(query, by=_distinct([*query.by, split, *others]), where={})
    found: dict[Cell, Sums] = defaultdict(lambda: (0, 0))
    for place, (sql, name) in enumerate(
        [(metric_sql.events, "x"), (metric_sql.exposure, "seconds")]
    ):
        for row in sql(wide):
            key = key_of(query, row) if _matches(query, row) else (*key_of(query, row), "rest")
            old = found[key, row[split.column]]
            added = int(row[name])
            found[key, row[split.column]] = (
                (old[0] + added, old[1]) if place == 0 else (old[0], old[1] + added)
            )
    return found


def _distinct(cuts: Sequence[Any]) -> list[Any]:
    return list({one.id: one for one in cuts}.values())


def _matches(query: Query, row: Mapping[str, Any]) -> bool:
    return all(
        row[column] in (wanted if isinstance(wanted, list | tuple) else [wanted])
        for column, wanted in query.where.items()
    )


def shrunk_rate(query: Query, limits: Limits) -> list[Number]:
    """Failure rates drawn towards the mean of the groups read, and the rank among them.

    Where the groups differ no more than chance does, all have the one rate, state ``chance``, and
    none has a rank. A small sample is never ranked.
    """
    counted = by_key(query, metric_sql.events(query))
    exposed = by_key(query, metric_sql.exposure(query))
    sums = {
        key: (int(counted.get(key, {}).get("x", 0)), int(exposed.get(key, {}).get("seconds", 0)))
        for key in sorted(set(counted) | set(exposed), key=order_of)
    }
    known = bounds(query.con, {0, *(events for events, _ in sums.values())})
    numbers = []
    for period in query.periods:
        groups = {key: pair for key, pair in sums.items() if key[0] == period.start}
        if groups:
            numbers += _of_period(query, groups, known, limits)
    return numbers


def _of_period(
    query: Query, groups: Mapping[Key, Sums], known: Mapping[int, Bounds], limits: Limits
) -> list[Number]:
    fit = gamma_poisson([x for x, _ in groups.values()], [s for _, s in groups.values()])
    compared = [key for key, (_, seconds) in groups.items() if seconds > 0]
    is_chance = len(compared) >= _LEAST_GROUPS and fit.is_chance
    rates = dict(zip(groups, fit.rates.tolist(), strict=True))
    ranked = sorted(
        (rates[key] for key in compared if groups[key][0] >= limits.min_events), reverse=True
    )
    numbers = []
    for key, (events, seconds) in groups.items():
        raw = rate_number(
            key, _RAW, query.metric.statistics[_RAW], (events, seconds), known, limits
        )
        state = "chance" if is_chance and raw.state == "ok" else raw.state
        for name, shape in query.metric.statistics.items():
            if name == _RAW:
                numbers.append(raw)
            elif name == _RANK:
                place = None if state != "ok" or len(compared) < _LEAST_GROUPS else rates[key]
                numbers.append(_ranked(raw, place, ranked, is_chance=is_chance))
            else:
                drawn = rates[key] * shape.scale if seconds > 0 else None
                value = rounded(drawn, shape.precision)
                numbers.append(
                    replace(raw, statistic=name, value=value, lo=None, hi=None, state=state)
                )
    return numbers


def _ranked(raw: Number, rate: float | None, ranked: Sequence[float], *, is_chance: bool) -> Number:
    """Return the place of a group from the most failures down, or why it has none."""
    rank = None if rate is None else float(ranked.index(rate) + 1)
    state = raw.state if rank is not None or raw.state != "ok" else "no_data"
    if is_chance and raw.state != "not_connected":
        state = "chance"
    return Number(raw.key, _RANK, rank, n=raw.n, state=state)
