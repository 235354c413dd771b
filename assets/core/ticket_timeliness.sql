-- description: "Whether each engineer kept a ticket's clocks, each from their own start: acceptance from the dispatch, arrival, and restoration in the time that they held it themselves; whoever passed it on late did not restore it in time."
-- grain: [site_id, ticket_id, engineer_id]
-- by: [site_id, ticket_id]
-- restless: is_running
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: engineer with a share in the ticket, or who passed it on late
--   weight: share times the root of the units; of who passed it on late as if it were theirs
--   counted_on: local day of the earlier of breach and restoration; of the end where there is no target
--   ack: 1 accepted in time after the dispatch, 0 late; NULL for those who did not accept it
--   arrive: 1 arrived in time, 0 late; NULL for those who did not arrive, or without a visit
--   restore: 1 restored within the target of own working time, 0 not
--   own_seconds: working time in which they held it, without allowed pauses (s)
--   target_seconds: target of the restoration (s)
--   is_running: still held at as-of
with weighed as (
    select
        w.site_id,
        w.ticket_id,
        w.engineer_id,
        case when l.ticket_id is null or w.is_resolver then w.weight else sqrt(w.units::double)::decimal(12, 6) end
            as weight,
        w.is_resolver,
        l.ticket_id is not null and not w.is_resolver as is_late_pass
    from core.ticket_weights as w
    left join core.late_passes as l
        on w.site_id = l.site_id and w.ticket_id = l.ticket_id and w.engineer_id = l.engineer_id
    union all
    select l.site_id, l.ticket_id, l.engineer_id, sqrt(u.units::double)::decimal(12, 6), false, true
    from core.late_passes as l
    inner join core.work_units as u on l.site_id = u.site_id and l.ticket_id = u.ticket_id
    left join core.ticket_weights as w
        on l.site_id = w.site_id and l.ticket_id = w.ticket_id and l.engineer_id = w.engineer_id
    where w.ticket_id is null
),

firsts as (
    select
        site_id,
        ticket_id,
        arg_min(engineer_id, event_order) filter (where type = 'accepted') as acceptor_id,
        arg_min(engineer_id, event_order) filter (where type = 'arrived') as arriver_id
    from core.ticket_events
    where type in ('accepted', 'arrived') and not is_out_of_order
    group by site_id, ticket_id
),

restoring as (
    select k.*
    from core.clocks as k
    where k.clock = 'restore' and k.is_counted and k.is_reliable
),

held as (
    select
        h.site_id,
        h.ticket_id,
        h.engineer_id,
        a.seconds_before + seconds_between(a.starts_at, least(h.from_at, a.ends_at)) as from_second,
        b.seconds_before + seconds_between(b.starts_at, least(h.to_at, b.ends_at)) as to_second
    from core.holder_spans as h
    inner join restoring as k on h.site_id = k.site_id and h.ticket_id = k.ticket_id
    asof left join core.rule_calendar_intervals as a
        on k.calendar_id = a.calendar_id and h.from_at >= a.starts_at
    asof left join core.rule_calendar_intervals as b
        on k.calendar_id = b.calendar_id and h.to_at >= b.starts_at
),

owned as (
    select
        h.site_id,
        h.ticket_id,
        h.engineer_id,
        sum(
            greatest(least(h.to_second, g.to_second) - greatest(h.from_second, g.from_second), 0)
        )::bigint as own_seconds
    from held as h
    inner join core.clock_segments as g
        on h.site_id = g.site_id and h.ticket_id = g.ticket_id and g.clock = 'restore' and g.basis = 'net'
    group by h.site_id, h.ticket_id, h.engineer_id
),

accepting as (
    select
        k.site_id,
        k.ticket_id,
        case
            when k.stop_at is null then false
            when t.dispatched_at is null or t.dispatched_at <= k.start_at then k.is_met_net
            when t.dispatched_at >= k.stop_at then true
            else
                b.seconds_before + seconds_between(b.starts_at, least(k.stop_at, b.ends_at))
                - a.seconds_before - seconds_between(a.starts_at, least(t.dispatched_at, a.ends_at))
                <= k.target_seconds
        end as is_met
    from core.clocks as k
    inner join core.tickets as t on k.site_id = t.site_id and k.ticket_id = t.ticket_id
    asof left join core.rule_calendar_intervals as a
        on k.calendar_id = a.calendar_id and t.dispatched_at >= a.starts_at
    asof left join core.rule_calendar_intervals as b
        on k.calendar_id = b.calendar_id and k.stop_at >= b.starts_at
    where k.clock = 'accept' and k.is_counted and k.is_reliable
),

arriving as (
    select k.site_id, k.ticket_id, k.is_met_net as is_met
    from core.clocks as k
    where k.clock = 'arrive' and k.is_counted and k.is_reliable
)

select
    w.site_id,
    w.ticket_id,
    w.engineer_id,
    w.weight,
    coalesce(k.period_on, t.ended_on) as counted_on,
    case when w.engineer_id = f.acceptor_id then p.is_met::integer end as ack,
    case when w.engineer_id = f.arriver_id then v.is_met::integer end as arrive,
    case
        when k.ticket_id is null then null
        when w.is_late_pass then 0
        when o.own_seconds is null then case when w.is_resolver then k.is_met_net::integer end
        else (o.own_seconds <= k.target_seconds)::integer
    end as restore,
    o.own_seconds,
    k.target_seconds,
    x.is_held as is_running
from weighed as w
inner join core.tickets as t on w.site_id = t.site_id and w.ticket_id = t.ticket_id
inner join core.ticket_handling as x on w.site_id = x.site_id and w.ticket_id = x.ticket_id
left join restoring as k on w.site_id = k.site_id and w.ticket_id = k.ticket_id
left join owned as o on w.site_id = o.site_id and w.ticket_id = o.ticket_id and w.engineer_id = o.engineer_id
left join firsts as f on w.site_id = f.site_id and w.ticket_id = f.ticket_id
left join accepting as p on w.site_id = p.site_id and w.ticket_id = p.ticket_id
left join arriving as v on w.site_id = v.site_id and w.ticket_id = v.ticket_id
where coalesce(k.period_on, t.ended_on) is not null
order by w.site_id, w.ticket_id, w.engineer_id
