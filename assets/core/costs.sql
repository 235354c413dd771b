-- description: One row per cost line of a ticket up to as-of.
-- grain: [site_id, cost_id]
-- by: [site_id, cost_id]
-- columns:
--   site_id: site
--   cost_id: cost line
--   ticket_id: ticket
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
from raw.ticket_costs as k
cross join core.run_context as c
where not k._is_deleted and (k.occurred_on is null or k.occurred_on <= c.as_of_on)
order by k.site_id, k.cost_id
