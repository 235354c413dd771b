-- description: What state each open ticket was in, from each event that changes it to the next; gives the backlog at any past instant.
-- grain: [site_id, ticket_id, from_order]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   status: waiting_dispatch, waiting_accept, accepted, on_site, in_work, waiting_part, waiting_user, approval, vendor, force_majeure
--   from_at: start (UTC)
--   to_at: end, exclusive (UTC); NULL while it lasts
--   from_order: event that began it
with steps as (
    select
        e.site_id,
        e.ticket_id,
        e.at,
        e.event_order,
        case
            when e.type in ('restored', 'closed', 'cancelled', 'merged') then 'ended'
            when e.type in ('reported', 'created') then 'waiting_dispatch'
            when e.type = 'dispatched' then 'waiting_accept'
            when e.type in ('accepted', 'transferred') then 'accepted'
            when e.type = 'arrived' then 'on_site'
            when e.type in ('work_started', 'resumed', 'vendor_returned', 'reopened') then 'in_work'
            when e.type = 'sent_to_vendor' then 'vendor'
            when e.type = 'paused' then coalesce(e.reason_code, 'force_majeure')
        end as status
    from core.ticket_events as e
    where not e.is_out_of_order
),

changes as (
    select
        s.*,
        lag(s.status) over (partition by s.site_id, s.ticket_id order by s.event_order) as previous_status
    from steps as s
    where s.status is not null
),

spans as (
    select
        c.*,
        lead(c.at) over (partition by c.site_id, c.ticket_id order by c.event_order) as to_at
    from changes as c
    where c.status is distinct from c.previous_status
)

select
    p.site_id,
    p.ticket_id,
    p.status,
    p.at as from_at,
    p.to_at,
    p.event_order as from_order
from spans as p
where p.status != 'ended' and (p.to_at is null or p.at < p.to_at)
order by p.site_id, p.ticket_id, p.event_order
