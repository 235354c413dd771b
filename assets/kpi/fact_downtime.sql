-- description: Down time of assets in service with their dimensions.
-- grain: [site_id, asset_id, from_second]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: asset
--   department_id: department that used it then
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   age_cohort: age since acceptance
--   ownership: ownership
--   criticality_weight: weight in fleet availability
--   weight_pct: 100 for down, the configured share for degraded (%)
--   has_loaner: a spare machine lent for one of its tickets stood in for it
--   from_second: start, seconds since 1970-01-01 UTC
--   to_second: end, exclusive
--   planned_calendar_id: calendar of the planned hours
--   from_planned_second: planned seconds of that calendar before the start
--   to_planned_second: the same before the end
select
    x.site_id,
    x.asset_id,
    x.department_id,
    d.zone,
    a.asset_class,
    a.brand,
    a.model,
    x.age_cohort,
    a.ownership,
    a.criticality_weight,
    x.weight_pct,
    x.has_loaner,
    x.from_second,
    x.to_second,
    x.planned_calendar_id,
    x.from_planned_second,
    x.to_planned_second
from core.downtime_seconds as x
inner join core.assets as a on x.site_id = a.site_id and x.asset_id = a.asset_id
left join core.departments as d on x.site_id = d.site_id and x.department_id = d.department_id
order by x.site_id, x.asset_id, x.from_second
