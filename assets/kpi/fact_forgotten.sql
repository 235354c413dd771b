-- description: "Stretches in which open tickets lay forgotten, with the dimensions of the ticket."
-- grain: [site_id, ticket_id, from_second]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   from_second: when the limit was reached, seconds since 1970-01-01 UTC
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   ticket_no: number people use
--   to_second: next event or end, exclusive; NULL while it lasts
--   silent_since_at: the last thing that happened (UTC)
select
    x.site_id,
    x.ticket_id,
    seconds_between(timestamp '1970-01-01 00:00:00', x.from_at) as from_second,
    t.department_id,
    t.zone,
    t.asset_class,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.engineer_id,
    t.engineer_group,
    t.ticket_no,
    seconds_between(timestamp '1970-01-01 00:00:00', x.to_at) as to_second,
    x.silent_since_at
from core.forgotten_spans as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
order by x.site_id, x.ticket_id, x.from_at
