-- description: "Who dispatched, restored and ended each ticket, and whether a vendor had it."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   resolver_id: who restored it last, else who held it last
--   first_restorer_id: who restored it first
--   dispatcher_id: who sent it first
--   is_at_vendor: it was sent to a vendor
with holders as (
    select site_id, ticket_id, arg_max(engineer_id, span_order) as engineer_id
    from core.holder_spans
    group by site_id, ticket_id
),

told as (
    select
        site_id,
        ticket_id,
        arg_max(engineer_id, event_order) filter (where type = 'restored') as last_restorer_id,
        arg_min(engineer_id, event_order) filter (where type = 'restored') as first_restorer_id,
        arg_min(engineer_id, event_order) filter (where type = 'dispatched') as dispatcher_id,
        bool_or(type = 'sent_to_vendor') as is_at_vendor
    from core.ticket_events
    where type in ('restored', 'dispatched', 'sent_to_vendor') and not is_out_of_order
    group by site_id, ticket_id
)

select
    t.site_id,
    t.ticket_id,
    coalesce(d.last_restorer_id, h.engineer_id) as resolver_id,
    coalesce(d.first_restorer_id, case when t.first_restored_at is not null then h.engineer_id end)
        as first_restorer_id,
    d.dispatcher_id,
    coalesce(d.is_at_vendor, false) as is_at_vendor
from core.tickets as t
left join told as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
left join holders as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id
where d.ticket_id is not null or h.ticket_id is not null
order by t.site_id, t.ticket_id
