-- description: Spare parts with price and lower limit.
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
select p.site_id, p.part_id, p.part_no, p.name, p.part_class, p.unit, p.price_cny, p.min_stock
from core.parts as p
order by p.site_id, p.part_id
