-- description: Days on which a part's balance over all stores stayed the same; days out of stock are summed from it.
-- grain: [site_id, part_id, from_on]
-- columns:
--   site_id: site
--   part_id: part
--   part_class: class of the part
--   from_on: first local day
--   to_on: day after the last
--   balance: pieces at the day's end
--   is_out: nothing was left at the day's end
select s.site_id, s.part_id, p.part_class, s.from_on, s.to_on, s.balance, s.balance <= 0 as is_out
from core.stock_spans as s
inner join core.parts as p on s.site_id = p.site_id and s.part_id = p.part_id
order by s.site_id, s.part_id, s.from_on
