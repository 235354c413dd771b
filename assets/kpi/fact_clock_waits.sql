-- description: What pauses took off the clocks that count in a period, by reason, with the ticket's dimensions.
-- grain: [site_id, ticket_id, clock, reason_code]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor or loaner
--   reason_code: why the work waited
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
--   period_on: local day of the earlier of the clock's breach and stop
--   seconds: working seconds of the clock's calendar (s)
select
    w.site_id,
    w.ticket_id,
    w.clock,
    w.reason_code,
    k.department_id,
    k.zone,
    k.asset_class,
    k.fault_family,
    k.fault_group,
    k.work_class,
    k.channel,
    k.priority,
    k.urgency,
    k.engineer_id,
    k.engineer_group,
    k.period_on,
    w.seconds
from core.clock_waits as w
inner join kpi.fact_clocks as k on w.site_id = k.site_id and w.ticket_id = k.ticket_id and w.clock = k.clock
where k.is_counted
order by w.site_id, w.ticket_id, w.clock, w.reason_code
