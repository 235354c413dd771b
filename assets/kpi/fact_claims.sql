-- description: The source's own targets and verdicts with the dimensions of their tickets.
-- grain: [site_id, ticket_id, clock]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor or loaner
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
--   reported_on: local day of the ticket's report
--   due_at: until when the source promised it (UTC)
--   is_met: the source's own verdict; NULL while it has given none
select
    g.site_id,
    g.ticket_id,
    g.clock,
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
    t.reported_on,
    g.due_at,
    g.is_met
from core.ticket_claims as g
inner join kpi.fact_tickets as t on g.site_id = t.site_id and g.ticket_id = t.ticket_id
order by g.site_id, g.ticket_id, g.clock
