-- description: The working seconds that pauses took off each clock, by reason; every second belongs to one reason.
-- grain: [site_id, ticket_id, clock, reason_code]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor or loaner
--   reason_code: why the work waited; a stay at a vendor wins over a pause within it
--   seconds: working seconds of the clock's calendar; NULL where it touches a day that the calendar does not cover (s)
with ranked as (
    select
        a.site_id,
        a.ticket_id,
        a.clock,
        a.reason_code,
        a.from_at,
        a.to_at,
        case a.reason_code when 'rest' then 0 when 'vendor' then 1 else 2 end as place
    from core.clock_allowances as a
    where a.basis = 'net'
),

edges as (
    select site_id, ticket_id, clock, from_at as at from ranked
    union
    select site_id, ticket_id, clock, to_at from ranked
),

pieces as (
    select
        e.*,
        lead(e.at) over (partition by e.site_id, e.ticket_id, e.clock order by e.at) as to_at
    from edges as e
),

named as (
    select
        p.site_id,
        p.ticket_id,
        p.clock,
        p.at as from_at,
        p.to_at,
        arg_min(r.reason_code, r.place) as reason_code
    from pieces as p
    inner join ranked as r
        on
            p.site_id = r.site_id
            and p.ticket_id = r.ticket_id
            and p.clock = r.clock
            and r.from_at <= p.at
            and p.to_at <= r.to_at
    where p.to_at is not null
    group by p.site_id, p.ticket_id, p.clock, p.at, p.to_at
),

placed as (
    select
        n.site_id,
        n.ticket_id,
        n.clock,
        n.reason_code,
        case
            when n.to_at <= v.covered_to
                then
                    b.seconds_before + seconds_between(b.starts_at, least(n.to_at, b.ends_at))
                    - a.seconds_before - seconds_between(a.starts_at, least(n.from_at, a.ends_at))
        end as seconds
    from named as n
    inner join core.clock_runs as k on n.site_id = k.site_id and n.ticket_id = k.ticket_id and n.clock = k.clock
    asof left join core.rule_calendar_coverage as v
        on k.calendar_id = v.calendar_id and n.from_at >= v.covered_from
    asof left join core.rule_calendar_intervals as a
        on k.calendar_id = a.calendar_id and n.from_at >= a.starts_at
    asof left join core.rule_calendar_intervals as b
        on k.calendar_id = b.calendar_id and n.to_at >= b.starts_at
    where n.reason_code != 'rest'
)

select
    site_id,
    ticket_id,
    clock,
    reason_code,
    case when count(*) = count(seconds) then sum(seconds)::bigint end as seconds
from placed
group by site_id, ticket_id, clock, reason_code
order by site_id, ticket_id, clock, reason_code
