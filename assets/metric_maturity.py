"""When a number is ripe: how long after a period its cases may still turn out otherwise.

Holds the reading of what a metric's definition, its kind and the thresholds say of that. Numbers
are marked 未成熟 where they are computed; here the handbook and `readiness` learn for how long.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from assets.metric_registry import Metric
from assets.metric_stock import ripe_from

if TYPE_CHECKING:
    from config.threshold_models import Thresholds

_HOURS, _HOURS_A_DAY = "_hours", 24


def days(metric: Metric, thresholds: "Thresholds") -> int:
    """Return for how many days after a period its shares may change; 0 where they never do."""
    if metric.kind == "completion":
        return thresholds.completion_grace_days
    if metric.kind != "maturing":
        return metric.maturity_days
    found: Any = thresholds
    for name in metric.matures_after.split("."):
        found = getattr(found, name)
    limit = int(found)
    return -(-limit // _HOURS_A_DAY) if metric.matures_after.endswith(_HOURS) else limit


def ripe_on(
    con: duckdb.DuckDBPyConnection, metric: Metric, period_end: date, thresholds: "Thresholds"
) -> date | None:
    """Return the earliest day on which a period's number can be ripe, None where none is known.

    Windows that count time in service only take longer where devices stand still.

    Args:
        con: a snapshot.
        metric: one whose number is 未成熟.
        period_end: local day after the period's last.
        thresholds: those in force.
    """
    if metric.kind == "parts_at":
        return ripe_from(con)
    needed = days(metric, thresholds)
    return period_end + timedelta(days=needed) if needed else None
