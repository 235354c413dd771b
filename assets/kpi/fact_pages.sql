-- description: Printed pages between meter readings with the dimensions of the printers.
-- grain: [site_id, asset_id, meter, read_at]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: printer
--   asset_tag: asset number on the label
--   department_id: department in the register
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership
--   meter: mono_pages or colour_pages
--   read_at: the later reading (UTC)
--   read_on: its local day
--   pages: pages since the reading before; NULL where the counter fell and nothing says why
--   contract_id: print contract in force
--   amount_cny: pages × price (CNY, not rounded), NULL without a contract
select
    p.site_id,
    p.asset_id,
    a.tag as asset_tag,
    a.department_id,
    d.zone,
    a.asset_class,
    a.brand,
    a.model,
    a.ownership,
    p.meter,
    p.read_at,
    p.read_on,
    p.pages,
    p.contract_id,
    p.pages * p.price_cny as amount_cny
from core.page_runs as p
left join core.assets as a on p.site_id = a.site_id and p.asset_id = a.asset_id
left join core.departments as d on a.site_id = d.site_id and a.department_id = d.department_id
order by p.site_id, p.asset_id, p.meter, p.read_at
