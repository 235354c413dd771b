-- description: "Every dispatch, and how it fits the work in hand: tickets held by the chosen engineer and by the least loaded one of the same team on duty that day."
-- grain: [site_id, ticket_id, event_order]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   event_order: the dispatch
--   engineer_id: who got it
--   dispatched_on: local day
--   candidate_count: engineers of the team on the roster that day, the chosen one included
--   chosen_load: tickets the chosen one held at that instant
--   least_load: tickets the least loaded candidate held
with dispatches as (
    select
        e.site_id,
        e.ticket_id,
        e.event_order,
        e.at,
        e.to_engineer_id as engineer_id,
        n.team,
        local_date(e.at, s.timezone) as dispatched_on
    from core.ticket_events as e
    inner join core.sites as s on e.site_id = s.site_id
    inner join core.engineers as n on e.site_id = n.site_id and e.to_engineer_id = n.engineer_id
    where e.type = 'dispatched' and not e.is_out_of_order
),

on_duty as (
    select r.site_id, r.on_date, r.engineer_id, n.team
    from core.roster as r
    inner join core.engineers as n on r.site_id = n.site_id and r.engineer_id = n.engineer_id
    where r.roster_minutes > 0
),

candidates as (
    select d.site_id, d.ticket_id, d.event_order, d.at, o.engineer_id
    from dispatches as d
    inner join on_duty as o
        on d.site_id = o.site_id and d.dispatched_on = o.on_date and d.team is not distinct from o.team
    union
    select d.site_id, d.ticket_id, d.event_order, d.at, d.engineer_id
    from dispatches as d
),

changes as (
    select site_id, engineer_id, from_at as changed_at, 1 as step from core.holder_spans
    union all
    select site_id, engineer_id, to_at, -1 from core.holder_spans where not is_current
),

loads as (
    select
        site_id,
        engineer_id,
        changed_at,
        sum(sum(step)) over (partition by site_id, engineer_id order by changed_at) as held
    from changes
    group by site_id, engineer_id, changed_at
),

loaded as (
    select c.*, coalesce(l.held, 0) as held
    from candidates as c
    asof left join loads as l
        on c.site_id = l.site_id and c.engineer_id = l.engineer_id and c.at >= l.changed_at
)

select
    d.site_id,
    d.ticket_id,
    d.event_order,
    any_value(d.engineer_id) as engineer_id,
    any_value(d.dispatched_on) as dispatched_on,
    count(*) as candidate_count,
    (max(l.held) filter (where l.engineer_id = d.engineer_id))::bigint as chosen_load,
    min(l.held)::bigint as least_load
from dispatches as d
inner join loaded as l
    on d.site_id = l.site_id and d.ticket_id = l.ticket_id and d.event_order = l.event_order
group by d.site_id, d.ticket_id, d.event_order
order by d.site_id, d.ticket_id, d.event_order
