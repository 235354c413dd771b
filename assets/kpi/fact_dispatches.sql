-- description: "Dispatches and how they fit the work in hand; personal."
-- grain: [site_id, ticket_id, event_order]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   event_order: the dispatch
--   department_id: department
--   zone: zone of the department
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: who got it
--   engineer_group: that engineer's team
--   dispatched_on: local day
--   candidate_count: engineers of the team on the roster that day
--   chosen_load: tickets the chosen one held
--   least_load: tickets the least loaded candidate held
--   is_compliant: nobody of the team held fewer
select
    x.site_id,
    x.ticket_id,
    x.event_order,
    t.department_id,
    t.zone,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    x.engineer_id,
    e.team as engineer_group,
    x.dispatched_on,
    x.candidate_count,
    x.chosen_load,
    x.least_load,
    x.chosen_load <= x.least_load as is_compliant
from core.dispatch_choices as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
left join core.engineers as e on x.site_id = e.site_id and x.engineer_id = e.engineer_id
where not t.is_void
order by x.site_id, x.ticket_id, x.event_order
