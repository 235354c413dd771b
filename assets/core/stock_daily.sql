-- description: Net stock movement per part, store and local day.
-- grain: [site_id, part_id, store_id, on_date]
-- by: [site_id, part_id, store_id]
-- columns:
--   site_id: site
--   part_id: part
--   store_id: store
--   on_date: local day
--   net_quantity: in, returned and transferred in, less out and transferred out, with adjustments as signed; a count moves nothing
--   in_quantity: received
--   out_quantity: issued
select
    m.site_id,
    m.part_id,
    m.store_id,
    local_date(m.at, s.timezone) as on_date,
    sum(
        case
            when m.kind in ('in', 'return', 'transfer_in', 'adjust') then m.quantity
            when m.kind in ('out', 'transfer_out') then -m.quantity
            else 0
        end
    )::decimal(18, 3) as net_quantity,
    sum(case when m.kind = 'in' then m.quantity else 0 end)::decimal(18, 3) as in_quantity,
    sum(case when m.kind = 'out' then m.quantity else 0 end)::decimal(18, 3) as out_quantity
from raw.stock_moves as m
inner join core.sites as s on m.site_id = s.site_id
cross join core.run_context as c
where not m._is_deleted and m.at <= c.as_of
group by m.site_id, m.part_id, m.store_id, local_date(m.at, s.timezone)
order by m.site_id, m.part_id, m.store_id, on_date
