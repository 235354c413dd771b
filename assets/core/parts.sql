-- description: One row per spare part, priced by the source, else by the moving weighted average of what was received.
-- grain: [site_id, part_id]
-- by: [site_id, part_id]
-- columns:
--   site_id: site
--   part_id: part
--   part_no: part number
--   name: display name
--   part_class: class
--   unit: unit of quantity
--   price_cny: price of one unit, tax included
--   min_stock: lower limit of the stock over all stores
--   is_consumable: consumable
with newest as (
    select r.site_id, r.part_id, max(r.place) as place from core.stock_receipts as r group by r.site_id, r.part_id
),

averages as (
    select r.site_id, r.part_id, (r.average_micro_cny * 0.000001::decimal(7, 6))::decimal(18, 6) as average_price_cny
    from core.stock_receipts as r
    inner join newest as n on r.site_id = n.site_id and r.part_id = n.part_id and r.place = n.place
)

select
    p.site_id,
    p.part_id,
    p.part_no,
    coalesce(p.name, p.part_no, p.part_id) as name,
    p.part_class,
    p.unit,
    coalesce(p.unit_price_cny, r.average_price_cny) as price_cny,
    p.min_stock,
    coalesce(p.is_consumable, false) as is_consumable
from raw.parts as p
left join averages as r on p.site_id = r.site_id and p.part_id = r.part_id
where not p._is_deleted
order by p.site_id, p.part_id
