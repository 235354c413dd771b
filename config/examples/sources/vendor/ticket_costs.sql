-- description: 配件每行一笔,总费用减去配件为外部维修费。Parts line by line; what is left of the fee is outside work.
-- needs: [T_RepairOrder, parts_used]
with parts as (
    select p.OrderNo, sum(p.Price * p.Qty)::decimal(18, 2) as amount
    from source.parts_used as p
    group by p.OrderNo
)

select
    p."Line No" as cost_id,
    p.OrderNo as ticket_id,
    'part' as kind,
    p.Qty as quantity,
    p.Price as unit_price_cny,
    p.Price * p.Qty as amount_cny,
    p.UsedOn as occurred_on
from source.parts_used as p
union all
select
    o.OrderNo || '-fee' as cost_id,
    o.OrderNo as ticket_id,
    'external' as kind,
    null as quantity,
    null as unit_price_cny,
    o.Fee - coalesce(p.amount, 0) as amount_cny,
    o.FinishTime::date as occurred_on
from source.T_RepairOrder as o
left join parts as p on o.OrderNo = p.OrderNo
where o.Fee <> coalesce(p.amount, 0)
