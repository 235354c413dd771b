-- description: The stretches in which a clock really ran, between its pauses, in the working seconds of its calendar.
-- grain: [site_id, ticket_id, clock, basis, segment]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor or loaner
--   basis: net or gross (see core.clock_pauses)
--   segment: 1, 2, … in time
--   from_second: working seconds of the calendar before the stretch begins; NULL where the stretch touches a day that the calendar does not cover
--   to_second: the same where it ends
--   seconds_before: working seconds that had run before this stretch (s)
with both_bases as (
    select k.*, b.basis
    from core.clock_runs as k
    cross join (values ('net'), ('gross')) as b (basis)
),

edges as (
    select
        k.site_id,
        k.ticket_id,
        k.clock,
        k.basis,
        k.calendar_id,
        coalesce(
            lag(p.to_at) over (partition by k.site_id, k.ticket_id, k.clock, k.basis order by p.from_at),
            k.start_at
        ) as from_at,
        coalesce(p.from_at, k.end_at) as to_at
    from both_bases as k
    left join core.clock_pauses as p
        on k.site_id = p.site_id and k.ticket_id = p.ticket_id and k.clock = p.clock and k.basis = p.basis
    union all
    select
        k.site_id,
        k.ticket_id,
        k.clock,
        k.basis,
        k.calendar_id,
        max(p.to_at),
        k.end_at
    from both_bases as k
    inner join core.clock_pauses as p
        on k.site_id = p.site_id and k.ticket_id = p.ticket_id and k.clock = p.clock and k.basis = p.basis
    group by k.site_id, k.ticket_id, k.clock, k.basis, k.calendar_id, k.end_at
),

placed as (
    select
        e.site_id,
        e.ticket_id,
        e.clock,
        e.basis,
        e.from_at,
        e.to_at,
        case
            when e.to_at <= v.covered_to
                then a.seconds_before + seconds_between(a.starts_at, least(e.from_at, a.ends_at))
        end as from_second,
        case
            when e.to_at <= v.covered_to
                then b.seconds_before + seconds_between(b.starts_at, least(e.to_at, b.ends_at))
        end as to_second
    from edges as e
    asof left join core.rule_calendar_coverage as v
        on e.calendar_id = v.calendar_id and e.from_at >= v.covered_from
    asof left join core.rule_calendar_intervals as a
        on e.calendar_id = a.calendar_id and e.from_at >= a.starts_at
    asof left join core.rule_calendar_intervals as b
        on e.calendar_id = b.calendar_id and e.to_at >= b.starts_at
)

select
    site_id,
    ticket_id,
    clock,
    basis,
    row_number() over run as segment,
    from_second,
    to_second,
    coalesce(
        sum(to_second - from_second) over (
            partition by site_id, ticket_id, clock, basis order by from_at, to_at
            rows between unbounded preceding and 1 preceding
        ),
        0
    )::bigint as seconds_before
from placed
window run as (partition by site_id, ticket_id, clock, basis order by from_at, to_at)
order by site_id, ticket_id, clock, basis, segment
