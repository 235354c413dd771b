-- description: Change of the stock's value per part, store and local day.
-- grain: [site_id, part_id, store_id, on_date]
-- by: [site_id, part_id]
-- columns:
--   site_id: site
--   part_id: part
--   store_id: store
--   on_date: local day
--   net_value_cny: change of the stock's value, rounding included (CNY)
--   out_value_cny: value of what was issued (CNY)
--   rounding_cny: 尾差 in it (CNY)
--   unvalued_count: moves without any price
select
    v.site_id,
    v.part_id,
    v.store_id,
    v.on_date,
    coalesce(sum(v.value_cny), 0)::decimal(18, 2) as net_value_cny,
    coalesce(-sum(v.value_cny) filter (where v.kind = 'out'), 0)::decimal(18, 2) as out_value_cny,
    coalesce(sum(v.value_cny) filter (where v.kind = 'rounding'), 0)::decimal(18, 2) as rounding_cny,
    count_if(v.value_cny is null) as unvalued_count
from core.stock_values as v
group by v.site_id, v.part_id, v.store_id, v.on_date
order by v.site_id, v.part_id, v.store_id, v.on_date
