-- description: "First restorations of failures: whether the fault was gone for good with one visit."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
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
--   first_restored_on: local day of the first restoration
--   is_mature: as-of is beyond the days in which it may still come back
--   visit_count: arrivals up to the first restoration
--   is_first_fix: mature, and nothing speaks against it
--   fix_failure: why not; NULL for a fix and while immature
select
    x.site_id,
    x.ticket_id,
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
    x.first_restored_on,
    x.is_mature,
    x.visit_count,
    x.is_mature and x.failed_by is null as is_first_fix,
    case when x.is_mature then x.failed_by end as fix_failure
from core.repair_outcomes as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
where x.is_use_failure
order by x.site_id, x.ticket_id
