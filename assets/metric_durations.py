"""Kinds of metric that are durations: quantiles and means, and Kaplan–Meier with open ones.

Holds the arithmetic only; ranks and sums come from `metric_sql`.
"""

from decimal import Decimal

from assets import metric_sql
from assets.metric_number import Key, Limits, Number, key_of, plain, rounded, small
from assets.metric_query import Query, Row


def duration(query: Query, limits: Limits) -> list[Number]:
    """Nearest-rank quantiles and mean of finished durations; Kaplan–Meier with open ones."""
    metric, numbers = query.metric, []
    for row in metric_sql.durations(query):
        key, size = key_of(query, row), int(row["n"])
        state = small(size, limits.min_events)
        mean = Decimal(int(row["total"])) / size
        values = {"median": row["median"], "p90": row["p90"], "mean": mean}
        for name, value in values.items():
            if name in metric.statistics:
                exact = rounded(value, metric.statistics[name].precision)
                total = int(row["total"]) if name == "mean" else None
                numbers.append(Number(key, name, exact, None, None, total, size, size, state))
    return numbers + _kaplan_meier(query, limits)


def step_times(query: Query, limits: Limits) -> list[Number]:
    """Return one median per statistic, each on as many cases as have its duration."""
    numbers = []
    for row in metric_sql.grouped(query):
        for name, shape in query.metric.statistics.items():
            size, value = int(row[f"num_{name}"]), rounded(row[f"m_{name}"], shape.precision)
            state = small(size, limits.min_events) if size else "no_data"
            numbers.append(Number(key_of(query, row), name, value, n=size, state=state))
    return numbers


def _kaplan_meier(query: Query, limits: Limits) -> list[Number]:
    groups: dict[Key, list[Row]] = {}
    if query.metric.survival is None:
        return []
    # numpy: a tenth of a second that the other kinds need not wait for
    import numpy as np  # noqa: PLC0415

    from assets.analysis import survival  # noqa: PLC0415

    for row in metric_sql.survival(query):
        groups.setdefault(key_of(query, row), []).append(row)
    numbers = []
    for key, rows in groups.items():
        weights = [int(row["tickets"]) for row in rows]
        curve = survival.kaplan_meier(
            np.repeat([int(row["seconds"]) for row in rows], weights),
            np.repeat([bool(row["observed"]) for row in rows], weights),
        )
        for name, p in (("km_median", 0.5), ("km_p90", 0.9)):
            value = curve.quantile(p)
            state = small(curve.n, limits.min_events)
            numbers.append(
                Number(
                    key,
                    name,
                    plain(value),
                    None,
                    None,
                    curve.n_observed,
                    curve.n,
                    curve.n,
                    state if value is not None else "immature",
                )
            )
    return numbers
