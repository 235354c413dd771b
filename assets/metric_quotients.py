"""Kinds of metric that divide exact sums: money per ticket, shares of time and of value.

Holds ratios without a sampling interval (what is weighed is not a sample) in decimal arithmetic.
Proportions of counted things, with Wilson's interval, are in `metric_shares`.
"""

from decimal import Decimal
from typing import Any

from assets import metric_sql
from assets.metric_number import Limits, Number, key_of, plain, rounded, small
from assets.metric_query import Query, Row


def exact(value: Any) -> Decimal | None:
    """Return a sum from SQL as a Decimal; None stays None."""
    if value is None or isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, int) else Decimal(repr(float(value)))


def divided(query: Query, row: Row, name: str, part: Any, whole: Any, state: str) -> Number:
    """Return part ÷ whole as one statistic; nothing of nothing is no data."""
    above, below = exact(part), exact(whole)
    has_value = above is not None and bool(below)
    value = above / below if above is not None and below else None
    return Number(
        key_of(query, row),
        name,
        rounded(value, query.metric.statistics[name].precision),
        numerator=plain(above),
        denominator=plain(below),
        n=int(row.get("n") or 0),
        state=state if has_value else "no_data",
    )


def quotient(query: Query, limits: Limits) -> list[Number]:
    """Exact sums over one denominator, and the plain sums beside them."""
    numbers = []
    for row in metric_sql.grouped(query):
        state = small(int(row["n"]), limits.min_events)
        for name in query.metric.numerators:
            numbers.append(divided(query, row, name, row[f"num_{name}"], row["den"], state))
        for name in query.metric.measures:
            value = rounded(row[f"m_{name}"], query.metric.statistics[name].precision)
            numbers.append(
                Number(key_of(query, row), name, value, numerator=value, n=int(row["n"]))
            )
    return numbers
