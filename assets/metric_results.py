"""Which function computes each kind of metric: from sums to value, interval and state.

Holds the list of kinds and nothing else. A kind is a function of `Query` and `Limits` that returns
`Number`s; it lives in the module of its family and is named here by one line. No SQL and no display
text in any of them.
"""

from collections.abc import Callable

from assets import metric_kinds_cost, metric_kinds_flow, metric_kinds_people
from assets.metric_availability import availability
from assets.metric_durations import duration, step_times
from assets.metric_levels import below_min, instant, stock
from assets.metric_number import Key, Limits, Number, rounded
from assets.metric_query import Query
from assets.metric_rates import rate
from assets.metric_shares import completion, count, ratio, share

__all__ = ["COMPUTE", "ZERO_WHEN_EMPTY", "Key", "Limits", "Number", "rounded"]

COMPUTE: dict[str, Callable[[Query, Limits], list[Number]]] = {
    "count": count,
    "share": share,
    "rate": rate,
    "duration": duration,
    "step_times": step_times,
    "availability": availability,
    "instant": instant,
    "completion": completion,
    "stock": stock,
    "below_min": below_min,
    "ratio": ratio,
    **metric_kinds_cost.COMPUTE,
    **metric_kinds_flow.COMPUTE,
    **metric_kinds_people.COMPUTE,
}
# Kinds whose empty group is a true zero, not a missing number.
ZERO_WHEN_EMPTY = ("count", "instant", "below_min", "stock")
