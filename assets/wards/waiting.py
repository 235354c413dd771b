"""A ward's open tickets: place in the queue, when somebody comes, when they are done, how sure.

Holds two rules that count what happened and assume no distribution. The likely restoration is K23's
(`core.queue`); the likely acceptance follows from how fast the zone's queue was worked off from the
same hour on, on past days of the same kind. Each names its cases; with too few there is none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from assets.analysis.proportions import wilson
from assets.metric_queue import ward_queue
from assets.viewers import Viewer
from assets.wards.place import Ward, require

# Enough for twenty weekend days; older weeks had other people on duty.
_PAST_DAYS = 84
_MOST_JUDGED = 200


@dataclass(frozen=True)
class Estimate:
    """When something is likely: half of the cases were done by then, four in five by then.

    ``from_at`` and ``to_at`` are naive UTC; ``to_at`` is None where fewer than that came so far,
    both with too few ``cases``.
    """

    cases: int
    from_at: datetime | None = None
    to_at: datetime | None = None


@dataclass(frozen=True)
class Waiting:
    """One open ticket; ``accepted`` only while it waits for somebody."""

    row: dict[str, Any]
    accepted: Estimate | None
    restored: Estimate


@dataclass(frozen=True)
class Held:
    """How often a ward's tickets were restored by the later time that K23 named at their report.

    ``lo`` and ``hi``: Wilson 95 %; the rule promises four in five.
    """

    cases: int
    hits: int
    lo: float | None
    hi: float | None


def open_tickets(con: duckdb.DuckDBPyConnection, viewer: Viewer, ward: Ward) -> list[Waiting]:
    """Return a ward's open tickets, waiting ones first in the order of dispatch.

    Raises:
        RefusedError: the ward is not theirs.
    """
    require(viewer, ward)
    rows = ward_queue(con, ward.site_id, ward.department_id)
    places = {row["position"] for row in rows if row["position"] is not None}
    accepted = {place: _accepted(con, ward, place) for place in sorted(places)}
    return [
        Waiting(
            row,
            accepted.get(row["position"]),
            Estimate(row["similar_count"], row["eta_from_at"], row["eta_to_at"]),
        )
        for row in rows
    ]


def _accepted(con: duckdb.DuckDBPyConnection, ward: Ward, place: int) -> Estimate:
    """Return when the zone's queue was that far worked off, from this hour on, on past days."""
    taken = con.execute(_TAKEN, [ward.site_id, ward.zone, place]).fetchall()
    terms = con.execute("select min_similar from kpi.flow_terms").fetchone()
    [(as_of,)] = con.execute("select as_of from kpi.run_context").fetchall()
    cases = len(taken)
    if terms is None or cases < terms[0]:
        return Estimate(cases)
    half, most = taken[(cases + 1) // 2 - 1][0], taken[(4 * cases + 4) // 5 - 1][0]
    return Estimate(
        cases,
        as_of + timedelta(seconds=half) if half is not None else None,
        as_of + timedelta(seconds=most) if most is not None else None,
    )


# Seconds from each past start to the acceptance that would have been this ticket's; those that are
# still to come stand last. Working days are held against working days, others against others.
_TAKEN = f"""
with taken as (
    select accepted_at, row_number() over (order by accepted_at, ticket_id) as number
    from kpi.fact_tickets
    where site_id = $1 and coalesce(zone, '') = $2 and accepted_at is not null
        and accepted_at >= (
            select as_of - to_days({_PAST_DAYS}) from kpi.run_context)
),
days as (
    select c.as_of - to_days(cast(d.back as integer)) as start_at,
        c.as_of_on - cast(d.back as integer) as on_date, c.as_of_on
    from kpi.run_context as c
    cross join range(1, {_PAST_DAYS}) as d (back)
    where c.as_of - to_days(cast(d.back as integer))
        >= coalesce((select min(accepted_at) from taken), c.as_of)
),
alike as (
    select d.start_at from days as d
    left join kpi.dim_workdays as w on w.on_date = d.on_date
    left join kpi.dim_workdays as n on n.on_date = d.as_of_on
    where (w.on_date is null) = (n.on_date is null)
),
begun as (
    select a.start_at, count(t.number) as before
    from alike as a left join taken as t on t.accepted_at < a.start_at
    group by all
)
select date_diff('second', b.start_at, t.accepted_at) as seconds
from begun as b left join taken as t on t.number = b.before + $3
order by seconds nulls last
"""


def held(con: duckdb.DuckDBPyConnection, viewer: Viewer, ward: Ward) -> Held:
    """Return how K23's later time held for the ward's newest tickets that had one when reported.

    An open ticket beyond its time counts as missed; one that may still make it does not count.

    Raises:
        RefusedError: the ward is not theirs.
    """
    require(viewer, ward)
    [(cases, hits)] = con.execute(
        _HELD, [ward.site_id, ward.department_id, _MOST_JUDGED]
    ).fetchall()
    return Held(cases, hits, *wilson(hits, cases))


_HELD = """
with own as (
    select t.ticket_id, t.fault_family, t.priority, t.reported_at, t.reported_on,
        t.restore_seconds, coalesce(t.restore_seconds, t.open_seconds) as so_far_seconds
    from kpi.fact_tickets as t
    where t.site_id = $1 and t.department_id = $2 and not t.is_void
        and coalesce(t.restore_seconds, t.open_seconds) is not null
    order by t.reported_at desc, t.ticket_id limit $3
),
named as (
    select o.ticket_id,
        list_sort(list(r.restore_seconds)) as past
    from own as o cross join kpi.flow_terms as k
    inner join kpi.fact_tickets as r on r.site_id = $1
        and r.fault_family = o.fault_family and r.priority = o.priority
        and r.restored_at < o.reported_at
        and r.restored_on >= o.reported_on - cast(k.similar_days as integer)
        and r.restore_seconds is not null
    group by all
    having count(*) >= any_value(k.min_similar)
),
judged as (
    select o.restore_seconds, o.so_far_seconds,
        n.past[(4 * len(n.past) + 4) // 5] as most_seconds
    from own as o inner join named as n using (ticket_id)
)
select count(*), count(*) filter (where restore_seconds <= most_seconds)
from judged where restore_seconds is not null or so_far_seconds > most_seconds
"""
