-- description: Occurrences of preventive work with the dimensions of their devices.
-- grain: [site_id, plan_id, due_on]
-- columns:
--   site_id: site
--   plan_id: plan
--   asset_id: device
--   pm_kind: inspection, maintenance, calibration or round
--   risk: risk class of the plan
--   department_id: department of the device
--   zone: zone of the department
--   asset_class: class of device
--   brand: brand
--   model: model
--   due_on: day on which it is due
--   done_on: day on which it was done
--   outcome: on_time, late, missed, excused or pending
select
    o.site_id,
    o.plan_id,
    o.asset_id,
    o.kind as pm_kind,
    o.risk,
    a.department_id,
    d.zone,
    a.asset_class,
    a.brand,
    a.model,
    o.due_on,
    o.done_on,
    o.outcome
from core.pm_occurrences as o
left join core.assets as a on o.site_id = a.site_id and o.asset_id = a.asset_id
left join core.departments as d on a.site_id = d.site_id and a.department_id = d.department_id
order by o.site_id, o.plan_id, o.due_on
