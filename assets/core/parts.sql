-- description: One row per spare part, priced by the source, else by the average of what was received.
-- grain: [site_id, part_id]
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
with received as (
    select
        m.site_id,
        m.part_id,
        (sum(m.quantity * m.unit_price_cny) / nullif(sum(m.quantity), 0))::decimal(18, 6) as average_price_cny
    from raw.stock_moves as m
    cross join core.run_context as c
    where not m._is_deleted and m.kind = 'in' and m.unit_price_cny is not null and m.at <= c.as_of
    group by m.site_id, m.part_id
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
left join received as r on p.site_id = r.site_id and p.part_id = r.part_id
where not p._is_deleted
order by p.site_id, p.part_id
