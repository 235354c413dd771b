"""Kinds of metric about people: load, spread of work, and two ways to serve like with like.

Holds the arithmetic only; the SELECTs are in `metric_flow_sql`.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from assets import metric_flow_sql
from assets.analysis import strata
from assets.metric_number import (
    Key,
    Limits,
    Number,
    key_of,
    order_of,
    proportion,
    rounded,
    small,
)
from assets.metric_query import Query, Row
from assets.metric_registry import Statistic

_NEUTRAL_MARK = 300  # hundredths: 3 of 5
_WAYS = ("remote", "onsite")


def utilisation(query: Query, limits: Limits) -> list[Number]:
    """Hands-on over available hours, and how many people are overloaded or well filled."""
    del limits
    numbers = []
    for row in metric_flow_sql.loads(query):
        key, people = key_of(query, row), int(row["people"])
        worked, able = int(row["hands_on_seconds"]), int(row["available_seconds"])
        shapes = query.metric.statistics
        value = rounded(Decimal(worked) / able, shapes["share"].precision) if able else None
        state = "ok" if able else "no_data"
        numbers.append(Number(key, "share", value, None, None, worked, able, people, state))
        counts = {name: int(row[name]) for name in ("overloaded", "in_band", "people")}
        numbers += [
            Number(key, name, float(x), numerator=x, n=people) for name, x in counts.items()
        ]
        hours = {
            "available_hours": able,
            "hands_on_hours": worked,
            "unrostered_hours": int(row["unrostered_seconds"]),
        }
        for name, seconds in hours.items():
            exact = rounded(Decimal(seconds) / 3600, shapes[name].precision)
            numbers.append(Number(key, name, exact, numerator=exact, n=people))
    return numbers


def wip_spread(query: Query, limits: Limits) -> list[Number]:
    """Tickets in hand per person: mean, most, coefficient of variation and Gini's index."""
    groups: dict[Key, list[Row]] = {}
    for row in metric_flow_sql.held(query):
        groups.setdefault(key_of(query, row), []).append(row)
    numbers = []
    for key, rows in groups.items():
        hands = [int(row["held"]) for row in rows for _ in range(int(row["people"]))]
        for name, value in _spread(sorted(hands)).items():
            exact = rounded(value, query.metric.statistics[name].precision)
            state = small(len(hands), limits.min_events) if name in ("cv", "gini") else "ok"
            if value is None:
                state = "no_data"
            numbers.append(
                Number(
                    key,
                    name,
                    exact,
                    None,
                    None,
                    sum(hands),
                    len(hands),
                    len(hands),
                    state,
                )
            )
    return numbers


def _spread(hands: Sequence[int]) -> dict[str, Decimal | float | None]:
    """Return the spread of ascending counts; relative measures of nothing are None.

    Gini: Σ (2i − n − 1)·xᵢ / (n·Σx), i from 1; 0 when all hold the same.
    """
    n, total = len(hands), sum(hands)
    mean = Decimal(total) / n
    squares = sum(((x - mean) ** 2 for x in hands), Decimal()) / n
    ranked = sum((2 * i - n - 1) * x for i, x in enumerate(hands, start=1))
    return {
        "mean": mean,
        "most": Decimal(hands[-1]),
        "people": Decimal(n),
        "cv": squares.sqrt() / mean if total else None,
        "gini": Decimal(ranked) / (n * total) if total else None,
    }


def ways(query: Query, limits: Limits) -> list[Number]:
    """Remote against on site within fault family × priority: speed and satisfaction, standardised.

    Never the crude comparison; ``reversed`` is the state of a difference whose crude sign is other.
    """
    speed = metric_flow_sql.ways(query, query.metric.fact, query.metric.value)
    top = metric_flow_sql.ways(
        query, "fact_ratings", "case when f.is_counted then f.is_top::integer end"
    )
    return _compared(query, limits, "speed", speed) + _compared(query, limits, "top", top)


def _compared(query: Query, limits: Limits, name: str, rows: Sequence[Row]) -> list[Number]:
    groups: dict[Key, dict[tuple[Any, Any], dict[str, strata.Arm]]] = {}
    for row in rows:
        cells = groups.setdefault(key_of(query, row), {})
        cell = cells.setdefault((row["stratum_family"], row["stratum_priority"]), {})
        cell[row["way"]] = strata.Arm(int(row["n"]), float(row["total"]), float(row["squares"]))
    empty = strata.Arm(0, 0.0, 0.0)
    numbers = []
    for key in sorted(groups, key=order_of):
        arms = [[cell.get(way, empty) for way in _WAYS] for cell in groups[key].values()]
        found = strata.compare([(remote, onsite) for remote, onsite in arms])
        numbers += _told(query, limits, key, name, found)
    return numbers


def _told(
    query: Query, limits: Limits, key: Key, name: str, found: strata.Comparison | None
) -> list[Number]:
    names = [f"{name}_{part}" for part in (*_WAYS, "difference", "comparable")]
    if found is None:
        return [Number(key, one, None, state="no_data") for one in names]
    shapes = query.metric.statistics
    state = small(found.n, limits.min_denominator)
    warned = "reversed" if found.is_reversed else state
    values = (found.first, found.second, found.difference, found.share)
    numbers = []
    for one, value in zip(names, values, strict=True):
        is_difference = one.endswith("_difference")
        low, high = (found.lo, found.hi) if is_difference else (None, None)
        exact, low, high = (_scaled(shapes[one], x) for x in (value, low, high))
        numbers.append(
            Number(
                key,
                one,
                exact,
                low,
                high,
                n=found.n,
                state=warned if is_difference else state,
            )
        )
    return numbers


def _scaled(shape: Statistic, value: float | None) -> float | None:
    return None if value is None else rounded(value / shape.scale, shape.precision)


def nonresponse(query: Query, limits: Limits) -> list[Number]:
    """What satisfaction could be if those who did not answer thought otherwise.

    ``low``: every silent one counts as neutral, so not among the top two; ``high``: as top;
    ``neutral_mean``: the mean with every silent one at 3 of 5; ``weighted``: each department weighs
    by those it was asked, not by those who answered (departments without an answer left out).
    """
    groups: dict[Key, list[Row]] = {}
    for row in metric_flow_sql.answers(query):
        groups.setdefault(key_of(query, row), []).append(row)
    shapes, numbers = query.metric.statistics, []
    for key, rows in groups.items():
        asked, answered, top, marks = (
            sum(int(row[name]) for row in rows) for name in ("asked", "answered", "top", "marks")
        )
        silent = asked - answered
        state = small(answered, limits.min_events)
        for name, hits in (("low", top), ("high", top + silent)):
            numbers.append(proportion(key, shapes[name], name, hits, asked, state))
        mean = Decimal(marks + _NEUTRAL_MARK * silent) / (100 * asked)
        exact = rounded(mean, shapes["neutral_mean"].precision)
        numbers.append(Number(key, "neutral_mean", exact, n=answered, state=state))
        spoken = [row for row in rows if row["answered"]]
        weight = sum(int(row["asked"]) for row in spoken)
        total = sum(Decimal(int(r["asked"]) * int(r["top"])) / int(r["answered"]) for r in spoken)
        share = rounded(total / weight, shapes["weighted"].precision) if weight else None
        word = state if weight else "no_data"
        numbers.append(Number(key, "weighted", share, n=answered, state=word))
    return numbers


COMPUTE: dict[str, Callable[[Query, Limits], list[Number]]] = {
    "utilisation": utilisation,
    "wip_spread": wip_spread,
    "ways": ways,
    "nonresponse": nonresponse,
}
