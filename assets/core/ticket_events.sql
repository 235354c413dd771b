-- description: The event log of each known ticket up to as-of, in the order of time. The only source of durations.
-- grain: [site_id, event_id]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   event_id: event
--   event_order: 1, 2, … within the ticket, by time, then the source's sequence, then the event's id
--   at: instant (UTC)
--   type: kind of event (contract list)
--   engineer_id: who
--   to_engineer_id: to whom
--   reason_code: reason of a pause or transfer
--   is_out_of_order: before the report, or a restoration or arrival before the first acceptance; kept and counted, left out of durations
with ordered as (
    select
        e.site_id,
        e.ticket_id,
        e.event_id,
        e.at,
        e.type,
        e.engineer_id,
        e.to_engineer_id,
        e.reason_code,
        t.reported_at,
        row_number() over (
            partition by e.site_id, e.ticket_id
            order by e.at, coalesce(e.seq, 0), e.event_id
        ) as event_order
    from raw.ticket_events as e
    inner join raw.tickets as t on e.site_id = t.site_id and e.ticket_id = t.ticket_id and not t._is_deleted
    cross join core.run_context as c
    where not e._is_deleted and e.at <= c.as_of
),

marked as (
    select
        o.*,
        min(case when o.type = 'accepted' and o.at >= o.reported_at then o.event_order end)
            over (partition by o.site_id, o.ticket_id) as first_accepted_order,
        min(case when o.type = 'reopened' then o.event_order end)
            over (partition by o.site_id, o.ticket_id) as first_reopened_order
    from ordered as o
)

select
    site_id,
    ticket_id,
    event_id,
    event_order,
    marked.at,
    type,
    engineer_id,
    to_engineer_id,
    reason_code,
    marked.at < reported_at
    or coalesce(
        type in ('restored', 'arrived')
        and event_order < first_accepted_order
        and (first_reopened_order is null or first_reopened_order > first_accepted_order),
        false
    ) as is_out_of_order
from marked
order by site_id, ticket_id, event_order
