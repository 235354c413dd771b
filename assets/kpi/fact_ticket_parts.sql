-- description: "Restored tickets with parts: whether what they are charged is what the stores issued."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   restored_on: local day of the restoration that holds
--   charged_quantity: pieces on the ticket's cost lines
--   issued_quantity: pieces issued for it less those returned
--   unbooked_quantity: issued and not on the ticket
--   unissued_quantity: on the ticket and not issued
--   unknown_lines: lines of either side without a part or a quantity
--   is_agreed: both sides name the same parts and quantities
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
    t.engineer_id,
    t.engineer_group,
    t.restored_on,
    p.charged_quantity,
    p.issued_quantity,
    p.unbooked_quantity,
    p.unissued_quantity,
    p.unknown_lines,
    p.is_agreed
from kpi.fact_tickets as t
inner join core.ticket_parts as p on t.site_id = p.site_id and t.ticket_id = p.ticket_id
where t.restored_on is not null and not t.is_void
order by t.site_id, t.ticket_id
