"""Working calendars → rows: intervals in UTC with the seconds before them, and the days they cover.

Holds the layout of `config.calendars` as tables. It does not depend on the moment of a run beyond
its decade, so that unchanged rules leave unchanged tables. What runs on a calendar is in
`assets/core`.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from config.rules import Rules

# Nothing older is asked for.
_FIRST_DAY = date(2000, 1, 1)
# To the end of the decade after that of as-of: clocks may fall due years ahead.
_DECADE = 10
_UTC = ZoneInfo("UTC")


def last_day(as_of_on: date) -> date:
    """Return the last day that the calendars are laid out to."""
    return date(as_of_on.year // _DECADE * _DECADE + 2 * _DECADE - 1, 12, 31)


def create(con: duckdb.DuckDBPyConnection, rules: Rules, zone: str, as_of_on: date) -> None:
    """(Re)create `core.rule_calendars`, `rule_calendar_coverage` and `rule_calendar_intervals`."""
    spans, coverage = _laid_out(_Key(rules, zone, last_day(as_of_on)))
    con.register("calendar_coverage", coverage)
    con.register("calendar_spans", spans)
    con.execute(
        "create or replace table core.rule_calendars as "
        "select distinct calendar_id from calendar_coverage order by calendar_id"
    )
    con.execute(
        "create or replace table core.rule_calendar_coverage as "
        "select calendar_id, covered_from::timestamp as covered_from, "
        "covered_to::timestamp as covered_to from calendar_coverage "
        "where covered_from is not null order by calendar_id, covered_from"
    )
    con.execute(
        """
        create or replace table core.rule_calendar_intervals as
        select
            calendar_id::text as calendar_id,
            starts_at::timestamp as starts_at,
            ends_at::timestamp as ends_at,
            coalesce(sum(date_sub('second', starts_at, ends_at)) over (
                partition by calendar_id order by starts_at
                rows between unbounded preceding and 1 preceding
            ), 0)::bigint as seconds_before
        from calendar_spans
        order by calendar_id, starts_at
        """
    )
    con.unregister("calendar_coverage")
    con.unregister("calendar_spans")


class _Key:
    """What the layout depends on: equal rules have equal layouts."""

    def __init__(self, rules: Rules, zone: str, last: date) -> None:
        self.calendars, self.zone, self.last = rules.calendars, zone, last
        self._identity = (rules.fingerprint, zone, last)

    def __hash__(self) -> int:
        return hash(self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._identity == other._identity


@lru_cache(maxsize=8)
def _laid_out(key: _Key) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the intervals and the covered spans of every calendar, as frames to be registered."""
    spans: list[tuple[str, datetime, datetime]] = []
    coverage: list[tuple[str, datetime | None, datetime | None]] = []
    for calendar_id, calendar in key.calendars.items():
        covered = calendar.coverage(_FIRST_DAY, key.last)
        for first, last in covered:
            spans += [(calendar_id, a, b) for a, b in calendar.intervals(first, last, key.zone)]
            begin, end = (_midnight(day, key.zone) for day in (first, last + timedelta(days=1)))
            coverage.append((calendar_id, begin, end))
        if not covered:
            coverage.append((calendar_id, None, None))
    return (
        pd.DataFrame(spans, columns=["calendar_id", "starts_at", "ends_at"]),
        pd.DataFrame(coverage, columns=["calendar_id", "covered_from", "covered_to"]),
    )


def _midnight(day: date, zone: str) -> datetime:
    local = datetime.combine(day, datetime.min.time(), ZoneInfo(zone))
    return local.astimezone(_UTC).replace(tzinfo=None)
