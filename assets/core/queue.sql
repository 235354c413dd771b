-- description: "Each open ticket's place among those that wait, in the order of dispatch, and when similar tickets were restored."
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   status: state at as-of
--   queue: zone that the ticket waits in, empty for none
--   position: place among the queue's waiting tickets by priority, then by time; NULL once accepted
--   queue_length: waiting tickets of the queue
--   similar_count: tickets of the same fault family and priority that took longer than this one has so far
--   eta_from_at: half of those were restored by then (UTC); NULL when there are too few
--   eta_to_at: four in five of those were restored by then (UTC); NULL when there are too few
with open_now as (
    select
        t.site_id,
        t.ticket_id,
        p.status,
        coalesce(d.zone, '') as queue,
        p.status in ('waiting_dispatch', 'waiting_accept') as is_waiting,
        t.priority,
        t.fault_family_code,
        t.reported_at,
        seconds_between(t.reported_at, c.as_of) as open_seconds,
        c.as_of_on - h.similar_days::integer as similar_from_on
    from core.tickets as t
    inner join core.status_spans as p on t.site_id = p.site_id and t.ticket_id = p.ticket_id and p.to_at is null
    cross join core.run_context as c
    cross join core.rule_flow as h
    left join core.departments as d on t.site_id = d.site_id and t.department_id = d.department_id
    where t.is_open
),

placed as (
    select
        o.*,
        row_number() over (
            partition by o.site_id, o.queue, o.is_waiting
            order by coalesce(o.priority, 'P9'), o.reported_at, o.ticket_id
        ) as place,
        count(*) filter (where o.is_waiting) over (partition by o.site_id, o.queue) as queue_length
    from open_now as o
),

similar_ones as (
    select
        o.site_id,
        o.ticket_id,
        r.restore_seconds,
        row_number() over (
            partition by o.site_id, o.ticket_id
            order by r.restore_seconds, r.ticket_id
        ) as place,
        count(*) over (partition by o.site_id, o.ticket_id) as similar_count
    from open_now as o
    inner join core.tickets as r
        on
            o.site_id = r.site_id
            and o.fault_family_code = r.fault_family_code
            and o.priority = r.priority
            and r.restored_on >= o.similar_from_on
            and r.restore_seconds > o.open_seconds
),

expected as (
    select
        site_id,
        ticket_id,
        any_value(similar_count) as similar_count,
        min(case when 2 * place >= similar_count then restore_seconds end) as half_seconds,
        min(case when 5 * place >= 4 * similar_count then restore_seconds end) as most_seconds
    from similar_ones
    group by site_id, ticket_id
)

select
    p.site_id,
    p.ticket_id,
    p.status,
    p.queue,
    case when p.is_waiting then p.place end as position,
    p.queue_length,
    coalesce(e.similar_count, 0) as similar_count,
    case when e.similar_count >= h.min_similar then p.reported_at + to_seconds(e.half_seconds) end as eta_from_at,
    case when e.similar_count >= h.min_similar then p.reported_at + to_seconds(e.most_seconds) end as eta_to_at
from placed as p
cross join core.rule_flow as h
left join expected as e on p.site_id = e.site_id and p.ticket_id = e.ticket_id
order by p.site_id, p.ticket_id
