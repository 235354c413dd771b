-- description: Issues of spare parts with the dimensions of the ticket, else of the device, that they were for.
-- grain: [site_id, move_id]
-- by: [site_id, part_id]
-- columns:
--   site_id: site
--   move_id: stock move
--   part_id: part
--   part_class: class of the part
--   store_id: store
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: department of the ticket, else of the device
--   zone: zone of the department
--   asset_id: device
--   asset_class: class of device
--   brand: maker
--   model: model
--   fault_family: fault family of the ticket
--   engineer_id: who drew it
--   issued_on: local day
--   quantity: pieces
--   value_cny: at the source's price, else the moving weighted average then in force (CNY); NULL without any price
select
    m.site_id,
    m.move_id,
    m.part_id,
    p.part_class,
    m.store_id,
    m.ticket_id,
    t.ticket_no,
    coalesce(t.department_id, a.department_id) as department_id,
    coalesce(t.zone, a.zone) as zone,
    coalesce(t.asset_id, a.asset_id) as asset_id,
    coalesce(t.asset_class, a.asset_class) as asset_class,
    coalesce(t.brand, a.brand) as brand,
    coalesce(t.model, a.model) as model,
    t.fault_family,
    m.engineer_id,
    m.issued_on,
    m.quantity,
    m.value_cny
from core.stock_issues as m
left join core.parts as p on m.site_id = p.site_id and m.part_id = p.part_id
left join kpi.fact_tickets as t on m.site_id = t.site_id and m.ticket_id = t.ticket_id
left join kpi.dim_assets as a on m.site_id = a.site_id and m.asset_id = a.asset_id
order by m.site_id, m.move_id
