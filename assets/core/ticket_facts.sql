-- description: "What the event log says of each ticket: first and last instants of its life and how often it changed hands or came back."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   created_at: first 建单
--   dispatched_at: first dispatch
--   accepted_at: first acceptance
--   arrived_at: first arrival
--   work_started_at: first start of work
--   first_restored_at: first restoration
--   first_finished_at: first restoration or closing
--   last_restored_at: last restoration up to as-of
--   verified_at: last acceptance by the ward
--   closed_at: last closing
--   cancelled_at: first cancelling
--   merged_at: first merging
--   last_event_at: last event of any kind
--   is_reopened_now: reopened after the last restoration or closing
--   reopen_count: reopenings
--   transfer_count: transfers
--   chase_count: 催单
--   event_count: events
--   out_of_order_count: events left out of durations
with counted as (
    select
        site_id,
        ticket_id,
        min(ticket_events.at) filter (where type = 'created' and not is_out_of_order) as created_at,
        min(ticket_events.at) filter (where type = 'dispatched' and not is_out_of_order) as dispatched_at,
        min(ticket_events.at) filter (where type = 'accepted' and not is_out_of_order) as accepted_at,
        min(ticket_events.at) filter (where type = 'arrived' and not is_out_of_order) as arrived_at,
        min(ticket_events.at) filter (where type = 'work_started' and not is_out_of_order) as work_started_at,
        min(ticket_events.at) filter (where type = 'restored' and not is_out_of_order) as first_restored_at,
        min(ticket_events.at) filter (
            where type = 'closed' or (type = 'restored' and not is_out_of_order)
        ) as first_finished_at,
        max(ticket_events.at) filter (where type = 'restored' and not is_out_of_order) as last_restored_at,
        max(ticket_events.at) filter (where type = 'verified') as verified_at,
        max(ticket_events.at) filter (where type = 'closed') as closed_at,
        min(ticket_events.at) filter (where type = 'cancelled') as cancelled_at,
        min(ticket_events.at) filter (where type = 'merged') as merged_at,
        max(ticket_events.at) as last_event_at,
        max(event_order) filter (where type = 'reopened') as reopened_order,
        max(event_order) filter (
            where type in ('restored', 'verified', 'closed') and not is_out_of_order
        ) as ended_order,
        count(*) filter (where type = 'reopened') as reopen_count,
        count(*) filter (where type = 'transferred') as transfer_count,
        count(*) filter (where type = 'chased') as chase_count,
        count(*) as event_count,
        count(*) filter (where is_out_of_order) as out_of_order_count
    from core.ticket_events
    group by site_id, ticket_id
)

select
    site_id,
    ticket_id,
    created_at,
    dispatched_at,
    accepted_at,
    arrived_at,
    work_started_at,
    first_restored_at,
    first_finished_at,
    last_restored_at,
    verified_at,
    closed_at,
    cancelled_at,
    merged_at,
    last_event_at,
    coalesce(reopened_order > coalesce(ended_order, 0), false) as is_reopened_now,
    reopen_count,
    transfer_count,
    chase_count,
    event_count,
    out_of_order_count
from counted
order by site_id, ticket_id
