-- description: The stretches in which a ticket's device was away at a vendor; a pause within one does not end it.
-- grain: [site_id, ticket_id, from_order]
-- by: [site_id, ticket_id]
-- restless: is_away
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   from_at: sent, or paused because of the vendor (UTC)
--   to_at: back, or the end of the ticket; as-of while it is away
--   from_order: event that began it
--   is_away: still there at as-of
--   is_stamped: an event says that it came back (returned, resumed, work started)
with steps as (
    select
        e.site_id,
        e.ticket_id,
        e.at,
        e.event_order,
        e.type,
        case
            when e.type = 'sent_to_vendor' or (e.type = 'paused' and e.reason_code = 'vendor') then 'away'
            when e.type = 'paused' then 'held'
            when e.type = 'resumed' then 'resumed'
            else 'back'
        end as step
    from core.ticket_events as e
    where
        e.type in (
            'sent_to_vendor', 'paused', 'resumed', 'vendor_returned', 'work_started', 'restored', 'closed', 'cancelled',
            'merged', 'reopened'
        )
        and (not e.is_out_of_order or e.type in ('paused', 'sent_to_vendor'))
),

followed as (
    select
        s.*,
        lag(s.step) over (partition by s.site_id, s.ticket_id order by s.event_order) as previous_step
    from steps as s
),

-- a resumption after another pause ends that pause, not the stay
told as (
    select
        f.site_id,
        f.ticket_id,
        f.at,
        f.event_order,
        f.type,
        f.step = 'away' as is_away
    from followed as f
    where f.step in ('away', 'back') or (f.step = 'resumed' and coalesce(f.previous_step, '') != 'held')
),

turns as (
    select
        t.*,
        lag(t.is_away) over (partition by t.site_id, t.ticket_id order by t.event_order) as was_away
    from told as t
),

spans as (
    select
        t.*,
        lead(t.at) over (partition by t.site_id, t.ticket_id order by t.event_order) as next_at,
        lead(t.type) over (partition by t.site_id, t.ticket_id order by t.event_order) as next_type
    from turns as t
    where t.is_away is distinct from coalesce(t.was_away, false)
)

select
    s.site_id,
    s.ticket_id,
    s.at as from_at,
    coalesce(s.next_at, c.as_of) as to_at,
    s.event_order as from_order,
    s.next_at is null as is_away,
    coalesce(s.next_type in ('vendor_returned', 'resumed', 'work_started'), false) as is_stamped
from spans as s
cross join core.run_context as c
where s.is_away and s.at < coalesce(s.next_at, c.as_of)
order by s.site_id, s.ticket_id, s.event_order
