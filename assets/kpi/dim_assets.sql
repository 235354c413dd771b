-- description: "Devices with what money needs to know of them: cost, start and length of depreciation, warranty, replacement price. Values at a date are made on reading."
-- grain: [site_id, asset_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: asset
--   asset_tag: asset number on the label
--   name: display name
--   asset_class: class of device
--   brand: maker
--   model: model
--   department_id: department in the register
--   zone: zone of the department
--   ownership: ownership
--   criticality: A, B, C
--   is_critical: its criticality is one that the rules call critical
--   purchased_on: bought
--   accepted_on: accepted into use
--   retired_on: retired
--   warranty_until: last day of warranty
--   on_books_on: depreciation starts in this month
--   cost_cny: acquisition cost (CNY)
--   depreciable_cny: cost less the residual share (CNY)
--   life_months: depreciation life (months)
--   life_basis: register or statutory
--   is_on_books: the hospital's own, with a cost and a start
--   replacement_cny: price of a new one (CNY)
--   parts_end_on: spare parts of its model end
--   downtime_micro_cny: what an hour without it costs (micro-CNY)
select
    a.site_id,
    a.asset_id,
    a.tag as asset_tag,
    a.name,
    a.asset_class,
    a.brand,
    a.model,
    a.department_id,
    d.zone,
    a.ownership,
    a.criticality,
    k.criticality is not null as is_critical,
    m.purchased_on,
    a.accepted_on,
    a.retired_on,
    a.warranty_until,
    m.on_books_on,
    m.cost_cny,
    m.depreciable_cny,
    m.life_months,
    m.life_basis,
    m.is_on_books,
    m.replacement_cny,
    m.parts_end_on,
    m.downtime_micro_cny
from core.assets as a
inner join core.asset_terms as m on a.site_id = m.site_id and a.asset_id = m.asset_id
left join core.departments as d on a.site_id = d.site_id and a.department_id = d.department_id
left join core.rule_critical as k on a.criticality = k.criticality
order by a.site_id, a.asset_id
