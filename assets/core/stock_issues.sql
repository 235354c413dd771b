-- description: Issues of spare parts with what they are worth.
-- grain: [site_id, move_id]
-- by: [site_id, part_id]
-- columns:
--   site_id: site
--   move_id: stock move
--   part_id: part
--   store_id: store
--   ticket_id: ticket that it was for
--   asset_id: device that it was for
--   engineer_id: who drew it
--   issued_on: local day
--   quantity: pieces
--   value_cny: at the source's price, else the moving weighted average then in force (CNY); NULL without any price
select
    m.site_id,
    m.move_id,
    m.part_id,
    m.store_id,
    m.ticket_id,
    m.asset_id,
    m.engineer_id,
    v.on_date as issued_on,
    m.quantity,
    -v.value_cny as value_cny
from raw.stock_moves as m
inner join core.stock_values as v
    on m.site_id = v.site_id and m.part_id = v.part_id and m.move_id = v.value_id and v.kind = 'out'
where not m._is_deleted
order by m.site_id, m.move_id
