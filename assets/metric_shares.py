"""Kinds of metric that are counts, shares and ratios of sums over dated facts.

Holds the arithmetic only: a share is a sum over a sum with Wilson's interval, never a mean of
shares. The sums come from `metric_sql`.
"""

from datetime import timedelta
from decimal import Decimal

from assets import metric_sql
from assets.metric_number import Limits, Number, key_of, plain, proportion, rounded, small
from assets.metric_query import Query, Row
from assets.metric_totals import is_mean


def count(query: Query, limits: Limits) -> list[Number]:
    """Counts and sums of a dated fact, and means of it."""
    return [
        _measured(query, limits, row, name, int(row["n"]))
        for row in metric_sql.grouped(query)
        for name in query.metric.measures
    ]


def _measured(query: Query, limits: Limits, row: Row, name: str, size: int) -> Number:
    """Return a measure of a group of ``size``: a mean of few cases is a small sample, a sum not."""
    value = rounded(row[f"m_{name}"], query.metric.statistics[name].precision)
    if not is_mean(query.metric.measures[name]):
        return Number(key_of(query, row), name, value, numerator=value, n=size)
    base = int(row.get(f"b_{name}", size))
    state = "no_data" if value is None else small(base, limits.min_denominator)
    return Number(key_of(query, row), name, value, numerator=value, n=base, state=state)


def share(query: Query, limits: Limits) -> list[Number]:
    """Proportions with Wilson intervals, and the counts and means beside them."""
    metric, numbers = query.metric, []
    for row in metric_sql.grouped(query):
        key, size = key_of(query, row), int(row["den"])
        state = small(size, limits.min_denominator)
        for name in metric.numerators:
            hits, base = int(row[f"num_{name}"]), int(row.get(f"b_{name}", size))
            word = small(base, limits.min_denominator)
            numbers.append(proportion(key, metric.statistics[name], name, hits, base, word))
        numbers += [_measured(query, limits, row, name, size) for name in metric.measures]
        for name in metric.means:
            total = row[f"s_{name}"]
            mean = rounded(Decimal(int(total)) / size, metric.statistics[name].precision)
            numbers.append(Number(key, name, mean, None, None, plain(total), size, size, state))
    return numbers


def completion(query: Query, limits: Limits) -> list[Number]:
    """完修率 by cohort and by flow; the cohort is immature until its grace has passed."""
    statistics, numbers = query.metric.statistics, []
    ends = {p.start: p.end for p in query.periods}
    for name, counted in (("cohort", metric_sql.completed), ("flow", metric_sql.finished)):
        for row in counted(query) if query.wants(name) else ():
            key, size = key_of(query, row), int(row["size"])
            matures_on = ends[key[0]] + timedelta(days=limits.completion_grace_days)
            state = small(size, limits.min_denominator)
            if name == "cohort" and matures_on > limits.as_of_on:
                state = "immature"
            numbers.append(proportion(key, statistics[name], name, int(row["hits"]), size, state))
    return numbers


def ratio(query: Query, limits: Limits) -> list[Number]:
    """Sum over sum, without an interval; of few rows a small sample."""
    numbers = []
    for row in metric_sql.grouped(query):
        whole = Decimal(int(row["den"]))
        state = small(int(row["n"]), limits.min_events)
        for name in query.metric.numerators:
            part = Decimal(int(row[f"num_{name}"]))
            value = rounded(part / whole, query.metric.statistics[name].precision)
            numbers.append(
                Number(
                    key_of(query, row),
                    name,
                    value,
                    None,
                    None,
                    float(part),
                    float(whole),
                    int(row["n"]),
                    state,
                )
            )
    return numbers
