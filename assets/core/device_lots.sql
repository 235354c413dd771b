-- description: "The lot that the stores issued last for a device, from each issue on; of several at one instant, one. The windows of lots are in lot_issues."
-- grain: [site_id, asset_id, issued_at]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: device, named by the issue or by its ticket
--   issued_at: issue (UTC)
--   part_id: part
--   lot_no: lot
with issues as (
    select
        m.site_id,
        coalesce(m.asset_id, t.asset_id) as asset_id,
        m.at as issued_at,
        m.move_id,
        m.part_id,
        m.lot_no
    from raw.stock_moves as m
    cross join core.run_context as c
    left join core.tickets as t on m.site_id = t.site_id and m.ticket_id = t.ticket_id
    where not m._is_deleted and m.kind = 'out' and m.lot_no is not null and m.at <= c.as_of
)

select
    i.site_id,
    i.asset_id,
    i.issued_at,
    arg_max(i.part_id, i.move_id) as part_id,
    arg_max(i.lot_no, i.move_id) as lot_no
from issues as i
where i.asset_id is not null
group by i.site_id, i.asset_id, i.issued_at
order by i.site_id, i.asset_id, i.issued_at
