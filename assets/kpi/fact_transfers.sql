-- description: "Transfers of tickets with the dimensions of the ticket."
-- grain: [site_id, ticket_id, event_order]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   event_order: the transfer
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   ticket_no: number people use
--   transfer_reason: why
--   transferred_on: local day
--   wait_seconds: until somebody took it up (s), NULL when nobody did
--   so_far_seconds: the same, up to as-of while it lies; NULL when passed on again or ended untaken (s)
select
    x.site_id,
    x.ticket_id,
    x.event_order,
    t.department_id,
    t.zone,
    t.asset_class,
    t.brand,
    t.model,
    t.ownership,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.engineer_id,
    t.engineer_group,
    t.ticket_no,
    x.reason_code as transfer_reason,
    x.transferred_on,
    x.wait_seconds,
    x.so_far_seconds
from core.ticket_transfers as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
where not t.is_void
order by x.site_id, x.ticket_id, x.event_order
