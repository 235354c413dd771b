-- description: States of tickets while they were open, with dimensions; the backlog at any instant.
-- grain: [site_id, ticket_id, from_order]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: device
--   status: state (see core.status_spans)
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   model: model
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   reported_second: report, seconds since 1970-01-01 UTC
--   from_second: start of the state
--   to_second: end, exclusive; NULL while it lasts
--   from_order: event that began it
select
    p.site_id,
    p.ticket_id,
    t.asset_id,
    p.status,
    t.department_id,
    t.zone,
    t.asset_class,
    t.model,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.engineer_id,
    t.engineer_group,
    seconds_between(timestamp '1970-01-01 00:00:00', t.reported_at) as reported_second,
    seconds_between(timestamp '1970-01-01 00:00:00', p.from_at) as from_second,
    seconds_between(timestamp '1970-01-01 00:00:00', p.to_at) as to_second,
    p.from_order
from core.status_spans as p
inner join kpi.fact_tickets as t on p.site_id = t.site_id and p.ticket_id = t.ticket_id
order by p.site_id, p.ticket_id, p.from_order
