-- description: Cost lines of tickets with dimensions.
-- grain: [site_id, cost_id]
-- by: [site_id, cost_id]
-- columns:
--   site_id: site
--   cost_id: cost line
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: department of the ticket
--   zone: zone of the department
--   asset_id: asset of the ticket
--   asset_tag: asset number on the label
--   asset_class: class of device
--   brand: maker
--   model: model
--   fault_family: fault family
--   work_class: class of work
--   kind: part, external, labour, freight, loaner
--   part_id: part
--   quantity: quantity
--   unit_price_cny: price of one unit
--   amount_cny: amount, tax included
--   tax_cny: tax in it
--   vendor_id: supplier
--   invoice_no: invoice number as text
--   occurred_on: day
--   is_in_warranty: the asset was in warranty
--   cost_centre: cost centre
--   economic_class: 经济分类
select
    k.site_id,
    k.cost_id,
    k.ticket_id,
    t.ticket_no,
    t.department_id,
    t.zone,
    t.asset_id,
    t.asset_tag,
    t.asset_class,
    t.brand,
    t.model,
    t.fault_family,
    t.work_class,
    k.kind,
    k.part_id,
    k.quantity,
    k.unit_price_cny,
    k.amount_cny,
    k.tax_cny,
    k.vendor_id,
    k.invoice_no,
    k.occurred_on,
    k.is_in_warranty,
    k.cost_centre,
    k.economic_class
from core.costs as k
left join kpi.fact_tickets as t on k.site_id = t.site_id and k.ticket_id = t.ticket_id
order by k.site_id, k.cost_id
