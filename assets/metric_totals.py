"""Which statistics are sums over the days of a period, and what two periods' sums may be compared.

A month that is not over has fewer reports than the one before, and so has February: a sum is
compared by the day, and only between periods that the data cover whole. Rates, shares and times are
comparable as they are. Holds the two questions; the sentences are in `metric_findings`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assets.metric_registry import Metric

# What stands at an instant is no sum over the days before it.
_LEVEL = "open_at"
_SUMMED_KINDS = ("split", "clock_time")
_INNERMOST = re.compile(r"\([^()]*\)")
_LEADS_A_SUM = re.compile(r"\s*(sum|count|count_if|coalesce)\b")
_DIVIDES = re.compile(r"/(?!\s*\d)")


@dataclass(frozen=True)
class Covered:
    """The local days of which the data tell everything: from the first up to ``end``, exclusive."""

    start: date
    end: date

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row's period lies wholly within."""
        return bool(self.start <= row["period_start"] and row["period_end"] <= self.end)


def is_total(metric: Metric, statistic: str) -> bool:
    """Tell whether twice the days mean twice the number: a sum or a count, not a mean or a level.

    A measure tells it by its SQL: it sums or counts, counts nothing only once, and is divided by
    nothing but a unit (``/ 3600.0``).
    """
    if metric.cohort == _LEVEL:
        return False
    if metric.kind in _SUMMED_KINDS:
        return True
    sql = metric.measures.get(statistic, "")
    if not _LEADS_A_SUM.match(sql) or "distinct" in sql:
        return False
    return not is_mean(sql)


def is_mean(sql: str) -> bool:
    """Tell whether a measure's SQL is a quotient: one sum divided by another, not by a unit."""
    outside = sql
    while _INNERMOST.search(outside):
        outside = _INNERMOST.sub("", outside)
    return _DIVIDES.search(outside) is not None


def days(row: Mapping[str, Any]) -> int:
    """Return the length of a row's period in days."""
    return int((row["period_end"] - row["period_start"]).days)
