-- description: "Full cost of service, line by line with dimensions: parts, labour, outside repair, freight, loaners."
-- grain: [site_id, line_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   line_id: cost line of the source, or labour and the stretch of work it prices
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: department of the ticket
--   zone: zone of the department
--   asset_id: asset of the ticket
--   asset_tag: asset number on the label
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   engineer_group: team of the ticket's last holder
--   kind: part, external, labour, freight, loaner
--   basis: source, or rate for labour priced here
--   part_id: part
--   amount_cny: amount, tax included (CNY)
--   occurred_on: local day
--   warranty_until: last day of the device's warranty
--   is_consumable: supplies that are used up, not repair
--   is_missed_claim: own money spent while the device was in warranty
select
    k.site_id,
    k.line_id,
    k.ticket_id,
    t.ticket_no,
    t.department_id,
    t.zone,
    t.asset_id,
    t.asset_tag,
    t.asset_class,
    t.brand,
    t.model,
    t.ownership,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.engineer_group,
    k.kind,
    k.basis,
    k.part_id,
    k.amount_cny,
    k.occurred_on,
    a.warranty_until,
    k.is_consumable,
    k.is_missed_claim
from core.service_costs as k
left join kpi.fact_tickets as t on k.site_id = t.site_id and k.ticket_id = t.ticket_id
left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
order by k.site_id, k.line_id
