-- zh: 期初结存 + 入库 + 退回 + 调入 ± 调整 − 出库 − 调出 = 期末结存
-- en: opening stock + received + returned + moved in +/- adjusted - issued - moved out = closing stock
with booked as (
    select
        m.site_id,
        m.part_id,
        m.store_id,
        local_date(m.at, s.timezone) as on_date,
        case m.kind when 'out' then -1 when 'transfer_out' then -1 when 'count' then 0 else 1 end * m.quantity as moved
    from raw.stock_moves as m
    inner join core.sites as s on m.site_id = s.site_id
    inner join raw.parts as p on m.site_id = p.site_id and m.part_id = p.part_id and not p._is_deleted
    cross join core.run_context as c
    where not m._is_deleted and m.at <= c.as_of and m.kind is not null
),

both_sides as (
    select site_id, part_id, store_id, on_date, net_quantity as held, 0 as moved from kpi.fact_stock
    union all
    select site_id, part_id, store_id, on_date, 0, moved from booked
),

daily as (
    select site_id, part_id, store_id, on_date, sum(held) as held, sum(moved) as moved
    from both_sides
    group by site_id, part_id, store_id, on_date
),

closings as (
    select
        site_id,
        part_id,
        store_id,
        on_date,
        sum(held) over days as closing,
        sum(moved) over days as expected
    from daily
    window days as (partition by site_id, part_id, store_id order by on_date)
)

select site_id, part_id, store_id, on_date, closing, expected
from closings
where closing != expected
order by site_id, part_id, store_id, on_date
