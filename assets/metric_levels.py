"""Kinds of metric that are levels at an instant: what is open, what is in stock.

Holds the arithmetic only; a level of nothing is a true zero.
"""

from assets import metric_sql
from assets.metric_number import Limits, Number, key_of, rounded
from assets.metric_query import Query


def instant(query: Query, limits: Limits) -> list[Number]:
    """What is open at the end of each period."""
    del limits
    numbers = []
    for row in metric_sql.instants(query):
        for name in query.metric.measures:
            raw = row[f"m_{name}"]
            value = rounded(0 if raw is None else raw, query.metric.statistics[name].precision)
            numbers.append(Number(key_of(query, row), name, value, numerator=value, n=row["n"]))
    return numbers


def stock(query: Query, limits: Limits) -> list[Number]:
    """Quantity and value on hand; without a price there is a quantity and no value."""
    del limits
    numbers = []
    for row in metric_sql.stock(query):
        key = key_of(query, row)
        for name in ("quantity", "value_cny"):
            precision = query.metric.statistics[name].precision
            is_unpriced = name == "value_cny" and row["unpriced"] > 0
            value = None if is_unpriced else rounded(row[name], precision)
            state = "unreliable" if is_unpriced else "ok"
            numbers.append(Number(key, name, value, numerator=value, n=1, state=state))
    return numbers


def below_min(query: Query, limits: Limits) -> list[Number]:
    """Parts under their lower limit."""
    del limits
    return [
        Number(
            key_of(query, row),
            "count",
            float(row["below"]),
            None,
            None,
            float(row["below"]),
            float(row["limited"]),
            int(row["limited"]),
        )
        for row in metric_sql.below_min(query)
    ]
