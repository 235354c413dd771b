-- description: Net stock movement per part, store and local day, with price; the stock at a day's end is the sum up to it.
-- grain: [site_id, part_id, store_id, on_date]
-- columns:
--   site_id: site
--   part_id: part
--   part_class: class of the part
--   store_id: store
--   on_date: local day
--   net_quantity: net movement
--   in_quantity: received
--   out_quantity: issued
--   price_cny: price of one unit
select
    m.site_id,
    m.part_id,
    p.part_class,
    m.store_id,
    m.on_date,
    m.net_quantity,
    m.in_quantity,
    m.out_quantity,
    p.price_cny
from core.stock_daily as m
inner join core.parts as p on m.site_id = p.site_id and m.part_id = p.part_id
order by m.site_id, m.part_id, m.store_id, m.on_date
