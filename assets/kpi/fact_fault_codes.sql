-- description: "Tickets with a fault to name: whether their engineer's code says something, and whether it agrees with what was proposed without knowing it."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: reporting department
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: "fault family that holds: decided by a person, else the engineer's"
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   reported_on: local day of the report
--   code_reported: the engineer's code
--   code_suggested: the program's proposal, made before it could know the code
--   code_final: the code that holds
--   code_confirmed: the code that a person decided on, NULL while nobody has
--   is_void: cancelled, merged or duplicate
--   is_unspecific: the engineer's code is missing or says nothing
--   is_named: a person or the engineer has named the fault
--   is_compared: both the engineer's code and a proposal say something
--   is_agreed: they say the same
select
    t.site_id,
    t.ticket_id,
    t.ticket_no,
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
    t.reported_on,
    f.code_reported,
    f.code_suggested,
    f.code_final,
    case when f.final_by <> 'engineer' then f.code_final end as code_confirmed,
    t.is_void,
    f.is_unspecific,
    f.code_final is not null as is_named,
    not f.is_unspecific and f.code_suggested is not null as is_compared,
    not f.is_unspecific and coalesce(f.code_suggested = f.code_reported, false) as is_agreed
from kpi.fact_tickets as t
inner join core.fault_codes as f on t.site_id = f.site_id and t.ticket_id = f.ticket_id
where not t.is_planned
order by t.site_id, t.ticket_id
