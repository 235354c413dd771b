-- description: "Tickets entering and leaving the backlog, with their dimensions."
-- grain: [site_id, ticket_id, direction, moved_at]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   direction: in or out
--   moved_at: instant (UTC)
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
--   moved_on: local day
--   kind: reported, reopened, restored, closed, cancelled or merged
select
    x.site_id,
    x.ticket_id,
    x.direction,
    x.moved_at,
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
    x.moved_on,
    x.kind
from core.ticket_flows as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
order by x.site_id, x.ticket_id, x.direction, x.moved_at
