-- description: One row per device, server or terminal in the register.
-- grain: [site_id, asset_id]
-- by: [site_id, asset_id]
-- live: true
-- columns:
--   site_id: site
--   asset_id: asset
--   tag: asset number on the label
--   name: display name
--   asset_class: class of device
--   brand: maker
--   model: model
--   department_id: department in the register today
--   ownership: own, lease, placed, donated, trial
--   criticality: A, B, C
--   criticality_weight: weight in fleet availability, from the thresholds
--   is_life_support: life support
--   accepted_on: accepted into use
--   retired_on: retired
--   purchase_cny: purchase price
--   warranty_until: last day of warranty
--   planned_calendar_id: calendar of the hours in which it is meant to run
select
    a.site_id,
    a.asset_id,
    a.tag,
    coalesce(a.name, a.tag, a.asset_id) as name,
    a.asset_class,
    a.brand,
    a.model,
    a.department_id,
    a.ownership,
    a.criticality,
    coalesce(w.weight, 1) as criticality_weight,
    coalesce(a.is_life_support, false) as is_life_support,
    a.accepted_on,
    a.retired_on,
    a.purchase_cny,
    a.warranty_until,
    coalesce(p.calendar_id, d.calendar_id) as planned_calendar_id
from raw.assets as a
left join core.rule_criticality_weights as w on a.criticality = w.criticality
left join core.rule_planned_calendars as p on a.asset_class = p.asset_class
left join core.rule_planned_calendars as d on d.asset_class = '*'
where not a._is_deleted
order by a.site_id, a.asset_id
