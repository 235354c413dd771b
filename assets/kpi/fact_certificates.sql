-- description: Spans of calibration plans with and without a valid certificate, with the dimensions of their devices.
-- grain: [site_id, plan_id, from_on]
-- columns:
--   site_id: site
--   plan_id: calibration plan
--   asset_id: device
--   asset_tag: asset number on the label
--   department_id: department in the register
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   from_on: first local day
--   to_on: day after the last
--   is_valid: a certificate holds
--   expires_on: first day without it; NULL while there is none
select
    c.site_id,
    c.plan_id,
    c.asset_id,
    a.tag as asset_tag,
    a.department_id,
    d.zone,
    a.asset_class,
    a.brand,
    a.model,
    c.from_on,
    c.to_on,
    c.is_valid,
    c.expires_on
from core.certificates as c
left join core.assets as a on c.site_id = a.site_id and c.asset_id = a.asset_id
left join core.departments as d on a.site_id = d.site_id and a.department_id = d.department_id
order by c.site_id, c.plan_id, c.from_on
