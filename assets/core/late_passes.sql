-- description: "Tickets that were passed on when most of the time to restore them was used up, much of it in the hands of who passed them on: their clock keeps running for that engineer."
-- grain: [site_id, ticket_id, engineer_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: who passed it on
--   used_seconds: working time of the restoration clock used up at the last such transfer (s)
--   own_seconds: of it, in their own hands (s)
--   target_seconds: target of the restoration (s)
with passes as (
    select
        e.site_id,
        e.ticket_id,
        e.event_order,
        e.engineer_id,
        k.target_seconds,
        r.late_pass_bp,
        a.seconds_before + seconds_between(a.starts_at, least(e.at, a.ends_at)) as at_second,
        k.calendar_id
    from core.ticket_events as e
    inner join core.clocks as k
        on e.site_id = k.site_id and e.ticket_id = k.ticket_id and k.clock = 'restore' and k.is_reliable
    inner join core.ticket_duties as u on e.site_id = u.site_id and e.ticket_id = u.ticket_id
    inner join core.rule_score as r on u.rules_at >= r.effective_from and u.rules_at < r.effective_until
    asof left join core.rule_calendar_intervals as a
        on k.calendar_id = a.calendar_id and e.at >= a.starts_at
    where e.type = 'transferred' and not e.is_out_of_order and e.engineer_id != e.to_engineer_id
),

used as (
    select
        p.site_id,
        p.ticket_id,
        p.event_order,
        sum(greatest(least(g.to_second, p.at_second) - g.from_second, 0))::bigint as used_seconds
    from passes as p
    inner join core.clock_segments as g
        on p.site_id = g.site_id and p.ticket_id = g.ticket_id and g.clock = 'restore' and g.basis = 'net'
    group by p.site_id, p.ticket_id, p.event_order
),

held as (
    select
        p.site_id,
        p.ticket_id,
        p.event_order,
        p.at_second,
        a.seconds_before + seconds_between(a.starts_at, least(h.from_at, a.ends_at)) as from_second,
        b.seconds_before + seconds_between(b.starts_at, least(h.to_at, b.ends_at)) as to_second
    from passes as p
    inner join core.holder_spans as h
        on p.site_id = h.site_id and p.ticket_id = h.ticket_id and p.engineer_id = h.engineer_id
    asof left join core.rule_calendar_intervals as a
        on p.calendar_id = a.calendar_id and h.from_at >= a.starts_at
    asof left join core.rule_calendar_intervals as b
        on p.calendar_id = b.calendar_id and h.to_at >= b.starts_at
    where h.span_order < p.event_order
),

owned as (
    select
        h.site_id,
        h.ticket_id,
        h.event_order,
        sum(
            greatest(
                least(h.to_second, g.to_second, h.at_second) - greatest(h.from_second, g.from_second), 0
            )
        )::bigint as own_seconds
    from held as h
    inner join core.clock_segments as g
        on h.site_id = g.site_id and h.ticket_id = g.ticket_id and g.clock = 'restore' and g.basis = 'net'
    group by h.site_id, h.ticket_id, h.event_order
),

late as (
    select
        p.*,
        s.used_seconds,
        o.own_seconds
    from passes as p
    inner join used as s
        on p.site_id = s.site_id and p.ticket_id = s.ticket_id and p.event_order = s.event_order
    inner join owned as o
        on p.site_id = o.site_id and p.ticket_id = o.ticket_id and p.event_order = o.event_order
    where
        s.used_seconds * 10000 >= p.late_pass_bp * p.target_seconds
        -- who got it late themselves and sent it on at once has not sat on it
        and 2 * o.own_seconds >= s.used_seconds
)

select
    site_id,
    ticket_id,
    engineer_id,
    max(used_seconds)::bigint as used_seconds,
    arg_max(own_seconds, event_order)::bigint as own_seconds,
    any_value(target_seconds)::bigint as target_seconds
from late
group by site_id, ticket_id, engineer_id
order by site_id, ticket_id, engineer_id
