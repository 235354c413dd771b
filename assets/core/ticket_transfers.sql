-- description: Every transfer of a ticket, and how long it lay before somebody took it up.
-- grain: [site_id, ticket_id, event_order]
-- by: [site_id, ticket_id]
-- restless: wait_seconds is null and so_far_seconds is not null
-- columns:
--   site_id: site
--   ticket_id: ticket
--   event_order: the transfer
--   reason_code: why
--   from_engineer_id: who passed it on
--   to_engineer_id: to whom
--   transferred_on: local day
--   wait_seconds: until the next acceptance, arrival or work (s); NULL when passed on again, ended, or still lying
--   so_far_seconds: the same, up to as-of while it lies; NULL when passed on again or ended untaken (s)
with turns as (
    select
        e.*,
        lead(e.type) over in_order as next_type,
        lead(e.at) over in_order as next_at
    from core.ticket_events as e
    where
        not e.is_out_of_order
        and e.type in (
            'transferred', 'accepted', 'arrived', 'work_started', 'resumed', 'sent_to_vendor',
            'restored', 'closed', 'cancelled', 'merged'
        )
    window in_order as (partition by e.site_id, e.ticket_id order by e.event_order)
)

select
    p.site_id,
    p.ticket_id,
    p.event_order,
    p.reason_code,
    p.engineer_id as from_engineer_id,
    p.to_engineer_id,
    local_date(p.at, s.timezone) as transferred_on,
    case
        when p.next_type in ('accepted', 'arrived', 'work_started', 'resumed', 'sent_to_vendor')
            then seconds_between(p.at, p.next_at)
    end as wait_seconds,
    case
        when p.next_type in ('accepted', 'arrived', 'work_started', 'resumed', 'sent_to_vendor')
            then seconds_between(p.at, p.next_at)
        when p.next_type is null then seconds_between(p.at, c.as_of)
    end as so_far_seconds
from turns as p
inner join core.sites as s on p.site_id = s.site_id
cross join core.run_context as c
where p.type = 'transferred'
order by p.site_id, p.ticket_id, p.event_order
