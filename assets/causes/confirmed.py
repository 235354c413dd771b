"""Fixes of problems that are confirmed: a measure that was tested, closed, and has held since.

Holds which measures those are and from which day they count. The test is in `measure_tests`, the
watch after closing in `improvements`; what a fix is worth to whoever answers for it is the score's.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from assets.analysis.verification import Verdict
from assets.causes.improvements import Improvement, looks, measure_of, register
from assets.causes.measure_tests import measure_test
from assets.metric_context import context
from config.errors import ConfigError

# A test that could not tell for so long after closing gives no fix, and is asked no more.
_LONGEST_WAIT = timedelta(days=365)


@dataclass(frozen=True)
class Fix:
    """A confirmed fix; ``confirmed_on``: closed by then, and a verdict was possible."""

    site_id: str
    improvement_id: str
    engineer_id: str
    confirmed_on: date


def confirmed(con: duckdb.DuckDBPyConnection, since: date) -> list[Fix]:
    """Return the fixes that were confirmed from a day on, by the day.

    A measure without somebody who answers for it, one that still runs and one whose test cannot be
    made are none. One that came back while it was watched is none either.

    Args:
        con: a snapshot or the warehouse.
        since: first day asked for.
    """
    closed = [
        (one, one.owner_engineer_id, one.ended_on)
        for one in register(con)
        if one.owner_engineer_id and one.ended_on and one.ended_on + _LONGEST_WAIT >= since
    ]
    if not closed:
        return []
    today = context(con).as_of_on
    found = [
        Fix(one.site_id, one.improvement_id, owner, day)
        for one, owner, ended_on in closed
        if ended_on <= today and (day := _confirmed_on(con, one, ended_on)) and day >= since
    ]
    return sorted(found, key=lambda one: (one.confirmed_on, one.site_id, one.improvement_id))


def _confirmed_on(con: duckdb.DuckDBPyConnection, one: Improvement, ended_on: date) -> date | None:
    try:
        measure = measure_of(one)
        finding = measure_test(con, measure)
    except ConfigError:  # the register tells why it cannot be tested
        return None
    if finding.verdict is not Verdict.PROVEN or finding.possible_from is None:
        return None
    day = max(ended_on, finding.possible_from)
    came_back = any(look.verdict is Verdict.PROVEN for look in looks(con, measure, ended_on))
    return None if came_back or day > ended_on + _LONGEST_WAIT else day
