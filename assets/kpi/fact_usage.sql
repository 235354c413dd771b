-- description: What devices with an hour or exam meter did between readings, with their dimensions.
-- grain: [site_id, asset_id, meter, read_at]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: device
--   asset_tag: asset number on the label
--   department_id: department in the register
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership
--   meter: hours or exams
--   read_at: the later reading (UTC)
--   read_on: its local day
--   used: hours or exams since the reading before; NULL where the counter fell and nothing says why
--   in_service_seconds: the device's time in service between the two readings (s)
select
    u.site_id,
    u.asset_id,
    a.tag as asset_tag,
    a.department_id,
    d.zone,
    a.asset_class,
    a.brand,
    a.model,
    a.ownership,
    u.meter,
    u.read_at,
    u.read_on,
    u.used,
    u.in_service_seconds
from core.usage_runs as u
left join core.assets as a on u.site_id = a.site_id and u.asset_id = a.asset_id
left join core.departments as d on a.site_id = d.site_id and a.department_id = d.department_id
order by u.site_id, u.asset_id, u.meter, u.read_at
