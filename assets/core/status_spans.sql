-- description: What state each open ticket was in, from each event that changes it to the next; gives the backlog at any past instant.
-- grain: [site_id, ticket_id, from_order]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   status: waiting_dispatch, waiting_accept, accepted, on_site, in_work, waiting_part, waiting_user, approval, vendor, force_majeure, unknown (a pause without a reason)
--   from_at: start (UTC)
--   to_at: end, exclusive (UTC); NULL while it lasts
--   from_order: event that began it
with steps as (
    select
        e.site_id,
        e.ticket_id,
        e.at,
        e.event_order,
        e.type,
        case
            when e.type in ('restored', 'closed', 'cancelled', 'merged') then 'ended'
            when e.type in ('reported', 'created') then 'waiting_dispatch'
            when e.type = 'dispatched' then 'waiting_accept'
            when e.type in ('accepted', 'transferred') then 'accepted'
            when e.type = 'arrived' then 'on_site'
            when e.type in ('work_started', 'resumed', 'vendor_returned', 'reopened') then 'in_work'
            when e.type = 'sent_to_vendor' then 'vendor'
            when e.type = 'paused' then coalesce(e.reason_code, 'unknown')
        end as status
    from core.ticket_events as e
    where not e.is_out_of_order
),

marked as (
    select
        s.*,
        last_value(
            case when s.status = 'ended' then 'ended' when s.type = 'reopened' then 'open' end ignore nulls
        ) over (
            partition by s.site_id, s.ticket_id order by s.event_order
            rows between unbounded preceding and current row
        ) as phase
    from steps as s
    where s.status is not null
),

changes as (
    select
        s.*,
        lag(s.status) over (partition by s.site_id, s.ticket_id order by s.event_order) as previous_status
    from marked as s
    -- only a reopening leaves the end: a late arrival stamp does not
    where s.status = 'ended' or coalesce(s.phase, 'open') = 'open'
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
    -- void tickets end without an event of their own
    least(p.to_at, t.ended_at) as to_at,
    p.event_order as from_order
from spans as p
inner join core.tickets as t on p.site_id = t.site_id and p.ticket_id = t.ticket_id
where
    p.status != 'ended'
    and (p.to_at is null or p.at < p.to_at)
    and (t.ended_at is null or p.at < t.ended_at)
order by p.site_id, p.ticket_id, p.event_order
