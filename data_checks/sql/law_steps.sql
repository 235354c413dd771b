-- lays: law_steps
-- zh: 每张工单何时进入在手、何时离开
-- en: when each ticket came into the backlog and when it left it
with turns as (
    select
        e.site_id,
        e.ticket_id,
        e.at,
        e.event_order,
        e.type in ('restored', 'closed', 'cancelled', 'merged') as is_end,
        lag(e.type in ('restored', 'closed', 'cancelled', 'merged')) over (
            partition by e.site_id, e.ticket_id order by e.event_order
        ) as was_end
    from core.ticket_events as e
    where not e.is_out_of_order and e.type in ('restored', 'closed', 'cancelled', 'merged', 'reopened')
),

firsts as (
    select
        e.site_id,
        e.ticket_id,
        min(e.event_order) as event_order,
        min(e.at) as at
    from core.ticket_events as e
    where not e.is_out_of_order and e.type not in ('verified', 'chased', 'coworker_joined')
    group by e.site_id, e.ticket_id
),

logged as (
    select f.site_id, f.ticket_id, f.at, 1 as change
    from firsts as f
    union all
    select t.site_id, t.ticket_id, t.at, case when t.is_end then -1 else 1 end
    from turns as t
    where coalesce(t.was_end, false) != t.is_end
),

-- what the log says after the end that holds at as-of (a late stamp, a void ticket's closing) is no step
kept as (
    select l.site_id, l.ticket_id, l.at, l.change, k.ended_at
    from logged as l
    inner join core.tickets as k on l.site_id = k.site_id and l.ticket_id = k.ticket_id
    where k.ended_at is null or l.at < k.ended_at
)

select site_id, ticket_id, epoch(kept.at)::bigint as at_second, change
from kept
union all
select site_id, ticket_id, epoch(ended_at)::bigint, -1
from kept
group by site_id, ticket_id, ended_at
having sum(change) = 1 and ended_at is not null
