-- description: "Every dispatch, and how it fits the work in hand: tickets held by the chosen engineer and by the least loaded one of the same team on duty that day."
-- grain: [site_id, ticket_id, event_order]
-- by: [site_id, dispatched_on]
-- reach:
--   core.holder_spans:
--     of: site_id, engineer_id, from_at, case when not is_current then to_at end as left_at
--     via: core.dispatches
--     where: v.site_id = d.site_id and v.at >= d.from_at and v.at < coalesce(d.left_at, timestamp '9999-01-01')
-- columns:
--   site_id: site
--   ticket_id: ticket
--   event_order: the dispatch
--   engineer_id: who got it
--   dispatched_on: local day
--   candidate_count: engineers of the team on the roster that day, the chosen one included
--   chosen_load: tickets the chosen one held at that instant
--   least_load: tickets the least loaded candidate held
with on_duty as (
    select r.site_id, r.on_date, r.engineer_id, n.team
    from core.roster as r
    inner join core.engineers as n on r.site_id = n.site_id and r.engineer_id = n.engineer_id
    where r.roster_minutes > 0
),

candidates as (
    select d.*, o.engineer_id as candidate_id
    from core.dispatches as d
    inner join on_duty as o
        on
            d.site_id = o.site_id
            and d.dispatched_on = o.on_date
            and d.team is not distinct from o.team
            and d.engineer_id != o.engineer_id
    union all
    select d.*, d.engineer_id
    from core.dispatches as d
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
    select c.*, coalesce(l.held, 0)::bigint as held
    from candidates as c
    asof left join loads as l
        on c.site_id = l.site_id and c.candidate_id = l.engineer_id and c.at >= l.changed_at
)

select
    site_id,
    ticket_id,
    event_order,
    engineer_id,
    dispatched_on,
    count(*) as candidate_count,
    max(held) filter (where candidate_id = engineer_id) as chosen_load,
    min(held) as least_load
from loaded
group by site_id, dispatched_on, ticket_id, event_order, engineer_id
order by site_id, ticket_id, event_order
