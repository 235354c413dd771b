-- description: Net stock movement per part, store and local day, with price; the stock at a day's end is the sum up to it.
-- grain: [site_id, part_id, store_id, on_date]
-- by: [site_id, part_id, store_id]
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
--   net_value_cny: change of the stock's value, at the source's price or the moving average then (CNY)
--   out_value_cny: value of what was issued (CNY)
--   rounding_cny: 尾差 left over when the stock ran out (CNY)
--   unvalued_count: moves without any price
select
    m.site_id,
    m.part_id,
    p.part_class,
    m.store_id,
    m.on_date,
    m.net_quantity,
    m.in_quantity,
    m.out_quantity,
    p.price_cny,
    v.net_value_cny,
    v.out_value_cny,
    v.rounding_cny,
    v.unvalued_count
from core.stock_daily as m
inner join core.parts as p on m.site_id = p.site_id and m.part_id = p.part_id
inner join core.stock_value_daily as v
    on
        m.site_id = v.site_id
        and m.part_id = v.part_id
        and m.store_id = v.store_id
        and m.on_date = v.on_date
order by m.site_id, m.part_id, m.store_id, m.on_date
