-- description: How much of a part all stores of a site held together, from the day of one move to the day of the next, by the balance at the day's end.
-- grain: [site_id, part_id, from_on]
-- columns:
--   site_id: site
--   part_id: part
--   from_on: first local day
--   to_on: day after the last
--   balance: pieces at the day's end
with days as (
    select site_id, part_id, on_date, sum(net_quantity) as net_quantity
    from core.stock_daily
    group by site_id, part_id, on_date
)

select
    d.site_id,
    d.part_id,
    d.on_date as from_on,
    coalesce(
        lead(d.on_date) over (partition by d.site_id, d.part_id order by d.on_date), (c.as_of_on + 1)::date
    ) as to_on,
    sum(d.net_quantity) over (
        partition by d.site_id, d.part_id order by d.on_date rows between unbounded preceding and current row
    )::decimal(18, 3) as balance
from days as d
cross join core.run_context as c
order by d.site_id, d.part_id, d.on_date
